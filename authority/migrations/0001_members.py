"""The members of the network."""

import sqlalchemy as sa
from alembic import op

revision = "authority0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "authority_member",
        sa.Column("kind", sa.String(32), primary_key=True),
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("document", sa.Text(), nullable=False),
    )
