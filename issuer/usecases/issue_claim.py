"""Issuing the copies of a claim: OpenID4VCI 1.0 §8.

It establishes, in this order:
1. the access token is ours, has not expired and is bound to the DPoP key that the request came with (the
   route checks the DPoP proof itself);
2. the request names one credential that the token is good for;
3. each proof holds: its signature, its audience, its time, its nonce; no key twice, no more than a batch.
   So far nothing is used up; if our own certificates have run out, it ends here and may be tried again;
4. the nonces are spent, one of the token's requests is taken, each copy has its place in a status list:
   in one unit of work, of which exactly one of several with the same nonce succeeds;
5. the register, read only now, still says yes. A revocation between 4 and 5 finds the copies; one before
   4 changed the register first, and 5 sees that.

Then the copies are signed. If the register says no, the places are freed and nothing is issued.
"""

from dataclasses import dataclass
from datetime import date

from issuer.calendar import HOUR, end_of, start_of, today_of
from issuer.definitions.fields import Record, Value
from issuer.definitions.load import ClaimType
from issuer.definitions.model import ClaimDefinition
from issuer.deps import Deps
from issuer.records import holds, last_day, read_again
from issuer.registers.connector import RegisterUnavailable
from issuer.store import (
    AccessToken,
    OfferedClaim,
    find_token,
    offered_claims,
    remove_copies,
    take_request,
)
from issuer.usecases.give_nonce import check_nonce, spend_nonce
from issuer.usecases.place_copies import Issue, reference, take_places
from issuer.usecases.watch_certificates import CertificateEnded, check_certificates
from protocol.keys import PublicKey
from protocol.openid4vci.credential import CredentialRequest, CredentialResponse
from protocol.openid4vci.errors import CredentialError
from protocol.openid4vci.proof import verify_proofs
from protocol.sd_jwt_vc import create_sd_jwt_vc
from protocol.status_list import StatusReference

Place = tuple[int, int]


class TokenRefused(Exception):
    """The access token is not one that a credential is issued for: RFC 6750 §3.1 invalid_token."""


class ScopeRefused(Exception):
    """The access token is good for other credentials than the one named: RFC 6750 §3.1 insufficient_scope."""


@dataclass(frozen=True)
class _Wanted:
    """A checked request: which claim of which offer, and the keys to bind its copies to."""

    claim_type: ClaimType
    claim: OfferedClaim
    keys: tuple[PublicKey, ...]
    nonces: dict[str, int]


def authorize(deps: Deps, access_token: str, *, jkt: str | None) -> AccessToken:
    """Finds the row of an access token that came with the DPoP key `jkt`; raises TokenRefused."""
    with deps.database.reading() as session:
        found = find_token(session, access_token, now=deps.clock.now())
    # RFC 9449 §7.1: a bound token needs its key; a token without one must not pretend to be bound
    if found is None or found.jkt != jkt:
        raise TokenRefused
    return found


def issue_claim(deps: Deps, token: AccessToken, request: CredentialRequest) -> CredentialResponse:
    """Issues one copy for each proven key.

    Raises CredentialError, ScopeRefused, RegisterUnavailable, CertificateEnded.
    """
    wanted = _check_request(deps, token, request)
    _check_certificates(deps)
    places = _reserve(deps, wanted)
    try:
        record = _read_record(deps, wanted)
    except (CredentialError, RegisterUnavailable) as refusal:
        _free(deps, places)
        if isinstance(refusal, RegisterUnavailable):
            name = wanted.claim.configuration_id
            deps.log.error("register_unavailable", claim_type=name, reason=refusal.reason)
        raise
    copies = tuple(
        _sign(deps, wanted.claim_type, record, key, reference(deps, place))
        for key, place in zip(wanted.keys, places, strict=True)
    )
    deps.log.info("claim_issued", claim_type=wanted.claim.configuration_id, copies=len(copies))
    return CredentialResponse(copies)


def _check_certificates(deps: Deps) -> None:
    try:
        check_certificates(deps)
    except CertificateEnded as ended:
        deps.log.error("certificate_ended", kind=ended.name)
        raise


def _check_request(deps: Deps, token: AccessToken, request: CredentialRequest) -> _Wanted:
    if request.credential_identifier is not None:  # §8.2: our token responses name none
        raise CredentialError("unknown_credential_identifier", "the credential identifier is not known")
    name = request.credential_configuration_id or ""
    claim_type = deps.claim_type(name)
    if claim_type is None:
        raise CredentialError("unknown_credential_configuration", "the credential is not known")
    with deps.database.reading() as session:
        offered = {claim.configuration_id: claim for claim in offered_claims(session, token.offer_id)}
    if name not in offered:
        raise ScopeRefused
    keys, nonces = _check_proofs(deps, token, request, claim_type.definition)
    return _Wanted(claim_type, offered[name], keys, nonces)


