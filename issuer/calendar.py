"""Days as the law counts them: from midnight to midnight in London, summer time included."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
HOUR = 3600


def today_of(now: int) -> date:
    """The date in London at `now` (Unix seconds)."""
    return datetime.fromtimestamp(now, UTC).astimezone(LONDON).date()


def start_of(day: date) -> int:
    """The first second of a day in London, as Unix seconds."""
    return int(datetime.combine(day, time(), LONDON).timestamp())


def end_of(day: date) -> int:
    """The first second after a day in London, as Unix seconds."""
    return start_of(day + timedelta(days=1))
