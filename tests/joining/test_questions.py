"""A server that joined takes up by itself what it may ask: no restart, no file edited, nothing unverified."""

import json

import pytest
from starlette.testclient import TestClient

from authority.member import Kind
from authority.usecases.set_status import set_status
from joining.office import Office
from joining.questions import QuestionSource
from joining.timer import Timer
from protocol.errors import BindingError
from protocol.registration.question import Question
from protocol.trust_list.members import MemberStatus
from serving.errors import OperatorError
from tests.authority.enrolment.office import ADMISSION, OFFICE
from tests.authority.network import DAY, NOW, question
from tests.joining.world import World
from tests.network import path_contains
from verifier.app import create_installation, create_verifier_app
from verifier.errors import NoQuestionYet
from verifier.installation import Installation
from verifier.renewal import SETUP_SECONDS, create_timer
from verifier.settings import load_settings

MEMBER = "blue-badge"


def register(world: World, *questions: Question) -> None:
    """What the authority does once questions were approved or adopted."""
    records = world.office.network.records
    member = records.find_member(Kind.SERVICE, MEMBER)
    assert member is not None
    records.save_member(member.model_copy(update={"registrations": ()}))
    if questions:
        world.office.network.admit_service(questions=questions)
    world.office.keep()
    world.office.network.publish()


def process(world: World) -> Installation:
    settings = load_settings(world.directory / "verifier.yaml")
    return create_installation(
        settings, clock=world.clock, transport=world.network, environment={}, log=world.log
    )


def timer(world: World, house: Installation) -> Timer:
    made = create_timer(house, log=world.log, transport=world.network)
    assert made is not None
    return made


def asked(house: Installation) -> list[str]:
    return list(house.service(MEMBER).questions)


@pytest.fixture
def house(world: World) -> Installation:
    """A server that runs and may ask nothing so far."""
    register(world)
    world.join(world.link(member_id=MEMBER))
    return process(world)


@pytest.fixture
def shared(world: World) -> Installation:
    """An installation of two services, both without a question so far: the first one and "parking"."""
    register(world)
    world.join(world.link(member_id=MEMBER))
    first, world.directory = world.directory, world.home / "second"
    changes = {"url": "https://blue-badge.example/permits", "questions": (question(id="permit"),)}
    admission = ADMISSION.model_copy(update=changes)
    world.join(world.link(admission=admission))
    second, world.directory = world.directory, first
    (second / "keys" / "parking").rename(first / "keys" / "parking")
    settings = load_settings(first / "verifier.yaml")
    own = load_settings(second / "verifier.yaml").services["parking"]
    neighbour = own.model_copy(update={"registered": first / "registered-parking"})
    return create_installation(
        settings.model_copy(update={"services": {**settings.services, "parking": neighbour}}),
        clock=world.clock,
        transport=world.network,
        environment={},
        log=world.log,
    )


def failures(world: World) -> list[tuple[str, str]]:
    lines = map(json.loads, (world.home / "log").read_text().splitlines())
    return [(one["service"], one["event"]) for one in lines if "service" in one]


def test_a_service_that_can_fetch_nothing_holds_up_no_other(world: World, shared: Installation) -> None:
    running = timer(world, shared)
    with world.network.dropping(path_contains(f"/api/services/{MEMBER}/")):
        for _ in range(5):
            running.tick()
            world.clock.advance(SETUP_SECONDS)
    assert list(shared.service("parking").questions) == ["permit@1"]
    assert failures(world) == [(MEMBER, "questions_not_fetched")]
    register(world, question())
    world.clock.advance(60)
    running.tick()
    assert asked(shared) == ["blue-badge@1"]
    assert failures(world)[-1] == (MEMBER, "works_again")


def test_a_registration_that_is_not_to_be_had_holds_up_no_other(world: World, shared: Installation) -> None:
    register(world, question())
    timer(world, shared).tick()
    before = shared.service("parking").first_question.registration
    world.clock.advance(150 * DAY)  # of 180
    world.office.keep()
    with world.network.dropping(path_contains(f"/registrations/{MEMBER}/")):
        timer(world, shared).tick()
    assert shared.service("parking").first_question.registration != before
    assert failures(world) == [(MEMBER, "registrations_not_fetched")]


def test_a_newer_version_is_no_failure_of_the_one_before(world: World, house: Installation) -> None:
    register(world, question())
    timer(world, house).tick()
    register(world, question(version=2))
    timer(world, house).tick()
    assert asked(house) == ["blue-badge@2"]
    assert failures(world) == []


def test_only_who_waits_for_a_first_question_is_looked_at_often(world: World, shared: Installation) -> None:
    running = timer(world, shared)
    running.tick()
    before = len(world.network.exchanges)
    world.clock.advance(SETUP_SECONDS)
    running.tick()
    paths = [one.request.url.path for one in world.network.exchanges[before:]]
    assert paths == [f"/api/services/{MEMBER}/questions"]


def files(world: World) -> list[str]:
    return sorted(path.name for path in (world.directory / "registered").iterdir())


def test_a_question_is_taken_up_while_it_runs(world: World, house: Installation) -> None:
    other, settings = process(world), (world.directory / "verifier.yaml").read_bytes()
    timer(world, house).tick()
    assert asked(house) == []
    register(world, question())
    timer(world, house).tick()
    assert asked(house) == asked(other) == asked(process(world)) == ["blue-badge@1"]
    assert (world.directory / "verifier.yaml").read_bytes() == settings


