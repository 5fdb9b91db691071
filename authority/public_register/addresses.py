"""Where everything of the register stands, from the authority's address. Names come from identifiers only."""

import re
from typing import Final

from protocol.registration.public_register import DIRECTORY, Language, question_path

INDEX: Final = f"{DIRECTORY}/index.html"
DATA: Final = f"{DIRECTORY}/register.json"
CHANGES: Final = f"{DIRECTORY}/changes.json"
QUESTION_SCHEMA: Final = f"{DIRECTORY}/schemas/question.json"
REGISTER_SCHEMA: Final = f"{DIRECTORY}/schemas/register.json"

_ID: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


def question_page(service: str, question: str, language: Language) -> str:
    """The stable address of a question: wallets link to it."""
    return question_path(service, question, language)


def question_data(service: str, question: str) -> str:
    return f"{DIRECTORY}/questions/{_id(service)}/{_id(question)}.json"


def member_path(member: str, language: Language) -> str:
    return f"{DIRECTORY}/{language}/members/{_id(member)}.html"


def member_data(member: str) -> str:
    return f"{DIRECTORY}/members/{_id(member)}.json"


def claim_path(department: str, claim_type: str, language: Language) -> str:
    return f"{DIRECTORY}/{language}/claims/{_id(department)}/{_id(claim_type)}.html"


def claim_data(department: str, claim_type: str) -> str:
    return f"{DIRECTORY}/claims/{_id(department)}/{_id(claim_type)}.json"


def home_path(language: Language) -> str:
    return f"{DIRECTORY}/{language}/index.html"


def list_path(language: Language, page: int) -> str:
    """A page of the list of every question; pages are counted from 1."""
    number = "" if page == 1 else f"-{page}"
    return f"{DIRECTORY}/{language}/questions/all{number}.html"


def search_data(language: Language) -> str:
    return f"{DIRECTORY}/{language}/search.json"


def asset_path(name: str) -> str:
    return f"{DIRECTORY}/assets/{name}"


def up(path: str) -> str:
    """How a page at `path` gets to the register's own directory: "" or "../" as often as needed."""
    return "../" * (path.count("/") - 1)


def _id(text: str) -> str:
    if not _ID.fullmatch(text):
        raise ValueError("not an identifier")
    return text
