"""The nonce endpoint: OpenID4VCI 1.0 §7."""

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from issuer.routes.requests import Injected
from issuer.routes.token import NO_STORE
from issuer.usecases.give_nonce import give_nonce
from protocol.openid4vci.nonce import create_nonce_response
from serving.limits import limited

router = APIRouter()


@router.post("/nonce", dependencies=[limited("nonce")])
def nonce(deps: Injected) -> JSONResponse:
    """A fresh nonce for key proofs; anybody may ask, nothing is stored."""
    return JSONResponse(create_nonce_response(give_nonce(deps)), headers=NO_STORE)
