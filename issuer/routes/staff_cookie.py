"""The cookie that stands for a session of staff: random, out of reach for scripts and other sites.

It has no end of its own: it goes when the browser closes, and the database says when it is over.
"""

from fastapi import Request
from fastapi.responses import Response

from issuer.settings import IssuerSettings


def read_cookie(request: Request, settings: IssuerSettings) -> str | None:
    """The cookie that the browser brought."""
    return request.cookies.get(_name(settings))


def send_cookie(response: Response, settings: IssuerSettings, value: str) -> None:
    """Gives the browser its cookie."""
    response.set_cookie(
        _name(settings),
        value,
        path=_path(settings),
        httponly=True,
        samesite="lax",  # not strict: the way back from the provider begins on another site
        secure=settings.is_https,
    )


def forget_cookie(response: Response, settings: IssuerSettings) -> None:
    """Lets the browser forget it."""
    response.delete_cookie(
        _name(settings), path=_path(settings), httponly=True, samesite="lax", secure=settings.is_https
    )


def _name(settings: IssuerSettings) -> str:
    # __Host-: only over https, only from this host, so that no neighbour can plant a session
    return "__Host-pdx-staff" if settings.is_https else "pdx_staff"


def _path(settings: IssuerSettings) -> str:
    return "/" if settings.is_https else "/staff"