def _check_proofs(
    deps: Deps, token: AccessToken, request: CredentialRequest, definition: ClaimDefinition
) -> tuple[tuple[PublicKey, ...], dict[str, int]]:
    nonces: dict[str, int] = {}

    def check(nonce: str) -> None:
        nonces[nonce] = check_nonce(deps, nonce)

    keys = verify_proofs(
        request.proofs,
        expected_audience=deps.issuer,
        check_nonce=check,
        now=deps.clock.now(),
        max_batch=definition.batch_size,
        expected_client_id=token.client_id,
    )
    return keys, nonces


def _reserve(deps: Deps, wanted: _Wanted) -> list[Place]:
    definition = wanted.claim_type.definition
    issue = Issue(
        configuration_id=wanted.claim.configuration_id,
        record_key=wanted.claim.record_key,
        expires_at=_latest_end(definition, today_of(deps.clock.now())),
    )
    with deps.database.unit() as session:
        if not all(spend_nonce(session, *one) for one in sorted(wanted.nonces.items())):
            raise CredentialError("invalid_nonce", "the nonce was used already")
        if not take_request(session, wanted.claim.offer_id, wanted.claim.configuration_id):
            raise CredentialError("credential_request_denied", "no more copies; ask for a new offer")
        places = take_places(deps, session, issue, len(wanted.keys))
        session.commit()
    return places


def _free(deps: Deps, places: list[Place]) -> None:
    with deps.database.unit() as session:
        remove_copies(session, places)
        session.commit()


def _read_record(deps: Deps, wanted: _Wanted) -> Record:
    definition = wanted.claim_type.definition
    today = today_of(deps.clock.now())
    record = read_again(definition, deps.registers[definition.register_.name], wanted.claim.record_key)
    if record is None or not definition.is_effective(today) or not holds(wanted.claim_type, record, today):
        deps.log.info("claim_denied", claim_type=definition.configuration_id)
        raise CredentialError("credential_request_denied", "the register does not say yes any more")
    return record


def _sign(deps: Deps, claim_type: ClaimType, record: Record, key: PublicKey, status: StatusReference) -> str:
    now, definition, signer = deps.clock.now(), claim_type.definition, deps.claims_signer.current()
    attributes = [d for d in definition.disclose.all if record[d.field] is not None]
    claims: dict[str, object] = {
        "iss": deps.issuer,  # optional beside x5c (SD-JWT VC draft 13 §3.2.2.2), but many verifiers want it
        "iat": _issued_at(definition, now),
        # no longer than the certificates that vouch for it: beyond them nobody would take it
        "exp": min(_expires_at(definition, record, today_of(now)), signer.ends_at),
        "vct": definition.vct,
        "vct#integrity": claim_type.integrity,
        "status": status.to_claim(),
    }
    for disclosed in attributes:
        _put(claims, disclosed.path, _written(record[disclosed.field]))
    open_paths = {d.path for d in definition.disclose.always}
    return create_sd_jwt_vc(
        claims=claims,
        disclosable=[d.path for d in attributes if d.path not in open_paths],
        signing_key=signer.key,
        x5c=signer.x5c,
        holder_key=key,
        random=deps.random.bytes,
        decoys=definition.decoys,
    )


def _issued_at(definition: ClaimDefinition, now: int) -> int:
    """Rounded down, so that the copies of a batch, and of many people, have it in common."""
    return now - now % HOUR if definition.validity.rounding == "hour" else start_of(today_of(now))


def _latest_end(definition: ClaimDefinition, today: date) -> int:
    return start_of(today) + definition.validity.days * 86_400 + HOUR


def _expires_at(definition: ClaimDefinition, record: Record, today: date) -> int:
    """The end of the last day of validity, or of the record's own last day if that is earlier."""
    end = date.fromordinal(today.toordinal() + definition.validity.days - 1)
    return end_of(min(end, last_day(definition, record) or end))


def _put(claims: dict[str, object], path: tuple[str, ...], value: object) -> None:
    inner = claims
    for step in path[:-1]:
        inner = inner.setdefault(step, {})  # type: ignore[assignment]
    inner[path[-1]] = value


def _written(value: Value) -> object:
    return value.isoformat() if isinstance(value, date) else value
