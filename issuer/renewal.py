"""A department's certificates are renewed while it runs, where the settings name the network's office.

What is put in place is seen by every process at its next signature (`LiveSigner`).
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Final
from urllib.parse import urlsplit

import httpx

from issuer.deps import CLAIM_KEY, STATUS_KEY, Deps
from joining.office import Office
from joining.registrations import Published
from joining.renewal import Renewer, Renewing
from protocol.sd_jwt_vc.issuer_name import stands_for
from serving.certificates import read_certificate
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
    http = HttpClient(FetchPolicy.from_settings(deps.settings), transport)
    anchors, trust_list = [read_certificate(network.root_certificate)], network.trust_list
    renewer = Renewer(Office(network.office, http), anchors, deps.clock, deps.random, deps.log)
    is_here = partial(_is_here, deps.settings.base_url)

    def renew(deps: Deps) -> None:
        published = Published(trust_list, http, anchors, deps.clock) if trust_list else None
        this_time = replace(renewer, trust_list=published.trust_list if published else None)
        for purpose, name in KEYS.items():
            this_time.renew(Renewing(deps.settings.keystore, keystore, name, purpose, is_here))

    return renew


def _is_here(base_url: str, address: str) -> bool:
    """Whether a certificate for `address` stands for our claims' `iss`."""
    return stands_for(base_url, hosts=[urlsplit(address).hostname or ""], uris=[address])
