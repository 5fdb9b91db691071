"""What a trust list says, as frozen types. Times are Unix seconds, words are in English and Welsh."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from protocol.transparency.note import LogKey


class MemberStatus(StrEnum):
    """Whether a member takes part now. Suspended members stay listed, so that a wallet can say why."""

    ACTIVE = "active"
    SUSPENDED = "suspended"


class Member(Protocol):
    """What a list says of every member."""

    @property
    def organisation_id(self) -> str:
        """The identifier in its certificates."""

    @property
    def name(self) -> "Name":
        """What citizens know it by."""

    @property
    def url(self) -> str:
        """Where it is found."""

    @property
    def status(self) -> MemberStatus:
        """Whether it takes part."""


@dataclass(frozen=True, slots=True)
class Name:
    """A name in both languages."""

    en: str
    cy: str


@dataclass(frozen=True, slots=True)
class Department:
    """A member that issues claims: `url` is its Credential Issuer Identifier, `claim_types` which it may."""

    organisation_id: str
    name: Name
    url: str
    claim_types: frozenset[str]
    status: MemberStatus = MemberStatus.ACTIVE


@dataclass(frozen=True, slots=True)
class Service:
    """A member that asks questions."""

    organisation_id: str
    name: Name
    url: str
    status: MemberStatus = MemberStatus.ACTIVE


@dataclass(frozen=True, slots=True)
class WalletProvider:
    """A member that offers a wallet: `url` is the start of its links (`{url}/present`, `{url}/add`)."""

    organisation_id: str
    name: Name
    url: str
    status: MemberStatus = MemberStatus.ACTIVE


@dataclass(frozen=True, slots=True)
class ClaimType:
    """A claim type of the catalogue: where its Type Metadata is, and the hash it must have (SRI)."""

    vct: str
    url: str
    integrity: str


@dataclass(frozen=True, slots=True)
class TransparencyLog:
    """Where everything that the authority does is written down (`url`, C2SP tlog-tiles), and who signs it."""

    url: str
    key: LogKey


class Published:
    """What a list and its head both tell."""

    __slots__ = ()

    logs: tuple[TransparencyLog, ...]
    next_update: int

    @property
    def log_keys(self) -> tuple[LogKey, ...]:
        """Whose word counts that something is logged."""
        return tuple(log.key for log in self.logs)

    def is_current(self, now: int) -> bool:
        """Whether the next list is not due yet."""
        return now < self.next_update


@dataclass(frozen=True, slots=True)
class TrustList(Published):
    """A trust list; members by organisation_id, claim types by vct. `digest`: SHA-256 of what was signed.

    `grace`: seconds past `next_update` for which it still serves whoever can't have a newer one.
    `revoked_keys`: SHA-256 over SubjectPublicKeyInfo; no certificate for such a key counts any more.
    """

    sequence_number: int
    issued_at: int
    next_update: int
    operator: Name
    departments: Mapping[str, Department] = field(default_factory=dict, hash=False)
    services: Mapping[str, Service] = field(default_factory=dict, hash=False)
    wallet_providers: Mapping[str, WalletProvider] = field(default_factory=dict, hash=False)
    claim_types: Mapping[str, ClaimType] = field(default_factory=dict, hash=False)
    logs: tuple[TransparencyLog, ...] = ()
    revoked_keys: frozenset[bytes] = frozenset()
    grace: int = 0
    digest: bytes = b""

    def department(self, organisation_id: str) -> Department | None:
        """The department of this identifier."""
        return self.departments.get(organisation_id)

    def service(self, organisation_id: str) -> Service | None:
        """The service of this identifier."""
        return self.services.get(organisation_id)

    def issuers_of(self, vct: str) -> frozenset[str]:
        """The identifiers of the departments that are named for a claim type."""
        return frozenset(one for one, department in self.departments.items() if vct in department.claim_types)

    def may_issue(self, organisation_id: str, vct: str) -> bool:
        """Whether a department is named for a claim type."""
        department = self.departments.get(organisation_id)
        return department is not None and vct in department.claim_types
