"""Shows a member what would be found in a document before it is proposed; keeps nothing."""

from authority.actors import Actor, Role, check_role
from authority.proposals.proportionality import Finding
from authority.proposals.proposal import Kind
from authority.proposals.standing import findings_about_question, read_standing
from authority.usecases.submit_proposal import check_fits
from protocol.registration.claim_type import ClaimType
from protocol.registration.question import Question
from serving.database import Database


def preview_proposal(
    database: Database, actor: Actor, document: ClaimType | Question, *, now: int
) -> tuple[Finding, ...]:
    """What the checks find; raises NotAllowedError, and RefusedError for what could not be proposed."""
    check_role(actor, Role.OWNER, Role.TECHNICAL, organisation_id=actor.organisation_id)
    kind = Kind.of(document)
    with database.reading() as session:
        member = read_standing(session, kind.member_kind, actor.organisation_id)
        check_fits(session, member, document, now=now)
        return findings_about_question(session, document, now=now) if isinstance(document, Question) else ()
