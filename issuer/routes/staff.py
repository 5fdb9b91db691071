"""The department's own page: staff sign in, say who a person is, see which claims they get, make an offer.

Between two pages nothing about the person is kept but in the pages themselves; nothing is in an address.
"""

import hmac
from collections.abc import Mapping
from typing import Annotated, Any, cast

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from issuer.deps import Deps
from issuer.links import OfferLinks, offer_links
from issuer.routes.person_form import PersonForm, form_attributes, read_form
from issuer.routes.requests import Injected
from issuer.usecases.admit_staff import NotStaff, staff_mark
from issuer.usecases.begin_session import begin_session
from issuer.usecases.check_person import Check, No, Yes, check_person
from issuer.usecases.end_sessions import sign_out as end_own_session
from issuer.usecases.make_offer import MadeOffer, OfferRefused, make_offer
from issuer.usecases.use_session import SignedIn, use_session
from serving.errors import ApiError
from serving.forms import Body, form_fields
from serving.limits import limited
from serving.sign_in.cookie import SessionCookie
from serving.sign_in.provider import Provider, keep_pending_sign_ins

router = APIRouter(prefix="/staff")


def add_sign_in(app: FastAPI, deps: Deps) -> None:
    """Registers the OpenID provider of the settings."""
    sign_in = deps.settings.sign_in
    app.state.provider = None
    if sign_in is not None:
        app.state.provider = Provider(sign_in, scope="openid", log=deps.log, page="staff_sign_in")
        pending = SessionCookie("staff-sign-in", "/staff", deps.settings.is_https)
        keep_pending_sign_ins(app, pending, key=deps.keystore.mac("staff sign-in", b""))


def _provider(request: Request) -> Provider:
    provider = request.app.state.provider
    if provider is None:
        raise ApiError(404, "not_found", "staff sign-in is not set up here")
    return cast(Provider, provider)


def _cookie(deps: Deps) -> SessionCookie:
    return SessionCookie("staff", "/staff", deps.settings.is_https)


def _session(request: Request, deps: Deps) -> SignedIn | None:
    """Who is signed in, None for nobody; raises ApiError for one who is no longer of the staff."""
    _provider(request)
    try:
        return use_session(deps, _cookie(deps).read(request))
    except NotStaff:
        raise _not_staff() from None


def _signed_in(request: Request, deps: Injected) -> SignedIn:
    """The member of staff; raises ApiError for anybody else, also for one who was once."""
    session = _session(request, deps)
    if session is None:
        raise _provider(request).sign_in_first()
    return session


Staff = Annotated[SignedIn, Depends(_signed_in)]


@router.get("/sign-in", dependencies=[limited("sign_in")])
async def sign_in(request: Request, deps: Injected) -> Response:
    """Sends the member of staff to the provider."""
    return await _provider(request).start(request, deps.url("/staff/signed-in"))


@router.get("/signed-in", dependencies=[limited("sign_in")])
async def signed_in(request: Request, deps: Injected) -> Response:
    """Takes the provider's answer."""
    claims, _ = await _provider(request).finish(request)
    earlier = _cookie(deps).read(request)
    try:
        cookie = await run_in_threadpool(begin_session, deps, str(claims["sub"]), earlier=earlier)
    except NotStaff:
        raise _not_staff() from None
    response = RedirectResponse("/staff", status_code=303)
    _cookie(deps).send(response, cookie)
    return response


def _not_staff() -> ApiError:
    return ApiError(403, "forbidden", page="not_staff")


@router.post("/sign-out")
def sign_out(request: Request, body: Body, deps: Injected, staff: Staff) -> Response:
    """Ends the session, here and for whoever has a copy of its cookie."""
    _checked_form(request, body, staff)
    end_own_session(deps, staff, _cookie(deps).read(request) or "")
    response = RedirectResponse("/", status_code=303)
    _cookie(deps).forget(response)
    return response


@router.get("")
def start(request: Request, deps: Injected) -> Response:
    """The person's form, or the way to sign in."""
    staff = _session(request, deps)
    if staff is None:
        return _render(request, deps, "sign_in.html")
    return _render_form(request, deps, staff, PersonForm({}, {}, ()))


