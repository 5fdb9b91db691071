"""Who of the staff is signed in."""

import sqlalchemy as sa
from alembic import op

revision = "issuer0002"
down_revision = "issuer0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "issuer_staff_session",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("subject", sa.String(255), nullable=False),
        sa.Column("csrf", sa.String(64), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("digest"),
    )
    for name in ("subject", "used_at", "expires_at"):
        op.create_index(f"ix_issuer_staff_session_{name}", "issuer_staff_session", [name])
