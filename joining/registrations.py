"""Registration certificates are short-lived: the authority renews and publishes, a service fetches them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509

from joining.verify import check_registers, fetch_registration, fetch_trust_list
from protocol.errors import ProtocolError
from protocol.registration.question import Question
from protocol.trust_list.members import TrustList
from serving.clock import Clock
from serving.files import replace_file
from serving.http import FetchError, HttpClient


@dataclass(frozen=True)
class Registered:
    """A question of a service, and the file with its registration certificate."""

    question: Question
    subject: str
    file: Path

    def url(self, trust_list: str) -> str:
        """Where it is published, beside the network's trust list."""
        member_id = self.subject.partition("-")[2]
        return f"{trust_list.rpartition('/')[0]}/registrations/{member_id}/{self.question.id}.jwt"


class Published:
    """What the network publishes now. The trust list is fetched once, when it is first asked for."""

    def __init__(
        self, trust_list_url: str, http: HttpClient, anchors: Sequence[x509.Certificate], clock: Clock
    ) -> None:
        self._url = trust_list_url
        self._http = http
        self._anchors = anchors
        self._clock = clock
        self._trust_list: TrustList | Exception | None = None

    def trust_list(self) -> TrustList:
        """The trust list; raises FetchError, RemoteError, each time if it did once."""
        if self._trust_list is None:
            self._trust_list = self._fetch()
        if isinstance(self._trust_list, Exception):  # not waited for once more for each question
            raise self._trust_list
        return self._trust_list

    def refresh(self, one: Registered) -> None:
        """Puts a registration in place, by one rename, if it was published anew.

        Only a registration of the very same question is taken. Raises FetchError, RemoteError.
        """
        compact, certificate = fetch_registration(
            self._http,
            one.url(self._url),
            anchors=self._anchors,
            trust_list=self.trust_list(),
            subject=one.subject,
            now=self._clock.now(),
        )
        check_registers(one.question, certificate)
        if compact != one.file.read_text(encoding="ascii").strip():
            replace_file(one.file, compact.encode(), directory_mode=0o700)

    def _fetch(self) -> TrustList | Exception:
        try:
            return fetch_trust_list(self._http, self._url, anchors=self._anchors, now=self._clock.now())
        except (FetchError, ProtocolError) as error:
            return error
