"""Enrolment links, certification requests, and the renewals that were used."""

import sqlalchemy as sa
from alembic import op

revision = "authority0004"
down_revision = "authority0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "authority_enrolment",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("member_id", sa.String(64), nullable=False),
        sa.Column("admission", sa.Text(), nullable=True),
        sa.Column("created_by", sa.String(128), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("receipt", sa.String(64), nullable=True),
    )
    op.create_table(
        "authority_certificate_request",
        sa.Column("receipt", sa.String(64), primary_key=True),
        sa.Column("id", sa.String(32), nullable=False, unique=True),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("member_id", sa.String(64), nullable=False),
        sa.Column("requests", sa.Text(), nullable=False),
        sa.Column("admission", sa.Text(), nullable=True),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("decided_at", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("chains", sa.Text(), nullable=True),
    )
    op.create_index("ix_authority_certificate_request_state", "authority_certificate_request", ["state"])
    op.create_table(
        "authority_spent_renewal",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
    )
    op.create_index("ix_authority_spent_renewal_expires_at", "authority_spent_renewal", ["expires_at"])
