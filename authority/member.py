"""A member as the authority keeps it: one document, so that there is never half of one."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, Self

from cryptography import x509
from pydantic import AfterValidator, Field, StringConstraints, model_validator

from authority.names import check_name
from protocol.encoding import b64url_encode
from protocol.keys import PublicKey
from protocol.registration.claim_type import ClaimType
from protocol.registration.question import Question
from protocol.trust_list.members import MemberStatus
from protocol.x509 import Profile
from serving.settings import BaseUrl, Model, Text

MemberId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=63)]


class MemberName(Text):
    """A member's name; the English one stands in certificates."""

    en: Annotated[str, AfterValidator(check_name)] = Field(
        min_length=1,
        max_length=64,  # RFC 5280 appendix A: ub-organization-name
    )
    cy: Annotated[str, AfterValidator(check_name)] = Field(min_length=1, max_length=200)


class Kind(StrEnum):
    """What a member does in the network."""

    DEPARTMENT = "department"
    SERVICE = "service"
    WALLET_PROVIDER = "wallet-provider"


class Purpose(StrEnum):
    """What a certified key may sign."""

    CLAIM_SIGNING = "claim-signing"
    STATUS_SIGNING = "status-signing"
    REQUEST_SIGNING = "request-signing"
    WALLET_ATTESTATION = "wallet-attestation"

    @property
    def profile(self) -> Profile:
        return Profile[self.name]


MAIN_PURPOSE = {
    Kind.DEPARTMENT: Purpose.CLAIM_SIGNING,
    Kind.SERVICE: Purpose.REQUEST_SIGNING,
    Kind.WALLET_PROVIDER: Purpose.WALLET_ATTESTATION,
}


class Certified(Model):
    """A key of the member's and its certificate chain (PEM: leaf, then the issuing authority).

    `by_request`: its server asked for it over the network, and asks again by itself when it is due.
    """

    purpose: Purpose
    chain: str
    by_request: bool = False

    @property
    def leaf(self) -> x509.Certificate:
        return x509.load_pem_x509_certificates(self.chain.encode())[0]

    @property
    def public_key(self) -> PublicKey:
        return PublicKey.from_certificate(self.leaf)

    @property
    def key_sha256(self) -> str:
        """The key's name where it is revoked."""
        return b64url_encode(self.public_key.spki_sha256())


class RevokedKey(Model):
    """A key of the member's that nobody may take any more: SHA-256 over SubjectPublicKeyInfo, base64url."""

    sha256: str
    purpose: Purpose
    expires_at: int  # when its certificate ends by itself: until then it has to be told


class Registration(Model):
    """A registered question and the registrar's certificate for it."""

    question: Question
    certificate: str
    issued_at: int
    expires_at: int
    approved_until: int | None = None  # when the approval ends that it rests on, if that ends by itself


class UnreadableRegistration(Model):
    """A registration of a question that is refused by now, as it was kept: no wallet takes it."""

    question_id: str
    version: int
    document: str


class Member(Model):
    """One member of the network.

    `certificates` has the newest for each purpose, `earlier` those before: each goes on to its own end, so
    that nothing stops when one takes another's place, and none is forgotten, so that no key comes again.
    `unreadable` has what is set aside until a newer version of the question is registered.
    """

    id: MemberId
    kind: Kind
    name: MemberName
    url: BaseUrl
    status: MemberStatus = MemberStatus.ACTIVE
    certificates: tuple[Certified, ...] = ()
    earlier: tuple[Certified, ...] = ()
    claim_types: tuple[ClaimType, ...] = ()
    registrations: tuple[Registration, ...] = ()
    unreadable: tuple[UnreadableRegistration, ...] = ()
    revoked_keys: tuple[RevokedKey, ...] = ()
    has_left: bool = False

    @property
    def organisation_id(self) -> str:
        return f"PDXGB-{self.id}"

    def certified(self, purpose: Purpose) -> Certified | None:
        """The certificate in force for a purpose, if there is one."""
        return next((one for one in self.certificates if one.purpose is purpose), None)

    @property
    def all_certificates(self) -> tuple[Certified, ...]:
        """Every certificate that it was ever given, the newest of each purpose first."""
        return (*self.certificates, *self.earlier)

    @property
    def takes_part(self) -> bool:
        """Whether anything may be certified, registered or published for it."""
        return self.status is MemberStatus.ACTIVE and not self.has_left

    @property
    def is_listed(self) -> bool:
        """Whether the trust list names it: without a certificate a department or service can do nothing yet.

        Whose key was revoked stays listed until it sends another.
        """
        can_act = self.kind is Kind.WALLET_PROVIDER or bool(self.certificates or self.revoked_keys)
        return can_act and not self.has_left

    def questions_with(self, new: Sequence[Question]) -> list[Question]:
        """What it may ask once `new` questions are registered, in place of those of the same id."""
        superseded = {one.id for one in new}
        return [*(one.question for one in self.registrations if one.question.id not in superseded), *new]

    @model_validator(mode="after")
    def _has_what_its_kind_has(self) -> Self:
        if self.claim_types and self.kind is not Kind.DEPARTMENT:
            raise ValueError("only a department has claim types")
        if self.registrations and self.kind is not Kind.SERVICE:
            raise ValueError("only a service has questions")
        return self
