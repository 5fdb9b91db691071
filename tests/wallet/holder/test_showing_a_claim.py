"""OpenID4VP 1.0 as a wallet: what it answers, what it refuses in silence, and what the citizen reads.

The names of the OpenID Foundation's modules stand at the tests that match them.
"""

from dataclasses import replace
from typing import Any

import pytest

from protocol.openid4vp.client_id import create_client_id
from protocol.openid4vp.link import PresentationLink, create_presentation_link
from protocol.openid4vp.request_object import VerifierInfo
from protocol.openid4vp.response import AuthorizationErrorResponse, AuthorizationResponse
from protocol.registration.question import question_to_dcql
from protocol.sd_jwt_vc import verify_presentation
from protocol.sd_jwt_vc.integrity import create_integrity
from protocol.x509 import Profile
from tests.network import path_contains
from tests.protocol.authority_for_tests import DAY, Authority
from tests.protocol.resigning import header_of, payload_of, resigned, with_broken_signature
from tests.wallet.department import CODE, VCT
from tests.wallet.service_party import NONCE, RETURN_URL, SERVICE_HOST, SERVICE_ID, question
from tests.wallet.world import AUTHORITY_URL, World, pem
from wallet.holder.consent import ConsentRequest
from wallet.holder.errors import WalletError
from wallet.holder.holder import Holder
from wallet.holder.presenting import ShowResult
from wallet.printing import consent_text


def yes(_asked: ConsentRequest) -> bool:
    return True


def never(_asked: ConsentRequest) -> bool:
    raise AssertionError("nobody is to be asked about a request that is refused")


def holder_with_claim(world: World, **settings: Any) -> Holder:
    holder = world.holder(**settings)
    holder.add_offer(world.department.offer_link(), CODE)
    return holder


def shown(world: World, holder: Holder, **link: Any) -> ShowResult:
    return holder.show(world.service.link(**link), consent=yes)


def refusal(world: World, holder: Holder, link: str | None = None) -> WalletError:
    """The wallet's error; and nothing of any kind went to the service."""
    with pytest.raises(WalletError) as caught:
        holder.show(link or world.service.link(), consent=never)
    assert world.service.received == []
    assert [claim.copies_left for claim in holder.claims()] in ([3], [])
    return caught.value


def detail(error: WalletError) -> str:
    return str(error.detail).partition(":")[0]


def presentation(world: World) -> str:
    opened = world.service.opened()
    assert isinstance(opened, AuthorizationResponse)
    ((one,),) = opened.unverified_vp_token.values()
    return one


# --- what is answered


@pytest.mark.parametrize("endpoint", ["https://wallet.example/present", "openid4vp://", "haip-vp://"])
def test_happy_flow(world: World, endpoint: str) -> None:
    """oid4vp-1final-wallet-happy-flow"""
    holder = holder_with_claim(world)
    result = shown(world, holder, endpoint=endpoint)
    assert (result.outcome, result.redirect_uri) == ("shown", RETURN_URL)
    verified = verify_presentation(
        presentation(world),
        issuers=holder.network().issuers,
        expected_audience=create_client_id(world.service.signer.x5c[0]),
        expected_nonce=NONCE,
        now=world.clock.now(),
        leeway=0,
        max_kb_age=60,
    )
    assert verified.disclosed == {("family_name",)}


def test_the_key_binding_says_nothing_else(world: World) -> None:
    shown(world, holder_with_claim(world))
    key_binding = presentation(world).rpartition("~")[2]
    assert header_of(key_binding) == {"alg": "ES256", "typ": "kb+jwt"}
    assert set(payload_of(key_binding)) == {"iat", "aud", "nonce", "sd_hash"}


def test_request_uri_method_post(world: World) -> None:
    """oid4vp-1final-wallet-request-uri-method-post"""
    shown(world, holder_with_claim(world), method="post")
    (exchange,) = world.network.seen("/request/1")
    assert exchange.request.method == "POST"
    assert exchange.request.headers["accept"] == "application/oauth-authz-req+jwt"
    assert exchange.request.content.startswith(b"wallet_nonce=")


def test_a_request_that_does_not_answer_our_nonce(world: World) -> None:
    world.service.change_request = lambda request: request.update(wallet_nonce="another")
    error = refusal(world, holder_with_claim(world), world.service.link(method="post"))
    assert (error.code, detail(error)) == ("request_refused", "wallet_nonce_mismatch")


