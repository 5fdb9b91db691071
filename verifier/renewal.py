"""A service's certificates and registrations are renewed while it runs, where the settings name the office.

So is taken up what it may ask by now.

What is put in place is seen by every process at its next request (`LiveServices`).
"""

from collections.abc import Mapping
from typing import Final

import httpx

from joining.office import Office
from joining.questions import QuestionSource
from joining.registrations import Registered, refresh_registrations
from joining.renewal import Renewer, Renewing
from joining.timer import Timer
from serving.http import FetchPolicy, HttpClient
from serving.keystore import FileKeystore
from serving.logs import EventLog
from verifier.installation import Installation
from verifier.registered import put_questions
from verifier.service import REQUEST_KEY, Service
from verifier.services import keystore_directory, load_certificates

KEYS: Final[Mapping[str, str]] = {"request-signing": REQUEST_KEY}
SETUP_SECONDS: Final = 3


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
    source = QuestionSource(renewer.office, trust_list, http, anchors, house.clock)

    def renew() -> None:
        for one in _keys(house):
            renewer.renew(one)

    def refresh() -> None:
        if registered := _registered(house):
            refresh_registrations(
                registered, trust_list_url=trust_list, http=http, anchors=anchors, clock=house.clock
            )

    def look() -> None:
        for service in house.services.values():
            _take_up(service, source)

    work = {"renewal_failed": renew, "registrations_not_fetched": refresh, "questions_not_fetched": look}
    return Timer(work, seconds=lambda: _seconds(house), log=log)


def _seconds(house: Installation) -> int:
    """Whoever has no question yet is being set up, and somebody waits for the first one."""
    is_asking = all(service.questions for service in house.services.values())
    return house.settings.network.renewal_seconds if is_asking else SETUP_SECONDS


def _take_up(service: Service, source: QuestionSource) -> None:
    directory = service.settings.registered
    if directory is None:
        return
    known = [one.question for one in service.questions.values()]
    put_questions(directory, source.new_questions(service.settings.organisation_id, known))


def _keys(house: Installation) -> list[Renewing]:
    return [
        Renewing(keystore_directory(house.settings, name), service.keystore, REQUEST_KEY, purpose)
        for name, service in house.services.items()
        for purpose in KEYS
        if isinstance(service.keystore, FileKeystore)
    ]


def _registered(house: Installation) -> list[Registered]:
    return [
        Registered(approved.question, service.settings.organisation_id, approved.renewed_in)
        for service in house.services.values()
        for approved in service.questions.values()
        if approved.renewed_in is not None
    ]
