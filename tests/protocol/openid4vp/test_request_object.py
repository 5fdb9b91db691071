"""OpenID4VP 1.0 §5, RFC 9101, HAIP 1.0 §5: a request as made, and everything a wallet must refuse."""

from typing import Any

import pytest

from protocol.dcql import ClaimsQuery, CredentialQuery, DcqlQuery
from protocol.errors import RemoteError
from protocol.jose.jwe import DecryptionKey, decrypt_jwe, encrypt_jwe
from protocol.jose.jws import create_jws
from protocol.openid4vp.client_id import create_client_id
from protocol.openid4vp.request_object import (
    SELF_ISSUED_AUDIENCE,
    AuthorizationRequest,
    VerifierInfo,
    create_request_object,
    verify_request_object,
)
from protocol.trust_list.members import MemberStatus, Name, Service, TrustList
from protocol.trust_list.trusted import TrustedServices
from protocol.x509 import Profile
from tests.protocol.authority_for_tests import DAY, NOW, Authority, Party
from tests.protocol.resigning import Change, header_of, payload_of, resigned, with_broken_signature

AUTHORITY = Authority()
COUNCIL = "PDXGB-council"
HOST = "badge.example.org"
SERVICE = AUTHORITY.party(
    Profile.REQUEST_SIGNING,
    organisation_id=COUNCIL,
    organisation_name="Council",
    hosts=[HOST, "localhost"],
)
CLIENT_ID = create_client_id(SERVICE.x5c[0])
KEY = DecryptionKey.generate("request-1")
QUERY = DcqlQuery(
    credentials=(
        CredentialQuery(
            id="c1",
            format="dc+sd-jwt",
            meta={"vct_values": ["urn:a"]},
            vct_values=frozenset({"urn:a"}),
            claims=(ClaimsQuery(path=("family_name",)),),
        ),
    )
)
NONCE = "n-0S6_WzA2MjA3ODk"


def trust(status: MemberStatus = MemberStatus.ACTIVE, **members: Any) -> TrustedServices:
    service = Service(COUNCIL, Name("Council", "Cyngor"), f"https://{HOST}", status)
    operator = Name("Authority", "Awdurdod")
    trust_list = TrustList(1, NOW, NOW + DAY, operator, services={COUNCIL: service})
    return TrustedServices(trust_list, AUTHORITY.anchors, **members)


def request_object(**changes: Any) -> str:
    arguments: dict[str, Any] = {
        "x5c": SERVICE.x5c,
        "response_uri": f"https://{HOST}/oid4vp/response/1",
        "nonce": NONCE,
        "query": QUERY,
        "encryption_jwk": KEY.public_jwk(),
        "now": NOW,
        "expires_at": NOW + 600,
        "state": "state-1",
        "verifier_info": [VerifierInfo("registration_cert", "ey.ey.sig")],
    }
    return create_request_object(SERVICE.key, **(arguments | changes))


def verified(compact: str, **changes: Any) -> AuthorizationRequest:
    arguments: dict[str, Any] = {"expected_client_id": CLIENT_ID, "trust": trust(), "now": NOW}
    return verify_request_object(compact, **(arguments | changes))


def test_the_request_came_from_the_service() -> None:
    """§15.8.2: a request that somebody else hands on is not read, however good its signature is."""
    assert verified(request_object(), fetched_from=f"https://{HOST}/oid4vp/request/1")
    elsewhere = "https://elsewhere.example.org/oid4vp/request/1"
    assert refused(request_object(), fetched_from=elsewhere) == "request_uri_host"
    assert verified(request_object(), fetched_from=elsewhere, unsafe_any_response_host=True)


def refused(compact: str, **changes: Any) -> str:
    with pytest.raises(RemoteError) as caught:
        verified(compact, **changes)
    return caught.value.code


def test_request_as_made() -> None:
    request = verified(request_object())
    assert request.query == QUERY
    assert request.service.organisation_id == COUNCIL
    assert (request.nonce, request.state, request.client_id) == (NONCE, "state-1", CLIENT_ID)
    assert request.statements("registration_cert") == ("ey.ey.sig",)
    assert request.statements("other") == ()
    assert request.encryption.enc == "A256GCM"


