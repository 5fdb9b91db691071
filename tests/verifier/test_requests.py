"""Requests: who may make and read one, how long it lives, and what ends it."""

import json
from typing import Any

import pytest

from protocol.openid4vp.response import create_error_response
from tests.protocol.authority_for_tests import DAY
from tests.protocol.resigning import payload_of
from tests.verifier.world import API_KEYS, ENGLAND, FORM, RETURN_URL, TAX, VERIFIER, World, confirmed


def test_a_link_and_a_qr_code_are_two_requests_and_one_answer_voids_the_other(world: World) -> None:
    page = world.start(world.browser())
    links = world.links(ENGLAND, page)
    link, qr = world.read(links["link"]), world.read(links["qr"])
    assert link.response_uri != qr.response_uri
    assert (link.nonce, link.state, link.encryption.jwk) != (qr.nonce, qr.state, qr.encryption.jwk)
    assert world.respond(qr, world.issue()).status_code == 200
    late = world.respond(link, world.issue())
    assert late.status_code == 400
    assert late.json()["error"] == "invalid_request"
    assert world.fetch(links["link"]).status_code == 400
    assert world.fetch(links["qr"]).status_code == 400


def test_the_two_requests_are_signed_for_the_service_and_carry_its_registration(world: World) -> None:
    asked = world.read(world.ask()["link"])
    assert asked.service.organisation_id == f"PDXGB-{ENGLAND}"
    [registration] = asked.statements("registration_cert")
    assert payload_of(registration)["sub"] == f"PDXGB-{ENGLAND}"
    assert payload_of(registration)["intended_use_id"] == "blue-badge-england@1"


@pytest.mark.parametrize(("seconds", "open_"), [(299, {"link", "qr"}), (300, {"link"}), (599, {"link"})])
def test_a_qr_code_expires_before_the_link(world: World, seconds: int, open_: set[str]) -> None:
    links = world.links(ENGLAND, world.start(world.browser()))
    world.clock.advance(seconds)
    fetched = {channel: world.fetch(link).status_code for channel, link in links.items()}
    assert {channel for channel, status in fetched.items() if status == 200} == open_


def test_a_response_after_the_end_is_refused(world: World) -> None:
    created = world.ask(channel="link")
    asked = world.read(created["link"])
    world.clock.advance(600)
    assert world.respond(asked, world.issue()).status_code == 400
    assert world.read_answer(created)["state"] == "expired"


def test_an_expired_page_says_so_and_offers_to_start_again(world: World) -> None:
    browser = world.browser()
    page = world.start(browser)
    world.clock.advance(600)
    ended = browser.get(page)
    assert ended.status_code == 410
    assert "Your time ran out" in ended.text
    assert f'action="/{ENGLAND}/start"' in ended.text


def test_a_wrong_response_destroys_nothing(world: World) -> None:
    created = world.ask()
    asked = world.read(created["link"])
    for _ in range(9):
        assert world.post_form(asked.response_uri, {"response": "garbage"}).status_code == 400
    state = world.read_answer(created)
    assert state["state"] == "open"
    assert state["refused"]["count"] == 9
    assert confirmed(world, created, world.respond(asked, world.issue()))["answer"]["state"] == "approved"


def test_the_tenth_wrong_response_ends_this_request_and_not_the_other(world: World) -> None:
    browser = world.browser()
    page = world.start(browser)
    links = world.links(ENGLAND, page)
    qr, link = world.read(links["qr"]), world.read(links["link"])
    for _ in range(10):
        assert world.post_form(qr.response_uri, {"response": "garbage"}).status_code == 400
    assert world.respond(qr, world.issue()).status_code == 400
    assert world.fetch(links["qr"]).status_code == 400
    shown = browser.get(page)
    assert "The QR code has expired" in shown.text
    assert "We could not accept what was sent" in shown.text
    assert world.respond(link, world.issue()).status_code == 200


def test_the_page_does_not_say_why_a_response_was_refused(world: World) -> None:
    """Whoever looks at the page need not be who answered: the wallet is told why, the page says nothing."""
    browser = world.browser()
    page = world.start(browser)
    world.statuses.set(3, 1)
    world.publish_status_list()
    refused = world.respond(world.read(world.links(ENGLAND, page)["qr"]), world.issue(status=3))
    assert "revoked" in refused.json()["error_description"]
    shown = browser.get(page).text
    assert "We could not accept what was sent" in shown
    assert "revoked" not in shown


