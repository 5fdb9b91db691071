"""The front page, signing in and out."""

import re

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from authority.office.deps import Injected
from authority.people.render import render
from authority.people.sessions import begin_session
from authority.people.sessions import sign_out as end_own_session
from authority.people.signed_in import (
    PerhapsSignedIn,
    SignedInPerson,
    form,
    office_cookie,
    provider_of,
)
from serving.limits import limited

router = APIRouter()
# Where a sign-in may lead: a page of ours, never another site (an open redirect).
_OURS = re.compile(r"/[a-z0-9][A-Za-z0-9/_-]{0,200}")


@router.get("/")
def front(request: Request, deps: Injected, person: PerhapsSignedIn) -> Response:
    """What the office is, and where to begin."""
    return render(request, deps, "front.html", person)


@router.get("/sign-in", dependencies=[limited("sign_in")])
async def sign_in(request: Request, deps: Injected) -> Response:
    """Sends a person to the provider; `then` is the page of ours that they came for."""
    then = request.query_params.get("then", "")
    there = then if _OURS.fullmatch(then) else ""
    return await provider_of(request).start(request, deps.url("/signed-in"), then=there)


@router.get("/signed-in", dependencies=[limited("sign_in")])
async def signed_in(request: Request, deps: Injected) -> Response:
    """Takes the provider's answer."""
    claims, then = await provider_of(request).finish(request)
    earlier = office_cookie(deps).read(request)
    cookie = await run_in_threadpool(begin_session, deps, claims, earlier=earlier)
    response = RedirectResponse(then or "/organisations", status_code=303)
    office_cookie(deps).send(response, cookie)
    return response


@router.post("/sign-out", dependencies=[Depends(form)])
def sign_out(request: Request, deps: Injected, person: SignedInPerson) -> Response:
    """Ends the session, here and for whoever has a copy of its cookie."""
    end_own_session(deps, person, office_cookie(deps).read(request) or "")
    response = RedirectResponse("/", status_code=303)
    office_cookie(deps).forget(response)
    return response
