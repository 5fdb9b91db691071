"""The holder's limits, in one place, with their units."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """What the holder accepts from others, and how it keeps what is its own."""

    max_metadata_bytes: int = 512 * 1024
    max_trust_list_bytes: int = 512 * 1024
    max_part_bytes: int = 64 * 1024
    max_request_bytes: int = 256 * 1024
    max_credential_response_bytes: int = 2 * 1024 * 1024
    max_reply_bytes: int = 64 * 1024
    max_copies: int = 20  # keys made for one claim, however many the department offers
    leeway: int = 60  # seconds that the clocks of others may differ
    trust_list_max_age: int = 3600  # seconds before the wallet asks for a newer one
    part_kept: int = 30 * 86_400  # seconds before a part of it is deleted
    max_status_list_bytes: int = 2 * 1024 * 1024
    status_max_age: int = 86_400  # seconds before the wallet looks at a claim's status again
    scrypt_cost: int = 2**17  # N of RFC 7914 with r = 8: 128 MiB
