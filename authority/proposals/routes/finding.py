"""What the pages about proposals look up: a proposal that somebody may see, and the names in it."""

from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import Depends, Request
from fastapi.responses import Response
from sqlmodel import Session

from authority.actors import Actor, Role, check_role
from authority.consistency import Catalogue
from authority.member import Kind as MemberKind
from authority.office.deps import Deps, Injected
from authority.people.render import render
from authority.people.sessions import SignedIn
from authority.people.signed_in import ActorInPath, ReviewerActor, SignedInPerson
from authority.proposals import store
from authority.proposals.catalogue import latest
from authority.proposals.proportionality import Finding
from authority.proposals.proposal import Kind, Proposal
from authority.proposals.screen import words
from authority.proposals.standing import findings_about
from authority.refusal import RefusedError
from authority.store import find_member, members_of
from protocol.registration.claim_type import ClaimType
from protocol.registration.question import Question
from serving.database import Database
from serving.errors import ApiError

REGISTERED: Final = "registered"


def find_own(session: Session, actor: Actor, proposal_id: str) -> Proposal:
    """A proposal of the organisation for which somebody acts; raises NotAllowedError, ApiError 404."""
    check_role(actor, *Role, organisation_id=actor.organisation_id)
    proposal = find_any(session, proposal_id)
    if not actor.roles or proposal.organisation_id != actor.organisation_id:
        raise ApiError(404, "not_found")
    return proposal


def find_any(session: Session, proposal_id: str) -> Proposal:
    """Whosever it is; raises ApiError 404."""
    try:
        return store.find_proposal(session, proposal_id)
    except RefusedError as error:
        raise ApiError(404, "not_found", str(error)) from None


def findings_of(session: Session, proposal: Proposal, *, now: int) -> tuple[Finding, ...]:
    """Those that its reviewer saw; as long as one has to decide, those of this moment."""
    if proposal.final is None or proposal.is_waiting:
        return findings_about(session, proposal, now=now)
    return proposal.final.findings


def kinds_of(session: Session, organisation_id: str) -> list[Kind]:
    """What an organisation may propose."""
    found = {kind for kind in MemberKind if find_member(session, kind, organisation_id)}
    return [kind for kind in Kind if kind.member_kind in found]


def registered_of(session: Session, organisation_id: str) -> list[ClaimType | Question]:
    """What is registered for an organisation, the newest version of each, whoever brought it in."""
    found: list[ClaimType | Question] = []
    for member in members_of(session, organisation_id):
        found += latest({one.vct: one for one in member.claim_types}).values()
        found += [one.question for one in member.registrations]
    return found


def earlier_of(session: Session, actor: Actor, earlier: str) -> ClaimType | Question:
    """What a new version goes on from: a proposal, or after `registered:` the id of something registered.

    Raises NotAllowedError, ApiError 404.
    """
    kind, _, name = earlier.partition(":")
    if kind != REGISTERED:
        return find_own(session, actor, earlier).document
    check_role(actor, *Role, organisation_id=actor.organisation_id)
    found = [one for one in registered_of(session, actor.organisation_id) if one.id == name]
    if not found:
        raise ApiError(404, "not_found")
    return found[0]


@dataclass(frozen=True)
class Visit:
    """A person's request, acting for an organisation."""

    request: Request
    deps: Deps
    person: SignedIn
    actor: Actor

    @property
    def organisation_id(self) -> str:
        return self.actor.organisation_id

    @property
    def now(self) -> int:
        return self.deps.clock.now()

    @property
    def database(self) -> Database:
        return self.deps.database

    def show(self, template: str, known: Catalogue, **context: Any) -> Response:
        """A page that writes claim types and days in words."""
        written = words(self.request, known) | {"organisation_id": self.organisation_id}
        return render(self.request, self.deps, template, self.person, **(written | context))


def member_visit(request: Request, deps: Injected, person: SignedInPerson, actor: ActorInPath) -> Visit:
    return Visit(request, deps, person, actor)


def review_visit(request: Request, deps: Injected, person: SignedInPerson, actor: ReviewerActor) -> Visit:
    return Visit(request, deps, person, actor)


#: Acting for the organisation of the path, and for the authority.
MemberVisit = Annotated[Visit, Depends(member_visit)]
ReviewVisit = Annotated[Visit, Depends(review_visit)]