def test_no_claims_in_dcql_query(world: World) -> None:
    """oid4vp-1final-wallet-no-claims-in-dcql-query"""
    world.service.query = question_to_dcql(question())
    opened = holder_with_claim(world).open_request(world.service.link())
    opened.answer()
    assert opened.asked.claims[0].attributes == ()
    assert presentation(world).count("~") == 1


def test_fewer_claims_than_available(world: World) -> None:
    """oid4vp-1final-wallet-fewer-claims-than-available"""
    shown(world, holder_with_claim(world))
    assert presentation(world).count("~") == 2


def test_ignores_unusable_encryption_key(world: World) -> None:
    """oid4vp-1final-wallet-ignores-unusable-encryption-key, oid4vp-1final-wallet-alternate-happy-flow"""

    def more_keys(request: dict[str, Any]) -> None:
        keys = request["client_metadata"]["jwks"]["keys"]
        keys[0].pop("use", None)
        keys.insert(0, {"kty": "AKP", "alg": "ML-KEM-768", "kid": "pq", "pub": "AAAA"})

    world.service.change_request = more_keys
    shown(world, holder_with_claim(world))
    assert isinstance(world.service.opened(), AuthorizationResponse)


def test_optional_credential_set(world: World) -> None:
    """oid4vp-1final-wallet-optional-credential-set"""
    query = question_to_dcql(question("family_name"))
    other = {**query["credentials"][0], "id": "other", "meta": {"vct_values": ["urn:other"]}}
    query["credentials"].append(other)
    query["credential_sets"].append({"options": [["other"]], "required": False})
    world.service.query = query
    world.service.statements = [VerifierInfo("registration_cert", world.service.registration())]
    holder = holder_with_claim(world, **_test_service(world))
    world.service.statements = []
    shown(world, holder)
    opened = world.service.opened()
    assert isinstance(opened, AuthorizationResponse)
    assert list(opened.unverified_vp_token) == ["c1"]


def _test_service(world: World) -> dict[str, Any]:
    """Makes the service a test party outside the network, and gives the settings that trust it."""
    other = Authority("test suite")
    world.service.request_signer = other.party(
        Profile.REQUEST_SIGNING,
        organisation_id="PDXGB-suite",
        organisation_name="Test suite",
        hosts=[SERVICE_HOST],
    )
    return {"extra_service_anchors": (pem(other.root),), "unregistered": "allow"}


def test_no_redirect(world: World) -> None:
    world.service.reply = {}
    assert shown(world, holder_with_claim(world)).redirect_uri is None


def test_every_showing_uses_another_copy(world: World) -> None:
    holder = holder_with_claim(world)
    keys = set()
    for _ in range(3):
        world.service.received.clear()
        shown(world, holder)
        keys.add(str(payload_of(presentation(world).partition("~")[0])["cnf"]))
    assert len(keys) == 3
    assert [claim.copies_left for claim in holder.claims()] == [0]
    with pytest.raises(WalletError) as caught:
        shown(world, holder)
    assert caught.value.code == "copies_used_up"


# --- what the citizen reads


def test_consent_says_who_what_why_by_which_law_and_how_long(world: World) -> None:
    asked = holder_with_claim(world).open_request(world.service.link()).asked
    assert (asked.service.en, asked.service.cy) == ("Badge team", "Tîm bathodyn")
    assert asked.answer_goes_to == SERVICE_HOST
    assert asked.terms is not None
    assert asked.terms.purpose["cy"] == "I benderfynu am eich bathodyn."
    assert asked.terms.law["en"] == "Badge Act, section 1"
    assert (asked.terms.retention_days, asked.terms.retention["en"]) == (90, "90 days.")
    pages = "https://authority.example/register/{}/questions/badge-team/badge.html"
    assert asked.terms.register is not None
    assert asked.terms.register.as_dict() == {one: pages.format(one) for one in ("en", "cy")}
    for language in ("en", "cy"):
        assert f": {pages.format(language)}" in consent_text(asked, language)
    (claim,) = asked.claims
    assert claim.title["en"] == "8 points or more for moving around"
    assert claim.issuer["cy"] == "Yr Adran"
    (attribute,) = claim.attributes
    assert (attribute.label["cy"], attribute.value) == ("Cyfenw", "Hassan")
    assert attribute.reason is not None
    assert attribute.reason.as_dict() == {"en": "Why family_name.", "cy": "Pam family_name."}
    assert asked.terms.contact == "team@badge.example, +44 1632 960001"
    assert asked.terms.objection is not None
    assert asked.terms.objection["cy"] == "Ysgrifennwch at y tîm."
    english, welsh = (
        [line.strip() for line in consent_text(asked, language).splitlines()] for language in ("en", "cy")
    )
    assert {"(Why family_name.)", "To object: Write to the team."} < set(english)
    assert "To ask the service: team@badge.example, +44 1632 960001" in english
    assert {"(Pam family_name.)", "I wrthwynebu: Ysgrifennwch at y tîm."} < set(welsh)


