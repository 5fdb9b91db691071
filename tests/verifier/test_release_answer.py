"""Who gets an answer, and who does not: sessions, response codes, confirmation codes."""

from dataclasses import dataclass
from threading import Barrier, Thread

import httpx
import pytest

from tests.verifier.world import (
    ENGLAND,
    RETURN_URL,
    TAX,
    World,
    code_on_the_phone,
    path_of,
    response_code,
)
from verifier.confirmation import ALPHABET, WrongCode, create_code, show_code, verify_code
from verifier.errors import CodeRefused
from verifier.store import AnswerRow
from verifier.usecases.release_answer import confirm


@dataclass
class Shown:
    """A transaction whose wallet has answered."""

    browser: httpx.Client
    page: str
    redirect_uri: str

    @property
    def answer(self) -> str:
        return self.page.replace("/request/", "/answer/")


def show(world: World, channel: str, service: str = ENGLAND) -> Shown:
    browser = world.browser()
    page = world.start(browser, service)
    response = world.respond(world.read(world.links(service, page)[channel]), world.issue())
    assert response.status_code == 200, response.text
    return Shown(browser, page, response.json()["redirect_uri"])


def answers_kept(world: World) -> int:
    with world.house.database.reading() as unit:
        return len(list(unit.exec(AnswerRow.__table__.select())))  # type: ignore[attr-defined]


def is_accepted(shown: Shown) -> bool:
    return "Your proof was accepted" in shown.browser.get(shown.answer).text


# --- by link


def test_the_answer_is_the_sessions_that_asked(world: World) -> None:
    shown = show(world, "link")
    assert not is_accepted(shown)
    assert shown.browser.get(path_of(shown.redirect_uri)).status_code == 303
    assert is_accepted(shown)
    stranger = world.browser()
    assert stranger.get(shown.answer).status_code == 404
    assert stranger.get(shown.page).status_code == 404
    assert stranger.get(shown.page + "/state").status_code == 404
    assert stranger.get(shown.page + "/qr.svg").status_code == 404


def test_an_answer_that_comes_back_in_another_session_is_dropped(world: World) -> None:
    """HAIP 1.0 §5.1: somebody begins, sends the link to a victim, and waits for the victim's answer."""
    shown, victim = show(world, "link"), world.browser()
    came_back = victim.get(path_of(shown.redirect_uri))
    assert came_back.status_code == 403
    assert "not the browser where you started" in came_back.text
    assert answers_kept(world) == 0
    assert shown.browser.get(path_of(shown.redirect_uri)).status_code == 400
    ended = shown.browser.get(shown.page)
    assert ended.status_code == 410
    assert "The answer came back in another browser than this one" in ended.text


def test_a_session_of_another_citizen_is_another_session(world: World) -> None:
    shown, other = show(world, "link"), world.browser()
    world.start(other)
    assert other.get(path_of(shown.redirect_uri)).status_code == 403
    assert answers_kept(world) == 0


def test_an_answer_that_never_comes_back_is_never_read(world: World) -> None:
    shown = show(world, "link")
    world.clock.advance(300)
    assert shown.browser.get(path_of(shown.redirect_uri)).status_code == 410
    ended = shown.browser.get(shown.page)
    assert ended.status_code == 410
    assert "the last step was not done in time" in ended.text
    world.ask()  # whatever happens next cleans up
    assert answers_kept(world) == 0


def test_a_response_code_opens_the_answer_once_and_again_only_where_it_is_open_already(world: World) -> None:
    """A browser that loads the address twice (reload, back, a page that polls) ends at its own answer."""
    shown = show(world, "link")
    for _ in range(2):
        back = shown.browser.get(path_of(shown.redirect_uri))
        assert (back.status_code, back.headers["location"]) == (303, shown.answer)
    stranger = world.browser()
    assert stranger.get(path_of(shown.redirect_uri)).status_code == 403
    assert stranger.get(shown.answer).status_code == 404
    assert is_accepted(shown)


