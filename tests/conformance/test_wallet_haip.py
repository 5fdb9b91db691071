"""The OpenID Foundation's wallet modules for HAIP 1.0 (package vp1finalwallet), by their names.

The suite plays a verifier outside the network whose certificate the wallet's owner has added, over
`direct_post.jwt`; the headless wallet answers. `multisigned-one-invalid-signature` and
`wrong-expected-origins` have no counterpart: they are the Digital Credentials API's. The modules of package
vci10wallet and the FAPI client modules need the authorization code flow and are not here yet.

What a member of the network meets besides is in tests/wallet/holder.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import pytest

from protocol.encoding import b64url_decode, json_object
from protocol.errors import BindingError
from protocol.openid4vp.client_id import create_client_id
from protocol.openid4vp.request_object import VerifierInfo
from protocol.openid4vp.response import (
    AuthorizationErrorResponse,
    AuthorizationResponse,
    decrypt_response,
)
from protocol.registration.question import question_to_dcql
from protocol.sd_jwt_vc import VerifiedSdJwtVc, verify_presentation
from protocol.x509 import Profile
from tests.protocol.authority_for_tests import Authority
from tests.protocol.resigning import header_of, payload_of, with_broken_signature
from tests.wallet.department import CODE, VCT
from tests.wallet.service_party import NONCE, RETURN_URL, SERVICE_HOST, STATE, question
from tests.wallet.world import World, pem, small_world
from wallet.holder.errors import WalletError
from wallet.holder.holder import Holder
from wallet.holder.presenting import ShowResult

RESPONSE_PATH = "/response/1"

Change = Callable[[dict[str, Any]], object]


class Suite:
    """The suite's side, and the wallet under test with one claim in three copies."""

    def __init__(self, world: World, *, holds: bool = True) -> None:
        self.world, self.party = world, world.service
        other = Authority("suite")
        self.party.request_signer = other.party(
            Profile.REQUEST_SIGNING,
            organisation_id="PDXGB-suite",
            organisation_name="Test suite",
            hosts=[SERVICE_HOST],
        )
        self.party.statements = []
        settings: dict[str, Any] = {"extra_service_anchors": (pem(other.root),), "unregistered": "allow"}
        self.holder: Holder = world.holder(**settings)
        if holds:
            self.holder.add_offer(world.department.offer_link(), CODE)

    @property
    def client_id(self) -> str:
        assert self.party.request_signer is not None
        return create_client_id(self.party.request_signer.x5c[0])

    @property
    def credential(self) -> dict[str, Any]:
        """The one credential query."""
        return dict(self.party.query["credentials"][0])

    def show(self, link: str | None = None) -> ShowResult:
        return self.holder.show(link or self.party.link(), consent=lambda _asked: True)

    def response(self) -> AuthorizationResponse:
        found = self.party.opened()
        assert isinstance(found, AuthorizationResponse)
        return found

    def presentation(self) -> str:
        ((one,),) = self.response().unverified_vp_token.values()
        return one

    def verified(self) -> VerifiedSdJwtVc:
        return verify_presentation(
            self.presentation(),
            issuers=self.holder.network().issuers,
            expected_audience=self.client_id,
            expected_nonce=NONCE,
            now=self.world.clock.now(),
            leeway=0,
            max_kb_age=300,
        )

    def refuses(self, link: str | None = None) -> str:
        """An error page, a copy that is still there, and nothing at all at response_uri."""
        with pytest.raises(WalletError) as caught:
            self.show(link)
        assert self.world.network.seen(RESPONSE_PATH) == []
        assert self.party.received == []
        assert all(claim.copies_left == 3 for claim in self.holder.claims())
        for language in ("en", "cy"):
            assert caught.value.happened(language)
            assert caught.value.advice(language)
        return caught.value.code

    def accepts(self) -> None:
        """What was refused was refused for its one change: the ordinary request is answered."""
        self.party.change_request = lambda _: None
        self.party.change_compact = lambda compact: compact
        self.party.client_id = None
        assert self.show().outcome == "shown"
        self.verified()


@pytest.fixture
def suite(tmp_path: Path) -> Iterator[Suite]:
    with small_world(tmp_path) as world:
        yield Suite(world)


# --- what is answered