def test_the_first_question_stays_the_first(world: World, house: Installation) -> None:
    first, second = question(id="parking"), question(id="badge")
    register(world, first)
    timer(world, house).tick()
    register(world, first, second)
    timer(world, house).tick()
    assert asked(house) == ["parking@1", "badge@1"]
    assert house.service(MEMBER).first_question.question.id == "parking"


def test_a_newer_version_takes_the_place_of_the_one_before(world: World, house: Installation) -> None:
    register(world, question(id="parking"), question(id="badge"))
    timer(world, house).tick()
    register(world, question(id="parking", version=2), question(id="badge"))
    timer(world, house).tick()
    assert asked(house) == ["parking@2", "badge@1"]
    assert files(world) == [
        *("001.parking@2.jwt", "001.parking@2.yaml"),
        *("002.badge@1.jwt", "002.badge@1.yaml"),
    ]


def test_what_the_office_says_otherwise_than_was_registered_is_not_asked(
    world: World, house: Installation
) -> None:
    register(world, question())
    source = QuestionSource(
        Office(OFFICE, world.http),
        "https://network.example/trust-list.jwt",
        world.http,
        [world.office.network.records.root_certificate()],
        world.clock,
    )
    changed = world.network.tampering(
        path_contains("/api/services/"), reply=lambda body: body.replace(b"English words", b"Other words")
    )
    with changed:
        timer(world, house).tick()
        with pytest.raises(BindingError, match="not the one that was registered"):
            source.new_questions("PDXGB-blue-badge", ())
    assert asked(house) == []
    assert "questions_not_fetched" in (world.home / "log").read_text()


@pytest.mark.parametrize(
    "contact",
    [{"email": "team@council.example", "phone": "01632 960001"}, {"email": "team@council.example"}],
    ids=["another", "one more"],
)
def test_the_office_puts_no_telephone_number_of_its_own_on_a_council_s_page(
    world: World, house: Installation, contact: dict[str, str]
) -> None:
    register(world, question(contact=contact))
    timer(world, house).tick()

    def changed(body: bytes) -> bytes:
        listed = json.loads(body)
        listed["questions"][0]["question"]["contact"]["phone"] = "01632 960999"
        return json.dumps(listed).encode()

    with world.network.tampering(path_contains("/api/services/"), reply=changed):
        timer(world, house).tick()
    assert house.service(MEMBER).first_question.question.contact.phone == contact.get("phone")
    assert "questions_not_fetched" in (world.home / "log").read_text()


def test_the_office_brings_no_earlier_version_back(world: World, house: Installation) -> None:
    register(world, question())
    earlier = world.http.request("GET", f"{OFFICE}/api/services/{MEMBER}/questions").body
    published = world.http.request("GET", f"https://network.example/registrations/{MEMBER}/blue-badge.jwt")
    register(world, question(version=2))
    timer(world, house).tick()
    with (
        world.network.tampering(path_contains("/api/services/"), reply=lambda _: earlier),
        world.network.tampering(path_contains("/registrations/"), reply=lambda _: published.body),
    ):
        timer(world, house).tick()
    assert asked(house) == ["blue-badge@2"]


def test_what_is_not_published_yet_comes_the_next_time(world: World, house: Installation) -> None:
    register(world, question())
    with world.network.dropping(path_contains("/registrations/")):
        timer(world, house).tick()
    assert asked(house) == []
    timer(world, house).tick()
    assert asked(house) == ["blue-badge@1"]


def test_a_question_without_its_registration_is_none_yet(world: World, house: Installation) -> None:
    register(world, question())
    timer(world, house).tick()
    (world.directory / "registered" / "001.blue-badge@1.jwt").unlink()  # killed in between
    assert asked(house) == asked(process(world)) == []
    timer(world, house).tick()
    assert asked(house) == ["blue-badge@1"]


def test_while_there_is_none_its_page_says_so_and_it_looks_often(world: World, house: Installation) -> None:
    with pytest.raises(NoQuestionYet):
        _ = house.service(MEMBER).first_question
    client = TestClient(create_verifier_app(house), base_url=house.settings.base_url)
    page = client.get(f"/{MEMBER}", headers={"accept": "text/html"})
    assert page.status_code == 404
    assert "does not ask anything yet" in page.text
    assert timer(world, house).seconds() == SETUP_SECONDS
    register(world, question())
    timer(world, house).tick()
    assert timer(world, house).seconds() == house.settings.network.renewal_seconds
    assert client.get(f"/{MEMBER}", headers={"accept": "text/html"}).status_code == 200


def test_who_takes_no_part_has_no_questions(world: World) -> None:
    office = Office(OFFICE, world.http)
    with pytest.raises(OperatorError, match="no service of this name takes part"):
        office.questions("nobody")
    assert [one.question.id for one in office.questions(MEMBER)] == ["blue-badge"]
    records = world.office.network.records
    set_status(records, Kind.SERVICE, MEMBER, MemberStatus.SUSPENDED, reason="A test.", now=NOW)
    with pytest.raises(OperatorError):
        office.questions(MEMBER)


def test_joining_again_adds_what_is_new(world: World) -> None:
    link = world.link(member_id=MEMBER)
    world.join(link)
    register(world, question(), question(id="parking"))
    world.join(link)
    assert [one for one in files(world) if one.endswith(".jwt")] == [
        "001.blue-badge@1.jwt",
        "002.parking@1.jwt",
    ]
