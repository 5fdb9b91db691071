"""A running server renews its own certificates, well before they end and without a stop.

One round is one step: ask, look what became of it, or put the new key with its certificate in place by one
rename. Each step is written down first, so that a process that is killed goes on with the next round; of
several processes on one keystore one at a time takes a step. The key before stays for what was begun with it.

It is asked for when it is due, and at once when the trust list has another name than the certificate. What
the network certifies for another address is of no use to this server, which could not even start with it: it
is not asked for, nor put in place, and the server goes on with what it has.
"""

import fcntl
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography import x509
from pydantic import ValidationError

from joining.office import Office
from joining.verify import verify_certified
from protocol.enrolment.answer import Pending, Refused
from protocol.enrolment.binding import create_binding
from protocol.enrolment.purposes import KIND_OF, PURPOSES
from protocol.enrolment.renewal import create_renewal
from protocol.errors import ProtocolError
from protocol.trust_list.members import Department, MemberStatus, Service, TrustList
from protocol.x509 import LeafIdentity, parse_certificate, verify_chain
from protocol.x509.create import create_csr
from protocol.x509.leaf import names_in
from protocol.x509.validity import is_due
from serving.clock import Clock
from serving.errors import OperatorError
from serving.files import replace_file
from serving.http import FetchError
from serving.keystore import FileKeystore
from serving.logs import EventLog
from serving.randomness import Random, token
from serving.settings import Model

AGAIN_SECONDS: Final = 86_400  # after a refusal, or without an answer


class AddressChanged(OperatorError):
    """The network knows this server at another address by now, for which alone it certifies."""

    def __init__(self) -> None:
        super().__init__(
            "the network has another address for this server; set base_url to it, and run pdx join with a new"
            " link"
        )


class _Asked(Model):
    """A renewal on its way: the new key's name and the receipt, or that nothing came of it.

    `refused`: the authority said no. `elsewhere`: what it certified is for another address.
    """

    generation: str
    receipt: str
    asked_at: int
    refused: bool = False
    elsewhere: bool = False


def _anywhere(_address: str) -> bool:
    return True


@dataclass(frozen=True)
class Renewing:
    """One key of a server: where it is, and for what. `is_here` says whether an address is this server's."""

    directory: Path
    keystore: FileKeystore
    name: str
    purpose: str
    is_here: Callable[[str], bool] = _anywhere


