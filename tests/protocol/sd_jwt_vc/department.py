"""A department with real certificates, and credentials of its that a test can change and sign again."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding

from protocol.encoding import b64_encode, b64url_encode, json_dumps
from protocol.errors import UntrustedError
from protocol.keys import SigningKey
from protocol.sd_jwt import parse_sd_jwt
from protocol.sd_jwt_vc import add_key_binding, create_sd_jwt_vc, present_sd_jwt_vc
from protocol.x509 import LeafIdentity, Profile, verify_chain
from protocol.x509.create import create_root, issue_certificate
from tests.protocol.keys_for_tests import seeded_random, signing_key

NOW = 1_800_000_000
DAY = 86_400
VCT = "urn:pdx:claim:dwp:pip-moving-around-8:1"
STATUS_URI = "https://dwp.example/status/7"
AUDIENCE = "x509_hash:Q2xpZW50"
NONCE = "MTIzNDU2Nzg5MDEyMzQ1Ng"

ROOT_KEY, ISSUER_KEY, HOLDER_KEY = signing_key("root"), signing_key("department"), signing_key("holder")

ROOT = create_root(
    ROOT_KEY,
    organisation_name="Authority",
    common_name="Root",
    serial=1,
    not_before=NOW - DAY,
    not_after=NOW + 900 * DAY,
)


def certify(key: SigningKey, *, profile: Profile, organisation: str = "dwp") -> bytes:
    """Issue a leaf certificate, DER."""
    certificate = issue_certificate(
        key.public_key,
        profile=profile,
        ca=ROOT,
        ca_key=ROOT_KEY,
        organisation_id=f"PDXGB-{organisation}",
        organisation_name="Department for Work and Pensions",
        common_name="Claims",
        hosts=["dwp.example"],
        uris=["https://dwp.example/issuer", "urn:pdx:dwp"],
        serial=2,
        not_before=NOW - DAY,
        not_after=NOW + 400 * DAY,
    )
    return certificate.public_bytes(Encoding.DER)


X5C = (certify(ISSUER_KEY, profile=Profile.CLAIM_SIGNING),)


class Trust:
    """Believes chains to the root, for one type; what a trust list does."""

    def issuer_for(self, x5c: tuple[bytes, ...], *, vct: str, now: int) -> LeafIdentity:
        if vct != VCT:
            raise UntrustedError("the department may not issue this claim", code="claim_type_not_allowed")
        return verify_chain(x5c, anchors=[ROOT], now=now, expected_profile=Profile.CLAIM_SIGNING)

    def status_issuer_for(self, x5c: tuple[bytes, ...], *, now: int) -> LeafIdentity:
        return verify_chain(x5c, anchors=[ROOT], now=now, expected_profile=Profile.STATUS_SIGNING)


TRUST = Trust()

CLAIMS: dict[str, Any] = {
    "iss": "https://dwp.example",
    "iat": NOW - 3600,
    "nbf": NOW - 3600,
    "exp": NOW + 30 * DAY,
    "vct": VCT,
    "vct#integrity": "sha256-1odmyxoVQCuQx8SAym8rWHXba41fM/Iv/V1H8VHGN00=",
    "status": {"status_list": {"idx": 412, "uri": STATUS_URI}},
    "family_name": "O'Neill",
    "given_name": "Siân",
    "address": {"postal_code": "CF10 1AA", "country": "GB"},
}
DISCLOSABLE = [("family_name",), ("given_name",), ("address", "postal_code")]


def issue(claims: Mapping[str, Any] = CLAIMS, *, bound: bool = True, decoys: int = 0) -> str:
    """Issue a credential in the ordinary way."""
    return create_sd_jwt_vc(
        claims=claims,
        disclosable=DISCLOSABLE,
        signing_key=ISSUER_KEY,
        x5c=X5C,
        holder_key=HOLDER_KEY.public_key if bound else None,
        random=seeded_random("salts"),
        decoys=decoys,
    )


def bind(presentation: str, *, key: SigningKey = HOLDER_KEY, now: int = NOW) -> str:
    """Bind to the verifier that the tests play."""
    return add_key_binding(presentation, holder_key=key, audience=AUDIENCE, nonce=NONCE, now=now)


def present(*paths: tuple[str, ...]) -> str:
    """Show some of the ordinary credential."""
    return bind(present_sd_jwt_vc(issue(), paths=paths))


def sign_again(
    header: Mapping[str, Any], payload: Mapping[str, Any], disclosures: Sequence[str], *, key: SigningKey
) -> str:
    """Sign whatever is given; the result ends with a tilde."""
    signing_input = f"{b64url_encode(json_dumps(header))}.{b64url_encode(json_dumps(payload))}"
    signature = b64url_encode(key.sign(signing_input.encode()))
    return "~".join([f"{signing_input}.{signature}", *disclosures, ""])


def default_header() -> dict[str, Any]:
    """The header of the ordinary credential."""
    return {"alg": "ES256", "typ": "dc+sd-jwt", "x5c": [b64_encode(der) for der in X5C]}


def forge(
    *,
    header: Callable[[dict[str, Any]], Any] | None = None,
    payload: Callable[[dict[str, Any]], Any] | None = None,
    disclosures: Sequence[str] = (),
    key: SigningKey = ISSUER_KEY,
) -> str:
    """Change the ordinary credential and sign it again with the right key."""
    ordinary = parse_sd_jwt(issue(), expected_typ="dc+sd-jwt")
    members, claims = default_header(), ordinary.unverified_payload
    if header is not None:
        header(members)
    if payload is not None:
        payload(claims)
    return sign_again(members, claims, [*ordinary.compact.disclosures, *disclosures], key=key)
