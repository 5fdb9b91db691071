"""What the log tells of each question, claim type and member: the register shows no past from
elsewhere.

The members' records keep the newest certificate of the newest version only. The log keeps every registration
word for word, so it alone knows since when something is approved (a renewal is a new entry with the same
`intended_use_id`), and it can't lose what the records no longer have.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
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
    history = History()
    for index, written in enumerate(entries):
        event, _, body = written.partition(b"\n")
        try:
            _read(history, index, event.decode("ascii"), body)
        except (ProtocolError, LookupError, TypeError, ValueError):
            raise OperatorError(f"the log's entry {index} can't be read; restore the log") from None
    return _readable(history)


def _readable(history: History) -> History:
    """Without what no wallet takes, since it does not say everything: logged, it must not stop every list."""
    for key, versions in [*history.questions.items()]:
        kept = [one for one in versions if _is_readable(one)]
        if kept:
            history.questions[key] = kept
        else:
            del history.questions[key]
    return history


def _is_readable(version: Version) -> bool:
    try:
        return {"en", "cy"} <= version.terms.purpose.keys()
    except ProtocolError:
        return False


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