@dataclass(frozen=True)
class Renewer:
    """What renewing works with. `anchors` are the network's root certificates.

    `trust_list` gives the newest that is to be had; without it a changed name comes when a renewal is due.
    """

    office: Office
    anchors: Sequence[x509.Certificate]
    clock: Clock
    random: Random
    log: EventLog
    trust_list: Callable[[], TrustList] | None = None

    def renew(self, key: Renewing) -> None:
        """One step for one key; raises OperatorError, ProtocolError for what may go better the next time."""
        with _alone(key.directory) as is_alone:
            if is_alone:
                self._step(key)

    def _step(self, key: Renewing) -> None:
        asked, now = _read(key), self.clock.now()
        chain = key.keystore.certificate_chain(key.keystore.current(key.name))
        is_wanted = self._is_renamed(key, chain) or is_due(parse_certificate(chain[0]), now)
        if asked is not None and now < asked.asked_at + AGAIN_SECONDS:
            if asked.elsewhere and is_wanted:
                raise AddressChanged
            if not asked.elsewhere and not asked.refused:
                self._look(key, asked)
            return
        if is_wanted:
            self._ask(key, chain)

    def _is_renamed(self, key: Renewing, chain: Sequence[bytes]) -> bool:
        """Whether the trust list has another name than the certificate; raises AddressChanged."""
        trust_list = self._newest()
        present = self._present(key, chain)
        made_at = parse_certificate(chain[0]).not_valid_before_utc.timestamp()
        if trust_list is None or trust_list.issued_at <= made_at:  # an older one than the certificate
            return False
        listed = _listed(trust_list, key.purpose, present.organisation_id)
        if listed is None or listed.status is not MemberStatus.ACTIVE:
            return False
        if not key.is_here(listed.url):
            raise AddressChanged
        return listed.name.en != present.organisation_name

    def _newest(self) -> TrustList | None:
        try:
            return self.trust_list() if self.trust_list else None
        except (FetchError, ProtocolError):  # a renewal that is due does not wait for it
            return None

    def _ask(self, key: Renewing, chain: Sequence[bytes]) -> None:
        now, jti = self.clock.now(), token(self.random)
        present = self._present(key, chain)
        generation = self._new_key(key)
        renewal = create_renewal(
            self._csr(key, generation, present, jti),
            key.keystore.signing_key(key.keystore.current(key.name)),
            x5c=chain,
            purpose=key.purpose,
            audience=self.office.address,
            jti=jti,
            now=now,
        )
        _, receipt = self.office.renew(renewal)
        _write(key, _Asked(generation=generation, receipt=receipt, asked_at=now))
        self.log.info("renewal_asked", kind=key.purpose)

    def _new_key(self, key: Renewing) -> str:
        """A key without a certificate: one that an earlier try left, or a new one."""
        asked, last = _read(key), key.keystore.last_generation(key.name)
        is_refused = asked is not None and asked.refused and asked.generation == last
        if not is_refused and not key.keystore.has_certificate_chain(last):
            return last
        name = key.keystore.next_generation(key.name)
        key.keystore.create_signing_key(name)
        return name

    def _csr(self, key: Renewing, generation: str, present: LeafIdentity, jti: str) -> bytes:
        return create_csr(
            key.keystore.signing_key(generation),
            organisation_id=present.organisation_id,
            organisation_name=present.organisation_name,
            common_name=key.purpose,
            hosts=present.hosts,
            uris=present.uris,
            challenge=create_binding(jti, key.purpose),
        )

    def _look(self, key: Renewing, asked: _Asked) -> None:
        answer = self.office.answer(asked.receipt)
        if isinstance(answer, Pending):
            return
        if isinstance(answer, Refused):
            self.log.error("renewal_refused", kind=key.purpose)
            _write(key, asked.model_copy(update={"refused": True}))
            return
        chains = verify_certified(
            answer,
            anchors=self.anchors,
            keys={key.purpose: key.keystore.signing_key(asked.generation).public_key},
            organisation_id=self._own_id(key),
            now=self.clock.now(),
        )
        _, addresses = names_in(parse_certificate(chains[key.purpose][0]))
        if not all(map(key.is_here, addresses)):
            _write(key, asked.model_copy(update={"elsewhere": True}))
            raise AddressChanged
        key.keystore.store_certificate_chain(asked.generation, chains[key.purpose])
        key.keystore.make_current(key.name, asked.generation)
        _path(key).unlink()
        self.log.info("certificate_renewed", kind=key.purpose)

    def _own_id(self, key: Renewing) -> str:
        chain = key.keystore.certificate_chain(key.keystore.current(key.name))
        return self._present(key, chain).organisation_id

    def _present(self, key: Renewing, chain: Sequence[bytes]) -> LeafIdentity:
        profile, now = PURPOSES[key.purpose], self.clock.now()
        return verify_chain(chain, anchors=self.anchors, now=now, expected_profile=profile)


def _listed(trust_list: TrustList, purpose: str, organisation_id: str) -> Service | Department | None:
    if KIND_OF[purpose] == "service":
        return trust_list.services.get(organisation_id)
    return trust_list.departments.get(organisation_id)


def _path(key: Renewing) -> Path:
    return key.directory / f"renewal-{key.name}.json"


def _read(key: Renewing) -> _Asked | None:
    try:
        return _Asked.model_validate_json(_path(key).read_bytes())
    except (OSError, ValidationError):  # none, or damaged: then it is asked for anew
        return None


def _write(key: Renewing, asked: _Asked) -> None:
    replace_file(_path(key), asked.model_dump_json().encode(), directory_mode=0o700, mode=0o600)


@contextmanager
def _alone(directory: Path) -> Iterator[bool]:
    """Whether no other process takes a step in this keystore now; whoever is late leaves it to the first."""
    with (directory / ".renewal.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
