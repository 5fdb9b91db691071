"""Who asks, as FastAPI dependencies: the session and the roles are looked up anew for every request.

    SignedInPerson   somebody who is signed in
    ActorInPath      the same, acting for the organisation `{organisation_id}` of the path
    ReviewerActor    the same, acting for the authority itself
    Form             the fields of a form of this very session
    LongForm         the same, with more of them

Without a session they answer 401; an actor without roles is for the use case to refuse (`check_role`).
"""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Final, cast

from fastapi import Depends, Request

from authority.actors import Actor
from authority.office.deps import Deps, Injected
from authority.people.sessions import SignedIn, use_session
from authority.people.store import roles_of
from serving.errors import ApiError
from serving.forms import Body, form_fields
from serving.sign_in.cookie import SessionCookie
from serving.sign_in.provider import Provider

MAX_LONG: Final = 600  # fields


def office_cookie(deps: Deps) -> SessionCookie:
    return SessionCookie("office", "/", deps.settings.is_https)


def provider_of(request: Request) -> Provider:
    """The provider of the settings; raises ApiError where there is none."""
    if request.app.state.provider is None:
        raise ApiError(404, "not_found", "sign-in is not set up here")
    return cast(Provider, request.app.state.provider)


def perhaps_signed_in(request: Request, deps: Injected) -> SignedIn | None:
    return use_session(deps, office_cookie(deps).read(request))


def signed_in(request: Request, found: Annotated[SignedIn | None, Depends(perhaps_signed_in)]) -> SignedIn:
    if found is None:
        raise provider_of(request).sign_in_first()
    return found


PerhapsSignedIn = Annotated[SignedIn | None, Depends(perhaps_signed_in)]
SignedInPerson = Annotated[SignedIn, Depends(signed_in)]


def actor_for(deps: Deps, person: SignedIn, organisation_id: str) -> Actor:
    """The person, acting for an organisation with the roles of this moment."""
    with deps.database.reading() as session:
        roles = roles_of(session, person.id, organisation_id)
    return Actor(person.id, organisation_id, roles)


def actor(organisation_id: str, deps: Injected, person: SignedInPerson) -> Actor:
    return actor_for(deps, person, organisation_id)


def reviewer(deps: Injected, person: SignedInPerson) -> Actor:
    return actor_for(deps, person, deps.settings.authority)


ActorInPath = Annotated[Actor, Depends(actor)]
ReviewerActor = Annotated[Actor, Depends(reviewer)]


@dataclass(frozen=True, slots=True, repr=False)
class Fields:
    """What a form says."""

    pairs: Sequence[tuple[str, str]]

    def get(self, name: str) -> str:
        """The last value of a field without spaces around it, empty for none."""
        return dict(self.pairs).get(name, "").strip()

    def all(self, name: str) -> list[str]:
        """Every value of a field that may be repeated."""
        return [value for key, value in self.pairs if key == name]


def form(request: Request, body: Body, person: SignedInPerson) -> Fields:
    """The form's fields, if the form is one of ours in this session (cross-site request forgery)."""
    return checked(Fields(form_fields(request, body)), person)


def long_form(request: Request, body: Body, person: SignedInPerson) -> Fields:
    """As `form`, for a document that is written in a form: its fields are as many as its parts."""
    return checked(Fields(form_fields(request, body, most=MAX_LONG)), person)


def checked(fields: Fields, person: SignedIn) -> Fields:
    """The fields if they carry the mark of the person's session; raises ApiError."""
    if not hmac.compare_digest(fields.get("csrf").encode(), person.csrf.encode()):
        raise ApiError(403, "forbidden", "the form is not from this session")
    return fields


Form = Annotated[Fields, Depends(form)]
LongForm = Annotated[Fields, Depends(long_form)]