@pytest.mark.parametrize("code", ["", "x", "A" * 43, "../..", "%00"])
def test_a_guessed_response_code(world: World, code: str) -> None:
    shown = show(world, "link")
    assert shown.browser.get(f"/{ENGLAND}/return?response_code={code}").status_code == 400
    assert shown.browser.get(path_of(shown.redirect_uri)).status_code == 303


def test_the_answer_page_is_there_for_a_while_only(world: World) -> None:
    shown = show(world, "link")
    shown.browser.get(path_of(shown.redirect_uri))
    world.clock.advance(1799)
    assert is_accepted(shown)
    world.clock.advance(1)
    assert shown.browser.get(shown.answer).status_code == 404


# --- by QR code


def test_the_phone_never_shows_what_was_sent(world: World) -> None:
    shown = show(world, "qr")
    phone = world.browser().get(path_of(shown.redirect_uri))
    assert phone.status_code == 200
    for secret in ("O’Neill", "Siân", "1961", "ZZ99", "accepted"):
        assert secret not in phone.text
    assert phone.headers["cache-control"] == "no-store"
    assert phone.headers["referrer-policy"] == "no-referrer"


def test_a_wrong_code_costs_a_try_and_the_fifth_ends_it(world: World) -> None:
    shown = show(world, "qr")
    code = code_on_the_phone(world, shown.redirect_uri)
    wrong = "333333" if code != "333 333" else "444444"
    for left in (4, 3, 2):
        page = shown.browser.post(f"{shown.page}/confirm", data={"code": wrong})
        assert page.status_code == 400
        assert f"You can try {left} more times" in page.text
    page = shown.browser.post(f"{shown.page}/confirm", data={"code": wrong})
    assert "You can try 1 more time." in page.text
    assert answers_kept(world) == 1
    assert shown.browser.post(f"{shown.page}/confirm", data={"code": wrong}).status_code == 303
    ended = shown.browser.get(shown.page)
    assert ended.status_code == 410
    assert "typed wrong too often" in ended.text
    assert answers_kept(world) == 0
    shown.browser.post(f"{shown.page}/confirm", data={"code": code})
    assert not is_accepted(shown)


def test_the_right_code_after_wrong_ones(world: World) -> None:
    shown = show(world, "qr")
    code = code_on_the_phone(world, shown.redirect_uri)
    for typed in ("333333", "444444", "FHKFHK", ""):
        shown.browser.post(f"{shown.page}/confirm", data={"code": typed})
    assert shown.browser.post(f"{shown.page}/confirm", data={"code": f" {code.lower()}-"}).status_code == 303
    assert is_accepted(shown)


def test_an_empty_field_costs_no_try(world: World) -> None:
    shown = show(world, "qr")
    for _ in range(6):
        page = shown.browser.post(f"{shown.page}/confirm", data={"code": " "})
        assert "Type the code that your phone shows" in page.text
    code = code_on_the_phone(world, shown.redirect_uri)
    shown.browser.post(f"{shown.page}/confirm", data={"code": code})
    assert is_accepted(shown)


def test_guesses_sent_at_once_are_no_more_than_guesses_in_a_row(world: World) -> None:
    shown = show(world, "qr")
    service, transaction = world.house.service(ENGLAND), shown.page.rsplit("/", 1)[-1]
    start, outcomes = Barrier(12), []

    def guess() -> None:
        start.wait()
        try:
            confirm(world.house, service, transaction, "333333")
        except Exception as error:
            outcomes.append(type(error))

    threads = [Thread(target=guess) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outcomes) == 12
    assert outcomes.count(CodeRefused) <= 4  # the fifth try ends it
    assert answers_kept(world) == 0


def test_the_code_of_one_transaction_opens_no_other(world: World) -> None:
    one, other = show(world, "qr"), show(world, "qr")
    code = code_on_the_phone(world, one.redirect_uri)
    page = other.browser.post(f"{other.page}/confirm", data={"code": code})
    assert page.status_code == 400
    assert not is_accepted(other)


