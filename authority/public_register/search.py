"""What the search looks through: small enough to be fetched whole, so nobody learns what was searched for.

Adopted questions have the same words, which stand in it once.
"""

from collections.abc import Sequence
from typing import Any

from authority.public_register.documents import Document
from protocol.registration.public_register import Language

STATES = ("in-force", "suspended", "ended")


def search_index(questions: Sequence[Document], claims: Sequence[Document], language: Language) -> Document:
    """`services`: id, name. `texts`: title, purpose, law, and what is asked for. `questions`: positions of
    service and texts, id, position of the state in STATES. `claims`: department's id and name, id, title,
    statement.
    """
    services: dict[tuple[str, str], int] = {}
    texts: dict[tuple[str, ...], int] = {}
    rows = [_row(one, services, texts, language) for one in questions]
    return {
        "services": [list(one) for one in services],
        "texts": [list(one) for one in texts],
        "questions": rows,
        "claims": [_claim(one, language) for one in claims],
    }


def _row(
    document: Document,
    services: dict[tuple[str, str], int],
    texts: dict[tuple[str, ...], int],
    language: Language,
) -> list[Any]:
    newest = document["versions"][0]
    service = (document["service"]["member"], document["service"]["name"][language])
    words = tuple(newest[name][language] for name in ("title", "purpose", "law"))
    asked = "; ".join(dict.fromkeys(_title(claim, language) for way in newest["any_of"] for claim in way))
    return [
        services.setdefault(service, len(services)),
        texts.setdefault((*words, asked), len(texts)),
        document["question"],
        STATES.index(document["standing"]["state"]),
    ]


def _title(claim: Document, language: Language) -> str:
    title = claim["title"]
    return title[language] if title else str(claim["vct"])


def _claim(document: Document, language: Language) -> list[str]:
    newest, department = document["versions"][0], document["department"]
    about = (newest["title"][language], newest["statement"][language])
    return [department["member"], department["name"][language], document["claim_type"], *about]
