"""The one place where the office is put together."""

from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.responses import Response

from authority.actors import NotAllowedError
from authority.confirmation import routes as confirmation
from authority.enrolment import api as enrolment
from authority.enrolment import routes as enrolment_pages
from authority.office.deps import Deps
from authority.people.routes import again, applications, changes, people, reviews, signing_in
from authority.proposals.api import router as proposals_api
from authority.proposals.routes import approved, own, propose
from authority.proposals.routes import reviews as proposal_reviews
from authority.proposals.routes.typed import SignedOutError, signed_out
from serving.app import create_app
from serving.errors import ApiError
from serving.limits import PURPOSE, RateLimits
from serving.pages import Pages
from serving.sign_in.cookie import SessionCookie
from serving.sign_in.provider import Provider, keep_pending_sign_ins

AUTHORITY = Path(__file__).parents[1]
MAX_DOCUMENT = 256 * 1024  # bytes of a form: a question with every attribute explained in two languages
PAGES = tuple(AUTHORITY / part / "pages" for part in ("people", "enrolment", "proposals"))
ROUTERS = (
    enrolment.router,
    proposals_api,
    signing_in.router,
    people.router,
    applications.router,
    reviews.router,
    changes.router,
    confirmation.router,
    enrolment_pages.router,
    own.router,
    propose.router,
    approved.router,
    proposal_reviews.router,
    again.router,
)


def build_office(deps: Deps) -> FastAPI:
    """The web application of the office."""
    settings = deps.settings
    app = create_app(
        title="Personal Data Exchange: office",
        settings=settings,
        pages=Pages(settings.theme, *PAGES, secure=settings.is_https, demo=settings.demo),
        log=deps.log,
        deps=deps,
        routers=ROUTERS,
        machine_paths=["/api/"],
        body_limits={"/organisations/": MAX_DOCUMENT},
        csp=_policy(deps),
        ready=[deps.database.check],
        random=deps.random,
        limits=RateLimits(settings.limits, key=deps.keystore.mac(PURPOSE, b""), log=deps.log),
    )
    app.add_exception_handler(NotAllowedError, _not_allowed)
    app.add_exception_handler(SignedOutError, signed_out)
    _add_sign_in(app, deps)
    return app


async def _not_allowed(request: Request, error: Exception) -> Response:
    refusal = ApiError(403, "forbidden", str(error), page="not_allowed")
    answer = request.app.exception_handlers[ApiError](request, refusal)
    return await answer  # type: ignore[no-any-return]


def _policy(deps: Deps) -> dict[str, str]:
    """A form may lead on to the provider at which people sign in."""
    sign_in = deps.settings.sign_in
    return {"form-action": f"'self' {sign_in.origin}"} if sign_in else {}


def _add_sign_in(app: FastAPI, deps: Deps) -> None:
    app.state.provider = None
    if deps.settings.sign_in is not None:
        app.state.provider = Provider(
            deps.settings.sign_in, scope="openid email profile", log=deps.log, page="office_sign_in"
        )
        pending = SessionCookie("office-sign-in", "/", deps.settings.is_https)
        keep_pending_sign_ins(app, pending, key=deps.keystore.mac("office sign-in", b""))
