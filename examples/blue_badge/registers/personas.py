"""The people of the demo: each stands for one rule or one awkward case.

They sit in the registers among 100,000 others. All are invented.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Pip:
    """One PIP award: descriptor letters of activities 11 and 12, dates in days from the day of generation."""

    planning: str = "A"
    moving: str = "A"
    starts: int = -400
    ends: int | None = 700
    status: str = "in_payment"


@dataclass(frozen=True)
class Dla:
    """One DLA award."""

    mobility_rate: str
    starts: int = -4000
    ends: int | None = None


@dataclass(frozen=True)
class Afcs:
    """One Armed Forces Compensation Scheme lump sum."""

    tariff: int
    permanent: bool
    certificate: bool


@dataclass(frozen=True)
class Persona:
    """A person in the registers: who they are, what the registers know, and what they are here to show."""

    key: str
    given_name: str
    family_name: str
    birthdate: str
    nino: str
    postal_code: str
    shows: str
    service_number: str | None = None
    pip: Pip | None = None
    dla: Dla | None = None
    wpms: bool = False
    afcs: Afcs | None = None
    sight: str | None = None

    def attributes(self) -> Mapping[str, str]:
        """Give what this person would tell a member of staff, by attribute name."""
        told = {
            "family_name": self.family_name,
            "given_name": self.given_name,
            "birthdate": self.birthdate,
            "national_insurance_number": self.nino,
            "postal_code": self.postal_code,
        }
        return told | ({"service_number": self.service_number} if self.service_number else {})


@dataclass(frozen=True)
class _People:
    """Gives each person a number of their own, so that no two share one by a slip of the pen."""

    people: dict[str, Persona] = field(default_factory=dict)

    def add(self, key: str, name: str, birthdate: str, shows: str, **facts: object) -> None:
        number = len(self.people) + 1
        given, family = name.split("|")
        self.people[key] = Persona(
            key=key,
            given_name=given,
            family_name=family,
            birthdate=birthdate,
            nino=f"QQ{number:06d}A",
            postal_code=f"ZZ1 {number % 9 + 1}A{'ABDEFGHJLNPQRSTUWXYZ'[number % 20]}",
            shows=shows,
            **facts,  # type: ignore[arg-type]
        )


def _people() -> dict[str, Persona]:
    made = _People()
    add = made.add
    add(
        "amira",
        "Amira|Hassan",
        "1979-03-14",
        "8 points for moving around: a Blue Badge in England and in Scotland; 12 for both: the enhanced rate",
        pip=Pip(planning="B", moving="C"),
    )
    add(
        "tom",
        "Tom|Whitfield",
        "1990-11-02",
        "12 points for planning journeys, 0 for moving around: a Blue Badge in Scotland, not in England",
        pip=Pip(planning="F"),
    )
    add(
        "margaret",
        "Margaret|O’Neill",
        "1954-06-30",
        "planning journeys, descriptor E: a Blue Badge in England, not in Scotland; an apostrophe",
        pip=Pip(planning="E"),
    )
    add(
        "derek",
        "Derek|Marsh",
        "1966-01-09",
        "planning journeys, descriptor D: 10 points as well, but not E, so no Blue Badge by it",
        pip=Pip(planning="D"),
    )
    add(
        "grace",
        "Grace|Adeyemi",
        "1988-08-21",
        "12 points for moving around: enhanced rate, so vehicle tax exemption too",
        pip=Pip(moving="E"),
    )
    add(
        "yusuf",
        "Yusuf|Karim",
        "1972-02-17",
        "an award that ended yesterday",
        pip=Pip(moving="D", starts=-1096, ends=-1),
    )
    add(
        "ida",
        "Ida|Berg",
        "1995-12-24",
        "an award that starts tomorrow",
        pip=Pip(moving="D", starts=1),
    )
    add(
        "sean",
        "Seán|Mac Cárthaigh",
        "1981-05-05",
        "an award that is suspended",
        pip=Pip(moving="E", status="suspended"),
    )
    add("smith1", "John|Smith", "1961-04-05", "one of two with this name and birthday", pip=Pip(moving="C"))
    add("smith2", "John|Smith", "1961-04-05", "the other one; no points for moving around", pip=Pip())
    add(
        "hoa",
        "Thị Hoa|Nguyễn",
        "1985-09-09",
        "a name with marks above and below the letters",
        pip=Pip(moving="D"),
    )
    add(
        "olena",
        "Олена|Шевченко",
        "1977-07-19",
        "a name in letters that are not Latin",
        pip=Pip(moving="E", planning="B"),
    )
    add(
        "rhys",
        "Rhys|ap Gwilym",
        "1949-10-01",
        "DLA, higher rate of the mobility component",
        dla=Dla("higher"),
    )
    add("lowdla", "Joan|Peters", "1944-02-28", "DLA, lower rate: no", dla=Dla("lower"))
    add(
        "wpms",
        "Harold|Dawes",
        "1939-05-08",
        "War Pensioners’ Mobility Supplement",
        wpms=True,
        service_number="QQ900017",
    )
    add(
        "afcs",
        "Leah|Morgan",
        "1991-03-03",
        "Armed Forces Compensation Scheme, tariff 6, permanent and certified",
        afcs=Afcs(6, True, True),
        service_number="QQ900018",
    )
    add(
        "afcs9",
        "Callum|Reid",
        "1993-01-31",
        "Armed Forces Compensation Scheme, tariff 9: no",
        afcs=Afcs(9, True, False),
        service_number="QQ900019",
    )
    add(
        "afcsnocert",
        "Priya|Nair",
        "1989-06-16",
        "Armed Forces Compensation Scheme, tariff 4, without the certificate: no",
        afcs=Afcs(4, False, False),
        service_number="QQ900020",
    )
    add(
        "ssi",
        "Ngozi|Okafor",
        "1968-04-22",
        "registered severely sight impaired with the council",
        sight="severely_sight_impaired",
    )
    add(
        "si",
        "Colin|Baker",
        "1959-09-13",
        "registered sight impaired, not severely: no",
        sight="sight_impaired",
    )
    return made.people


PERSONAS: Mapping[str, Persona] = _people()
