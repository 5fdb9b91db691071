"""What a wallet reads first: OpenID4VCI 1.0 §12.2 and §12.3 (RFC 8414)."""

from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from issuer.definitions.load import ClaimType
from issuer.deps import Deps
from issuer.routes.requests import Injected
from protocol.openid4vci.encryption import create_encryption_metadata
from protocol.openid4vci.metadata import (
    create_authorization_server_metadata,
    create_issuer_metadata,
    create_sd_jwt_vc_configuration,
)
from serving.settings import Text

ISSUER_PATH = "/.well-known/openid-credential-issuer"
SERVER_PATH = "/.well-known/oauth-authorization-server"
LOCALES = {"en": "en-GB", "cy": "cy-GB"}
_CACHED = {"cache-control": "public, max-age=300"}

router = APIRouter()


@router.get(ISSUER_PATH)
def issuer_metadata(deps: Injected) -> JSONResponse:
    """The Credential Issuer Metadata."""
    return JSONResponse(build_issuer_metadata(deps), headers=_CACHED)


@router.get(SERVER_PATH)
def server_metadata(deps: Injected) -> JSONResponse:
    """The Authorization Server Metadata: the issuer is its own authorization server."""
    return JSONResponse(build_server_metadata(deps), headers=_CACHED)


def build_issuer_metadata(deps: Deps) -> dict[str, Any]:
    """The metadata of this department's claim types."""
    types = deps.claim_types
    announced = create_encryption_metadata([deps.request_key]) if deps.request_key else {}
    return announced | create_issuer_metadata(
        credential_issuer=deps.issuer,
        credential_endpoint=deps.url("/credential"),
        nonce_endpoint=deps.url("/nonce"),
        # one number for all types, so the smallest: what it promises holds for each
        batch_size=min(one.definition.batch_size for one in types.values()),
        display=tuple(_display(deps.settings.name)),
        configurations={name: _configuration(one) for name, one in types.items()},
    )


def build_server_metadata(deps: Deps) -> dict[str, Any]:
    """The metadata of the token endpoint: pre-authorized code only, no client authentication."""
    return create_authorization_server_metadata(issuer=deps.issuer, token_endpoint=deps.url("/token"))


def _configuration(claim_type: ClaimType) -> dict[str, Any]:
    definition = claim_type.definition
    title, statement = definition.title, definition.statement
    return create_sd_jwt_vc_configuration(
        vct=definition.vct,
        scope=definition.configuration_id,
        display=tuple(
            {"name": getattr(title, code), "locale": locale, "description": getattr(statement, code)}
            for code, locale in LOCALES.items()
        ),
        claims=tuple(
            {
                "path": list(disclosed.path),
                "mandatory": disclosed in definition.disclose.always,
                "display": _display(Text(en=disclosed.title.en, cy=disclosed.title.cy)),
            }
            for disclosed in definition.disclose.all
        ),
    )


def _display(text: Text) -> list[dict[str, str]]:
    return [{"name": text[code], "locale": locale} for code, locale in LOCALES.items()]
