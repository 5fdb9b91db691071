"""Sessions at the office: begun with what the provider proves, looked up at every request, ended at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from authority.office.deps import Deps
from authority.people.email import read_email
from authority.people.store import OfficeSession, Person, keep_person
from serving.randomness import token
from serving.sign_in.sessions import add_session, digest, end_session, purge_sessions, touch_session
from serving.sign_in.settings import ProviderSettings

MAX_NAME = 200


@dataclass(frozen=True, slots=True, repr=False)
class SignedIn:
    """A person at work, and what their forms carry to show that they are ours."""

    id: str
    email: str  # empty unless the provider verified it
    name: str
    csrf: str


def begin_session(deps: Deps, claims: Mapping[str, Any], *, earlier: str | None = None) -> str:
    """Gives the cookie of a new session and ends the browser's `earlier` one."""
    sign_in, cookie, now = _sign_in(deps), token(deps.random), deps.clock.now()
    with deps.database.unit() as session:
        purge_sessions(session, OfficeSession, now=now, idle_seconds=sign_in.idle_seconds)
        if earlier:  # a session from before must not survive a sign-in
            end_session(session, OfficeSession, earlier)
        person = keep_person(session, _person(deps, sign_in, claims))
        row = OfficeSession(
            digest=digest(cookie),
            subject=person.id,
            csrf=token(deps.random),
            created_at=now,
            used_at=now,
            expires_at=now + sign_in.session_seconds,
        )
        add_session(session, row)
        session.commit()
    deps.log.info("office_signed_in", person=person.id)
    return cookie


def use_session(deps: Deps, cookie: str | None) -> SignedIn | None:
    """The session of a cookie, used now; None for one that is unknown, ended or too old."""
    if not cookie or deps.settings.sign_in is None:
        return None
    now, idle = deps.clock.now(), deps.settings.sign_in.idle_seconds
    with deps.database.unit() as session:
        found = touch_session(session, OfficeSession, cookie, now=now, idle_seconds=idle)
        person = session.get(Person, found.subject) if found else None
        session.commit()
    return SignedIn(person.id, person.email, person.name, found.csrf) if found and person else None


def sign_out(deps: Deps, signed_in: SignedIn, cookie: str) -> None:
    """Ends the session of a cookie; whoever has a copy of it has nothing."""
    with deps.database.unit() as session:
        end_session(session, OfficeSession, cookie)
        session.commit()
    deps.log.info("office_signed_out", person=signed_in.id)


def _person(deps: Deps, sign_in: ProviderSettings, claims: Mapping[str, Any]) -> Person:
    # OpenID Connect Core 1.0 §5.7: only issuer and subject name a person; an address may change hands
    is_verified = claims.get("email_verified") is True
    return Person(
        id=token(deps.random, 16),
        issuer=sign_in.issuer,
        subject=str(claims["sub"]),
        email=(read_email(str(claims.get("email", ""))) or "") if is_verified else "",
        name=str(claims.get("name", ""))[:MAX_NAME],
    )


def _sign_in(deps: Deps) -> ProviderSettings:
    assert deps.settings.sign_in is not None, "nobody comes back from a provider that is not set"
    return deps.settings.sign_in
