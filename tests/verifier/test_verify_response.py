"""Each thing that a verification establishes, by a response in which that one thing is wrong.

Numbers are those of verifier/usecases/verify_response.py.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlmodel import col, select

from protocol.encoding import b64url_encode, json_dumps
from protocol.jose.jwe import encrypt_jwe
from protocol.openid4vp.request_object import AuthorizationRequest
from protocol.openid4vp.response import create_error_response
from protocol.sd_jwt_vc import add_key_binding
from protocol.trust_list.members import Department, MemberStatus, Name
from protocol.x509 import Profile
from tests.protocol.authority_for_tests import DAY, NOW, Authority
from tests.protocol.keys_for_tests import signing_key
from tests.protocol.resigning import resigned
from tests.verifier.world import (
    API_KEYS,
    DWP,
    ENGLAND,
    ENHANCED,
    MOVING,
    PERSON,
    QUESTIONS,
    STATUS_URI,
    WPMS,
    Claim,
    World,
    confirmed,
    path_of,
)
from verifier.store import TransactionRow


@pytest.fixture
def asked(world: World) -> AuthorizationRequest:
    return world.read(world.ask()["link"])


def check_refused(response: httpx.Response, *words: str) -> None:
    assert response.status_code == 400, response.text
    assert response.json()["error"] == "invalid_request"
    for word in words:
        assert word in response.json()["error_description"]


def reason(world: World) -> str:
    """The stable code of the last refusal, as the service's program reads it."""
    with world.house.database.reading() as unit:
        refusals = select(TransactionRow.refusal).where(col(TransactionRow.refusal).is_not(None))
        return unit.exec(refusals).one() or ""


# --- 2, 3: the response belongs to this request


def test_2_another_key(world: World, asked: AuthorizationRequest) -> None:
    other = world.read(world.ask()["link"])
    check_refused(world.respond(replace(asked, encryption=other.encryption), world.issue()))


@pytest.mark.parametrize("jwe", ["", "x", "a.b.c.d.e", "....", "é" * 10])
def test_2_not_a_jwe(world: World, asked: AuthorizationRequest, jwe: str) -> None:
    check_refused(world.post_form(asked.response_uri, {"response": jwe}))


def test_3_wrong_or_missing_state(world: World, asked: AuthorizationRequest) -> None:
    check_refused(world.respond(replace(asked, state="another-state-0123"), world.issue()))
    check_refused(world.respond(replace(asked, state=None), world.issue()))
    assert world.respond(asked, world.issue()).status_code == 200


@pytest.mark.parametrize("vp_token", [None, [], "x", {}, {"c1": "x"}, {"c1": []}, {"c1": [7]}, {"c1": [""]}])
def test_3_malformed_vp_token(world: World, asked: AuthorizationRequest, vp_token: object) -> None:
    payload = json_dumps({"vp_token": vp_token, "state": asked.state})
    jwe = encrypt_jwe(payload, asked.encryption.jwk, enc="A256GCM")
    check_refused(world.post_form(asked.response_uri, {"response": jwe}))


# --- 4: each presentation


def test_4a_no_key_binding(world: World, asked: AuthorizationRequest) -> None:
    claim = world.issue()
    check_refused(world.post(asked, {world.query_id(asked, claim): [claim.compact]}))
    assert reason(world) == "missing_key_binding"


def test_4b_an_unknown_authority(world: World, asked: AuthorizationRequest) -> None:
    stranger = Authority("stranger").party(Profile.CLAIM_SIGNING, organisation_id="PDXGB-dwp")
    check_refused(world.respond(asked, world.issue(issuer=stranger)))


def test_4b_a_certificate_for_another_purpose(world: World, asked: AuthorizationRequest) -> None:
    check_refused(world.respond(asked, world.issue(issuer=world.dwp_status)))
    assert reason(world) == "wrong_profile"


def test_4b_an_expired_certificate(world: World, asked: AuthorizationRequest) -> None:
    expired = world.authority.party(Profile.CLAIM_SIGNING, organisation_id="PDXGB-dwp", not_after=NOW - 1)
    check_refused(world.respond(asked, world.issue(issuer=expired)))
    assert reason(world) == "certificate_expired"


