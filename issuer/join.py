"""How `pdx join` sets a department's server up: keystore, and settings in which its register is missing."""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from issuer.renewal import KEYS
from issuer.request_key import create_request_key
from joining.part import Joined
from protocol.enrolment.organisation import Organisation
from serving.files import replace_file
from serving.keystore import FileKeystore, read_passphrase
from serving.randomness import SystemRandom

__all__ = ["KEYS", "finish", "open_keystore"]

SETTINGS: Final = "issuer.yaml"
KEYSTORE: Final = "keys"
CLAIMS: Final = "claims"

_SETTINGS: Final = """\
{shared}
organisation_id: {organisation_id}
name: {name}
database: sqlite:///issuer.sqlite
keystore: {keystore}
claims: {claims}          # a directory: each *.yaml in it is one claim type
network:
  office: {office}
  root_certificate: {root}
  trust_list: {trust_list}

# Your register: a SQL database, which is only read, or a CSV file as one table. Name it and take the # away.
registers:
#  awards: {{url: "postgresql://reader@register.internal/awards"}}
#  passes: {{csv: passes.csv, table: passes}}

# Where your staff sign in to make offers; without it there is no staff page.
# oidc:
#   issuer: https://login.example.gov.uk
#   client_id: claims
#   client_secret_file: sign-in.secret
#   staff: []
"""


def open_keystore(directory: Path, _organisation: Organisation) -> FileKeystore:
    """The department's keystore, with its secret key and the key for encrypted requests."""
    path = directory / KEYSTORE
    keystore = FileKeystore(path, passphrase=read_passphrase(os.environ))
    if not any(path.glob("secret-*.key")):
        keystore.create_secret()
    create_request_key(path, keystore, SystemRandom())
    return keystore


def finish(joined: Joined) -> Sequence[str]:
    """Writes the settings, once, and says what only the department itself can do."""
    directory = joined.place.directory
    settings = directory / SETTINGS
    (directory / CLAIMS).mkdir(exist_ok=True)
    if not settings.exists():
        replace_file(settings, _settings(joined).encode(), directory_mode=0o700)
    return [
        f"{joined.organisation.name_en} has its certificates. What is left to do:",
        f"1. Name your register in {settings}.",
        f"2. Put your claim definitions into {directory / CLAIMS}.",
        f"3. Look whether all of it is right: pdx issuer check --config {settings}",
        f"4. Start it with: pdx issuer serve --config {settings}",
    ]


def _settings(joined: Joined) -> str:
    organisation = joined.organisation
    return _SETTINGS.format(
        shared="\n".join(f"{key}: {_written(value)}" for key, value in joined.place.shared_settings.items()),
        organisation_id=organisation.organisation_id,
        name=_written({"en": organisation.name_en, "cy": organisation.name_cy}),
        keystore=KEYSTORE,
        claims=CLAIMS,
        office=_written(joined.office),
        root=joined.root.name,
        trust_list=_written(joined.trust_list),
    )


def _written(value: object) -> str:
    """JSON is YAML in one line."""
    return json.dumps(value, ensure_ascii=False)
