"""Which key and algorithm the response is encrypted with: OpenID4VP 1.0 §8.3 and §11, HAIP 1.0 §5."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from protocol.errors import MalformedError, ProtocolError
from protocol.keys import PublicKey
from protocol.members import Members

Enc = Literal["A128GCM", "A256GCM"]

ENC_VALUES: Final[tuple[Enc, ...]] = ("A128GCM", "A256GCM")  # HAIP 1.0 §5: a verifier lists both
_PREFERENCE: Final[tuple[Enc, ...]] = ("A256GCM", "A128GCM")  # HAIP 1.0 §5: a wallet takes A256GCM if it can

_CODE: Final = "invalid_client_metadata"


@dataclass(frozen=True, slots=True)
class ResponseEncryption:
    """The service's key for this one response."""

    jwk: Mapping[str, Any] = field(hash=False)
    enc: Enc


def create_client_metadata(encryption_jwk: Mapping[str, Any]) -> dict[str, Any]:
    """The `client_metadata` of a request: one key, both algorithms, SD-JWT VC with ES256 (Appendix B.3.4)."""
    return {
        "jwks": {"keys": [dict(encryption_jwk)]},
        "encrypted_response_enc_values_supported": list(ENC_VALUES),
        "vp_formats_supported": {
            "dc+sd-jwt": {"sd-jwt_alg_values": ["ES256"], "kb-jwt_alg_values": ["ES256"]}
        },
    }


def choose_encryption(metadata: Members) -> ResponseEncryption:
    """The first usable key and the preferred algorithm; raises MalformedError where there is none.

    Keys of unknown type or for another use are skipped, they may be meant for others.
    """
    keys = metadata.members("jwks").raw.get("keys")
    if not isinstance(keys, list):
        raise MalformedError("there is no encryption key", code=_CODE)
    usable = next((key for key in keys[:64] if _is_usable(key)), None)
    if usable is None:
        raise MalformedError("there is no usable encryption key", code=_CODE)
    _check_formats(metadata)
    return ResponseEncryption(jwk=usable, enc=_choose_enc(metadata))


def _is_usable(key: object) -> bool:
    # §8.3 alg: MUST be present; §5.1 jwks: each with a kid
    if not isinstance(key, Mapping) or key.get("alg") != "ECDH-ES" or not isinstance(key.get("kid"), str):
        return False
    try:
        PublicKey.from_jwk(key, expected_use="enc")  # §8.3 use: absent or enc
    except ProtocolError:
        return False
    return True


def _choose_enc(metadata: Members) -> Enc:
    name = "encrypted_response_enc_values_supported"
    offered = metadata.strings(name) if name in metadata else ("A128GCM",)  # §8.3: the default
    chosen = next((one for one in _PREFERENCE if one in offered), None)
    if chosen is None:
        raise MalformedError("no offered encryption is supported", code=_CODE)
    return chosen


def _check_formats(metadata: Members) -> None:
    # §8.5 vp_formats_not_supported; a service that says nothing of formats is believed to read its own query
    if "vp_formats_supported" not in metadata:
        return
    formats = metadata.members("vp_formats_supported")
    if "dc+sd-jwt" not in formats:
        return
    algorithms = formats.members("dc+sd-jwt")
    for name in ("sd-jwt_alg_values", "kb-jwt_alg_values"):
        if name in algorithms and "ES256" not in algorithms.strings(name):
            raise MalformedError("the service does not read our signatures", code="vp_formats_not_supported")
