"""From a link to a server that is ready to be started.

 1. The link says where the office is and which root to trust; the office says whom the link is for.
 2. Keys are made here and never leave; the requests for them are written down before they are sent, so that
    a reply that got lost is asked for again.
 3. The office is asked until whoever has the authority's keys has certified.
 4. Everything that came is verified under the pinned root: certificates, trust list, registrations.
 5. Certificates are put in place, and the part writes its settings.

Done again it goes on where it stopped, and at the end it looks what is new.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final, TypeVar
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from joining.office import Office, OfficeUnreachable
from joining.part import Approved, Joined, Part, Place, find_part
from joining.state import JoinState, load_state, save_state
from joining.verify import (
    NotYetPublished,
    check_listed,
    check_registers,
    fetch_registration,
    fetch_trust_list,
    pinned_root,
    verify_certified,
)
from protocol.enrolment.answer import Certified, Pending, Refused, RegisteredQuestion
from protocol.enrolment.binding import create_binding
from protocol.enrolment.enrolment import Enrolment
from protocol.enrolment.link import EnrolmentLink
from protocol.enrolment.organisation import Organisation
from protocol.enrolment.purposes import PURPOSES_OF
from protocol.keys import SigningKey
from protocol.trust_list.members import TrustList
from protocol.x509.create import create_csr
from serving.clock import Clock
from serving.errors import OperatorError
from serving.files import replace_file
from serving.http import FetchError, HttpClient
from serving.keystore import FileKeystore

ROOT_FILE: Final = "root.pem"
EVERY_SECONDS: Final = 2
_T = TypeVar("_T")


@dataclass(frozen=True)
class Joining:
    """What a join works with; `wait` is how long it asks for certificates before it says: come back later.

    `tell` says what is done, `sleep` waits between two questions.
    """

    link: EnrolmentLink
    directory: Path
    place: Callable[[Organisation], Place]
    http: HttpClient
    clock: Clock
    wait: int
    tell: Callable[[str], None]
    sleep: Callable[[float], None]


def join_network(joining: Joining) -> Sequence[str]:
    """Joins, or goes on joining; gives the lines to show at the end. Raises OperatorError, ProtocolError."""
    return _Join(joining).run()


class _Join:
    def __init__(self, joining: Joining) -> None:
        self._j = joining
        self._directory = joining.directory
        self._office = Office(joining.link.office, joining.http)

    def run(self) -> Sequence[str]:
        state = self._begin()
        part = find_part(state.kind)
        place = self._j.place(state.organisation)
        keystore = part.open_keystore(self._directory, state.organisation)
        state = self._with_requests(state, part, keystore)
        state = self._handed_in(state)
        certified = self._certified(state)
        root = pinned_root(certified.network.root, self._j.link.root_sha256)
        self._install(state, part, keystore, certified, root)
        trust_list = self._listed(certified, root, state.organisation)
        joined = self._joined(place, certified, root, trust_list)
        lines = part.finish(joined)
        save_state(self._directory, state.model_copy(update={"done": True}))
        return lines

    def _begin(self) -> JoinState:  # 1
        link = sha256(self._j.link.code.encode()).hexdigest()
        known = load_state(self._directory)
        if known is not None and known.link == link:
            return known
        if known is not None and not (known.done or known.refused):
            raise OperatorError(f"{self._directory} is joining by another link; choose another directory")
        found = self._office.look(self._j.link.code)
        self._j.tell(f"Joining as {found.name_en} ({found.organisation_id}), {found.kind}, at {found.url}.")
        state = JoinState(
            link=link,
            office=self._office.address,
            kind=found.kind,
            organisation_id=found.organisation_id,
            name_en=found.name_en,
            name_cy=found.name_cy,
            url=found.url,
            fresh=known is not None,
        )
        return save_state(self._directory, state)

    def _with_requests(self, state: JoinState, part: Part, keystore: FileKeystore) -> JoinState:  # 2
        if state.requests:
            return state
        purposes = [one for one in PURPOSES_OF[state.kind] if one in part.KEYS]
        keys = {one: _new_key(keystore, part.KEYS[one], fresh=state.fresh) for one in purposes}
        requests = {
            purpose: self._csr(state.organisation, purpose, keystore.signing_key(name))
            for purpose, name in keys.items()
        }
        return save_state(self._directory, state.model_copy(update={"keys": keys, "requests": requests}))

    def _csr(self, organisation: Organisation, purpose: str, key: SigningKey) -> str:
        return create_csr(
            key,
            organisation_id=organisation.organisation_id,
            organisation_name=organisation.name_en,
            common_name=purpose,
            hosts=(urlsplit(organisation.url).hostname or "",),
            uris=(organisation.url,),
            challenge=create_binding(self._j.link.code, purpose),
        ).decode("ascii")

    def _handed_in(self, state: JoinState) -> JoinState:
        if state.receipt is not None:
            return state
        requests = {purpose: request.encode() for purpose, request in state.requests.items()}
        request_id, receipt = self._office.enrol(Enrolment(self._j.link.code, requests))
        self._j.tell(f"The office has the request ({request_id}).")
        return save_state(self._directory, state.model_copy(update={"receipt": receipt}))

    def _certified(self, state: JoinState) -> Certified:  # 3
        def ask() -> Certified | None:
            answer = self._office.answer(state.receipt or "")
            if isinstance(answer, Refused):
                save_state(self._directory, state.model_copy(update={"refused": answer.reason}))
                raise OperatorError(f"the authority refused it: {answer.reason}; ask for another link")
            return None if isinstance(answer, Pending) else answer

        return self._until("The authority has not certified yet", ask)

    def _install(
        self,
        state: JoinState,
        part: Part,
        keystore: FileKeystore,
        certified: Certified,
        root: x509.Certificate,
    ) -> None:  # 4, 5
        replace_file(self._directory / ROOT_FILE, root.public_bytes(Encoding.PEM), directory_mode=0o700)
        if state.done:  # they were put in place, and may have been renewed since
            return
        keys = {purpose: keystore.signing_key(name).public_key for purpose, name in state.keys.items()}
        chains = verify_certified(
            certified,
            anchors=[root],
            keys=keys,
            organisation_id=state.organisation_id,
            now=self._j.clock.now(),
        )
        for purpose, name in state.keys.items():
            keystore.store_certificate_chain(name, chains[purpose])
            if name != part.KEYS[purpose]:
                keystore.make_current(part.KEYS[purpose], name)

    def _listed(self, certified: Certified, root: x509.Certificate, organisation: Organisation) -> TrustList:
        def ask() -> TrustList | None:
            try:
                trust_list = fetch_trust_list(
                    self._j.http, certified.network.trust_list, anchors=[root], now=self._j.clock.now()
                )
                check_listed(trust_list, organisation)
            except (FetchError, NotYetPublished):
                return None
            return trust_list

        return self._until("The trust list does not name this organisation yet", ask)

    def _joined(
        self, place: Place, certified: Certified, root: x509.Certificate, trust_list: TrustList
    ) -> Joined:
        questions = tuple(
            Approved(one.question, self._registration(one, certified, root, trust_list))
            for one in certified.questions
        )
        return Joined(
            place=place,
            organisation=certified.organisation,
            office=self._office.address,
            network=certified.network.url,
            trust_list=certified.network.trust_list,
            root=self._directory / ROOT_FILE,
            clock=self._j.clock,
            questions=questions,
        )

    def _registration(
        self, one: RegisteredQuestion, certified: Certified, root: x509.Certificate, trust_list: TrustList
    ) -> str:
        def ask() -> str | None:
            try:
                compact, certificate = fetch_registration(
                    self._j.http,
                    one.registration,
                    anchors=[root],
                    trust_list=trust_list,
                    subject=certified.organisation.organisation_id,
                    now=self._j.clock.now(),
                )
            except FetchError:
                return None
            check_registers(one.question, certificate)
            return compact

        return self._until(f"The question {one.question.id} is not published yet", ask)

    def _until(self, meanwhile: str, ask: Callable[[], _T | None]) -> _T:
        end, told = self._j.clock.now() + self._j.wait, False
        while True:
            try:
                found = ask()
            except OfficeUnreachable as away:
                found, meanwhile = None, str(away)
            if found is not None:
                return found
            if self._j.clock.now() >= end:
                raise OperatorError(f"{meanwhile}; run the same command again later, it goes on from here")
            if not told:
                self._j.tell(f"{meanwhile}; waiting.")
            told = True
            self._j.sleep(EVERY_SECONDS)


def _new_key(keystore: FileKeystore, name: str, *, fresh: bool) -> str:
    """A key that has no certificate yet, under the name itself or, where that is taken, another."""
    if keystore.has_certificate_chain(name) or (fresh and keystore.has_signing_key(name)):
        name = keystore.next_generation(name)
    if not keystore.has_signing_key(name):
        keystore.create_signing_key(name)
    return name
