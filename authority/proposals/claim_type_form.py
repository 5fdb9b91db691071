"""A claim type as a form: one page, with a row for each attribute, that becomes one `ClaimType`.

A field of a row has the row's number after a colon (`path:1`); a row in which nothing stands does not count.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, get_args

from pydantic import ValidationError

from authority.proposals.question_form import Pairs
from protocol.registration.claim_type import ClaimType, Nation
from serving.forms import whole_number

NATIONS: Final[tuple[str, ...]] = get_args(Nation)
FIRST_ROWS: Final = 3
MAX_ROWS: Final = 48
_ROW: Final = ("path", "name-en", "name-cy", "reason")
_ORDER: Final = (
    *("title-en", "title-cy", "id", "version", "statement-en", "statement-cy"),
    *("gateway-en", "gateway-cy", "nation", "from", "until", "validity"),
)
_DAYS: Final = frozenset(f"{name}-{part}" for name in ("from", "until") for part in ("day", "month", "year"))
_PLAIN: Final = (frozenset(_ORDER) - {"from", "until"}) | _DAYS | {"rows", "instead"}
_FIELDS: Final = {"legal_gateway": "gateway", "title": "title", "statement": "statement"}


@dataclass(frozen=True)
class ClaimTypeForm:
    """What was typed; `owner` is the department that proposes."""

    pairs: Pairs
    owner: str
    values: Mapping[str, str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", dict(self.pairs))

    def get(self, name: str) -> str:
        """A field without spaces around it, empty for none."""
        return self.values.get(name, "").strip()

    @property
    def rows(self) -> int:
        """How many attributes there is room for."""
        number = whole_number(self.get("rows"), digits=2)
        return min(max(FIRST_ROWS if number is None else number, 1), MAX_ROWS)

    @property
    def written(self) -> list[int]:
        """The rows in which something stands."""
        return [n for n in range(1, self.rows + 1) if any(self.get(f"{name}:{n}") for name in _ROW)]

    def read(self) -> tuple[ClaimType | None, list[str]]:
        """The claim type, or the names of the fields that can't be used."""
        wrong = [] if self._is_date("until") or not self._has_date("until") else ["until"]
        try:
            claim_type = ClaimType.model_validate(self._values())
        except ValidationError as error:
            wrong += [self._field(one["loc"]) for one in error.errors()]
            return None, self._in_order(wrong)
        return (None, wrong) if wrong else (claim_type, [])

    def _values(self) -> dict[str, Any]:
        effective = {"from": self._date("from")} | ({"until": end} if (end := self._date("until")) else {})
        return {
            "id": self.get("id"),
            "version": whole_number(self.get("version"), digits=9),
            "nation": self.get("nation"),
            "owner": self.owner,
            "effective": effective,
            **{name: self._text(source) for name, source in _FIELDS.items()},
            "attributes": [self._attribute(n) for n in self.written],
            "validity": {"days": whole_number(self.get("validity"), digits=9)},
            "instead_of": list(self._instead_of()),
        }

    def _attribute(self, row: int) -> dict[str, Any]:
        return {
            "path": self.get(f"path:{row}").split("."),
            "title": {"en": self.get(f"name-en:{row}"), "cy": self.get(f"name-cy:{row}")},
            "justification": self.get(f"reason:{row}"),
            "disclosed": "always" if self.get(f"always:{row}") else "selectively",
        }

    def _instead_of(self) -> Iterator[dict[str, Any]]:
        for line in self.get("instead").splitlines():
            attribute, _, of = line.strip().partition(" ")
            if attribute:
                yield {"attribute": attribute.split("."), **({"of": of.strip()} if of.strip() else {})}

    def _text(self, name: str) -> dict[str, str]:
        return {language: self.get(f"{name}-{language}") for language in ("en", "cy")}

    def _has_date(self, name: str) -> bool:
        return any(self.get(f"{name}-{part}") for part in ("day", "month", "year"))

    def _is_date(self, name: str) -> bool:
        return self._date(name) is not None

    def _date(self, name: str) -> date | None:
        parts = [whole_number(self.get(f"{name}-{part}"), digits=9) for part in ("year", "month", "day")]
        try:
            return date(*[part or 0 for part in parts])
        except ValueError:
            return None

    def _field(self, place: tuple[int | str, ...]) -> str:
        """The field that a model's complaint is about."""
        part, last = str(place[0]), str(place[-1])
        if part == "attributes":
            return self._row_field(place) if len(place) > 2 else f"path:{(self.written or [1])[0]}"
        if part == "effective":
            return "from" if last == "from" else "until"
        if part in _FIELDS:
            return f"{_FIELDS[part]}-{last}"
        return {"instead_of": "instead"}.get(part, part)

    def _row_field(self, place: tuple[int | str, ...]) -> str:
        row = self.written[int(place[1])]
        if place[2] == "title":
            return f"name-{place[-1]}:{row}"
        return f"{'path' if place[2] == 'path' else 'reason'}:{row}"

    def _in_order(self, names: Iterable[str]) -> list[str]:
        rows = [f"{name}:{row}" for row in self.written or [1] for name in _ROW]
        given = set(names)
        return [name for name in (*_ORDER, *rows, "instead") if name in given]


def is_field(name: str) -> bool:
    """Whether the form has a field."""
    head, _, row = name.partition(":")
    return name in _PLAIN or (head in {*_ROW, "always"} and row.isascii() and row.isdigit())


def entered_claim_type(claim_type: ClaimType, *, version: int) -> Pairs:
    """The form's fields of a claim type, to go on from."""
    return list(_entered(claim_type, version))


def entered_like(documents: Iterable[object]) -> Pairs:
    """What all claim types of a department have in common, so that the next one has it, too."""
    claim_types = [one for one in documents if isinstance(one, ClaimType)]
    same: list[tuple[str, set[str]]] = [
        ("nation", {one.nation for one in claim_types}),
        ("validity", {str(one.validity.days) for one in claim_types}),
    ]
    return [(name, value) for name, values in same if len(values) == 1 for value in values]


def _entered(claim_type: ClaimType, version: int) -> Iterator[tuple[str, str]]:
    yield from [("id", claim_type.id), ("version", str(version)), ("nation", claim_type.nation)]
    yield "validity", str(claim_type.validity.days)
    for name, source in _FIELDS.items():
        text = getattr(claim_type, name)
        yield from [(f"{source}-en", text.en), (f"{source}-cy", text.cy)]
    for name, day in (("from", claim_type.effective.from_), ("until", claim_type.effective.until)):
        if day is not None:
            parts = {"day": day.day, "month": day.month, "year": day.year}
            yield from ((f"{name}-{part}", str(value)) for part, value in parts.items())
    yield "rows", str(max(len(claim_type.attributes), 1))
    for row, one in enumerate(claim_type.attributes, start=1):
        yield from [(f"path:{row}", ".".join(one.path)), (f"reason:{row}", one.justification)]
        yield from [(f"name-en:{row}", one.title.en), (f"name-cy:{row}", one.title.cy)]
        yield from [(f"always:{row}", "yes")] if one.disclosed == "always" else []
    lines = (
        " ".join([".".join(one.attribute), *([one.of] if one.of else [])]) for one in claim_type.instead_of
    )
    yield "instead", "\n".join(lines)