def test_4c_a_department_not_named_for_that_claim_type(world: World, asked: AuthorizationRequest) -> None:
    check_refused(world.respond(asked, world.issue(WPMS, issuer=world.dwp)))
    assert reason(world) == "claim_type_not_allowed"
    assert world.respond(asked, world.issue(WPMS, issuer=world.veterans)).status_code == 200


def test_4c_a_suspended_department(world: World) -> None:
    suspended = Department("PDXGB-dwp", Name("DWP", "DWP"), DWP, frozenset({MOVING}), MemberStatus.SUSPENDED)
    world.publish_trust_list(world.trust_list(departments={"PDXGB-dwp": suspended}))
    refused = world.respond(world.read(world.ask()["link"]), world.issue())
    check_refused(refused)
    assert reason(world) == "member_suspended"
    assert refused.json()["claim_problem"] == "issuer_untrusted"


def test_4d_an_iss_that_is_not_the_certificates(world: World, asked: AuthorizationRequest) -> None:
    """The key is one department's and the name another's: both are looked up in one certificate."""
    check_refused(world.respond(asked, world.issue(iss="https://veterans.example")))
    assert world.respond(asked, world.issue(iss="https://dwp.example")).status_code == 200


def test_4d_a_payload_changed_after_signing(world: World, asked: AuthorizationRequest) -> None:
    claim = world.issue()
    issuer_signed, tilde, rest = claim.compact.partition("~")
    forged = resigned(issuer_signed, world.dwp, lambda payload: payload.update(exp=NOW + 90 * DAY))
    mixed = forged.rpartition(".")[0] + "." + issuer_signed.rpartition(".")[2]
    check_refused(world.respond(asked, Claim(mixed + tilde + rest, MOVING)))


@pytest.mark.parametrize(
    "disclosure",
    [
        pytest.param(["c2FsdHNhbHRzYWx0c2E", "given_name", "Mallory"], id="matches no digest"),
        pytest.param(["c2FsdHNhbHRzYWx0c2E", "vct", WPMS], id="overwrites a registered claim"),
    ],
)
def test_4e_a_disclosure_that_was_not_signed_for(
    world: World, asked: AuthorizationRequest, disclosure: list[str]
) -> None:
    shown = world.show(asked, world.issue()) + b64url_encode(json_dumps(disclosure)) + "~"
    check_refused(world.post_bound(asked, shown))


def test_4e_a_disclosure_twice(world: World, asked: AuthorizationRequest) -> None:
    shown = world.show(asked, world.issue())
    check_refused(world.post_bound(asked, shown + shown.split("~")[1] + "~"))


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"exp": NOW - 61}, id="expired"),
        pytest.param({"nbf": NOW + 61}, id="not yet valid"),
        pytest.param({"iat": NOW + 61}, id="from the future"),
    ],
)
def test_4f_times(world: World, asked: AuthorizationRequest, changes: Mapping[str, Any]) -> None:
    refused = world.respond(asked, world.issue(**changes))
    check_refused(refused)
    assert refused.json().get("claim_problem") == ("expired" if "exp" in changes else None)


def test_4g_a_key_binding_from_before_the_request(world: World, asked: AuthorizationRequest) -> None:
    claim = world.issue()
    shown = add_key_binding(
        world.show(asked, claim),
        holder_key=signing_key(claim.holder),
        audience=asked.client_id,
        nonce=asked.nonce,
        now=NOW - 361,
    )
    refused = world.post(asked, {world.query_id(asked, claim): [shown]})
    check_refused(refused)
    assert reason(world) == "key_binding_too_old"
    assert "claim_problem" not in refused.json()


def test_4g_one_service_can_not_use_what_was_shown_to_another(world: World) -> None:
    """A presentation with this request's nonce, but made for another service, is refused."""
    asked = world.read(world.ask()["link"])
    presentation = world.present(replace(asked, client_id="x509_hash:somebody-else"), world.issue())
    check_refused(world.post(asked, {"c1": [presentation]}))
    assert reason(world) == "wrong_aud"


