"""The certificate that each request was made with, so that a renewal ends none that is open."""

import sqlalchemy as sa
from alembic import op

revision = "verifier_0003"
down_revision = "verifier_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "verifier_certificate",
        sa.Column("client_id", sa.String(128), primary_key=True),
        sa.Column("service", sa.String(64), nullable=False),
        sa.Column("key_name", sa.String(64), nullable=False),
        sa.Column("chain", sa.Text(), nullable=False),
    )
    with op.batch_alter_table("verifier_request") as table:
        table.add_column(sa.Column("client_id", sa.String(128), nullable=True))
