"""What stands in the log: the kind of event in one line, then what it was, as JSON.

A registration's JSON is, byte for byte, the payload of the registration certificate, so that whoever holds
the certificate can tell where its entry would be, and whoever reads the log sees what was approved.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from protocol.encoding import json_dumps, json_object
from protocol.errors import LocalError, MalformedError

#: Longest entry: a bundle gives its length in two bytes (C2SP tlog-tiles v1).
MAX_ENTRY_BYTES: Final = 65_535

_CODE: Final = "bad_log_entry"
_EVENT: Final = re.compile(rb"[a-z]+(-[a-z]+)*")


class Event(StrEnum):
    """What can happen in a network; a reader passes over what it does not know."""

    ADMISSION = "admission"
    CHANGE = "change"
    SUSPENSION = "suspension"
    REINSTATEMENT = "reinstatement"
    DEPARTURE = "departure"
    CERTIFICATE = "certificate"
    REVOCATION = "revocation"
    APPROVAL = "approval"
    CLAIM_TYPE = "claim-type"
    REGISTRATION = "registration"
    TRUST_LIST = "trust-list"


@dataclass(frozen=True, slots=True)
class Entry:
    """One event; `body` is JSON as it was written."""

    event: str
    body: bytes

    def __bytes__(self) -> bytes:
        """What is hashed; raises LocalError where it is too long for a log."""
        written = self.event.encode("ascii") + b"\n" + self.body
        if len(written) > MAX_ENTRY_BYTES:
            raise LocalError("too long for the log", code=_CODE)
        return written

    def members(self) -> Mapping[str, Any]:
        """What it says; raises MalformedError."""
        return json_object(self.body)


def create_entry(event: Event, members: Mapping[str, Any]) -> Entry:
    """An entry with this content."""
    return Entry(event.value, json_dumps(members))


def parse_entry(data: bytes) -> Entry:
    """Read an entry; raises MalformedError. What kinds there are is not checked here."""
    event, newline, body = data.partition(b"\n")
    if not newline or not _EVENT.fullmatch(event):
        raise MalformedError("an entry of the log begins with its kind", code=_CODE)
    json_object(body)
    return Entry(event.decode("ascii"), body)
