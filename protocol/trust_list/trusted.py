"""Whom to believe what: the trust list together with the certificates under the authority's root.

A good signature is not enough. A department must be named for the very claim type, a service must be a
member, and neither may be suspended. Chains under `extra_anchors`, set up by the operator for parties outside
the network (another state's issuers, a test suite), are believed without the list and without our profiles.
"""

from collections.abc import Sequence
from typing import Protocol

from cryptography import x509

from protocol.errors import UntrustedError
from protocol.trust_list.chains import Chain, VerifiedChains
from protocol.trust_list.members import Member, MemberStatus
from protocol.x509 import LeafIdentity, Profile


class Directory(Protocol):
    """Answers about members: a whole trust list, or one of which only the parts in question are fetched."""

    @property
    def revoked_keys(self) -> frozenset[bytes]:
        """SHA-256 over SubjectPublicKeyInfo of every key that counts no more."""

    def department(self, organisation_id: str) -> Member | None:
        """The department of this identifier."""

    def service(self, organisation_id: str) -> Member | None:
        """The service of this identifier."""

    def issuers_of(self, vct: str) -> frozenset[str]:
        """The identifiers of the departments that are named for a claim type."""

    def may_issue(self, organisation_id: str, vct: str) -> bool:
        """Whether a department is named for a claim type."""


class _Trusted:
    """The trust list, the chains of members and those of outsiders."""

    def __init__(
        self,
        trust_list: Directory,
        anchors: Sequence[x509.Certificate],
        extra_anchors: Sequence[x509.Certificate] = (),
    ) -> None:
        self.trust_list = trust_list
        self._members = VerifiedChains(anchors)
        # Our own root among them would vouch for its members without the list and for any purpose.
        ours = [(one.subject, one.public_key()) for one in anchors]
        self._outsiders = VerifiedChains(
            [one for one in extra_anchors if (one.subject, one.public_key()) not in ours]
        )

    def _member(self, x5c: Chain, *, now: int, profile: Profile) -> LeafIdentity:
        identity = self._members.verify(x5c, now=now, profile=profile)
        if identity.key_sha256 in self.trust_list.revoked_keys:
            raise UntrustedError("the key was revoked", code="key_revoked")
        return identity


class TrustedIssuers(_Trusted):
    """Who may issue which claim type, and who may sign status lists: IssuerTrust and StatusTrust."""

    def issuer_for(self, x5c: Chain, *, vct: str, now: int) -> LeafIdentity:
        """The issuer of a credential of type `vct`; raises UntrustedError unless it may issue that type."""
        outsider = self._outsiders.find(x5c, now=now, profile=None)
        if outsider is not None:
            return self._not_for_ours(outsider, vct)
        identity = self._member(x5c, now=now, profile=Profile.CLAIM_SIGNING)
        _check_active(self.trust_list.department(identity.organisation_id))
        if not self.trust_list.may_issue(identity.organisation_id, vct):
            raise UntrustedError("the department may not issue this claim", code="claim_type_not_allowed")
        return identity

    def _not_for_ours(self, outsider: LeafIdentity, vct: str) -> LeafIdentity:
        # A claim type of the network is vouched for by its departments alone, whoever else is believed.
        if self.trust_list.issuers_of(vct):
            raise UntrustedError("a third party may not issue this claim", code="claim_type_not_allowed")
        return outsider

    def status_issuer_for(self, x5c: Chain, *, now: int) -> LeafIdentity:
        """The signer of a status list; raises UntrustedError. Whose credentials it is for is checked there.

        A suspended department's status lists stay good: they are how its claims are withdrawn.
        """
        outsider = self._outsiders.find(x5c, now=now, profile=None)
        if outsider is not None:
            return outsider
        identity = self._member(x5c, now=now, profile=Profile.STATUS_SIGNING)
        if self.trust_list.department(identity.organisation_id) is None:
            raise UntrustedError("the signer is not a department", code="not_a_member")
        return identity


class TrustedServices(_Trusted):
    """Who may ask a wallet: VerifierTrust."""

    def service_for(self, x5c: Chain, *, now: int) -> LeafIdentity:
        """The service that signed a request; raises UntrustedError unless it is an active member."""
        outsider = self._outsiders.find(x5c, now=now, profile=None)
        if outsider is not None:
            return outsider
        identity = self._member(x5c, now=now, profile=Profile.REQUEST_SIGNING)
        _check_active(self.trust_list.service(identity.organisation_id))
        return identity


def _check_active(member: Member | None) -> None:
    if member is None:
        raise UntrustedError("the organisation is not a member", code="not_a_member")
    if member.status is not MemberStatus.ACTIVE:
        raise UntrustedError("the organisation is suspended", code="member_suspended")