def test_oid4vp_1final_wallet_happy_flow(suite: Suite) -> None:
    result = suite.show()
    (exchange,) = suite.world.network.seen(RESPONSE_PATH)
    assert exchange.request.method == "POST"
    assert exchange.request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert exchange.request.url.query == b""
    ((name, jwe),) = parse_qsl(exchange.request.content.decode("ascii"), strict_parsing=True)
    assert name == "response"
    check_jwe(suite, jwe)
    check_key_binding(suite)
    shown = suite.verified()
    assert (shown.vct, shown.disclosed) == (VCT, frozenset({("family_name",)}))
    assert result.redirect_uri == RETURN_URL


def check_jwe(suite: Suite, jwe: str) -> None:
    header = json_object(b64url_decode(jwe.split(".", maxsplit=1)[0]))
    assert (header["alg"], header["enc"]) in {("ECDH-ES", "A128GCM"), ("ECDH-ES", "A256GCM")}
    assert header["kid"] == suite.party.key.kid
    assert "zip" not in header
    found = decrypt_response(jwe, suite.party.key, expected_state=STATE)
    assert isinstance(found, AuthorizationResponse)
    assert [len(presentations) for presentations in found.unverified_vp_token.values()] == [1]
    assert list(found.unverified_vp_token) == [suite.credential["id"]]


def check_key_binding(suite: Suite) -> None:
    binding = suite.presentation().rpartition("~")[2]
    assert header_of(binding) == {"alg": "ES256", "typ": "kb+jwt"}
    payload = payload_of(binding)
    assert set(payload) == {"iat", "aud", "nonce", "sd_hash"}
    assert (payload["aud"], payload["nonce"]) == (suite.client_id, NONCE)
    assert abs(payload["iat"] - suite.world.clock.now()) <= 300


@pytest.mark.parametrize("enc", ["A128GCM", "A256GCM"])
def test_the_encryption_is_one_that_was_asked_for(suite: Suite, enc: str) -> None:
    def only(request: dict[str, Any]) -> None:
        request["client_metadata"]["encrypted_response_enc_values_supported"] = [enc]

    suite.party.change_request = only
    suite.show()
    (((_, jwe),),) = suite.party.received
    assert header_of(jwe)["enc"] == enc


def test_state_comes_back_only_where_one_was_sent(suite: Suite) -> None:
    suite.party.change_request = lambda request: request.pop("state")
    suite.show()
    (((_, jwe),),) = suite.party.received
    with pytest.raises(BindingError):
        decrypt_response(jwe, suite.party.key, expected_state=STATE)
    found = decrypt_response(jwe, suite.party.key, expected_state=None)
    assert isinstance(found, AuthorizationResponse)


def test_oid4vp_1final_wallet_alternate_happy_flow(suite: Suite) -> None:
    """Parameters in another order with an unknown one, a key without `use`, an `iss` that means nothing."""
    parts = urlsplit(suite.party.link())
    parameters = [*reversed(parse_qsl(parts.query)), ("unknown", "1")]

    def alternate(request: dict[str, Any]) -> None:
        request["client_metadata"]["jwks"]["keys"][0].pop("use", None)
        request["iss"] = "https://elsewhere.example"
        request["unknown"] = {"a": 1}

    suite.party.change_request = alternate
    suite.party.reply = {}
    result = suite.show(urlunsplit(parts._replace(query=urlencode(parameters))))
    assert (result.outcome, result.redirect_uri) == ("shown", None)
    suite.verified()


def test_oid4vp_1final_wallet_fewer_claims_than_available(suite: Suite) -> None:
    suite.show()
    shown = suite.verified()
    assert shown.disclosed == {("family_name",)}
    assert suite.presentation().count("~") == 2  # the JWT, one disclosure, the key binding
    assert not {"given_name", "birthdate"} & set(shown.claims)


def test_oid4vp_1final_wallet_no_claims_in_dcql_query(suite: Suite) -> None:
    suite.party.query = question_to_dcql(question())
    assert "claims" not in suite.credential
    suite.show()
    assert suite.verified().disclosed == frozenset()
    assert suite.presentation().count("~") == 1


