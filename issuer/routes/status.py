"""Status lists, as plain files that any cache may keep: Token Status List draft 14 §8."""

import hashlib

from fastapi import APIRouter, Request
from fastapi.responses import Response

from issuer.routes.requests import Injected
from issuer.store import published_token
from serving.errors import ApiError

MEDIA_TYPE = "application/statuslist+jwt"

router = APIRouter()


@router.get("/status/{number}")
def status_list(number: int, request: Request, deps: Injected) -> Response:
    """The published token; who asks is not looked at, and nothing is worked out."""
    with deps.database.reading() as session:
        token = published_token(session, number) if 0 < number < 1 << 31 else None
    if token is None:
        raise ApiError(404, "not_found", "there is no such status list")
    headers = {
        "etag": f'"{hashlib.sha256(token.encode()).hexdigest()[:32]}"',
        "cache-control": f"public, max-age={_max_age(deps)}",
    }
    if request.headers.get("if-none-match") == headers["etag"]:
        return Response(status_code=304, headers=headers)
    return Response(token, media_type=MEDIA_TYPE, headers=headers)


def _max_age(deps: Injected) -> int:
    # §13.7: a cache in between must not make a copy older than `ttl` allows
    return min(deps.settings.status_ttl, deps.settings.status_seconds)
