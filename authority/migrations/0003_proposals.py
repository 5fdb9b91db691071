"""Proposals of claim types and questions, and adoptions."""

import sqlalchemy as sa
from alembic import op

revision = "authority0003"
down_revision = "authority0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "authority_proposal",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("organisation_id", sa.String(64), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("version_held", sa.String(200), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.UniqueConstraint("version_held", name="authority_proposal_version_held_key"),
    )
    for name in ("organisation_id", "state"):
        op.create_index(f"ix_authority_proposal_{name}", "authority_proposal", [name])
    op.create_table(
        "authority_adoption",
        sa.Column("organisation_id", sa.String(64), primary_key=True),
        sa.Column("question_id", sa.String(64), primary_key=True),
        sa.Column("document", sa.Text(), nullable=False),
    )
