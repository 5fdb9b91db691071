import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("tickets_ticket", sa.Column("holder", sa.String, nullable=True))
    op.create_table(
        "tickets_seat",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("ticket_id", sa.Integer, sa.ForeignKey("tickets_ticket.id"), nullable=False),
    )
