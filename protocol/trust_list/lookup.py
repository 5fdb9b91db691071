"""A trust list of which only the parts in question are fetched: its head, and what brings a part by digest.

Who is not in the part where they would have to be is not in the list. A part that can't be had is an error,
and never the answer that somebody is not listed.
"""

from collections.abc import Callable

from protocol.transparency.note import LogKey
from protocol.trust_list.buckets import Table, bucket_of
from protocol.trust_list.head import TrustListHead
from protocol.trust_list.members import ClaimType
from protocol.trust_list.parts import (
    DEPARTMENTS,
    SERVICES,
    ListedMember,
    ListedType,
    read_index,
    read_members,
    read_types,
)

#: Brings the part with this SHA-256, or raises.
Load = Callable[[bytes], bytes]


class PartialTrustList:
    """Answers like the whole list, by the parts that `load` brings; raises RemoteError for a wrong one."""

    def __init__(self, head: TrustListHead, load: Load) -> None:
        self.head = head
        self._load = load
        # What was read, by how it was read and the part's digest.
        self._known_members: dict[tuple[str, bytes], tuple[ListedMember, ...]] = {}
        self._known_types: dict[bytes, dict[str, ListedType]] = {}
        self._known_indexes: dict[tuple[int, bytes], tuple[bytes, ...]] = {}

    @property
    def revoked_keys(self) -> frozenset[bytes]:
        """SHA-256 over SubjectPublicKeyInfo of every key that counts no more."""
        return self.head.revoked_keys

    @property
    def log_keys(self) -> tuple[LogKey, ...]:
        """Whose word counts that something is logged."""
        return self.head.log_keys

    def service(self, organisation_id: str) -> ListedMember | None:
        """The service of this identifier."""
        found = self._members(SERVICES, self.head.tables.services, organisation_id)
        return next((one for one in found if one.organisation_id == organisation_id), None)

    def department(self, organisation_id: str) -> ListedMember | None:
        """The department of this identifier."""
        found = self._members(DEPARTMENTS, self.head.tables.departments, organisation_id)
        return next((one for one in found if one.organisation_id == organisation_id), None)

    def department_at(self, url: str) -> ListedMember | None:
        """The department whose Credential Issuer Identifier this is, byte for byte."""
        found = self._members(DEPARTMENTS, self.head.tables.departments, url)
        return next((one for one in found if one.url == url), None)

    def claim_type(self, vct: str) -> ClaimType | None:
        """Where a type's document is; None for a type that the catalogue does not know."""
        found = self._type(vct)
        return found.claim_type if found else None

    def issuers_of(self, vct: str) -> frozenset[str]:
        """The identifiers of the departments that are named for a claim type."""
        found = self._type(vct)
        return found.departments if found else frozenset()

    def may_issue(self, organisation_id: str, vct: str) -> bool:
        """Whether a department is named for a claim type."""
        return organisation_id in self.issuers_of(vct)

    def _members(self, kind: str, table: Table, key: str) -> tuple[ListedMember, ...]:
        digest = self._digest(table, key)
        if (kind, digest) not in self._known_members:
            found = read_members(self._load(digest), digest=digest, kind=kind)
            self._known_members[kind, digest] = found
        return self._known_members[kind, digest]

    def _type(self, vct: str) -> ListedType | None:
        digest = self._digest(self.head.tables.claim_types, vct)
        if digest not in self._known_types:
            found = read_types(self._load(digest), digest=digest)
            self._known_types[digest] = {one.claim_type.vct: one for one in found}
        return self._known_types[digest].get(vct)

    def _digest(self, table: Table, key: str) -> bytes:
        """The name of the part in which a key has to be."""
        place, inside = divmod(bucket_of(key, table.buckets), table.share)
        digest = table.digests[place]
        return digest if table.share == 1 else self._index(digest, table.share)[inside]

    def _index(self, digest: bytes, share: int) -> tuple[bytes, ...]:
        if (share, digest) not in self._known_indexes:
            self._known_indexes[share, digest] = read_index(self._load(digest), digest=digest, share=share)
        return self._known_indexes[share, digest]