def test_a_stranger_can_not_confirm(world: World) -> None:
    shown = show(world, "qr")
    code = code_on_the_phone(world, shown.redirect_uri)
    assert world.browser().post(f"{shown.page}/confirm", data={"code": code}).status_code == 404
    assert not is_accepted(shown)


def test_the_code_expires(world: World) -> None:
    shown = show(world, "qr")
    code = code_on_the_phone(world, shown.redirect_uri)
    world.clock.advance(300)
    assert world.browser().get(path_of(shown.redirect_uri)).status_code == 400
    shown.browser.post(f"{shown.page}/confirm", data={"code": code})
    assert not is_accepted(shown)
    assert "the last step was not done in time" in shown.browser.get(shown.page).text


def test_the_phones_page_is_gone_once_the_code_was_typed(world: World) -> None:
    shown = show(world, "qr")
    code = code_on_the_phone(world, shown.redirect_uri)
    shown.browser.post(f"{shown.page}/confirm", data={"code": code})
    assert world.browser().get(path_of(shown.redirect_uri)).status_code == 400


def test_a_form_of_another_site_confirms_nothing(world: World) -> None:
    shown = show(world, "qr")
    code = code_on_the_phone(world, shown.redirect_uri)
    forged = shown.browser.post(
        f"{shown.page}/confirm", data={"code": code}, headers={"sec-fetch-site": "cross-site"}
    )
    assert forged.status_code == 403
    assert not is_accepted(shown)


# --- through a service's program


def test_a_response_code_of_another_request_opens_nothing(world: World) -> None:
    one, other = (world.ask(channel="link", return_url=RETURN_URL) for _ in range(2))
    redirect_uri = world.respond(world.read(one["link"]), world.issue()).json()["redirect_uri"]
    world.respond(world.read(other["link"]), world.issue())
    body = {"response_code": response_code(redirect_uri)}
    assert world.api().post(f"/requests/{other['id']}/confirm", json=body).status_code == 400
    assert world.api().post(f"/requests/{one['id']}/confirm", json=body).status_code == 200


def test_a_response_code_can_not_be_handed_in_for_a_browsers_transaction(world: World) -> None:
    """What is bound to a citizen's session is not for a program to release."""
    shown = show(world, "link")
    body = {"response_code": response_code(shown.redirect_uri)}
    transaction = shown.page.rsplit("/", 1)[-1]
    assert world.api().post(f"/requests/{transaction}/confirm", json=body).status_code == 400


def test_another_service_can_not_hand_in_a_code(world: World) -> None:
    created = world.ask()
    redirect_uri = world.respond(world.read(created["link"]), world.issue()).json()["redirect_uri"]
    code = code_on_the_phone(world, redirect_uri)
    response = world.api(TAX).post(f"/requests/{created['id']}/confirm", json={"code": code})
    assert response.status_code == 404
    moved = path_of(redirect_uri).replace(f"/{ENGLAND}/", f"/{TAX}/")
    assert world.browser().get(moved).status_code == 400


# --- the code itself


@pytest.mark.parametrize("typed", ["FHK347", "fhk347", "FHK 347", " f h k-3 4 7 ", "FHK–347", "FHK\u00a0347"])
def test_how_a_code_may_be_typed(typed: str) -> None:
    verify_code(typed, expected_code="FHK347")


@pytest.mark.parametrize("typed", ["", "FHK34", "FHK3477", "FHK346", "ＦＨＫ３４７", "FHK347\n", "x" * 99])
def test_what_is_not_the_code(typed: str) -> None:
    with pytest.raises(WrongCode):
        verify_code(typed, expected_code="FHK347")


def test_codes_have_no_letters_that_can_be_mistaken() -> None:
    assert not set("015OIL2Z8BSCDEGPVNUQJA") & set(ALPHABET)
    assert show_code("FHK347") == "FHK 347"


@pytest.fixture
def random_codes(world: World) -> list[str]:
    return [create_code(world.house.random) for _ in range(300)]


def test_codes_differ(random_codes: list[str]) -> None:
    assert len(set(random_codes)) > 295
    assert {len(code) for code in random_codes} == {6}
    assert set("".join(random_codes)) == set(ALPHABET)
