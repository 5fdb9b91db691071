"""Makes the three registers as SQLite databases: 100,000 people each, the personas among them."""

import datetime as dt
import random
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from examples.blue_badge.registers import pip
from examples.blue_badge.registers.names import FAMILY_NAMES, GIVEN_NAMES
from examples.blue_badge.registers.personas import PERSONAS, Dla, Persona, Pip

PEOPLE = 100_000
_FIRST_BIRTHDAY = dt.date(1935, 1, 1)
_FIRST_RANDOM_NUMBER = 1_000  # numbers below belong to the personas
_POSTCODE_LETTERS = "ABDEFGHJLNPQRSTUWXYZ"

_PERSON_COLUMNS = """person_id INTEGER PRIMARY KEY, nino TEXT NOT NULL UNIQUE, family_name TEXT NOT NULL,
    given_name TEXT NOT NULL, birthdate TEXT NOT NULL, postal_code TEXT NOT NULL"""
_DWP = f"""
CREATE TABLE person ({_PERSON_COLUMNS});
CREATE TABLE pip_award (award_id INTEGER PRIMARY KEY, person_id INTEGER NOT NULL REFERENCES person,
    daily_living_rate TEXT NOT NULL, mobility_rate TEXT NOT NULL, start_date TEXT NOT NULL,
    end_date TEXT, review_date TEXT, status TEXT NOT NULL);
CREATE TABLE pip_activity_score (award_id INTEGER NOT NULL REFERENCES pip_award, activity INTEGER NOT NULL,
    descriptor TEXT NOT NULL, points INTEGER NOT NULL, PRIMARY KEY (award_id, activity)) WITHOUT ROWID;
CREATE TABLE dla_award (award_id INTEGER PRIMARY KEY, person_id INTEGER NOT NULL REFERENCES person,
    mobility_rate TEXT NOT NULL, care_rate TEXT NOT NULL, start_date TEXT NOT NULL, end_date TEXT);
"""
_VETERANS = f"""
CREATE TABLE veteran ({_PERSON_COLUMNS}, service_number TEXT NOT NULL UNIQUE);
CREATE TABLE wpms_award (award_id INTEGER PRIMARY KEY, person_id INTEGER NOT NULL REFERENCES veteran,
    start_date TEXT NOT NULL, end_date TEXT);
CREATE TABLE afcs_award (award_id INTEGER PRIMARY KEY, person_id INTEGER NOT NULL REFERENCES veteran,
    tariff INTEGER NOT NULL, lump_sum_pence INTEGER NOT NULL, permanent INTEGER NOT NULL,
    blue_badge_certificate INTEGER NOT NULL, award_date TEXT NOT NULL);
"""
_SIGHT = """
CREATE TABLE sight_register (registration_id INTEGER PRIMARY KEY, family_name TEXT NOT NULL,
    given_name TEXT NOT NULL, birthdate TEXT NOT NULL, postal_code TEXT NOT NULL, category TEXT NOT NULL,
    certified_on TEXT NOT NULL, removed_on TEXT);
"""
_INDEXES = {
    "dwp": """CREATE INDEX person_name ON person (family_name, birthdate);
        CREATE INDEX pip_award_person ON pip_award (person_id);
        CREATE INDEX dla_award_person ON dla_award (person_id);""",
    "veterans": """CREATE INDEX veteran_name ON veteran (family_name, birthdate);
        CREATE INDEX wpms_person ON wpms_award (person_id);
        CREATE INDEX afcs_person ON afcs_award (person_id);""",
    "council": "CREATE INDEX sight_name ON sight_register (birthdate, family_name);",
}
# Lump sums by tariff in pounds, tariff 1 first: the right order of size, not the order's table.
_AFCS_SUMS = (
    650_000,
    470_000,
    402_500,
    315_000,
    207_000,
    138_000,
    96_600,
    69_000,
    51_750,
    34_500,
    19_550,
    13_800,
)


@dataclass(frozen=True)
class Register:
    """One generated register: its name, its file and how many people it holds."""

    name: str
    path: Path
    people: int


@dataclass(frozen=True)
class _Source:
    """Where made-up people come from: one random stream, and the day all dates count from."""

    random: random.Random
    today: dt.date
    born_before: dt.date  # old enough for the oldest award of the register

    def day(self, offset: int) -> str:
        return (self.today + dt.timedelta(days=offset)).isoformat()

    def birthdate(self) -> str:
        days = self.random.randrange((self.born_before - _FIRST_BIRTHDAY).days)
        return (_FIRST_BIRTHDAY + dt.timedelta(days=days)).isoformat()

    def name(self) -> tuple[str, str]:
        return self.random.choice(FAMILY_NAMES), self.random.choice(GIVEN_NAMES)

    def postal_code(self) -> str:
        letter = _POSTCODE_LETTERS[self.random.randrange(20)] + _POSTCODE_LETTERS[self.random.randrange(20)]
        return f"ZZ{self.random.randrange(2, 99)} {self.random.randrange(10)}{letter}"

    def nino(self, number: int) -> str:
        return f"QQ{number:06d}{'ABCD'[self.random.randrange(4)]}"


