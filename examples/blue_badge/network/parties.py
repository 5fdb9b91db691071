"""Who takes part, and at which address each is found."""

from collections.abc import Mapping
from dataclasses import dataclass

AUTHORITY, OFFICE, WALLET, SIGN_IN = "authority", "office", "wallet", "sign-in"
DWP, VETERANS, COUNCIL = "dwp", "veterans", "council"
BLUE_BADGE_ENGLAND, BLUE_BADGE_SCOTLAND = "blue-badge-england", "blue-badge-scotland"
VEHICLE_TAX = "vehicle-tax-exemption"
NEWCOMER = "riverbank"  # joins while the others run
DEPARTMENTS = (DWP, VETERANS, COUNCIL)
SERVICES = (BLUE_BADGE_ENGLAND, BLUE_BADGE_SCOTLAND, VEHICLE_TAX)

PORTS: Mapping[str, int] = {
    AUTHORITY: 8400,
    OFFICE: 8404,
    DWP: 8401,
    VETERANS: 8402,
    COUNCIL: 8403,
    BLUE_BADGE_ENGLAND: 8411,
    BLUE_BADGE_SCOTLAND: 8412,
    VEHICLE_TAX: 8413,
    NEWCOMER: 8414,
    WALLET: 8420,
    SIGN_IN: 8430,
}

NAMES: Mapping[str, tuple[str, str]] = {
    AUTHORITY: ("Personal Data Exchange authority", "Awdurdod Cyfnewid Data Personol"),
    DWP: ("Department for Work and Pensions", "Adran Gwaith a Phensiynau"),
    VETERANS: ("Veterans UK", "Veterans UK"),
    COUNCIL: ("Exampleshire County Council", "Cyngor Sir Exampleshire"),
    BLUE_BADGE_ENGLAND: ("Exampleshire Blue Badge team", "Tîm Bathodyn Glas Exampleshire"),
    BLUE_BADGE_SCOTLAND: ("Glen Example Council Blue Badge team", "Tîm Bathodyn Glas Glen Example"),
    VEHICLE_TAX: ("Vehicle tax team", "Tîm treth cerbydau"),
    NEWCOMER: ("Riverbank Borough Council", "Cyngor Bwrdeistref Riverbank"),
    WALLET: ("Personal Data Exchange wallet", "Waled Cyfnewid Data Personol"),
}


#: Who acts at the office, by the email address that the demo's sign-in vouches for.
REVIEWER, BADGE_OFFICER, CLERK = (
    "rhian@network.example",
    "owen@exampleshire.example",
    "carys@riverbank.example",
)

PEOPLE: Mapping[str, str] = {REVIEWER: "Rhian", BADGE_OFFICER: "Owen", CLERK: "Carys"}


@dataclass(frozen=True)
class Addresses:
    """Where every party is: one host, a port each, http on localhost or https anywhere."""

    host: str = "localhost"
    tls: bool = False
    shift: int = 0  # added to every port, so that two networks fit on one machine

    def port(self, party: str) -> int:
        """Give the port of `party`."""
        return PORTS[party] + self.shift

    def url(self, party: str) -> str:
        """Give the base address of `party`, without a closing slash."""
        return f"{'https' if self.tls else 'http'}://{self.host}:{self.port(party)}"