@router.get("/check")
@router.get("/offer")
@router.get("/person")
def again(request: Request) -> Response:
    """Where a change of language leads from a page that answered a form: back to the start."""
    return RedirectResponse(f"/staff?{request.url.query}", status_code=303)


@router.post("/person")
def change(request: Request, body: Body, deps: Injected, staff: Staff) -> Response:
    """The form again with what was entered, to add to it or to correct it."""
    form = _person(deps, dict(_checked_form(request, body, staff)))
    return _render_form(request, deps, staff, form)


@router.post("/check", dependencies=[limited("look_up")])
def check(request: Request, body: Body, deps: Injected, staff: Staff) -> Response:
    """Says which claims the person could get."""
    form = _person(deps, dict(_checked_form(request, body, staff)))
    if form.wrong or not form.attributes:
        return _render_form(request, deps, staff, form, status=422)
    return _render_checks(request, deps, staff, form)


@router.post("/offer", dependencies=[limited("look_up")])
def offer(request: Request, body: Body, deps: Injected, staff: Staff) -> Response:
    """Makes the offer and shows it, once."""
    fields = _checked_form(request, body, staff)
    form = _person(deps, dict(fields))
    wanted = [value for name, value in fields if name == "claim" and value in deps.claim_types]
    if form.wrong or not form.attributes:
        return _render_form(request, deps, staff, form, status=422)
    if not wanted:
        return _render_checks(request, deps, staff, form, nothing_chosen=True)
    try:
        made = make_offer(deps, form.attributes, wanted)
    except OfferRefused:
        return _render_checks(request, deps, staff, form)
    mark = staff_mark(deps, staff.subject)
    deps.log.info("staff_made_offer", staff=mark, count=len(made.claim_types))
    return _render_offer(request, deps, staff, made)


def _checked_form(request: Request, body: bytes, staff: SignedIn) -> list[tuple[str, str]]:
    """The form's fields, if the form is one of ours in this session (cross-site request forgery)."""
    fields = form_fields(request, body)
    given = dict(fields).get("csrf", "")
    if not hmac.compare_digest(given.encode(), staff.csrf.encode()):
        raise ApiError(403, "forbidden", "the form is not from this session")
    return [(name, value) for name, value in fields if name != "csrf"]


def _person(deps: Deps, fields: Mapping[str, str]) -> PersonForm:
    return read_form(fields, form_attributes(deps.claim_types))


def _render_form(
    request: Request, deps: Deps, staff: SignedIn, form: PersonForm, *, status: int = 200
) -> Response:
    names = form_attributes(deps.claim_types)
    return _render(request, deps, "person.html", staff, status=status, names=names, form=form)


def _render_checks(
    request: Request, deps: Deps, staff: SignedIn, form: PersonForm, *, nothing_chosen: bool = False
) -> Response:
    checks = _looked_up(deps, staff, form)
    return _render(
        request,
        deps,
        "checks.html",
        staff,
        status=422 if nothing_chosen else 200,
        nothing_chosen=nothing_chosen,
        form=form,
        checks=checks,
        kinds={check.configuration_id: type(check.result).__name__ for check in checks},
        yes=[check.configuration_id for check in checks if isinstance(check.result, Yes)],
    )


def _looked_up(deps: Deps, staff: SignedIn, form: PersonForm) -> tuple[Check, ...]:
    """What the registers say, and a line in the audit: staff look up only whom they have to."""
    checks = check_person(deps, form.attributes)
    found = sum(isinstance(check.result, Yes | No) for check in checks)
    deps.log.info("staff_checked_person", staff=staff_mark(deps, staff.subject), count=found)
    return checks


def _render_offer(request: Request, deps: Deps, staff: SignedIn, made: MadeOffer) -> Response:
    links: OfferLinks = offer_links(deps, made.reference)
    minutes = deps.settings.offer_seconds // 60
    return _render(request, deps, "offer.html", staff, made=made, links=links, minutes=minutes)


def _render(
    request: Request,
    deps: Deps,
    template: str,
    staff: SignedIn | None = None,
    *,
    status: int = 200,
    **context: Any,
) -> Response:
    pages = request.app.state.pages
    name = deps.settings.name[pages.language(request)]
    context |= {"service_name": name, "csrf": staff.csrf if staff else "", "home_url": "/staff"}
    return cast(Response, pages.render(request, template, status=status, **context))