def test_consent_names_what_was_never_hidden(world: World) -> None:
    world.documents[VCT] = world.documents[VCT].replace(b'"sd": "always"', b'"sd": "allowed"')
    world.department.integrity = create_integrity(world.documents[VCT])
    world.department.disclosable = (("family_name",), ("given_name",))
    asked = holder_with_claim(world).open_request(world.service.link()).asked
    assert [attribute.value for attribute in asked.claims[0].attributes] == ["Hassan", "1979-03-14"]


def test_looking_spends_nothing(world: World) -> None:
    holder = holder_with_claim(world)
    holder.open_request(world.service.link())
    assert holder.claims()[0].copies_left == 3
    assert world.service.received == []


def test_declining(world: World) -> None:
    holder = holder_with_claim(world)
    result = holder.show(world.service.link(), consent=lambda _asked: False)
    assert (result.outcome, result.redirect_uri) == ("declined", RETURN_URL)
    assert world.service.opened() == AuthorizationErrorResponse("access_denied")
    assert holder.claims()[0].copies_left == 3


def test_declining_without_holding_anything(world: World) -> None:
    world.holder().decline(world.service.link())
    assert world.service.opened() == AuthorizationErrorResponse("access_denied")


# --- what is refused in silence


def test_invalid_request_object_signature(world: World) -> None:
    """oid4vp-1final-wallet-negative-test-invalid-request-object-signature"""
    world.service.change_compact = with_broken_signature
    error = refusal(world, holder_with_claim(world))
    assert (error.code, detail(error)) == ("request_refused", "bad_signature")


def members(**values: Any) -> Any:
    return lambda request: request.update(values)


def without(name: str) -> Any:
    return lambda request: request.pop(name)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        # oid4vp-1final-wallet-negative-test-mismatched-client-id
        (members(client_id="x509_hash:AAAA"), "client_id_mismatch"),
        # oid4vp-1final-wallet-negative-test-missing-nonce
        (without("nonce"), "invalid_request"),
        # oid4vp-1final-wallet-negative-test-redirect-uri-with-direct-post
        (members(redirect_uri="https://badge.example/cb"), "invalid_request"),
        # oid4vp-1final-wallet-negative-test-unknown-transaction-data-type
        (members(transaction_data=["eyJ0eXBlIjoieCJ9"]), "invalid_transaction_data"),
        # oid4vp-1final-wallet-negative-test-response-uri-not-client-id
        (members(response_uri="https://evil.example/response"), "response_uri_host"),
        (members(response_uri="http://badge.example/response"), "invalid_request"),
        (members(aud="https://other.example"), "audience_mismatch"),
        (members(exp=1), "expired"),
        (members(response_mode="direct_post"), "invalid_request"),
        (members(response_type="code"), "invalid_request"),
        (without("dcql_query"), "invalid_dcql_query"),
    ],
)
def test_a_request_with_one_thing_wrong(world: World, change: Any, code: str) -> None:
    world.service.change_request = change
    error = refusal(world, holder_with_claim(world))
    assert (error.code, detail(error)) == ("request_refused", code)


def test_a_request_that_somebody_else_hands_on(world: World) -> None:
    """OpenID4VP 1.0 §15.8.2: whose signature it bears, but not where it comes from."""
    world.network.mount("https://relay.example", world.service.app())
    link = world.service.link().replace("badge.example", "relay.example")
    error = refusal(world, holder_with_claim(world), link)
    assert (error.code, detail(error)) == ("request_refused", "request_uri_host")


