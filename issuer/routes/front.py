"""The department's public page: which claims it gives, by which law, and how to ask for one."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from issuer.calendar import today_of
from issuer.routes.requests import Injected

router = APIRouter()


@router.get("/")
def front(request: Request, deps: Injected) -> Response:
    """What this department vouches for."""
    today = today_of(deps.clock.now())
    definitions = [one.definition for one in deps.claim_types.values()]
    pages = request.app.state.pages
    return pages.render(  # type: ignore[no-any-return]
        request,
        "front.html",
        service_name=deps.settings.name[pages.language(request)],
        definitions=[one for one in definitions if one.is_effective(today)],
    )
