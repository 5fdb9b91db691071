"""What a kind of server does its own way when it joins: the seam between `pdx join` and the parts.

A part gives a module by an entry point of `pdx.join`, named like the kind of member. Nothing here knows one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Final, Protocol, cast

from protocol.enrolment.organisation import Organisation
from protocol.registration.question import Question
from serving.clock import Clock
from serving.errors import OperatorError
from serving.keystore import FileKeystore

GROUP: Final = "pdx.join"


@dataclass(frozen=True)
class Place:
    """Where the new server is to be: its directory, address and port. `demo` allows http on localhost."""

    directory: Path
    base_url: str
    port: int
    demo: bool
    ca_bundle: Path | None = None

    @property
    def shared_settings(self) -> dict[str, Any]:
        """The keys that every settings file has."""
        outgoing = {"ca_bundle": str(self.ca_bundle.absolute())} if self.ca_bundle else {}
        settings: dict[str, Any] = {"demo": True} if self.demo else {}
        settings |= {"base_url": self.base_url, "port": self.port}
        if self.demo or outgoing:
            settings["outgoing"] = ({"allow_private": True} if self.demo else {}) | outgoing
        return settings


@dataclass(frozen=True)
class Approved:
    """A question and its registration certificate."""

    question: Question
    registration: str


@dataclass(frozen=True)
class Joined:
    """What is known once the certificates are in place, all of it verified under `root` (a file)."""

    place: Place
    organisation: Organisation
    office: str
    network: str
    trust_list: str
    root: Path
    clock: Clock
    questions: tuple[Approved, ...]


class Part(Protocol):
    """A kind of server. `KEYS`: the name of the signing key for each purpose."""

    KEYS: Mapping[str, str]

    def open_keystore(self, directory: Path, organisation: Organisation) -> FileKeystore:
        """The server's keystore, with what it needs besides signing keys; doing it twice changes nothing."""
        ...

    def finish(self, joined: Joined) -> Sequence[str]:
        """Writes settings and whatever a start needs; gives the lines to show. Done twice it adds what is
        new, and leaves alone what people changed.
        """
        ...


def find_part(kind: str) -> Part:
    """The part for a kind of member; raises OperatorError where none sets itself up."""
    for point in entry_points(group=GROUP):
        if point.name == kind:
            return cast(Part, point.load())
    known = ", ".join(sorted(point.name for point in entry_points(group=GROUP)))
    raise OperatorError(f"a {kind} is not set up by this command; it sets up: {known}")
