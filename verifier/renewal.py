"""A service's certificates and registrations are renewed while it runs, where the settings name the office.

What is put in place is seen by every process at its next request (`LiveServices`).
"""

from collections.abc import Mapping
from typing import Final

import httpx

from joining.office import Office
from joining.registrations import Registered, refresh_registrations
from joining.renewal import Renewer, Renewing
from joining.timer import Timer
from serving.http import FetchPolicy, HttpClient
from serving.keystore import FileKeystore
from serving.logs import EventLog
from verifier.installation import Installation
from verifier.service import REQUEST_KEY
from verifier.services import keystore_directory, load_certificates

KEYS: Final[Mapping[str, str]] = {"request-signing": REQUEST_KEY}


def create_timer(
    house: Installation, *, log: EventLog, transport: httpx.BaseTransport | None = None
) -> Timer | None:
    """What is done at intervals; None where nothing can be renewed by itself."""
    network = house.settings.network
    if network.office is None or network.trust_list is None:
        return None
    http = HttpClient(FetchPolicy.from_settings(house.settings), transport)
    anchors = load_certificates(network.root_certificates)
    renewer = Renewer(Office(network.office, http), anchors, house.clock, house.random, log)
    trust_list = network.trust_list

    def renew() -> None:
        for one in _keys(house):
            renewer.renew(one)

    def refresh() -> None:
        refresh_registrations(
            _registered(house), trust_list_url=trust_list, http=http, anchors=anchors, clock=house.clock
        )

    work = {"renewal_failed": renew, "registrations_not_fetched": refresh}
    return Timer(work, seconds=network.renewal_seconds, log=log)


def _keys(house: Installation) -> list[Renewing]:
    return [
        Renewing(keystore_directory(house.settings, name), service.keystore, REQUEST_KEY, purpose)
        for name, service in house.services.items()
        for purpose in KEYS
        if isinstance(service.keystore, FileKeystore)
    ]


def _registered(house: Installation) -> list[Registered]:
    return [
        Registered(approved.question, service.settings.organisation_id, asked.registration)
        for service in house.services.values()
        for asked, approved in zip(service.settings.questions, service.questions.values(), strict=True)
        if asked.registration is not None and not asked.unsafe_unchecked
    ]
