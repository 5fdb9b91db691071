"""What the log tells of each question, claim type and member: the register shows no past from
elsewhere.

The members' records keep the newest certificate of the newest version only. The log keeps every registration
word for word, so it alone knows since when something is approved (a renewal is a new entry with the same
`intended_use_id`), and it can't lose what the records no longer have.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Final

import orjson

from authority.member import Kind
from protocol.errors import ProtocolError
from protocol.members import Members
from protocol.registration.certificate import RegistrationCertificate, read_registration
from protocol.transparency import Event
from serving.errors import OperatorError

_ORGANISATION: Final = re.compile(r"PDXGB-([a-z0-9]+(?:-[a-z0-9]+)*)")
_REFERENCE: Final = re.compile(r"([a-z0-9]+(?:-[a-z0-9]+)*)@([1-9][0-9]{0,8})")
_STANDINGS: Final = frozenset(
    {Event.ADMISSION, Event.CHANGE, Event.SUSPENSION, Event.REINSTATEMENT, Event.DEPARTURE}
)


@dataclass(frozen=True, slots=True)
class Logged:
    """Where and when something stands in the log; `at` is in Unix seconds."""

    index: int
    at: int


@dataclass(frozen=True)
class Version:
    """One version of one question: its first registration, and its newest, which says what holds."""

    number: int
    first: Logged
    newest: Logged
    payload: bytes

    @cached_property
    def terms(self) -> RegistrationCertificate:
        """What was approved, in the newest registration's words."""
        payload = orjson.loads(self.payload)
        return read_registration(Members(payload, code="bad_log_entry", name="the registration"))

    @cached_property
    def is_readable(self) -> bool:
        """Whether it says everything, in both languages."""
        try:
            return {"en", "cy"} <= self.terms.purpose.keys()
        except ProtocolError:
            return False


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that was decided about a member, with the reason that was given."""

    event: Event
    logged: Logged
    reason: str | None
    name: Mapping[str, str]
    url: str


QuestionKey = tuple[str, str]  # service, question
RoleKey = tuple[Kind, str]  # what a member does, its id


@dataclass(frozen=True)
class History:
    """`questions` have their versions, `standings` their happenings, each with the oldest first."""

    questions: dict[QuestionKey, list[Version]] = field(default_factory=dict)
    standings: dict[RoleKey, list[Happening]] = field(default_factory=dict)
    claim_types: dict[str, Logged] = field(default_factory=dict)  # by vct


def read_history(entries: Iterable[bytes]) -> History:
    """Reads a whole log, as it was written; raises OperatorError for an entry of ours that can't be read."""
    reader = HistoryReader()
    reader.read(entries)
    return reader.history()


class HistoryReader:
    """Reads a log that grows: what was read once is not read again, nor what was understood of it."""

    def __init__(self) -> None:
        self._history = History()
        self.size = 0

    def read(self, entries: Iterable[bytes]) -> None:
        """Reads the entries after the first `size`; raises OperatorError for one that can't be read.

        It is of no more use then.
        """
        for written in entries:
            event, _, body = written.partition(b"\n")
            try:
                _read(self._history, self.size, event.decode("ascii"), body)
            except (ProtocolError, LookupError, TypeError, ValueError):
                raise OperatorError(f"the log's entry {self.size} can't be read; restore the log") from None
            self.size += 1

    def history(self) -> History:
        """What was read, but for what no wallet takes, since it does not say everything: though logged, it
        must not stop the register.
        """
        readable = (
            (key, [one for one in versions if one.is_readable])
            for key, versions in self._history.questions.items()
        )
        return replace(self._history, questions={key: kept for key, kept in readable if kept})


def _read(history: History, index: int, event: str, body: bytes) -> None:
    # the quick reader will do: these are the log's own bytes, which our strict one wrote
    if event == Event.REGISTRATION:
        _read_registration(history, index, body)
    elif event == Event.CLAIM_TYPE:
        said = orjson.loads(body)
        history.claim_types.setdefault(said["vct"], Logged(index, said["at"]))
    elif event in _STANDINGS:
        _read_standing(history, index, Event(event), orjson.loads(body))


def _read_registration(history: History, index: int, body: bytes) -> None:
    said = orjson.loads(body)
    question, version = _matched(_REFERENCE, said["intended_use_id"])
    key = (organisation(said["sub"]), question)
    logged, number = Logged(index, said["iat"]), int(version)
    versions = history.questions.setdefault(key, [])
    if versions and versions[-1].number == number:  # renewed: approved since the first of them
        versions[-1] = Version(number, versions[-1].first, logged, body)
    else:
        versions.append(Version(number, logged, logged, body))


def _read_standing(history: History, index: int, event: Event, said: Mapping[str, Any]) -> None:
    key = (Kind(said["kind"]), organisation(said["organisation_id"]))
    happening = Happening(event, Logged(index, said["at"]), said.get("reason"), said["name"], said["url"])
    history.standings.setdefault(key, []).append(happening)


def organisation(organisation_id: str) -> str:
    """The short identifier in an organisation's; raises ValueError."""
    (short,) = _matched(_ORGANISATION, organisation_id)
    return short


def _matched(pattern: re.Pattern[str], text: str) -> tuple[str, ...]:
    found = pattern.fullmatch(text)
    if found is None:
        raise ValueError("not an identifier of ours")
    return found.groups()
