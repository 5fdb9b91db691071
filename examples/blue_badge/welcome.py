"""What the demo says once it runs: where to click, as whom, and what to try."""

from examples.blue_badge.network import parties
from examples.blue_badge.network.build import Plan
from examples.blue_badge.registers import PERSONAS, Persona
from serving.qr import qr_terminal

_SHOWN = (
    "amira",
    "grace",
    "margaret",
    "tom",
    "derek",
    "yusuf",
    "hoa",
    "rhys",
    "wpms",
    "afcs",
    "ssi",
    "smith1",
)


def welcome(plan: Plan) -> str:
    """Give the text that stays on the terminal while the network runs."""
    lines = ["", "The network is running. Everybody in it is invented.", ""]
    lines += ["  The citizen's wallet", f"    {plan.url(parties.WALLET)}/"]
    lines += ["  Departments: sign in as anybody, find a person, make an offer"]
    lines += [f"    {plan.url(name)}/staff    {parties.NAMES[name][0]}" for name in parties.DEPARTMENTS]
    lines += ["  Services"]
    lines += [f"    {plan.url(name)}/{name}    {parties.NAMES[name][0]}" for name in parties.SERVICES]
    lines += ["  The network's public files", f"    {plan.trust_list_url}", ""]
    lines += ["  People to be, with what staff ask for:", *map(_person, _SHOWN), ""]
    if plan.tls:
        lines += _phone(plan)
    lines += ["  How it was set up, command by command: " + str(plan.home / "commands.txt")]
    lines += ["  Press Ctrl-C to stop.", ""]
    return "\n".join(lines)


def _person(key: str) -> str:
    person: Persona = PERSONAS[key]
    name = f"{person.given_name} {person.family_name}"
    number = f", service number {person.service_number}" if person.service_number else ""
    facts = f"born {person.birthdate}, NI number {person.nino}, {person.postal_code}{number}"
    return f"    {name:<24} {facts}\n{'':28} {person.shows}"


def _phone(plan: Plan) -> list[str]:
    address = f"{plan.url(parties.WALLET)}/"
    drawn = [f"    {row}" for row in qr_terminal(address).splitlines()]
    ca = plan.tls.ca if plan.tls else ""
    return [
        "  A phone on the same network opens the wallet with this code:",
        "",
        *drawn,
        "",
        "  Its browser has to trust this machine's development CA first. Take it over from:",
        f"    {ca}",
        "",
    ]
