"""The size of each status list, and an index to find what is offered of a record.

The lists that there are have the size that their tokens say: the setting may have been another one then.
"""

import json
import zlib
from base64 import urlsafe_b64decode

import sqlalchemy as sa
from alembic import op

revision = "issuer0003"
down_revision = "issuer0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_issuer_offered_claim_record_key", "issuer_offered_claim", ["record_key"])
    op.add_column("issuer_status_list", sa.Column("size", sa.Integer(), nullable=True))
    lists = sa.table("issuer_status_list", sa.column("number"), sa.column("token"), sa.column("size"))
    for number, token in op.get_bind().execute(sa.select(lists.c.number, lists.c.token)).all():
        op.execute(lists.update().where(lists.c.number == number).values(size=_size(token)))
    with op.batch_alter_table("issuer_status_list") as table:
        table.alter_column("size", existing_type=sa.Integer(), nullable=False)


def _size(token: str) -> int:
    status_list = json.loads(_decoded(token.split(".")[1]))["status_list"]
    return len(zlib.decompress(_decoded(status_list["lst"]))) * 8 // int(status_list["bits"])


def _decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
