"""The trust list as a JSON List of Trusted Entities: ETSI TS 119 602 v1.1.1 clause 6 and its JSON binding.

Every member is a trusted entity with one service, whose `ServiceTypeIdentifier` tells departments, services
and wallet providers apart. What the data model has no member for stands in its extension points: the claim
types a department may issue, the catalogue of claim types, the transparency log, the list's grace. The
organisation_id is the entity's registered identifier (clause 6.5.2 TETradeName), as in its certificates.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

from protocol.encoding import b64url_decode, b64url_encode
from protocol.errors import MalformedError
from protocol.members import Members
from protocol.transparency.note import parse_log_key
from protocol.trust_list.members import (
    ClaimType,
    Department,
    MemberStatus,
    Name,
    Service,
    TransparencyLog,
    TrustList,
    WalletProvider,
)

LIST_TYPE: Final = "urn:pdx:trust-list:members"
DEPARTMENT: Final = "urn:pdx:service-type:claims"
SERVICE: Final = "urn:pdx:service-type:questions"
WALLET_PROVIDER: Final = "urn:pdx:service-type:wallet"
STATUS: Final = {one: f"urn:pdx:member-status:{one.value}" for one in MemberStatus}
CLAIM_TYPES: Final = "pdx_claim_types"
CATALOGUE: Final = "pdx_catalogue"
LOGS: Final = "pdx_logs"
REVOKED_KEYS: Final = "pdx_revoked_keys"
GRACE: Final = "pdx_grace_seconds"

MAX_ENTITIES: Final = 4096
MAX_CLAIM_TYPES: Final = 8192
MAX_REVOKED: Final = 4096
_DIGEST_BYTES: Final = 32

_TIME: Final = "%Y-%m-%dT%H:%M:%SZ"  # clause 6.1.3: UTC, whole seconds
_CODE: Final = "invalid_trust_list"

Member = Department | Service | WalletProvider
_M = TypeVar("_M", Department, Service, WalletProvider)


def write_trust_list(trust_list: TrustList) -> dict[str, Any]:
    """The JSON document of a trust list."""
    entities = [
        *_written_entities(DEPARTMENT, trust_list.departments.values()),
        *_written_entities(SERVICE, trust_list.services.values()),
        *_written_entities(WALLET_PROVIDER, trust_list.wallet_providers.values()),
    ]
    written: dict[str, Any] = {"ListAndSchemeInformation": _written_scheme(trust_list)}
    if entities:  # clause 6.3: absent rather than empty
        written["TrustedEntitiesList"] = entities
    return {"LoTE": written}


def _written_scheme(trust_list: TrustList) -> dict[str, Any]:
    scheme: dict[str, Any] = {
        "LoTEVersionIdentifier": 1,
        "LoTESequenceNumber": trust_list.sequence_number,
        "LoTEType": LIST_TYPE,
        "SchemeOperatorName": _words(trust_list.operator),
        "ListIssueDateTime": _written_time(trust_list.issued_at),
        "NextUpdate": _written_time(trust_list.next_update),
    }
    extensions = _written_extensions(trust_list)
    if extensions:
        scheme["SchemeExtensions"] = extensions
    return scheme


def _written_extensions(trust_list: TrustList) -> list[dict[str, Any]]:
    extensions: list[dict[str, Any]] = []
    if trust_list.claim_types:
        extensions.append({CATALOGUE: _written_catalogue(trust_list.claim_types.values())})
    if trust_list.logs:
        extensions.append({LOGS: [{"url": one.url, "key": str(one.key)} for one in trust_list.logs]})
    if trust_list.revoked_keys:
        extensions.append({REVOKED_KEYS: sorted(map(b64url_encode, trust_list.revoked_keys))})
    if trust_list.grace:
        extensions.append({GRACE: trust_list.grace})
    return extensions


def _written_catalogue(types: Iterable[ClaimType]) -> dict[str, dict[str, str]]:
    return {one.vct: {"url": one.url, "integrity": one.integrity} for one in types}


def _written_entities(service_type: str, members: Iterable[Member]) -> list[dict[str, Any]]:
    return [_written_entity(service_type, one) for one in members]


def _written_entity(service_type: str, member: Member) -> dict[str, Any]:
    pointer = [{"lang": "en", "uriValue": member.url}]
    service: dict[str, Any] = {
        "ServiceName": _words(member.name),
        "ServiceDigitalIdentity": {"OtherIds": [member.organisation_id]},
        "ServiceTypeIdentifier": service_type,
        "ServiceStatus": STATUS[member.status],
    }
    if isinstance(member, Department) and member.claim_types:
        service["ServiceInformationExtensions"] = [{CLAIM_TYPES: sorted(member.claim_types)}]
    information = {
        "TEName": _words(member.name),
        "TETradeName": [{"lang": "en", "value": member.organisation_id}],
        # clause 6.5.3 has both kinds of address; the authority keeps no postal ones
        "TEAddress": {"TEPostalAddress": [], "TEElectronicAddress": pointer},
        "TEInformationURI": pointer,
    }
    return {
        "TrustedEntityInformation": information,
        "TrustedEntityServices": [{"ServiceInformation": service}],
    }


def _words(name: Name) -> list[dict[str, str]]:
    return [{"lang": "en", "value": name.en}, {"lang": "cy", "value": name.cy}]


def _written_time(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, tz=UTC).strftime(_TIME)


def read_trust_list(value: Mapping[str, Any], *, digest: bytes) -> TrustList:
    """The trust list in a JSON document; entities of unknown type are left out. Raises MalformedError."""
    lote = Members(value, code=_CODE, name="the trust list").members("LoTE")
    scheme = lote.members("ListAndSchemeInformation")
    if scheme.integer("LoTEVersionIdentifier") != 1:
        raise scheme.wrong("the trust list has another version")
    if scheme.string("LoTEType") != LIST_TYPE:
        raise scheme.wrong("the list is not a list of members")
    entities = (
        lote.all_members("TrustedEntitiesList", limit=MAX_ENTITIES) if "TrustedEntitiesList" in lote else ()
    )
    members = [one for entity in entities if (one := _member(entity)) is not None]
    return TrustList(
        sequence_number=scheme.integer("LoTESequenceNumber", low=1),
        issued_at=_time(scheme, "ListIssueDateTime"),
        # clause 6.3.15: null closes a scheme for good; a closed network has no trust list
        next_update=_time(scheme, "NextUpdate"),
        operator=_name(scheme, "SchemeOperatorName"),
        departments=_by_id([one for one in members if isinstance(one, Department)]),
        services=_by_id([one for one in members if isinstance(one, Service)]),
        wallet_providers=_by_id([one for one in members if isinstance(one, WalletProvider)]),
        claim_types=_catalogue(scheme),
        logs=_logs(scheme),
        revoked_keys=_revoked_keys(scheme),
        grace=_grace(scheme),
        digest=digest,
    )


def _by_id(members: list[_M]) -> dict[str, _M]:
    found = {one.organisation_id: one for one in members}
    if len(found) != len(members):  # which of two entries would hold?
        raise MalformedError("a member is listed twice", code=_CODE)
    return found


def _member(entity: Members) -> Member | None:
    information = entity.members("TrustedEntityInformation")
    services = entity.all_members("TrustedEntityServices")
    service = services[0].members("ServiceInformation")
    service_type = service.string("ServiceTypeIdentifier")
    if service_type not in (DEPARTMENT, SERVICE, WALLET_PROVIDER):
        return None
    if len(services) != 1:
        raise entity.wrong("a member has one service")
    organisation_id = information.all_members("TETradeName")[0].string("value", limit=256)
    name = _name(information, "TEName")
    url = information.all_members("TEInformationURI")[0].url("uriValue")
    status = _status(service)
    if service_type == DEPARTMENT:
        return Department(organisation_id, name, url, _claim_types(service), status)
    kind = Service if service_type == SERVICE else WalletProvider
    return kind(organisation_id, name, url, status)


def _status(service: Members) -> MemberStatus:
    written = service.string("ServiceStatus")
    # a status that is not known is no permission
    return next((one for one, uri in STATUS.items() if uri == written), MemberStatus.SUSPENDED)


def _claim_types(service: Members) -> frozenset[str]:
    found: set[str] = set()
    for extension in _extensions(service, "ServiceInformationExtensions"):
        if CLAIM_TYPES in extension:
            found.update(extension.strings(CLAIM_TYPES, limit=MAX_CLAIM_TYPES))
    return frozenset(found)


def _catalogue(scheme: Members) -> dict[str, ClaimType]:
    found: dict[str, ClaimType] = {}
    for extension in _extensions(scheme, "SchemeExtensions"):
        if CATALOGUE in extension:
            entries = extension.members(CATALOGUE).raw
            found.update({vct: _claim_type(vct, _entry(one)) for vct, one in entries.items()})
    if len(found) > MAX_CLAIM_TYPES:
        raise scheme.wrong("there are too many claim types")
    return found


def _logs(scheme: Members) -> tuple[TransparencyLog, ...]:
    return tuple(
        TransparencyLog(log.url("url"), parse_log_key(log.string("key", limit=1024)))
        for extension in _extensions(scheme, "SchemeExtensions")
        if LOGS in extension
        for log in extension.all_members(LOGS)
    )


def _revoked_keys(scheme: Members) -> frozenset[bytes]:
    return frozenset(
        _digest(scheme, one)
        for extension in _extensions(scheme, "SchemeExtensions")
        if REVOKED_KEYS in extension
        for one in extension.strings(REVOKED_KEYS, limit=MAX_REVOKED)
    )


def _grace(scheme: Members) -> int:
    found = (one for one in _extensions(scheme, "SchemeExtensions") if GRACE in one)
    return min((one.integer(GRACE) for one in found), default=0)


def _digest(scheme: Members, text: str) -> bytes:
    digest = b64url_decode(text)
    if len(digest) != _DIGEST_BYTES:
        raise scheme.wrong("a revoked key is named by another digest than SHA-256")
    return digest


def _entry(value: object) -> Members:
    return Members(value, code=_CODE, name="a claim type")


def _claim_type(vct: str, entry: Members) -> ClaimType:
    return ClaimType(vct=vct, url=entry.url("url"), integrity=entry.string("integrity", limit=512))


def _extensions(holder: Members, name: str) -> tuple[Members, ...]:
    extensions = holder.all_members(name) if name in holder else ()
    for one in extensions:
        # clauses 6.3.17, 6.6.9: a critical extension that is not understood refuses the list
        if one.raw.get("critical") is True or one.raw.get("Critical") is True:
            raise holder.wrong("a critical extension is not understood")
    return extensions


def _name(holder: Members, member: str) -> Name:
    words = {one.string("lang", limit=35): one.string("value") for one in holder.all_members(member)}
    if "en" not in words:  # clause 6.1.4: always in English
        raise holder.wrong("a name is missing in English")
    return Name(en=words["en"], cy=words.get("cy", words["en"]))


def _time(scheme: Members, name: str) -> int:
    text = scheme.string(name, limit=20)
    try:
        return int(datetime.strptime(text, _TIME).replace(tzinfo=UTC).timestamp())
    except ValueError:
        raise scheme.wrong(f"{name} must be a time in UTC") from None
