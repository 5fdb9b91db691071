"""Registration certificate: ETSI TS 119 475 v1.2.1 clause 5.2, the registrar's word on one question.

It travels in a request's `verifier_info` (OpenID4VP 1.0 §5.1). Members beginning with `pdx_` are ours: the
law and the retention, which the wallet shows, and which claims may be asked for together, which it enforces.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from cryptography import x509

from protocol.dcql.paths import Path, parse_path
from protocol.encoding import json_dumps, json_object
from protocol.errors import (
    BindingError,
    MalformedError,
    ProtocolError,
    StatusError,
    UnsatisfiedError,
    UntrustedError,
    ValidityError,
)
from protocol.jose.jws import UnverifiedJws, create_jws, parse_jws, verify_jws
from protocol.keys import SigningKey
from protocol.members import Members
from protocol.registration.question import AskedClaim, Question
from protocol.transparency import Entry, Event, LogKey, VerifiedCheckpoints, verify_one_logged
from protocol.trust_list.chains import VerifiedChains
from protocol.x509 import Profile

REGISTRATION_TYP: Final = "rc-wrp+jwt"  # clause 5.2.2 Table 5
#: Our own header parameter (RFC 7515 §4.3): the proof can't be in the payload that it is about.
LOG_PROOF: Final = "pdx_log_proof"
VERIFIER_INFO_FORMAT: Final = "registration_cert"
SERVICE_PROVIDER: Final = "https://uri.etsi.org/19475/Entitlement/Service_Provider"  # clause A.2

MAX_CERTIFICATE_BYTES: Final = 131_072
MAX_LIFETIME: Final = 366 * 86_400  # seconds; clause 5.2.4 GEN-5.2.4-08: twelve months
CLOCK_SKEW: Final = 60  # seconds

_CODE: Final = "invalid_registration_certificate"

Words = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class RegisteredCredential:
    """A kind of credential the service may ask for, and which claims of it (clause 5.2.4 Table 9)."""

    format: str
    vct_values: frozenset[str]
    paths: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class SupervisoryAuthority:
    """To whom a citizen complains (clause 5.2.4); at least one way to reach it."""

    email: str | None
    phone: str | None
    uri: str | None


@dataclass(frozen=True, slots=True)
class RegisteredNeed:
    """Why an attribute is needed, of whichever claim carries it."""

    path: Path
    reason: Words = field(hash=False)


@dataclass(frozen=True, slots=True)
class RegistrationCertificate:
    """A verified registration; words are by language (`en`, `cy`), times in Unix seconds.

    Each of `alternatives` lists positions in `credentials` that may be asked for together. `support_phone` is
    another way to reach the service than `support_uri`. `objection` and `needs` are what a proposal says
    besides. A registration from before there were any of these has none.
    """

    subject: str
    name: str
    country: str
    intended_use_id: str
    entitlements: tuple[str, ...]
    service_description: Words = field(hash=False)
    purpose: Words = field(hash=False)
    law: Words = field(hash=False)
    retention_days: int
    retention: Words = field(hash=False)
    credentials: tuple[RegisteredCredential, ...]
    alternatives: tuple[tuple[int, ...], ...]
    privacy_policy: str
    registry_uri: str
    info_uri: str | None
    support_uri: str | None
    support_phone: str | None
    supervisory_authority: SupervisoryAuthority
    issued_at: int
    expires_at: int
    objection: Words | None = field(hash=False)
    needs: tuple[RegisteredNeed, ...]


def write_registration(
    question: Question,
    *,
    subject: str,
    name: str,
    registry_uri: str,
    info_uri: str,
    now: int,
    expires_at: int,
    country: str = "GB",
) -> bytes:
    """What the registrar says: the service `subject` (an organisation_id) may ask `question`.

    These bytes are logged (`Event.REGISTRATION`), then signed as they are.
    """
    if not now < expires_at <= now + MAX_LIFETIME:
        raise MalformedError("a registration lasts at most twelve months", code=_CODE)
    payload: dict[str, Any] = {
        "name": name,
        "sub": subject,
        "country": country,
        "registry_uri": registry_uri,
        "srv_description": [question.title.languages()],
        "entitlements": [SERVICE_PROVIDER],
        "privacy_policy": question.privacy_policy,
        "info_uri": info_uri,
        "support_uri": _support_uri(question),
        "supervisory_authority": question.supervisory_authority.model_dump(
            exclude_none=True, include={"email", "phone", "uri"}
        ),
        "intended_use_id": question.reference,
        "purpose": question.purpose.languages(),
        "credentials": [_registered(one) for one in question.asked_claims()],
        "pdx_alternatives": _written_alternatives(question),
        "pdx_law": question.law.languages(),
        "pdx_retention": {"days": question.retention.days, "text": question.retention.text.languages()},
        **_written_phone(question),
        **_written_reasons(question),
        "public_body": True,
        "iat": now,
        "exp": expires_at,
    }
    return json_dumps(payload)


def check_registration(payload: bytes) -> None:
    """Raises ProtocolError for what `write_registration` gave if no wallet would take it, or no log.

    To be asked before it is logged: what stands in the log stands there for good.
    """
    read_registration(Members(json_object(payload), code=_CODE, name="the registration"))
    bytes(Entry(Event.REGISTRATION.value, payload))


def sign_registration(
    payload: bytes, key: SigningKey, *, x5c: Sequence[bytes], log_proof: str | None = None
) -> str:
    """The registration certificate; `log_proof` says that `payload` is in the log (C2SP tlog-proof v1).

    Only a registrar whose network has no log leaves it out.
    """
    header = None if log_proof is None else {LOG_PROOF: log_proof}
    return create_jws(payload, key, typ=REGISTRATION_TYP, x5c=x5c, header=header)


def _support_uri(question: Question) -> str:
    contact = question.contact
    return f"mailto:{contact.email}" if contact.email else f"tel:{(contact.phone or '').replace(' ', '')}"


def _written_phone(question: Question) -> dict[str, Any]:
    # `support_uri` is one address in Table 7, and where there is an email that is it
    contact = question.contact
    return {"pdx_support_phone": contact.phone} if contact.email and contact.phone else {}


def _registered(asked: AskedClaim) -> dict[str, Any]:
    # Table 9 calls the member `claim`, where DCQL has `claims`
    claims = [{"path": list(path)} for path in asked.all_attributes]
    return {"format": "dc+sd-jwt", "meta": {"vct_values": [asked.claim]}, "claim": claims}


def _written_reasons(question: Question) -> dict[str, Any]:
    # Clause 5.2.4 has no member for these; a reader passes over what it does not know
    reasons = {
        "pdx_purpose_code": question.purpose_code,
        "pdx_channels": list(question.channels),
        "pdx_objection": question.objection and question.objection.languages(),
        "pdx_match": question.match
        and {"needed": question.match.needed, "reason": question.match.reason.languages()},
        "pdx_needs": [
            {"path": list(need.attribute), "reason": need.reason.languages()} for need in question.needs
        ],
    }
    return {name: value for name, value in reasons.items() if value}


def _written_alternatives(question: Question) -> list[list[int]]:
    positions = {one: position for position, one in enumerate(question.asked_claims())}
    return [sorted({positions[one] for one in alternative.all_of}) for alternative in question.any_of]


def verify_registration_certificate(
    compact: str,
    *,
    anchors: Sequence[x509.Certificate],
    log_keys: Sequence[LogKey],
    now: int,
    expected_subject: str,
) -> RegistrationCertificate:
    """The registration of the service `expected_subject`; raises RemoteError. Establishes, in order, that

    1. it is a registration certificate signed by a registrar that `anchors` vouch for;
    2. it is current, and claims no longer life than a registration may have;
    3. it is this service's (clause 5.2.4: `sub` is what the access certificate names);
    4. it says everything a citizen must be told;
    5. nobody has to be asked whether it still holds: our registrar withdraws a service by the trust list, and
       a `status` (Table 7) that is not looked up must not count as a good one;
    6. it was approved in public: a log of the network's (`log_keys`, from the trust list) has it.

    A network that names no log has nothing to be looked for.
    """
    one = RegistrationVerifier(anchors=anchors, log_keys=log_keys)
    return one.verify(compact, now=now, expected_subject=expected_subject)


class RegistrationVerifier:
    """Verifies the registrations of one network: what many have in common is verified once.

    Remembered are the registrar's chain, until a certificate of it ends, and the log's newest checkpoint.
    """

    def __init__(self, *, anchors: Sequence[x509.Certificate], log_keys: Sequence[LogKey]) -> None:
        self._chains = VerifiedChains(anchors)
        self._checkpoints = VerifiedCheckpoints(log_keys) if log_keys else None

    def verify(self, compact: str, *, now: int, expected_subject: str) -> RegistrationCertificate:
        """The registration, as `verify_registration_certificate` establishes it; raises RemoteError."""
        jws = parse_jws(compact, expected_typ=REGISTRATION_TYP, max_bytes=MAX_CERTIFICATE_BYTES)  # Table 5
        registrar = self._chains.verify(jws.x5c, now=now, profile=Profile.REGISTRAR)
        payload = Members(verify_jws(jws, registrar.public_key), code=_CODE, name="the registration")
        certificate = read_registration(payload)
        _check_current(certificate, now=now)
        if certificate.subject != expected_subject:  # step 3
            raise BindingError("the registration is another service's", code="registration_subject")
        if "status" in payload:  # step 5
            raise StatusError("the registration's status can't be told", code="registration_status")
        if self._checkpoints is not None:  # step 6
            _check_logged(jws, self._checkpoints)
        return certificate


def _check_logged(jws: UnverifiedJws, checkpoints: VerifiedCheckpoints) -> None:
    proof = jws.header.get(LOG_PROOF)
    if not isinstance(proof, str):
        raise UntrustedError("the registration was not approved in public", code="registration_not_logged")
    entry = Entry(Event.REGISTRATION.value, jws.payload_bytes)
    try:
        verify_one_logged(bytes(entry), proof, checkpoints=checkpoints)
    except ProtocolError as error:
        text = "the registration's place in the log can't be confirmed"
        raise UntrustedError(text, code="registration_not_logged") from error


def _check_current(certificate: RegistrationCertificate, *, now: int) -> None:
    if certificate.issued_at > now + CLOCK_SKEW:
        raise ValidityError("the registration is from the future", code="not_yet_valid")
    if certificate.expires_at <= now:
        raise ValidityError("the registration has expired", code="expired")
    if certificate.expires_at - certificate.issued_at > MAX_LIFETIME:  # GEN-5.2.4-08
        raise ValidityError("the registration lasts too long", code="lifetime")


def read_registration(payload: Members) -> RegistrationCertificate:
    """What a registration says; raises MalformedError where it does not say everything.

    Checks no signature and no time: for who knows whose word it is, as the registrar in its own log.
    """
    retention = payload.members("pdx_retention")
    credentials = payload.array("credentials", _credential)
    return RegistrationCertificate(
        subject=payload.string("sub", limit=256),
        name=payload.string("name"),
        country=payload.string("country", limit=2),
        intended_use_id=payload.string("intended_use_id", limit=256),
        entitlements=_entitlements(payload),
        service_description=_description(payload),
        purpose=_words(payload, "purpose"),
        law=_words(payload, "pdx_law"),
        retention_days=retention.integer("days", high=36_600),
        retention=_words(retention, "text"),
        credentials=credentials,
        alternatives=_alternatives(payload, len(credentials)),
        privacy_policy=payload.url("privacy_policy", fragment=True),
        registry_uri=payload.url("registry_uri", fragment=True),
        info_uri=payload.optional_url("info_uri"),
        support_uri=payload.optional_string("support_uri"),
        support_phone=payload.optional_string("pdx_support_phone"),
        supervisory_authority=_supervisory_authority(payload),
        issued_at=payload.integer("iat"),
        expires_at=payload.integer("exp"),
        objection=_words(payload, "pdx_objection") if "pdx_objection" in payload else None,
        needs=tuple(_need(one) for one in payload.all_members("pdx_needs")) if "pdx_needs" in payload else (),
    )


def _entitlements(payload: Members) -> tuple[str, ...]:
    entitlements = payload.strings("entitlements")
    if SERVICE_PROVIDER not in entitlements:  # GEN-5.2.4-03
        raise payload.wrong("the registration does not entitle to ask")
    return entitlements


def _description(payload: Members) -> dict[str, str]:
    # Table 7: an array of arrays, one inner array for each service described; ours describe one
    return payload.array("srv_description", lambda one: _words(_holder(one), "words"))[0]


def _holder(value: object) -> Members:
    return Members({"words": value}, code=_CODE)


def _words(holder: Members, name: str) -> dict[str, str]:
    return {one.string("lang", limit=35): one.string("value") for one in holder.all_members(name)}


def _credential(value: object) -> RegisteredCredential:
    one = Members(value, code=_CODE, name="credentials")
    # a list that is there but empty registers no claim; the bare claim may be asked
    claims = one.all_members("claim") if one.raw.get("claim") else ()
    return RegisteredCredential(
        format=one.string("format"),
        vct_values=frozenset(one.members("meta").strings("vct_values")),
        paths=tuple(parse_path(claim.raw.get("path")) for claim in claims),
    )


def _need(one: Members) -> RegisteredNeed:
    return RegisteredNeed(parse_path(one.raw.get("path")), _words(one, "reason"))


def _alternatives(payload: Members, number: int) -> tuple[tuple[int, ...], ...]:
    if "pdx_alternatives" not in payload:  # a registrar that knows no alternatives allows everything together
        return (tuple(range(number)),)

    def position(value: object) -> int:
        return Members({"position": value}, code=_CODE).integer("position", high=number - 1)

    return payload.array(
        "pdx_alternatives", lambda one: Members({"positions": one}, code=_CODE).array("positions", position)
    )


def _supervisory_authority(payload: Members) -> SupervisoryAuthority:
    authority = payload.members("supervisory_authority")
    found = SupervisoryAuthority(
        email=authority.optional_string("email"),
        phone=authority.optional_string("phone"),
        uri=authority.optional_string("uri"),
    )
    if found.email is None and found.phone is None and found.uri is None:
        raise payload.wrong("the supervisory authority cannot be reached")
    return found


def find_registration(statements: Sequence[Any]) -> str:
    """The registration among the `registration_cert` statements of a request; raises when not exactly one."""
    found = [one for one in statements if isinstance(one, str)]
    if len(found) != 1:
        raise UnsatisfiedError("the service shows no registration", code="registration_missing")
    return found[0]
