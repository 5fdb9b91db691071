"""The department's own page: staff sign in, say who a person is, see which claims they get, make an offer.

Between two pages nothing about the person is kept but in the pages themselves; nothing is in an address.
"""

import hmac
from collections.abc import Mapping
from typing import Annotated, Any, Final, cast

import httpx2
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.starlette_client import OAuth
from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.responses import RedirectResponse, Response
from joserfc.errors import JoseError

from issuer.deps import Deps
from issuer.links import OfferLinks, offer_links
from issuer.routes.person_form import PersonForm, form_attributes, read_form
from issuer.routes.requests import Body, Injected, form_fields
from issuer.settings import IssuerSettings
from issuer.usecases.check_person import Yes, check_person
from issuer.usecases.make_offer import MadeOffer, OfferRefused, make_offer
from serving.errors import ApiError
from serving.randomness import token

PROVIDER = "provider"
_NOT_PROVEN: Final = (AuthlibBaseError, JoseError, KeyError, ValueError)

router = APIRouter(prefix="/staff")


def add_sign_in(app: FastAPI, settings: IssuerSettings) -> None:
    """Registers the OpenID provider of the settings: authorization code with PKCE, state and nonce."""
    app.state.oauth = None
    if settings.sign_in is None:
        return
    secret = settings.sign_in.client_secret_file
    app.state.oauth = OAuth()
    app.state.oauth.register(
        PROVIDER,
        server_metadata_url=f"{settings.sign_in.issuer.rstrip('/')}/.well-known/openid-configuration",
        client_id=settings.sign_in.client_id,
        client_secret=secret.read_text().strip() if secret else None,
        client_kwargs={
            "scope": "openid",
            "code_challenge_method": "S256",
            "token_endpoint_auth_method": "client_secret_basic" if secret else "none",
            "timeout": 10,
        },
    )


def _provider(request: Request) -> Any:
    if request.app.state.oauth is None:
        raise ApiError(404, "not_found", "staff sign-in is not set up here")
    return request.app.state.oauth.create_client(PROVIDER)


def _signed_in(request: Request, deps: Injected) -> str:
    """The subject of the member of staff; raises ApiError for anybody else, also for one who was once."""
    _provider(request)
    subject = request.session.get("staff")
    if not isinstance(subject, str):
        raise ApiError(401, "unauthorized", page="staff_sign_in")
    _admit(deps, subject)
    return subject


Staff = Annotated[str, Depends(_signed_in)]


@router.get("/sign-in")
async def sign_in(request: Request, deps: Injected) -> Response:
    """Sends the member of staff to the provider."""
    try:
        redirect = await _provider(request).authorize_redirect(request, deps.url("/staff/signed-in"))
    except (httpx2.HTTPError, *_NOT_PROVEN):
        raise _provider_away(deps) from None
    return cast(Response, redirect)


@router.get("/signed-in")
async def signed_in(request: Request, deps: Injected) -> Response:
    """Takes the provider's answer; Authlib checks state, PKCE, nonce, signature, issuer and audience."""
    try:
        answer = await _provider(request).authorize_access_token(request)
        subject = str(answer["userinfo"]["sub"])
    except httpx2.HTTPError:
        raise _provider_away(deps) from None
    except _NOT_PROVEN:
        deps.log.warning("staff_sign_in_failed")
        raise ApiError(401, "unauthorized", page="staff_sign_in") from None
    _admit(deps, subject)
    request.session.clear()  # a session from before must not survive a sign-in
    request.session.update({"staff": subject, "csrf": token(deps.random)})
    deps.log.info("staff_signed_in", staff=_staff_mark(deps, subject))
    return RedirectResponse("/staff", status_code=303)


def _provider_away(deps: Deps) -> ApiError:
    deps.log.error("sign_in_provider_unavailable")
    return ApiError(503, "temporarily_unavailable", headers={"retry-after": "60"})


def _admit(deps: Deps, subject: str) -> None:
    sign_in = deps.settings.sign_in
    if sign_in is None or (sign_in.staff and subject not in sign_in.staff):
        deps.log.warning("staff_refused", staff=_staff_mark(deps, subject))
        raise ApiError(403, "forbidden", page="not_staff")


