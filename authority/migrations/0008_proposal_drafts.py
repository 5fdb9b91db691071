"""Drafts of proposals."""

import sqlalchemy as sa
from alembic import op

revision = "authority0008"
down_revision = "authority0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "authority_proposal_draft",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("organisation_id", sa.String(64), nullable=False),
        sa.Column("person_id", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("entries", sa.Text(), nullable=False),
        sa.Column("saved_by", sa.Text(), nullable=False),
    )
    for name in ("organisation_id", "person_id", "changed_at"):
        op.create_index(f"ix_authority_proposal_draft_{name}", "authority_proposal_draft", [name])
