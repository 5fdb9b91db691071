"""The question that each request was made with, so that a newer version ends none that is open."""

import sqlalchemy as sa
from alembic import op

revision = "verifier_0004"
down_revision = "verifier_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "verifier_question",
        sa.Column("service", sa.String(64), primary_key=True),
        sa.Column("reference", sa.String(128), primary_key=True),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("registration", sa.Text(), nullable=True),
        sa.Column("keep_until", sa.BigInteger(), nullable=False),
    )
    op.create_index("ix_verifier_question_keep_until", "verifier_question", ["keep_until"])
