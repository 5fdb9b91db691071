"""A network's office, as a member's server talks to it."""

from collections.abc import Callable
from typing import Any, Final, TypeVar

from protocol.encoding import json_loads
from protocol.enrolment.answer import (
    CertificateAnswer,
    RegisteredQuestion,
    parse_answer,
    parse_questions,
)
from protocol.enrolment.enrolment import (
    Enrolment,
    create_enrolment,
    create_look,
    parse_accepted,
    parse_invitation,
)
from protocol.enrolment.organisation import Organisation
from protocol.enrolment.renewal import create_renewal_message
from protocol.errors import ProtocolError
from protocol.members import Members
from serving.errors import OperatorError
from serving.http import Fetched, FetchError, HttpClient

MAX_BYTES: Final = 4 << 20
_T = TypeVar("_T")


class OfficeUnreachable(OperatorError):
    """The office gave no answer that can be used: it may in a moment."""


class OfficeRefused(OperatorError):
    """The office said no; `code` is stable."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(f"the office refused it: {text}")
        self.code = code


class Office:
    """One office at its address, without a closing slash."""

    def __init__(self, address: str, http: HttpClient) -> None:
        self.address = address
        self._http = http

    def look(self, code: str) -> Organisation:
        """Whom a link's code is for."""
        return self._post("/api/enrolments/look", create_look(code), parse_invitation)

    def enrol(self, enrolment: Enrolment) -> tuple[str, str]:
        """Hands certification requests in; gives the request's name and the receipt."""
        return self._post("/api/enrolments", create_enrolment(enrolment), parse_accepted)

    def renew(self, renewal: str) -> tuple[str, str]:
        """Hands a renewal in; gives the request's name and the receipt."""
        return self._post("/api/renewals", create_renewal_message(renewal), parse_accepted)

    def answer(self, receipt: str) -> CertificateAnswer:
        """What became of what was handed in."""
        return self._read(lambda: self._get(f"/api/certificate-requests/{receipt}"), parse_answer)

    def questions(self, member_id: str) -> tuple[RegisteredQuestion, ...]:
        """What a service may ask now."""
        return self._read(lambda: self._get(f"/api/services/{member_id}/questions"), parse_questions)

    def _get(self, path: str) -> Fetched:
        headers = {"accept": "application/json"}
        return self._http.request("GET", self.address + path, headers=headers, max_bytes=MAX_BYTES)

    def _post(self, path: str, message: dict[str, Any], parse: Callable[[object], _T]) -> _T:
        return self._read(lambda: self._http.post_json(self.address + path, message), parse)

    def _read(self, ask: Callable[[], Fetched], parse: Callable[[object], _T]) -> _T:
        try:
            fetched = ask()
            value = json_loads(fetched.body, max_bytes=MAX_BYTES)
            if fetched.status in {200, 202}:
                return parse(value)
            refusal = Members(value, code="bad_answer")
            code, text = refusal.string("error"), refusal.optional_string("error_description") or ""
        except (FetchError, ProtocolError) as error:
            text = f"the office at {self.address} gives no answer that can be used: {error}"
            raise OfficeUnreachable(text) from error
        if fetched.status >= 500 or fetched.status == 429:
            raise OfficeUnreachable(f"the office at {self.address} is not available now: {text}")
        raise OfficeRefused(code, text)
