"""The trust list in parts: what a wallet fetches in place of the whole list, each named by its digest.

A part is a few entries of one kind as JSON. Nobody signs it: the signed head (`head.py`) has its digest, or
that of the index that has it. It never changes, so it may be kept for ever, and it is the same for everybody;
since it holds two dozen services, whoever serves it does not learn which of them a citizen is about to meet.

    {"services": [{"id": …, "en": …, "cy": …, "url": …, "suspended": true}]}      by id
    {"departments": [the same]}                                                    by id, and again by url
    {"claim_types": [{"vct": …, "url": …, "integrity": …, "departments": [ids]}]}  by vct
    {"parts": "digests of an index's parts, base64url"}

Wallet providers are in the whole list only: services offer wallets, wallets don't look for one another.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final, TypeVar

from protocol.encoding import b64url_encode, json_dumps, json_object
from protocol.errors import BindingError, MalformedError
from protocol.members import Members
from protocol.trust_list.buckets import (
    CODE,
    FAN_OUT,
    Table,
    bucket_of,
    buckets_for,
    join_digests,
    split_digests,
)
from protocol.trust_list.members import ClaimType, Member, MemberStatus, Name, TrustList

SERVICES: Final = "services"
DEPARTMENTS: Final = "departments"
CLAIM_TYPES: Final = "claim_types"
PARTS: Final = "parts"

SERVICES_IN_A_PART: Final = 25  # the crowd in which a service can't be told from the others
DEPARTMENTS_IN_A_PART: Final = 8
CLAIM_TYPES_IN_A_PART: Final = 8  # no crowd: a type's document is fetched by its own name

PARTS_PATH: Final = "trust-list/parts/"
MAX_PART_BYTES: Final = 65_536
MAX_ENTRIES: Final = 512
MAX_INTEGRITY: Final = 512

_Entry = dict[str, Any]
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class ListedMember:
    """A member as a part has it; which claim types a department may issue stands with the types."""

    organisation_id: str
    name: Name
    url: str
    status: MemberStatus


@dataclass(frozen=True, slots=True)
class ListedType:
    """A claim type, and the departments that are named for it."""

    claim_type: ClaimType
    departments: frozenset[str]


@dataclass(frozen=True, slots=True)
class Tables:
    """Where everything that a wallet looks up is found."""

    services: Table
    departments: Table
    claim_types: Table


def part_path(digest: bytes) -> str:
    """Where a part is published, relative to the trust list's address."""
    return f"{PARTS_PATH}{b64url_encode(digest)}.json"


# --- writing


def write_parts(trust_list: TrustList) -> tuple[Tables, dict[bytes, bytes]]:
    """The tables of a list, and its parts by digest; raises MalformedError for a type that is not catalogued.

    One list has one way of being divided, so that anybody can tell whether a head is that list's.
    """
    files: dict[bytes, bytes] = {}
    issuers = _issuers(trust_list)
    departments = sorted(trust_list.departments.values(), key=lambda one: one.organisation_id)
    tables = Tables(
        services=_write_table(
            SERVICES,
            [((one.organisation_id,), _written_member(one)) for one in _by_id(trust_list.services)],
            of=SERVICES_IN_A_PART,
            files=files,
        ),
        departments=_write_table(
            DEPARTMENTS,
            [((one.organisation_id, one.url), _written_member(one)) for one in departments],
            of=DEPARTMENTS_IN_A_PART,
            files=files,
        ),
        claim_types=_write_table(
            CLAIM_TYPES,
            [
                ((vct,), _written_type(one, issuers[vct]))
                for vct, one in sorted(trust_list.claim_types.items())
            ],
            of=CLAIM_TYPES_IN_A_PART,
            files=files,
        ),
    )
    return tables, files


def _by_id(members: Mapping[str, _T]) -> list[_T]:
    return [one for _, one in sorted(members.items())]


def _issuers(trust_list: TrustList) -> dict[str, list[str]]:
    issuers: dict[str, list[str]] = defaultdict(list)
    for department in _by_id(trust_list.departments):
        for vct in department.claim_types:
            if vct not in trust_list.claim_types:
                raise MalformedError("a department is named for a type that has no entry", code=CODE)
            issuers[vct].append(department.organisation_id)
    return issuers


