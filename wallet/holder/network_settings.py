"""Which network this wallet belongs to, and whom else its owner chose to trust (for test parties)."""

from pathlib import Path
from typing import Annotated, Literal

from cryptography import x509
from pydantic import AfterValidator, BaseModel, ConfigDict


def _certificate_pem(pem: str) -> str:
    x509.load_pem_x509_certificate(pem.encode())
    return pem


Pem = Annotated[str, AfterValidator(_certificate_pem)]


class NetworkSettings(BaseModel):
    """The trust list, the root that signs it, and additional anchors. The defaults trust nobody else."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    trust_list_url: str
    root_certificates: tuple[Pem, ...]
    # Certificate authorities of test parties: what chains to them is trusted although the trust list does
    # not name it.
    extra_issuer_anchors: tuple[Pem, ...] = ()
    extra_service_anchors: tuple[Pem, ...] = ()
    # What to do with a service under an extra anchor that carries no registration certificate. A service of
    # the network itself always needs one.
    unregistered: Literal["refuse", "allow"] = "refuse"

    # A demonstration on this machine or in this house: http on localhost, private addresses, a CA of its
    # own for https.
    local: bool = False
    ca_bundle: Path | None = None

    def roots(self) -> tuple[x509.Certificate, ...]:
        return _load(self.root_certificates)

    def issuer_anchors(self) -> tuple[x509.Certificate, ...]:
        return _load(self.extra_issuer_anchors)

    def service_anchors(self) -> tuple[x509.Certificate, ...]:
        return _load(self.extra_service_anchors)


def _load(pems: tuple[str, ...]) -> tuple[x509.Certificate, ...]:
    return tuple(x509.load_pem_x509_certificate(pem.encode()) for pem in pems)
