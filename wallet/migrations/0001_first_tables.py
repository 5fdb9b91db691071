"""The holder's first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "wallet_lock",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("salt", sa.LargeBinary(), nullable=True),
        sa.Column("cost", sa.Integer(), nullable=True),
        sa.Column("seal_check", sa.LargeBinary(), nullable=True),
    )
    op.create_table(
        "wallet_network",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("settings", sa.String(), nullable=False),
        sa.Column("trust_list", sa.String(), nullable=True),
        sa.Column("trust_list_fetched_at", sa.Integer(), nullable=True),
    )
    op.create_table(
        "wallet_document",
        sa.Column("url", sa.String(), primary_key=True),
        sa.Column("integrity", sa.String(), primary_key=True),
        sa.Column("body", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "wallet_claim",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("vct", sa.String(), nullable=False),
        sa.Column("issuer_id", sa.String(), nullable=False),
        sa.Column("issuer_url", sa.String(), nullable=False),
        sa.Column("received_at", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.Integer(), nullable=True),
    )
    op.create_table(
        "wallet_copy",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("claim_id", sa.String(), sa.ForeignKey("wallet_claim.id"), nullable=False, index=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("credential", sa.LargeBinary(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
    )