def _written_member(member: Member) -> _Entry:
    entry = {"id": member.organisation_id, "en": member.name.en, "cy": member.name.cy, "url": member.url}
    return entry if member.status is MemberStatus.ACTIVE else entry | {"suspended": True}


def _written_type(one: ClaimType, departments: list[str]) -> _Entry:
    return {"vct": one.vct, "url": one.url, "integrity": one.integrity, "departments": departments}


def _write_table(
    kind: str, entries: list[tuple[tuple[str, ...], _Entry]], *, of: int, files: dict[bytes, bytes]
) -> Table:
    buckets = buckets_for(len(entries), of=of)
    filled: list[list[_Entry]] = [[] for _ in range(buckets)]
    for keys, entry in entries:
        for bucket in sorted({bucket_of(key, buckets) for key in keys}):
            filled[bucket].append(entry)
    digests = [_write_part({kind: one}, files) for one in filled]
    return Table(len(entries), buckets, tuple(_write_indexes(digests, files)))


def _write_indexes(digests: list[bytes], files: dict[bytes, bytes]) -> Iterable[bytes]:
    if len(digests) <= FAN_OUT:
        return digests
    share = len(digests) // FAN_OUT
    shares = (tuple(digests[at : at + share]) for at in range(0, len(digests), share))
    return [_write_part({PARTS: join_digests(one)}, files) for one in shares]


def _write_part(part: _Entry, files: dict[bytes, bytes]) -> bytes:
    data = json_dumps(part)
    digest = sha256(data).digest()
    files[digest] = data
    return digest


# --- reading


def check_part(data: bytes, digest: bytes) -> None:
    """Raises BindingError unless this is the part of that name."""
    if sha256(data).digest() != digest:
        raise BindingError("a part of the trust list was changed", code="trust_list_part")


def read_index(data: bytes, *, digest: bytes, share: int) -> tuple[bytes, ...]:
    """The digests in an index of `share` buckets; raises RemoteError."""
    digests = split_digests(_part(data, digest).string(PARTS, limit=MAX_PART_BYTES))
    if len(digests) != share:
        raise MalformedError("an index of the trust list has another number of parts", code=CODE)
    return digests


def read_members(data: bytes, *, digest: bytes, kind: str) -> tuple[ListedMember, ...]:
    """The departments or services of a part; raises RemoteError."""
    found = _entries(data, digest=digest, kind=kind, read=_member)
    return _each_once(found, lambda one: one.organisation_id)


def read_types(data: bytes, *, digest: bytes) -> tuple[ListedType, ...]:
    """The claim types of a part; raises RemoteError."""
    found = _entries(data, digest=digest, kind=CLAIM_TYPES, read=_type)
    return _each_once(found, lambda one: one.claim_type.vct)


def _part(data: bytes, digest: bytes) -> Members:
    check_part(data, digest)
    return Members(json_object(data, max_bytes=MAX_PART_BYTES), code=CODE, name="a part of the trust list")


def _entries(data: bytes, *, digest: bytes, kind: str, read: Callable[[Members], _T]) -> tuple[_T, ...]:
    part = _part(data, digest)
    if part.raw.get(kind) == []:  # a bucket that nobody's hash has met
        return ()
    return tuple(read(one) for one in part.all_members(kind, limit=MAX_ENTRIES))


def _each_once(found: tuple[_T, ...], key: Callable[[_T], str]) -> tuple[_T, ...]:
    if len({key(one) for one in found}) != len(found):  # which of two entries would hold?
        raise MalformedError("a part of the trust list has an entry twice", code=CODE)
    return found


def _member(entry: Members) -> ListedMember:
    return ListedMember(
        organisation_id=entry.string("id", limit=256),
        name=Name(en=entry.string("en"), cy=entry.string("cy")),
        url=entry.url("url"),
        status=MemberStatus.SUSPENDED if entry.boolean("suspended", default=False) else MemberStatus.ACTIVE,
    )


def _type(entry: Members) -> ListedType:
    claim_type = ClaimType(
        vct=entry.string("vct"),
        url=entry.url("url"),
        integrity=entry.string("integrity", limit=MAX_INTEGRITY),
    )
    named = entry.strings("departments", limit=MAX_ENTRIES) if entry.raw.get("departments") != [] else ()
    return ListedType(claim_type, frozenset(named))
