"""Whatever may happen once happens once: threads and processes, SQLite and PostgreSQL."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from functools import partial
from pathlib import Path
from threading import Barrier

import pytest
from sqlmodel import select

from protocol.openid4vp.request_object import AuthorizationRequest
from protocol.openid4vp.response import create_response
from serving.clock import FixedClock
from serving.database import schema_differences
from serving.errors import ApiError
from tests.databases import database_url, postgres_url
from tests.protocol.authority_for_tests import DAY
from tests.verifier.races import race_processes
from tests.verifier.world import ENGLAND, RETURN_URL, World, code_on_the_phone, confirmed, response_code
from verifier import store
from verifier.errors import CodeUsed
from verifier.session import Event
from verifier.store import AnswerRow, RequestRow, Tables, TransactionRow
from verifier.usecases.purge import purge, purge_some
from verifier.usecases.receive_response import receive_response
from verifier.usecases.release_answer import confirm, return_to_caller

__all__ = ["database_url", "postgres_url"]

OVER = "the request has been answered or has expired"
PLAYERS = 6


@pytest.fixture
def world(tmp_path: Path, database_url: str) -> Iterator[World]:
    with World(tmp_path, database=database_url) as running:
        yield running


def ref_of(request: AuthorizationRequest) -> str:
    return request.response_uri.rsplit("/", 1)[-1]


def jwe(world: World, request: AuthorizationRequest) -> str:
    token = {"c1": [world.present(request, world.issue())]}
    return create_response(token, request=request)["response"]


def at_once(*actions: Callable[[], object]) -> list[str]:
    """Runs all actions at the same moment; "won" for each that did not raise, else the error's text."""
    barrier = Barrier(len(actions))

    def play(action: Callable[[], object]) -> str:
        barrier.wait(30)
        try:
            action()
        except ApiError as error:
            return error.text
        return "won"

    with ThreadPoolExecutor(len(actions)) as pool:
        return list(pool.map(play, actions))


def rows(world: World, model: type) -> int:
    with world.house.database.reading() as unit:
        return len(unit.exec(select(model)).all())


def test_one_of_many_threads_answers_a_request(world: World) -> None:
    for _ in range(5):
        request = world.read(world.ask()["link"])
        responses = [jwe(world, request) for _ in range(PLAYERS)]
        outcomes = at_once(
            *(partial(receive_response, world.house, ref_of(request), one) for one in responses)
        )
        assert sorted(outcomes) == sorted(["won"] + [OVER] * (PLAYERS - 1))
    assert rows(world, AnswerRow) == 5


def test_link_and_qr_code_answered_at_once_give_one_answer(world: World) -> None:
    for _ in range(5):
        links = world.links(ENGLAND, world.start(world.browser()))
        posts = [(ref_of(one), jwe(world, one)) for one in map(world.read, links.values())]
        outcomes = at_once(*(partial(receive_response, world.house, *post) for post in posts))
        assert sorted(outcomes) == sorted(["won", OVER])
    assert rows(world, AnswerRow) == 5


def test_one_of_many_processes_answers_a_request(world: World) -> None:
    links = world.links(ENGLAND, world.start(world.browser()))
    posts = [(ref_of(one), jwe(world, one)) for one in map(world.read, links.values()) for _ in range(2)]
    found = world.files.content["/trust-list.jwt"]
    assert found is not None
    outcomes = race_processes(world.settings, posts, found[1])
    assert sorted(outcomes) == sorted(["won"] + [OVER] * 3)
    assert rows(world, AnswerRow) == 1


def test_a_response_code_is_taken_once(world: World) -> None:
    created = world.ask(channel="link", return_url=RETURN_URL)
    redirect_uri = world.respond(world.read(created["link"]), world.issue()).json()["redirect_uri"]
    code, service = response_code(redirect_uri), world.house.service(ENGLAND)
    outcomes = at_once(
        *[lambda: return_to_caller(world.house, service, created["id"], code) for _ in range(PLAYERS)]
    )
    assert outcomes.count("won") == 1


def test_a_confirmation_is_taken_once(world: World) -> None:
    created = world.ask()
    redirect_uri = world.respond(world.read(created["link"]), world.issue()).json()["redirect_uri"]
    code, service = code_on_the_phone(world, redirect_uri), world.house.service(ENGLAND)
    outcomes = at_once(*[lambda: confirm(world.house, service, created["id"], code) for _ in range(PLAYERS)])
    assert outcomes.count("won") == 1
    assert world.read_answer(created)["state"] == "answered"


def test_a_killed_process_loses_nothing_and_spends_nothing(world: World) -> None:
    """Between the change of state and the commit: the request is as it was."""
    created = world.ask()
    request = world.read(created["link"])
    with world.house.database.unit() as unit:
        values = {"deadline": world.now + 300, "release": "x"}
        assert store.advance(unit, created["id"], Event.SHOWN_FOR_CODE, now=world.now, **values)
        store.wipe_keys(unit, created["id"])
    assert world.read_answer(created)["state"] == "open"
    assert confirmed(world, created, world.respond(request, world.issue()))["answer"]["state"] == "approved"


