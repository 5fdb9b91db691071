"""`pdx wallet`: what people read, what machines read, and how commands end."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from protocol.openid4vp.response import AuthorizationErrorResponse
from protocol.registration.question import question_to_dcql
from protocol.status_list import INVALID
from protocol.trust_list.members import Department, Name
from tests.protocol.authority_for_tests import DAY, Authority
from tests.wallet.department import CODE, DEPARTMENT_ID, DEPARTMENT_URL, VCT
from tests.wallet.service_party import RETURN_URL, question
from tests.wallet.world import AUTHORITY_URL, LIMITS, World, pem
from wallet.cli import EDGE, Edge, app
from wallet.holder.store import FILE_NAME


class CommandLine:
    """A person, or a program, at the command line."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.home = world.home / "cli"
        self.passphrase: str | None = None

    def run(self, *arguments: str, answer: str | None = None) -> Result:
        environment = {"PDX_WALLET_HOME": str(self.home), "PDX_WALLET_PASSPHRASE": self.passphrase}
        return CliRunner().invoke(app, arguments, input=answer, env=environment, catch_exceptions=False)

    def json(self, *arguments: str, exit_code: int = 0) -> Any:
        result = self.run(*arguments, "--json")
        assert result.exit_code == exit_code, result.output
        return json.loads(result.stdout)

    def join(self) -> Result:
        root = self.world.home / "root.pem"
        root.write_text(pem(self.world.authority.root))
        return self.run("network", "--trust-list", f"{AUTHORITY_URL}/trust-list.jwt", "--root", str(root))

    def add(self) -> Result:
        return self.run("add", self.world.department.offer_link(), "--code", CODE)


@pytest.fixture
def line(world: World) -> Iterator[CommandLine]:
    token = EDGE.set(Edge(clock=world.clock, transport=world.network, limits=LIMITS))
    yield CommandLine(world)
    EDGE.reset(token)


@pytest.fixture
def joined(line: CommandLine) -> CommandLine:
    assert line.join().exit_code == 0
    return line


def test_join_add_list_show(line: CommandLine) -> None:
    joined = line.join()
    assert "1 departments, 1 services" in joined.stdout
    added = line.add()
    assert added.exit_code == 0
    assert "Department offers you:" in added.stdout
    listed = line.run("list")
    assert "8 points or more for moving around" in listed.stdout
    assert "3 one-time copies left" in listed.stdout
    shown = line.run("show", line.world.service.link(), answer="y\n")
    assert shown.exit_code == 0
    assert f"Go on here: {RETURN_URL}" in shown.stdout


def test_the_last_day_is_named_and_not_the_day_after(joined: CommandLine) -> None:
    end = int(datetime(2027, 2, 23, tzinfo=UTC).timestamp())  # midnight, the first second without the claim
    joined.world.department.change_claims = lambda claims: claims.update(exp=end)
    joined.add()
    assert "valid until 2027-02-22" in joined.run("list").stdout
    assert "yn ddilys tan 2027-02-22" in joined.run("list", "--lang", "cy").stdout


def test_the_list_says_what_was_withdrawn(joined: CommandLine) -> None:
    joined.add()
    joined.world.department.mark(INVALID)
    joined.world.clock.advance(DAY)
    listed = joined.run("list").stdout
    assert "withdrawn by the department: ask it why" in listed
    assert "one-time copies left" not in listed
    assert joined.json("list")["claims"][0]["status"] == "revoked"
    refused = joined.run("show", joined.world.service.link(), "--yes")
    assert refused.exit_code == 4
    assert "Department has withdrawn the claim that Badge team asks about" in refused.stderr


def test_the_list_says_what_has_ended(joined: CommandLine) -> None:
    joined.add()
    joined.world.clock.advance(90 * DAY)
    assert "ended: ask the department for a new one" in joined.run("list").stdout


