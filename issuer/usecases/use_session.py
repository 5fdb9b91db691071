"""Whose session a cookie stands for: looked up at every request, so that what was ended is ended."""

from dataclasses import dataclass

from issuer.deps import Deps
from issuer.store import StaffSession
from issuer.usecases.admit_staff import admit_staff
from serving.sign_in.sessions import touch_session


@dataclass(frozen=True, repr=False)
class SignedIn:
    """A member of staff at work, and what their forms carry to show that they are ours."""

    subject: str
    csrf: str


def use_session(deps: Deps, cookie: str | None) -> SignedIn | None:
    """The session of a cookie, used now; None for one that is unknown, ended or too old. Raises NotStaff."""
    sign_in = deps.settings.sign_in
    if not cookie or sign_in is None:
        return None
    now = deps.clock.now()
    with deps.database.unit() as session:
        found = touch_session(session, StaffSession, cookie, now=now, idle_seconds=sign_in.idle_seconds)
        session.commit()
    if found is None:
        return None
    admit_staff(deps, found.subject)
    return SignedIn(found.subject, found.csrf)
