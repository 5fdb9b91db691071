"""The network as one trust list shows it: who is a department, who is a service, what a claim type is
called.
"""

from cryptography import x509

from protocol.trust_list.lookup import PartialTrustList
from protocol.trust_list.members import ClaimType, Member, MemberStatus
from protocol.trust_list.trusted import TrustedIssuers, TrustedServices
from protocol.x509 import LeafIdentity
from wallet.holder.errors import WalletError
from wallet.holder.network_settings import NetworkSettings
from wallet.holder.words import Words, same


class Network:
    """A verified trust list (its head, the parts in question) and what this wallet's owner trusts besides."""

    def __init__(self, trust_list: PartialTrustList, settings: NetworkSettings) -> None:
        self.trust_list = trust_list
        self.roots: tuple[x509.Certificate, ...] = settings.roots()
        self.issuers = TrustedIssuers(trust_list, self.roots, settings.issuer_anchors())
        self.services = TrustedServices(trust_list, self.roots, settings.service_anchors())
        self.allows_unregistered = settings.unregistered == "allow"
        self._trusts_outsiders = bool(settings.extra_issuer_anchors)

    def department_at(self, issuer_url: str) -> Member | None:
        """The department whose Credential Issuer Identifier this is, byte for byte; None for an outsider.

        Raises WalletError `issuer_unknown` before anything is sent to an address nobody vouched for.
        """
        department = self.trust_list.department_at(issuer_url)
        if department is None and not self._trusts_outsiders:
            raise WalletError("issuer_unknown", name=issuer_url)
        if department is not None and department.status is not MemberStatus.ACTIVE:
            raise WalletError(
                "issuer_unknown", name=name_of(department), detail="the department is suspended"
            )
        return department

    def check_may_issue(self, department: Member | None, vct: str) -> None:
        """Raises WalletError `issuer_unknown` unless the trust list names the department for this type."""
        if department is not None and not self.trust_list.may_issue(department.organisation_id, vct):
            raise WalletError("issuer_unknown", name=name_of(department), detail="not named for this type")

    def issuer_name(self, organisation_id: str) -> Words:
        """What the department is called; its identifier if it is not of this network."""
        department = self.trust_list.department(organisation_id)
        return name_of(department) if department else same(organisation_id)

    def service_name(self, identity: LeafIdentity) -> Words:
        """What a service is called: by the trust list, else as its certificate says."""
        service = self.trust_list.service(identity.organisation_id or "")
        return Words(service.name.en, service.name.cy) if service else same(_certified_name(identity))

    def is_member(self, identity: LeafIdentity) -> bool:
        """Whether this is a service of the network itself, not one under an additional anchor."""
        return self.trust_list.service(identity.organisation_id or "") is not None

    def claim_type(self, vct: str) -> ClaimType | None:
        """Where the type's document is; None for a type that the catalogue does not know."""
        return self.trust_list.claim_type(vct)


def name_of(department: Member) -> Words:
    """A department's name in both languages."""
    return Words(department.name.en, department.name.cy)


def _certified_name(identity: LeafIdentity) -> str:
    return identity.organisation_name or identity.common_name or "?"
