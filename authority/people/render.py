"""A page of the office: who is signed in stands above it, and its forms carry the session's mark."""

from typing import Any, cast

from fastapi import Request
from fastapi.responses import Response

from authority.actors import Role
from authority.office.deps import Deps
from authority.people.sessions import SignedIn
from authority.people.store import roles_of


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
    context |= {
        "signed_in_as": (person.name or person.email or "–") if person else "",
        "csrf": person.csrf if person else "",
        "is_reviewer": is_reviewer(deps, person) if person else False,
    }
    return cast(Response, request.app.state.pages.render(request, template, status=status, **context))


def is_reviewer(deps: Deps, person: SignedIn) -> bool:
    """Whether a person reviews for the authority now."""
    with deps.database.reading() as session:
        return Role.REVIEWER in roles_of(session, person.id, deps.settings.authority)
