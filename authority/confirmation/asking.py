"""The way of a decision to the provider: from the form to the sign-in. `routes` is the way back."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from anyio import from_thread
from fastapi import Request
from fastapi.responses import Response

from authority.actors import Actor
from authority.confirmation.confirming import Asking, Confirming
from authority.confirmation.document import digest_of, nonce_of
from authority.confirmation.store import PendingDecision, keep_pending
from authority.office.deps import Deps
from authority.people.sessions import SignedIn
from authority.people.signed_in import Fields, actor_for, provider_of
from serving.sign_in.provider import PENDING_SECONDS

BACK: Final = "/decided"


@dataclass(frozen=True)
class Pressed:
    """What somebody pressed: `what` names the use case, and `where` what it is about."""

    request: Request
    deps: Deps
    person: SignedIn
    what: str
    where: str
    form: Fields

    @property
    def actor(self) -> Actor:
        """The person, acting for the authority with the roles of this moment."""
        return actor_for(self.deps, self.person, self.deps.settings.authority)


#: Decides, or takes down what would be decided, and gives the page that follows.
CarryOut = Callable[[Pressed, Confirming | None], Response]


def decide_confirmed(pressed: Pressed, carry_out: CarryOut) -> Response:
    """Decides at once or, where decisions are confirmed, sends the person to the provider first.

    Runs in a thread of the event loop's.
    """
    deps = pressed.deps
    if not deps.settings.confirm_decisions:
        return carry_out(pressed, None)
    now = deps.clock.now()
    asking = Asking(deps.random, now)
    answer = carry_out(pressed, asking)
    if not asking.document:  # it can't be decided: the page says why
        return answer
    row = PendingDecision(
        digest=digest_of(asking.document),
        person_id=pressed.person.id,
        document=asking.document,
        form=json.dumps({"what": pressed.what, "where": pressed.where, "pairs": list(pressed.form.pairs)}),
        expires_at=now + PENDING_SECONDS,
    )
    with deps.database.unit() as session:
        keep_pending(session, row, now=now)
        session.commit()
    start = partial(
        provider_of(pressed.request).start_anew,
        pressed.request,
        deps.url(BACK),
        nonce=nonce_of(asking.document),
        then=row.digest,
    )
    return from_thread.run(start)
