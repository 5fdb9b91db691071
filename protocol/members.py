"""Reading the members of a received JSON object: the right type, within bounds, or MalformedError.

Error texts name the member and never its value, which may be personal.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar
from urllib.parse import SplitResult, urlsplit

from protocol.errors import MalformedError

MAX_STRING: Final = 4096
MAX_ARRAY: Final = 64
LOOPBACK_HOSTS: Final = frozenset({"localhost", "127.0.0.1", "::1"})

_T = TypeVar("_T")


class Members:
    """A received object; every getter raises MalformedError with the message's own error code."""

    def __init__(self, value: object, *, code: str, name: str = "the message") -> None:
        self._code = code
        if not isinstance(value, Mapping):
            raise self.wrong(f"{name} must be an object")
        self.raw: Mapping[str, Any] = value

    def __contains__(self, name: str) -> bool:
        return name in self.raw

    def wrong(self, text: str) -> MalformedError:
        """The error for something wrong with this message."""
        return MalformedError(text, code=self._code)

    def string(self, name: str, *, limit: int = MAX_STRING) -> str:
        """A non-empty string of at most `limit` characters."""
        return self._string(self.raw.get(name), name, limit)

    def optional_string(self, name: str, *, limit: int = MAX_STRING) -> str | None:
        """A non-empty string, or None where the member is absent."""
        return self.string(name, limit=limit) if name in self.raw else None

    def integer(self, name: str, *, low: int = 0, high: int = 2**53 - 1) -> int:
        """An integer from `low` to `high`; true and 1.0 are none."""
        value = self.raw.get(name)
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise self.wrong(f"{name} must be a whole number in its range")
        return value

    def optional_integer(self, name: str, *, low: int = 0, high: int = 2**53 - 1) -> int | None:
        """An integer, or None where the member is absent."""
        return self.integer(name, low=low, high=high) if name in self.raw else None

    def boolean(self, name: str, *, default: bool | None = None) -> bool:
        """A boolean; absent is `default` where there is one."""
        value = self.raw.get(name, default)
        if not isinstance(value, bool):
            raise self.wrong(f"{name} must be true or false")
        return value

    def members(self, name: str) -> "Members":
        """An object as a reader with the same error code."""
        return Members(self.raw.get(name), code=self._code, name=name)

    def all_members(self, name: str, *, limit: int = MAX_ARRAY) -> tuple["Members", ...]:
        """A non-empty array of objects."""
        return self.array(name, lambda one: Members(one, code=self._code, name=name), limit=limit)

    def strings(self, name: str, *, limit: int = MAX_ARRAY, length: int = MAX_STRING) -> tuple[str, ...]:
        """A non-empty array of non-empty strings."""
        return self.array(name, lambda one: self._string(one, name, length), limit=limit)

    def array(self, name: str, item: Callable[[object], _T], *, limit: int = MAX_ARRAY) -> tuple[_T, ...]:
        """A non-empty array of at most `limit` elements, each read by `item`."""
        value = self.raw.get(name)
        if not isinstance(value, list | tuple) or not value:
            raise self.wrong(f"{name} must be a non-empty array")
        if len(value) > limit:
            raise self.wrong(f"{name} has too many elements")
        return tuple(item(one) for one in value)

    def url(self, name: str, *, fragment: bool = False) -> str:
        """An https URL (http only to this machine itself) without user information."""
        value = self.string(name, limit=2048)
        if not is_secure_url(value) or ("#" in value and not fragment):
            raise self.wrong(f"{name} must be an https URL")
        return value

    def optional_url(self, name: str) -> str | None:
        """An https URL, or None where the member is absent."""
        return self.url(name) if name in self.raw else None

    def _string(self, value: object, name: str, limit: int) -> str:
        if not isinstance(value, str) or not 0 < len(value) <= limit:
            raise self.wrong(f"{name} must be a string that is neither empty nor too long")
        return value


def is_secure_url(url: str) -> bool:
    """Whether `url` is https, or http to the loopback where a demonstration runs, and names a plain host."""
    if not url.isascii() or any(character <= " " or character in '<>"\\^`{|}' for character in url):
        return False
    parts = split_url(url)
    if parts is None or not parts.hostname or "@" in parts.netloc:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK_HOSTS)


def split_url(url: str) -> SplitResult | None:
    """The parts of `url`, or None where it cannot be split (a bad port or bracket)."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return parts
