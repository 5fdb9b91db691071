"""SD-JWTs put together by hand and signed with the right key: a test breaks one rule and no signature."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from protocol.encoding import b64url_encode, json_dumps
from protocol.jose.jws import create_jws
from protocol.keys import SigningKey
from protocol.sd_jwt import ProcessedPayload, parse_sd_jwt, verify_sd_jwt
from tests.protocol.keys_for_tests import signing_key

TYP = "example+sd-jwt"
ISSUER_KEY = signing_key("issuer")
HOLDER_KEY = signing_key("holder")


def disclosure(*content: Any) -> str:
    """Encode whatever is given as a disclosure."""
    return b64url_encode(json_dumps(list(content)))


def digest(encoded: str) -> str:
    """The digest of an encoded disclosure."""
    return b64url_encode(sha256(encoded.encode()).digest())


def sign(payload: Mapping[str, Any], disclosures: Sequence[str] = (), *, key: SigningKey = ISSUER_KEY) -> str:
    """Sign a payload as it is and attach disclosures as they are."""
    return "~".join([create_jws(payload, key, typ=TYP), *disclosures, ""])


def verify(compact: str) -> ProcessedPayload:
    """Verify as a recipient does."""
    return verify_sd_jwt(parse_sd_jwt(compact, expected_typ=TYP), ISSUER_KEY.public_key)
