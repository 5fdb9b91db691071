"""The first requests: an enrolment code is looked at, then spent for certification requests."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from protocol.encoding import b64url_encode
from protocol.enrolment.link import CODE as CODE_FORM
from protocol.enrolment.organisation import CODE, Organisation, read_organisation, write_organisation
from protocol.enrolment.purposes import PURPOSES
from protocol.members import Members

MAX_CSR: Final = 16 * 1024
_RECEIPT: Final = b"pdx enrolment receipt\0"


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A code and a certification request (PKCS #10 in PEM) for each purpose."""

    code: str
    requests: Mapping[str, bytes]

    @property
    def receipt(self) -> str:
        """What the answer is asked for with, which nobody can guess who has not the code.

        Who sends the same again, because the reply was lost, gets the same receipt.
        """
        digest = sha256()
        for purpose, request in sorted(self.requests.items()):
            digest.update(sha256(purpose.encode() + b"\0" + request).digest())
        return b64url_encode(hmac.digest(self.code.encode(), _RECEIPT + digest.digest(), "sha256"))


def create_enrolment(enrolment: Enrolment) -> dict[str, Any]:
    """The JSON of `POST /api/enrolments`."""
    requests = {purpose: request.decode("ascii") for purpose, request in enrolment.requests.items()}
    return {"code": enrolment.code, "requests": requests}


def parse_enrolment(value: object) -> Enrolment:
    """Read it, without looking into the requests; raises MalformedError."""
    members = _only(value, {"code", "requests"})
    requests = members.members("requests")
    if not requests.raw or not requests.raw.keys() <= PURPOSES.keys():
        raise members.wrong("requests must be for known purposes")
    return Enrolment(
        _code(members),
        {purpose: requests.string(purpose, limit=MAX_CSR).encode() for purpose in requests.raw},
    )


def create_look(code: str) -> dict[str, Any]:
    """The JSON of `POST /api/enrolments/look`: whom is this code for? (Addresses are logged.)."""
    return {"code": code}


def parse_look(value: object) -> str:
    """The code that is asked about; raises MalformedError."""
    return _code(_only(value, {"code"}))


def create_invitation(organisation: Organisation) -> dict[str, Any]:
    """The answer to it."""
    return {"organisation": write_organisation(organisation)}


def parse_invitation(value: object) -> Organisation:
    """Read it; raises MalformedError."""
    return read_organisation(Members(value, code=CODE, name="the invitation"), "organisation")


def create_accepted(request_id: str, receipt: str) -> dict[str, Any]:
    """The answer to certification requests that were taken: a name to speak of them, a secret to ask with."""
    return {"request_id": request_id, "receipt": receipt}


def parse_accepted(value: object) -> tuple[str, str]:
    """Read it: request id and receipt; raises MalformedError."""
    members = Members(value, code=CODE, name="the answer")
    return members.string("request_id", limit=64), _secret(members, "receipt")


def _only(value: object, names: set[str]) -> Members:
    members = Members(value, code=CODE)
    if members.raw.keys() != names:
        raise members.wrong(f"the message must have these members and no others: {', '.join(sorted(names))}")
    return members


def _code(members: Members) -> str:
    return _secret(members, "code")


def _secret(members: Members, name: str) -> str:
    value = members.string(name, limit=64)
    if not CODE_FORM.fullmatch(value):
        raise members.wrong(f"{name} does not have the right form")
    return value
