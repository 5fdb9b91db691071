"""NumericDate claims: `iat`, `nbf` and `exp` of RFC 7519 §4.1, with leeway for clocks that differ."""

from collections.abc import Mapping
from typing import Any, Final

from protocol.errors import MalformedError, ValidityError

#: The last second of the year 9999: what comes later fits neither calendars nor databases.
MAX_DATE: Final = 253_402_300_799


def numeric_date(claims: Mapping[str, Any], name: str) -> int | None:
    """Returns a date claim in whole Unix seconds, None if absent; raises MalformedError for no date."""
    if name not in claims:
        return None
    value: Any = claims[name]
    # RFC 7519 §2 allows fractions; JSON's true is no number. NaN and infinity are within no bounds.
    if type(value) not in (int, float) or not 0 <= value <= MAX_DATE:
        raise MalformedError(f"{name} is not a date", code="malformed_date")
    return int(value)


def check_validity_dates(claims: Mapping[str, Any], *, now: int, leeway: int) -> int | None:
    """Returns `exp`; raises ValidityError unless `now` is between `nbf` and it (both optional), give or take
    `leeway`.
    """
    not_before = numeric_date(claims, "nbf") if "nbf" in claims else None
    if not_before is not None and now + leeway < not_before:  # RFC 7519 §4.1.5
        raise ValidityError("The token is not valid yet", code="not_yet_valid")
    expires_at = numeric_date(claims, "exp") if "exp" in claims else None
    if expires_at is not None and now - leeway >= expires_at:  # RFC 7519 §4.1.4
        raise ValidityError("The token has expired", code="expired")
    return expires_at
