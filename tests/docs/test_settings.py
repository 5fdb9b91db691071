"""Every key of every settings file stands in the documentation of its part."""

import re
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from authority.office.settings import OfficeSettings
from authority.settings import AuthoritySettings
from issuer.settings import IssuerSettings
from protocol.registration.question import Question
from serving.settings import ServiceSettings, Text
from tests.docs.reading import read
from verifier.settings import Settings as VerifierSettings
from wallet.service.settings import WalletSettings

MODELS: dict[str, type[BaseModel]] = {
    "authority": AuthoritySettings,
    "office": OfficeSettings,
    "issuer": IssuerSettings,
    "verifier": VerifierSettings,
    "wallet": WalletSettings,
    "adding-a-question": Question,
}


def keys(model: type[BaseModel]) -> set[str]:
    found = set()
    for name, field in model.model_fields.items():
        found.add(field.alias or name)
        for inner in _models(field.annotation):
            found |= keys(inner)
    return found


def words(text: str) -> set[str]:
    return set(re.findall(r"[a-z][a-z0-9_]*", text))


def _models(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [] if annotation is Text else [annotation]
    return [model for inner in get_args(annotation) for model in _models(inner)]


def test_the_keys_are_found_within_each_other() -> None:
    assert {"root_certificates", "sha256", "wrong_codes", "accent"} <= keys(VerifierSettings)
    assert "oidc" in keys(IssuerSettings)


@pytest.mark.parametrize("page", MODELS)
def test_every_key_is_documented(page: str) -> None:
    text = read(f"docs/{page}.md")
    if "](issuer.md#2-the-settings)" in text:  # where those that all services share are described
        text += read("docs/issuer.md")
        assert keys(ServiceSettings) <= words(read("docs/issuer.md"))
    assert keys(MODELS[page]) - words(text) == set()
