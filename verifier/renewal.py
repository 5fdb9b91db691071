"""A service's certificates and registrations are renewed while it runs, where the settings name the office.

So is taken up what it may ask by now.

What is put in place is seen by every process at its next request (`LiveServices`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Final

import httpx

from joining.office import Office
from joining.questions import QuestionSource
from joining.registrations import Published, Registered
from joining.renewal import Renewer, Renewing
from joining.timer import Task, Timer
from serving.http import FetchPolicy, HttpClient
from serving.keystore import FileKeystore
from serving.logs import EventLog
from verifier.installation import Installation
from verifier.registered import put_questions
from verifier.service import REQUEST_KEY, Service
from verifier.services import keystore_directory, load_certificates
from verifier.settings import host_of

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

    def tasks() -> Iterator[Task]:
        published = Published(trust_list, http, anchors, house.clock)
        yield from _renewals(house, replace(renewer, trust_list=published.trust_list))
        yield from _looks(house, source)
        # only now: a version that was just taken up is not looked for under the name of the one before
        yield from _refreshes(house, published)

    return Timer(tasks, clock=house.clock, log=log)


def _renewals(house: Installation, renewer: Renewer) -> Iterator[Task]:
    seconds = house.settings.network.renewal_seconds
    for name, service in house.services.items():
        if not isinstance(service.keystore, FileKeystore):
            continue
        directory = keystore_directory(house.settings, name)
        for purpose in KEYS:
            key = Renewing(directory, service.keystore, REQUEST_KEY, purpose, partial(_is_here, house))
            yield Task("renewal_failed", partial(renewer.renew, key), seconds, {"service": name})


def _is_here(house: Installation, address: str) -> bool:
    """Whether wallets would send an answer here with a certificate for `address`: the host decides."""
    return host_of(address) == host_of(house.settings.base_url)


def _looks(house: Installation, source: QuestionSource) -> Iterator[Task]:
    for name, service in house.services.items():
        if service.settings.registered is None:
            continue
        # whoever has no question yet is being set up, and somebody waits for the first one
        seconds = house.settings.network.renewal_seconds if service.questions else SETUP_SECONDS
        do = partial(_take_up, service, source)
        yield Task("questions_not_fetched", do, seconds, {"service": name})


def _take_up(service: Service, source: QuestionSource) -> None:
    directory = service.settings.registered
    if directory is None:
        return
    known = [one.question for one in service.questions.values()]
    put_questions(directory, source.new_questions(service.settings.organisation_id, known))


def _refreshes(house: Installation, published: Published) -> Iterator[Task]:
    seconds = house.settings.network.renewal_seconds
    for name, service in house.services.items():
        for reference, approved in service.questions.items():
            if approved.renewed_in is None:
                continue
            one = Registered(approved.question, service.settings.organisation_id, approved.renewed_in)
            of = {"service": name, "question": reference}
            yield Task("registrations_not_fetched", partial(published.refresh, one), seconds, of)