def generate_registers(
    directory: Path, *, today: dt.date, people: int = PEOPLE, seed: int = 8
) -> list[Register]:
    """Make `dwp.sqlite`, `veterans.sqlite` and `council.sqlite` in `directory`, replacing what is there."""
    directory.mkdir(parents=True, exist_ok=True)
    return [
        _make(directory, content, _Source(random.Random(f"{seed}:{content.name}"), today, born), people)
        for content, born in _contents(today)
    ]


@dataclass(frozen=True)
class _Content:
    """What one register holds: its tables, and what fills them."""

    name: str
    schema: str
    indexes: str
    fill: Callable[[_Source, int, sqlite3.Connection], None]


def _contents(today: dt.date) -> list[tuple[_Content, dt.date]]:
    return [
        (_Content("dwp", _DWP, _INDEXES["dwp"], _fill_dwp), today - dt.timedelta(days=9_000)),
        (_Content("veterans", _VETERANS, _INDEXES["veterans"], _fill_veterans), dt.date(1989, 1, 1)),
        (_Content("council", _SIGHT, _INDEXES["council"], _fill_council), today - dt.timedelta(days=9_000)),
    ]


def _make(directory: Path, content: _Content, source: _Source, people: int) -> Register:
    path = directory / f"{content.name}.sqlite"
    unfinished = path.with_suffix(".unfinished")
    unfinished.unlink(missing_ok=True)
    connection = sqlite3.connect(unfinished, isolation_level=None)
    connection.execute("PRAGMA journal_mode=OFF")
    connection.execute("PRAGMA synchronous=OFF")
    connection.executescript(content.schema + _NOTE)
    connection.execute("BEGIN")
    content.fill(source, people, connection)
    connection.execute("COMMIT")
    connection.executescript(content.indexes)
    connection.close()
    unfinished.replace(path)
    return Register(content.name, path, people)


_NOTE = """CREATE TABLE about (note TEXT NOT NULL);
INSERT INTO about VALUES ('SYNTHETIC DATA. Nobody in this register exists.');"""


def _persons(
    source: _Source, people: int, chosen: list[Persona]
) -> Iterator[tuple[int, str, str, str, str, str]]:
    for number, persona in enumerate(chosen, start=1):
        yield (
            number,
            persona.nino,
            persona.family_name,
            persona.given_name,
            persona.birthdate,
            persona.postal_code,
        )
    for number in range(len(chosen) + 1, people + 1):
        family, given = source.name()
        nino = source.nino(number + _FIRST_RANDOM_NUMBER)
        yield number, nino, family, given, source.birthdate(), source.postal_code()


def _insert(
    connection: sqlite3.Connection, table: str, width: int, rows: Iterable[tuple[object, ...]]
) -> None:
    connection.executemany(f"INSERT INTO {table} VALUES ({','.join('?' * width)})", rows)


# --- Department for Work and Pensions ---


def _fill_dwp(source: _Source, people: int, connection: sqlite3.Connection) -> None:
    chosen = [p for p in PERSONAS.values() if p.pip or p.dla]
    _insert(connection, "person", 6, _persons(source, people, chosen))
    awards = list(_pip_awards(source, people, chosen))
    _insert(connection, "pip_award", 8, (award for award, _ in awards))
    _insert(
        connection,
        "pip_activity_score",
        4,
        (
            (award[0], activity, letter, pip.points(activity, letter))
            for award, letters in awards
            for activity, letter in enumerate(letters, start=1)
        ),
    )
    others = sorted(set(range(1, people + 1)) - {award[1] for award, _ in awards})  # PIP ends DLA
    _insert(connection, "dla_award", 6, _dla_awards(source, others, chosen))


def _pip_awards(
    source: _Source, people: int, chosen: list[Persona]
) -> Iterator[tuple[tuple[object, ...], list[str]]]:
    award_id = 0
    for person_id in range(1, people + 1):
        known = chosen[person_id - 1].pip if person_id <= len(chosen) else _random_pip(source)
        if known is None:
            continue
        award_id += 1
        letters = _letters(source, known)
        yield _pip_award(source, award_id, person_id, known, letters), letters


def _letters(source: _Source, award: Pip) -> list[str]:
    """Twelve descriptors that give a rate: an award of nothing is none."""
    while True:
        daily_living = [_descriptor(source, activity) for activity in pip.DAILY_LIVING]
        letters = [*daily_living, award.planning, award.moving]
        if pip.rates(letters) != ("none", "none"):
            return letters


