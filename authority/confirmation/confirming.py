"""A decision goes through its use case twice: once to write down what it says, and once to be carried out.

    Asking    before the sign-in: everything is checked, the document is made, nothing is decided
    Answered  after it: it is decided if it still says exactly what was signed in for

Without either a use case decides at once.
"""

from typing import Protocol

from sqlmodel import Session

from authority.confirmation.document import (
    MAX_BYTES,
    RANDOM_BYTES,
    Said,
    digest_of,
    says,
    subject_of,
    write_document,
)
from authority.confirmation.store import Confirmation, keep_confirmation
from protocol.encoding import json_object
from serving.errors import ApiError
from serving.randomness import Random, token


class Confirming(Protocol):
    """What a use case asks before it commits; `now` is the time of the decision (Unix seconds)."""

    @property
    def now(self) -> int: ...

    def is_confirmed(self, session: Session, said: Said) -> bool:
        """Whether to decide now; raises ApiError 409 where the decision says something else by now."""
        ...


class Asking:
    """Before the sign-in: takes down what would be decided."""

    def __init__(self, random: Random, now: int) -> None:
        self.now = now
        self.document = ""
        self._random = random

    def is_confirmed(self, _session: Session, said: Said) -> bool:
        self.document = write_document(said, random=token(self._random, RANDOM_BYTES))
        return False


class Answered:
    """After the sign-in: keeps document and ID token beside what is decided, in the same transaction."""

    def __init__(self, document: str, id_token: str, now: int) -> None:
        self.now = int(json_object(document.encode(), max_bytes=MAX_BYTES)["at"])
        self._document, self._id_token, self._kept_at = document, id_token, now

    def is_confirmed(self, session: Session, said: Said) -> bool:
        if not says(self._document, said):
            raise ApiError(409, "conflict", page="changed_meanwhile")
        row = Confirmation(
            digest=digest_of(self._document),
            subject=subject_of(said),
            document=self._document,
            id_token=self._id_token,
            kept_at=self._kept_at,
        )
        keep_confirmation(session, row)
        return True