# --- 5: what was asked


def test_5_a_missing_attribute(world: World, asked: AuthorizationRequest) -> None:
    claim = world.issue()
    presentation = world.present(asked, claim, paths=[("family_name",), ("given_name",)])
    check_refused(world.post(asked, {world.query_id(asked, claim): [presentation]}))


def test_5_the_wrong_claim_for_the_id(world: World, asked: AuthorizationRequest) -> None:
    claim = world.issue()
    wrong = world.query_id(asked, world.issue(WPMS, issuer=world.veterans))
    check_refused(world.post(asked, {wrong: [world.present(asked, claim)]}))
    assert reason(world) == "wrong_credential_type"


def test_5_a_claim_that_was_not_asked_for(world: World, asked: AuthorizationRequest) -> None:
    check_refused(world.post(asked, {"c99": [world.present(asked, world.issue())]}))


def test_5_two_claims_where_one_was_asked(world: World, asked: AuthorizationRequest) -> None:
    presentations = [world.present(asked, world.issue()) for _ in range(2)]
    check_refused(world.post(asked, {"c1": presentations}))


def test_5_an_extra_claim(world: World, asked: AuthorizationRequest) -> None:
    """One alternative answers the question; a second claim with it is more than the service may have."""
    claims = [world.issue(), world.issue(WPMS, issuer=world.veterans)]
    token = {world.query_id(asked, one): [world.present(asked, one)] for one in claims}
    check_refused(world.post(asked, token))


def test_5_the_end_of_an_award_is_shown_where_there_is_one(world: World) -> None:
    created = world.ask()
    asked = world.read(created["link"])
    claim = world.issue(claims=PERSON, award_end_date="2029-04-01")
    presentation = world.present(asked, claim, paths=[*world.asked(asked, claim), ("award_end_date",)])
    response = world.post(asked, {"c1": [presentation]})
    body = confirmed(world, created, response)
    assert body["answer"]["claims"][0]["disclosed"]["award_end_date"] == "2029-04-01"


# --- 6: status


@pytest.mark.parametrize(("status", "code"), [(1, "revoked"), (2, "suspended"), (3, "unknown_status")])
def test_6_not_valid(world: World, asked: AuthorizationRequest, status: int, code: str) -> None:
    world.statuses.set(7, status)
    world.publish_status_list()
    refused = world.respond(asked, world.issue(status=7))
    check_refused(refused)
    assert reason(world) == code
    told = "status_unknown" if code == "unknown_status" else code
    assert refused.json()["claim_problem"] == told  # the wallet has words of its own for it
    assert world.respond(asked, world.issue(status=8)).status_code == 200


def test_6_outside_the_list(world: World, asked: AuthorizationRequest) -> None:
    check_refused(world.respond(asked, world.issue(status=len(world.statuses))))
    assert reason(world) == "status_index_out_of_range"


def test_6_another_departments_list(world: World, asked: AuthorizationRequest) -> None:
    world.publish_status_list(world.status_signer("veterans", "Veterans UK"))
    check_refused(world.respond(asked, world.issue(status=1)))
    assert reason(world) == "foreign_status_list"


def _broken_lists() -> dict[str, Callable[[World], None]]:
    def with_content(content: tuple[str, bytes] | None) -> Callable[[World], None]:
        return lambda world: world.files.content.update({"/status/1": content})

    return {
        "expired": lambda world: world.publish_status_list(now=NOW - DAY, expires_at=NOW),
        "another list": lambda world: world.publish_status_list(uri=STATUS_URI + "0"),
        "from the future": lambda world: world.publish_status_list(now=NOW + DAY),
        "signed for another purpose": lambda world: world.publish_status_list(world.dwp),
        "unknown authority": lambda world: world.publish_status_list(
            Authority("stranger").party(Profile.STATUS_SIGNING, organisation_id="PDXGB-dwp")
        ),
        "server error": with_content(None),
        "garbage": with_content(("application/statuslist+jwt", b"garbage")),
        "not ASCII": with_content(("application/statuslist+jwt", b"\xff\xfe")),
        "another type": with_content(("text/html", b"<p>sign in to the network</p>")),
        "too large": with_content(("application/statuslist+jwt", b"x" * (3 << 20))),
    }


