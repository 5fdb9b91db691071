"""What may happen once happens once: threads on one database, and processes of their own.

OpenID4VCI 1.0 §13.6 (codes and transaction codes), §13.8 (nonces); decision 4.
"""

import multiprocessing
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from sqlmodel import select

from issuer.deps import Deps
from issuer.store import AccessToken, ClaimCopy, Offer
from issuer.usecases.give_nonce import give_nonce
from issuer.usecases.issue_claim import authorize, issue_claim
from issuer.usecases.make_offer import MadeOffer, code_of
from issuer.usecases.redeem_code import redeem_code
from protocol.errors import ProtocolError
from protocol.openid4vci.credential import CredentialRequest
from protocol.openid4vci.proof import create_proof
from protocol.openid4vci.token import TokenRequest
from tests.issuer.conftest import MakeWorld
from tests.issuer.world import MOVING, URL, World
from tests.protocol.keys_for_tests import signing_key

AT_ONCE = 8


def at_once(work: Callable[[int], str], count: int = AT_ONCE) -> Counter[str]:
    """Runs the work in threads that start together; counts what came of it."""
    barrier = Barrier(count)

    def run(number: int) -> str:
        barrier.wait(timeout=30)
        try:
            return work(number)
        except ProtocolError as error:
            return error.code

    with ThreadPoolExecutor(count) as pool:
        return Counter(pool.map(run, range(count)))


def redeem(deps: Deps, made: MadeOffer, tx_code: str) -> str:
    redeem_code(deps, TokenRequest(code_of(made.reference), tx_code), jkt="key")
    return "won"


def count(deps: Deps, table: Any) -> int:
    with deps.database.reading() as session:
        return len(session.exec(select(table)).all())


@pytest.fixture
def world(make_world: MakeWorld, database_url: str) -> World:
    """The department on SQLite and on PostgreSQL."""
    return make_world(database=database_url)


def test_of_requests_for_one_code_one_wins(world: World) -> None:
    made = world.offer("amira")
    results = at_once(lambda _: redeem(world.deps, made, made.tx_code))
    assert results == {"won": 1, "invalid_grant": AT_ONCE - 1}
    assert count(world.deps, AccessToken) == 1


def test_parallel_guesses_are_counted_like_others(world: World) -> None:
    made = world.offer("amira")
    guesses = [f"{(int(made.tx_code) + 1 + n) % 1_000_000:06d}" for n in range(AT_ONCE * 2)]
    results = at_once(lambda n: redeem(world.deps, made, guesses[n]), AT_ONCE * 2)
    assert results == {"invalid_grant": AT_ONCE * 2}
    with world.deps.database.reading() as session:
        offer = session.exec(select(Offer)).one()
    assert (offer.tries, offer.state) == (5, "locked")


def ask_copies(deps: Deps, token: str, nonce: str, number: int) -> str:
    key = signing_key(f"copy {number}")
    proof = create_proof(key, audience=URL, nonce=nonce, now=deps.clock.now())
    row = authorize(deps, token, jkt="key")
    issue_claim(deps, row, CredentialRequest(MOVING, proofs=(proof,)))
    return "won"


def token_for(world: World) -> str:
    made = world.offer("amira")
    request = TokenRequest(code_of(made.reference), made.tx_code)
    return redeem_code(world.deps, request, jkt="key").access_token


def test_of_requests_with_one_nonce_one_wins(world: World) -> None:
    token, nonce = token_for(world), give_nonce(world.deps)
    results = at_once(lambda n: ask_copies(world.deps, token, nonce, n))
    assert results == {"won": 1, "invalid_nonce": AT_ONCE - 1}
    assert count(world.deps, ClaimCopy) == 1


def test_parallel_copies_share_no_place(make_world: MakeWorld, database_url: str) -> None:
    world = make_world(database=database_url, status_list_size=64)
    token = token_for(world)
    nonces = [give_nonce(world.deps) for _ in range(AT_ONCE)]
    assert at_once(lambda n: ask_copies(world.deps, token, nonces[n], n)) == {"won": AT_ONCE}
    assert count(world.deps, ClaimCopy) == AT_ONCE


# --- processes


def redeem_in_a_process(
    directory: Path, registers: Path, database: str, code: str, tx_codes: Sequence[str], results: Any
) -> None:
    """One process of the same department: its own connections, its own keys from the same files."""
    world = World(directory, registers, database=database)
    deps = world.another_process()
    for tx_code in tx_codes:
        try:
            redeem_code(deps, TokenRequest(code, tx_code), jkt="key")
            results.put("won")
        except ProtocolError as error:
            results.put(error.code)
    deps.database.close()


def in_processes(world: World, registers: Path, code: str, tx_codes: Sequence[str]) -> Counter[str]:
    context = multiprocessing.get_context("spawn")
    results = context.Queue()
    arguments = (world.directory, registers, world.settings.database_url, code, tx_codes, results)
    processes = [context.Process(target=redeem_in_a_process, args=arguments) for _ in range(3)]
    for process in processes:
        process.start()
    found = Counter(results.get(timeout=60) for _ in range(3 * len(tx_codes)))
    for process in processes:
        process.join(timeout=60)
    return found


def test_of_processes_with_one_code_one_wins(world: World, registers: Path) -> None:
    made = world.offer("amira")
    results = in_processes(world, registers, code_of(made.reference), [made.tx_code])
    assert results == {"won": 1, "invalid_grant": 2}


def test_guesses_of_several_processes_lock_the_offer(world: World, registers: Path) -> None:
    made = world.offer("amira")
    wrong = [f"{(int(made.tx_code) + 1 + n) % 1_000_000:06d}" for n in range(3)]
    results = in_processes(world, registers, code_of(made.reference), wrong)
    assert results == {"invalid_grant": 9}
    assert at_once(lambda _: redeem(world.deps, made, made.tx_code), 1) == {"invalid_grant": 1}
