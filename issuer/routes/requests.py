"""Reading a request's parts: the service's dependencies, the one Authorization header."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from issuer.deps import Deps
from serving.errors import ApiError


def deps_of(request: Request) -> Deps:
    """The service's dependencies, as `create_app` was given them."""
    deps = request.app.state.deps
    assert isinstance(deps, Deps)
    return deps


Injected = Annotated[Deps, Depends(deps_of)]


@dataclass(frozen=True, repr=False)
class Authorization:
    """An access token and the scheme that it came with, in lower case."""

    scheme: str
    token: str


def authorization(request: Request) -> Authorization | None:
    """The access token in the one Authorization header (RFC 9110 §11.6.2; the scheme in any case).

    A token in the query or in two places is refused (RFC 6750 §2, RFC 9449 §7.1): raises ApiError.
    """
    if "access_token" in request.query_params:
        raise ApiError(400, "invalid_request", "an access token is never sent in the address")
    values = request.headers.getlist("authorization")
    if len(values) > 1:
        raise ApiError(400, "invalid_request", "two Authorization headers")
    scheme, _, token = (values[0] if values else "").partition(" ")
    if scheme.lower() not in {"dpop", "bearer"} or not token.strip():
        return None
    return Authorization(scheme.lower(), token.strip())
