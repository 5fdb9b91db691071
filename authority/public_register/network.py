"""What the register is made from: the members as they are, the log as it was written, and the moment."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Literal

from authority.consistency import catalogue
from authority.member import Kind, Member
from authority.public_register.history import Happening, History, Logged, Version
from protocol.dcql.paths import Path
from protocol.registration.claim_type import ClaimType
from protocol.transparency import Event
from protocol.trust_list.members import MemberStatus

State = Literal["in-force", "suspended", "ended"]
IN_FORCE: Final = "in-force"

Words = dict[str, str]


@dataclass(frozen=True, slots=True)
class Standing:
    """How something stands, since when (None where nothing tells), and why it stands so."""

    state: State
    since: int | None
    reason: str | None = None


@dataclass(frozen=True)
class Network:
    """A network at one moment (`now`, Unix seconds), when its log had `log_size` entries."""

    base_url: str
    name: Words
    members: Sequence[Member]
    history: History
    log_size: int
    now: int

    @cached_property
    def roles(self) -> Mapping[tuple[Kind, str], Member]:
        return {(one.kind, one.id): one for one in self.members}

    @cached_property
    def catalogue(self) -> Mapping[str, ClaimType]:
        return catalogue(self.members)

    @cached_property
    def asked(self) -> dict[tuple[str, Sequence[Path]], dict[str, Any]]:
        """What was written of claims that are asked for: once, since many questions ask for the same."""
        return {}

    @cached_property
    def organisations(self) -> Sequence[str]:
        """The id of everybody who is a member or ever was one."""
        return sorted({member_id for _, member_id in {*self.roles, *self.history.standings}})

    def name_of(self, kind: Kind, member_id: str) -> Words:
        """What a member is called; of one that is gone, what it was called last."""
        member = self.roles.get((kind, member_id))
        if member is not None:
            return {"en": member.name.en, "cy": member.name.cy}
        happened = self.happened(kind, member_id)
        return dict(happened[-1].name) if happened else {"en": member_id, "cy": member_id}

    def url_of(self, kind: Kind, member_id: str) -> str | None:
        member = self.roles.get((kind, member_id))
        return member.url if member else None

    def happened(self, kind: Kind, member_id: str) -> Sequence[Happening]:
        return self.history.standings.get((kind, member_id), ())

    def standing(self, kind: Kind, member_id: str) -> Standing:
        """How a member stands in one of its roles."""
        member, happened = self.roles.get((kind, member_id)), self.happened(kind, member_id)
        if member is None:
            return Standing("ended", None)
        if member.has_left:
            last = _last(happened, Event.DEPARTURE)
            return Standing("ended", last.logged.at if last else None, last.reason if last else None)
        if member.status is not MemberStatus.ACTIVE:
            last = _last(happened, Event.SUSPENSION)
            return Standing("suspended", last.logged.at if last else None, last.reason if last else None)
        last = _last(happened, Event.ADMISSION, Event.REINSTATEMENT)
        return Standing(IN_FORCE, last.logged.at if last else None)

    def question_standing(self, service: str, question: str, newest: Version) -> Standing:
        """How a question stands: whether the service may ask it now, and else why not."""
        member, of_service = self.roles.get((Kind.SERVICE, service)), self.standing(Kind.SERVICE, service)
        registered = {one.question.id for one in member.registrations} if member else set()
        if question not in registered:
            return Standing("ended", _past(newest.terms.expires_at, self.now), of_service.reason)
        if of_service.state != IN_FORCE:
            return of_service
        if newest.terms.expires_at <= self.now:  # nobody renewed it
            return Standing("ended", newest.terms.expires_at)
        return Standing(IN_FORCE, max(newest.first.at, of_service.since or 0))

    def questions_of(self, service: str) -> Iterator[tuple[str, Sequence[Version]]]:
        """Every question that the service was ever approved to ask, with its versions."""
        for question in self._questions.get(service, ()):
            yield question, self.history.questions[service, question]

    def claim_types_of(self, department: str) -> Sequence[ClaimType]:
        member = self.roles.get((Kind.DEPARTMENT, department))
        return member.claim_types if member else ()

    def approved(self, claim_type: ClaimType) -> Logged | None:
        """Where the log says that a claim type was put into the catalogue."""
        return self.history.claim_types.get(claim_type.vct)

    @cached_property
    def _questions(self) -> Mapping[str, Sequence[str]]:
        found: dict[str, list[str]] = {}
        for service, question in sorted(self.history.questions):
            found.setdefault(service, []).append(question)
        return found


def _last(happened: Sequence[Happening], *events: Event) -> Happening | None:
    return next((one for one in reversed(happened) if one.event in events), None)


def _past(moment: int, now: int) -> int | None:
    return moment if moment <= now else None
