"""A small network: a root, an issuing authority, and members with one certificate for each purpose."""

from collections.abc import Sequence
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from protocol.keys import PublicKey, SigningKey
from protocol.x509 import Profile
from protocol.x509.create import create_issuing_ca, create_root, issue_certificate
from tests.protocol.keys_for_tests import signing_key

NOW = 1_795_000_000  # November 2026
DAY = 86_400
YEAR = 365 * DAY
OPERATOR = "Personal Data Exchange Authority"


@dataclass(frozen=True)
class Party:
    """Someone who signs: the key, and the chain (DER, leaf first, without the root)."""

    key: SigningKey
    x5c: tuple[bytes, ...]


class Authority:
    """A root and the issuing authority below it, with keys derived from a name."""

    def __init__(self, name: str = "authority") -> None:
        self._ca_key = signing_key(f"{name} ca")
        root_key = signing_key(f"{name} root")
        validity = {"not_before": NOW - YEAR, "not_after": NOW + 10 * YEAR}
        self.root: x509.Certificate = create_root(
            root_key, organisation_name=OPERATOR, common_name=f"{name} root", serial=1, **validity
        )
        self._ca = create_issuing_ca(
            self._ca_key.public_key,
            root=self.root,
            root_key=root_key,
            organisation_name=OPERATOR,
            common_name=f"{name} CA",
            serial=2,
            **validity,
        )

    @property
    def anchors(self) -> tuple[x509.Certificate, ...]:
        """What a relying party of this network trusts."""
        return (self.root,)

    def party(
        self,
        profile: Profile,
        *,
        organisation_id: str = "PDXGB-authority",
        organisation_name: str = OPERATOR,
        hosts: Sequence[str] = (),
        not_after: int = NOW + YEAR,
    ) -> Party:
        """A member with a key and a certificate for one purpose."""
        key = signing_key(f"{organisation_id} {profile.name}")
        x5c = self.certify(
            key.public_key,
            profile,
            organisation_id=organisation_id,
            organisation_name=organisation_name,
            hosts=hosts,
            not_after=not_after,
        )
        return Party(key, x5c)

    def certify(
        self,
        public_key: PublicKey,
        profile: Profile,
        *,
        organisation_id: str,
        organisation_name: str,
        hosts: Sequence[str] = (),
        uris: Sequence[str] = (),
        not_after: int = NOW + YEAR,
    ) -> tuple[bytes, ...]:
        """The chain for a key that a member made itself."""
        leaf = issue_certificate(
            public_key,
            profile=profile,
            ca=self._ca,
            ca_key=self._ca_key,
            organisation_id=organisation_id,
            organisation_name=organisation_name,
            common_name=organisation_name,
            hosts=hosts,
            uris=uris,
            serial=3,
            not_before=NOW - DAY,
            not_after=not_after,
        )
        return leaf.public_bytes(Encoding.DER), self._ca.public_bytes(Encoding.DER)
