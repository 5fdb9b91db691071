"""A member of staff has signed in: a random cookie stands for them, and the database says for whom.

What the cookie says is nothing; so it can be ended from here, by any process, at once.
"""

from issuer.deps import Deps
from issuer.settings import SignInSettings
from issuer.store import StaffSession
from issuer.usecases.admit_staff import admit_staff, staff_mark
from serving.randomness import token
from serving.sign_in.sessions import add_session, digest, end_session


def begin_session(deps: Deps, subject: str, *, earlier: str | None = None) -> str:
    """Gives the cookie of a new session and ends the browser's `earlier` one; raises NotStaff."""
    admit_staff(deps, subject)
    cookie = token(deps.random)
    with deps.database.unit() as session:
        if earlier:  # a session from before must not survive a sign-in
            end_session(session, StaffSession, earlier)
        add_session(session, _row(deps, subject, cookie))
        session.commit()
    deps.log.info("staff_signed_in", staff=staff_mark(deps, subject))
    return cookie


def _row(deps: Deps, subject: str, cookie: str) -> StaffSession:
    now, sign_in = deps.clock.now(), deps.settings.sign_in
    assert isinstance(sign_in, SignInSettings), "nobody is admitted without a provider"
    return StaffSession(
        digest=digest(cookie),
        subject=subject,
        csrf=token(deps.random),
        created_at=now,
        used_at=now,
        expires_at=now + sign_in.session_seconds,
    )