def test_oid4vp_1final_wallet_optional_credential_set(suite: Suite) -> None:
    other = {**suite.credential, "id": "other", "meta": {"vct_values": ["urn:other"]}}
    suite.party.query = {
        "credentials": [other, suite.credential],
        "credential_sets": [
            {"options": [["other"]], "required": False},
            {"options": [[suite.credential["id"]]]},
        ],
    }
    suite.show()
    assert list(suite.response().unverified_vp_token) == ["c1"]
    suite.verified()


UNUSABLE: dict[str, Any] = {
    "post-quantum": {"kty": "AKP", "alg": "ML-KEM-768", "kid": "pq", "pub": "AAAA"},
    "unknown": {"kty": "ABC", "kid": "abc"},
    "for signatures": {"kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": "sig"},
    "another curve": {"kty": "EC", "crv": "P-384", "alg": "ECDH-ES", "kid": "p384", "x": "AA", "y": "AA"},
}


@pytest.mark.parametrize("name", UNUSABLE)
@pytest.mark.parametrize("place", [0, 1])
def test_oid4vp_1final_wallet_ignores_unusable_encryption_key(suite: Suite, name: str, place: int) -> None:
    def add(request: dict[str, Any]) -> None:
        keys = request["client_metadata"]["jwks"]["keys"]
        point = {"x": keys[0]["x"], "y": keys[0]["y"]} if name == "for signatures" else {}
        keys.insert(place, {**UNUSABLE[name], **point})

    suite.party.change_request = add
    suite.show()
    suite.verified()


def test_without_a_usable_encryption_key_nothing_is_sent(suite: Suite) -> None:
    def replace_key(request: dict[str, Any]) -> None:
        request["client_metadata"]["jwks"]["keys"] = [UNUSABLE["post-quantum"]]

    suite.party.change_request = replace_key
    assert suite.refuses() == "request_refused"
    suite.accepts()


def test_oid4vp_1final_wallet_request_uri_method_post(suite: Suite) -> None:
    suite.show(suite.party.link(method="post"))
    (exchange,) = suite.world.network.seen("/request/1")
    assert exchange.request.method == "POST"
    assert exchange.request.url.query == b""
    assert exchange.request.headers["accept"] == "application/oauth-authz-req+jwt"
    assert exchange.request.headers["content-type"] == "application/x-www-form-urlencoded"
    form = dict(parse_qsl(exchange.request.content.decode("ascii"), strict_parsing=True))
    assert set(form) <= {"wallet_nonce", "wallet_metadata"}
    assert payload_of(exchange.response.text)["wallet_nonce"] == form["wallet_nonce"]
    assert len(b64url_decode(form["wallet_nonce"])) >= 16
    suite.verified()


def test_two_fetches_by_post_have_two_nonces(suite: Suite) -> None:
    for _ in range(2):
        suite.holder.open_request(suite.party.link(method="post"))
    first, second = suite.world.network.seen("/request/1")
    assert first.request.content != second.request.content


@pytest.mark.parametrize("nonce", ["another", None])
def test_a_request_by_post_with_another_nonce_or_none(suite: Suite, nonce: str | None) -> None:
    def answer(request: dict[str, Any]) -> None:
        del request["wallet_nonce"]
        if nonce is not None:
            request["wallet_nonce"] = nonce

    suite.party.change_request = answer
    assert suite.refuses(suite.party.link(method="post")) == "request_refused"


# --- what must be refused without a word to the service


def test_oid4vp_1final_wallet_negative_test_invalid_request_object_signature(suite: Suite) -> None:
    suite.party.change_compact = with_broken_signature
    assert suite.refuses() == "request_refused"
    suite.accepts()


def test_oid4vp_1final_wallet_negative_test_mismatched_client_id(suite: Suite) -> None:
    suite.party.change_request = lambda request: request.update(client_id=f"{suite.client_id[:-4]}AAAA")
    assert suite.refuses() == "request_refused"
    suite.accepts()


def test_a_mismatched_client_id_in_the_link(suite: Suite) -> None:
    suite.party.client_id = f"{suite.client_id[:-4]}AAAA"
    assert suite.refuses() == "request_refused"
    suite.accepts()


def test_oid4vp_1final_wallet_negative_test_invalid_client_id_prefix(suite: Suite) -> None:
    client_id = f"invalid_scheme:{suite.client_id.partition(':')[2]}"
    suite.party.client_id = client_id
    suite.party.change_request = lambda request: request.update(client_id=client_id)
    assert suite.refuses() == "request_refused"
    suite.accepts()


