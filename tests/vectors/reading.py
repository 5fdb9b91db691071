"""Reading the vector files, each of which says where it came from."""

import json
from pathlib import Path
from typing import Any


def vectors(name: str) -> Any:
    """The JSON of a vector file beside this module."""
    document = json.loads((Path(__file__).parent / name).read_text("utf-8"))
    assert document["source"]
    return document