def test_what_the_conformance_suite_reads() -> None:
    """Checklist 2.3: members that must be there, and those that must not."""
    header, payload = header_of(request_object()), payload_of(request_object())
    assert header["typ"] == "oauth-authz-req+jwt"
    assert len(header["x5c"]) == 2
    assert payload["aud"] == SELF_ISSUED_AUDIENCE
    assert (payload["response_type"], payload["response_mode"]) == ("vp_token", "direct_post.jwt")
    unwanted = {"redirect_uri", "scope", "transaction_data", "request", "request_uri", "sub", "wallet_nonce"}
    assert unwanted.isdisjoint(payload)
    metadata = payload["client_metadata"]
    assert set(metadata) == {"jwks", "vp_formats_supported", "encrypted_response_enc_values_supported"}
    assert metadata["encrypted_response_enc_values_supported"] == ["A128GCM", "A256GCM"]
    assert metadata["jwks"]["keys"] == [KEY.public_jwk()]


def members(**values: Any) -> Change:
    return lambda payload: payload.update(values)


def without(name: str) -> Change:
    return lambda payload: payload.pop(name)


def query_with(**values: Any) -> Change:
    return lambda payload: payload["dcql_query"]["credentials"][0].update(values)


REFUSED: dict[str, tuple[Change, str]] = {
    "§5 client_id of someone else": (members(client_id="x509_hash:abc"), "client_id_mismatch"),
    "§5 client_id missing": (without("client_id"), "invalid_request"),
    "§5.8 aud missing": (without("aud"), "audience_mismatch"),
    "§5.8 aud of another": (members(aud="https://wallet.example"), "audience_mismatch"),
    "RFC 7519 §4.1.4 expired": (members(exp=NOW - 61), "expired"),
    "RFC 7519 §4.1.4 exp no number": (members(exp="soon"), "invalid_request"),
    "RFC 7519 §4.1.5 nbf": (members(nbf=NOW + 61), "not_yet_valid"),
    "RFC 7519 §4.1.6 from the future": (members(iat=NOW + 61), "not_yet_valid"),
    "HAIP §5 response_type": (members(response_type="code"), "invalid_request"),
    "HAIP §5 response_type missing": (without("response_type"), "invalid_request"),
    "HAIP §5.1 response_mode unencrypted": (members(response_mode="direct_post"), "invalid_request"),
    "§5.2 response_mode missing": (without("response_mode"), "invalid_request"),
    "§8.2 redirect_uri": (members(redirect_uri=f"https://{HOST}/cb"), "invalid_request"),
    "§5.1 scope": (members(scope="pid"), "invalid_request"),
    "RFC 9101 §4 request": (members(request="ey"), "invalid_request"),
    "RFC 9101 §4 request_uri": (members(request_uri="https://a.example"), "invalid_request"),
    "§5.1 transaction_data": (members(transaction_data=["e30"]), "invalid_transaction_data"),
    "§5.2 nonce missing": (without("nonce"), "invalid_request"),
    "§5.2 nonce empty": (members(nonce=""), "invalid_request"),
    "§5.2 nonce with a space": (members(nonce="a b"), "invalid_request"),
    "§5.2 nonce with a line end": (members(nonce="abc\n"), "invalid_request"),
    "§5.2 state with a plus": (members(state="a+b"), "invalid_request"),
    "§8.2 response_uri missing": (without("response_uri"), "invalid_request"),
    "§8.2 response_uri http": (members(response_uri=f"http://{HOST}/"), "invalid_request"),
    "§8.2 response_uri with a user": (
        members(response_uri=f"https://{HOST}@evil.example/"),
        "invalid_request",
    ),
    "§8.2 response_uri with a fragment": (members(response_uri=f"https://{HOST}/#x"), "invalid_request"),
    "§14.3.1 response_uri elsewhere": (members(response_uri="https://evil.example/"), "response_uri_host"),
    "§14.3.1 response_uri below": (members(response_uri=f"https://a.{HOST}/"), "response_uri_host"),
    "§14.3.1 backslash": (members(response_uri=f"https://evil.example\\@{HOST}/"), "invalid_request"),
    "§5.1 dcql_query missing": (without("dcql_query"), "invalid_dcql_query"),
    "§6.1 meta missing": (lambda p: p["dcql_query"]["credentials"][0].pop("meta"), "invalid_dcql_query"),
    "§5.3 no state without binding": (
        lambda p: (p.pop("state"), query_with(require_cryptographic_holder_binding=False)(p)),
        "invalid_request",
    ),
    "§5.1 client_metadata missing": (without("client_metadata"), "invalid_request"),
    "§5.1 verifier_info empty": (members(verifier_info=[]), "invalid_request"),
    "§5.1 verifier_info without data": (members(verifier_info=[{"format": "a"}]), "invalid_request"),
    "§5.1 verifier_info of an unknown credential": (
        members(verifier_info=[{"format": "a", "data": "b", "credential_ids": ["c9"]}]),
        "invalid_request",
    ),
}


