"""The files that people write (YAML 1.2), read into strict models.

Whoever wrote a file sees every mistake in it at once, each with file, line, what is wrong and what to write
instead. Values are never repeated in a message (they may be secrets), only the names of keys.
"""

import difflib
import io
import json
import math
import re
import types
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError, YAMLStreamError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from serving.errors import OperatorError
from serving.files import replace_file

MAX_BYTES = 1 << 20
MAX_DEPTH = 32

Location = tuple[str | int, ...]
ModelT = TypeVar("ModelT", bound=BaseModel)

_TAG = "tag:yaml.org,2002:"
_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,17})")
_FLOAT = re.compile(r"-?(0|[1-9][0-9]*)\.[0-9]+([eE][-+]?[0-9]{1,3})?")


@dataclass(frozen=True)
class Problem:
    """One mistake in a file; the line counts from 1."""

    path: Path
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.text}"


class DocumentError(OperatorError):
    """A file, or several, can't be used as they are; the text is one problem a line."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda p: (str(p.path), p.line, p.text)))
        super().__init__("\n".join(str(problem) for problem in self.problems))


@dataclass(frozen=True)
class Document(Generic[ModelT]):
    """A file that was read, and where in it each part stands."""

    path: Path
    value: ModelT
    lines: Mapping[Location, int]

    def problem(self, location: Location, text: str) -> Problem:
        """A mistake that only shows later, when this file is compared with others, at its line."""
        return Problem(self.path, _line(self.lines, location), text)


def load_document(path: Path, model: type[ModelT]) -> ModelT:
    """Reads one file; raises DocumentError with everything that is wrong in it."""
    return read_document(path, model).value


def read_document(path: Path, model: type[ModelT]) -> Document[ModelT]:
    """Reads one file and remembers its lines; raises DocumentError with everything that is wrong in it."""
    return parse_document(path, _text(path), model)


def parse_document(path: Path, text: str, model: type[ModelT]) -> Document[ModelT]:
    """Reads the text of a file that came otherwise; `path` is what it is called. Raises DocumentError."""
    reader = _Reader(path)
    data = reader.data(_root(path, text))
    if reader.problems:
        raise DocumentError(reader.problems)
    try:
        value = model.model_validate_json(json.dumps(data), strict=True)
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
        raise DocumentError([_problem(path, reader.lines, model, detail) for detail in details]) from None
    return Document(path, value, reader.lines)


def write_document(path: Path, content: Mapping[str, Any]) -> None:
    """Writes a file for people to read, by one rename; a directory that is missing is its owner's alone."""
    stream, yaml = io.StringIO(), YAML()
    yaml.default_flow_style = False
    yaml.width = 110
    yaml.dump(dict(content), stream)
    replace_file(path, stream.getvalue().encode(), directory_mode=0o700)


def check_values(model: type[ModelT], values: Mapping[str, Any]) -> ModelT:
    """A model of values that came from elsewhere than a file, such as a command's options; raises
    OperatorError.
    """
    try:
        return model.model_validate(dict(values))
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
        texts = [f'"{_dotted(detail["loc"])}" {_text_for(detail)}' for detail in details]
        raise OperatorError("\n".join(texts)) from None


def load_documents(paths: Sequence[Path], model: type[ModelT]) -> list[Document[ModelT]]:
    """Reads several files; raises one DocumentError with everything that is wrong in any of them."""
    documents: list[Document[ModelT]] = []
    problems: list[Problem] = []
    for path in paths:
        try:
            documents.append(read_document(path, model))
        except DocumentError as error:
            problems.extend(error.problems)
    if problems:
        raise DocumentError(problems)
    return documents


# --- the file's text to a tree of nodes


def _root(path: Path, text: str) -> Node:
    try:
        node: Node | None = YAML(typ="safe", pure=True).compose(text)
    except RecursionError:
        raise DocumentError([Problem(path, 1, f"nested deeper than {MAX_DEPTH} levels")]) from None
    except MarkedYAMLError as error:
        raise DocumentError([_syntax_problem(path, text, error)]) from None
    except (YAMLStreamError, YAMLError):
        raise DocumentError([Problem(path, 1, "this is not YAML")]) from None
    if node is None:
        raise DocumentError([Problem(path, 1, "the file is empty; write its keys, one a line")])
    return node


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise DocumentError([Problem(path, 1, "there is no such file")]) from None
    except OSError as error:
        reason = error.strerror or "unknown reason"
        raise DocumentError([Problem(path, 1, f"the file can't be read: {reason}")]) from None
    if len(data) > MAX_BYTES:
        raise DocumentError([Problem(path, 1, f"the file is longer than {MAX_BYTES} bytes")])
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise DocumentError([Problem(path, line, "not UTF-8 text; save the file as UTF-8")]) from None