@router.post("/sign-out")
def sign_out(request: Request, body: Body, _staff: Staff) -> Response:
    """Ends the session."""
    _checked_form(request, body)
    request.session.clear()
    return RedirectResponse("/", status_code=303)


@router.get("")
def start(request: Request, deps: Injected) -> Response:
    """The person's form, or the way to sign in."""
    _provider(request)
    if request.session.get("staff") is None:
        return _render(request, deps, "sign_in.html")
    _signed_in(request, deps)
    return _render_form(request, deps, PersonForm({}, {}, ()))


@router.get("/check")
@router.get("/offer")
@router.get("/person")
def again(request: Request) -> Response:
    """Where a change of language leads from a page that answered a form: back to the start."""
    return RedirectResponse(f"/staff?{request.url.query}", status_code=303)


@router.post("/person")
def change(request: Request, body: Body, deps: Injected, _staff: Staff) -> Response:
    """The form again with what was entered, to add to it or to correct it."""
    form = _person(deps, dict(_checked_form(request, body)))
    return _render_form(request, deps, form)


@router.post("/check")
def check(request: Request, body: Body, deps: Injected, _staff: Staff) -> Response:
    """Says which claims the person could get."""
    form = _person(deps, dict(_checked_form(request, body)))
    if form.wrong or not form.attributes:
        return _render_form(request, deps, form, status=422)
    return _render_checks(request, deps, form)


@router.post("/offer")
def offer(request: Request, body: Body, deps: Injected, staff: Staff) -> Response:
    """Makes the offer and shows it, once."""
    fields = _checked_form(request, body)
    form = _person(deps, dict(fields))
    wanted = [value for name, value in fields if name == "claim" and value in deps.claim_types]
    if form.wrong or not form.attributes:
        return _render_form(request, deps, form, status=422)
    if not wanted:
        return _render_checks(request, deps, form, nothing_chosen=True)
    try:
        made = make_offer(deps, form.attributes, wanted)
    except OfferRefused:
        return _render_checks(request, deps, form)
    deps.log.info("staff_made_offer", staff=_staff_mark(deps, staff), count=len(made.claim_types))
    return _render_offer(request, deps, made)


def _checked_form(request: Request, body: bytes) -> list[tuple[str, str]]:
    """The form's fields, if the form is one of ours in this session (cross-site request forgery)."""
    fields = form_fields(request, body)
    expected = str(request.session.get("csrf", ""))
    given = dict(fields).get("csrf", "")
    if not expected or not hmac.compare_digest(given.encode(), expected.encode()):
        raise ApiError(403, "forbidden", "the form is not from this session")
    return [(name, value) for name, value in fields if name != "csrf"]


def _person(deps: Deps, fields: Mapping[str, str]) -> PersonForm:
    return read_form(fields, form_attributes(deps.claim_types))


def _staff_mark(deps: Deps, subject: str) -> str:
    """Which member of staff, for the audit: the same mark for the same person, and not who it is."""
    return deps.keystore.mac("audit", subject.encode()).hex()[:16]


def _render_form(request: Request, deps: Deps, form: PersonForm, *, status: int = 200) -> Response:
    names = form_attributes(deps.claim_types)
    return _render(request, deps, "person.html", status=status, names=names, form=form)


def _render_checks(
    request: Request, deps: Deps, form: PersonForm, *, nothing_chosen: bool = False
) -> Response:
    checks = check_person(deps, form.attributes)
    return _render(
        request,
        deps,
        "checks.html",
        status=422 if nothing_chosen else 200,
        nothing_chosen=nothing_chosen,
        form=form,
        checks=checks,
        kinds={check.configuration_id: type(check.result).__name__ for check in checks},
        any_yes=any(isinstance(check.result, Yes) for check in checks),
    )


def _render_offer(request: Request, deps: Deps, made: MadeOffer) -> Response:
    links: OfferLinks = offer_links(deps, made.reference)
    minutes = deps.settings.offer_seconds // 60
    return _render(request, deps, "offer.html", made=made, links=links, minutes=minutes)


def _render(request: Request, deps: Deps, template: str, *, status: int = 200, **context: Any) -> Response:
    pages = request.app.state.pages
    name = deps.settings.name[pages.language(request)]
    context |= {"service_name": name, "csrf": request.session.get("csrf", ""), "home_url": "/staff"}
    return cast(Response, pages.render(request, template, status=status, **context))
