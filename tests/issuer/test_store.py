"""The tables as the migrations make them, and that they are all digests, keys and numbers."""

import pytest

from issuer.store import Tables
from serving.database import Database, migrate, schema_differences

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


def test_there_is_no_column_for_a_citizen() -> None:
    """A new column is looked at by whoever adds it here."""
    assert {name: set(table.columns.keys()) for name, table in Tables.metadata.tables.items()} == COLUMNS


@pytest.mark.parametrize("table", sorted(COLUMNS))
def test_no_table_grows_without_an_end(table: str) -> None:
    """Everything but the lists themselves ends some day, or belongs to something that does."""
    names = COLUMNS[table]
    assert "expires_at" in names or "offer_id" in names or table == "issuer_status_list"