@pytest.mark.parametrize(("change", "code"), REFUSED.values(), ids=REFUSED.keys())
def test_refused(change: Change, code: str) -> None:
    assert refused(resigned(request_object(), SERVICE, change)) == code


def test_resigning_by_itself_is_accepted() -> None:
    assert verified(resigned(request_object(), SERVICE))


@pytest.mark.parametrize("change", [members(iss="anyone"), members(presentation_definition={}), members(x=1)])
def test_ignored(change: Change) -> None:
    """§5: `iss` MUST be ignored, and so must what is not known."""
    assert verified(resigned(request_object(), SERVICE, change))


def test_wrong_signature() -> None:
    """Module oid4vp-1final-wallet-negative-test-invalid-request-object-signature."""
    assert refused(with_broken_signature(request_object())) == "bad_signature"


@pytest.mark.parametrize("typ", ["JWT", "oauth-authz-req", "dc+sd-jwt"])
def test_wrong_type(typ: str) -> None:
    assert refused(resigned(request_object(), SERVICE, typ=typ)) == "bad_typ"


def test_client_id_of_the_link_is_another() -> None:
    """Module oid4vp-1final-wallet-negative-test-mismatched-client-id."""
    assert refused(request_object(), expected_client_id="x509_hash:other") == "client_id_mismatch"


@pytest.mark.parametrize(
    "client_id", [f"invalid_scheme:{HOST}", f"x509_san_dns:{HOST}", "origin:https://a.example", "council"]
)
def test_unsupported_client_id_prefix(client_id: str) -> None:
    """Module oid4vp-1final-wallet-negative-test-invalid-client-id-prefix."""
    compact = resigned(request_object(), SERVICE, members(client_id=client_id))
    assert refused(compact, expected_client_id=client_id) == "unsupported_client_id"


def test_certificate_is_not_the_client_ids() -> None:
    """§5.9.3: even where another trusted member signs."""
    other = AUTHORITY.party(Profile.REQUEST_SIGNING, organisation_id="PDXGB-other", hosts=[HOST])
    compact = create_jws(payload_of(request_object()), other.key, typ="oauth-authz-req+jwt", x5c=other.x5c)
    assert refused(compact) == "not_a_member"
    own_id = create_client_id(other.x5c[0])
    assert refused(compact, expected_client_id=own_id) == "not_a_member"


def test_hash_of_another_certificate() -> None:
    outsiders = Authority("outside")
    other = outsiders.party(Profile.REQUEST_SIGNING, organisation_id="PDXGB-other", hosts=[HOST])
    compact = resigned(request_object(), other)
    assert refused(compact, trust=trust(extra_anchors=outsiders.anchors)) == "client_id_mismatch"


def test_no_certificate() -> None:
    compact = create_jws(payload_of(request_object()), SERVICE.key, typ="oauth-authz-req+jwt")
    assert refused(compact) == "invalid_request"


def test_signed_with_another_key_than_the_certificates() -> None:
    thief = Party(Authority("thief").party(Profile.REQUEST_SIGNING).key, SERVICE.x5c)
    assert refused(resigned(request_object(), thief)) == "bad_signature"


def test_certificate_for_another_purpose() -> None:
    issuer = AUTHORITY.party(Profile.CLAIM_SIGNING, organisation_id=COUNCIL, hosts=[HOST])
    client_id = create_client_id(issuer.x5c[0])
    compact = resigned(request_object(), issuer, members(client_id=client_id))
    assert refused(compact, expected_client_id=client_id) == "wrong_profile"


def test_unknown_authority() -> None:
    outsider = Authority("outside").party(Profile.REQUEST_SIGNING, organisation_id=COUNCIL, hosts=[HOST])
    client_id = create_client_id(outsider.x5c[0])
    compact = resigned(request_object(), outsider, members(client_id=client_id))
    assert refused(compact, expected_client_id=client_id) == "unknown_authority"


def test_suspended_service() -> None:
    assert refused(request_object(), trust=trust(MemberStatus.SUSPENDED)) == "member_suspended"


