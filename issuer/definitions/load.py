"""All claim definitions of a department, read from its directory; one mistake anywhere stops the start."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from issuer.definitions.check import check_definition, doubts_about
from issuer.definitions.model import ClaimDefinition
from issuer.definitions.public import type_integrity
from issuer.definitions.rule import Rule, compile_rule
from issuer.registers.connector import QueryRefused, Register, RegisterUnreachable
from serving.documents import Document, DocumentError, Problem, load_documents, read_document


@dataclass(frozen=True)
class ClaimType:
    """A definition that passed every check, with its compiled rule and its metadata's digest."""

    definition: ClaimDefinition
    rule: Rule
    integrity: str


ClaimTypes = Mapping[str, ClaimType]  # by configuration id


def load_claim_type(path: Path) -> ClaimType:
    """Reads one definition by itself; raises DocumentError with everything that is wrong in it."""
    document = read_document(path, ClaimDefinition)
    _refuse([*_own_problems(document)])
    return _claim_type(document)


def load_claim_types(directory: Path, *, owner: str, registers: Mapping[str, Register]) -> ClaimTypes:
    """Reads each `*.yaml` of a directory; raises one DocumentError with everything wrong in any of them."""
    paths = sorted(directory.glob("*.yaml"))
    if not paths:
        raise DocumentError([Problem(directory, 1, "no claim definition (*.yaml) is here")])
    documents, problems = _read_all(paths)
    for document in documents:
        own = list(_own_problems(document))
        problems += own + list(_outer_problems(document, owner, registers, tried=not own))
    problems += _repeated(documents)
    _refuse(problems)
    return {document.value.configuration_id: _claim_type(document) for document in documents}


def find_doubts(directory: Path) -> list[Problem]:
    """What is for a person to think over in the definitions of a directory; raises DocumentError."""
    documents = load_documents(sorted(directory.glob("*.yaml")), ClaimDefinition)
    return [
        document.problem(at, f"warning: {text}")
        for document in documents
        for at, text in doubts_about(document.value)
    ]


def _read_all(paths: Sequence[Path]) -> tuple[list[Document[ClaimDefinition]], list[Problem]]:
    documents: list[Document[ClaimDefinition]] = []
    problems: list[Problem] = []
    for path in paths:
        try:
            documents.append(read_document(path, ClaimDefinition))
        except DocumentError as error:
            problems.extend(error.problems)
    return documents, problems


def _own_problems(document: Document[ClaimDefinition]) -> Iterator[Problem]:
    findings = dict.fromkeys(check_definition(document.value))
    return (document.problem(at, text) for at, text in findings)


def _outer_problems(
    document: Document[ClaimDefinition], owner: str, registers: Mapping[str, Register], *, tried: bool
) -> Iterator[Problem]:
    definition = document.value
    if definition.owner != owner:
        yield document.problem(("owner",), f"the owner is not this department; write owner: {owner}")
    register = registers.get(definition.register_.name)
    if register is None:
        known = ", ".join(registers) or "none"
        text = f"the settings name no such register; name it there, or use one of: {known}"
        yield document.problem(("register", "name"), text)
    elif tried:
        yield from _try_queries(document, register)


def _try_queries(document: Document[ClaimDefinition], register: Register) -> Iterator[Problem]:
    source = document.value.register_
    try:
        found, refused = _columns(register, source.find_query)
        _, refused_again = _columns(register, source.again_query)
    except RegisterUnreachable as error:
        text = f"the register can't be reached: {error}; is it running, and is its url in the settings right?"
        yield document.problem(("register", "name"), text)
        return
    if refused:
        # The same mistake in both queries is one mistake, in the part that they share.
        place = "select" if refused == refused_again else "find"
        yield document.problem(("register", place), f"the register refuses this query: {refused}")
    elif refused_again:
        yield document.problem(("register", "again"), f"the register refuses this query: {refused_again}")
    for name in sorted(source.fields.keys() - found) if found else ():
        text = f'the query gives no column "{name}"; select it, or remove the field'
        yield document.problem(("register", "fields", name), text)


def _columns(register: Register, query: str) -> tuple[set[str], str]:
    """The columns that a query gives, or why the register refuses it."""
    try:
        return set(register.columns(query)), ""
    except QueryRefused as error:
        return set(), str(error)


def _repeated(documents: Sequence[Document[ClaimDefinition]]) -> Iterator[Problem]:
    seen: dict[str, Path] = {}
    for document in documents:
        name = document.value.configuration_id
        if name in seen:
            text = f"{seen[name].name} defines the same id and version; raise the version, or change the id"
            yield document.problem(("id",), text)
        seen.setdefault(name, document.path)


def _claim_type(document: Document[ClaimDefinition]) -> ClaimType:
    definition = document.value
    return ClaimType(definition, compile_rule(definition.rule), type_integrity(definition))


def _refuse(problems: Sequence[Problem]) -> None:
    if problems:
        raise DocumentError(problems)
