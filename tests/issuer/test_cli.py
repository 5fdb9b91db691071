"""`pdx issuer …` as an operator uses it, from nothing to an offer that a wallet takes up."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from typer.testing import CliRunner, Result

from issuer.cli import app
from issuer.deps import CLAIM_KEY, STATUS_KEY
from protocol.registration.claim_type import ClaimType
from protocol.x509 import Profile
from protocol.x509.create import parse_csr
from serving.clock import SystemClock
from serving.documents import DocumentError, load_document
from serving.errors import OperatorError
from serving.keystore import FileKeystore
from tests.issuer.world import CLAIMS, MOVING, NAMES, attributes, claims_of
from tests.protocol.authority_for_tests import Authority

SETTINGS = """\
demo: true
base_url: http://localhost:8401
organisation_id: PDXGB-dwp
name: {en: Department for Work and Pensions, cy: Yr Adran Gwaith a Phensiynau}
keystore: keys
database: sqlite:///issuer.sqlite
claims: claims
registers: {dwp: {url: "sqlite:///dwp.sqlite"}}
wallets:
  - name: {en: Wallet, cy: Waled}
    url: http://localhost:8420
"""
GIVEN = [part for name, value in attributes("amira").items() for part in ("--attribute", f"{name}={value}")]


class Operator:
    """Someone at a command line, in a directory with a settings file."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.config = home / "issuer.yaml"
        self.config.write_text(SETTINGS, encoding="utf-8")

    def run(self, command: str, *arguments: object, **more: Any) -> Result:
        line = [command, "--config", str(self.config), *map(str, arguments)]
        return CliRunner().invoke(app, line, **more)

    def done(self, command: str, *arguments: object, **more: Any) -> str:
        result = self.run(command, *arguments, **more)
        assert result.exit_code == 0, (result.output, result.exception)
        return result.stdout

    def refused(self, command: str, *arguments: object, **more: Any) -> str:
        result = self.run(command, *arguments, **more)
        assert isinstance(result.exception, OperatorError), result.exception
        return str(result.exception)


@pytest.fixture
def newcomer(tmp_path: Path, registers: Path) -> Operator:
    """A department that has its register and its definitions, and no keys."""
    claims_of("dwp", tmp_path / "claims")
    shutil.copy(registers / "dwp.sqlite", tmp_path)
    return Operator(tmp_path)


@pytest.fixture
def member(newcomer: Operator) -> Operator:
    """A department that the authority has certified."""
    newcomer.done("init", "--requests", newcomer.home)
    authority = Authority()
    for name, profile in ((CLAIM_KEY, Profile.CLAIM_SIGNING), (STATUS_KEY, Profile.STATUS_SIGNING)):
        request = parse_csr((newcomer.home / f"{name}.csr.pem").read_bytes())
        assert request.organisation_id == "PDXGB-dwp"
        chain = authority.certify(
            request.public_key,
            profile,
            organisation_id="PDXGB-dwp",
            organisation_name=NAMES["dwp"],
            uris=request.uris,
        )
        pem = b"".join(x509.load_der_x509_certificate(one).public_bytes(Encoding.PEM) for one in chain)
        (newcomer.home / f"{name}.pem").write_bytes(pem)
    newcomer.done("install-certificates", *chains(newcomer))
    return newcomer


def chains(operator: Operator) -> list[object]:
    return [
        *("--claim-signing", operator.home / f"{CLAIM_KEY}.pem"),
        *("--status-signing", operator.home / f"{STATUS_KEY}.pem"),
    ]


def test_init_makes_keys_once(newcomer: Operator) -> None:
    newcomer.done("init", "--requests", newcomer.home)
    first = [path.read_bytes() for path in sorted((newcomer.home / "keys").iterdir())]
    newcomer.done("init", "--requests", newcomer.home)
    assert [path.read_bytes() for path in sorted((newcomer.home / "keys").iterdir())] == first
    assert len(first) == 5


def test_check_needs_no_keys(newcomer: Operator) -> None:
    said = newcomer.done("check")
    assert "pip-moving-around-8-1: PIP: 8 points or more for moving around" in said
    assert said.endswith("5 claim definitions are right\n")


def test_check_shows_what_is_wrong(newcomer: Operator) -> None:
    path = newcomer.home / "claims" / "pip-moving-around-8.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("points >= 8", "points >= "), encoding="utf-8")
    said = newcomer.refused("check")
    assert said.startswith(f"{path}:")
    assert "can't be read as CEL" in said


