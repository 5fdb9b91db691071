"""Decisions that are bound to a sign-in. Certification requests say no more whom they admit."""

import sqlalchemy as sa
from alembic import op

revision = "authority0007"
down_revision = "authority0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "office_pending_decision",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("person_id", sa.String(32), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False, index=True),
    )
    op.create_table(
        "office_confirmation",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("subject", sa.String(100), nullable=False, index=True),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("id_token", sa.Text(), nullable=True),
        sa.Column("kept_at", sa.BigInteger(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
    )
    op.create_table(
        "authority_verified_decision",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("subject", sa.String(100), nullable=False, index=True),
        sa.Column("decided_at", sa.BigInteger(), nullable=False),
        sa.Column("used_for", sa.String(100), nullable=True, unique=True),
        sa.Column("done_at", sa.BigInteger(), nullable=True),
    )
    op.create_table(
        "authority_not_confirmed",
        sa.Column("proposal_id", sa.String(64), primary_key=True),
        sa.Column("problem", sa.Text(), nullable=False),
    )
    with op.batch_alter_table("authority_certificate_request") as batch:
        batch.drop_column("admission")
