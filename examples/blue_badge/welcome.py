"""What the demo says once it runs: where to click, as whom, and what to try."""

from shlex import quote

from examples.blue_badge.network import parties
from examples.blue_badge.network.build import Plan
from examples.blue_badge.network.running import PDX, newcomer_url
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
    "smith2",
    "olena",
)


def welcome(plan: Plan, ca: str | None) -> str:
    """Give the text that stays on the terminal; `ca` is where a phone can fetch the development CA."""
    lines = ["", "The network is running. Everybody in it is invented.", "", *_try_first(plan)]
    lines += ["  The citizen's wallet", f"    {plan.url(parties.WALLET)}/"]
    lines += ["  Departments, for their staff: find a person, make an offer"]
    lines += [f"    {plan.url(name)}/staff    {parties.NAMES[name][0]}" for name in parties.DEPARTMENTS]
    lines += ["  Services"]
    lines += [f"    {plan.url(name)}/{name}    {parties.NAMES[name][0]}" for name in parties.SERVICES]
    newcomer = f"{newcomer_url(plan)}/{parties.NEWCOMER}"
    lines += [f"    {newcomer}    {parties.NAMES[parties.NEWCOMER][0]}, which joined just now"]
    lines += _office(plan)
    lines += ["  The network's public files", f"    {plan.trust_list_url}", ""]
    lines += ["  People to be, with what staff ask for:", *map(_person, _SHOWN), ""]
    if ca:
        lines += _phone(plan, ca)
    lines += _commands(plan)
    lines += ["  How it was set up, command by command: " + str(plan.home / "commands.txt")]
    lines += ["  Press Ctrl-C to stop.", ""]
    return "\n".join(lines)


def _try_first(plan: Plan) -> list[str]:
    """A walk through the whole in one browser, with a yes and a refusal in it."""
    dwp, england = plan.url(parties.DWP), plan.url(parties.BLUE_BADGE_ENGLAND)
    return [
        "  Try this first, all in one browser:",
        f"    1. As staff of the department: {dwp}/staff and Sign in. The sign-in page stands for",
        '       the department\'s own: type any name where it says "sub", then Authorize.',
        f"    2. Find Amira Hassan ({_facts(PERSONAS['amira'])}).",
        "       Choose both claims, Make the offer. Follow Link to the wallet in a new tab: the code is",
        "       shown only once.",
        "    3. As Amira: type the code, Add to wallet.",
        f"    4. Still as Amira: {england}/{parties.BLUE_BADGE_ENGLAND}, Start now, Open your wallet here.",
        "       Read who asks what, why and for how long; Share. The council has its answer.",
        "    5. How a refusal looks: find Tom Whitfield in step 2. The department's records say yes to two",
        "       claims of five. Scotland's Blue Badge team takes one, the vehicle tax team the other; for",
        "       England there is nothing to show.",
        "  If the browser's wallet has claims of an earlier demo, first use Settings, Delete everything:",
        "  this may be a new network, which does not know them.",
        "",
    ]


def _office(plan: Plan) -> list[str]:
    roles = {
        parties.REVIEWER: "decides who is admitted and what may be asked",
        parties.CLERK: "joined for the council",
        parties.BADGE_OFFICER: "proposed the question that the council adopted",
    }
    return [
        "  The network's office, where members join and questions are approved",
        f"    {plan.url(parties.OFFICE)}/    Sign in as one of:",
        *(f"      {email:<28} {role}" for email, role in roles.items()),
    ]


def _facts(person: Persona) -> str:
    number = f", service number {person.service_number}" if person.service_number else ""
    return f"born {person.birthdate}, NI number {person.nino}, {person.postal_code}{number}"


def _person(key: str) -> str:
    person: Persona = PERSONAS[key]
    name = f"{person.given_name} {person.family_name}"
    return f"    {name:<24} {_facts(person)}\n{'':28} {person.shows}"


def _phone(plan: Plan, ca: str) -> list[str]:
    wallet = f"{plan.url(parties.WALLET)}/"
    return [
        "  A phone on the same network joins in two steps (staff sign in on this machine only).",
        "",
        "  First it has to trust this machine's development CA: scan, install, and on an iPhone switch it on",
        "  under Settings, General, About, Certificate Trust Settings. Remove it when you are done.",
        f"    {ca}",
        "",
        *_drawn(ca),
        "",
        "  Then it opens the wallet:",
        f"    {wallet}",
        "",
        *_drawn(wallet),
        "",
    ]


def _commands(plan: Plan) -> list[str]:
    """The same without a browser, for whoever writes a service's program or a wallet of their own."""
    service = parties.BLUE_BADGE_ENGLAND
    settings = plan.path(service, "verifier.yaml")
    joining = f"--trust-list {plan.trust_list_url} --root {quote(str(plan.root))} --local"
    trusting = f" --ca-bundle {quote(str(plan.tls.ca))}" if plan.tls else ""
    return [
        "  On the command line: ask as the council, and carry a wallet (add --help to any of them)",
        f"    {quote(PDX)} verifier request --config {quote(str(settings))} --service {service}",
        f"    {quote(PDX)} wallet network {joining}{trusting}",
        "",
    ]


def _drawn(address: str) -> list[str]:
    return [f"    {row}" for row in qr_terminal(address).splitlines()]
