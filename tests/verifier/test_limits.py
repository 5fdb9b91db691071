"""Nobody at one address gets more than the settings allow, and nobody in good faith gets to feel it."""

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from serving.errors import OperatorError
from tests.verifier.world import API_KEYS, ENGLAND, VERIFIER, World
from verifier.settings import Limits

Ask = Callable[[World], httpx.Response]

RULES = sorted(Limits().rules())


ASKING: dict[str, list[Ask]] = {
    "start": [lambda world: world.browser().post(f"/{ENGLAND}/start")],
    "confirm": [lambda world: world.browser().post(f"/{ENGLAND}/request/x/confirm", data={"code": "x"})],
    "request": [
        lambda world: world.network.client().get(f"{VERIFIER}/oid4vp/request/x"),
        lambda world: world.network.client().post(f"{VERIFIER}/oid4vp/request/x"),
    ],
    "response": [lambda world: world.network.client().post(f"{VERIFIER}/oid4vp/response/x")],
    "api": [
        lambda world: world.network.client().get(f"{VERIFIER}/api/v1/{ENGLAND}/requests/x"),
        lambda world: world.network.client().post(f"{VERIFIER}/api/v1/nobody/requests", json={}),
        lambda world: world.api().post("/requests/x/confirm", json={"code": "x"}),
    ],
}


def test_every_rule_is_tested() -> None:
    assert sorted(ASKING) == RULES


@pytest.mark.parametrize("rule", RULES)
def test_after_its_share_an_address_is_refused(tmp_path: Path, rule: str) -> None:
    only = {name: "2/minute" if name == rule else None for name in RULES}
    with World(tmp_path, limits=only) as world:
        for ask in ASKING[rule] * 2:
            ask(world)
        for ask in ASKING[rule]:
            refused = ask(world)
            assert refused.status_code == 429
            assert 1 <= int(refused.headers["retry-after"]) <= 60
        for other in RULES:  # which were counted apart, or not at all
            if other != rule:
                assert all(ask(world).status_code != 429 for ask in ASKING[other])


def test_a_person_gets_a_page_and_a_program_json(tmp_path: Path) -> None:
    with World(tmp_path, limits={"start": "1/hour", "api": "1/hour", "request": "1/hour"}) as world:
        browser = world.browser()
        page = world.start(browser)
        person = browser.post(f"/{ENGLAND}/start?lang=cy")
        assert person.status_code == 429
        assert "Gormod o geisiadau" in person.text
        assert "pdx-check" not in person.headers.get("set-cookie", "")
        link = world.links(ENGLAND, page)["link"]
        assert world.fetch(link).status_code == 200
        assert world.fetch(link).json()["error"] == "too_many_requests"
        assert world.api().get("/requests/x").status_code == 404
        assert world.api().get("/requests/x").json()["error"] == "too_many_requests"
        # what was begun goes on
        assert browser.get(page).status_code == 200


def test_what_a_citizen_does_stays_far_below(world: World) -> None:
    """A whole journey is one of each; a mobile network puts thousands of people behind one address."""
    for _ in range(60):
        assert world.browser().post(f"/{ENGLAND}/start").status_code == 303


def test_the_address_in_front_of_a_trusted_proxy_counts(tmp_path: Path) -> None:
    limits = {"start": "1/hour", "trusted_proxies": ["127.0.0.0/8"]}

    def start(world: World, address: str) -> int:
        forwarded = {"x-forwarded-for": address}
        return world.browser().post(f"/{ENGLAND}/start", headers=forwarded).status_code

    with World(tmp_path, limits=limits) as world:
        assert [start(world, "198.51.100.7"), start(world, "198.51.100.7")] == [303, 429]
        assert start(world, "198.51.100.8") == 303
        log = (tmp_path / "log").read_text()
        assert "198.51.100" not in log
        assert '"too_many_requests"' in log


def test_guessing_a_programs_key_is_counted_too(tmp_path: Path) -> None:
    with World(tmp_path, limits={"api": "2/minute"}) as world:
        url = f"{VERIFIER}/api/v1/{ENGLAND}/requests/x"
        guesses = [
            world.network.client().get(url, headers={"authorization": f"Bearer {guess}"}).status_code
            for guess in ("one", "two", API_KEYS[ENGLAND])
        ]
        assert guesses == [401, 401, 429]


def test_a_storage_that_can_not_be_used_stops_the_start(tmp_path: Path) -> None:
    with (
        pytest.raises(OperatorError, match=r"limits\.storage"),
        World(tmp_path, limits={"storage": "nowhere://"}),
    ):
        pass
