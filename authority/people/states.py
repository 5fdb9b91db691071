"""How an organisation stands with the network, and every change of it that there can be.

draft -> applied -> admitted <-> suspended
             |          |            |
             v          v            v
          refused     left          left      (both may apply again, as a draft does)
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class State(StrEnum):
    """How an organisation stands."""

    DRAFT = "draft"  # is being written
    APPLIED = "applied"  # waits for a reviewer
    REFUSED = "refused"
    ADMITTED = "admitted"
    SUSPENDED = "suspended"
    LEFT = "left"


# What is decided about a member without changing how it stands.
CHANGED: Final = "changed"  # its name or addresses
CHANGE_REFUSED: Final = "change_refused"

#: What a reviewer decides: the state that it leads to, from which.
DECISIONS: Final[Mapping[State, State]] = {
    State.REFUSED: State.APPLIED,
    State.SUSPENDED: State.ADMITTED,
}
ADMITTED_FROM: Final = (State.APPLIED, State.SUSPENDED)
#: In these its owners may change the application and send it.
EDITABLE: Final = (State.DRAFT, State.REFUSED, State.LEFT)
#: Nobody has vouched for an organisation in one of these, or not any more.
UNDECIDED: Final = (State.DRAFT, State.APPLIED, State.REFUSED)
MEMBERS: Final = (State.ADMITTED, State.SUSPENDED)


def expected_before(wanted: State, now: State) -> State | None:
    """The state from which a reviewer's decision leads to `wanted`; None for no decision of a reviewer's."""
    if wanted is State.ADMITTED:
        return now if now in ADMITTED_FROM else State.APPLIED
    return DECISIONS.get(wanted)