def test_in_welsh(joined: CommandLine) -> None:
    joined.add()
    shown = joined.run("show", joined.world.service.link(), "--lang", "cy", "--yes")
    assert "Mae’r gwasanaeth hwn yn gofyn i chi: Tîm bathodyn." in shown.stdout
    assert "O dan ba gyfraith: Deddf Bathodynnau, adran 1" in shown.stdout
    assert "Cyfenw: Hassan" in shown.stdout


def test_everything_for_the_decision_is_read_before_it(joined: CommandLine) -> None:
    joined.add()
    shown = joined.run("show", joined.world.service.link(), answer="n\n").stdout
    for text in (
        "Badge team asks you.",
        "badge.example",
        "8 points or more",
        "Department vouches for it",
        "Family name: Hassan",
        "Why: To decide about your badge.",
        "By which law: Badge Act, section 1",
        "How long it is kept: 90 days.",
    ):
        assert text in shown


def test_declining(joined: CommandLine) -> None:
    joined.add()
    result = joined.run("show", joined.world.service.link(), answer="n\n")
    assert result.exit_code == 9
    assert joined.world.service.opened() == AuthorizationErrorResponse("access_denied")


def test_decline_without_a_claim(joined: CommandLine) -> None:
    assert joined.run("decline", joined.world.service.link()).exit_code == 0
    assert joined.world.service.opened() == AuthorizationErrorResponse("access_denied")


def test_the_code_is_asked_for(joined: CommandLine) -> None:
    result = joined.run("add", joined.world.department.offer_link(), answer=f"{CODE}\n")
    assert result.exit_code == 0
    assert "Now in your wallet" in result.stdout


def test_a_machine_is_never_asked(joined: CommandLine) -> None:
    error = joined.json("add", joined.world.department.offer_link(), exit_code=7)
    assert error["error"] == "code_needed"


def test_json_of_a_whole_way(joined: CommandLine) -> None:
    added = joined.json("add", joined.world.department.offer_link(), "--code", CODE)
    (claim,) = added["claims"]
    assert claim["copies_left"] == 3
    assert joined.json("list")["claims"] == [claim]
    looked = joined.json("show", joined.world.service.link())
    assert looked["outcome"] == "not_sent"
    assert joined.world.service.received == []
    shown = joined.json("show", joined.world.service.link(), "--yes")
    assert (shown["outcome"], shown["redirect_uri"]) == ("shown", RETURN_URL)
    assert shown["told"]["claims"][0]["disclosed"] == [
        {
            "path": ["family_name"],
            "label": {"en": "Family name", "cy": "Cyfenw"},
            "value": "Hassan",
            "reason": {"en": "Why family_name.", "cy": "Pam family_name."},
        }
    ]
    assert joined.json("remove", claim["id"]) == {"removed": claim["id"]}
    assert joined.json("list") == {"claims": []}
    assert joined.json("network")["departments"] == 1


def test_an_empty_wallet_says_what_to_do(line: CommandLine) -> None:
    assert "pdx wallet add OFFER" in line.run("list").stdout


@pytest.mark.parametrize(
    ("arguments", "code", "exit_code"),
    [
        (("add", "nonsense"), "link_unreadable", 7),
        (("show", "nonsense"), "link_unreadable", 7),
        (("remove", "nothing"), "claim_unknown", 7),
    ],
)
def test_input_that_can_not_be_used(
    joined: CommandLine, arguments: tuple[str, ...], code: str, exit_code: int
) -> None:
    assert joined.json(*arguments, exit_code=exit_code)["error"] == code


def test_no_network(line: CommandLine) -> None:
    assert line.json("add", line.world.department.offer_link(), exit_code=7)["error"] == "network_not_set"


def test_a_refusal_is_explained_and_has_its_own_status(joined: CommandLine) -> None:
    joined.add()
    joined.world.service.query = question_to_dcql(question("birthdate"))
    result = joined.run("show", joined.world.service.link(), "--yes")
    assert result.exit_code == 3
    assert "asks for more than it was approved to ask" in result.stderr
    assert "over_asking" in result.stderr
    assert "1979" not in result.output
    assert joined.world.service.received == []


