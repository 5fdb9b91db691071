"""Odd bytes at every address of every service: refused in the standard's words, and never a 500.

Unchecked text in a path or form is where PostgreSQL (which takes no NUL), encodings and parsers fall over.
"""

import json
from collections.abc import Iterator
from itertools import product

import httpx
import pytest

from issuer.matching.attributes import AttributeProblem
from issuer.usecases.check_person import No, Unknown, check_person
from tests.issuer.world import World as Department
from tests.issuer.world import attributes
from tests.verifier.world import ENGLAND
from tests.verifier.world import World as Verifier

SEGMENTS = ("%00", "%ff", "%2e%2e%2f", "a" * 2000, "%F0%9F%92%A9", "-1", "99999999999999999999", "%0d%0aX:y")
TYPES = (
    "application/x-www-form-urlencoded",
    "application/json",
    "application/x-www-form-urlencoded; charset=utf-16",
    "multipart/form-data; boundary=x",
    "text/plain",
    "\xff",
    "",
)
BODIES = (
    b"\x00",
    b"\xff\xfe",
    b"a=%00&pre-authorized_code=%00&tx_code=%00&client_id=%00",
    b"=&=&&&",
    b"%",
    b"a=" + b"b" * 5000,
    b"&".join(b"a%d=1" % n for n in range(100)),
    b"[" * 20_000,
    b'{"a":' * 5_000,
    b'{"credential_configuration_id": "\\ud800"}',
    json.dumps({"response": "x", "state": "\x00"}).encode(),
    b"--x\r\nContent-Disposition: form-data; name=a; filename=b\r\n\r\nc\r\n--x--",
)
ISSUER_PATHS = ("/offers/{}", "/status/{}", "/staff/{}", "/static/{}", "/.well-known/{}", "/{}")
ISSUER_POSTS = ("/token", "/nonce", "/credential", "/staff/check", "/staff/offer", "/staff/sign-out")
VERIFIER_PATHS = (
    "/{}",
    f"/{ENGLAND}/request/{{}}",
    f"/{ENGLAND}/request/{{}}/state",
    f"/{ENGLAND}/request/{{}}/qr.svg",
    f"/{ENGLAND}/answer/{{}}",
    f"/{ENGLAND}/code/{{}}",
    f"/{ENGLAND}/done/{{}}",
    f"/{ENGLAND}/return?response_code={{}}",
    f"/{ENGLAND}?question={{}}",
    "/oid4vp/request/{}",
    f"/api/v1/{ENGLAND}/requests/{{}}",
    "/api/v1/{}/requests/x",
)
VERIFIER_POSTS = (
    f"/{ENGLAND}/start",
    f"/{ENGLAND}/request/{'x' * 43}/confirm",
    "/oid4vp/request/%00",
    "/oid4vp/response/%00",
    f"/api/v1/{ENGLAND}/requests",
    f"/api/v1/{ENGLAND}/requests/%00/confirm",
)


def asked(client: httpx.Client, paths: tuple[str, ...], posts: tuple[str, ...]) -> Iterator[httpx.Response]:
    for path, segment in product(paths, SEGMENTS):
        yield client.get(path.format(segment))
        yield client.get(path.format(segment), headers={"accept": "text/html"})
    for path, media_type, body in product(posts, TYPES, BODIES):
        headers = [(b"content-type", media_type.encode("latin-1"))] if media_type else []
        yield client.post(path, content=body, headers=headers)


def failures(answers: Iterator[httpx.Response]) -> list[str]:
    kept, count = [], 0
    for answer in answers:
        count += 1
        if answer.status_code >= 500:
            kept.append(f"{answer.request.method} {answer.request.url.raw_path[:60]!r}")
    assert count > 400
    return kept


def test_nothing_brings_a_department_to_a_500(stored_department: Department) -> None:
    assert failures(asked(stored_department.client(), ISSUER_PATHS, ISSUER_POSTS)) == []


def test_nothing_brings_a_service_to_a_500(stored_verifier: Verifier) -> None:
    client = stored_verifier.api()
    client.base_url = httpx.URL("http://localhost:8411")
    client.cookies.set("pdx-check", "a" * 43)
    assert failures(asked(client, VERIFIER_PATHS, VERIFIER_POSTS)) == []


@pytest.mark.parametrize("code", ["\x00", "\x00" * 6, "é" * 6, "４４４４４４"])
def test_odd_transaction_codes_are_only_wrong(stored_department: Department, code: str) -> None:
    made, wallet = stored_department.offer("amira"), stored_department.wallet()
    offered = wallet.code(made)
    assert wallet.ask_token(offered, code).status_code == 400
    assert wallet.ask_token(offered, made.tx_code, client_id="\x00").status_code in {200, 400}


@pytest.mark.parametrize(
    "name", ["A\x00B", "\ud7ff", "\u202e", "'; DROP TABLE person; --", "%", "_" * 5 + "a"]
)
def test_odd_names_find_nobody(stored_department: Department, name: str) -> None:
    try:
        checks = check_person(stored_department.deps, attributes("amira", family_name=name))
    except AttributeProblem:
        return
    assert {type(check.result) for check in checks} <= {No, Unknown}