@pytest.mark.parametrize("name", _broken_lists())
def test_6_a_list_that_can_not_be_had_is_never_a_yes(world: World, name: str) -> None:
    _broken_lists()[name](world)
    created = world.ask()
    response = world.respond(world.read(created["link"]), world.issue(status=1))
    answer = confirmed(world, created, response)["answer"]
    assert (answer["state"], answer["reason"]) == ("referred", "status_unavailable")
    assert answer["claims"][0]["status_at"] is None


@pytest.fixture
def asking_for_two(tmp_path: Path) -> Iterator[World]:
    """A service whose question takes two claims together."""
    question = tmp_path / "two.yaml"
    text = (QUESTIONS / f"{ENGLAND}.yaml").read_text().partition("needs:")[0]  # it asks for no attribute
    question.write_text(f"{text}any_of:\n  - all_of:\n      - claim: {MOVING}\n      - claim: {ENHANCED}\n")
    service = {
        "organisation_id": f"PDXGB-{ENGLAND}",
        "name": {"en": "Two", "cy": "Dau"},
        "questions": [
            {"file": question, "registration": tmp_path / f"{ENGLAND}.jwt", "unsafe_unchecked": True}
        ],
        "api_keys": [{"name": "test", "sha256": sha256(API_KEYS[ENGLAND].encode()).hexdigest()}],
    }
    with World(tmp_path, services={ENGLAND: service}) as world:
        yield world


def _show_two(world: World, request: AuthorizationRequest) -> httpx.Response:
    """Two claims, of which the first one's status list can't be had."""
    away = {"status": {"status_list": {"idx": 3, "uri": f"{DWP}/status/2"}}}
    claims = [world.issue(MOVING, claims={**PERSON, **away}), world.issue(ENHANCED, status=7)]
    return world.post(request, {f"c{n}": [world.present(request, one)] for n, one in enumerate(claims, 1)})


def test_6_a_revoked_claim_is_refused_though_anothers_list_can_not_be_had(asking_for_two: World) -> None:
    world = asking_for_two
    world.statuses.set(7, 1)
    world.publish_status_list()
    check_refused(_show_two(world, world.read(world.ask()["link"])))
    assert reason(world) == "revoked"


def test_6_one_list_that_can_not_be_had_refers_the_whole_answer(asking_for_two: World) -> None:
    world = asking_for_two
    created = world.ask()
    answer = confirmed(world, created, _show_two(world, world.read(created["link"])))["answer"]
    assert answer["state"] == "referred"
    assert [one["status_at"] for one in answer["claims"]] == [None, NOW]  # what is known is said


def test_6_a_list_is_fetched_once_and_again_after_its_ttl(world: World) -> None:
    def show() -> int:
        response = world.respond(world.read(world.ask()["link"]), world.issue(status=5))
        assert response.status_code == 200
        return world.files.asked.count("/status/1")

    assert [show(), show()] == [1, 1]
    world.clock.advance(599)
    assert show() == 1
    world.clock.advance(1)
    assert show() == 2


def test_6_a_revocation_counts_as_soon_as_the_copy_is_old(world: World) -> None:
    assert world.respond(world.read(world.ask()["link"]), world.issue(status=5)).status_code == 200
    world.statuses.set(5, 1)
    world.clock.advance(600)
    world.publish_status_list()
    check_refused(world.respond(world.read(world.ask()["link"]), world.issue(status=5)))
    assert reason(world) == "revoked"


def test_6_an_old_copy_is_no_substitute(world: World) -> None:
    assert world.respond(world.read(world.ask()["link"]), world.issue(status=5)).status_code == 200
    world.files.content["/status/1"] = None
    world.clock.advance(600)
    created = world.ask()
    response = world.respond(world.read(created["link"]), world.issue(status=5))
    assert confirmed(world, created, response)["answer"]["state"] == "referred"


