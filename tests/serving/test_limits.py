"""How often one client may ask: what is counted, whose request it is, what happens when nothing can be."""

import io
import time
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI
from limits.storage import MemoryStorage
from pydantic import ValidationError

from serving.app import create_app
from serving.errors import ApiError, OperatorError
from serving.limits import Clients, LimitSettings, Rate, RateLimits, limited
from serving.logs import EventLog
from serving.pages import Pages
from serving.settings import ServiceSettings, Theme
from tests.serving.asking import PAGE, ask

ONE, OTHER = "198.51.100.7", "2001:db8:1:2::3"
PROXY = "10.0.0.1"


class Rules(LimitSettings):
    """One rule, and one that is switched off."""

    ask: Rate | None = "2/minute"
    free: Rate | None = None


@pytest.fixture
def said() -> io.StringIO:
    return io.StringIO()


def rate_limits(said: io.StringIO, key: bytes = b"k" * 32, **settings: Any) -> RateLimits:
    return RateLimits(Rules(**settings), key=key, log=EventLog(said, strict=True))


def scope(address: str | None, *forwarded: str) -> dict[str, Any]:
    headers = [(b"x-forwarded-for", one.encode()) for one in forwarded]
    return {"type": "http", "client": (address, 50_000) if address else None, "headers": headers}


def count(limits: RateLimits, *scopes: dict[str, Any], rule: str = "ask") -> list[int]:
    """For each request 200, or the status of its refusal."""
    statuses = []
    for one in scopes:
        try:
            limits.check(rule, one)
            statuses.append(200)
        except ApiError as error:
            statuses.append(error.status)
    return statuses


# --- counting


def test_each_client_has_its_share(said: io.StringIO) -> None:
    limits = rate_limits(said)
    assert count(limits, *[scope(ONE)] * 3, scope(OTHER)) == [200, 200, 429, 200]


def test_a_refusal_says_when_to_come_back(said: io.StringIO) -> None:
    limits = rate_limits(said)
    count(limits, *[scope(ONE)] * 2)
    with pytest.raises(ApiError) as refused:
        limits.check("ask", scope(ONE))
    assert refused.value.code == "too_many_requests"
    assert 1 <= int(refused.value.headers["retry-after"]) <= 60


def test_after_its_window_a_client_may_ask_again(said: io.StringIO) -> None:
    limits = rate_limits(said, ask="1/second")
    assert count(limits, *[scope(ONE)] * 2) == [200, 429]
    time.sleep(1.1)
    assert count(limits, scope(ONE)) == [200]


def test_the_strictest_of_several_rates_counts(said: io.StringIO) -> None:
    limits = rate_limits(said, ask="100/minute; 1/hour")
    assert count(limits, *[scope(ONE)] * 2) == [200, 429]


def test_rules_are_counted_apart_and_may_be_switched_off(said: io.StringIO) -> None:
    limits = rate_limits(said, ask="1/minute")
    assert count(limits, *[scope(ONE)] * 2) == [200, 429]
    assert count(limits, *[scope(ONE)] * 5, rule="free") == [200] * 5


def test_an_ipv6_customer_is_one_client_whatever_the_address(said: io.StringIO) -> None:
    limits = rate_limits(said)
    same = [scope(f"2001:db8:1:2::{n}") for n in range(1, 4)]
    assert count(limits, *same, scope("2001:db8:1:3::1")) == [200, 200, 429, 200]
    mapped = rate_limits(said)
    assert count(mapped, scope(ONE), scope(f"::ffff:{ONE}"), scope(ONE)) == [200, 200, 429]


def test_no_address_is_kept(said: io.StringIO) -> None:
    """Only a hash that nobody can make again without the key: all addresses are soon tried."""
    storages = []
    for key in (b"a" * 32, b"b" * 32):
        limits = rate_limits(said, key=key)
        count(limits, scope(ONE))
        storage = limits._counter.storage
        assert isinstance(storage, MemoryStorage)
        storages.append(storage.storage)
    assert not any(ONE in name for storage in storages for name in storage)
    assert set(storages[0]).isdisjoint(storages[1])


# --- whose request it is


def client_of(said: io.StringIO, address: str | None, *forwarded: str) -> str | None:
    trusted = [ip_network("10.0.0.0/8"), ip_network("fd00::/8")]
    found = Clients(trusted, log=EventLog(said, strict=True)).find(scope(address, *forwarded))
    return str(found.network_address) if found else None