def _syntax_problem(path: Path, text: str, error: MarkedYAMLError) -> Problem:
    problem = str(error.problem or "")
    # The scanner complains where it stopped; what is never closed or completed began elsewhere.
    began = any(sign in problem for sign in ("could not find expected ':'", "unexpected end of stream"))
    mark = (error.context_mark if began else error.problem_mark) or error.problem_mark or error.context_mark
    lines = text.splitlines()
    line = min(mark.line, max(len(lines) - 1, 0)) + 1 if mark is not None else 1
    here = lines[line - 1] if lines else ""
    return Problem(path, line, _syntax_text(problem, here))


def _syntax_text(problem: str, line: str) -> str:
    if "\t" in line[: len(line) - len(line.lstrip())] or "'\\t'" in problem:
        return "a tab indents this line; indent with spaces"
    for sign, text in _SYNTAX.items():
        if sign in problem:
            return text
    return "this is not YAML: " + (problem or "it can't be read")


_SYNTAX = {
    "mapping values are not allowed": (
        'a second ": " in one line, or none in the line above; put text that contains ": " in quotes'
    ),
    "could not find expected ':'": 'a key without ":"; write "key: value"',
    "found undefined alias": "a value can't begin with *; put it in quotes",
    "found unexpected end of stream": "a quotation mark is opened and never closed",
    "expected <block end>": "this line is indented differently from the ones it belongs with",
    "cannot start any token": "a value can't begin with this character; put it in quotes",
    "found another document": 'a second document begins here; remove the "---"',
    "expected ',' or": "a bracket is opened and not closed, or a comma is missing",
}


# --- nodes to plain data, with the line of each part


class _Reader:
    """Turns nodes into plain data and notes lines and problems on the way."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lines: dict[Location, int] = {}
        self.problems: list[Problem] = []
        self._seen: set[int] = set()

    def data(self, node: Node, at: Location = ()) -> Any:
        self.lines.setdefault(at, node.start_mark.line + 1)
        if id(node) in self._seen:
            return self._refuse(
                self.lines[at], "anchors and aliases (& and *) are not used; write the value out"
            )
        self._seen.add(id(node))
        if len(at) > MAX_DEPTH:
            return self._refuse(self.lines[at], f"nested deeper than {MAX_DEPTH} levels")
        if isinstance(node, MappingNode):
            return self._mapping(node, at)
        if isinstance(node, SequenceNode):
            return [self.data(item, (*at, index)) for index, item in enumerate(node.value)]
        return self._scalar(node, at)

    def _mapping(self, node: MappingNode, at: Location) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            key = self._key(key_node, line)
            if key is None:
                continue
            if key in result:
                first = self.lines[*at, key]
                self._refuse(line, f'"{key}" stands twice, first in line {first}; keep one of the two')
                continue
            self.lines[*at, key] = line
            result[key] = self.data(value_node, (*at, key))
        return result

    def _key(self, node: Node, line: int) -> str | None:
        if isinstance(node, ScalarNode) and str(node.tag) == _TAG + "str":
            return str(node.value)
        self._refuse(line, "a key must be text; put it in quotes")
        return None

    def _scalar(self, node: Node, at: Location) -> Any:
        kind, text = str(node.tag).removeprefix(_TAG), str(node.value)
        if kind in {"str", "timestamp"}:  # the model says whether it wants a date
            return text
        if kind in {"null", "bool"}:
            return text.lower() == "true" if kind == "bool" else None
        if kind in {"int", "float"}:
            return self._number(text, at)
        return self._refuse(self.lines[at], "tags (!) are not used; write a plain value, or put it in quotes")

    def _number(self, text: str, at: Location) -> Any:
        if _INTEGER.fullmatch(text):
            return int(text)
        if _FLOAT.fullmatch(text) and math.isfinite(float(text)):
            return float(text)
        return self._refuse(self.lines[at], "a number of a form that is not used; put text in quotes")

    def _refuse(self, line: int, text: str) -> Any:
        self.problems.append(Problem(self.path, line, text))
        return None


# --- what the model refuses, in the words of the file


def _problem(
    path: Path, lines: Mapping[Location, int], model: type[BaseModel], detail: ErrorDetails
) -> Problem:
    location = _known(lines, detail["loc"])
    kind, name = detail["type"], str(detail["loc"][-1]) if detail["loc"] else ""
    line = _line(lines, location)
    if kind == "missing":
        return Problem(path, line, f'"{name}" is missing{_under(location)}{_example(model, detail["loc"])}')
    if kind == "extra_forbidden":
        return Problem(path, line, _unknown_key(name, model, detail["loc"][:-1], lines))
    subject = f'"{_dotted(location)}" ' if location else "the file "
    return Problem(path, line, subject + _text_for(detail) + _example(model, detail["loc"]))


def _text_for(detail: ErrorDetails) -> str:
    kind, context = detail["type"], detail.get("ctx", {})
    if kind in {"value_error", "assertion_error"}:
        return "is not usable: " + str(context.get("error", "its value is refused"))
    if kind in _TEXTS:
        return _TEXTS[kind].format(**context)
    message = detail["msg"]
    return "is wrong: " + message[:1].lower() + message[1:]


_TEXTS = {
    "string_type": "must be text; put it in quotes",
    "int_type": "must be a whole number, without quotes or a decimal point",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number; write it without quotes",
    "bool_type": "must be true or false",
    "list_type": 'must be a list; write each entry on a line of its own after "- "',
    "tuple_type": 'must be a list; write each entry on a line of its own after "- "',
    "frozen_set_type": 'must be a list; write each entry on a line of its own after "- "',
    "set_type": 'must be a list; write each entry on a line of its own after "- "',
    "dict_type": 'must have keys of its own; write each on an indented line as "key: value"',
    "model_type": 'must have keys of its own; write each on an indented line as "key: value"',
    "literal_error": "must be one of: {expected}",
    "enum": "must be one of: {expected}",
    "string_pattern_mismatch": "does not have the right form ({pattern})",
    "string_too_short": "must have at least {min_length} characters",
    "string_too_long": "must have at most {max_length} characters",
    "too_short": "must have at least {min_length} entries",
    "too_long": "must have at most {max_length} entries",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be {ge} or more",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be {le} or less",
    "date_from_datetime_parsing": "must be a date, as in 2026-04-01",
    "date_parsing": "must be a date, as in 2026-04-01",
    "date_type": "must be a date, as in 2026-04-01",
    "url_parsing": "must be a web address, as in https://example.org/",
    "url_scheme": "must be a web address that begins with {expected_schemes}",
}


def _unknown_key(name: str, model: type[BaseModel], parent: Location, lines: Mapping[Location, int]) -> str:
    known = sorted({field for m in _models_at(model, parent) for field in _keys(m)})
    at = _known(lines, parent)
    unused = [field for field in known if (*at, field) not in lines]
    close = difflib.get_close_matches(name, unused, n=1, cutoff=0.6)
    if close:
        return f'"{name}" is not a known key; did you mean "{close[0]}"?'
    listed = ", ".join(known)
    return (
        f'"{name}" is not a known key; remove it, or use one of: {listed}'
        if known
        else f'"{name}" is not known'
    )


def _example(model: type[BaseModel], location: Location) -> str:
    """What to write instead, where the model's field gives an example."""
    if not location:
        return ""
    for owner in _models_at(model, location[:-1]):
        info = _keys(owner).get(str(location[-1]))
        if info is not None and info.examples:
            return f"; write, for example, {location[-1]}: {_inline(info.examples[0])}"
    return ""


