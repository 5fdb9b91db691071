"""What the desk that takes requests in has to know: no key is among it."""

from collections.abc import Sequence
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from authority.published import TRUST_LIST_FILE
from protocol.enrolment.answer import NetworkPlaces
from protocol.keys import PublicKey
from serving.database import Database


@dataclass(frozen=True)
class Desk:
    """`office` and `network` are addresses without a closing slash."""

    database: Database
    root: x509.Certificate
    office: str
    network: str

    @property
    def own_keys(self) -> Sequence[PublicKey]:
        """The authority's keys, as far as they are known here: the rest is looked at by who certifies."""
        return (PublicKey.from_certificate(self.root),)

    @property
    def places(self) -> NetworkPlaces:
        """Where the network is, for a server that joins it."""
        root = self.root.public_bytes(Encoding.PEM).decode("ascii")
        return NetworkPlaces(self.network, f"{self.network}/{TRUST_LIST_FILE}", root)
