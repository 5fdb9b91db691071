"""Every error that the wallet raises has its words, in both languages, and no words are left over."""

import re
from pathlib import Path

import pytest

import wallet
from wallet.holder.errors import WalletError
from wallet.holder.messages import MESSAGES, Kind
from wallet.holder.words import Words

FOLDER = Path(wallet.__file__).parent
SOURCES = "\n".join(
    file.read_text("utf-8")
    for file in FOLDER.rglob("*.py")
    if file.relative_to(FOLDER).parts[0] != "web"  # the project itself may lie in a folder of that name
)
RAISED = set(re.findall(r'WalletError\(\s*"([a-z_]+)"', SOURCES))


def test_every_code_has_its_message() -> None:
    assert len(RAISED) > 15
    assert RAISED - set(MESSAGES) == set()


def test_no_message_is_left_over() -> None:
    counts = {code: len(re.findall(f'"{code}"', SOURCES)) for code in MESSAGES}
    assert [code for code, count in counts.items() if count < 2] == []


@pytest.mark.parametrize("code", sorted(MESSAGES))
def test_messages_are_whole(code: str) -> None:
    error = WalletError(code, name=Words("Name", "Enw"), issuer="Issuer", wanted="Wanted")
    for language in ("en", "cy"):
        for text in (error.happened(language), error.advice(language)):
            assert text.endswith((".", "FILE", "FFEIL", "list", "PASSPHRASE."))
            assert "{" not in text
    assert error.happened("en") != error.happened("cy")
    assert error.kind in Kind


def test_a_fact_that_is_not_known_is_said_in_general() -> None:
    assert WalletError("unreachable").happened("en").startswith("The other party")
    assert WalletError("unreachable").happened("cy").startswith("Ni ellir cyrraedd Y parti arall")


def test_the_text_of_the_exception_is_english() -> None:
    assert str(WalletError("link_unreadable")).startswith("This link")


def test_a_claim_has_the_name_that_departments_give_it() -> None:
    # "datganiad" on a department's pages and in the web wallet; a second name would be a second thing
    assert "hawliad" not in SOURCES
