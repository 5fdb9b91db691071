"""The cookie that stands for a session: random, out of reach for scripts and other sites.

It has no end of its own: it goes when the browser closes, and the database says when it is over.
"""

from dataclasses import dataclass

from fastapi import Request
from fastapi.responses import Response


@dataclass(frozen=True, slots=True)
class SessionCookie:
    """Where a part keeps it: its name in lower-case words and the path below which it is sent."""

    words: str
    path: str
    is_https: bool

    @property
    def name(self) -> str:
        # __Host-: only over https, only from this host, so that no neighbour can plant a session
        return f"__Host-pdx-{self.words}" if self.is_https else f"pdx_{self.words}".replace("-", "_")

    @property
    def sent_to(self) -> str:
        return "/" if self.is_https else self.path

    def read(self, request: Request) -> str | None:
        """The cookie that the browser brought."""
        return request.cookies.get(self.name)

    def send(self, response: Response, value: str) -> None:
        """Gives the browser its cookie."""
        response.set_cookie(
            self.name,
            value,
            path=self.sent_to,
            httponly=True,
            samesite="lax",  # not strict: the way back from the provider begins on another site
            secure=self.is_https,
        )

    def forget(self, response: Response) -> None:
        """Lets the browser forget it."""
        response.delete_cookie(
            self.name, path=self.sent_to, httponly=True, samesite="lax", secure=self.is_https
        )
