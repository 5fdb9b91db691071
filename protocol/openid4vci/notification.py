"""Notification endpoint: OpenID4VCI 1.0 §11. A wallet tells what became of what it was issued."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from protocol.encoding import json_loads
from protocol.errors import ProtocolError
from protocol.members import Members
from protocol.openid4vci.errors import CredentialError

Event = Literal["credential_accepted", "credential_failure", "credential_deleted"]

EVENTS: Final[tuple[Event, ...]] = ("credential_accepted", "credential_failure", "credential_deleted")
MAX_NOTIFICATION_BYTES: Final = 8192


@dataclass(frozen=True, slots=True)
class Notification:
    """What happened to the credentials of one response; a description is read and dropped."""

    notification_id: str
    event: Event


def create_notification(notification: Notification) -> dict[str, str]:
    """The JSON object of a notification."""
    return {"notification_id": notification.notification_id, "event": notification.event}


def parse_notification(value: Mapping[str, Any] | bytes) -> Notification:
    """The notification in a request; unknown members are ignored (§11.1). Raises CredentialError."""
    try:
        decoded = json_loads(value, max_bytes=MAX_NOTIFICATION_BYTES) if isinstance(value, bytes) else value
        members = Members(decoded, code="invalid_notification_request", name="the notification")
        event = members.string("event")
        if event not in EVENTS:
            raise members.wrong("the event is unknown")
        return Notification(notification_id=members.string("notification_id", limit=512), event=event)
    except ProtocolError as error:
        raise CredentialError("invalid_notification_request", str(error)) from error
