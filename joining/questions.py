"""What a service may ask by now: adopted at the office while its server runs, and taken up by itself."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from cryptography import x509

from joining.office import Office
from joining.part import Approved
from joining.verify import check_registers, fetch_registration, fetch_trust_list
from protocol.enrolment.answer import RegisteredQuestion
from protocol.registration.question import Question
from protocol.trust_list.members import TrustList
from serving.clock import Clock
from serving.http import FetchError, HttpClient


@dataclass(frozen=True)
class QuestionSource:
    """Where the questions of a network's services are; `anchors` are its root certificates."""

    office: Office
    trust_list_url: str
    http: HttpClient
    anchors: Sequence[x509.Certificate]
    clock: Clock

    def new_questions(self, subject: str, known: Collection[Question]) -> tuple[Approved, ...]:
        """What the service `subject` (an organisation_id) may ask and is not `known`, each verified.

        Who sits at the office decides about nothing here: a question counts with its registration, which is
        signed and in the log. One that is not published yet comes the next time, and none goes back to an
        earlier version. Raises OperatorError, FetchError, RemoteError.
        """
        listed = self.office.questions(subject.partition("-")[2])
        newest = {one.id: one.version for one in known}
        new = [one for one in listed if one.question not in known and _is_up_to(newest, one.question)]
        if not new:
            return ()
        now = self.clock.now()
        trust_list = fetch_trust_list(self.http, self.trust_list_url, anchors=self.anchors, now=now)
        found = (self._approved(one, subject, trust_list) for one in new)
        return tuple(one for one in found if one is not None)

    def _approved(self, one: RegisteredQuestion, subject: str, trust_list: TrustList) -> Approved | None:
        try:
            compact, certificate = fetch_registration(
                self.http,
                one.registration,
                anchors=self.anchors,
                trust_list=trust_list,
                subject=subject,
                now=self.clock.now(),
            )
        except FetchError:
            return None
        if certificate.intended_use_id != one.question.reference:  # still the version before
            return None
        check_registers(one.question, certificate)
        return Approved(one.question, compact)


def _is_up_to(newest: Mapping[str, int], question: Question) -> bool:
    """Whether it is no earlier version of what is known: that was registered, too, and is still signed."""
    return question.version >= newest.get(question.id, 0)
