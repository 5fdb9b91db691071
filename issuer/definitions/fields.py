"""A record of a register, read strictly into the types that its definition declares."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from typing import Literal

from issuer.calendar import LONDON

FieldType = Literal["text", "text?", "whole_number", "whole_number?", "yes_no", "yes_no?", "date", "date?"]
Value = str | int | bool | date | None
Record = Mapping[str, Value]

_WHOLE_NUMBER = re.compile(r"[+-]?[0-9]{1,18}")  # what CEL's 64 bits hold
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(rf"{_DATE.pattern}[T ].+")
_YES_NO = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}


class FieldError(Exception):
    """A column holds something other than its definition says; the text never says what."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(f'"{field}" {text}')
        self.field = field


def may_be_empty(kind: FieldType) -> bool:
    """A type that ends in a question mark allows an empty column."""
    return kind.endswith("?")


def read_record(row: Mapping[str, object], fields: Mapping[str, FieldType]) -> Record:
    """Gives the record in one row of a register; raises FieldError."""
    return {name: _read_field(name, row[name], kind) for name, kind in fields.items()}


def _read_field(name: str, raw: object, kind: FieldType) -> Value:
    if raw is None:
        if may_be_empty(kind):
            return None
        raise FieldError(name, f'is empty; its type would have to be "{kind}?"')
    try:
        return _READERS[kind.rstrip("?")](raw)
    except ValueError:
        # `from None`: the cause would carry the content of the column.
        raise FieldError(name, f"is not a {kind.rstrip('?')}") from None


def _read_text(raw: object) -> str:
    if isinstance(raw, str) or (isinstance(raw, int) and not isinstance(raw, bool)):
        return str(raw)
    raise ValueError


def _read_whole_number(raw: object) -> int:
    if isinstance(raw, str) and _WHOLE_NUMBER.fullmatch(raw.strip()):
        return int(raw)
    if isinstance(raw, int) and not isinstance(raw, bool):
        return raw
    raise ValueError


def _read_yes_no(raw: object) -> bool:
    known = _YES_NO.get(str(raw).strip().lower())
    if known is None:
        raise ValueError
    return known


def _read_date(raw: object) -> date:
    if isinstance(raw, datetime):
        return _day_of(raw)
    if isinstance(raw, date):
        return raw
    text = raw.strip() if isinstance(raw, str) else ""
    if _DATE.fullmatch(text):
        return date.fromisoformat(text)
    if _MOMENT.fullmatch(text):
        return _day_of(datetime.fromisoformat(text))
    raise ValueError


def _day_of(moment: datetime) -> date:
    """A moment that says its offset is a day in London; one that says none is taken as it stands."""
    return (moment.astimezone(LONDON) if moment.tzinfo else moment).date()


_READERS: Mapping[str, Callable[[object], Value]] = {
    "text": _read_text,
    "whole_number": _read_whole_number,
    "yes_no": _read_yes_no,
    "date": _read_date,
}


def as_rule_value(value: Value) -> str | int | bool | datetime | None:
    """Gives a value as CEL knows it: it has timestamps and no dates, so a day is its UTC midnight."""
    return datetime.combine(value, time(), UTC) if isinstance(value, date) else value
