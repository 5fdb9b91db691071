"""The credential endpoint: OpenID4VCI 1.0 §8, RFC 6750 §3, RFC 9449 §7."""

from typing import NoReturn

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from issuer.deps import Deps
from issuer.registers.connector import RegisterUnavailable
from issuer.routes.dpop import spend_dpop, verify_dpop
from issuer.routes.requests import Injected, authorization
from issuer.routes.token import BUSY, NO_STORE
from issuer.store import AccessToken
from issuer.usecases.issue_claim import ScopeRefused, TokenRefused, authorize, issue_claim
from issuer.usecases.watch_certificates import CertificateEnded
from protocol.errors import ProtocolError
from protocol.openid4vci.credential import (
    CredentialRequest,
    CredentialResponse,
    create_credential_response,
    parse_credential_request,
)
from protocol.openid4vci.encryption import (
    ENCRYPTED_MEDIA_TYPE,
    decrypt_credential_request,
    encrypt_credential_response,
)
from protocol.openid4vci.errors import CREDENTIAL_ERROR_STATUS, CredentialError
from serving.errors import ApiError
from serving.forms import Body, media_type
from serving.limits import limited

CREDENTIAL_PATH = "/credential"

router = APIRouter()


@router.post(CREDENTIAL_PATH, dependencies=[limited("credential", code=BUSY)])
def credential(request: Request, body: Body, deps: Injected) -> Response:
    """Issues the copies of one claim."""
    token = _authorized(deps, request)
    try:
        wanted = _parsed(deps, request, body)
        return _written(issue_claim(deps, token, wanted), wanted)
    except CredentialError as error:
        raise ApiError(CREDENTIAL_ERROR_STATUS, error.error, str(error), headers=NO_STORE) from None
    except ScopeRefused:
        _refuse(403, "insufficient_scope", "the access token is for other credentials", deps)
    except (RegisterUnavailable, CertificateEnded) as error:
        headers = {**NO_STORE, "retry-after": "60"}
        raise ApiError(503, BUSY, str(error), headers=headers) from None


def _written(response: CredentialResponse, wanted: CredentialRequest) -> Response:
    if wanted.response_encryption is None:
        return JSONResponse(create_credential_response(response), headers=NO_STORE)
    encrypted = encrypt_credential_response(response, wanted.response_encryption)
    return Response(encrypted, media_type=ENCRYPTED_MEDIA_TYPE, headers=NO_STORE)


def _authorized(deps: Deps, request: Request) -> AccessToken:
    given = authorization(request)
    if given is None:  # RFC 6750 §3.1: no error code where no token was sent
        headers = {"www-authenticate": _challenge(deps), **NO_STORE}
        raise ApiError(401, "invalid_token", "send an access token", headers=headers)
    try:
        proof = verify_dpop(deps, request, CREDENTIAL_PATH, access_token=given.token)
        if (given.scheme == "dpop") != (proof is not None):  # RFC 9449 §7.1, §7.2: no downgrade to Bearer
            _refuse(401, "invalid_token", "the scheme does not fit the token", deps)
        token = authorize(deps, given.token, jkt=proof.jkt if proof else None)
        spend_dpop(deps, proof)
    except ProtocolError as error:
        _refuse(401, "invalid_dpop_proof", str(error), deps)
    except TokenRefused:
        _refuse(401, "invalid_token", "the access token is not valid", deps)
    return token


def _parsed(deps: Deps, request: Request, body: bytes) -> CredentialRequest:
    kind = media_type(request)
    if kind == ENCRYPTED_MEDIA_TYPE:  # §10
        if deps.request_key is None:
            raise CredentialError("invalid_encryption_parameters", "encrypted requests are not supported")
        return decrypt_credential_request(body.decode("ascii", "replace"), deps.request_key)
    if kind != "application/json":  # §8.2
        raise CredentialError("invalid_credential_request", "send application/json")
    return parse_credential_request(body)


def _refuse(status: int, code: str, text: str, deps: Deps) -> NoReturn:
    challenge = f'{_challenge(deps)}, error="{code}", error_description="{text}"'
    raise ApiError(status, code, text, headers={"www-authenticate": challenge, **NO_STORE})


def _challenge(deps: Deps) -> str:
    # RFC 9449 §7.1: `algs` names what a proof may be signed with
    return 'DPoP algs="ES256"' if deps.settings.dpop_required else 'Bearer realm="credential"'
