"""The offer behind a link or QR code: OpenID4VCI 1.0 §4.1.3."""

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from issuer.routes.requests import Injected
from issuer.usecases.read_offer import OfferGone, read_offer
from serving.errors import ApiError
from serving.limits import limited

router = APIRouter()


@router.get("/offers/{reference}", dependencies=[limited("offer")])
def offer(reference: str, request: Request, deps: Injected) -> JSONResponse:
    """The Credential Offer; gone when it was taken up, locked or is too old, which is not told apart."""
    pages = request.app.state.pages
    description = pages.text(pages.language(request), "offer.code_description", name=_name(deps, request))
    try:
        return JSONResponse(read_offer(deps, reference, description=description))
    except OfferGone:
        raise ApiError(404, "not_found", "there is no open offer here; ask for a new one") from None


def _name(deps: Injected, request: Request) -> str:
    return deps.settings.name[request.app.state.pages.language(request)]