def test_oid4vp_1final_wallet_negative_test_missing_nonce(suite: Suite) -> None:
    suite.party.change_request = lambda request: request.pop("nonce")
    assert suite.refuses() == "request_refused"
    suite.accepts()


def test_oid4vp_1final_wallet_negative_test_redirect_uri_with_direct_post(suite: Suite) -> None:
    suite.party.change_request = lambda request: request.update(redirect_uri=request["response_uri"])
    assert suite.refuses() == "request_refused"
    suite.accepts()


def test_oid4vp_1final_wallet_negative_test_unknown_transaction_data_type(suite: Suite) -> None:
    data = "eyJ0eXBlIjoidW5rbm93biIsImNyZWRlbnRpYWxfaWRzIjpbImMxIl19"
    assert json_object(b64url_decode(data)) == {"type": "unknown", "credential_ids": ["c1"]}
    suite.party.change_request = lambda request: request.update(transaction_data=[data])
    assert suite.refuses() == "request_refused"
    suite.accepts()


def test_oid4vp_1final_wallet_negative_test_response_uri_not_client_id(suite: Suite) -> None:
    """Of x509_hash the standard asks nothing here; ours must be a host of the certificate."""
    elsewhere = f"https://elsewhere.example{RESPONSE_PATH}"
    suite.party.change_request = lambda request: request.update(response_uri=elsewhere)
    assert suite.refuses() == "request_refused"
    suite.accepts()


def test_oid4vp_1final_wallet_negative_test_required_non_matching_credential(suite: Suite) -> None:
    """An error page, no vp_token; and `access_denied` only when the citizen declines."""
    suite.party.query = {"credentials": [{**suite.credential, "meta": {"vct_values": ["urn:other"]}}]}
    assert suite.refuses() == "nothing_to_show"
    suite.holder.decline(suite.party.link())
    assert suite.party.opened() == AuthorizationErrorResponse("access_denied")


def test_required_non_matching_credential_beside_one_that_matches(suite: Suite) -> None:
    other = {**suite.credential, "id": "other", "meta": {"vct_values": ["urn:other"]}}
    suite.party.query = {
        "credentials": [suite.credential, other],
        "credential_sets": [{"options": [["c1"]], "required": False}, {"options": [["other"]]}],
    }
    assert suite.refuses() == "nothing_to_show"


def test_required_non_matching_credential_with_an_empty_wallet(tmp_path: Path) -> None:
    with small_world(tmp_path) as world:
        assert Suite(world, holds=False).refuses() == "nothing_to_show"


# --- section 5: not tested by the suite, required all the same


def member(suite: Suite) -> None:
    """The service as a member of the network, held to its registration."""
    suite.party.request_signer = None
    suite.party.statements = None


def test_a_member_within_its_registration_is_answered(suite: Suite) -> None:
    member(suite)
    assert suite.show().outcome == "shown"


def test_a_member_that_asks_beyond_its_registration(suite: Suite) -> None:
    member(suite)
    suite.party.query = question_to_dcql(question("family_name", "birthdate"))
    assert suite.refuses() == "over_asking"


FAULTS: dict[str, Callable[[Suite], dict[str, Any]]] = {
    "of another service": lambda _: {"subject": "PDXGB-other-team"},
    "expired": lambda suite: {"made": suite.world.clock.now() - 86_400, "lasts": 60},
    "by an unknown authority": lambda _: {"registrar": Authority("other").party(Profile.REGISTRAR)},
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_registration_certificate(suite: Suite, fault: str) -> None:
    member(suite)
    certificate = suite.party.registration(**FAULTS[fault](suite))
    suite.party.statements = [VerifierInfo("registration_cert", certificate)]
    assert suite.refuses() == "service_unregistered"
    suite.party.statements = None
    assert suite.show().outcome == "shown"


def test_who_gets_the_answer_is_read_before_anything_is_sent(suite: Suite) -> None:
    """What a wallet can do against a request that was relayed from another device."""
    asked = suite.holder.open_request(suite.party.link()).asked
    assert (asked.service.en, asked.answer_goes_to) == ("Test suite", SERVICE_HOST)
    assert suite.world.network.seen(RESPONSE_PATH) == []
