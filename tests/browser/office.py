"""An office that browsers reach: the real application on a socket, with organisations in every state."""

from contextlib import ExitStack
from pathlib import Path
from typing import Self

from playwright.sync_api import Browser, BrowserContext

from authority.actors import Actor, Role
from authority.enrolment.accept_requests import accept_requests
from authority.enrolment.links import end_link, list_links, make_link
from authority.enrolment.places import Desk
from authority.member import Kind
from authority.office.app import build_office
from authority.people.apply import read_application, start_application
from authority.people.change import change_member
from authority.people.decide import decide
from authority.people.invite import invite_as_operator
from authority.people.sessions import begin_session
from authority.people.states import State
from authority.usecases.keep_network import keep_network
from protocol.enrolment.enrolment import Enrolment
from protocol.enrolment.link import parse_enrolment_link
from tests.authority.enrolment.office import for_service
from tests.authority.network import NOW, RANDOM, Network
from tests.authority.people.office import Office, claims
from tests.authority.people.test_joining import REASON, applied, details, reviewer
from tests.browser.listening import free_port, listening

LONG = {
    "en": "Incommensurabilities and Counterrevolutionaries Borough {}",
    "cy": "Cyngor Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch {}",
}
MEMBER, WAITING, REFUSED, DRAFT = "council", "waiting", "refused", "draft"


class RunningOffice:
    """Enter it to fill the office and to let it listen."""

    def __init__(self, home: Path) -> None:
        self._port = free_port()
        self.url = f"http://localhost:{self._port}"
        self.network = Network(home / "authority").create()
        database = f"sqlite:///{self.network.directory}/authority.db"
        # the tests are quicker than people
        limits = {"sign_in": None, "invite": None, "make_link": None}
        self.office = Office(home, database=database, base_url=self.url, limits=limits)
        self._open = ExitStack()

    def __enter__(self) -> Self:
        self._open.enter_context(self.office)
        self._open.enter_context(listening(build_office(self.office.deps), self._port))
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def fill(self) -> Self:
        """Puts organisations in every state, and lets olwen act for all of them; rhys reviews."""
        judge = reviewer(self.office)
        for name, address in ((MEMBER, "c"), (WAITING, "w"), (REFUSED, "r")):
            words = {language: text.format(address) for language, text in LONG.items()}
            kinds = {kind.value: f"https://{kind.value}.{address}.example" for kind in Kind}
            applied(self.office, id=name, name=words, addresses=kinds)
            self.office.actor("olwen", name, Role.OWNER)
        decide(self.office.deps, judge, MEMBER, State.ADMITTED, seen=State.APPLIED, reason=REASON)
        decide(self.office.deps, judge, REFUSED, State.REFUSED, seen=State.APPLIED, reason=f"{REASON} " * 20)
        start_application(self.office.deps, self.office.person("olwen"), details(id=DRAFT))
        self._keep()
        self._join(self.office.actor("tom", MEMBER, Role.TECHNICAL))
        self.invite("gwen@example.org")
        self.network.fill()
        self.office.actor("olwen", "blue-badge", Role.OWNER)
        self._ask()
        return self

    def invite(self, email: str) -> str:
        """Where an invitation for an address leads."""
        return f"/invitations/{invite_as_operator(self.office.deps, MEMBER, email, [Role.OWNER])}"

    def browser(self, chromium: Browser, name: str = "", *, language: str = "en") -> BrowserContext:
        """Somebody's browser, signed in unless it is nobody's, on a phone's screen."""
        context = chromium.new_context(
            base_url=self.url,
            viewport={"width": 360, "height": 640},
            locale={"en": "en-GB", "cy": "cy-GB"}[language],
            reduced_motion="reduce",
        )
        if name:
            proven = {**claims(name), "name": f"{name.title()} {LONG['cy'].split()[1]}"}
            cookie = begin_session(self.office.deps, proven)
            context.add_cookies([{"name": "pdx_office", "value": cookie, "url": self.url}])
        return context

    def _keep(self) -> None:
        keep_network(self.network.records, now=NOW, random=RANDOM)

    def _ask(self) -> None:
        """The member wants another name, which waits for a reviewer."""
        with self.office.deps.database.reading() as session:
            present = read_application(session, MEMBER).details
        words = {language: text.format("x") for language, text in LONG.items()}
        wanted = details(id=MEMBER, name=words, addresses=present.addresses)
        owner = self.office.actor("olwen", MEMBER, Role.OWNER)
        change_member(self.office.deps, owner, wanted, shown=present.seen.fingerprint)

    def _join(self, tom: Actor) -> None:
        """A server that joined, a link that was ended, and one that is open."""
        deps = self.office.deps
        desk = Desk(deps.database, deps.root, self.url, deps.settings.network)
        code = parse_enrolment_link(make_link(deps, tom, Kind.SERVICE)).code
        requests = for_service(code, organisation_id=f"PDXGB-{MEMBER}")
        accept_requests(desk, Enrolment(code, requests), now=NOW, random=RANDOM)
        self._keep()
        self.office.clock.advance(1)  # the newest stands first
        make_link(deps, tom, Kind.SERVICE)
        with deps.database.reading() as session:
            newest = list_links(session, MEMBER, now=NOW)[0]
        end_link(deps, tom, newest.digest)
        make_link(deps, tom, Kind.DEPARTMENT)