def test_6_a_copy_does_not_outlive_its_signers_certificate(world: World) -> None:
    name = {"organisation_id": "PDXGB-dwp", "organisation_name": "Department for Work and Pensions"}
    signer = world.authority.party(Profile.STATUS_SIGNING, **name, not_after=NOW + 300)
    world.publish_status_list(signer)
    assert world.respond(world.read(world.ask()["link"]), world.issue(status=5)).status_code == 200
    world.clock.advance(301)
    created = world.ask()
    response = world.respond(world.read(created["link"]), world.issue(status=5))
    assert confirmed(world, created, response)["answer"]["state"] == "referred"


def test_6_a_broken_publisher_is_not_asked_for_every_response(world: World) -> None:
    world.files.content["/status/1"] = None
    for _ in range(3):
        world.respond(world.read(world.ask()["link"]), world.issue(status=5))
    assert world.files.asked.count("/status/1") == 1
    world.publish_status_list()
    world.clock.advance(10)
    created = world.ask()
    response = world.respond(world.read(created["link"]), world.issue(status=5))
    assert confirmed(world, created, response)["answer"]["state"] == "approved"


def test_6_an_unverified_claim_sends_us_nowhere(world: World, asked: AuthorizationRequest) -> None:
    stranger = Authority("stranger").party(Profile.CLAIM_SIGNING, organisation_id="PDXGB-dwp")
    check_refused(world.respond(asked, world.issue(issuer=stranger, status=1)))
    assert "/status/1" not in world.files.asked


# --- 7: only what was asked is kept


def test_7_what_was_not_asked_is_dropped(world: World) -> None:
    created = world.ask()
    asked = world.read(created["link"])
    claim = world.issue(
        claims={**PERSON, "mobile": "+44 7700 900123"},
        disclosable=[("family_name",), ("mobile",)],
    )
    presentation = world.present(asked, claim, paths=[("family_name",), ("mobile",)])
    disclosed = confirmed(world, created, world.post(asked, {"c1": [presentation]}))["answer"]["claims"][0]
    assert "+44 7700 900123" not in str(disclosed)
    assert set(disclosed["disclosed"]) == {"family_name", "given_name", "birthdate", "address"}


# --- a wallet that shows nothing


def test_a_refusal_to_show_is_an_answer(world: World) -> None:
    created = world.ask()
    asked = world.read(created["link"])
    response = world.post_form(asked.response_uri, create_error_response("access_denied", request=asked))
    assert response.status_code == 200
    body = world.read_answer(created)
    assert body["state"] == "answered"
    assert (body["answer"]["state"], body["answer"]["reason"]) == ("not_shown", "declined")
    page = world.browser().get(path_of(response.json()["redirect_uri"]))
    assert "You did not show anything" in page.text


def test_a_plain_error_needs_the_requests_state(world: World) -> None:
    created = world.ask()
    asked = world.read(created["link"])
    check_refused(world.post_form(asked.response_uri, {"error": "access_denied"}))
    check_refused(world.post_form(asked.response_uri, {"error": "access_denied", "state": "é"}))
    assert world.read_answer(created)["state"] == "open"
    form = {"error": "wallet_unavailable", "state": asked.state or ""}
    assert world.post_form(asked.response_uri, form).status_code == 200
    answer = world.read_answer(created)["answer"]
    assert (answer["state"], answer["reason"]) == ("not_shown", "wallet_error")


def test_after_a_refusal_to_show_by_link_the_page_says_so(world: World) -> None:
    browser = world.browser()
    page = world.start(browser)
    asked = world.read(world.links(ENGLAND, page)["link"])
    response = world.post_form(asked.response_uri, create_error_response("access_denied", request=asked))
    back = browser.get(path_of(response.json()["redirect_uri"]))
    answer = browser.get(back.headers["location"])
    assert "You did not show a proof" in answer.text
    assert "Start again" in answer.text