def test_invalid_client_id_prefix(world: World) -> None:
    """oid4vp-1final-wallet-negative-test-invalid-client-id-prefix"""
    client_id = "invalid_scheme:" + create_client_id(world.service.signer.x5c[0]).partition(":")[2]
    world.service.client_id = client_id
    world.service.change_request = members(client_id=client_id)
    error = refusal(world, holder_with_claim(world))
    assert (error.code, detail(error)) == ("request_refused", "unsupported_client_id")


def test_a_service_of_another_network(world: World) -> None:
    world.service.request_signer = Authority("other").party(
        Profile.REQUEST_SIGNING, organisation_id=SERVICE_ID, hosts=[SERVICE_HOST]
    )
    assert refusal(world, holder_with_claim(world)).code == "service_unknown"


def test_a_service_that_is_no_member(world: World) -> None:
    world.members["services"] = {}
    assert refusal(world, holder_with_claim(world)).code == "service_unknown"


def test_a_suspended_service(world: World) -> None:
    holder = holder_with_claim(world)
    world.suspend_service()
    world.clock.advance(3600)  # the wallet asks for a newer list once an hour
    assert refusal(world, holder).code == "service_suspended"


def test_a_department_is_no_service(world: World) -> None:
    world.service.request_signer = world.authority.party(
        Profile.CLAIM_SIGNING, organisation_id=SERVICE_ID, hosts=[SERVICE_HOST]
    )
    assert refusal(world, holder_with_claim(world)).code == "service_unknown"


# --- the registration


def test_over_asking_an_attribute(world: World) -> None:
    world.service.query = question_to_dcql(question("family_name", "birthdate"))
    error = refusal(world, holder_with_claim(world))
    assert (error.code, detail(error)) == ("over_asking", "unregistered_claim")
    assert "Badge team" in error.happened("en")


def test_over_asking_a_claim(world: World) -> None:
    def other_type(request: dict[str, Any]) -> None:
        request["dcql_query"]["credentials"][0]["meta"]["vct_values"].append("urn:pdx:claim:dwp:income:1")

    world.service.change_request = other_type
    error = refusal(world, holder_with_claim(world))
    assert (error.code, detail(error)) == ("over_asking", "unregistered_type")


@pytest.mark.parametrize(
    ("registration", "code"),
    [
        ({"subject": "PDXGB-other-team"}, "registration_subject"),
        ({"lasts": 10, "made": -DAY}, "expired"),
        ({"registrar": ("other", Profile.REGISTRAR)}, None),
        ({"registrar": ("authority", Profile.TRUST_LIST)}, None),
    ],
)
def test_a_registration_that_is_not_this_services(
    world: World, registration: dict[str, Any], code: str | None
) -> None:
    values = dict(registration)
    if "registrar" in values:
        name, profile = values["registrar"]
        values["registrar"] = Authority(name).party(profile)
    if "made" in values:
        values["made"] += world.clock.now()
    statement = world.service.registration(**values)
    world.service.statements = [VerifierInfo("registration_cert", statement)]
    error = refusal(world, holder_with_claim(world))
    assert error.code == "service_unregistered"
    assert code is None or detail(error) == code


def test_a_registration_whose_status_would_have_to_be_looked_up(world: World) -> None:
    status = {"status_list": {"idx": 0, "uri": "https://authority.example/status/1"}}
    registrar = world.authority.party(Profile.REGISTRAR)
    statement = resigned(world.service.registration(), registrar, lambda one: one.update(status=status))
    world.service.statements = [VerifierInfo("registration_cert", statement)]
    error = refusal(world, holder_with_claim(world))
    assert (error.code, detail(error)) == ("service_unregistered", "registration_status")


def test_no_registration(world: World) -> None:
    world.service.statements = []
    error = refusal(world, holder_with_claim(world))
    assert (error.code, detail(error)) == ("service_unregistered", "registration_missing")


def test_no_registration_is_never_allowed_to_a_member(world: World) -> None:
    world.service.statements = []
    assert refusal(world, holder_with_claim(world, unregistered="allow")).code == "service_unregistered"


