"""What many strangers, or one with time, could use up: rows, work for each request, threads, memory."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Engine, event, text
from sqlmodel import select

from issuer.store import SpentNonce, SpentProof
from issuer.usecases.make_offer import code_of
from issuer.usecases.publish_status import forget_old
from protocol.openid4vp.response import create_error_response
from serving.database import Database
from tests.issuer.world import World as Department
from tests.protocol.authority_for_tests import DAY
from tests.verifier.world import ENGLAND, code_on_the_phone, path_of
from tests.verifier.world import World as Verifier
from verifier.store import AnswerRow, RequestRow, TransactionRow
from verifier.usecases.purge import purge


def rows(database: Database, table: Any) -> int:
    with database.reading() as session:
        return len(session.exec(select(table)).all())


# --- rows


def test_a_stranger_leaves_no_rows_at_the_token_endpoint(department: Department) -> None:
    wallet = department.wallet()
    for number in range(20):
        assert wallet.ask_token(f"guess-{number}", "123456").json()["error"] == "invalid_grant"
    assert rows(department.deps.database, SpentProof) == 0


def test_a_stranger_leaves_no_rows_at_the_credential_endpoint(department: Department) -> None:
    wallet = department.wallet()
    for number in range(20):
        answer = wallet.ask_credential(f"guess-{number}", wallet.proofs(wallet.nonce()))
        assert answer.status_code == 401
    assert [rows(department.deps.database, table) for table in (SpentProof, SpentNonce)] == [0, 0]


def test_nonces_cost_nothing_to_give(department: Department) -> None:
    wallet = department.wallet()
    assert len({wallet.nonce() for _ in range(50)}) == 50
    assert rows(department.deps.database, SpentNonce) == 0


def test_what_was_spent_is_forgotten_when_it_is_too_old_to_come_again(department: Department) -> None:
    wallet = department.wallet()
    wallet.get_copies(department.offer("amira"))
    assert rows(department.deps.database, SpentProof) == 2
    department.clock.advance(600)
    forget_old(department.deps)
    assert [rows(department.deps.database, table) for table in (SpentProof, SpentNonce)] == [0, 0]


def test_a_refusal_to_show_is_not_kept_for_the_retention_of_an_answer(verifier: Verifier) -> None:
    """Anybody can begin and refuse, as often as they like; nobody's data is in it."""
    created = verifier.ask()
    asked = verifier.read(created["link"])
    verifier.post_form(asked.response_uri, create_error_response("access_denied", request=asked))
    verifier.clock.advance(DAY - 1)
    assert verifier.read_answer(created)["answer"]["state"] == "not_shown"
    verifier.clock.advance(1)
    purge(verifier.house)
    left = [rows(verifier.house.database, table) for table in (TransactionRow, RequestRow, AnswerRow)]
    assert left == [0, 0, 0]


# --- work that grows

SCAN = re.compile(
    r"SCAN (?!(issuer_status_list|verifier_trust_list)\b)(issuer|verifier)_"
)  # those two are small


@contextmanager
def recorded(engine: Engine) -> Iterator[list[tuple[str, Any]]]:
    statements: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if re.match(r"\s*(SELECT|UPDATE|DELETE|INSERT)\b", statement):
            statements.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)


def scans(database: Database, statements: list[tuple[str, Any]]) -> set[str]:
    """The steps of SQLite's plans that look at every row of a table."""
    found = set()
    with database.engine.connect() as connection:
        for statement, parameters in statements:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            found |= {f"{row[3]}: {statement}" for row in plan if SCAN.match(row[3])}
    return found


def test_no_request_to_a_department_looks_at_every_row(department: Department) -> None:
    database = department.deps.database
    with recorded(database.engine) as statements:
        made, wallet = department.offer("amira"), department.wallet()
        wallet.ask_token(code_of(made.reference), "000000")
        wallet.get_copies(made, count=3)
        department.client().get("/status/1")
    assert len(statements) > 20
    assert scans(database, statements) == set()


def test_no_request_to_a_service_looks_at_every_row(verifier: Verifier) -> None:
    database = verifier.house.database
    with recorded(database.engine) as statements:
        browser = verifier.browser()
        page = verifier.start(browser)
        browser.get(page)
        browser.get(f"{page}/state")
        links = verifier.links(ENGLAND, page)
        verifier.post_form(verifier.read(links["qr"]).response_uri, {"response": "x"})
        redirect = verifier.respond(verifier.read(links["qr"]), verifier.issue()).json()["redirect_uri"]
        browser.post(f"{page}/confirm", data={"code": "wrong"})
        browser.post(f"{page}/confirm", data={"code": code_on_the_phone(verifier, redirect)})
        assert "Neill" in browser.get(browser.get(page).headers["location"]).text
        page = verifier.start(browser)
        link = verifier.read(verifier.links(ENGLAND, page)["link"])
        browser.get(path_of(verifier.respond(link, verifier.issue()).json()["redirect_uri"]))
    assert len(statements) > 40
    assert scans(database, statements) == set()


def test_a_new_request_does_not_pay_for_all_that_ran_out_before(verifier: Verifier) -> None:
    """Thousands who began and left must not make it slow for the next one."""

    def work() -> int:
        """How much SQLite has to do for one new request, in its own virtual machine's steps."""
        steps = 0

        def count() -> None:
            nonlocal steps
            steps += 1

        connection = verifier.house.database.engine.raw_connection()
        driver: Any = connection.driver_connection
        driver.set_progress_handler(count, 100)
        connection.close()
        verifier.ask()
        driver.set_progress_handler(None, 0)
        return steps

    for _ in range(3):
        verifier.ask()
    few = work()
    with verifier.house.database.engine.begin() as connection:
        for table in ("verifier_transaction", "verifier_request"):
            own, *others = ("id",) if table == "verifier_transaction" else ("ref", "transaction_id")
            columns = [row[1] for row in connection.exec_driver_sql(f"PRAGMA table_info({table})")]
            values = [f"{c} || '-' || n" if c in (own, *others) else c for c in columns]
            connection.execute(
                text(
                    f"WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 2000)"
                    f" INSERT INTO {table} SELECT {', '.join(values)} FROM {table}, t"
                )
            )
    verifier.clock.advance(3600)  # they have run out; they are still within the day of grace
    work()  # the first one after so long clears the keys
    assert work() <= few * 3 + 10


@pytest.mark.parametrize("size", [70_000, 10_000_000])
def test_large_bodies_are_refused_unread(department: Department, verifier: Verifier, size: int) -> None:
    body = b"a=" + b"b" * size
    form = {"content-type": "application/x-www-form-urlencoded"}
    asked = verifier.read(verifier.ask()["link"])
    assert department.client().post("/token", content=body, headers=form).status_code == 413
    assert verifier.network.client().post(asked.response_uri, content=body, headers=form).status_code == 413
    assert verifier.api().post("/requests", content=body).status_code == 413
