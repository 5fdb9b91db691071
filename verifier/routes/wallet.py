"""What a wallet talks to: OpenID4VP 1.0 §5.10 request_uri and §8.3 response_uri."""

import re
from typing import Final

from fastapi import APIRouter
from starlette.responses import JSONResponse, Response

from protocol.openid4vp.request_object import REQUEST_OBJECT_MEDIA_TYPE
from protocol.openid4vp.response import create_response_answer, parse_response_form
from serving.errors import ApiError
from serving.limits import limited
from verifier.routes.dependencies import House
from verifier.routes.forms import Form, FormFields
from verifier.usecases.receive_response import receive_error, receive_response
from verifier.usecases.sign_request import sign_request

router = APIRouter(prefix="/oid4vp", include_in_schema=False)

_WALLET_NONCE: Final = re.compile(r"[!-~]{1,512}")


@router.get("/request/{ref}", dependencies=[limited("request")])
def get_request(ref: str, house: House) -> Response:
    """The signed request object."""
    return _signed(sign_request(house, ref, wallet_nonce=None))


@router.post("/request/{ref}", dependencies=[limited("request")])
def post_request(ref: str, house: House, form: FormFields) -> Response:
    """The same with the wallet's nonce in it; `wallet_metadata` would not change what we send."""
    return _signed(sign_request(house, ref, wallet_nonce=_wallet_nonce(form)))


@router.post("/response/{ref}", dependencies=[limited("response")])
def post_response(ref: str, house: House, form: FormFields) -> JSONResponse:
    """Takes `response=<JWE>`, or a wallet's plain error; says where the citizen goes next."""
    received = parse_response_form(form)
    if isinstance(received, str):
        redirect_uri = receive_response(house, ref, received)
    else:
        redirect_uri = receive_error(house, ref, received, state=dict(form).get("state", ""))
    return JSONResponse(create_response_answer(redirect_uri), headers={"cache-control": "no-store"})


def _signed(request_object: str) -> Response:
    return Response(
        request_object, media_type=REQUEST_OBJECT_MEDIA_TYPE, headers={"cache-control": "no-store"}
    )


def _wallet_nonce(form: Form) -> str | None:
    nonce = dict(form).get("wallet_nonce")
    if nonce is not None and not _WALLET_NONCE.fullmatch(nonce):
        raise ApiError(400, "invalid_request", "wallet_nonce must be 1 to 512 printable ASCII characters")
    return nonce
