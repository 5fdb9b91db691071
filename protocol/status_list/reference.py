"""Where a credential's status stands (Token Status List draft 14 §6.2), and what it means (§7)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from protocol.errors import MalformedError

#: RFC 3986 §4.3 as far as matters here: a scheme, then printable ASCII without spaces.
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!-~]+")

VALID = 0x00
INVALID = 0x01
SUSPENDED = 0x02


@dataclass(frozen=True, slots=True)
class StatusReference:
    """One entry (`index`) of the status list at `uri`."""

    uri: str
    index: int

    def to_claim(self) -> dict[str, Any]:
        """Returns the credential's `status` claim."""
        return {"status_list": {"idx": self.index, "uri": self.uri}}


def parse_status_claim(claims: Mapping[str, Any]) -> StatusReference | None:
    """Reads a credential's `status`, None if absent; raises MalformedError unless it names a list entry.

    HAIP 1.0 §6.1: a `status` claim must contain `status_list`; another mechanism alone is refused, never
    ignored.
    """
    if "status" not in claims:
        return None
    status = claims["status"]
    entry = status.get("status_list") if type(status) is dict else None
    if type(entry) is not dict:
        raise MalformedError("status has no status_list", code="malformed_status")
    uri = entry.get("uri")
    if type(uri) is not str or not _is_uri(uri):  # §6.2
        raise MalformedError("The status list's address is not a URI", code="malformed_status")
    return StatusReference(uri, _index(entry.get("idx")))


def _index(value: Any) -> int:
    if type(value) is not int or value < 0:  # §6.2: a non-negative integer (true is none)
        raise MalformedError("The status index is not a non-negative integer", code="malformed_status")
    return value


@lru_cache(maxsize=256)  # thousands of credentials name one list
def _is_uri(text: str) -> bool:
    return _URI.fullmatch(text) is not None
