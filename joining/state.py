"""How far a server has come in joining: a file in its directory, for its owner only.

Each step is written down before it is taken, so that a command that was killed goes on when called again.
"""

from pathlib import Path
from typing import Final

from pydantic import Field, ValidationError

from protocol.enrolment.organisation import Organisation
from serving.errors import OperatorError
from serving.files import replace_file
from serving.settings import Model

FILE: Final = "join.json"


class JoinState(Model):
    """`link`: a digest of the link. `keys`, `requests`: the key's name for each purpose, and its request.

    `fresh`: an earlier link was used here, and its keys may be why another one is needed.
    """

    link: str
    office: str
    kind: str
    organisation_id: str
    name_en: str
    name_cy: str
    url: str
    fresh: bool = False
    keys: dict[str, str] = Field(default_factory=dict)
    requests: dict[str, str] = Field(default_factory=dict)
    receipt: str | None = None
    refused: str | None = None
    done: bool = False

    @property
    def organisation(self) -> Organisation:
        return Organisation(self.kind, self.organisation_id, self.name_en, self.name_cy, self.url)


def load_state(directory: Path) -> JoinState | None:
    """What was written down, if anything; raises OperatorError for what can't be read."""
    path = directory / FILE
    try:
        return JoinState.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError):
        raise OperatorError(f"{path} can't be read; move it away to begin anew with another link") from None


def save_state(directory: Path, state: JoinState) -> JoinState:
    """Writes it down, by one rename."""
    replace_file(directory / FILE, state.model_dump_json().encode(), directory_mode=0o700, mode=0o600)
    return state