def test_the_response_key_is_wiped_when_used(world: World) -> None:
    links = world.links(ENGLAND, world.start(world.browser()))
    world.respond(world.read(links["link"]), world.issue())
    with world.house.database.reading() as unit:
        assert list(unit.exec(select(RequestRow.sealed_key))) == [None, None]


def test_answers_are_deleted_when_their_retention_ends(world: World) -> None:
    created = world.ask()
    confirmed(world, created, world.respond(world.read(created["link"]), world.issue()))
    world.clock.advance(90 * DAY - 1)
    assert world.read_answer(created)["answer"]["state"] == "approved"
    assert purge(world.house) == 0
    world.clock.advance(1)
    # not read past its time, purged or not
    assert world.api().get(f"/requests/{created['id']}").status_code == 404
    assert purge(world.house) == 1
    assert [rows(world, one) for one in (TransactionRow, RequestRow, AnswerRow)] == [0, 0, 0]
    assert world.api().get(f"/requests/{created['id']}").status_code == 404


def test_what_ran_out_loses_its_answer_at_once_and_itself_after_a_day(world: World) -> None:
    created = world.ask()
    world.respond(world.read(created["link"]), world.issue())
    world.clock.advance(300)
    assert purge(world.house) == 0
    assert [rows(world, one) for one in (TransactionRow, AnswerRow)] == [1, 0]
    assert world.read_answer(created)["state"] == "expired"
    world.clock.advance(DAY)
    assert purge(world.house) == 1
    assert rows(world, TransactionRow) == 0


def test_each_new_transaction_cleans_up_a_little(world: World) -> None:
    for _ in range(25):
        world.ask()
    world.clock.advance(2 * DAY)
    world.ask()
    assert rows(world, TransactionRow) == 6


def test_the_tables_are_those_of_the_migrations(world: World) -> None:
    assert schema_differences(world.house.database, Tables.metadata) == []


def test_a_wrong_response_never_makes_the_right_one_fail(world: World) -> None:
    """Both change the same two rows, and PostgreSQL ends one of two that wait for each other."""
    request = world.read(world.ask()["link"])
    with world.house.database.reading() as unit:
        found = store.find_request(unit, ref_of(request))
    assert found is not None
    row, transaction = found

    def refuse() -> None:
        with world.house.database.unit() as unit:
            store.count_refusal(unit, row, "bad_signature")
            unit.commit()

    with ThreadPoolExecutor(1) as pool, world.house.database.unit() as unit:
        values = {"deadline": world.now + 300, "release": "x"}
        assert store.advance(unit, transaction.id, Event.SHOWN_FOR_CODE, now=world.now, **values)
        refused = pool.submit(refuse)
        wait([refused], timeout=0.5)
        store.wipe_keys(unit, transaction.id)
        unit.commit()
        refused.result(timeout=30)


class Interrupted(FixedClock):
    """A clock at whose second reading something else happens: another process is quicker."""

    def __init__(self, now: int, action: Callable[[], object]) -> None:
        super().__init__(now)
        self._readings, self._action = 0, action

    def now(self) -> int:
        self._readings += 1
        if self._readings == 2:
            self._action()
        return super().now()


def test_a_code_typed_while_the_answer_is_dropped_is_refused(world: World) -> None:
    created = world.ask()
    redirect_uri = world.respond(world.read(created["link"]), world.issue()).json()["redirect_uri"]
    code, service = code_on_the_phone(world, redirect_uri), world.house.service(ENGLAND)

    def drop() -> None:
        with world.house.database.unit() as unit:
            values = {"release": None, "sealed_code": None, "closed_by": Event.GUESSED_TOO_OFTEN.value}
            assert store.advance(unit, created["id"], Event.GUESSED_TOO_OFTEN, now=world.now, **values)
            store.drop_answer(unit, created["id"])
            unit.commit()

    house = replace(world.house, clock=Interrupted(world.now, drop))
    with pytest.raises(CodeUsed):
        confirm(house, service, created["id"], code)
    assert world.read_answer(created)["state"] == "closed"


@pytest.mark.parametrize(
    "database_url", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True
)
def test_two_processes_that_clean_up_do_not_wait_for_each_other(world: World) -> None:
    """Nor can they come to wait for each other in a circle, which would fail somebody's new request."""
    for _ in range(3):
        created = world.ask()
        world.respond(world.read(created["link"]), world.issue())
    world.clock.advance(3 * DAY)

    def clean() -> None:
        with world.house.database.unit() as unit:
            purge_some(unit, now=world.now)
            unit.commit()

    with ThreadPoolExecutor(1) as pool, world.house.database.unit() as unit:
        purge_some(unit, now=world.now)
        pool.submit(clean).result(timeout=5)
        unit.commit()
    assert [rows(world, one) for one in (TransactionRow, RequestRow, AnswerRow)] == [0, 0, 0]
