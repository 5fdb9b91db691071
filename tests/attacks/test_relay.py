"""Whoever passes a link or a QR code on to a victim must never see the victim's answer (OpenID4VP 1.0 §14.2).

Each test names what stops the attack.
"""

from typing import Any

import httpx
import pytest

from protocol.openid4vp.response import create_response
from serving.keystore import KeystoreError
from tests.verifier.world import (
    ENGLAND,
    PERSON,
    RETURN_URL,
    TAX,
    code_on_the_phone,
    path_of,
    response_code,
)
from tests.verifier.world import World as Verifier
from verifier.confirmation import ALPHABET

SECRETS = [PERSON["family_name"], "Neill", "Siân", "1961", "ZZ99"]


class Attacker:
    """A browser that began at the service, and what it gets to see."""

    def __init__(self, world: Verifier) -> None:
        self.world, self.browser = world, world.browser()
        self.page = world.start(self.browser)
        self.links = world.links(ENGLAND, self.page)
        self.seen: list[str] = []

    def look_everywhere(self) -> str:
        transaction = self.page.rsplit("/", 1)[-1]
        paths = [self.page, f"{self.page}/state", f"{self.page}/qr.svg", f"/{ENGLAND}/answer/{transaction}"]
        for path in paths:
            self.seen.append(self.browser.get(path, follow_redirects=True).text)
        return "\n".join(self.seen)

    def learns_nothing(self) -> bool:
        seen = self.look_everywhere()
        return not any(secret in seen for secret in SECRETS)


@pytest.fixture
def attacker(verifier: Verifier) -> Attacker:
    return Attacker(verifier)


def shown_by_a_victim(world: Verifier, link: str) -> str:
    """The victim's wallet opens a link and the victim agrees; the address it is then sent to."""
    return str(world.respond(world.read(link), world.issue()).json()["redirect_uri"])


# --- J1: the link


def test_a_link_passed_on_is_dropped_when_the_victim_comes_back(
    verifier: Verifier, attacker: Attacker
) -> None:
    """The session: the response_code comes back in a browser that did not ask."""
    redirect = shown_by_a_victim(verifier, attacker.links["link"])
    victim = verifier.browser()
    assert victim.get(path_of(redirect)).status_code >= 400
    assert attacker.learns_nothing()
    # and it stays so: the answer is gone, even for whoever gets hold of the response_code
    assert attacker.browser.get(path_of(redirect)).status_code >= 400
    assert attacker.learns_nothing()


def test_a_link_passed_on_to_somebody_whose_browser_never_comes_back(
    verifier: Verifier, attacker: Attacker
) -> None:
    """The response_code: only the wallet learned it, and there are too many to guess."""
    shown_by_a_victim(verifier, attacker.links["link"])
    for guess in ("", "a" * 43, attacker.page.rsplit("/", 1)[-1]):
        attacker.browser.get(f"/{ENGLAND}/return?response_code={guess}")
    assert attacker.learns_nothing()
    verifier.clock.advance(301)
    assert attacker.learns_nothing()


def test_a_session_can_not_be_planted(verifier: Verifier) -> None:
    """A cookie of the attacker's choice is not taken over: only one that is random, and of this host."""
    for planted in ("attacker", "x" * 42, "x" * 44, "ü" * 43):
        victim = verifier.browser()
        cookie = [(b"cookie", f"pdx-check={planted}".encode("latin-1"))]
        started = victim.post(f"/{ENGLAND}/start", headers=cookie)
        assert started.status_code == 303
        assert planted not in started.headers["set-cookie"]


