"""What the published files are called, for whoever writes them and whoever tells where they are."""

from typing import Final

TRUST_LIST_FILE: Final = "trust-list.jwt"


def registration_file(member_id: str, question_id: str) -> str:
    """Where a registration certificate is published, relative to the authority's address."""
    return f"registrations/{member_id}/{question_id}.jwt"
