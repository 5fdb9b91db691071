"""What every answer of ours to a machine keeps to, whatever was sent."""

import json
import re

import httpx
from hypothesis import HealthCheck, settings

CANARY = "c4n4ryc4n4ry"
bounded = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.filter_too_much,
        HealthCheck.data_too_large,
    ],
)


def check_answer(status: int, media_type: str, body: bytes) -> None:
    """What every answer of ours to a machine keeps to."""
    assert status < 500
    if status < 400:
        return
    assert media_type == "application/json"
    error = json.loads(body)
    assert {"error"} <= set(error) <= {"error", "error_description"}
    assert re.fullmatch(r"[a-z_]{3,64}", error["error"])
    # RFC 6749 §5.2: printable ASCII without quotation mark and backslash
    assert re.fullmatch(r"[ !#-\[\]-~]{1,300}", error.get("error_description", "x"))


def check(answer: httpx.Response) -> httpx.Response:
    check_answer(answer.status_code, answer.headers.get("content-type", ""), answer.content)
    assert CANARY not in answer.text
    return answer
