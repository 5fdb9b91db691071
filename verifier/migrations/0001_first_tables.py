"""The first tables: transactions, their requests, answers, and the newest trust list."""

import sqlalchemy as sa
from alembic import op

revision = "verifier_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "verifier_transaction",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("service", sa.String(64), nullable=False),
        sa.Column("question", sa.String(128), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("deadline", sa.BigInteger(), nullable=False),
        sa.Column("answered_at", sa.BigInteger(), nullable=True),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("session", sa.String(64), nullable=True),
        sa.Column("return_url", sa.String(2048), nullable=True),
        sa.Column("sealed_reference", sa.LargeBinary(), nullable=True),
        sa.Column("sealed_code", sa.LargeBinary(), nullable=True),
        sa.Column("release", sa.String(64), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("refusals", sa.Integer(), nullable=False),
        sa.Column("refusal", sa.String(64), nullable=True),
        sa.Column("closed_by", sa.String(32), nullable=True),
    )
    op.create_index("ix_verifier_transaction_service", "verifier_transaction", ["service"])
    op.create_index("ix_verifier_transaction_deadline", "verifier_transaction", ["deadline"])
    op.create_index("ix_verifier_transaction_session", "verifier_transaction", ["session"])
    op.create_index("ix_verifier_transaction_release", "verifier_transaction", ["release"], unique=True)
    op.create_table(
        "verifier_request",
        sa.Column("ref", sa.String(64), primary_key=True),
        sa.Column(
            "transaction_id",
            sa.String(64),
            sa.ForeignKey("verifier_transaction.id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("service", sa.String(64), nullable=False),
        sa.Column("channel", sa.String(8), nullable=False),
        sa.Column("release", sa.String(8), nullable=False),
        sa.Column("nonce", sa.String(64), nullable=False),
        sa.Column("state", sa.String(64), nullable=False),
        sa.Column("sealed_key", sa.LargeBinary(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
    )
    op.create_index("ix_verifier_request_transaction_id", "verifier_request", ["transaction_id"])
    op.create_table(
        "verifier_answer",
        sa.Column(
            "transaction_id",
            sa.String(64),
            sa.ForeignKey("verifier_transaction.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("service", sa.String(64), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("delete_at", sa.BigInteger(), nullable=False),
    )
    op.create_index("ix_verifier_answer_delete_at", "verifier_answer", ["delete_at"])
    op.create_table(
        "verifier_trust_list",
        sa.Column("url", sa.String(512), primary_key=True),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("fetched_at", sa.BigInteger(), nullable=False),
    )
