"""Registration certificates are short-lived: the authority renews and publishes, a service fetches them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509

from joining.verify import check_registers, fetch_registration, fetch_trust_list
from protocol.registration.question import Question
from serving.clock import Clock
from serving.files import replace_file
from serving.http import HttpClient


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


def refresh_registrations(
    registered: Sequence[Registered],
    *,
    trust_list_url: str,
    http: HttpClient,
    anchors: Sequence[x509.Certificate],
    clock: Clock,
) -> int:
    """Puts each that was published anew in place, by one rename; gives how many.

    Only a registration of the very same question is taken. Raises FetchError, RemoteError.
    """
    trust_list = fetch_trust_list(http, trust_list_url, anchors=anchors, now=clock.now())
    renewed = 0
    for one in registered:
        compact, certificate = fetch_registration(
            http,
            one.url(trust_list_url),
            anchors=anchors,
            trust_list=trust_list,
            subject=one.subject,
            now=clock.now(),
        )
        check_registers(one.question, certificate)
        if compact != one.file.read_text(encoding="ascii").strip():
            replace_file(one.file, compact.encode(), directory_mode=0o700)
            renewed += 1
    return renewed
