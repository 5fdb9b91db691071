"""A member takes back what it proposed, before anybody has decided."""

from authority.actors import Actor, Role, check_role
from authority.proposals import store
from authority.proposals.proposal import Proposal, State
from authority.usecases.decide_proposal import DecidedAlreadyError
from serving.database import Database


def withdraw_proposal(database: Database, actor: Actor, proposal_id: str) -> Proposal:
    """Raises NotAllowedError; OperatorError where it was decided."""
    with database.unit() as session:
        before = store.find_proposal(session, proposal_id)
        check_role(actor, Role.OWNER, Role.TECHNICAL, organisation_id=before.organisation_id)
        withdrawn = store.replace(session, before, before.moved(State.WITHDRAWN))
        if withdrawn is None:
            raise DecidedAlreadyError("it was decided a moment ago; look at it again")
        session.commit()
        return withdrawn
