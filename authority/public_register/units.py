"""The register in pieces, each with all the files that are made from one document.

A piece whose document is what it was is not made anew: its files are those of the state before. So a
publication costs what changed, and a file says in which trust list it last did.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from authority.public_register import addresses
from authority.public_register.documents import (
    Document,
    asked_by,
    askers,
    claim_documents,
    iso,
    member_document,
    question_document,
)
from authority.public_register.network import Network
from authority.public_register.screen import Screen
from authority.public_register.search import search_index
from protocol.encoding import json_dumps
from protocol.registration.public_register import Language

LANGUAGES: tuple[Language, ...] = ("en", "cy")
QUESTIONS_A_PAGE = 200

Files = dict[str, bytes]


@dataclass(frozen=True, slots=True)
class Stamp:
    """In which trust list something came out, and when (Unix seconds)."""

    trust_list: int
    at: int

    def document(self) -> Document:
        return {"trust_list": self.trust_list, "at": iso(self.at)}


@dataclass(frozen=True)
class Unit:
    """`paths` are the files that `render` makes; they depend on `content` and on when they came out."""

    name: str
    content: Any
    paths: tuple[str, ...]
    render: Callable[[Stamp], Files]

    def fingerprint(self, edition: str) -> str:
        return hashlib.sha256(edition.encode() + b"\n" + orjson.dumps(self.content)).hexdigest()[:32]


@dataclass(frozen=True)
class Contents:
    """Every document of the register."""

    questions: Sequence[Document]
    members: Sequence[Document]
    claims: Sequence[Document]


def read_contents(network: Network) -> Contents:
    questions = [
        question_document(network, service, question, versions)
        for service in network.organisations
        for question, versions in network.questions_of(service)
    ]
    asking = askers(questions)
    claims = [
        {**one, "asked_by": asked_by(asking.get((department, one["claim_type"]), ()))}
        for department in network.organisations
        for one in claim_documents(network, department)
    ]
    return Contents(questions, [member_document(network, one) for one in network.organisations], claims)


def create_units(contents: Contents, screen: Screen) -> Iterator[Unit]:
    """Every piece of the register but its index, which is new each time."""
    for one in contents.questions:
        yield _question(one, screen)
    for one in contents.members:
        yield _described("member", one, screen, addresses.member_path, addresses.member_data, one["member"])
    for one in contents.claims:
        names = (one["department"]["member"], one["claim_type"])
        yield _described("claim", one, screen, addresses.claim_path, addresses.claim_data, *names)
    yield _home(contents, screen)
    yield from _lists(contents, screen)
    for language in LANGUAGES:
        yield _search(contents, language)


def _question(document: Document, screen: Screen) -> Unit:
    names = (document["service"]["member"], document["question"])
    return _described("question", document, screen, addresses.question_page, addresses.question_data, *names)


def _described(
    template: str,
    document: Document,
    screen: Screen,
    page: Callable[..., str],
    data: Callable[..., str],
    *names: str,
) -> Unit:
    """One document as JSON and as a page in each language."""
    pages = {language: page(*names, language) for language in LANGUAGES}

    def render(stamp: Stamp) -> Files:
        published = document | {"published": stamp.document()}
        return {data(*names): json_dumps(published)} | _in_each(
            screen, f"{template}.html", pages, d=published
        )

    return Unit(f"{template}/{'/'.join(names)}", document, (*pages.values(), data(*names)), render)


def _in_each(screen: Screen, template: str, pages: Mapping[Language, str], **context: Any) -> Files:
    english, welsh = pages["en"], pages["cy"]
    return {
        english: screen.page(template, "en", path=english, other=welsh, **context),
        welsh: screen.page(template, "cy", path=welsh, other=english, **context),
    }


def _home(contents: Contents, screen: Screen) -> Unit:
    pages = {language: addresses.home_path(language) for language in LANGUAGES}
    members = [_in_short(one) for one in contents.members]
    numbers = {name: len(getattr(contents, name)) for name in ("questions", "members", "claims")}

    def render(_: Stamp) -> Files:
        choice = screen.page("choose.html", "en", path=addresses.INDEX, other=pages["cy"])
        home = _in_each(screen, "home.html", pages, members=members, numbers=numbers)
        return {addresses.INDEX: choice} | home

    return Unit("home", [members, numbers], (addresses.INDEX, *pages.values()), render)


def _in_short(document: Document) -> Document:
    roles = [
        {
            "kind": role["kind"],
            "name": role["name"],
            "state": role["standing"]["state"],
            "number": len(role.get("questions", role.get("claim_types", ()))),
        }
        for role in document["roles"]
    ]
    return {"member": document["member"], "roles": roles}


# --- the list of every question, in pages


def _lists(contents: Contents, screen: Screen) -> Iterator[Unit]:
    for language in LANGUAGES:
        services = _services(contents, language)
        pages = [*_in_pages(services)] or [[]]
        for number, page in enumerate(pages, start=1):
            ranges = [(one[0]["name"], one[-1]["name"]) if one else None for one in pages]
            yield _list(page, screen, language, number=number, ranges=ranges)


def _services(contents: Contents, language: Language) -> list[Document]:
    """Every service that ever asked, by name, with its questions by title."""
    found: dict[str, Document] = {}
    for one in contents.questions:
        service, title = one["service"], one["versions"][0]["title"][language]
        questions = found.setdefault(
            service["member"],
            {"member": service["member"], "name": service["name"][language], "questions": []},
        )["questions"]
        questions.append({"question": one["question"], "title": title, "state": one["standing"]["state"]})
    for service in found.values():
        service["questions"].sort(key=lambda one: (one["title"].casefold(), one["question"]))
    return sorted(found.values(), key=lambda one: (one["name"].casefold(), one["member"]))


def _in_pages(services: Sequence[Document]) -> Iterator[list[Document]]:
    """Whole services to a page, until it has enough questions."""
    page: list[Document] = []
    for service in services:
        page.append(service)
        if sum(len(one["questions"]) for one in page) >= QUESTIONS_A_PAGE:
            yield page
            page = []
    if page:
        yield page


def _list(
    page: Sequence[Document], screen: Screen, language: Language, *, number: int, ranges: Sequence[Any]
) -> Unit:
    path = addresses.list_path(language, number)
    other: Language = "en" if language == "cy" else "cy"
    # names sort differently in the other language, which may fill another number of pages
    beside = addresses.list_path(other, 1)

    def render(_: Stamp) -> Files:
        context = {"services": page, "number": number, "ranges": ranges}
        return {path: screen.page("list.html", language, path=path, other=beside, **context)}

    return Unit(f"list/{language}/{number}", [page, number, ranges], (path,), render)


def _search(contents: Contents, language: Language) -> Unit:
    path, index = addresses.search_data(language), search_index(contents.questions, contents.claims, language)
    return Unit(f"search/{language}", index, (path,), lambda _: {path: json_dumps(index)})