@pytest.mark.parametrize("ref", ["x", "A" * 43, "..%2F..", "%00"])
def test_an_unknown_reference(world: World, ref: str) -> None:
    client = world.network.client(base_url=VERIFIER)
    for response in (
        client.get(f"/oid4vp/request/{ref}"),
        client.post(f"/oid4vp/request/{ref}"),
        client.post(f"/oid4vp/response/{ref}", data={"response": "x"}),
    ):
        assert response.status_code == 404
        assert response.json()["error"] == "not_found"


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        pytest.param(b"x" * 10_000_000, FORM, 413, id="10 MB"),
        pytest.param(b"response=" + b"x" * 65_536, FORM, 413, id="one byte too many and more"),
        pytest.param(b"response=a&response=b", FORM, 400, id="twice"),
        pytest.param(b"vp_token=x", FORM, 400, id="nothing encrypted"),
        pytest.param(b"", FORM, 400, id="nothing"),
        pytest.param(b"\xff\xfe", FORM, 400, id="not ASCII"),
        pytest.param(b"response=%ff", FORM, 400, id="not UTF-8"),
        pytest.param(b"&".join(b"a%d=1" % n for n in range(99)), FORM, 400, id="many"),
        pytest.param(b"{}", {"content-type": "application/json"}, 415, id="JSON"),
    ],
)
def test_a_body_that_is_no_response(world: World, body: bytes, headers: dict[str, str], status: int) -> None:
    created = world.ask()
    asked = world.read(created["link"])
    response = world.network.client().post(asked.response_uri, content=body, headers=headers)
    assert response.status_code == status
    assert response.json()["error"]
    assert world.read_answer(created)["state"] == "open"
    assert world.respond(asked, world.issue()).status_code == 200


@pytest.mark.parametrize("nonce", ["", "é", "a b", "x" * 513])
def test_a_wallet_nonce_that_is_none(world: World, nonce: str) -> None:
    link = world.ask()["link"]
    assert world.fetch(link, method="post", wallet_nonce=nonce).status_code == 400
    assert world.fetch(link, method="post", wallet_nonce="x" * 512).status_code == 200


def test_any_web_page_may_read_the_wallets_addresses_and_no_other(world: World) -> None:
    client = world.network.client()
    asked = world.read(world.ask()["link"])
    preflight = {"origin": "https://wallet.example", "access-control-request-method": "POST"}
    allowed = client.options(asked.response_uri, headers=preflight)
    assert allowed.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in allowed.headers
    page = client.get(f"{VERIFIER}/{ENGLAND}", headers={"origin": "https://wallet.example"})
    assert "access-control-allow-origin" not in page.headers


# --- tenants


def test_the_api_needs_the_services_own_key(world: World) -> None:
    client = world.network.client(base_url=VERIFIER)
    for key in ("", "Bearer", "Bearer wrong", f"Bearer {API_KEYS[TAX]}", f"Basic {API_KEYS[ENGLAND]}"):
        headers = {"authorization": key}
        for path in (f"/api/v1/{ENGLAND}/requests", "/api/v1/nobody/requests"):
            response = client.post(path, json={"channel": "qr"}, headers=headers)
            assert response.status_code == 401
            assert response.headers["www-authenticate"] == "Bearer"
            assert response.json()["error"] == "invalid_token"


def test_one_service_can_not_read_anothers_request(world: World) -> None:
    created = world.ask(reference="secret of england")
    assert world.api(TAX).get(f"/requests/{created['id']}").status_code == 404
    other = f"{VERIFIER}/{TAX}/request/{created['id']}"
    assert world.browser().get(other).status_code == 404


def test_what_one_service_sealed_opens_for_no_other(world: World) -> None:
    england, tax = world.house.service(ENGLAND), world.house.service(TAX)
    sealed = england.seal(b"secret", what="answer", of="1")
    assert england.open(sealed, what="answer", of="1") == b"secret"
    for service, what, of in ((tax, "answer", "1"), (england, "code", "1"), (england, "answer", "2")):
        with pytest.raises(Exception, match=r"open|secret key|readable"):
            service.open(sealed, what=what, of=of)
    assert england.digest("session", "x") != tax.digest("session", "x")


def test_services_have_keys_and_names_of_their_own(world: World) -> None:
    asked = {name: world.read(world.ask(name, channel="link")["link"]) for name in (ENGLAND, TAX)}
    assert asked[ENGLAND].client_id != asked[TAX].client_id
    assert asked[TAX].query.credentials[0].claims == ()


# --- a service's program


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"channel": "post"}, 422),
        ({}, 422),
        ({"channel": "qr", "unknown": 1}, 422),
        ({"channel": "link", "return_url": "https://evil.example/"}, 400),
        ({"channel": "link", "return_url": RETURN_URL + "/x"}, 400),
        ({"channel": "qr", "return_url": RETURN_URL}, 400),
        ({"channel": "qr", "question": "another"}, 400),
        ({"channel": "qr", "reference": "x" * 257}, 422),
    ],
)
def test_what_a_program_may_not_ask(world: World, body: dict[str, Any], status: int) -> None:
    response = world.api().post("/requests", json=body)
    assert response.status_code == status
    assert response.json()["error"] == "invalid_request"


def test_what_a_program_gets(world: World) -> None:
    created = world.ask(channel="link", question="blue-badge-england", reference="r")
    assert created["qr"].startswith("data:image/svg+xml;base64,")
    assert created["links"] == [{"wallet": "The wallet", "link": created["link"]}]
    assert created["expires_at"] == world.now + 600
    assert created["release"] == "code"
    state = world.read_answer(created)
    assert (state["state"], state["reference"], state["answer"]) == ("open", "r", None)