def _inline(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _keys(model: type[BaseModel]) -> dict[str, Any]:
    return {info.alias or name: info for name, info in model.model_fields.items()}


def _models_at(model: type[BaseModel], location: Location) -> list[type[BaseModel]]:
    """The models that may stand at a place of the file (several where a union allows it)."""
    kinds: list[Any] = [model]
    for step in location:
        kinds = [inner for kind in kinds for inner in _step(kind, step)] or kinds
    return [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)]


def _step(kind: Any, step: str | int) -> Iterator[Any]:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        info = _keys(kind).get(str(step))
        if info is not None:
            yield from _alternatives(info.annotation)
        return
    arguments = [argument for argument in get_args(kind) if argument is not Ellipsis]
    if arguments and isinstance(get_origin(kind), type):
        yield from _alternatives(arguments[-1])


def _alternatives(kind: Any) -> Iterator[Any]:
    if get_origin(kind) in {Union, types.UnionType}:
        for argument in get_args(kind):
            yield from _alternatives(argument)
    elif hasattr(kind, "__metadata__"):  # Annotated[kind, …]
        yield from _alternatives(get_args(kind)[0])
    else:
        yield kind


def _known(lines: Mapping[Location, int], location: Location) -> Location:
    """The part of a location that stands in the file: a missing key and a union's branch do not."""
    known: Location = ()
    for step in location:
        if (*known, step) in lines:
            known = (*known, step)
    return known


def _line(lines: Mapping[Location, int], location: Location) -> int:
    while location not in lines and location:
        location = location[:-1]
    return lines.get(location, 1)


def _dotted(location: Location) -> str:
    text = ""
    for step in location:
        text += f"[{step + 1}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def _under(location: Location) -> str:
    return f' under "{_dotted(location)}"' if location else ""
