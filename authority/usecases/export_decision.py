"""Gives a proposal and everything about its decision as JSON: what was proposed, found, said and decided."""

from typing import Any

from authority.actors import Actor, NotAllowedError, Role
from authority.proposals import store
from authority.proposals.proposal import Proposal
from authority.proposals.standing import findings_about
from serving.database import Database


def export_decision(
    database: Database, actor: Actor, proposal_id: str, *, authority_id: str, now: int
) -> dict[str, Any]:
    """For the member itself, and for reviewers; raises NotAllowedError, OperatorError.

    Before a decision `findings` are those of this moment; a decision keeps those that its reviewer saw.
    The member learns what was decided and why; which person it was stays within the authority.
    """
    with database.reading() as session:
        proposal = store.find_proposal(session, proposal_id)
        is_reviewer = actor.organisation_id == authority_id and Role.REVIEWER in actor.roles
        if not is_reviewer and not is_own(actor, proposal):
            raise NotAllowedError("only its organisation and the authority's reviewers can see a proposal")
        exported = proposal.model_dump(mode="json", by_alias=True, exclude_none=True)
        if proposal.decision is None:
            found = findings_about(session, proposal, now=now)
            exported["findings"] = [one.model_dump(mode="json") for one in found]
    if not is_reviewer:
        _leave_out_reviewers(exported)
    return exported


def is_own(actor: Actor, proposal: Proposal) -> bool:
    """Whether somebody with a role in the organisation that proposed it asks."""
    return actor.organisation_id == proposal.organisation_id and bool(actor.roles)


def _leave_out_reviewers(exported: dict[str, Any]) -> None:
    for decision in (exported.get("decision"), exported.get("appeal", {}).get("decision")):
        if decision:
            decision.pop("reviewer")