def test_nothing_to_show(joined: CommandLine) -> None:
    result = joined.run("show", joined.world.service.link(), "--yes")
    assert result.exit_code == 4
    assert "8 points or more for moving around" in result.stderr


def test_a_wallet_whose_file_is_damaged_while_it_is_used(joined: CommandLine) -> None:
    with (joined.home / FILE_NAME).open("r+b") as file:
        file.seek(4096)
        file.write(b"x" * 65536)
    result = joined.run("list")
    assert result.exit_code == 7
    assert "can’t be read or written" in result.stderr


HIDDEN = "Has\x1b[2Jsan\n  • Forged\u202e\u200b\x9b"
SHOWN = "Has\\u001b[2Jsan\\u000a  • Forged\\u202e\\u200b\\u009b"


def test_nothing_that_is_told_can_move_about_the_screen(joined: CommandLine) -> None:
    joined.world.department.person["family_name"] = HIDDEN
    joined.add()
    shown = joined.run("show", joined.world.service.link(), answer="n\n")
    assert f"Family name: {SHOWN}\n" in shown.stdout
    assert not [one for one in shown.output if not one.isprintable() and one != "\n"]


def test_no_name_can_move_about_the_screen(line: CommandLine) -> None:
    line.world.members["departments"] = {
        DEPARTMENT_ID: Department(DEPARTMENT_ID, Name(HIDDEN, HIDDEN), DEPARTMENT_URL, frozenset({VCT}))
    }
    line.join()
    added = line.add()
    assert f"{SHOWN} offers you:" in added.stdout
    listed = line.run("list")
    assert f"from {SHOWN}, valid until" in listed.stdout
    line.world.department.refusal = "credential_request_denied"
    refused = line.add()
    assert f"{SHOWN} looked in its register" in refused.stderr
    for result in (added, listed, refused):
        assert not [one for one in result.output if not one.isprintable() and one != "\n"]


def test_somebody_who_can_not_be_reached(joined: CommandLine) -> None:
    with joined.world.network.dropping(lambda request: request.url.host == "dwp.example"):
        assert joined.json("add", joined.world.department.offer_link(), "--code", CODE, exit_code=5)


def test_a_passphrase(line: CommandLine) -> None:
    line.passphrase = "correct horse"
    line.join()
    assert line.add().exit_code == 0
    line.passphrase = None
    assert line.json("list", exit_code=6)["error"] == "passphrase_needed"
    line.passphrase = "wrong horse"
    assert line.run("list").exit_code == 6
    line.passphrase = "correct horse"
    assert len(line.json("list")["claims"]) == 1


@pytest.mark.parametrize("arguments", [("--trust-list", "https://x.example/l.jwt"), ("--root", "root.pem")])
def test_half_a_network(line: CommandLine, arguments: tuple[str, ...]) -> None:
    assert line.run("network", *arguments).exit_code == 2


def test_a_root_that_is_no_certificate(line: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "root.pem").write_text("not a certificate")
    arguments = ("--trust-list", "https://x.example/l.jwt", "--root", str(tmp_path / "root.pem"))
    assert line.run("network", *arguments).exit_code == 2


def test_a_ca_bundle_that_is_none(line: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "root.pem").write_text(pem(line.world.authority.root))
    network = (
        "network",
        "--trust-list",
        f"{AUTHORITY_URL}/trust-list.jwt",
        "--root",
        str(tmp_path / "root.pem"),
    )
    assert line.run(*network, "--ca-bundle", str(tmp_path / "none.pem")).exit_code == 2
    assert line.run(*network, "--ca-bundle", str(tmp_path / "root.pem")).exit_code == 0


def test_a_network_that_is_not_the_roots(joined: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "other.pem").write_text(pem(Authority("other").root))
    address = f"{AUTHORITY_URL}/trust-list.jwt"
    result = joined.run("network", "--trust-list", address, "--root", str(tmp_path / "other.pem"))
    assert result.exit_code == 3
    assert joined.json("network")["departments"] == 1
