"""Reading an SD-JWT: everything taken apart and processed, no signature checked yet (RFC 9901 §7.1)."""

from collections.abc import Collection
from functools import partial
from typing import Any, NamedTuple

from protocol.errors import MalformedError
from protocol.jose.jws import UnverifiedJws, parse_jws, verify_jws
from protocol.keys import PublicKey
from protocol.sd_jwt.compact import MAX_COMPACT, CompactSdJwt, join_compact, split_compact
from protocol.sd_jwt.disclosure import Disclosure, parse_disclosure
from protocol.sd_jwt.paths import Path
from protocol.sd_jwt.process import ProcessedPayload, process_payload
from protocol.sd_jwt.select import select_disclosures


class UnverifiedSdJwt(NamedTuple):
    """An SD-JWT whose form is right and whose signature nobody has checked."""

    compact: CompactSdJwt
    jws: UnverifiedJws
    disclosures: tuple[Disclosure, ...]

    @property
    def unverified_payload(self) -> dict[str, Any]:
        """The issuer's payload with its digests, not yet processed."""
        return self.jws.payload


# What `UnverifiedSdJwt(…)` does, without a function of Python's between.
_unverified = partial(tuple.__new__, UnverifiedSdJwt)


def parse_sd_jwt(compact: str, *, expected_typ: str | Collection[str]) -> UnverifiedSdJwt:
    """Takes an SD-JWT or SD-JWT+KB apart (RFC 9901 §7.1 steps 1 to 3.a); raises MalformedError."""
    parts = split_compact(compact)
    jws = parse_jws(parts.issuer_jwt, expected_typ=expected_typ, max_bytes=MAX_COMPACT)
    return _unverified((parts, jws, tuple(map(parse_disclosure, parts.disclosures))))


def verify_sd_jwt(sd_jwt: UnverifiedSdJwt, issuer_key: PublicKey) -> ProcessedPayload:
    """Checks the issuer's signature and processes the disclosures (RFC 9901 §7.1 steps 2.b and 3 to 5).

    Whether the key is the issuer's (step 2.c) and whether the token is valid in time (step 6) is the
    caller's to check. Raises SignatureError or MalformedError.
    """
    payload = verify_jws(sd_jwt.jws, issuer_key)
    return process_payload(payload, sd_jwt.disclosures)


def present_sd_jwt(compact: str, *, paths: Collection[Path], expected_typ: str | Collection[str]) -> str:
    """Keeps of the holder's SD-JWT the disclosures that show `paths`, and no others (RFC 9901 §7.2).

    Raises MalformedError for an SD-JWT that is bound already, UnsatisfiedError for a path without a claim.
    """
    sd_jwt = parse_sd_jwt(compact, expected_typ=expected_typ)
    if sd_jwt.compact.key_binding_jwt is not None:  # §7.2: a holder never takes an SD-JWT+KB
        raise MalformedError("The SD-JWT has a key binding already", code="unexpected_key_binding")
    processed = process_payload(sd_jwt.unverified_payload, sd_jwt.disclosures)
    chosen = select_disclosures(processed, paths)
    return join_compact(sd_jwt.compact.issuer_jwt, [disclosure.encoded for disclosure in chosen])
