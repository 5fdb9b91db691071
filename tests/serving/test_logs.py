import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from serving.clock import FixedClock
from serving.logs import EventLog, LogFieldError, take_library_logs


def written(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


@pytest.fixture
def root_logger() -> Iterator[logging.Logger]:
    root = logging.getLogger()
    before = (root.handlers, root.level)
    yield root
    root.handlers, level = before
    root.setLevel(level)


def test_an_event_is_one_json_line() -> None:
    stream = io.StringIO()
    log = EventLog(stream, clock=FixedClock(1_000), strict=True)
    log.info("claim_issued", claim_type="urn:pdx:claim:dwp:pip:1", copies=10, demo=True, reason=None)
    expected = {
        "time": 1_000,
        "level": "info",
        "event": "claim_issued",
        "claim_type": "urn:pdx:claim:dwp:pip:1",
        "copies": 10,
        "demo": True,
        "reason": None,
    }
    assert written(stream) == [expected]


@pytest.mark.parametrize(
    "fields",
    [
        {"family_name": "O'Brien"},
        {"reason": "Nkechi O'Brien was refused"},
        {"code": ["a"]},
        {"url": "https://x.example/?name=Ann"},
        {"reason": "a" * 301},
        {"code": b"bytes"},
    ],
)
def test_what_is_not_allowed_raises_in_tests_and_is_dropped_in_production(fields: dict[str, Any]) -> None:
    stream = io.StringIO()
    with pytest.raises(LogFieldError) as caught:
        EventLog(stream, strict=True).info("refused", **fields)
    assert not any(str(value) in str(caught.value) for value in fields.values())
    EventLog(stream, clock=FixedClock(1)).info("refused", **fields, status=400)
    assert written(stream) == [{"time": 1, "level": "info", "event": "refused", "status": 400}]


def test_a_sentence_is_no_event() -> None:
    stream = io.StringIO()
    with pytest.raises(LogFieldError):
        EventLog(stream, strict=True).error("Ann has failed")
    EventLog(stream, clock=FixedClock(1)).error("Ann has failed", code="x")
    assert written(stream) == [{"time": 1, "level": "error", "event": "log_event_refused"}]


def test_a_service_may_allow_its_own_fields() -> None:
    stream = io.StringIO()
    EventLog(stream, strict=True, fields=["list_number"]).warning("list_full", list_number=3)
    assert written(stream)[0]["list_number"] == 3


def test_libraries_tell_who_and_where_but_not_what(root_logger: logging.Logger) -> None:
    # whoever was started before in this process may have silenced it
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
    stream = io.StringIO()
    take_library_logs(EventLog(stream, clock=FixedClock(1), strict=True))
    library = logging.getLogger("some.library")
    library.info("not written")
    try:
        raise ValueError("secret-canary")
    except ValueError:
        library.exception("failed for %s", "secret-canary")
    logging.getLogger("uvicorn.error").warning("Invalid HTTP request: secret-canary")
    assert "canary" not in stream.getvalue()
    first, second = written(stream)
    assert (first["level"], first["logger"], first["kind"]) == ("error", "some.library", "ValueError")
    assert (second["level"], second["logger"]) == ("warning", "uvicorn.error")
