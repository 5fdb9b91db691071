"""Ending sessions of staff: one's own by signing out, or all of somebody's from outside."""

from issuer.deps import Deps
from issuer.store import StaffSession
from issuer.usecases.admit_staff import staff_mark
from issuer.usecases.use_session import SignedIn
from serving.database import Database
from serving.sign_in.sessions import end_session, end_sessions_of


def sign_out(deps: Deps, signed_in: SignedIn, cookie: str) -> None:
    """Ends the session of a cookie; whoever has a copy of it has nothing."""
    with deps.database.unit() as session:
        end_session(session, StaffSession, cookie)
        session.commit()
    deps.log.info("staff_signed_out", staff=staff_mark(deps, signed_in.subject))


def end_sessions(database: Database, subject: str | None) -> int:
    """Ends every session of one subject, or (None) of everybody; gives how many."""
    with database.unit() as session:
        count = end_sessions_of(session, StaffSession, subject)
        session.commit()
    return count
