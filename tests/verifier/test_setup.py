"""Set-up: what is wrong with a file shows at the start, by file and line; every command once."""

import json
import shlex
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from ruamel.yaml import YAML
from typer.testing import CliRunner

from protocol.registration.question import Question
from protocol.x509 import Profile
from protocol.x509.create import parse_csr
from serving.documents import DocumentError
from serving.keystore import FileKeystore, KeystoreError
from serving.randomness import SystemRandom
from tests.protocol.authority_for_tests import NOW, Authority
from tests.verifier.world import ENGLAND, QUESTIONS, TAX, VERIFIER, World, code_on_the_phone, question_of
from verifier.cli import app
from verifier.session import Channel, Release
from verifier.settings import load_settings
from verifier.usecases.create_transaction import Asking, create_transaction


def settings_file(world: World, **changes: Any) -> Path:
    """The world's settings as its author would write them, with some things changed."""
    values = json.loads(world.settings.model_dump_json(exclude_none=True)) | changes
    path = world.directory / "verifier.yaml"
    with path.open("w") as file:
        YAML(typ="safe", pure=True).dump(values, file)
    return path


def problems(world: World) -> str:
    with pytest.raises(DocumentError) as refused:
        world.installation()
    return str(refused.value)


# --- settings


def test_relative_paths_start_at_the_settings_file(tmp_path: Path) -> None:
    (tmp_path / "verifier.yaml").write_text(
        """
base_url: https://check.example
database: sqlite:///verifier.sqlite
keystore: keys
network:
  root_certificates: [root.pem]
services:
  blue-badge:
    organisation_id: PDXGB-blue-badge
    name: {en: Blue Badge, cy: Bathodyn Glas}
    questions:
      - file: q.yaml
        registration: q.jwt
"""
    )
    settings = load_settings(tmp_path / "verifier.yaml")
    assert settings.database == f"sqlite:///{tmp_path}/verifier.sqlite"
    assert settings.keystore == tmp_path / "keys"
    assert settings.network.root_certificates == (tmp_path / "root.pem",)
    assert settings.services["blue-badge"].questions[0].registration == tmp_path / "q.jwt"
    assert settings.lifetimes.wrong_codes == 5


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"base_url": "http://check.example"}, "localhost"),
        ({"demo": False, "base_url": "http://localhost:8411"}, "https"),
        ({"services": {}}, "at least 1"),
        ({"lifetimes": {"wrong_codes": 6}}, "5 or less"),
        ({"request_uri_method": "put"}, "get"),
        ({"unknown": 1}, "not a known key"),
    ],
)
def test_settings_that_are_refused(world: World, change: dict[str, Any], text: str) -> None:
    with pytest.raises(DocumentError, match=text):
        load_settings(settings_file(world, **change))


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"return_urls": ["http://elsewhere.example/back"]}, "return_urls must be https"),
        ({"return_urls": ["https://service.example/back?x=1"]}, "right form"),
        ({"api_keys": [{"name": "crm", "sha256": "short"}]}, "right form"),
        ({"organisation_id": "dwp"}, "right form"),
        ({"questions": []}, "questions is missing; list at least one"),
        ({"questions": [], "registered": "registered"}, "registered needs network.office"),
    ],
)
def test_services_that_are_refused(world: World, change: dict[str, Any], text: str) -> None:
    service = json.loads(world.settings.services[ENGLAND].model_dump_json(exclude_none=True)) | change
    with pytest.raises(DocumentError, match=text):
        load_settings(settings_file(world, services={ENGLAND: service}))


@pytest.mark.parametrize("name", ["api", "oid4vp", "health", "static"])
def test_a_service_can_not_have_an_address_of_the_programs(world: World, name: str) -> None:
    services = {name: json.loads(world.settings.services[ENGLAND].model_dump_json(exclude_none=True))}
    with pytest.raises(DocumentError, match="address of the program"):
        load_settings(settings_file(world, services=services))


def test_what_is_unsafe_is_for_a_demonstration(world: World) -> None:
    service = json.loads(world.settings.services[ENGLAND].model_dump_json(exclude_none=True))
    service["questions"][0]["unsafe_unchecked"] = True
    service["return_urls"] = []
    changes = {"services": {ENGLAND: service}, "demo": False, "base_url": "https://check.example"}
    with pytest.raises(DocumentError, match="unsafe_unchecked is for a demonstration"):
        load_settings(settings_file(world, **changes))


# --- what must fit together


def with_question(**changes: Any) -> Question:
    return Question.model_validate(question_of(TAX).model_dump() | changes)


