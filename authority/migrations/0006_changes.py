"""Changes of members' details that wait for a reviewer."""

import sqlalchemy as sa
from alembic import op

revision = "authority0006"
down_revision = "authority0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "office_change",
        sa.Column("organisation_id", sa.String(64), primary_key=True),
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("wanted", sa.Text(), nullable=False),
        sa.Column("person_id", sa.String(32), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
    )
