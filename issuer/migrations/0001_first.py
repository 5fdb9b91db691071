"""Offers, access tokens, copies of claims, status lists, spent values."""

import sqlalchemy as sa
from alembic import op

revision = "issuer0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "issuer_offer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference_digest", sa.String(64), nullable=False),
        sa.Column("code_digest", sa.String(64), nullable=False),
        sa.Column("tx_code_mac", sa.String(64), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("reference_digest"),
        sa.UniqueConstraint("code_digest"),
    )
    op.create_index("ix_issuer_offer_expires_at", "issuer_offer", ["expires_at"])
    op.create_table(
        "issuer_offered_claim",
        sa.Column("offer_id", sa.Integer(), nullable=False),
        sa.Column("configuration_id", sa.String(80), nullable=False),
        sa.Column("record_key", sa.String(200), nullable=False),
        sa.Column("requests_left", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["offer_id"], ["issuer_offer.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("offer_id", "configuration_id"),
    )
    op.create_table(
        "issuer_access_token",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("offer_id", sa.Integer(), nullable=False),
        sa.Column("jkt", sa.String(64), nullable=True),
        sa.Column("client_id", sa.String(256), nullable=True),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["offer_id"], ["issuer_offer.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_index("ix_issuer_access_token_offer_id", "issuer_access_token", ["offer_id"])
    op.create_index("ix_issuer_access_token_expires_at", "issuer_access_token", ["expires_at"])
    op.create_table(
        "issuer_status_list",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("changes", sa.Integer(), nullable=False),
        sa.Column("published_changes", sa.Integer(), nullable=False),
        sa.Column("published_at", sa.BigInteger(), nullable=False),
        sa.Column("claimed_until", sa.BigInteger(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_table(
        "issuer_claim_copy",
        sa.Column("list_number", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("configuration_id", sa.String(80), nullable=False),
        sa.Column("record_key", sa.String(200), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["list_number"], ["issuer_status_list.number"]),
        sa.PrimaryKeyConstraint("list_number", "position"),
    )
    op.create_index("ix_issuer_claim_copy_record_key", "issuer_claim_copy", ["record_key"])
    op.create_index("ix_issuer_claim_copy_expires_at", "issuer_claim_copy", ["expires_at"])
    op.create_index("ix_issuer_claim_copy_revoked_at", "issuer_claim_copy", ["revoked_at"])
    for name in ("issuer_spent_nonce", "issuer_spent_proof"):
        op.create_table(
            name,
            sa.Column("digest", sa.String(64), nullable=False),
            sa.Column("expires_at", sa.BigInteger(), nullable=False),
            sa.PrimaryKeyConstraint("digest"),
        )
        op.create_index(f"ix_{name}_expires_at", name, ["expires_at"])
