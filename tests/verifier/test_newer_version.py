"""A newer version of a question: what was asked with the one before it is finished with that one."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlmodel import select

from joining.part import Approved
from protocol.registration.question import Alternative, Question, Retention, Text
from tests.protocol.authority_for_tests import DAY
from tests.protocol.resigning import payload_of
from tests.verifier.world import (
    AUTHORITY,
    ENGLAND,
    MOVING,
    TAX,
    World,
    code_on_the_phone,
    confirmed,
    path_of,
    question_of,
)
from verifier import store
from verifier.registered import put_questions, registered_questions
from verifier.usecases.purge import purge

FIRST = question_of(ENGLAND)


def second() -> Question:
    """It asks for less of one claim alone, under another heading, and is kept for another time."""
    [moving] = [one for one in FIRST.asked_claims() if one.claim == MOVING]
    less = moving.model_copy(update={"attributes": (("family_name",),), "optional_attributes": ()})
    needs = tuple(one for one in FIRST.needs if one.attribute == ("family_name",))
    changes = {
        "version": 2,
        "title": Text(en="The newer heading", cy="Y pennawd newydd"),
        "retention": Retention(days=7, text=Text(en="Kept for a week.", cy="Am wythnos.")),
        "any_of": (Alternative(all_of=(less,)),),
        "needs": needs,
    }
    return Question.model_validate(FIRST.model_copy(update=changes).model_dump(exclude_none=True))


def directory(world: World) -> Path:
    return world.directory / "registered"


def put(world: World, *questions: Question) -> None:
    """What the running server does once the network registered them."""
    registered = [Approved(one, world.register(ENGLAND, one).read_text()) for one in questions]
    put_questions(directory(world), registered)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    england = world.service_settings(ENGLAND) | {"questions": (), "registered": directory(world)}
    network = world.settings.network.model_copy(update={"office": f"{AUTHORITY}/office"})
    services = {ENGLAND: england, TAX: world.service_settings(TAX)}
    world.settings = world._settings(world.settings.database, {"services": services, "network": network})
    put(world, FIRST)
    with world as running:
        yield running


def registered_as(world: World, link: str) -> tuple[Any, list[str]]:
    """The question that a wallet reads in a request's registration, and what the request asks of a claim."""
    asked = world.read(link)
    [registration] = asked.statements("registration_cert")
    paths = sorted({".".join(map(str, path.path)) for one in asked.query.credentials for path in one.claims})
    return payload_of(registration)["intended_use_id"], paths


RESTARTED = pytest.mark.parametrize("restarted", [False, True])


@RESTARTED
def test_a_request_that_is_open_is_finished_with_the_version_it_was_made_with(
    world: World, *, restarted: bool
) -> None:
    read, unread = world.ask(), world.ask()
    asked = world.read(read["link"])
    put(world, second())
    if restarted:
        world.restart()
    answer = confirmed(world, read, world.respond(asked, world.issue()))["answer"]
    assert answer["state"] == "approved"
    assert sorted(answer["claims"][0]["disclosed"]) == ["address", "birthdate", "family_name", "given_name"]
    reference, paths = registered_as(world, unread["link"])
    assert reference == "blue-badge-england@1"
    assert "birthdate" in paths
    later = world.respond(world.read(unread["link"]), world.issue())
    assert confirmed(world, unread, later)["answer"]["state"] == "approved"


@RESTARTED
def test_the_pages_of_a_session_go_on_in_the_words_that_were_asked(world: World, *, restarted: bool) -> None:
    browser = world.browser()
    page = world.start(browser)
    links = world.links(ENGLAND, page)
    put(world, second())
    if restarted:
        world.restart()
    assert browser.get(page).status_code == 200
    response = world.respond(world.read(links["link"]), world.issue())
    answer = browser.get(browser.get(path_of(response.json()["redirect_uri"])).headers["location"])
    assert "We keep the answer for 90 days" in answer.text


