"""The tables as the migrations make them, and that they are all digests, keys and numbers."""

import pytest
from alembic import command
from sqlalchemy import text

from issuer.store import Tables, open_list
from protocol.status_list import StatusList, create_status_list_token
from serving.database import Database, _alembic_config, migrate, schema_differences
from tests.protocol.keys_for_tests import signing_key

COLUMNS = {
    "issuer_offer": {"id", "reference_digest", "code_digest", "tx_code_mac", "state", "tries", "expires_at"},
    "issuer_offered_claim": {"offer_id", "configuration_id", "record_key", "requests_left"},
    "issuer_access_token": {"digest", "offer_id", "jkt", "client_id", "expires_at"},
    "issuer_claim_copy": {
        "list_number",
        "position",
        "configuration_id",
        "record_key",
        "expires_at",
        "revoked_at",
    },
    "issuer_status_list": {
        "number",
        "state",
        "changes",
        "published_changes",
        "published_at",
        "claimed_until",
        "token",
        "size",
    },
    "issuer_staff_session": {"digest", "subject", "csrf", "created_at", "used_at", "expires_at"},
    "issuer_spent_nonce": {"digest", "expires_at"},
    "issuer_spent_proof": {"digest", "expires_at"},
}


def test_the_migrations_make_the_tables(database_url: str) -> None:
    database = Database(database_url)
    migrate(database, "issuer")
    migrate(database, "issuer")
    assert schema_differences(database, Tables.metadata) == []
    database.close()


@pytest.mark.parametrize("size", [64, 1 << 20])
def test_a_list_from_before_sizes_were_kept_says_its_own(database_url: str, size: int) -> None:
    database = Database(database_url)
    token = create_status_list_token(
        StatusList(1, length=size), uri="x:y", signing_key=signing_key("status"), x5c=(), now=1
    )
    with database.engine.begin() as connection:
        command.upgrade(_alembic_config(connection, "issuer"), "issuer0002")
        connection.execute(
            text("INSERT INTO issuer_status_list VALUES (1, 'open', 0, 0, 1, 0, :token)"), {"token": token}
        )
    migrate(database, "issuer")
    with database.reading() as session:
        assert open_list(session) == (1, size)
    database.close()


def test_there_is_no_column_for_a_citizen() -> None:
    """A new column is looked at by whoever adds it here."""
    assert {name: set(table.columns.keys()) for name, table in Tables.metadata.tables.items()} == COLUMNS


@pytest.mark.parametrize("table", sorted(COLUMNS))
def test_no_table_grows_without_an_end(table: str) -> None:
    """Everything but the lists themselves ends some day, or belongs to something that does."""
    names = COLUMNS[table]
    assert "expires_at" in names or "offer_id" in names or table == "issuer_status_list"
