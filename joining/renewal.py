"""A running server renews its own certificates, well before they end and without a stop.

One round is one step: ask, look what became of it, or put the new key with its certificate in place by one
rename. Each step is written down first, so that a process that is killed goes on with the next round; of
several processes on one keystore one at a time takes a step. The key before stays for what was begun with it.
"""

import fcntl
from collections.abc import Iterator, Sequence
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
from protocol.enrolment.purposes import PURPOSES
from protocol.enrolment.renewal import create_renewal
from protocol.x509 import LeafIdentity, parse_certificate, verify_chain
from protocol.x509.create import create_csr
from protocol.x509.validity import is_due
from serving.clock import Clock
from serving.files import replace_file
from serving.keystore import FileKeystore
from serving.logs import EventLog
from serving.randomness import Random, token
from serving.settings import Model

AGAIN_SECONDS: Final = 86_400  # after a refusal, or without an answer


class _Asked(Model):
    """A renewal on its way: the new key's name and the receipt, or why it was refused."""

    generation: str
    receipt: str
    asked_at: int
    refused: bool = False


@dataclass(frozen=True)
class Renewing:
    """One key of a server: where it is, and for what."""

    directory: Path
    keystore: FileKeystore
    name: str
    purpose: str


@dataclass(frozen=True)
class Renewer:
    """What renewing works with. `anchors` are the network's root certificates."""

    office: Office
    anchors: Sequence[x509.Certificate]
    clock: Clock
    random: Random
    log: EventLog

    def renew(self, key: Renewing) -> None:
        """One step for one key; raises OperatorError, ProtocolError for what may go better the next time."""
        with _alone(key.directory) as is_alone:
            if is_alone:
                self._step(key)

    def _step(self, key: Renewing) -> None:
        asked, now = _read(key), self.clock.now()
        if asked is not None and now < asked.asked_at + AGAIN_SECONDS:
            if not asked.refused:
                self._look(key, asked)
            return
        chain = key.keystore.certificate_chain(key.keystore.current(key.name))
        if is_due(parse_certificate(chain[0]), now):
            self._ask(key, chain)

    def _ask(self, key: Renewing, chain: Sequence[bytes]) -> None:
        now, jti = self.clock.now(), token(self.random)
        profile = PURPOSES[key.purpose]
        present = verify_chain(chain, anchors=self.anchors, now=now, expected_profile=profile)
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
        key.keystore.store_certificate_chain(asked.generation, chains[key.purpose])
        key.keystore.make_current(key.name, asked.generation)
        _path(key).unlink()
        self.log.info("certificate_renewed", kind=key.purpose)

    def _own_id(self, key: Renewing) -> str:
        chain = key.keystore.certificate_chain(key.keystore.current(key.name))
        profile, now = PURPOSES[key.purpose], self.clock.now()
        leaf = verify_chain(chain, anchors=self.anchors, now=now, expected_profile=profile)
        return leaf.organisation_id


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