def test_a_registration_of_another_question(world: World) -> None:
    world.register(TAX, with_question(version=2))
    assert "this registers vehicle-tax-exemption@2, not vehicle-tax-exemption@1" in problems(world)


def test_a_registration_that_does_not_cover_the_question(world: World) -> None:
    fewer = question_of(ENGLAND).model_copy(update={"any_of": question_of(ENGLAND).any_of[:1]})
    path = world.register(ENGLAND, fewer)
    assert f"{path}:1: wallets would refuse this" in problems(world)


def test_a_registration_of_another_service(world: World) -> None:
    token = (world.directory / f"{TAX}.jwt").read_text()
    (world.directory / f"{ENGLAND}.jwt").write_text(token)
    assert "wallets would refuse this" in problems(world)


@pytest.mark.parametrize("content", [None, b"", b"\xff", b"not a token"])
def test_a_registration_that_is_none(world: World, content: bytes | None) -> None:
    path = world.directory / f"{ENGLAND}.jwt"
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    assert str(path) in problems(world)


def test_every_service_with_a_problem_is_named_at_once(world: World) -> None:
    for name in (ENGLAND, TAX):
        (world.directory / f"{name}.jwt").unlink()
    found = problems(world)
    assert f"{ENGLAND}.jwt" in found
    assert f"{TAX}.jwt" in found


def certified(world: World, authority: Authority, **changes: Any) -> None:
    keystore = FileKeystore(world.directory / "keys" / ENGLAND)
    values: dict[str, Any] = {
        "organisation_id": f"PDXGB-{ENGLAND}",
        "organisation_name": ENGLAND,
        "hosts": ["localhost"],
        "profile": Profile.REQUEST_SIGNING,
    }
    chain = authority.certify(keystore.signing_key("request").public_key, **(values | changes))
    keystore.store_certificate_chain("request", chain)


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"organisation_id": "PDXGB-other"}, "certificate of PDXGB-other"),
        ({"hosts": ["elsewhere.example"]}, "does not name the host localhost"),
        ({"profile": Profile.CLAIM_SIGNING}, "another purpose"),
        ({"not_after": NOW - 1}, "expired"),
    ],
)
def test_a_certificate_that_wallets_would_refuse(world: World, changes: dict[str, Any], text: str) -> None:
    certified(world, world.authority, **changes)
    assert text in problems(world)


def test_a_certificate_of_an_unknown_authority(world: World) -> None:
    certified(world, Authority("stranger"))
    assert "wallets would refuse this certificate" in problems(world)


def test_a_missing_key(world: World) -> None:
    (world.directory / "keys" / ENGLAND / "request.pem").unlink()
    with pytest.raises(KeystoreError, match=r"request\.pem"):
        world.installation()


def test_half_a_question_file(world: World, tmp_path: Path) -> None:
    half = (QUESTIONS / f"{TAX}.yaml").read_text().split("any_of")[0]
    (tmp_path / "half.yaml").write_text(half)
    service = world.service_settings(TAX) | {"questions": [{"file": tmp_path / "half.yaml"}]}
    changes = json.loads(json.dumps({"services": {TAX: service}}, default=str))
    world.settings = load_settings(settings_file(world, **changes))
    assert '"any_of" is missing' in problems(world)


# --- the commands


