"""Indexes by which what ran out is found without looking at what did not."""

import sqlalchemy as sa
from alembic import op

revision = "verifier_0002"
down_revision = "verifier_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_verifier_transaction_ends", "verifier_transaction", ["state", "deadline"])
    op.create_index(
        "ix_verifier_request_keys",
        "verifier_request",
        ["expires_at"],
        sqlite_where=sa.text("sealed_key IS NOT NULL"),
        postgresql_where=sa.text("sealed_key IS NOT NULL"),
    )
