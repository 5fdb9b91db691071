"""Asks an application in-process, and tells what came back."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import httpx
from starlette.types import ASGIApp, Message

PAGE = {"accept": "text/html,application/xhtml+xml"}


def ask(app: ASGIApp, method: str, path: str, **request: Any) -> httpx.Response:
    """One request of a client whose host is the application's own."""

    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="https://claims.example") as client:
            return await client.request(method, path, **request)

    return asyncio.run(send())


async def chunks(size: int, count: int) -> AsyncIterator[bytes]:
    for _ in range(count):
        yield b"x" * size


def ask_raw(app: ASGIApp, path: str, *, headers: dict[str, str], body: Sequence[bytes]) -> tuple[int, int]:
    """Posts a body piece by piece; gives the status and how many pieces the application took."""
    pieces, taken, answered = list(body), 0, 0

    async def receive() -> Message:
        nonlocal taken
        taken += 1
        piece = pieces.pop(0) if pieces else b""
        return {"type": "http.request", "body": piece, "more_body": bool(pieces)}

    async def send(message: Message) -> None:
        nonlocal answered
        answered = message.get("status", answered)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "scheme": "https",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "server": ("claims.example", 443),
        "client": ("127.0.0.1", 1),
    }
    asyncio.run(app(scope, receive, send))  # type: ignore[arg-type]
    return answered, taken
