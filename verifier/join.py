"""How a service's server is set up by `pdx join`: keystore, settings, questions, and what it hands out."""

import io
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from ruamel.yaml import YAML

from joining.part import Approved, Joined
from protocol.enrolment.organisation import Organisation
from serving.files import replace_file
from serving.keystore import FileKeystore, read_passphrase
from serving.qr import qr_terminal
from verifier.app import create_installation
from verifier.handouts import write_handouts
from verifier.renewal import KEYS
from verifier.settings import RESERVED, load_settings

__all__ = ["KEYS", "finish", "open_keystore"]

SETTINGS: Final = "verifier.yaml"
KEYSTORE: Final = "keys"


def open_keystore(directory: Path, organisation: Organisation) -> FileKeystore:
    """The service's keystore, with a secret key."""
    keystore = FileKeystore(
        directory / KEYSTORE / service_name(organisation), passphrase=read_passphrase(os.environ)
    )
    if not any((directory / KEYSTORE / service_name(organisation)).glob("secret-*.key")):
        keystore.create_secret()
    return keystore


def service_name(organisation: Organisation) -> str:
    """What the service is called in its addresses: the member's id, where that can be one."""
    name = organisation.member_id
    is_usable = name[0].isalpha() and len(name) > 1 and name not in RESERVED
    return name if is_usable else f"service-{name}"[:63]


def finish(joined: Joined) -> Sequence[str]:
    """Writes settings, questions, registrations and handouts, and brings the database up to date."""
    if not joined.questions:
        return [
            f"{joined.organisation.name_en} has its certificates, and no question yet.",
            "Adopt one at the office, then run the same command again.",
        ]
    directory = joined.place.directory
    for one in joined.questions:
        _write_question(directory, one)
    settings = directory / SETTINGS
    _write_settings(settings, joined)
    create_installation(
        load_settings(settings), clock=joined.clock
    ).database.close()  # everything that a start needs is right
    link = f"{joined.place.base_url}/{service_name(joined.organisation)}"
    handouts = write_handouts(directory / "handouts", joined, link)
    return [
        qr_terminal(link),
        "",
        f"Citizens' link: {link}",
        f"Poster, letter and QR code: {', '.join(str(one) for one in handouts)}",
        f"Start it with: pdx verifier serve --config {settings}",
    ]


def question_paths(question_id: str) -> tuple[Path, Path]:
    """Where a question and its registration are, from the settings file's directory."""
    return Path("questions") / f"{question_id}.yaml", Path("registrations") / f"{question_id}.jwt"


def _write_question(directory: Path, one: Approved) -> None:
    question, registration = question_paths(one.question.id)
    content = one.question.model_dump(mode="json", exclude_none=True)
    _dump(directory / question, content)
    replace_file(directory / registration, one.registration.encode(), directory_mode=0o700)


def _write_settings(path: Path, joined: Joined) -> None:
    """The whole file; of one that is there only the questions that it does not have yet."""
    name = service_name(joined.organisation)
    if not path.exists():
        _dump(path, _settings(joined, name))
        return
    yaml = YAML()  # keeps comments and order
    present = yaml.load(path.read_text(encoding="utf-8"))
    asked = present["services"][name]["questions"]
    known = {str(one["file"]) for one in asked}
    new = [one for one in _asked(joined) if one["file"] not in known]
    if new:
        asked.extend(new)
        _dump(path, present)


def _settings(joined: Joined, name: str) -> dict[str, Any]:
    organisation = joined.organisation
    service = {
        "organisation_id": organisation.organisation_id,
        "name": {"en": organisation.name_en, "cy": organisation.name_cy},
        "questions": _asked(joined),
    }
    network = {
        "root_certificates": [joined.root.name],
        "trust_list": joined.trust_list,
        "office": joined.office,
    }
    own = {"database": "sqlite:///verifier.sqlite", "keystore": KEYSTORE, "network": network}
    return {**joined.place.shared_settings, **own, "services": {name: service}}


def _asked(joined: Joined) -> list[dict[str, str]]:
    paths = (question_paths(one.question.id) for one in joined.questions)
    return [{"file": str(question), "registration": str(registration)} for question, registration in paths]


def _dump(path: Path, content: Any) -> None:
    stream = io.StringIO()
    yaml = YAML()
    yaml.default_flow_style = False
    yaml.width = 110
    yaml.dump(content, stream)
    replace_file(path, stream.getvalue().encode(), directory_mode=0o700)
