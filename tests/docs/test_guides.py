"""The guides, command by command: from a register to an offer, from a question to a service that asks it."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from issuer.settings import load_settings
from protocol.encoding import json_loads
from protocol.registration.question import Question
from serving.cli import build
from serving.documents import load_document
from serving.errors import OperatorError
from tests.docs.reading import commands, files, read

ISSUER, AUTHORITY, QUESTION = (
    read(f"docs/{name}.md") for name in ("issuer", "authority", "adding-a-question")
)
# One goes on for ever, and one needs PostgreSQL: tests/authority/test_rights.py does what it prints.
NOT_HERE = {"serve", "grants"}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with the files of the page, where somebody sits at a command line."""
    for name, content in {**files(ISSUER), **files(QUESTION)}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content, encoding="utf-8")
    (tmp_path / "sign-in.secret").write_text("from the provider\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(line: list[str]) -> str:
    result = CliRunner().invoke(build(line), line)
    assert result.exit_code == 0, (line, result.output, result.exception)
    return result.output


def run_all(text: str, *, first: str = "", before: str = "") -> list[str]:
    """Runs the page's lines in their order, from the one that names `first` to that which names `before`."""
    lines = [line for line in commands(text) if not NOT_HERE & set(line)]
    names = [" ".join(line) for line in lines]
    start = next(i for i, name in enumerate(names) if first in name)
    end = next((i for i, name in enumerate(names) if before and before in name), len(lines))
    return [run(line) for line in lines[start:end]]


def test_the_pages_from_end_to_end(home: Path) -> None:
    checked, *_ = run_all(ISSUER, before="install-certificates")
    assert "1 claim definition is right" in checked
    (asked,) = run_all(QUESTION, before="install")
    assert "verifier-keys/bus-company/request.csr.pem" in asked
    *_, listed = run_all(AUTHORITY, before="renew")
    assert "council\tactive" in listed
    assert (home / "authority" / "public" / "types" / "council.disabled-bus-pass.1.json").exists()
    (home / "root.pem").write_bytes((home / "authority" / "public" / "ca" / "root.pem").read_bytes())
    _, stands = run_all(QUESTION, first="install")
    assert "bus-company: asks disabled-fare@1" in stands
    installed, offered, ended, by_key, by_person = run_all(ISSUER, first="install-certificates")
    assert "claim-signing: certificates installed" in installed
    assert "Offered: Disabled person's bus pass" in offered
    assert "Transaction code" in offered
    assert ended.endswith("0 sessions ended\n")
    assert by_key.endswith("\n0 copies revoked\n")
    assert by_person.endswith("\n0 copies revoked\n")
    renewed, suspended, reinstated, revoked, published, audited, shown = run_all(AUTHORITY, first="renew")
    assert "Nothing was due." in renewed
    assert "Suspended bus-company" in suspended
    assert "Reinstated bus-company" in reinstated
    assert "Revoked the key for status-signing of council" in revoked
    assert "Published trust list 3" in published
    assert audited.startswith("The log network.example/log is whole")
    assert '"reason":"It kept answers longer than it said."' in shown


def test_what_the_authority_gets_tells_nothing_of_the_register(home: Path) -> None:
    run_all(ISSUER, before="install-certificates")
    (public,) = (home / "claim-types").iterdir()
    text = public.read_text(encoding="utf-8")
    assert "bus pass" in text
    for secret in ("SELECT", "reason", "pass_no", "postcode"):
        assert secret not in text


@pytest.mark.parametrize(
    ("old", "new", "row"),
    [
        ('reason == "disability"', 'reason == "age"', "the rule says no and the example expects yes"),
        ("record.reason ==", "record.ponits ==", 'register.fields has no "ponits"; add it there'),
        ("SELECT pass_no", "UPDATE pass_no", "begin the query with SELECT"),
        ("find: birthdate = :birthdate", "find: 1 = 1", "this reads the whole register; compare a column"),
        ("FROM passes", "FROM pass", "the register refuses this query:"),
        ("owner: council", "owner: dwp", "the owner is not this department; write owner: council"),
    ],
)
def test_what_a_check_says(home: Path, old: str, new: str, row: str) -> None:
    assert row in ISSUER
    path = home / "claims" / "disabled-bus-pass.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    line = ["issuer", "check", "--config", "issuer.yaml"]
    result = CliRunner().invoke(build(line), line)
    assert isinstance(result.exception, OperatorError)
    assert row in str(result.exception)
    assert re.search(r"disabled-bus-pass\.yaml:\d+: ", str(result.exception))


def test_the_defaults_in_the_table(home: Path) -> None:
    settings = load_settings(home / "issuer.yaml")
    for keys, values in re.findall(r"^\| (`[a-z_`, ]+`) \| ([0-9a-z., ]+) \|", ISSUER, re.MULTILINE):
        told = [str(getattr(settings, key)) for key in re.findall(r"[a-z_]+", keys)]
        assert ", ".join(told).lower() == values, keys


def test_the_rates_in_the_table(home: Path) -> None:
    limits = load_settings(home / "issuer.yaml").limits
    rows = re.findall(r"^\| `limits\.([a-z_`, ]+)` \| ([0-9a-z/, ]+) \|", ISSUER, re.MULTILINE)
    told = {
        key: rate
        for keys, rates in rows
        for key, rate in zip(keys.split("`, `"), rates.split(", "), strict=True)
    }
    assert told == limits.rules()


def test_the_question_is_one(home: Path) -> None:
    question = load_document(home / "question.yaml", Question)
    assert (question.id, question.version) == ("disabled-fare", 1)
    assert json_loads(question.model_dump_json())["any_of"]
