"""A database that is busy, away or in the way: one clear 503, nothing half, and all is well afterwards."""

import socket
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import create_engine, text

import serving.database
from serving.database import Database
from tests.issuer.world import World as Department
from tests.verifier.world import ENGLAND
from tests.verifier.world import World as Verifier

BUSY = (503, "temporarily_unavailable")


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving.database, "BUSY_TIMEOUT_MS", 200)


@contextmanager
def locked(url: str, *tables: str) -> Iterator[None]:
    """Somebody else holds what a writer needs: SQLite's one write lock, or every row of the tables."""
    if url.startswith("sqlite"):
        connection = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.close()
        return
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as other:
        for table in tables:
            other.execute(text(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE"))
        yield
    engine.dispose()


def test_a_locked_database_costs_the_citizen_no_code(stored_department: Department) -> None:
    made, wallet = stored_department.offer("amira"), stored_department.wallet()
    code = wallet.code(made)
    with locked(stored_department.settings.database_url, "issuer_offer", "issuer_spent_proof"):
        refused = wallet.ask_token(code, made.tx_code)
    assert (refused.status_code, refused.json()["error"]) == BUSY
    assert int(refused.headers["retry-after"]) > 0
    assert wallet.ask_token(code, made.tx_code).status_code == 200


def test_a_locked_database_loses_no_response(stored_verifier: Verifier) -> None:
    created = stored_verifier.ask()
    request = stored_verifier.read(created["link"])
    claim = stored_verifier.issue()
    with locked(stored_verifier.settings.database, "verifier_transaction", "verifier_request"):
        assert stored_verifier.respond(request, claim).status_code == 503
    assert stored_verifier.read_answer(created)["state"] == "open"
    assert stored_verifier.respond(request, claim).status_code == 200


def test_a_person_is_told_to_try_again(verifier: Verifier) -> None:
    browser = verifier.browser()
    with locked(verifier.settings.database):
        page = browser.post(f"/{ENGLAND}/start")
    assert page.status_code == 503
    assert "try again" in page.text.lower()
    assert "set-cookie" not in page.headers


def test_the_log_says_what_is_wrong_and_no_values(department: Department) -> None:
    made, wallet = department.offer("amira"), department.wallet()
    code = wallet.code(made)
    with locked(department.settings.database_url):
        wallet.ask_token(code, made.tx_code)
    printed = department.printed.getvalue()
    assert "database_unavailable" in printed
    assert not any(secret in printed for secret in (code, made.tx_code, made.reference))


def test_a_database_that_is_not_there_is_given_up_soon() -> None:
    """A machine that takes connections and says nothing must not hold every thread."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        database = Database(f"postgresql://pdx@127.0.0.1:{silent.getsockname()[1]}/x")
        started = time.monotonic()
        with pytest.raises(Exception, match="timeout"):
            database.check()
        assert time.monotonic() - started < 15
        database.close()
