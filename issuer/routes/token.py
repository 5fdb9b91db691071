"""The token endpoint: OpenID4VCI 1.0 §6, RFC 6749 §5, RFC 9449 §5."""

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from issuer.routes.dpop import spend_dpop, verify_dpop
from issuer.routes.requests import Injected
from issuer.usecases.redeem_code import check_code, redeem_code
from protocol.errors import ProtocolError
from protocol.openid4vci.token import TokenError, TokenRequest, create_token_response, parse_token_request
from serving.errors import ApiError
from serving.forms import Body, form_fields
from serving.limits import limited

TOKEN_PATH = "/token"  # noqa: S105 - an address
BUSY = "temporarily_unavailable"  # RFC 6749 §4.1.2.1: overloaded; §5.2 has no code for it
NO_STORE = {"cache-control": "no-store", "pragma": "no-cache"}  # RFC 6749 §5.1

router = APIRouter()


@router.post(TOKEN_PATH, dependencies=[limited("token", code=BUSY)])
def token(request: Request, body: Body, deps: Injected) -> JSONResponse:
    """Trades a pre-authorized code for an access token."""
    try:
        wanted = parse_token_request(form_fields(request, body))
        response = redeem_code(deps, wanted, jkt=_proven_key(deps, request, wanted))
    except TokenError as error:
        raise ApiError(400, error.error, str(error), headers=NO_STORE) from None
    return JSONResponse(create_token_response(response), headers=NO_STORE)


def _proven_key(deps: Injected, request: Request, wanted: TokenRequest) -> str | None:
    # Before the transaction code is looked at: a request without a good proof costs the citizen no try.
    try:
        proof = verify_dpop(deps, request, TOKEN_PATH)
        check_code(deps, wanted)
        spend_dpop(deps, proof)
    except TokenError:
        raise
    except ProtocolError as error:
        raise TokenError("invalid_dpop_proof", str(error)) from None  # RFC 9449 §5
    return proof.jkt if proof else None