def test_wallet_nonce() -> None:
    """Module oid4vp-1final-wallet-request-uri-method-post."""
    assert verified(request_object(wallet_nonce="w1"), expected_wallet_nonce="w1")
    assert refused(request_object(wallet_nonce="w1"), expected_wallet_nonce="w2") == "wallet_nonce_mismatch"
    assert refused(request_object(), expected_wallet_nonce="w1") == "wallet_nonce_mismatch"


def test_loopback_where_the_certificate_names_it() -> None:
    assert verified(request_object(response_uri="http://localhost:8411/oid4vp/response/1"))
    assert refused(request_object(response_uri="http://127.0.0.1:8411/r")) == "response_uri_host"


def test_any_response_host_only_where_asked_for() -> None:
    elsewhere = request_object(response_uri="https://suite.example/r")
    assert refused(elsewhere) == "response_uri_host"
    assert verified(elsewhere, unsafe_any_response_host=True)


def keys(*jwks: dict[str, Any]) -> Change:
    return lambda payload: payload["client_metadata"]["jwks"].update(keys=list(jwks))


OWN = KEY.public_jwk()
UNUSABLE: list[dict[str, Any]] = [
    {"kty": "AKP", "alg": "ML-KEM-768", "kid": "a", "pub": "AAAA"},
    {"kty": "unknown", "kid": "b"},
    {"kty": "OKP", "crv": "X25519", "alg": "ECDH-ES", "kid": "c", "x": OWN["x"]},
    {**OWN, "kid": "d", "use": "sig"},
    {**OWN, "kid": "e", "alg": "ECDH-ES+A128KW"},
    {name: value for name, value in OWN.items() if name != "alg"},
    {name: value for name, value in OWN.items() if name != "kid"},
    {**OWN, "kid": "f", "crv": "P-384"},
    {**OWN, "kid": "g", "d": OWN["x"]},
    {**OWN, "kid": "h", "y": OWN["x"]},
]


@pytest.mark.parametrize("unusable", UNUSABLE)
def test_unusable_encryption_keys_are_skipped(unusable: dict[str, Any]) -> None:
    """Module oid4vp-1final-wallet-ignores-unusable-encryption-key."""
    request = verified(resigned(request_object(), SERVICE, keys(unusable, OWN)))
    assert request.encryption.jwk["kid"] == "request-1"
    assert refused(resigned(request_object(), SERVICE, keys(unusable))) == "invalid_client_metadata"


def test_key_without_use() -> None:
    """Module oid4vp-1final-wallet-alternate-happy-flow."""
    own = {name: value for name, value in OWN.items() if name != "use"}
    request = verified(resigned(request_object(), SERVICE, keys(own)))
    assert "use" not in request.encryption.jwk
    assert decrypt_jwe(encrypt_jwe(b"x", request.encryption.jwk, enc=request.encryption.enc), KEY)[1] == b"x"


def enc(*values: str) -> Change:
    return lambda payload: payload["client_metadata"].update(
        encrypted_response_enc_values_supported=list(values)
    )


@pytest.mark.parametrize(
    ("values", "chosen"),
    [
        (["A128GCM", "A256GCM"], "A256GCM"),
        (["A128GCM"], "A128GCM"),
        (["A128CBC-HS256", "A256GCM"], "A256GCM"),
    ],
)
def test_content_encryption(values: list[str], chosen: str) -> None:
    assert verified(resigned(request_object(), SERVICE, enc(*values))).encryption.enc == chosen


def test_content_encryption_by_default() -> None:
    """§8.3: A128GCM where nothing is said."""
    name = "encrypted_response_enc_values_supported"
    compact = resigned(request_object(), SERVICE, lambda p: p["client_metadata"].pop(name))
    assert verified(compact).encryption.enc == "A128GCM"


def test_no_supported_content_encryption() -> None:
    assert refused(resigned(request_object(), SERVICE, enc("A128CBC-HS256"))) == "invalid_client_metadata"


def test_service_that_cannot_read_our_signatures() -> None:
    formats = {"dc+sd-jwt": {"sd-jwt_alg_values": ["ES384"]}}
    change: Change = lambda p: p["client_metadata"].update(vp_formats_supported=formats)  # noqa: E731
    assert refused(resigned(request_object(), SERVICE, change)) == "vp_formats_not_supported"


def test_oversized() -> None:
    assert refused("e" * 300_000) == "too_large"


def test_refusals_say_nothing_of_the_request() -> None:
    compact = resigned(request_object(), SERVICE, members(response_uri="https://evil.example/secret"))
    with pytest.raises(RemoteError) as caught:
        verified(compact)
    assert "evil" not in str(caught.value)