def test_the_code_is_confirmed_where_the_older_version_was_asked(world: World) -> None:
    browser = world.browser()
    page = world.start(browser)
    response = world.respond(world.read(world.links(ENGLAND, page)["qr"]), world.issue())
    put(world, second())
    code = code_on_the_phone(world, response.json()["redirect_uri"])
    over = browser.post(f"{page}/confirm", data={"code": code})
    assert over.status_code == 303
    assert browser.get(f"/{ENGLAND}/answer/{page.rpartition('/')[2]}").status_code == 200


def test_what_is_asked_now_is_the_newer_version(world: World) -> None:
    world.ask()
    put(world, second())
    assert registered_as(world, world.ask()["link"]) == ("blue-badge-england@2", ["family_name"])
    assert registered_as(world, world.ask(question=ENGLAND)["link"])[0] == "blue-badge-england@2"


def test_the_addresses_on_a_poster_lead_to_the_newer_version(world: World) -> None:
    poster = world.browser().get(f"/{ENGLAND}/poster").text
    put(world, second())
    for address in (f"/{ENGLAND}", f"/{ENGLAND}/q/{FIRST.id}"):
        assert "The newer heading" in world.browser().get(address).text
    assert f"localhost:8411/{ENGLAND}" in poster
    # a page that was open before begins the newer version of its own question
    begun: httpx.Response = world.browser().post(f"/{ENGLAND}/start", data={"question": FIRST.id})
    links = world.links(ENGLAND, begun.headers["location"])
    assert registered_as(world, links["qr"])[0] == "blue-badge-england@2"


def test_another_process_finishes_it(world: World) -> None:
    created, other = world.ask(), world.installation()
    put(world, second())
    world.house.database.close()
    world.serve(other)
    assert world.respond(world.read(created["link"]), world.issue()).status_code == 200


def test_the_registration_that_was_renewed_last_goes_with_it(world: World) -> None:
    world.ask()
    renewed = world.register(ENGLAND, FIRST).read_text()
    put_questions(directory(world), [Approved(FIRST, renewed)])
    created = world.ask()
    put(world, second())
    assert world.read(created["link"]).statements("registration_cert") == (renewed,)


def test_a_question_that_is_withdrawn_is_answered_no_more(world: World) -> None:
    created = world.ask()
    other = FIRST.model_copy(update={"id": "another"})
    put(world, other)
    for one in directory(world).glob("*.blue-badge-england@*"):
        one.unlink()
    assert world.fetch(created["link"]).status_code == 400


def kept(world: World) -> list[str]:
    with world.house.database.reading() as unit:
        return sorted(row.reference for row in unit.exec(select(store.QuestionRow)))


def test_it_is_deleted_when_no_request_can_use_it_any_more(world: World) -> None:
    world.ask()
    put(world, second())
    world.ask()
    world.clock.advance(DAY + 1)
    purge(world.house)
    assert kept(world) == ["blue-badge-england@1", "blue-badge-england@2"]
    world.ask()
    world.clock.advance(2 * DAY)
    purge(world.house)
    assert kept(world) == ["blue-badge-england@2"]
    world.clock.advance(DAY + 1)
    world.ask()  # what makes a request tidies up, and keeps what it asks
    assert kept(world) == ["blue-badge-england@2"]


def test_of_two_versions_that_a_killed_process_left_the_newer_one_counts(world: World) -> None:
    versions = [FIRST.model_copy(update={"version": number}) for number in (9, 10)]
    for one in versions:
        put(world, one)
    left = directory(world) / "001.blue-badge-england@9.jwt"
    left.write_text(world.register(ENGLAND, versions[0]).read_text())
    left.with_suffix(".yaml").write_bytes((directory(world) / "001.blue-badge-england@10.yaml").read_bytes())
    [counts] = registered_questions(directory(world))
    assert [counts.file.name] == ["001.blue-badge-england@10.yaml"]
    put(world)
    assert sorted(one.name for one in directory(world).iterdir()) == [
        "001.blue-badge-england@10.jwt",
        "001.blue-badge-england@10.yaml",
    ]
