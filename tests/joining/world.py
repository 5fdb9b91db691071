"""An authority, its office and its public files in one process, and a server that joins."""

from collections.abc import Sequence
from pathlib import Path
from typing import Self

from cryptography.hazmat.primitives.hashes import SHA256

from authority.app import create_authority_app
from authority.enrolment.admission import Admission
from authority.member import Kind
from joining.join import Joining, join_network
from joining.part import Place
from protocol.enrolment.link import EnrolmentLink
from serving.http import FetchPolicy, HttpClient
from serving.logs import EventLog
from tests.authority.enrolment.office import ADMISSION, OFFICE, Office
from tests.authority.network import Network
from tests.network import InProcessNetwork


class World:
    """Enter it to start the apps. The member that joins is the service "parking" of `ADMISSION`."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.directory = home / "server"
        self.office = Office(Network(home / "authority").create().fill())
        self.clock = self.office.clock
        self.network = InProcessNetwork()
        self.log = EventLog((home / "log").open("a"), clock=self.clock)
        self.told: list[str] = []

    def __enter__(self) -> Self:
        self.network.__enter__()
        records = self.office.network.records
        self.network.mount(OFFICE, self.office.app)
        public, _ = create_authority_app(records, self.log, host="127.0.0.1", port=8400)
        self.network.mount(records.settings().base_url, public)
        return self

    def __exit__(self, *_: object) -> None:
        self.network.__exit__()

    @property
    def http(self) -> HttpClient:
        return HttpClient(FetchPolicy(), self.network)

    def link(
        self,
        kind: Kind = Kind.SERVICE,
        member_id: str = "parking",
        admission: Admission = ADMISSION,
    ) -> EnrolmentLink:
        admitted = admission if member_id == "parking" else None
        code = self.office.code(kind, member_id, admission=admitted)
        root = self.office.network.records.root_certificate()
        return EnrolmentLink(OFFICE, code, root.fingerprint(SHA256()))

    def join(self, link: EnrolmentLink, *, wait: int = 60) -> Sequence[str]:
        """What `pdx join` does; while it waits, the authority certifies."""
        joining = Joining(
            link=link,
            directory=self.directory,
            place=lambda organisation: Place(self.directory, organisation.url, 8000, demo=False),
            http=self.http,
            clock=self.clock,
            wait=wait,
            tell=self.told.append,
            sleep=self.sleep,
        )
        return join_network(joining)

    def sleep(self, seconds: float) -> None:
        self.clock.advance(int(seconds))
        self.office.keep()
