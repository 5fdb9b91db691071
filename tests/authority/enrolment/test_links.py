"""Enrolment links at the office: who makes one, what is shown of it, how it ends."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.hashes import SHA256

from authority.actors import NotAllowedError, Role
from authority.enrolment.accept_requests import EndedCode, accept_requests
from authority.enrolment.create_enrolment import SECONDS
from authority.enrolment.links import LinkState, end_link, list_links, make_link
from authority.enrolment.places import Desk
from authority.member import Kind, Member, MemberName, Purpose
from authority.people.apply import leave_network
from authority.people.invite import take_role
from authority.refusal import RefusedError
from authority.store import save_member
from authority.usecases.keep_network import keep_network
from protocol.enrolment.enrolment import Enrolment
from protocol.enrolment.link import parse_enrolment_link
from serving.database import Database, migrate
from serving.errors import ApiError
from tests.authority.enrolment.office import for_service
from tests.authority.network import NOW, RANDOM, Network
from tests.authority.office_account import office_url
from tests.authority.people.office import Office
from tests.authority.people.test_joining import COUNCIL, REASON, admit, applied
from tests.databases import database_url, postgres_url

__all__ = ["database_url", "postgres_url"]

PATH = f"/organisations/{COUNCIL}/enrolments"
LINK = re.compile(r'pdx join "([^"]+)"')


@pytest.fixture
def home(tmp_path: Path, network: Network, database_url: str) -> Iterator[Office]:
    """An office on the database of an authority that has admitted a council."""
    network.move_to(database_url)
    with Office(tmp_path, database=office_url(database_url)) as office:
        applied(office, addresses={"service": "https://council.example"})
        admit(office)
        keep(network)
        yield office
    network.records.database.close()


@pytest.fixture
def both(tmp_path: Path, database_url: str) -> Iterator[Office]:
    """An office whose database knows a council, on SQLite and on PostgreSQL."""
    owner = Database(database_url)
    migrate(owner, "authority")
    with owner.unit() as session:
        name = MemberName(en="A council", cy="Cyngor")
        save_member(session, Member(id=COUNCIL, kind=Kind.SERVICE, name=name, url="https://c.example"))
        session.commit()
    owner.close()
    with Office(tmp_path, database=office_url(database_url)) as office:
        yield office


def keep(network: Network, now: int = NOW) -> list[str]:
    return keep_network(network.records, now=now, random=RANDOM)


def link_of(page: str) -> str:
    found = LINK.search(page)
    assert found
    return found[1]


def states(office: Office) -> list[LinkState]:
    with office.deps.database.reading() as session:
        return [one.state for one in list_links(session, COUNCIL, now=office.clock.now())]


def digest_of(office: Office) -> str:
    with office.deps.database.reading() as session:
        return list_links(session, COUNCIL, now=office.clock.now())[0].digest


def enrol(office: Office, code: str) -> str:
    settings = office.settings
    desk = Desk(office.deps.database, office.deps.root, settings.base_url, settings.network)
    enrolment = Enrolment(code, for_service(code, organisation_id=f"PDXGB-{COUNCIL}"))
    return accept_requests(desk, enrolment, now=office.clock.now(), random=RANDOM)


def test_a_technical_contact_makes_a_link_and_a_server_joins_by_it(home: Office, network: Network) -> None:
    home.actor("tom", COUNCIL, Role.TECHNICAL)
    tom = home.browser("tom")
    assert "No server has a certificate yet" in tom.get(PATH).text
    page = tom.post(PATH, {"kind": "service"})
    assert page.status_code == 200
    link = parse_enrolment_link(link_of(page.text))
    assert (link.office, link.root_sha256) == (home.settings.base_url, home.deps.root.fingerprint(SHA256()))
    again = tom.get(PATH).text
    assert link.code not in again
    assert "Made by Tom on" in again
    enrol(home, link.code)
    assert states(home) == [LinkState.PENDING]
    keep(network)
    shown = tom.get(PATH).text
    assert "Used; the server has its certificates" in shown
    assert "To sign requests" in shown
    member = network.records.find_member(Kind.SERVICE, COUNCIL)
    assert member is not None
    assert member.certified(Purpose.REQUEST_SIGNING)


def test_who_may_not_makes_none(home: Office) -> None:
    strangers = (
        home.actor("mallory", "other", Role.OWNER),
        home.actor("rhian", "authority", Role.REVIEWER, Role.OWNER),
    )
    for actor in strangers:
        name = "mallory" if actor.organisation_id == "other" else "rhian"
        assert home.browser(name).post(PATH, {"kind": "service"}).status_code == 403
    tom = home.actor("tom", COUNCIL, Role.TECHNICAL)
    make_link(home.deps, tom, Kind.SERVICE)
    for actor in strangers:
        with pytest.raises(ApiError):
            end_link(home.deps, actor, digest_of(home))
    with pytest.raises(NotAllowedError):
        end_link(home.deps, home.actor("x", COUNCIL), digest_of(home))
    assert states(home) == [LinkState.OPEN]


def test_who_sees_the_links(home: Office) -> None:
    assert home.browser("mallory").get(PATH).status_code == 403
    assert home.network.client(base_url=home.settings.base_url).get(PATH).status_code == 401
    home.actor("rhys", "authority", Role.REVIEWER)
    page = home.browser("rhys").get(PATH)
    assert page.status_code == 200
    assert "Make a link" not in page.text


def test_a_form_from_elsewhere_makes_none(home: Office) -> None:
    home.actor("tom", COUNCIL, Role.TECHNICAL)
    assert home.browser("tom").post(PATH, {"kind": "service", "csrf": "guess"}).status_code == 403
    assert states(home) == []


def test_only_for_what_the_organisation_is(home: Office) -> None:
    tom = home.actor("tom", COUNCIL, Role.TECHNICAL)
    with pytest.raises(ApiError) as refused:
        make_link(home.deps, tom, Kind.DEPARTMENT)
    assert refused.value.page == "no_link"
    answer = home.browser("tom").post(PATH, {"kind": "kingdom"})
    assert answer.status_code == 422
    assert answer.text.count("Choose what the server is for") >= 1


def test_who_left_makes_none(home: Office, network: Network) -> None:
    owner = home.actor("owner-of-council", COUNCIL, Role.OWNER)
    leave_network(home.deps, owner, REASON)
    keep(network)
    assert home.browser("owner-of-council").post(PATH, {"kind": "service"}).status_code == 409
    assert states(home) == []


def test_a_link_that_was_ended_is_refused(home: Office) -> None:
    tom = home.actor("tom", COUNCIL, Role.TECHNICAL)
    code = parse_enrolment_link(make_link(home.deps, tom, Kind.SERVICE)).code
    browser, path = home.browser("tom"), f"{PATH}/{digest_of(home)}/end"
    assert browser.post(path).status_code == 303
    assert states(home) == [LinkState.ENDED]
    with pytest.raises(EndedCode):
        enrol(home, code)
    assert browser.post(path).status_code == 409
    looked = home.network.client(base_url=home.settings.base_url)
    answer = looked.post("/api/enrolments/look", json={"code": code})
    assert (answer.status_code, answer.json()["error"]) == (410, "enrolment_ended")


def test_a_link_ends_with_the_role_of_whoever_made_it(home: Office) -> None:
    tom = home.actor("tom", COUNCIL, Role.TECHNICAL)
    owner = home.actor("owner-of-council", COUNCIL, Role.OWNER)
    code = parse_enrolment_link(make_link(home.deps, tom, Kind.SERVICE)).code
    take_role(home.deps, owner, tom.person_id, Role.TECHNICAL)
    with pytest.raises(EndedCode):
        enrol(home, code)
    assert states(home) == [LinkState.ENDED]


def test_a_link_is_good_for_a_week(home: Office) -> None:
    tom = home.actor("tom", COUNCIL, Role.TECHNICAL)
    make_link(home.deps, tom, Kind.SERVICE)
    home.clock.advance(SECONDS)
    assert states(home) == [LinkState.EXPIRED]
    with pytest.raises(ApiError):
        end_link(home.deps, tom, digest_of(home))


def test_one_that_is_used_and_ended_at_once_is_one_of_the_two(both: Office) -> None:
    tom = both.actor("tom", COUNCIL, Role.TECHNICAL)
    for _ in range(5):
        both.clock.advance(1)  # the newest stands first
        code = parse_enrolment_link(make_link(both.deps, tom, Kind.SERVICE)).code
        digest = digest_of(both)

        def use(code: str = code) -> bool:
            try:
                enrol(both, code)
            except RefusedError:
                return False
            return True

        def end(digest: str = digest) -> bool:
            try:
                end_link(both.deps, tom, digest)
            except ApiError:
                return False
            return True

        with ThreadPoolExecutor(2) as pool:
            used, ended = [one.result(timeout=30) for one in (pool.submit(use), pool.submit(end))]
        assert used is not ended
        assert states(both)[0] is (LinkState.PENDING if used else LinkState.ENDED)


def test_the_log_has_no_code(home: Office) -> None:
    tom = home.actor("tom", COUNCIL, Role.TECHNICAL)
    code = parse_enrolment_link(make_link(home.deps, tom, Kind.SERVICE)).code
    written = home.printed.getvalue()
    assert "enrolment_link_made" in written
    assert code not in written


@pytest.mark.parametrize(
    ("language", "title"), [("en", "belongs on a server"), ("cy", "yn perthyn ar weinydd")]
)
def test_who_opens_a_link_in_a_browser(home: Office, language: str, title: str) -> None:
    client = home.network.client(base_url=home.settings.base_url)
    page = client.get(f"/enrol?lang={language}", headers={"accept": "text/html"})
    assert page.status_code == 200
    assert title in page.text
    assert "pdx join" in page.text
    assert "<script" not in page.text  # what runs on the page could read the code