def _pip_award(
    source: _Source, award_id: int, person_id: int, award: Pip, letters: list[str]
) -> tuple[object, ...]:
    daily_living, mobility = pip.rates(letters)
    ends = None if award.ends is None else source.day(award.ends)
    review = None if award.ends is None else source.day(award.ends - 365)
    return award_id, person_id, daily_living, mobility, source.day(award.starts), ends, review, award.status


def _random_pip(source: _Source) -> Pip | None:
    chance = source.random
    if chance.random() > 0.8:
        return None
    starts = -chance.randrange(1, 3000)
    ends = None if chance.random() < 0.1 else starts + chance.choice((730, 1096, 1826, 3652))
    status = (
        "suspended" if chance.random() < 0.01 else "ended" if ends is not None and ends < 0 else "in_payment"
    )
    return Pip(_descriptor(source, 11), _descriptor(source, 12), starts, ends, status)


def _descriptor(source: _Source, activity: int) -> str:
    letters = len(pip.POINTS[activity])
    # half have no difficulty with an activity; the rest spread over the other descriptors
    return "A" if source.random.random() < 0.5 else "ABCDEFG"[source.random.randrange(1, letters)]


def _dla_awards(source: _Source, people: list[int], chosen: list[Persona]) -> Iterator[tuple[object, ...]]:
    award_id = 0
    for person_id in people:
        known = chosen[person_id - 1].dla if person_id <= len(chosen) else _random_dla(source)
        if known is None:
            continue
        award_id += 1
        rates = ("lowest", "middle", "highest")
        care = source.random.choice(rates if known.mobility_rate == "none" else ("none", *rates))
        ends = None if known.ends is None else source.day(known.ends)
        yield award_id, person_id, known.mobility_rate, care, source.day(known.starts), ends


def _random_dla(source: _Source) -> Dla | None:
    if source.random.random() > 0.5:
        return None
    ends = None if source.random.random() < 0.7 else source.random.randrange(-900, 900)
    return Dla(source.random.choice(("none", "lower", "higher")), -source.random.randrange(3000, 7000), ends)


# --- Veterans UK ---


def _fill_veterans(source: _Source, people: int, connection: sqlite3.Connection) -> None:
    chosen = [p for p in PERSONAS.values() if p.wpms or p.afcs]
    numbers = (p.service_number for p in chosen)
    rows = (
        (*row, next(numbers, None) or f"QQ{row[0] + _FIRST_RANDOM_NUMBER:06d}")
        for row in _persons(source, people, chosen)
    )
    _insert(connection, "veteran", 7, rows)
    wpms = [number for number, persona in enumerate(chosen, start=1) if persona.wpms]
    wpms += [number for number in range(len(chosen) + 1, people + 1) if source.random.random() < 0.05]
    _insert(
        connection,
        "wpms_award",
        4,
        (
            (award, person, source.day(-source.random.randrange(5000, 7000)), None)
            for award, person in enumerate(wpms, 1)
        ),
    )
    _insert(connection, "afcs_award", 7, _afcs_awards(source, people, chosen))


def _afcs_awards(source: _Source, people: int, chosen: list[Persona]) -> Iterator[tuple[object, ...]]:
    award_id = 0
    for person_id in range(1, people + 1):
        if person_id <= len(chosen):
            known = chosen[person_id - 1].afcs
            facts = (known.tariff, known.permanent, known.certificate) if known else None
        else:
            facts = _random_afcs(source)
        if facts is None:
            continue
        award_id += 1
        tariff, permanent, certificate = facts
        pence = _AFCS_SUMS[min(tariff, len(_AFCS_SUMS)) - 1] * 100
        awarded = source.day(-source.random.randrange(30, 7000))
        yield award_id, person_id, tariff, pence, int(permanent), int(certificate), awarded


def _random_afcs(source: _Source) -> tuple[int, bool, bool] | None:
    if source.random.random() > 0.3:
        return None
    tariff, permanent = source.random.randrange(1, 16), source.random.random() < 0.5
    return tariff, permanent, tariff <= 8 and permanent


# --- the council's register of severely sight impaired and sight impaired people (Care Act 2014 s. 77) ---


def _fill_council(source: _Source, people: int, connection: sqlite3.Connection) -> None:
    chosen = [p for p in PERSONAS.values() if p.sight]
    rows = (
        (number, family, given, birthdate, postal_code, *_registration(source, number, chosen))
        for number, _, family, given, birthdate, postal_code in _persons(source, people, chosen)
    )
    _insert(connection, "sight_register", 8, rows)


def _registration(source: _Source, number: int, chosen: list[Persona]) -> tuple[str, str, str | None]:
    certified = -source.random.randrange(30, 9_000)
    if number <= len(chosen):
        return chosen[number - 1].sight or "", source.day(certified), None
    category = source.random.choice(("severely_sight_impaired", "sight_impaired"))
    removed = source.day(certified // 2) if source.random.random() < 0.05 else None
    return category, source.day(certified), removed
