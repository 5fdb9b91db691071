"""What the citizen is asked before anything is sent: who, what, why, by which law, how long it is kept.

The list of what would be told is read off the very presentation that would be sent, not off the request.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from protocol.registration.certificate import RegisteredNeed, RegistrationCertificate
from protocol.registration.public_register import Language, question_address
from protocol.sd_jwt.paths import Path
from protocol.sd_jwt_vc import parse_sd_jwt_vc
from protocol.sd_jwt_vc.type_metadata import TypeMetadata
from wallet.holder.receipt import attributes_of
from wallet.holder.words import (
    Words,
    attribute_label,
    attribute_values,
    claim_title,
    in_type_order,
    is_at,
    words_of,
)

LANGUAGES: tuple[Language, Language] = ("en", "cy")


@dataclass(frozen=True)
class ToldAttribute:
    """One value that would be told; `reason` is why the service needs it, where that was registered."""

    path: Path
    label: Words
    value: str
    reason: Words | None


@dataclass(frozen=True)
class ToldClaim:
    """One claim that would be shown: the statement itself, who vouches, and the details told with it."""

    vct: str
    title: Words
    issuer: Words
    attributes: tuple[ToldAttribute, ...]
    copies_left: int  # after this one


@dataclass(frozen=True)
class Terms:
    """On which terms a service asks, as the authority registered them."""

    question: str  # id@version
    asks_about: Words
    purpose: Words
    law: Words
    retention: Words
    retention_days: int
    privacy_policy: str
    contact: str | None  # how to reach the service
    objection: Words | None  # how to object
    complaints: str  # how to reach the supervisory authority
    register: Words | None  # where everybody can read what was approved


@dataclass(frozen=True)
class ConsentRequest:
    """Everything a citizen needs to decide; `terms` None means that nobody registered this question."""

    service: Words
    organisation_id: str
    answer_goes_to: str  # the host
    terms: Terms | None
    claims: tuple[ToldClaim, ...]


Consent = Callable[[ConsentRequest], bool]


def told_claim(
    presentation: str,
    *,
    metadata: TypeMetadata | None,
    issuer: Words,
    copies_left: int,
    needs: Sequence[RegisteredNeed],
) -> ToldClaim:
    """What this presentation tells, in words; `needs` is why, as registered."""
    parsed = parse_sd_jwt_vc(presentation)
    values = in_type_order(attribute_values(attributes_of(parsed.claims)), metadata)
    return ToldClaim(
        vct=parsed.vct,
        title=claim_title(metadata, parsed.vct),
        issuer=issuer,
        attributes=tuple(
            ToldAttribute(path, attribute_label(metadata, path), value, _reason(path, needs))
            for path, value in values
        ),
        copies_left=copies_left,
    )


def _reason(path: Path, needs: Sequence[RegisteredNeed]) -> Words | None:
    """The reason for this very attribute, or for what it is part of."""
    fitting = [one for one in needs if is_at(one.path, path[: len(one.path)])]
    return words_of(max(fitting, key=lambda one: len(one.path)).reason) if fitting else None


def terms_of(registration: RegistrationCertificate) -> Terms:
    """The terms in a verified registration certificate."""
    authority = registration.supervisory_authority
    return Terms(
        question=registration.intended_use_id,
        asks_about=words_of(registration.service_description),
        purpose=words_of(registration.purpose),
        law=words_of(registration.law),
        retention=words_of(registration.retention),
        retention_days=registration.retention_days,
        privacy_policy=registration.privacy_policy,
        contact=_contact(registration),
        objection=words_of(registration.objection) if registration.objection else None,
        complaints=", ".join(one for one in (authority.email, authority.phone, authority.uri) if one),
        register=_register(registration),
    )


def _contact(registration: RegistrationCertificate) -> str | None:
    """How to reach the service, for people to read: an address of the web keeps its scheme."""
    address = (registration.support_uri or "").removeprefix("mailto:").removeprefix("tel:")
    return ", ".join(filter(None, [address, registration.support_phone])) or None


def _register(registration: RegistrationCertificate) -> Words | None:
    pages = [
        question_address(
            registration.registry_uri,
            subject=registration.subject,
            reference=registration.intended_use_id,
            language=language,
        )
        for language in LANGUAGES
    ]
    return Words(pages[0], pages[1]) if pages[0] and pages[1] else None


def consent_as_dict(request: ConsentRequest) -> Mapping[str, Any]:
    """The same for machines."""
    terms = request.terms
    return {
        "service": request.service.as_dict(),
        "organisation_id": request.organisation_id,
        "answer_goes_to": request.answer_goes_to,
        "terms": None if terms is None else _terms_as_dict(terms),
        "claims": [_claim_as_dict(claim) for claim in request.claims],
    }


def _terms_as_dict(terms: Terms) -> Mapping[str, Any]:
    return {
        "question": terms.question,
        "asks_about": terms.asks_about.as_dict(),
        "purpose": terms.purpose.as_dict(),
        "law": terms.law.as_dict(),
        "retention": terms.retention.as_dict(),
        "retention_days": terms.retention_days,
        "privacy_policy": terms.privacy_policy,
        "contact": terms.contact,
        "objection": terms.objection.as_dict() if terms.objection else None,
        "complaints": terms.complaints,
        "register": terms.register.as_dict() if terms.register else None,
    }


def _claim_as_dict(claim: ToldClaim) -> Mapping[str, Any]:
    return {
        "vct": claim.vct,
        "title": claim.title.as_dict(),
        "issuer": claim.issuer.as_dict(),
        "disclosed": [
            {
                "path": list(one.path),
                "label": one.label.as_dict(),
                "value": one.value,
                "reason": one.reason.as_dict() if one.reason else None,
            }
            for one in claim.attributes
        ],
        "copies_left": claim.copies_left,
    }
