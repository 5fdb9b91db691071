"""Back from the provider with a decision: it is carried out as it was pressed."""

import json
from collections.abc import Mapping
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from authority.confirmation.asking import BACK, CarryOut, Pressed
from authority.confirmation.confirming import Answered
from authority.confirmation.store import PendingDecision, take_pending
from authority.office.deps import Deps, Injected
from authority.people.routes import changes
from authority.people.routes import reviews as members
from authority.people.sessions import SignedIn
from authority.people.signed_in import Fields, SignedInPerson, provider_of
from authority.people.store import Person
from authority.proposals.routes import reviews as proposals
from serving.errors import ApiError
from serving.limits import limited

router = APIRouter()
#: Who carries out what was pressed, by the name that the form was kept under.
WORK: Final[Mapping[str, CarryOut]] = {
    members.WHAT: members.carry_out,
    changes.WHAT: changes.carry_out,
    proposals.WHAT: proposals.carry_out,
}


@router.get(BACK, dependencies=[limited("sign_in")])
async def decided(request: Request, deps: Injected, person: SignedInPerson) -> Response:
    """Takes the provider's answer, and decides if it is the same person's who pressed."""
    claims, id_token, digest = await provider_of(request).finish_anew(request)
    pending = await run_in_threadpool(_take, deps, person, str(claims["sub"]), digest)
    return await run_in_threadpool(_decide, request, deps, person, pending, id_token)


def _decide(
    request: Request, deps: Deps, person: SignedIn, pending: PendingDecision, id_token: str
) -> Response:
    form = json.loads(pending.form)
    confirming = Answered(pending.document, id_token, deps.clock.now())
    fields = Fields(tuple((name, value) for name, value in form["pairs"]))
    pressed = Pressed(request, deps, person, form["what"], form["where"], fields)
    return WORK[pressed.what](pressed, confirming)


def _take(deps: Deps, person: SignedIn, subject: str, digest: str) -> PendingDecision:
    """What the person pressed, once; raises ApiError for another person, or for nothing that waits."""
    with deps.database.unit() as session:
        if session.get_one(Person, person.id).subject != subject:
            raise ApiError(403, "forbidden", page="other_person")
        pending = take_pending(session, digest, person.id, now=deps.clock.now())
        if pending is None:
            raise ApiError(410, "gone", page="decision_gone")
        session.commit()
    return pending
