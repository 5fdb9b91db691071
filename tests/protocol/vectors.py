"""Where the vectors are that Python and TypeScript share."""

import json
from pathlib import Path
from typing import Any

VECTORS = Path(__file__).parent.parent / "vectors"


def load(name: str) -> Any:
    """The vectors in one JSON file below `tests/vectors`."""
    return json.loads((VECTORS / name).read_text(encoding="utf-8"))
