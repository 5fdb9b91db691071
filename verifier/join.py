"""How a service's server is set up by `pdx join`: keystore, settings, questions."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from joining.part import Joined
from protocol.enrolment.organisation import Organisation
from serving.documents import write_document
from serving.keystore import FileKeystore, read_passphrase
from serving.qr import qr_terminal
from verifier.app import create_installation
from verifier.registered import put_questions
from verifier.renewal import KEYS
from verifier.settings import RESERVED, load_settings

__all__ = ["KEYS", "finish", "open_keystore"]

SETTINGS: Final = "verifier.yaml"
KEYSTORE: Final = "keys"
REGISTERED: Final = "registered"


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
    """Writes settings, questions and registrations, and brings the database up to date."""
    directory = joined.place.directory
    put_questions(directory / REGISTERED, joined.questions)
    settings = directory / SETTINGS
    if not settings.exists():
        write_document(settings, _settings(joined))
    create_installation(
        load_settings(settings), clock=joined.clock
    ).database.close()  # everything that a start needs is right
    start = f"Start it with: pdx verifier serve --config {settings}"
    link = f"{joined.place.base_url}/{service_name(joined.organisation)}"
    if not joined.questions:
        return [
            f"{joined.organisation.name_en} has its certificates, and no question yet.",
            "Adopt one at the office: the running server takes it up by itself.",
            start,
            f"Citizens' link, as soon as there is a question: {link}",
        ]
    return [
        qr_terminal(link),
        "",
        f"Citizens' link: {link}",
        f"Poster and text for letters, once it runs: {link}/poster",
        start,
    ]


def _settings(joined: Joined) -> dict[str, Any]:
    organisation = joined.organisation
    service = {
        "organisation_id": organisation.organisation_id,
        "name": {"en": organisation.name_en, "cy": organisation.name_cy},
        "registered": REGISTERED,
    }
    network = {
        "root_certificates": [joined.root.name],
        "trust_list": joined.trust_list,
        "office": joined.office,
    }
    own = {"database": "sqlite:///verifier.sqlite", "keystore": KEYSTORE, "network": network}
    return {**joined.place.shared_settings, **own, "services": {service_name(organisation): service}}
