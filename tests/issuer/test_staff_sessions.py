"""Sessions of staff stand in the database: what is ended there is ended everywhere, at once."""

import re
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from sqlmodel import select
from typer.testing import CliRunner

from issuer.app import build_app
from issuer.cli import app as command_line
from issuer.store import StaffSession
from issuer.usecases.admit_staff import NotStaff
from issuer.usecases.begin_session import begin_session
from issuer.usecases.end_sessions import end_sessions
from issuer.usecases.publish_status import forget_old
from issuer.usecases.use_session import use_session
from serving.errors import OperatorError
from tests.issuer.conftest import MakeWorld
from tests.issuer.test_once import AT_ONCE
from tests.issuer.world import URL, World

HTML = {"accept": "text/html"}
FORM = "Who is the claim about?"
IDLE, WHOLE = 1_800, 28_800
SIGN_IN = {"issuer": "http://localhost:9", "client_id": "issuer", "staff": ["alice", "bob"]}


@pytest.fixture
def world(make_world: MakeWorld, database_url: str) -> World:
    """A department with staff, on SQLite and on PostgreSQL."""
    return make_world(database=database_url, oidc=SIGN_IN)


def browser_with(world: World, cookie: str, origin: str = URL) -> httpx.Client:
    browser = world.network.client(base_url=origin)
    browser.cookies.set("pdx_staff", cookie)
    return browser


def is_in(browser: httpx.Client) -> bool:
    return FORM in browser.get("/staff", headers=HTML).text


def sessions(world: World) -> list[StaffSession]:
    with world.deps.database.reading() as session:
        return list(session.exec(select(StaffSession)).all())


def sign_out(browser: httpx.Client) -> httpx.Response:
    token = re.search(r'name="csrf" value="([^"]+)"', browser.get("/staff", headers=HTML).text)
    assert token
    return browser.post("/staff/sign-out", data={"csrf": token[1]}, headers=HTML)


def test_signing_out_ends_a_stolen_copy_too(world: World) -> None:
    cookie = begin_session(world.deps, "alice")
    own, thief = browser_with(world, cookie), browser_with(world, cookie)
    assert is_in(own)
    assert is_in(thief)
    answer = sign_out(own)
    assert 'pdx_staff=""' in answer.headers["set-cookie"]
    assert not is_in(thief)
    assert thief.post("/staff/check", data={}, headers=HTML).status_code == 401
    assert sessions(world) == []


def test_every_process_knows_of_every_session(world: World) -> None:
    other = world.another_process()
    world.network.mount("http://localhost:8499", build_app(other))
    cookie = begin_session(world.deps, "alice")
    here, there = browser_with(world, cookie), browser_with(world, cookie, "http://localhost:8499")
    assert is_in(there)
    sign_out(here)
    assert not is_in(there)
    other.database.close()


def test_an_unused_session_ends(world: World) -> None:
    browser = browser_with(world, begin_session(world.deps, "alice"))
    for _ in range(3):
        world.clock.advance(IDLE - 1)
        assert is_in(browser)
    world.clock.advance(IDLE)
    assert not is_in(browser)
    assert browser.post("/staff/check", data={}, headers=HTML).status_code == 401


def test_a_session_ends_however_much_it_is_used(world: World) -> None:
    browser = browser_with(world, begin_session(world.deps, "alice"))
    for _ in range(WHOLE // 1_000):
        world.clock.advance(1_000)
        assert is_in(browser)
    world.clock.advance(WHOLE % 1_000)
    assert not is_in(browser)


def test_how_long_is_a_setting(make_world: MakeWorld) -> None:
    world = make_world(oidc={**SIGN_IN, "idle_seconds": 60, "session_seconds": 300})
    browser = browser_with(world, begin_session(world.deps, "alice"))
    world.clock.advance(60)
    assert not is_in(browser)


def test_signing_in_again_ends_the_session_before(world: World) -> None:
    first = begin_session(world.deps, "alice")
    second = begin_session(world.deps, "alice", earlier=first)
    assert not is_in(browser_with(world, first))
    assert is_in(browser_with(world, second))


def test_the_database_holds_no_cookie(world: World) -> None:
    cookie = begin_session(world.deps, "alice")
    (row,) = sessions(world)
    assert cookie not in row.model_dump().values()
    assert len(cookie) == 43
    assert (row.subject, row.created_at) == ("alice", world.clock.now())


@pytest.mark.parametrize("cookie", ["", "x", "x" * 43, "x" * 5_000, "é"])
def test_a_cookie_that_is_none_of_ours(world: World, cookie: str) -> None:
    begin_session(world.deps, "alice")
    assert use_session(world.deps, cookie) is None


def test_whom_the_settings_do_not_name_gets_none(world: World) -> None:
    with pytest.raises(NotStaff):
        begin_session(world.deps, "mallory")
    assert sessions(world) == []


def test_sessions_of_one_person_are_ended_from_outside(world: World) -> None:
    alice, again, bob = (
        browser_with(world, begin_session(world.deps, who)) for who in ("alice", "alice", "bob")
    )
    assert end_sessions(world.deps.database, "alice") == 2
    assert [is_in(one) for one in (alice, again, bob)] == [False, False, True]
    assert end_sessions(world.deps.database, None) == 1
    assert not is_in(bob)


def test_old_sessions_are_forgotten(world: World) -> None:
    begin_session(world.deps, "alice")
    world.clock.advance(IDLE - 1)
    begin_session(world.deps, "bob")
    world.clock.advance(1)
    forget_old(world.deps)
    assert [row.subject for row in sessions(world)] == ["bob"]


def test_a_session_is_not_brought_back_while_it_is_ended(world: World) -> None:
    """Requests that come in the middle of signing out are before it or after it."""
    cookie = begin_session(world.deps, "alice")
    with ThreadPoolExecutor(AT_ONCE + 1) as pool:
        used = [pool.submit(use_session, world.deps, cookie) for _ in range(AT_ONCE)]
        ended = pool.submit(end_sessions, world.deps.database, "alice")
        assert ended.result(timeout=30) == 1
        assert len([one.result(timeout=30) for one in used]) == AT_ONCE
    assert use_session(world.deps, cookie) is None
    assert sessions(world) == []


SETTINGS = """\
demo: true
base_url: http://localhost:8401
organisation_id: PDXGB-dwp
name: {{en: A department, cy: Adran}}
keystore: keys
database: sqlite:///issuer.sqlite
claims: claims
registers: {{dwp: {{url: "sqlite:///nowhere.sqlite"}}}}
oidc: {{issuer: "{issuer}", client_id: issuer, staff: [alice]}}
"""


def test_an_operator_ends_sessions_even_with_the_register_away(make_world: MakeWorld) -> None:
    world = make_world(oidc=SIGN_IN)
    config = world.directory / "issuer.yaml"
    config.write_text(SETTINGS.format(issuer=SIGN_IN["issuer"]), encoding="utf-8")
    browser = browser_with(world, begin_session(world.deps, "alice"))

    def run(*arguments: str) -> str:
        return CliRunner().invoke(command_line, ["sign-out", "--config", str(config), *arguments]).stdout

    assert run("carol") == "0 sessions ended\n"
    assert run("alice") == "1 session ended\n"
    assert not is_in(browser)
    browser_with(world, begin_session(world.deps, "bob"))
    assert run("--everyone") == "1 session ended\n"
    refused = CliRunner().invoke(command_line, ["sign-out", "--config", str(config)])
    assert isinstance(refused.exception, OperatorError)
