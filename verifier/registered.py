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

_NAME: Final = re.compile(
    r"(?P<number>[0-9]{3,6})\.(?P<id>[a-z0-9-]{1,64})@(?P<version>[1-9][0-9]{0,8})\.jwt"
)


def registered_questions(directory: Path) -> tuple[AskedQuestion, ...]:
    """The questions that are there, each in its newest version, in the order in which they came."""
    found = sorted(_newest(directory).values())
    return tuple(AskedQuestion(file=one.with_suffix(".yaml"), registration=one) for one in found)


def put_questions(directory: Path, approved: Sequence[Approved]) -> None:
    """Puts each there; a newer version takes the place of the one before, of which requests that are open
    keep their own (`verifier.usecases.find_question`). Done twice it changes nothing.
    """
    for one in approved:
        _put(directory, one)
    newest = set(_newest(directory).values())
    for _, path in _found(directory):  # also what a process that was killed in between left
        if path not in newest:
            _delete(path)


def _put(directory: Path, one: Approved) -> None:
    present = _present(directory, one.question.id)
    path = directory / f"{_number(directory, present):03}.{one.question.reference}.jwt"
    write_document(path.with_suffix(".yaml"), one.question.model_dump(mode="json", exclude_none=True))
    replace_file(path, one.registration.encode(), directory_mode=0o700)
    for earlier in present:
        if earlier != path:
            _delete(earlier)


def _delete(registration: Path) -> None:
    registration.unlink(missing_ok=True)
    registration.with_suffix(".yaml").unlink(missing_ok=True)


def _found(directory: Path) -> list[tuple[re.Match[str], Path]]:
    """What is there, the oldest version of each first."""
    named = [(name, one) for one in directory.glob("*.jwt") if (name := _NAME.fullmatch(one.name))]
    return sorted(named, key=lambda pair: int(pair[0]["version"]))


def _newest(directory: Path) -> dict[str, Path]:
    return {name["id"]: one for name, one in _found(directory)}


def _present(directory: Path, question_id: str) -> list[Path]:
    """Where a question is by now, in whichever version."""
    return [one for name, one in _found(directory) if name["id"] == question_id]


def _number(directory: Path, present: Sequence[Path]) -> int:
    taken = present or [*directory.glob("*.jwt")]
    numbers = [int(name["number"]) for one in taken if (name := _NAME.fullmatch(one.name))]
    if present:
        return min(numbers)
    return max(numbers, default=0) + 1