@pytest.mark.parametrize(
    ("forwarded", "client"),
    [
        ([ONE], ONE),
        (["203.0.113.9, 198.51.100.7"], ONE),  # the left is what the client itself may have written
        (["203.0.113.9", ONE], ONE),
        ([f"{ONE}, 10.1.2.3"], ONE),  # two proxies
        ([f"{ONE}, 10.1.2.3, fd00::1"], ONE),
        ([f"{ONE}:4711"], ONE),
        (["[2001:db8:1:2::3]:4711"], "2001:db8:1:2::"),
        ([f"unknown, {ONE}"], ONE),
    ],
)
def test_a_trusted_proxy_says_for_whom_it_asks(said: io.StringIO, forwarded: list[str], client: str) -> None:
    assert client_of(said, PROXY, *forwarded) == client
    assert said.getvalue() == ""


def test_nobody_else_does(said: io.StringIO) -> None:
    """Or each request of an attacker would come from an address of its own."""
    assert client_of(said, "203.0.114.9", ONE) == "203.0.114.9"


@pytest.mark.parametrize("forwarded", [[], ["unknown"], ["10.1.2.3"], [f"{ONE}, unknown"], [""]])
def test_a_proxy_that_does_not_say_shuts_nobody_out(said: io.StringIO, forwarded: list[str]) -> None:
    assert client_of(said, PROXY, *forwarded) is None
    assert "limits_without_client" in said.getvalue()


@pytest.mark.parametrize("proxy", ["127.0.0.1", "192.168.1.1", "fe80::1"])
def test_nor_does_one_that_nobody_named(said: io.StringIO, proxy: str) -> None:
    """All its citizens would count as one. It has to be ours: nobody on the internet has such an address."""
    assert client_of(said, proxy, ONE) is None
    assert said.getvalue().count("limits_without_client") == 1
    assert ONE not in said.getvalue()
    assert client_of(said, proxy) is not None


def test_a_socket_has_no_address(said: io.StringIO) -> None:
    assert client_of(said, None) is None


# --- settings and storage


@pytest.mark.parametrize("rate", ["", "often", "0", "5 a minute", "-1/minute", "5/fortnight"])
def test_a_rate_that_is_none_is_refused(rate: str) -> None:
    with pytest.raises(ValidationError):
        Rules(ask=rate)


@pytest.mark.parametrize("storage", ["nowhere://x", "redis", ""])
def test_a_storage_that_is_none_says_what_to_do(said: io.StringIO, storage: str) -> None:
    with pytest.raises(OperatorError, match=r"limits\.storage"):
        rate_limits(said, storage=storage)


class AwayStorage(MemoryStorage):
    """A server that does not answer."""

    STORAGE_SCHEME = ["away"]  # noqa: RUF012 - the library reads it so

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        raise ValueError("no connection")


def test_a_storage_that_is_away_stops_nobody(said: io.StringIO) -> None:
    limits = rate_limits(said, storage="away://")
    assert count(limits, *[scope(ONE)] * 5) == [200] * 5
    assert '"limits_unavailable"' in said.getvalue()


# --- in an application


@pytest.fixture
def app(said: io.StringIO, tmp_path: Path) -> FastAPI:
    router = APIRouter()

    @router.get("/ask", dependencies=[limited("ask")])
    @router.get("/machine/ask", dependencies=[limited("ask")])
    def asked(number: int) -> int:
        return number

    log = EventLog(said, strict=True)
    return create_app(
        title="test",
        settings=ServiceSettings(base_url="https://test.example", keystore=tmp_path),
        pages=Pages(Theme()),
        log=log,
        routers=[router],
        machine_paths=["/machine/"],
        limits=RateLimits(Rules(), key=b"k" * 32, log=log),
    )


def test_it_is_looked_at_before_the_request_is(app: FastAPI) -> None:
    assert [ask(app, "GET", "/machine/ask?number=x", headers=PAGE).status_code for _ in range(3)] == [
        422,
        422,
        429,
    ]


def test_a_machine_gets_json_and_a_person_a_page_in_their_language(app: FastAPI) -> None:
    for _ in range(2):
        ask(app, "GET", "/ask?number=1", headers=PAGE)
    machine = ask(app, "GET", "/machine/ask?number=1", headers=PAGE)
    assert machine.json()["error"] == "too_many_requests"
    for language, title in (("en", "Too many tries"), ("cy", "Gormod o geisiadau")):
        page = ask(app, "GET", f"/ask?number=1&lang={language}", headers=PAGE)
        assert page.status_code == 429
        assert title in page.text
    for refused in (machine, page):
        assert 1 <= int(refused.headers["retry-after"]) <= 60


def test_a_limited_route_needs_its_limits(app: FastAPI) -> None:
    app.state.limits = None
    assert ask(app, "GET", "/ask?number=1", headers=PAGE).status_code == 500
