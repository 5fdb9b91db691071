"""Logs as typed events: a name and fields from an allow-list, one JSON object a line.

Nothing about a person can be logged by mistake: a field that is not on the list, or a value that is free
text, raises in tests (`strict`) and is dropped in production.
"""

import logging
import re
import sys
from collections.abc import Iterable
from typing import Any, TextIO

import structlog

from serving.clock import Clock, SystemClock

FIELDS = frozenset(
    {
        *("attempt", "claim_type", "code", "component", "copies", "count", "database", "department"),
        *("demo", "error", "event_id", "host", "kind", "line", "list", "logger", "method", "ms", "network"),
        *("outcome", "path", "port", "question", "reason", "request_id", "route", "sequence", "service"),
        *("size", "state", "status", "url", "version", "wallet", "where"),
    }
)
_EVENT = re.compile(r"[a-z][a-z0-9_]*")
# Codes, identifiers, addresses and places in the source; no spaces, so no sentence and no full name.
_TOKEN = re.compile(r"[A-Za-z0-9_.,:/{}*+-]{0,300}")


class LogFieldError(Exception):
    """A field or value that must not be logged (strict logs only)."""


class EventLog:
    """Writes events; `strict` raises for what is not allowed, instead of dropping it."""

    def __init__(
        self,
        stream: TextIO | None = None,
        *,
        clock: Clock | None = None,
        strict: bool = False,
        fields: Iterable[str] = (),
    ) -> None:
        self._clock = clock or SystemClock()
        self._strict = strict
        self._fields = FIELDS | frozenset(fields)
        self._logger = structlog.wrap_logger(
            structlog.PrintLogger(stream or sys.stdout),
            processors=[
                structlog.contextvars.merge_contextvars,
                structlog.processors.add_log_level,
                structlog.processors.JSONRenderer(),
            ],
            wrapper_class=structlog.BoundLogger,
        )

    def info(self, event: str, **fields: Any) -> None:
        """Something happened as it should."""
        self._write("info", event, fields)

    def warning(self, event: str, **fields: Any) -> None:
        """A peer or a person did something that was refused, or a dependency failed for now."""
        self._write("warning", event, fields)

    def error(self, event: str, **fields: Any) -> None:
        """Our own fault: someone must look."""
        self._write("error", event, fields)

    def _write(self, level: str, event: str, fields: dict[str, Any]) -> None:
        if not _EVENT.fullmatch(event):
            event, fields = self._refuse("an event's name is lower_case_words"), {}
        allowed = {name: value for name, value in fields.items() if self._is_allowed(name, value)}
        getattr(self._logger, level)(event, time=self._clock.now(), **allowed)

    def _is_allowed(self, name: str, value: object) -> bool:
        if name not in self._fields:
            self._refuse(f'"{name}" is not a field that may be logged')
            return False
        if value is None or isinstance(value, bool | int | float):
            return True
        if isinstance(value, str) and _TOKEN.fullmatch(value):
            return True
        self._refuse(f'the value of "{name}" is not a number or a code')
        return False

    def _refuse(self, text: str) -> str:
        if self._strict:
            raise LogFieldError(text)
        return "log_event_refused"


class LibraryHandler(logging.Handler):
    """Takes the warnings of libraries into the event log: who complains and where, never the message.

    A library's message may carry the request it complains about.
    """

    def __init__(self, log: EventLog) -> None:
        super().__init__(logging.WARNING)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        write = self._log.error if record.levelno >= logging.ERROR else self._log.warning
        kind = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else None
        write("library_warning", logger=record.name, where=f"{record.module}:{record.lineno}", kind=kind)


def take_library_logs(log: EventLog) -> None:
    """Sends every library's warnings to the event log; nothing else writes to the console."""
    root = logging.getLogger()
    root.handlers = [LibraryHandler(log)]
    root.setLevel(logging.WARNING)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        library = logging.getLogger(name)
        library.handlers = []
        library.propagate = True
        library.setLevel(logging.NOTSET)