@pytest.mark.parametrize("url", ["postgresql://reader:secret@127.0.0.1:9/pip", "sqlite:///nowhere.sqlite"])
def test_a_register_that_is_away_at_the_start_is_told_from_a_wrong_query(
    newcomer: Operator, url: str
) -> None:
    newcomer.config.write_text(SETTINGS.replace("sqlite:///dwp.sqlite", url), encoding="utf-8")
    said = newcomer.refused("check")
    assert "the register can't be reached: " in said
    assert "secret" not in said


def test_a_register_that_there_is_no_driver_for(newcomer: Operator) -> None:
    newcomer.config.write_text(
        SETTINGS.replace("sqlite:///dwp.sqlite", "oracle://reader@db/pip"), encoding="utf-8"
    )
    assert newcomer.refused("check").startswith('register "dwp" in the settings: there is no driver')


def test_check_looks_at_where_requests_are_counted(newcomer: Operator) -> None:
    newcomer.config.write_text(SETTINGS + "limits: {storage: nowhere://}\n", encoding="utf-8")
    assert newcomer.refused("check").startswith("limits.storage can't be used")


SIGN_IN = """\
oidc:
  issuer: https://login.example
  client_id: claims
  client_secret_file: sign-in.secret
"""


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "there is no such file; write the client secret that the provider gave you into it"),
        (b" \n", "the file is empty; write the client secret that the provider gave you into it"),
        (b"\xff\xfe", "the file can't be read: it is not UTF-8 text"),
    ],
)
@pytest.mark.parametrize("command", ["check", "serve"])
def test_a_client_secret_that_is_not_there_is_one_line(
    member: Operator, command: str, content: bytes | None, said: str
) -> None:
    member.config.write_text(SETTINGS + SIGN_IN, encoding="utf-8")
    if content is not None:
        (member.home / "sign-in.secret").write_bytes(content)
    line = SETTINGS.count("\n") + 4
    assert member.refused(command) == f"{member.config}:{line}: {said}"


def test_only_what_signs_staff_in_needs_the_client_secret(member: Operator) -> None:
    """Whoever revokes claims at a command line need not be able to read it."""
    member.config.write_text(SETTINGS + SIGN_IN, encoding="utf-8")
    assert member.done("revoke", "--record", "1") == "0 copies revoked\n"


def test_check_takes_a_client_secret(newcomer: Operator) -> None:
    newcomer.config.write_text(SETTINGS + SIGN_IN, encoding="utf-8")
    (newcomer.home / "sign-in.secret").write_text("of the provider\n")
    assert newcomer.done("check").endswith("5 claim definitions are right\n")


def test_check_warns_of_a_personal_number_as_the_key(newcomer: Operator) -> None:
    """It is right as far as a program can tell; what it would leave in the issuer's own table is not."""
    path = newcomer.home / "claims" / "pip-moving-around-8.yaml"
    text = path.read_text(encoding="utf-8")
    assert "\n  key: award_id\n" in text
    path.write_text(text.replace("\n  key: award_id\n", "\n  key: national_insurance_number\n"), "utf-8")
    result = newcomer.run("check")
    line = text[: text.index("\n  key: award_id\n")].count("\n") + 2
    assert result.exit_code == 0
    assert result.stderr == (
        f"{path}:{line}: warning: the service's own database would hold this person's"
        " national_insurance_number for every copy of a claim; use a key that means nothing outside the"
        " register, such as an award's number\n"
    )
    assert result.stdout.endswith("5 claim definitions are right\n")


def test_check_warns_of_nothing_else(newcomer: Operator) -> None:
    assert newcomer.run("check").stderr == ""


def test_check_says_how_long_the_certificates_are_good_for(member: Operator) -> None:
    *_, claims, status = member.done("check").splitlines()
    assert re.fullmatch(r"claim-signing: certificates are good for -?\d+ days.*", claims)
    assert re.fullmatch(r"status-signing: certificates are good for -?\d+ days.*", status)


def test_check_says_when_they_have_run_out(member: Operator) -> None:
    keystore = FileKeystore(member.home / "keys")
    for name, profile in ((CLAIM_KEY, Profile.CLAIM_SIGNING), (STATUS_KEY, Profile.STATUS_SIGNING)):
        chain = Authority().certify(
            keystore.signing_key(name).public_key,
            profile,
            organisation_id="PDXGB-dwp",
            organisation_name=NAMES["dwp"],
            not_after=SystemClock().now() - 1,
        )
        keystore.store_certificate_chain(name, chain)
    *_, claims, status = member.done("check").splitlines()
    said = "certificates have run out: nothing is issued before new ones from the authority are installed"
    assert (claims, status) == (f"{CLAIM_KEY}: {said}", f"{STATUS_KEY}: {said}")


