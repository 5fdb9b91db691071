"""What the wallet's service is configured with."""

from pathlib import Path
from typing import Annotated

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from pydantic import Field

from serving.settings import BaseUrl, Model, ServiceSettings

WEB_APP = Path(__file__).parents[1] / "web" / "dist"


class Network(Model):
    """The network of this wallet: where its trust list is, and the root certificates that vouch for it."""

    trust_list_url: Annotated[
        str, Field(pattern=r"^https?://[!-~]+$", examples=["https://authority.example/trust-list.jwt"])
    ]
    root_certificates: tuple[Path, ...] = Field(min_length=1)
    # Certificate authorities of test parties, trusted although the trust list does not name them.
    extra_issuer_anchors: tuple[Path, ...] = ()
    extra_service_anchors: tuple[Path, ...] = ()


class WalletSettings(ServiceSettings):
    """The settings file of `pdx wallet serve`; paths count from the directory of the file."""

    base_url: BaseUrl = Field(examples=["https://wallet.example"])
    port: int = Field(default=8420, ge=1, le=65535)
    keystore: Path = Path(
        "keystore"
    )  # for the attestation key; the first form of the wallet signs nothing itself
    network: Network
    web_app: Path = WEB_APP


def read_certificates(paths: tuple[Path, ...], *, directory: Path) -> tuple[str, ...]:
    """The certificates in these PEM files, one string each; raises ValueError or OSError for what is none."""
    found = (x509.load_pem_x509_certificates((directory / path).read_bytes()) for path in paths)
    return tuple(_pem(certificate) for certificates in found for certificate in certificates)


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(Encoding.PEM).decode("ascii")
