"""The register as JSON: one document for each question, member and claim type, and an index of all.

A page shows what its document says and nothing else. Times are ISO 8601 in UTC, words are in both languages.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from authority.member import Kind
from authority.public_register import addresses
from authority.public_register.history import Version
from authority.public_register.network import IN_FORCE, Network, Standing, Words
from protocol.dcql.paths import Path
from protocol.registration.certificate import RegistrationCertificate, SupervisoryAuthority
from protocol.registration.claim_type import Attribute, ClaimType
from protocol.transparency import Event

Document = dict[str, Any]


def question_document(network: Network, service: str, question: str, versions: Sequence[Version]) -> Document:
    """A question with everything that was approved under its name, the newest version first."""
    standing = network.question_standing(service, question, versions[-1])
    is_published = standing.state == IN_FORCE
    certificate = f"{network.base_url}/registrations/{service}/{question}.jwt" if is_published else None
    return {
        "schema": f"{network.base_url}/{addresses.QUESTION_SCHEMA}",
        "question": question,
        "service": _member(network, Kind.SERVICE, service),
        "standing": _standing(standing),
        "since": iso(versions[0].first.at),
        "pages": _pages(network, addresses.question_page, service, question),
        "data": f"{network.base_url}/{addresses.question_data(service, question)}",
        "certificate": certificate,
        "log": f"{network.base_url}/log",
        "versions": list(reversed([*_versions(network, versions)])),
        "happened": [*_happened(network, service, versions, standing)],
    }


def _versions(network: Network, versions: Sequence[Version]) -> Iterator[Document]:
    later = [*versions[1:], None]
    for version, next_one in zip(versions, later, strict=True):
        yield _version(network, version, until=next_one.first.at if next_one else None)


def _version(network: Network, version: Version, *, until: int | None) -> Document:
    terms = version.terms
    return {
        "version": version.number,
        "since": iso(version.first.at),
        "until": iso(until) if until is not None else None,
        "title": words(terms.service_description),
        "purpose": words(terms.purpose),
        "law": words(terms.law),
        "retention": {"days": terms.retention_days, "text": words(terms.retention)},
        "privacy_policy": terms.privacy_policy,
        "contact": terms.support_uri,
        "contact_phone": terms.support_phone,
        "supervisory_authority": _supervisor(terms.supervisory_authority),
        "any_of": [*_alternatives(network, terms)],
        "certificate_until": iso(terms.expires_at),
        "log": {"first": version.first.index, "newest": version.newest.index},
    }


def _supervisor(found: SupervisoryAuthority) -> Document:
    return {"email": found.email, "phone": found.phone, "uri": found.uri}


def _alternatives(network: Network, terms: RegistrationCertificate) -> Iterator[list[Document]]:
    """The ways to answer: of each, the claims that are needed together."""
    for positions in terms.alternatives:
        asked = [terms.credentials[at] for at in positions]
        yield [_asked(network, vct, one.paths) for one in asked for vct in sorted(one.vct_values)]


def _asked(network: Network, vct: str, paths: Sequence[Path]) -> Document:
    known = network.asked.get((vct, paths))
    if known is None:
        known = network.asked[vct, paths] = _described(network, vct, paths)
    return known


def _described(network: Network, vct: str, paths: Sequence[Path]) -> Document:
    claim_type = network.catalogue.get(vct)
    owner = claim_type.owner if claim_type else None
    return {
        "vct": vct,
        "title": _words_of(claim_type.title) if claim_type else None,
        "department": _member(network, Kind.DEPARTMENT, owner) if owner else None,
        "claim_type": claim_type.id if claim_type else None,
        "attributes": [_attribute(path, claim_type) for path in paths],
    }


def _attribute(path: Path, claim_type: ClaimType | None) -> Document:
    attributes: Sequence[Attribute] = claim_type.attributes if claim_type else ()
    found = next((one for one in attributes if one.path == path), None)
    return {"path": list(path), "title": _words_of(found.title) if found else None}


def _happened(
    network: Network, service: str, versions: Sequence[Version], standing: Standing
) -> Iterator[Document]:
    """What was decided about a question, and about its service since then; the oldest first."""
    told = [(one.first, {"event": "approval", "version": one.number}) for one in versions]
    for one in network.happened(Kind.SERVICE, service):
        is_since = one.logged.index > versions[0].first.index
        if is_since and one.event in {Event.SUSPENSION, Event.REINSTATEMENT}:
            told.append((one.logged, {"event": one.event.value, "reason": one.reason}))
    for logged, what in sorted(told, key=lambda pair: pair[0].index):
        yield {"at": iso(logged.at), **what, "log": logged.index}
    if standing.state == "ended":
        yield {"at": _iso_or_none(standing.since), "event": "end", "reason": standing.reason, "log": None}


# --- members


def member_document(network: Network, member_id: str) -> Document:
    """An organisation with each of its roles: what it vouches for, what it may ask."""
    roles = [_role(network, kind, member_id) for kind in Kind if _has(network, kind, member_id)]
    return {
        "member": member_id,
        "organisation_id": f"PDXGB-{member_id}",
        "pages": _pages(network, addresses.member_path, member_id),
        "data": f"{network.base_url}/{addresses.member_data(member_id)}",
        "log": f"{network.base_url}/log",
        "roles": roles,
    }


def _has(network: Network, kind: Kind, member_id: str) -> bool:
    return (kind, member_id) in network.roles or (kind, member_id) in network.history.standings


def _role(network: Network, kind: Kind, member_id: str) -> Document:
    happened = network.happened(kind, member_id)
    role: Document = {
        "kind": kind.value,
        "name": network.name_of(kind, member_id),
        "url": network.url_of(kind, member_id),
        "standing": _standing(network.standing(kind, member_id)),
        "since": iso(happened[0].logged.at) if happened else None,
        "happened": [
            {
                "at": iso(one.logged.at),
                "event": one.event.value,
                "reason": one.reason,
                "log": one.logged.index,
            }
            for one in happened
        ],
    }
    if kind is Kind.SERVICE:
        role["questions"] = [*_listed(network, member_id)]
    if kind is Kind.DEPARTMENT:
        role["claim_types"] = [*_vouched(network, member_id)]
    return role


def _listed(network: Network, service: str) -> Iterator[Document]:
    for question, versions in network.questions_of(service):
        newest = versions[-1]
        yield {
            "question": question,
            "version": newest.number,
            "title": words(newest.terms.service_description),
            "purpose": words(newest.terms.purpose),
            "law": words(newest.terms.law),
            "standing": _standing(network.question_standing(service, question, newest)),
            "since": iso(versions[0].first.at),
        }


def _vouched(network: Network, department: str) -> Iterator[Document]:
    for claim_type_id, versions in _by_id(network.claim_types_of(department)).items():
        first = network.approved(versions[-1])
        yield {
            "claim_type": claim_type_id,
            "version": versions[0].version,
            "title": _words_of(versions[0].title),
            "statement": _words_of(versions[0].statement),
            "since": iso(first.at) if first else None,
        }


# --- claim types


def claim_documents(network: Network, department: str) -> Iterator[Document]:
    """Each claim type of a department, with its versions and who may ask for it."""
    for claim_type_id, versions in _by_id(network.claim_types_of(department)).items():
        yield {
            "claim_type": claim_type_id,
            "department": _member(network, Kind.DEPARTMENT, department),
            "pages": _pages(network, addresses.claim_path, department, claim_type_id),
            "data": f"{network.base_url}/{addresses.claim_data(department, claim_type_id)}",
            "log": f"{network.base_url}/log",
            "versions": [_claim_version(network, one) for one in versions],
        }


def askers(questions: Sequence[Document]) -> Mapping[tuple[str, str], list[Document]]:
    """Which questions, that may be asked now, ask for a claim type: by department and claim type."""
    found: dict[tuple[str, str], list[Document]] = defaultdict(list)
    for document in questions:
        if document["standing"]["state"] == IN_FORCE:
            for key in _asked_types(document):
                found[key].append(document)
    return found


def _asked_types(document: Document) -> set[tuple[str, str]]:
    asked = (claim for way in document["versions"][0]["any_of"] for claim in way)
    return {(one["department"]["member"], one["claim_type"]) for one in asked if one["claim_type"]}


def asked_by(documents: Sequence[Document]) -> list[Document]:
    """The same question of many services once, with everybody who asks it."""
    found: dict[tuple[str, str], list[Document]] = defaultdict(list)
    for document in documents:
        title = document["versions"][0]["title"]
        found[title["en"], title["cy"]].append({"service": document["service"], "q": document["question"]})
    return [
        {
            "title": {"en": en, "cy": cy},
            "services": [{**one["service"], "question": one["q"]} for one in all_],
        }
        for (en, cy), all_ in sorted(found.items())
    ]


def _claim_version(network: Network, claim_type: ClaimType) -> Document:
    logged = network.approved(claim_type)
    name = f"{claim_type.owner}.{claim_type.id}.{claim_type.version}"
    effective = claim_type.effective.model_dump(mode="json", by_alias=True)
    return {
        "version": claim_type.version,
        "vct": claim_type.vct,
        "since": iso(logged.at) if logged else None,
        "title": _words_of(claim_type.title),
        "statement": _words_of(claim_type.statement),
        "nation": claim_type.nation,
        "issued": {"from": effective["from"], "until": effective["until"]},
        "legal_gateway": _words_of(claim_type.legal_gateway),
        "validity_days": claim_type.validity.days,
        "attributes": [
            {
                "path": list(one.path),
                "title": _words_of(one.title),
                "justification": one.justification,
                "disclosed": one.disclosed,
            }
            for one in claim_type.attributes
        ],
        "metadata": f"{network.base_url}/types/{name}.json",
        "log": {"first": logged.index} if logged else None,
    }


def _by_id(claim_types: Sequence[ClaimType]) -> Mapping[str, list[ClaimType]]:
    """The versions of each claim type, the newest first."""
    found: dict[str, list[ClaimType]] = defaultdict(list)
    for one in sorted(claim_types, key=lambda one: (one.id, -one.version)):
        found[one.id].append(one)
    return found


# --- the index


def index_document(
    network: Network, *, questions: Sequence[Document], members: Sequence[Document]
) -> Document:
    """Everything that is in the register, in short; the documents say the rest."""
    return {
        "schema": f"{network.base_url}/{addresses.REGISTER_SCHEMA}",
        "authority": network.name,
        "log": {"url": f"{network.base_url}/log", "size": network.log_size},
        "members": [_member_in_short(one) for one in members],
        "questions": [_question_in_short(one) for one in questions],
    }


def _member_in_short(document: Document) -> Document:
    names = ("kind", "name", "standing", "since")
    roles = [{name: role[name] for name in names} for role in document["roles"]]
    return {"member": document["member"], "data": document["data"], "roles": roles}


def _question_in_short(document: Document) -> Document:
    newest = document["versions"][0]
    return {
        "service": document["service"]["member"],
        "question": document["question"],
        "version": newest["version"],
        "title": newest["title"],
        "standing": document["standing"],
        "since": document["since"],
        "data": document["data"],
    }


# --- words and times


def words(texts: Mapping[str, str]) -> Words:
    """Words of a registration, which our registrar always writes in both languages."""
    return {"en": texts["en"], "cy": texts["cy"]}


def iso(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _iso_or_none(seconds: int | None) -> str | None:
    return None if seconds is None else iso(seconds)


def _standing(standing: Standing) -> Document:
    return {"state": standing.state, "since": _iso_or_none(standing.since), "reason": standing.reason}


def _member(network: Network, kind: Kind, member_id: str) -> Document:
    return {"member": member_id, "name": network.name_of(kind, member_id)}


def _words_of(text: Any) -> Words:
    return {"en": text.en, "cy": text.cy}


def _pages(network: Network, path: Any, *names: str) -> Words:
    return {language: f"{network.base_url}/{path(*names, language)}" for language in ("en", "cy")}
