"""A process that is killed (SIGKILL) before or after any of its commits.

What it acknowledged is there, nothing is spent twice, and the citizen can go on.
"""

import os
import signal
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Literal

import httpx
import pytest
from sqlalchemy import Engine
from sqlmodel import select

from issuer.store import AccessToken, ClaimCopy, SpentNonce
from serving.clock import FixedClock
from serving.database import Database
from tests.issuer.world import World as Department
from tests.network import path_contains
from tests.protocol.authority_for_tests import NOW
from tests.verifier.world import World as Verifier
from tests.verifier.world import confirmed
from verifier.app import create_installation
from verifier.store import AnswerRow
from verifier.usecases.receive_response import receive_response

When = Literal["before", "after"]
SURVIVED = 7


def arm(engine: Engine, *, commit: int, when: When) -> None:
    """Lets the process kill itself just before or after its commit of that number."""
    real, done = engine.dialect.do_commit, 0

    def do_commit(connection: Any) -> None:
        nonlocal done
        done += 1
        if done == commit and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        real(connection)
        if done == commit:
            os.kill(os.getpid(), signal.SIGKILL)

    vars(engine.dialect)["do_commit"] = do_commit


def is_killed(act: Callable[[], object]) -> bool:
    """Runs `act` in a process of its own; whether that was killed before `act` came to its end."""
    child = os.fork()
    if child == 0:
        try:
            act()
        finally:
            os._exit(SURVIVED)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


def rows(database: Database, table: Any) -> int:
    with database.reading() as session:
        return len(session.exec(select(table)).all())


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("commit", [1, 2], ids=["the proof", "the code"])
def test_a_department_killed_while_it_gives_a_token(
    tmp_path: Path, registers: Path, commit: int, when: When
) -> None:
    with Department(tmp_path, registers) as department:
        made = department.offer("amira")
        code = department.wallet().code(made)

    def ask() -> None:
        with Department(tmp_path, registers) as dying:
            arm(dying.deps.database.engine, commit=commit, when=when)
            dying.wallet().ask_token(code, made.tx_code)

    assert is_killed(ask)
    with Department(tmp_path, registers) as department:
        wallet = department.wallet("another try")  # a key of its own: its first proof was perhaps spent
        again = wallet.ask_token(code, made.tx_code)
        is_spent = (commit, when) == (2, "after")
        assert again.status_code == (400 if is_spent else 200)
        assert rows(department.deps.database, AccessToken) == 1
        if not is_spent:
            token = again.json()["access_token"]
            assert wallet.ask_credential(token, wallet.proofs(wallet.nonce())).status_code == 200


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("commit", [1, 2], ids=["the proof", "nonce and places"])
def test_a_department_killed_while_it_gives_a_claim(
    tmp_path: Path, registers: Path, commit: int, when: When
) -> None:
    with Department(tmp_path, registers) as department:
        wallet = department.wallet()
        token, nonce = wallet.token(department.offer("amira")), wallet.nonce()
        proofs, headers = wallet.proofs(nonce), wallet.dpop("/credential", access_token=token)

    def ask() -> None:
        with Department(tmp_path, registers) as dying:
            arm(dying.deps.database.engine, commit=commit, when=when)
            dying.wallet().ask_credential(token, proofs, headers=headers)

    assert is_killed(ask)
    with Department(tmp_path, registers) as department:
        wallet, database = department.wallet(), department.deps.database
        wallet.requests = 100
        is_spent = (commit, when) == (2, "after")
        assert [rows(database, SpentNonce), rows(database, ClaimCopy)] == [is_spent, is_spent]
        assert wallet.ask_credential(token, proofs).status_code == (400 if is_spent else 200)
        assert wallet.ask_credential(token, wallet.proofs(wallet.nonce())).status_code == 200
        assert rows(database, ClaimCopy) == 2


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_service_killed_while_it_takes_a_response(tmp_path: Path, when: When) -> None:
    with ExitStack() as stack:
        world = stack.enter_context(Verifier(tmp_path))
        created = world.ask()
        request = world.read(created["link"])
        found = world.files.content["/trust-list.jwt"]
        assert found is not None
        claim, trust_list = world.issue(), found[1]
        sent: list[str] = []

        def keep(asked: httpx.Request, _: Any) -> httpx.Response:
            sent.append(asked.content.decode())
            return httpx.Response(200)

        with world.network.intercepting(path_contains("/response/"), keep):
            world.respond(request, claim)
        (body,) = sent

        def publish(_: httpx.Request) -> httpx.Response:
            stream = httpx.ByteStream(trust_list)
            return httpx.Response(200, headers={"content-type": "application/jwt"}, stream=stream)

        def receive() -> None:
            house = create_installation(
                world.settings, clock=FixedClock(NOW), transport=httpx.MockTransport(publish), environment={}
            )
            house.trust.issuers(now=NOW)
            arm(house.database.engine, commit=1, when=when)
            ref = request.response_uri.rsplit("/", 1)[-1]
            receive_response(house, ref, httpx.QueryParams(body)["response"])

        assert is_killed(receive)
        is_taken = when == "after"
        assert rows(world.house.database, AnswerRow) == is_taken
        assert world.read_answer(created)["state"] == ("confirming" if is_taken else "open")
        again = world.respond(request, claim)
        assert again.status_code == (400 if is_taken else 200)
        assert rows(world.house.database, AnswerRow) == 1
        if not is_taken:
            assert confirmed(world, created, again)["answer"]["state"] == "approved"
