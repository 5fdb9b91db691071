"""Enrolment links that were ended before anybody used them."""

import sqlalchemy as sa
from alembic import op

revision = "authority0005"
down_revision = "authority0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("authority_enrolment", sa.Column("ended_at", sa.BigInteger(), nullable=True))
    op.create_index("ix_authority_enrolment_member_id", "authority_enrolment", ["member_id"])
