"""What a department's status list said of a claim, and when it was looked at."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # 0: never looked at, so that the next time is due
    op.add_column("wallet_claim", sa.Column("status", sa.String(), nullable=False, server_default="valid"))
    op.add_column(
        "wallet_claim", sa.Column("status_checked_at", sa.Integer(), nullable=False, server_default="0")
    )
