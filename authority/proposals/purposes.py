"""The closed list of purposes that a question may have, each with its norm for keeping the answer."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import Field

from protocol.registration.question import Identifier
from serving.documents import load_document
from serving.settings import Model, Text

FILE = Path(__file__).with_name("purposes.yaml")


class Purpose(Model):
    """One purpose."""

    title: Text
    retention_days: Annotated[int, Field(ge=0, le=3660)]


class Purposes(Model):
    """The file."""

    purposes: Mapping[Identifier, Purpose]


@cache
def load_purposes() -> Mapping[str, Purpose]:
    """The purposes by their codes."""
    return load_document(FILE, Purposes).purposes