def test_no_start_with_half_a_definition(member: Operator) -> None:
    path = member.home / "claims" / "pip-moving-around-8.yaml"
    path.write_text(path.read_text(encoding="utf-8")[:400], encoding="utf-8")
    assert isinstance(member.run("serve").exception, DocumentError)


def test_no_start_without_certificates(newcomer: Operator) -> None:
    newcomer.done("init", "--requests", newcomer.home)
    said = newcomer.refused("offer", "--claim", "pip-moving-around-8", *GIVEN)
    assert "claim-signing.chain.pem" in said
    assert "install-certificates takes what the authority sends" in said


def test_certificates_for_another_key_are_refused(member: Operator) -> None:
    one, other = (member.home / f"{name}.pem" for name in (CLAIM_KEY, STATUS_KEY))
    swapped = ["--claim-signing", other, "--status-signing", one]
    assert "is not for the key" in member.refused("install-certificates", *swapped)


def test_an_offer_for_programs(member: Operator) -> None:
    made = json.loads(member.done("offer", "--claim", "pip-moving-around-8", *GIVEN, "--json"))
    assert made["link"].startswith(
        "http://localhost:8420/add?credential_offer_uri=http%3A%2F%2Flocalhost%3A8401"
    )
    assert made["links"]["any"].startswith("openid-credential-offer://?credential_offer_uri=")
    assert made["transaction_code"].isdigit()
    assert len(made["transaction_code"]) == 6
    assert made["claims"] == ["urn:pdx:claim:dwp:pip-moving-around-8:1"]


def test_an_offer_for_people(member: Operator) -> None:
    said = member.done("offer", "--claim", MOVING, *GIVEN)
    assert "Offered: PIP: 8 points or more for moving around" in said
    assert "█" in said
    assert "Transaction code (give it another way): " in said
    assert "Good for 15 minutes, once." in said


def test_attributes_from_standard_input_stay_out_of_the_process_list(member: Operator) -> None:
    given = json.dumps(attributes("amira"))
    said = member.done("offer", "--claim", MOVING, "--attributes", "-", "--json", input=given)
    assert json.loads(said)["claims"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--claim", "dla-mobility-higher", *GIVEN], "nobody in the register fits"),
        (["--claim", "pip-planning-journeys-e", *GIVEN], "the register does not say this of the person"),
        (["--claim", "pip-moving-around-8"], "give national_insurance_number, family_name, birthdate"),
        (["--claim", "nothing", *GIVEN], "use one of: dla-mobility-higher-1"),
        (["--claim", MOVING, "--attribute", "canary"], "write an attribute as name=value"),
        (["--claim", MOVING, "--attribute", "birthdate=canary"], "birthdate: write it as in 1970-01-31"),
        (["--claim", MOVING, "--attribute", "shoe=42"], "shoe: not known"),
    ],
)
def test_an_offer_that_is_refused(member: Operator, arguments: list[str], said: str) -> None:
    found = member.refused("offer", *arguments)
    assert said in found
    assert "canary" not in found


def test_revoking(member: Operator) -> None:
    assert member.done("revoke", "--record", "1") == "0 copies revoked\n"
    assert member.done("revoke", *GIVEN) == "0 copies revoked\n"
    assert "say which records" in member.refused("revoke")
    assert "say which records" in member.refused("revoke", "--record", "1", *GIVEN)


def test_a_key_that_two_people_have_is_no_ones(member: Operator) -> None:
    """Award 1 of one table is Amira's, award 1 of the other is Rhys's."""
    for persona, claim in (("amira", "pip-moving-around-8"), ("rhys", "dla-mobility-higher")):
        given = json.dumps(attributes(persona))
        member.done("offer", "--claim", claim, "--attributes", "-", "--json", input=given)
    assert "say which to revoke by --claim: dla-" in member.refused("revoke", "--record", "1")
    assert member.done("revoke", "--record", "1", "--claim", MOVING) == "0 copies revoked\n"
    assert member.done("revoke", *GIVEN) == "0 copies revoked\n"


def test_the_public_part_for_the_authority(tmp_path: Path) -> None:
    files = sorted(CLAIMS.glob("*.yaml"))
    result = CliRunner().invoke(app, ["claim-type", *map(str, files), "--out", str(tmp_path)])
    assert result.exit_code == 0, result.exception
    written = sorted(tmp_path.iterdir())
    assert len(written) == 8
    for path in written:
        public = load_document(path, ClaimType)
        assert path.name == f"{public.owner}.{public.id}.{public.version}.yaml"
        assert "SELECT" not in path.read_text(encoding="utf-8")
