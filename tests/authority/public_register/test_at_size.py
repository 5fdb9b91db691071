"""What must hold with many questions, at a size that a test can bear."""

import json
from pathlib import Path

import pytest

from authority.public_register.files import create_register
from authority.public_register.history import read_history
from authority.public_register.network import Network
from authority.public_register.screen import Screen
from authority.public_register.units import QUESTIONS_A_PAGE, Stamp
from authority.settings import AuthoritySettings, OperatorName
from benchmarks import public_register as sizes


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    members = [*map(sizes._department, range(2)), *map(sizes._council, range(15))]
    entries = [entry for member in members for entry in sizes._entries(member)]
    settings = AuthoritySettings(name=OperatorName(en="N", cy="Rh"), base_url=sizes.BASE_URL)
    history = read_history(entries)
    name = {"en": "N", "cy": "Rh"}
    network = Network(sizes.BASE_URL, name, members, history, log_size=len(entries), now=sizes.NOW)
    stamp = Stamp(1, sizes.NOW)
    register = create_register(network, Screen(settings), stamp=stamp, before=None, there=())
    return {path: data for unit in register.due for path, data in unit.render(stamp).items()}


def test_the_list_comes_in_pages_with_whole_services(files: dict[str, bytes]) -> None:
    pages = [files[f"register/en/questions/all{number}.html"].decode() for number in ("", "-2", "-3")]
    assert "register/en/questions/all-4.html" not in files
    links = [page.count('href="../../en/questions/council-') for page in pages]
    assert sum(links) == 15 * sizes.QUESTIONS
    assert max(links) < QUESTIONS_A_PAGE + sizes.QUESTIONS
    assert all(page.count('aria-current="page"') == 1 for page in pages)
    assert all('href="../../en/questions/all-3.html"' in page for page in pages[:2])


def test_adopted_questions_stand_in_the_search_once(files: dict[str, bytes]) -> None:
    index = json.loads(files["register/en/search.json"])
    assert len(index["questions"]) == 15 * sizes.QUESTIONS
    assert len(index["texts"]) == 15 * 10 + 20  # a third of each council's is its own


def test_no_page_is_too_large_to_read(files: dict[str, bytes]) -> None:
    sizes_by_page = {Path(name).name: len(data) for name, data in files.items() if name.endswith(".html")}
    assert max(sizes_by_page.values()) < 100_000
