"""What a register must be able to do for us: answer one query with a few rows."""

from collections.abc import Mapping, Sequence
from typing import Protocol

MAX_ROWS = 20  # the records of one person, or of the few who share a name or a birthday

Row = Mapping[str, object]
Parameters = Mapping[str, str | None]


class RegisterUnavailable(Exception):
    """The register gave no answer that can be used; the text is safe for anybody, the cause stays here.

    `reason` is a code for the log: it tells the department's engineer where to look.
    """

    def __init__(self, reason: str = "no_answer") -> None:
        super().__init__("the register is not available at the moment")
        self.reason = reason


class RegisterUnreachable(Exception):
    """There is no register where the settings say; the text is for whoever wrote them, at start only."""


class QueryRefused(Exception):
    """The register refuses a definition's query; the text is for whoever wrote it, at start only."""


class Register(Protocol):
    """One register by name."""

    def rows(self, query: str, parameters: Parameters, columns: Sequence[str]) -> Sequence[Row]:
        """The rows of a query, `columns` only; raises RegisterUnavailable, also for over MAX_ROWS."""
        ...

    def columns(self, query: str) -> Sequence[str]:
        """The columns that a query gives, found without reading a row.

        Raises QueryRefused, RegisterUnreachable.
        """
        ...

    def close(self) -> None: ...
