"""The synthetic registers: an award's real structure, the same every time, the awkward cases in place."""

import datetime as dt
import hashlib
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from examples.blue_badge.registers import PERSONAS, generate_registers, pip

TODAY = dt.date(2026, 11, 23)
PEOPLE = 2_000

AT = "JOIN person USING (person_id) WHERE"
VETERAN_AT = "JOIN veteran USING (person_id) WHERE"

Ask = Callable[..., list[tuple[object, ...]]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("registers")
    generate_registers(made, today=TODAY, people=PEOPLE)
    return made


@pytest.fixture
def ask(folder: Path) -> Ask:
    def run(register: str, query: str, *parameters: object) -> list[tuple[object, ...]]:
        return sqlite3.connect(folder / f"{register}.sqlite").execute(query, parameters).fetchall()

    return run


def test_the_same_day_and_seed_give_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    again = generate_registers(tmp_path, today=TODAY, people=PEOPLE)
    assert len(again) == 3
    for register in again:
        first = hashlib.sha256((folder / register.path.name).read_bytes()).hexdigest()
        assert hashlib.sha256(register.path.read_bytes()).hexdigest() == first


def test_another_seed_gives_other_people(folder: Path, tmp_path: Path) -> None:
    generate_registers(tmp_path, today=TODAY, people=PEOPLE, seed=9)
    assert (tmp_path / "dwp.sqlite").read_bytes() != (folder / "dwp.sqlite").read_bytes()


@pytest.mark.parametrize(
    ("register", "table"), [("dwp", "person"), ("veterans", "veteran"), ("council", "sight_register")]
)
def test_each_register_holds_the_people_asked_for_and_says_that_they_are_invented(
    ask: Ask, register: str, table: str
) -> None:
    assert ask(register, f"SELECT count(*) FROM {table}") == [(PEOPLE,)]
    assert "SYNTHETIC" in str(ask(register, "SELECT note FROM about")[0][0])
    assert ask(register, f"SELECT count(*) FROM {table} WHERE postal_code NOT LIKE 'ZZ%'") == [(0,)]


def test_no_national_insurance_number_could_be_somebodys(ask: Ask) -> None:
    assert ask("dwp", "SELECT count(*) FROM person WHERE substr(nino, 1, 2) <> 'QQ'") == [(0,)]
    assert ask("veterans", "SELECT count(*) FROM veteran WHERE substr(nino, 1, 2) <> 'QQ'") == [(0,)]


def test_rates_follow_from_points(ask: Ask) -> None:
    wrong = ask(
        "dwp",
        """SELECT a.award_id FROM pip_award a JOIN (SELECT award_id,
             sum(CASE WHEN activity <= 10 THEN points END) AS daily,
             sum(CASE WHEN activity > 10 THEN points END) AS mobility
             FROM pip_activity_score GROUP BY award_id) s USING (award_id)
           WHERE a.mobility_rate <> CASE WHEN mobility >= 12 THEN 'enhanced'
             WHEN mobility >= 8 THEN 'standard' ELSE 'none' END
             OR a.daily_living_rate <> CASE WHEN daily >= 12 THEN 'enhanced' WHEN daily >= 8
             THEN 'standard' ELSE 'none' END""",
    )
    assert wrong == []
    assert ask("dwp", "SELECT count(DISTINCT activity) FROM pip_activity_score") == [(12,)]


@pytest.mark.parametrize(
    ("descriptors", "expected"),
    [
        ("AAAAAAAAAA" + "FA", ("none", "enhanced")),
        ("AAAAAAAAAA" + "EA", ("none", "standard")),
        ("AAAAAAAAAA" + "BB", ("none", "standard")),
        ("FAAAAAAAAA" + "BA", ("standard", "none")),
        ("FFAAAAAAAA" + "AA", ("enhanced", "none")),
    ],
)
def test_rates_of_known_awards(descriptors: str, expected: tuple[str, str]) -> None:
    assert pip.rates(descriptors) == expected


@pytest.mark.parametrize(
    ("register", "impossible"),
    [
        ("dwp", "SELECT * FROM pip_award WHERE daily_living_rate = 'none' AND mobility_rate = 'none'"),
        ("dwp", "SELECT * FROM dla_award WHERE care_rate = 'none' AND mobility_rate = 'none'"),
        ("dwp", "SELECT * FROM pip_award JOIN dla_award USING (person_id)"),
        ("dwp", f"SELECT * FROM pip_award {AT} date(birthdate, '+16 years') > start_date"),
        ("dwp", f"SELECT * FROM dla_award {AT} date(birthdate, '+3 years') > start_date"),
        ("veterans", f"SELECT * FROM wpms_award {VETERAN_AT} date(birthdate, '+18 years') > start_date"),
        ("veterans", f"SELECT * FROM afcs_award {VETERAN_AT} date(birthdate, '+18 years') > award_date"),
        ("council", "SELECT * FROM sight_register WHERE birthdate > certified_on"),
    ],
)
def test_no_award_that_the_law_does_not_know(ask: Ask, register: str, impossible: str) -> None:
    assert ask(register, impossible) == []


def _pip_of(ask: Ask, key: str) -> dict[int, tuple[str, int]]:
    rows = ask(
        "dwp",
        """SELECT activity, descriptor, points FROM pip_activity_score JOIN pip_award USING (award_id)
           JOIN person USING (person_id) WHERE nino = ?""",
        PERSONAS[key].nino,
    )
    return {int(str(activity)): (str(letter), int(str(points))) for activity, letter, points in rows}


def test_the_blue_badge_cases_are_there(ask: Ask) -> None:
    assert _pip_of(ask, "amira")[12] == ("C", 8)
    assert _pip_of(ask, "tom")[11] == ("F", 12)
    assert _pip_of(ask, "tom")[12] == ("A", 0)
    assert _pip_of(ask, "margaret")[11] == ("E", 10)
    assert _pip_of(ask, "derek")[11] == ("D", 10)


def test_the_awkward_cases_are_there(ask: Ask) -> None:
    assert ask(
        "dwp",
        "SELECT end_date FROM pip_award JOIN person USING (person_id) WHERE nino = ?",
        PERSONAS["yusuf"].nino,
    ) == [("2026-11-22",)]
    twins = ask("dwp", "SELECT nino FROM person WHERE family_name='Smith' AND birthdate='1961-04-05'")
    assert len(twins) >= 2
    assert ask("dwp", "SELECT family_name FROM person WHERE nino = ?", PERSONAS["margaret"].nino) == [
        ("O’Neill",)
    ]
    assert ask("dwp", "SELECT family_name FROM person WHERE nino = ?", PERSONAS["olena"].nino) == [
        ("Шевченко",)
    ]


def test_no_two_personas_share_a_number() -> None:
    assert len({p.nino for p in PERSONAS.values()}) == len(PERSONAS)