def test_a_form_of_another_site_begins_nothing(verifier: Verifier) -> None:
    """Login cross-site request forgery: the victim's browser would answer in the attacker's errand."""
    browser = verifier.browser()
    for headers in ({"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}, {"origin": "null"}):
        answer = browser.post(f"/{ENGLAND}/start", headers=headers)
        assert answer.status_code == 403
        assert "set-cookie" not in answer.headers


# --- J2: the QR code


def test_a_qr_code_passed_on_waits_for_a_code_the_attacker_has_not(
    verifier: Verifier, attacker: Attacker
) -> None:
    """The confirmation code: on the victim's phone only, five tries, then the answer is gone."""
    redirect = shown_by_a_victim(verifier, attacker.links["qr"])
    code = code_on_the_phone(verifier, redirect).replace(" ", "")
    guesses = (letter * 6 for letter in ALPHABET)
    for guess in [guess for guess in guesses if guess != code][:5]:
        attacker.browser.post(f"{attacker.page}/confirm", data={"code": guess})
    attacker.browser.post(f"{attacker.page}/confirm", data={"code": code})
    assert attacker.learns_nothing()


def test_the_phones_address_is_no_response_code(verifier: Verifier, attacker: Attacker) -> None:
    """What releases a QR code's answer is typed; its redirect_uri's secret opens nothing else."""
    redirect = shown_by_a_victim(verifier, attacker.links["qr"])
    secret = redirect.split("?")[0].rsplit("/", 1)[-1]
    attacker.browser.get(f"/{ENGLAND}/return?response_code={secret}", follow_redirects=True)
    assert attacker.learns_nothing()


def test_the_phone_shows_the_code_and_warns(verifier: Verifier, attacker: Attacker) -> None:
    redirect = shown_by_a_victim(verifier, attacker.links["qr"])
    page = verifier.browser().get(path_of(redirect))
    assert not any(secret in page.text for secret in SECRETS)
    assert page.headers["referrer-policy"] == "no-referrer"


# --- mix-ups


def test_a_response_to_one_request_is_none_to_another(verifier: Verifier, attacker: Attacker) -> None:
    """Each request has its own key, nonce and state: a link's answer does not fit the same page's QR code."""
    link, code = (verifier.read(attacker.links[channel]) for channel in ("link", "qr"))
    claim = verifier.issue()
    response = create_response({"c1": [verifier.present(link, claim)]}, request=link)
    assert verifier.post_form(code.response_uri, response).status_code == 400
    assert verifier.post_form(link.response_uri, response).status_code == 200


def test_a_proof_made_for_one_service_is_none_for_another(verifier: Verifier) -> None:
    """A service that was shown something can't use it elsewhere: `aud` is the other's certificate."""
    shown_to = verifier.read(verifier.ask(ENGLAND)["link"])
    relayed = verifier.read(verifier.ask(TAX)["link"])
    claim = verifier.issue("urn:pdx:claim:dwp:pip-mobility-enhanced:1")
    proof = verifier.bind(shown_to, verifier.show(relayed, claim))
    answer = verifier.post(relayed, {verifier.query_id(relayed, claim): [proof]})
    assert answer.status_code == 400


# --- tenants: two services in one installation


def foreign(world: Verifier, path: str, **body: Any) -> httpx.Response:
    return world.api(TAX).post(path, json=body) if body else world.api(TAX).get(path)


def test_a_service_reaches_nothing_of_another(verifier: Verifier) -> None:
    created = verifier.ask(ENGLAND, channel="link", return_url=RETURN_URL)
    redirect = shown_by_a_victim(verifier, created["link"])
    code = response_code(redirect)
    assert foreign(verifier, f"/requests/{created['id']}").status_code == 404
    answer = foreign(verifier, f"/requests/{created['id']}/confirm", response_code=code)
    assert answer.status_code in {400, 404}
    own = verifier.ask(TAX, channel="link", return_url=RETURN_URL)
    answer = foreign(verifier, f"/requests/{own['id']}/confirm", response_code=code)
    assert answer.status_code == 400
    # nothing of it was spent
    mine = verifier.api().post(f"/requests/{created['id']}/confirm", json={"response_code": code})
    assert mine.json()["answer"]["state"] == "approved"


def test_a_key_is_good_for_its_own_service_only(verifier: Verifier) -> None:
    own = verifier.api(TAX).headers["authorization"]
    url = f"http://localhost:8411/api/v1/{ENGLAND}/requests"
    answers = [
        verifier.network.client().post(url, json={"channel": "qr"}, headers={"authorization": value})
        for value in (own, own.replace("Bearer", "Basic"), "Bearer ", "Bearer", "", "Bearer " + "a" * 9000)
    ]
    assert {answer.status_code for answer in answers} == {401}
    unknown = url.replace(ENGLAND, "nobody")
    stranger = verifier.network.client().post(unknown, json={"channel": "qr"}, headers={"authorization": own})
    assert stranger.json() == answers[0].json()


def test_a_program_can_not_take_a_citizens_own_answer(verifier: Verifier, attacker: Attacker) -> None:
    """A page's transaction is released in its session, not by the API of the same service."""
    redirect = shown_by_a_victim(verifier, attacker.links["link"])
    path = f"/requests/{attacker.page.rsplit('/', 1)[-1]}/confirm"
    answer = verifier.api().post(path, json={"response_code": response_code(redirect)})
    assert answer.status_code == 400


def test_sealed_rows_do_not_open_in_another_place(verifier: Verifier) -> None:
    """Whoever can write to the database can't move an answer to a transaction, or a service, of their own."""
    england, tax = verifier.house.service(ENGLAND), verifier.house.service(TAX)
    sealed = england.seal(b"answer", what="answer", of="one")
    assert england.open(sealed, what="answer", of="one") == b"answer"
    for service, what, of in (
        (tax, "answer", "one"),
        (england, "answer", "two"),
        (england, "reference", "one"),
    ):
        with pytest.raises(KeystoreError):
            service.open(sealed, what=what, of=of)