def test_a_test_party_needs_a_registration_too_unless_the_owner_says_otherwise(world: World) -> None:
    settings = _test_service(world)
    world.service.statements = []
    error = refusal(world, holder_with_claim(world, **(settings | {"unregistered": "refuse"})))
    assert error.code == "service_unregistered"


def test_a_test_party_without_a_registration_where_the_owner_allows_it(world: World) -> None:
    settings = _test_service(world)
    world.service.statements = []
    asked = holder_with_claim(world, **settings).open_request(world.service.link()).asked
    assert asked.terms is None
    assert asked.service.en == "Test suite"


def test_a_test_party_that_shows_a_registration_is_held_to_it(world: World) -> None:
    settings = _test_service(world)
    assert refusal(world, holder_with_claim(world, **settings)).code == "service_unregistered"


# --- nothing to show


def test_required_non_matching_credential(world: World) -> None:
    """oid4vp-1final-wallet-negative-test-required-non-matching-credential: an error page, no post"""
    error = refusal(world, world.holder())
    assert error.code == "nothing_to_show"
    assert "8 pwynt" in error.advice("cy")


def test_an_expired_claim_is_not_shown(world: World) -> None:
    holder = holder_with_claim(world)
    world.clock.advance(91 * DAY)
    assert refusal(world, holder).code == "claim_expired"


def test_a_value_that_does_not_match(world: World) -> None:
    def smith(request: dict[str, Any]) -> None:
        request["dcql_query"]["credentials"][0]["claims"][0]["values"] = ["Smith"]

    world.service.change_request = smith
    assert refusal(world, holder_with_claim(world)).code == "nothing_to_show"


# --- the wires


@pytest.mark.parametrize(
    ("status", "code"), [(404, "request_spent"), (410, "request_spent"), (500, "unreachable")]
)
def test_a_request_that_is_gone(world: World, status: int, code: str) -> None:
    world.service.request_status = status
    assert refusal(world, holder_with_claim(world)).code == code


def test_another_document_instead_of_a_request(world: World) -> None:
    link = PresentationLink("x509_hash:AAAA", f"{AUTHORITY_URL}/types/moving-around.json")
    error = refusal(world, holder_with_claim(world), create_presentation_link("openid4vp://", link))
    assert (error.code, error.detail) == ("request_refused", "content_type")


def test_a_citizen_who_takes_longer_than_the_request_lasts(world: World) -> None:
    holder = holder_with_claim(world)
    opened = holder.open_request(world.service.link())
    world.clock.advance(301)
    with pytest.raises(WalletError) as caught:
        opened.answer()
    assert caught.value.code == "request_spent"
    assert holder.claims()[0].copies_left == 3
    assert world.service.received == []


def test_a_lost_reply_spends_the_copy(world: World) -> None:
    holder = holder_with_claim(world)
    with world.network.losing_replies(path_contains("/response")), pytest.raises(WalletError) as caught:
        shown(world, holder)
    assert caught.value.code == "answer_unconfirmed"
    assert holder.claims()[0].copies_left == 2


def test_a_service_that_does_not_accept_the_answer(world: World) -> None:
    world.service.reply_status = 400
    holder = holder_with_claim(world)
    with pytest.raises(WalletError) as caught:
        shown(world, holder)
    assert caught.value.code == "answer_refused"
    assert holder.claims()[0].copies_left == 2


@pytest.mark.parametrize("target", ["javascript:alert(1)", "http://evil.example/", "//evil.example"])
def test_a_redirect_that_leads_astray(world: World, target: str) -> None:
    world.service.reply = {"redirect_uri": target}
    with pytest.raises(WalletError) as caught:
        shown(world, holder_with_claim(world))
    assert caught.value.code == "answer_unconfirmed"


def test_two_showings_at_once_never_use_one_copy(world: World) -> None:
    holder = holder_with_claim(world)
    first, second = (holder.open_request(world.service.link()) for _ in range(2))
    first.answer()
    second.answer()
    assert holder.claims()[0].copies_left == 1
    assert len({str(form) for form in world.service.received}) == 2


def test_a_refused_service_learns_nothing_from_the_next_one(world: World) -> None:
    holder = holder_with_claim(world)
    world.service.query = question_to_dcql(question("birthdate"))
    refusal(world, holder)
    world.service.query = question_to_dcql(question("family_name"))
    assert replace(shown(world, holder), told=None).outcome == "shown"
