"""A page of the office: who is signed in stands above it, and its forms carry the session's mark."""

from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from fastapi import Request
from fastapi.responses import Response

from authority.actors import Actor, NotAllowedError, Role
from authority.office.deps import Deps
from authority.people.sessions import SignedIn
from authority.people.store import roles_of
from serving.pages import Pages

_LONDON: Final = ZoneInfo("Europe/London")


def render(
    request: Request,
    deps: Deps,
    template: str,
    person: SignedIn | None = None,
    *,
    status: int = 200,
    **context: Any,
) -> Response:
    """`template` extends office.html, whose bar needs what is added here."""
    pages: Pages = request.app.state.pages

    def day(at: int) -> str:
        return _day(pages.text(pages.language(request), "office.months"), at)

    context |= {
        "day": day,
        "authority": deps.settings.authority,
        "signed_in_as": (person.name or person.email or "–") if person else "",
        "csrf": person.csrf if person else "",
        "confirms": deps.settings.confirm_decisions,
        "is_reviewer": is_reviewer(deps, person) if person else False,
    }
    return pages.render(request, template, status=status, **context)


def is_reviewer(deps: Deps, person: SignedIn) -> bool:
    """Whether a person reviews for the authority now."""
    with deps.database.reading() as session:
        return Role.REVIEWER in roles_of(session, person.id, deps.settings.authority)


def check_may_see(deps: Deps, person: SignedIn, actor: Actor) -> None:
    """Its own people and reviewers; nobody else learns that it applied. Raises NotAllowedError."""
    if not actor.roles and not is_reviewer(deps, person):
        raise NotAllowedError("this needs a role in the organisation, or the role reviewer")


def _day(months: str, at: int) -> str:
    """A day as people write it, in London; `at` in Unix seconds."""
    local = datetime.fromtimestamp(at, UTC).astimezone(_LONDON)
    return f"{local.day} {months.split()[local.month - 1]} {local.year}"
