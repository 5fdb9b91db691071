"""The questions that the network registered for a service, in a directory that the running server keeps.

`001.ID@VERSION.yaml` is a question, and `.jwt` beside it its registration, which is written last: without it
there is no question yet. The number says in which order they came, so that the first stays the first.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from joining.part import Approved
from serving.documents import write_document
from serving.files import replace_file
from verifier.settings import AskedQuestion

_NAME: Final = re.compile(r"(?P<number>[0-9]{3,6})\.(?P<id>[a-z0-9-]{1,64})@[1-9][0-9]{0,8}\.jwt")


def registered_questions(directory: Path) -> tuple[AskedQuestion, ...]:
    """The questions that are there, in the order in which they came."""
    found = sorted(one for one in directory.glob("*.jwt") if _NAME.fullmatch(one.name))
    return tuple(AskedQuestion(file=one.with_suffix(".yaml"), registration=one) for one in found)


def put_questions(directory: Path, approved: Sequence[Approved]) -> None:
    """Puts each there; a newer version takes the place of the one before. Done twice it changes nothing."""
    for one in approved:
        _put(directory, one)


def _put(directory: Path, one: Approved) -> None:
    present = _present(directory, one.question.id)
    path = directory / f"{_number(directory, present):03}.{one.question.reference}.jwt"
    write_document(path.with_suffix(".yaml"), one.question.model_dump(mode="json", exclude_none=True))
    replace_file(path, one.registration.encode(), directory_mode=0o700)
    for earlier in present:
        if earlier != path:
            earlier.unlink()
            earlier.with_suffix(".yaml").unlink(missing_ok=True)


def _present(directory: Path, question_id: str) -> list[Path]:
    """Where a question is by now, in whichever version."""
    found = ((one, _NAME.fullmatch(one.name)) for one in directory.glob("*.jwt"))
    return [one for one, name in found if name is not None and name["id"] == question_id]


def _number(directory: Path, present: Sequence[Path]) -> int:
    taken = present or [*directory.glob("*.jwt")]
    numbers = [int(name["number"]) for one in taken if (name := _NAME.fullmatch(one.name))]
    if present:
        return min(numbers)
    return max(numbers, default=0) + 1
