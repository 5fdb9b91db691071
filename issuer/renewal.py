"""A department's certificates are renewed while it runs, where the settings name the network's office.

What is put in place is seen by every process at its next signature (`LiveSigner`).
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import httpx
from cryptography import x509

from issuer.deps import CLAIM_KEY, STATUS_KEY, Deps
from joining.office import Office
from joining.renewal import Renewer, Renewing
from serving.errors import OperatorError
from serving.http import FetchPolicy, HttpClient
from serving.keystore import FileKeystore

KEYS: Final[Mapping[str, str]] = {"claim-signing": CLAIM_KEY, "status-signing": STATUS_KEY}
RENEWAL_SECONDS: Final = 600


def create_renewal(
    deps: Deps, *, transport: httpx.BaseTransport | None = None
) -> Callable[[Deps], None] | None:
    """One step of renewing each key; None where nothing can be renewed by itself."""
    network, keystore = deps.settings.network, deps.keystore
    if network is None or not isinstance(keystore, FileKeystore):
        return None
    office = Office(network.office, HttpClient(FetchPolicy.from_settings(deps.settings), transport))
    renewer = Renewer(office, [_root(network.root_certificate)], deps.clock, deps.random, deps.log)

    def renew(deps: Deps) -> None:
        for purpose, name in KEYS.items():
            renewer.renew(Renewing(deps.settings.keystore, keystore, name, purpose))

    return renew


def _root(path: Path) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError):
        raise OperatorError(f"{path} is no certificate (PEM) that can be read") from None
