"""The built web app as files: a name that carries a digest may be cached for ever, any other may not."""

import os
import re
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from wallet.service.headers import PAGE_HEADERS

# The pages that a link or the browser's own history opens; the app itself tells them apart.
PAGES = frozenset({"", ".", "present", "add"})
_INDEX = "index.html"
_HASHED = re.compile(r"assets/[^/]+-[A-Za-z0-9_-]{8,}\.[a-z0-9.]+")
_FOR_EVER = "public, max-age=31536000, immutable"
ASK_FIRST = "no-cache"  # may be kept, but is asked for again each time: index, service worker, manifest

_NOT_BUILT = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>The wallet is not built</title>
<h1>The wallet’s web app is not built</h1>
<p>This server runs, but the web app that it serves is missing. On the server, run <code>make web</code> in
the project’s folder; then load this page again. <code>pdx wallet</code> works without it.</p>
<p lang="cy">Nid yw ap gwe’r waled wedi’i adeiladu. Ar y gweinydd, rhedwch <code>make web</code> yn ffolder
y prosiect, yna llwythwch y dudalen hon eto.</p>
</html>
"""


class WebApp(StaticFiles):
    """Serves the directory of the build; a page that is not a file is the index."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory=directory, check_dir=False)
        self._index = directory / _INDEX

    @property
    def is_built(self) -> bool:
        return self._index.is_file()

    def check_built(self) -> None:
        """Raises FileNotFoundError while there is nothing to serve."""
        if not self.is_built:
            raise FileNotFoundError("the web app is not built")

    async def get_response(self, path: str, scope: Scope) -> Response:
        if not self.is_built:
            return HTMLResponse(_NOT_BUILT, 503)
        is_page = path.rstrip("/") in PAGES
        if path.startswith(".") and not is_page:
            raise HTTPException(404)
        return await super().get_response(_INDEX if is_page else path, scope)

    async def check_config(self) -> None:
        """A directory that is missing is answered by a page that says so, not by an error."""

    def file_response(
        self,
        full_path: str | os.PathLike[str],
        stat_result: os.stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers.update(PAGE_HEADERS)
        response.headers["Cache-Control"] = cache_control(scope["path"].lstrip("/"))
        return response


def cache_control(path: str) -> str:
    """How long a file may be kept, by its name."""
    return _FOR_EVER if _HASHED.fullmatch(path) else ASK_FIRST
