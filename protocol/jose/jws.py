"""JWS in compact serialisation with ES256 (RFC 7515 §3.1, §5; RFC 7518 §3.4; RFC 8725 §3).

The caller fixes the algorithm and the type; the token never chooses. A signature is parsed first and verified
under a key that the caller found trustworthy second, so the unverified header can be used to find that key.
"""

from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache, partial
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from protocol.encoding import b64_decode, b64_encode, b64url_decode, b64url_encode, json_dumps, json_object
from protocol.errors import LocalError, MalformedError
from protocol.keys import ES256, PublicKey, SigningKey

MAX_BYTES: Final = 64 * 1024
MAX_HEADER_BYTES: Final = 16 * 1024
MAX_SIGNED: Final = 1 << 24  # whoever parsed it set the bound
MAX_CERTIFICATES: Final = 8
_OWN_MEMBERS: Final = frozenset({"alg", "typ", "x5c", "jwk", "kid", "crit", "b64"})


class UnverifiedJws(NamedTuple):
    """A well-formed JWS whose signature nobody has checked yet; `x5c` is DER, leaf first, or empty."""

    header: Mapping[str, Any]
    payload: dict[str, Any]
    signing_input: bytes
    signature: bytes
    x5c: tuple[bytes, ...]

    @property
    def payload_bytes(self) -> bytes:
        """The payload exactly as it was signed."""
        return b64url_decode(self.signing_input.partition(b".")[2].decode("ascii"), max_bytes=MAX_SIGNED)


# What `UnverifiedJws(…)` does, without a function of Python's between.
_unverified = partial(tuple.__new__, UnverifiedJws)


def create_jws(
    payload: Mapping[str, Any] | bytes,
    key: SigningKey,
    *,
    typ: str,
    x5c: Sequence[bytes] = (),
    jwk: PublicKey | None = None,
    kid: str | None = None,
    header: Mapping[str, Any] | None = None,
) -> str:
    """Sign a payload: `x5c` is DER, leaf first; `header` adds further members; raises LocalError."""
    common = (key.algorithm, typ, tuple(x5c), jwk, kid)
    encoded = _encode_members(_members(*common) | _further(header)) if header else _encode_common(*common)
    body = payload if isinstance(payload, bytes) else json_dumps(payload)
    signing_input = f"{encoded}.{b64url_encode(body)}"
    return f"{signing_input}.{b64url_encode(key.sign(signing_input.encode()))}"


def parse_jws(
    compact: str, *, expected_typ: str | Collection[str], max_bytes: int = MAX_BYTES
) -> UnverifiedJws:
    """Take a compact JWS with a JSON object apart and check its header; raises MalformedError."""
    if not isinstance(compact, str) or len(compact) > max_bytes:
        raise MalformedError("a JWS must be a string of bounded size", code="too_large")
    signed, _, signature = compact.rpartition(".")
    encoded_header, dot, encoded_payload = signed.partition(".")
    if not dot or "." in encoded_payload:  # RFC 7515 §5.2 step 1
        raise MalformedError("a compact JWS has three parts", code="bad_jws")
    header, x5c = _parse_header(encoded_header)
    if header.get("typ") != expected_typ:  # the usual case needs no more than this
        check_typ(header, expected_typ)
    payload = json_object(b64url_decode(encoded_payload, max_bytes=max_bytes), max_bytes=max_bytes)
    return _unverified((header, payload, signed.encode(), b64url_decode(signature), x5c))


def verify_jws(jws: UnverifiedJws, key: PublicKey) -> dict[str, Any]:
    """Check the signature under `key` and give the payload; raises SignatureError."""
    key.verify(jws.signature, jws.signing_input)  # RFC 7515 §5.2 step 8
    return jws.payload


# A signer's headers are all the same, so equal text is decoded once: the result depends on nothing else.
@lru_cache(maxsize=256)
def _parse_header(encoded: str) -> tuple[Mapping[str, Any], tuple[bytes, ...]]:
    header = json_object(b64url_decode(encoded, max_bytes=MAX_HEADER_BYTES))  # RFC 7515 §5.2 steps 2 to 4
    if header.get("alg") != ES256:  # RFC 8725 §3.1: never the token's choice
        raise MalformedError("the algorithm must be ES256", code="bad_algorithm")
    if "crit" in header:  # RFC 7515 §4.1.11: we understand no extension, so any is refused
        raise MalformedError("critical header extensions are not understood", code="unknown_critical")
    if not isinstance(header.get("typ", ""), str):  # RFC 7515 §4.1.9
        raise MalformedError("typ must be a string", code="bad_typ")
    if not isinstance(header.get("kid", ""), str):  # RFC 7515 §4.1.4
        raise MalformedError("kid must be a string", code="bad_header")
    return MappingProxyType(header), _certificates(header)


def check_typ(header: Mapping[str, Any], expected_typ: str | Collection[str]) -> None:
    """Require the media type, with or without "application/" (RFC 7515 §4.1.9, RFC 8725 §3.11)."""
    typ = header.get("typ")
    if not isinstance(typ, str):
        raise MalformedError("the header must name its type", code="bad_typ")
    expected = (expected_typ,) if isinstance(expected_typ, str) else expected_typ
    if typ not in expected and _media_type(typ) not in map(_media_type, expected):
        raise MalformedError("the token is of another type", code="bad_typ")


def _media_type(typ: str) -> str:
    # RFC 7515 §4.1.9: a value without "/" stands for "application/" and itself. RFC 2045 §5.1: any case.
    return typ.lower() if "/" in typ else f"application/{typ.lower()}"


def _certificates(header: Mapping[str, Any]) -> tuple[bytes, ...]:
    encoded = header.get("x5c")
    if encoded is None and "x5c" not in header:
        return ()
    if not isinstance(encoded, list) or not 1 <= len(encoded) <= MAX_CERTIFICATES:
        raise MalformedError("x5c must be a short array of certificates", code="bad_x5c")
    return tuple(map(b64_decode, encoded))


# For the same reason: an issuer writes one header again and again.
@lru_cache(maxsize=64)
def _encode_common(
    algorithm: str, typ: str, x5c: tuple[bytes, ...], jwk: PublicKey | None, kid: str | None
) -> str:
    return _encode_members(_members(algorithm, typ, x5c, jwk, kid))


def _members(
    algorithm: str, typ: str, x5c: tuple[bytes, ...], jwk: PublicKey | None, kid: str | None
) -> dict[str, Any]:
    members: dict[str, Any] = {"alg": algorithm, "typ": typ}
    if kid is not None:
        members["kid"] = kid
    if x5c:
        members["x5c"] = [b64_encode(certificate) for certificate in x5c]  # RFC 7515 §4.1.6: not base64url
    if jwk is not None:
        members["jwk"] = jwk.to_jwk()
    return members


def _further(header: Mapping[str, Any]) -> dict[str, Any]:
    if not _OWN_MEMBERS.isdisjoint(header):
        raise LocalError("a header member has its own argument")
    return dict(header)


def _encode_members(members: Mapping[str, Any]) -> str:
    return b64url_encode(json_dumps(members))