def test_the_answer_waits_for_the_code(world: World) -> None:
    created = world.ask()
    world.respond(world.read(created["link"]), world.issue())
    state = world.read_answer(created)
    assert (state["state"], state["answer"]) == ("confirming", None)
    wrong = world.api().post(f"/requests/{created['id']}/confirm", json={"code": "333333"})
    assert wrong.status_code == 400
    assert wrong.json() == {
        "error": "invalid_grant",
        "error_description": "the confirmation code is wrong; tries left: 4",
    }
    for body in ({}, {"code": "1", "response_code": "2"}):
        assert world.api().post(f"/requests/{created['id']}/confirm", json=body).status_code == 400


def test_the_api_is_documented_and_nothing_else_is(world: World) -> None:
    document = world.network.client().get(f"{VERIFIER}/api/openapi.json").json()
    assert set(document["paths"]) == {
        "/api/v1/{service}/requests",
        "/api/v1/{service}/requests/{request_id}",
        "/api/v1/{service}/requests/{request_id}/confirm",
    }
    assert {"NewRequest", "CreatedRequest", "RequestState"} <= set(document["components"]["schemas"])


# --- the trust list


def test_without_a_trust_list_nothing_is_decided_and_nothing_lost(world: World) -> None:
    created = world.ask()
    asked = world.read(created["link"])
    world.files.content["/trust-list.jwt"] = None
    world.clock.advance(200)
    assert world.respond(asked, world.issue()).status_code == 200  # the copy is still good
    other = world.installation()
    assert other.trust.trust_list(now=world.now) is not None  # another process has it from the database


def test_a_trust_list_out_of_date_beyond_its_grace(world: World) -> None:
    world.house.trust.trust_list(now=world.now)
    world.files.content["/trust-list.jwt"] = None
    world.clock.advance(2 * DAY - 1)
    asked = world.read(world.ask()["link"])
    assert world.respond(asked, world.issue()).status_code == 200
    created = world.ask()
    asked = world.read(created["link"])
    world.clock.advance(1)
    late = world.respond(asked, world.issue())
    assert late.status_code == 503
    assert late.json()["error"] == "temporarily_unavailable"
    state = world.read_answer(created)
    assert (state["state"], state["refused"]) == ("open", None)


def test_an_older_trust_list_is_not_gone_back_to(world: World) -> None:
    old = world.files.content["/trust-list.jwt"]
    world.publish_trust_list(world.trust_list(departments={}))
    assert world.respond(world.read(world.ask()["link"]), world.issue()).status_code == 400
    world.files.content["/trust-list.jwt"] = old
    world.clock.advance(300)
    assert world.respond(world.read(world.ask()["link"]), world.issue()).status_code == 400
    assert world.installation().trust.trust_list(now=world.now).departments == {}  # type: ignore[union-attr]


def test_a_list_that_another_process_has_seen_is_the_floor(world: World) -> None:
    old = world.files.content["/trust-list.jwt"]
    assert world.house.trust.trust_list(now=world.now) is not None
    world.publish_trust_list(world.trust_list(departments={}))
    newest = world.installation().trust.trust_list(now=world.now)
    world.files.content["/trust-list.jwt"] = old
    world.clock.advance(300)
    assert world.house.trust.trust_list(now=world.now) == newest


def test_a_missing_trust_list_is_not_asked_for_at_every_response(world: World) -> None:
    world.files.content["/trust-list.jwt"] = None
    asked = world.read(world.ask()["link"])
    for _ in range(3):
        assert world.respond(asked, world.issue()).status_code == 503
    assert world.files.asked.count("/trust-list.jwt") == 1
    world.publish_trust_list()
    world.clock.advance(10)
    assert world.respond(asked, world.issue()).status_code == 200


# --- nothing about a person where it does not belong


def test_no_canary_in_database_logs_or_addresses(world: World) -> None:
    created = world.ask(reference="canary-reference-77")
    asked = world.read(created["link"])
    world.respond(asked, world.issue(exp=1))
    confirmed(world, created, world.respond(asked, world.issue()))
    declined = world.read(world.ask()["link"])
    world.post_form(declined.response_uri, create_error_response("access_denied", request=declined))
    kept = b"".join(path.read_bytes() for path in world.directory.glob("verifier.sqlite*"))
    log = (world.directory / "log").read_bytes()
    addresses = json.dumps([str(one.request.url) for one in world.network.exchanges]).encode()
    assert b'"route": "/oid4vp/response/{ref}"' in log
    for canary in ("O’Neill", "Siân", "1961-02-03", "ZZ99", "canary-reference-77", API_KEYS[ENGLAND]):
        for place in (kept, log, addresses):
            assert canary.encode() not in place
            assert canary.encode("unicode_escape") not in place
    assert asked.nonce.encode() in kept  # the search looks at the right files