@pytest.fixture
def run(world: World, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Runs a command as the shell would, in the world's time and network."""
    runner, path = CliRunner(), settings_file(world)

    def installed(*_: object, **__: object) -> Any:
        return world.installation()

    monkeypatch.setattr("verifier.cli.create_installation", installed)

    def call(command: str, *arguments: str, status: int = 0) -> Any:
        result = runner.invoke(app, [command, "--config", str(path), *arguments])
        assert result.exit_code == status, result.output
        return result

    return call


def test_init_and_install(world: World, tmp_path: Path, run: Callable[..., Any]) -> None:
    path = settings_file(world, keystore=str(tmp_path / "new-keys"))
    runner = CliRunner()
    made = runner.invoke(app, ["init", "--config", str(path)])
    assert made.exit_code == 0, made.output
    request = parse_csr((tmp_path / "new-keys" / ENGLAND / "request.csr.pem").read_bytes())
    assert request.organisation_id == f"PDXGB-{ENGLAND}"
    assert request.hosts == ("localhost",)
    again = runner.invoke(app, ["init", "--config", str(path)])
    assert again.exit_code == 0  # keys are never overwritten
    later = parse_csr((tmp_path / "new-keys" / ENGLAND / "request.csr.pem").read_bytes())
    assert later.public_key == request.public_key
    chain = world.authority.certify(
        request.public_key,
        Profile.REQUEST_SIGNING,
        organisation_id=request.organisation_id,
        organisation_name=request.organisation_name,
        hosts=request.hosts,
    )
    pem = b"".join(x509.load_der_x509_certificate(one).public_bytes(Encoding.PEM) for one in chain)
    (tmp_path / "chain.pem").write_bytes(pem)
    install = ["install", "--config", str(path), "--service", ENGLAND, str(tmp_path / "chain.pem")]
    assert runner.invoke(app, install).exit_code == 0
    assert FileKeystore(tmp_path / "new-keys" / ENGLAND).certificate_chain("request") == chain


def test_check_names_what_each_service_asks(run: Callable[..., Any]) -> None:
    output = run("check").output
    assert "blue-badge-england: asks blue-badge-england@1; x509_hash:" in output
    assert "vehicle-tax-exemption@1" in output


def test_request_and_answer(world: World, run: Callable[..., Any]) -> None:
    created = json.loads(run("request", "--service", ENGLAND, "--reference", "17", "--json").output)
    assert created["expires_at"] == NOW + 600
    assert created["link"] != created["qr_link"]
    before = json.loads(run("answer", "--service", ENGLAND, created["id"]).output)
    assert (before["state"], before["reference"]) == ("open", "17")
    redirect_uri = world.respond(world.read(created["link"]), world.issue()).json()["redirect_uri"]
    assert redirect_uri.startswith(f"{VERIFIER}/{ENGLAND}/code/")
    wrong = run("answer", "--service", ENGLAND, "--code", "333333", created["id"], status=1)
    assert "tries left: 4" in wrong.output

    code = code_on_the_phone(world, redirect_uri)
    answer = json.loads(run("answer", "--service", ENGLAND, "--code", code, created["id"]).output)
    assert answer["answer"]["state"] == "approved"


class _LeadingHyphens:
    """Random bytes of which a token begins with a hyphen every other time."""

    def __init__(self) -> None:
        self._asked = 0

    def bytes(self, n: int) -> bytes:
        self._asked += 1
        return (b"\xfb" if self._asked % 2 else b"\x00") + SystemRandom().bytes(n - 1)


def test_a_request_has_no_name_that_a_command_line_takes_for_an_option(world: World) -> None:
    house = replace(world.house, random=_LeadingHyphens())
    service = house.service(ENGLAND)
    asking = Asking(releases={Channel.LINK: Release.CODE})
    made = [create_transaction(house, service, service.first_question, asking) for _ in range(4)]
    assert [one for one in made if one.startswith("-")] == []


def test_request_prints_a_code_to_scan(run: Callable[..., Any]) -> None:
    output = run("request", "--service", TAX).output
    assert "█" in output
    assert "http://localhost:8420/present?client_id=" in output
    assert "pdx verifier answer" in output


@pytest.mark.usefixtures("run")
def test_what_it_says_to_type_next_can_be_typed(world: World, tmp_path: Path) -> None:
    """Pasted as it stands, with a file name that a shell would take apart."""
    path = settings_file(world, keystore=str(tmp_path / "new-keys"))
    spaced = path.rename(tmp_path / "the council's; own.yaml")
    asked = CliRunner().invoke(app, ["request", "--config", str(spaced), "--service", ENGLAND]).output
    *known, code = shlex.split(asked[asked.rindex("pdx ") :])  # what the phone shows is typed behind it
    assert known[:7] == ["pdx", "verifier", "answer", "--config", str(spaced), "--service", ENGLAND]
    assert code == "--code"
    answered = CliRunner().invoke(app, known[2:])
    assert json.loads(answered.output)["state"] == "open"

    made = CliRunner().invoke(app, ["init", "--config", str(spaced)]).output
    line = next(one for one in made.splitlines() if one.startswith(f"{ENGLAND}: "))
    install = shlex.split(line[line.index("pdx ") :])
    settings = ["--config", str(spaced), "--service", ENGLAND]
    assert install == ["pdx", "verifier", "install", *settings, "chain.pem"]


def test_an_unknown_service_or_question_is_one_clear_line(run: Callable[..., Any]) -> None:
    unknown = run("request", "--service", "nobody", status=1)
    assert "there is no such service; there is blue-badge-england" in str(unknown.exception)
    other = run("request", "--service", TAX, "--question", "x", status=1)
    assert "it asks vehicle-tax-exemption@1" in str(other.exception)


def test_an_api_key_and_its_hash() -> None:
    made = json.loads(CliRunner().invoke(app, ["api-key"]).output)
    assert set(made) == {"key", "sha256"}
    assert len(made["sha256"]) == 64


def test_purge_says_how_many(world: World, run: Callable[..., Any]) -> None:
    world.ask()
    world.clock.advance(3 * 86_400)
    assert "deleted: 1" in run("purge").output
