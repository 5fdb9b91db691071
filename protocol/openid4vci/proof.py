"""The `jwt` proof that a wallet holds a key: OpenID4VCI 1.0 §8.2 and Appendix F.1.

Of the ways to name the key only `jwk` is accepted: `kid` would have to be resolved somewhere and an `x5c`
would name the wallet to every issuer. A key attestation in the header proves nothing here and is ignored.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from protocol.errors import ProtocolError
from protocol.jose.dates import check_validity_dates, numeric_date
from protocol.jose.jws import UnverifiedJws, create_jws, parse_jws, verify_jws
from protocol.keys import PublicKey, SigningKey
from protocol.openid4vci.errors import CredentialError

PROOF_TYP: Final = "openid4vci-proof+jwt"
MAX_PROOF_BYTES: Final = 8192
MAX_AGE: Final = 300  # seconds, either side of now
CLOCK_SKEW: Final = 60  # seconds

CheckNonce = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class _Proof:
    key: PublicKey
    nonce: str


def create_proof(
    holder_key: SigningKey, *, audience: str, nonce: str | None, now: int, client_id: str | None = None
) -> str:
    """A proof for the issuer `audience`; `client_id` stays None where the token was had anonymously."""
    payload: dict[str, Any] = {"aud": audience, "iat": now}
    if nonce is not None:
        payload["nonce"] = nonce
    if client_id is not None:
        payload["iss"] = client_id
    return create_jws(payload, holder_key, typ=PROOF_TYP, jwk=holder_key.public_key)


def verify_proofs(
    proofs: Sequence[str],
    *,
    expected_audience: str,
    check_nonce: CheckNonce,
    now: int,
    max_batch: int = 1,
    expected_client_id: str | None = None,
    max_age: int = MAX_AGE,
) -> tuple[PublicKey, ...]:
    """The keys to bind credentials to, one a proof, in order; raises CredentialError.

    `check_nonce` is called once for each different nonce, after every signature holds, and raises for a nonce
    that is not ours, has expired or was spent; the error reaches the wallet as `invalid_nonce`.
    """
    if not 0 < len(proofs) <= max_batch:  # §12.2.4 batch_size
        raise CredentialError("invalid_proof", "the number of proofs is not supported")
    checked = [
        _verify(one, expected_audience, expected_client_id, now=now, max_age=max_age) for one in proofs
    ]
    keys = tuple(proof.key for proof in checked)
    if len(set(keys)) != len(keys):  # §8.3: each key is bound to at most one credential
        raise CredentialError("invalid_proof", "a key is proven twice")
    for nonce in dict.fromkeys(proof.nonce for proof in checked):
        _check_nonce(nonce, check_nonce)
    return keys


def _check_nonce(nonce: str, check_nonce: CheckNonce) -> None:
    try:
        check_nonce(nonce)
    except ProtocolError as error:
        raise CredentialError("invalid_nonce", "the nonce is not valid") from error


def _verify(proof: str, audience: str, client_id: str | None, *, now: int, max_age: int) -> _Proof:
    try:
        jws = parse_jws(proof, expected_typ=PROOF_TYP, max_bytes=MAX_PROOF_BYTES)
        key = _proven_key(jws)
        payload = verify_jws(jws, key)
        _check_time(payload, now=now, max_age=max_age)
    except CredentialError:
        raise
    except ProtocolError as error:
        raise CredentialError("invalid_proof", "a proof cannot be verified") from error
    _check_audience(payload, audience)
    _check_client(payload, client_id)
    return _Proof(key=key, nonce=_nonce(payload))


def _proven_key(jws: UnverifiedJws) -> PublicKey:
    # Appendix F.1: exactly one of the three; private members are refused by PublicKey.from_jwk
    named = [name for name in ("jwk", "kid", "x5c") if name in jws.header]
    if named != ["jwk"] or not isinstance(jws.header["jwk"], dict):
        raise CredentialError("invalid_proof", "a proof must carry its key as jwk")
    return PublicKey.from_jwk(jws.header["jwk"])


def _check_audience(payload: dict[str, Any], audience: str) -> None:
    if payload.get("aud") != audience:  # Appendix F.1 aud: a string, the Credential Issuer Identifier
        raise CredentialError("invalid_proof", "a proof is for another issuer")


def _check_client(payload: dict[str, Any], client_id: str | None) -> None:
    # Appendix F.1 iss: the client_id, and omitted where the token was had anonymously
    if "iss" in payload and (client_id is None or payload["iss"] != client_id):
        raise CredentialError("invalid_proof", "a proof is from another client")


def _check_time(payload: dict[str, Any], *, now: int, max_age: int) -> None:
    issued_at = numeric_date(payload, "iat")
    if issued_at is None:  # Appendix F.1 iat: REQUIRED
        raise CredentialError("invalid_proof", "a proof has no time")
    if abs(now - issued_at) > max_age:
        raise CredentialError("invalid_proof", "a proof is too old or from the future")
    check_validity_dates(payload, now=now, leeway=CLOCK_SKEW)  # RFC 7519 §4.1.4, §4.1.5: where they are there


def _nonce(payload: dict[str, Any]) -> str:
    nonce = payload.get("nonce")
    if not isinstance(nonce, str) or not nonce:  # §8.3.1.2: a proof without a c_nonce is an invalid proof
        raise CredentialError("invalid_proof", "a proof has no nonce")
    return nonce
