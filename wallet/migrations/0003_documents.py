"""Since when a document of the network has been here: parts of old trust lists are deleted."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # 0: nobody knows, so what is a part goes with the next list
    op.add_column("wallet_document", sa.Column("kept_at", sa.Integer(), nullable=False, server_default="0"))
