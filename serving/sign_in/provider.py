"""The way to the OpenID provider and back: authorization code with PKCE, state and nonce.

Authlib checks the answer: state, PKCE, nonce, signature, issuer and audience (OpenID Connect Core 1.0
§3.1.3.7).
"""

from collections.abc import Mapping
from typing import Any, Final, cast

import httpx2
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.starlette_client import OAuth
from fastapi import FastAPI, Request
from fastapi.responses import Response
from joserfc.errors import JoseError
from starlette.middleware.sessions import SessionMiddleware

from serving.errors import ApiError
from serving.logs import EventLog
from serving.sign_in.cookie import SessionCookie
from serving.sign_in.settings import ProviderSettings, read_client_secret

PENDING_SECONDS = 600  # from here to the provider and back
MAX_SUBJECT = 255  # OpenID Connect Core 1.0 §2
_NEXT: Final = "next"
_NAME: Final = "provider"
_NOT_PROVEN: Final = (AuthlibBaseError, JoseError, KeyError, ValueError)


class Provider:
    """One part's client at the provider; `page` names the texts for whoever has to sign in."""

    def __init__(self, settings: ProviderSettings, *, scope: str, log: EventLog, page: str) -> None:
        self._scope, self._log, self._page = scope, log, page
        self._oauth = OAuth()
        secret = settings.client_secret_file
        self._oauth.register(
            _NAME,
            server_metadata_url=f"{settings.issuer.rstrip('/')}/.well-known/openid-configuration",
            client_id=settings.client_id,
            client_secret=read_client_secret(secret) if secret else None,
            client_kwargs={
                "scope": scope,
                "code_challenge_method": "S256",
                "token_endpoint_auth_method": "client_secret_basic" if secret else "none",
                "timeout": 10,
            },
        )

    async def start(self, request: Request, back: str, *, then: str = "") -> Response:
        """Sends a person to the provider, and from there `back`; `then` is remembered meanwhile."""
        return await self._start(request, back, then)

    async def start_anew(self, request: Request, back: str, *, nonce: str, then: str) -> Response:
        """The same for somebody who is signed in and shall sign in again, for what the nonce is a digest of.

        `nonce` has at least 128 bits that nobody can guess. The provider asks who it is, whatever it knows of
        the browser (OpenID Connect Core 1.0 §3.1.2.1), and says when.
        """
        return await self._start(request, back, then, nonce=nonce, prompt="login", max_age=0)

    async def _start(self, request: Request, back: str, then: str, **asked: Any) -> Response:
        request.session.clear()  # one sign-in at a time, so that the cookie stays small
        try:
            redirect = await self._client().authorize_redirect(request, back, **asked)
        except (httpx2.HTTPError, *_NOT_PROVEN):
            raise self._away() from None
        if then:
            request.session[_NEXT] = then
        return cast(Response, redirect)

    async def finish(self, request: Request) -> tuple[Mapping[str, Any], str]:
        """What the provider's answer proves, and what was remembered; raises ApiError.

        The claims have a `sub` of a length that can be kept.
        """
        claims, _, then = await self.finish_anew(request)
        return claims, then

    async def finish_anew(self, request: Request) -> tuple[Mapping[str, Any], str, str]:
        """The same with the ID token between the two, as the provider sent it: it tells about the person."""
        claims, id_token = await self._claims(request)
        then = str(request.session.get(_NEXT, ""))
        request.session.clear()
        if not 0 < len(str(claims.get("sub", ""))) <= MAX_SUBJECT:
            self._log.warning("sign_in_failed")
            raise self.sign_in_first()
        return claims, id_token, then

    def sign_in_first(self) -> ApiError:
        return ApiError(401, "unauthorized", page=self._page)

    async def _claims(self, request: Request) -> tuple[Mapping[str, Any], str]:
        client = self._client()
        try:
            answer = await client.authorize_access_token(request)
            proven = dict(answer["userinfo"])
            id_token = str(answer["id_token"])
            if self._scope == "openid":
                return proven, id_token
            more = dict(await client.userinfo(token=answer))
        except httpx2.HTTPError:
            raise self._away() from None
        except _NOT_PROVEN:
            return {}, ""
        # OpenID Connect Core 1.0 §5.3.2: what is told of another subject must not be used
        return ({**more, **proven} if more.get("sub") == proven["sub"] else {}), id_token

    def _client(self) -> Any:
        return self._oauth.create_client(_NAME)

    def _away(self) -> ApiError:
        self._log.error("sign_in_provider_unavailable")
        return ApiError(503, "temporarily_unavailable", headers={"retry-after": "60"})


def keep_pending_sign_ins(app: FastAPI, cookie: SessionCookie, *, key: bytes) -> None:
    """Where Authlib keeps state, nonce and code verifier of a sign-in that is under way: a signed cookie.

    It lives until the provider's answer comes. Who is signed in stands in the database.
    """
    app.add_middleware(
        SessionMiddleware,
        secret_key=key.hex(),
        session_cookie=cookie.name,
        max_age=PENDING_SECONDS,
        path=cookie.sent_to,
        same_site="lax",
        https_only=cookie.is_https,
    )
