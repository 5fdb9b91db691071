"""Who does something, and what the roles allow.

Every use case that changes something on a person's word takes an `Actor`, made from a session that was looked
up for this very request: a role that was taken away a moment ago allows nothing.
"""

from collections.abc import Set
from dataclasses import dataclass
from enum import StrEnum

from serving.errors import OperatorError

OPERATOR = "operator"  # in place of a person's id: whoever sits at the authority's own command line


class Role(StrEnum):
    """What a person does for an organisation."""

    OWNER = "owner"  # speaks for it: applies, signs the agreement, invites people, leaves
    TECHNICAL = "technical"  # looks after its servers: enrols keys, proposes claim types, adopts questions
    REVIEWER = "reviewer"  # of the authority itself: decides about others


@dataclass(frozen=True, slots=True)
class Actor:
    """A person acting for one organisation: `organisation_id` is a member's id, or the authority's own."""

    person_id: str
    organisation_id: str
    roles: Set[Role]


class NotAllowedError(OperatorError):
    """Whoever asks has not the role for it."""


def check_role(actor: Actor, *allowed: Role, organisation_id: str) -> None:
    """Raises NotAllowedError unless the actor has one of the roles, and in this organisation."""
    if actor.organisation_id != organisation_id or not actor.roles & set(allowed):
        needed = " or ".join(role.value for role in allowed)
        raise NotAllowedError(f"this needs the role {needed} in the organisation {organisation_id}")
