"""The root lies elsewhere: the server never has its key, and a new issuing CA ends nothing."""

import re
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from typer.testing import CliRunner, Result

from authority.ceremony.root import make_root, sign_issuing
from authority.cli import app
from authority.member import Member, Purpose
from authority.records import Records
from authority.settings import AuthoritySettings, OperatorName
from authority.usecases.install_issuing import begin_authority, install_issuing, request_issuing
from authority.usecases.keep_network import keep_network
from authority.usecases.verify_log import verify_log
from protocol.trust_list.signed import verify_trust_list
from protocol.x509 import Profile, verify_chain
from protocol.x509.request import parse_csr
from serving.errors import OperatorError
from serving.keystore import FileKeystore, KeystoreError
from tests.authority.network import DAY, NOW, RANDOM, Network, new_key, request_of

SETTINGS = AuthoritySettings(
    name=OperatorName(en="Test authority", cy="Awdurdod prawf"), base_url="https://network.example"
)


class Ceremony:
    """The offline machine."""

    def __init__(self, directory: Path, name: str = "Test authority") -> None:
        self.keystore = FileKeystore(directory)
        self.root = make_root(self.keystore, name=name, days=7300, now=NOW, random=RANDOM)

    def sign(self, request: bytes, *, now: int = NOW) -> x509.Certificate:
        return sign_issuing(self.keystore, request, days=3650, now=now, random=RANDOM)


@pytest.fixture
def ceremony(tmp_path: Path) -> Ceremony:
    return Ceremony(tmp_path / "safe")


@pytest.fixture
def network(tmp_path: Path, ceremony: Ceremony) -> Network:
    """An authority that was made under the root."""
    network = Network(tmp_path / "authority")
    request = begin_authority(network.records, SETTINGS, ceremony.root)
    install_issuing(network.records, ceremony.sign(request), now=NOW, random=RANDOM)
    return network


def rotate(network: Network, ceremony: Ceremony, now: int) -> x509.Certificate:
    certificate = ceremony.sign(request_issuing(network.records), now=now)
    return install_issuing(network.records, certificate, now=now, random=RANDOM)


def chain_of(member: Member, purpose: Purpose = Purpose.CLAIM_SIGNING) -> list[bytes]:
    certified = member.certified(purpose)
    assert certified is not None
    found = x509.load_pem_x509_certificates(certified.chain.encode())
    return [one.public_bytes(Encoding.DER) for one in found]


def test_the_server_works_without_the_roots_key(network: Network, ceremony: Ceremony) -> None:
    member = network.fill().records.members()[0]
    keep_network(network.records, now=NOW, random=RANDOM)
    anchors = [ceremony.root]
    verify_chain(chain_of(member), anchors=anchors, now=NOW, expected_profile=Profile.CLAIM_SIGNING)
    published = (network.records.public / "trust-list.jwt").read_text()
    assert verify_trust_list(published, anchors=anchors, now=NOW).departments
    assert not (network.directory / "root").exists()
    verify_log(lambda name: (network.records.public / name).read_bytes(), anchors=anchors, now=NOW)


def test_old_and_new_issuing_ca_run_side_by_side(network: Network, ceremony: Ceremony) -> None:
    old = network.admit_department()
    now = NOW + 100 * DAY
    certificate = rotate(network, ceremony, now)
    network.keys["status"] = new_key()
    new = network.admit_department(now=now)
    anchors = [ceremony.root]
    chain = chain_of(new, Purpose.STATUS_SIGNING)
    verify_chain(chain, anchors=anchors, now=now, expected_profile=Profile.STATUS_SIGNING)
    assert chain[1] == certificate.public_bytes(Encoding.DER)
    assert chain_of(new) == chain_of(old)  # what the one before certified goes on
    verify_chain(chain_of(old), anchors=anchors, now=now, expected_profile=Profile.CLAIM_SIGNING)
    keep_network(network.records, now=now, random=RANDOM)
    published = (network.records.public / "ca" / "issuing.pem").read_bytes()
    assert len(x509.load_pem_x509_certificates(published)) == 2
    entries = [entry for entry in network.records.log().entries() if b'"issuing"' in entry]
    assert len(entries) == 2


def test_a_request_is_made_once_and_the_one_in_use_goes_on(network: Network) -> None:
    before = network.records.issuing().certificate
    keys = {parse_csr(request_issuing(network.records)).public_key for _ in range(2)}
    assert len(keys) == 1
    assert network.records.issuing().certificate == before


def test_installing_twice_is_once(network: Network, ceremony: Ceremony) -> None:
    certificate = rotate(network, ceremony, NOW)
    before = network.state()
    install_issuing(network.records, certificate, now=NOW, random=RANDOM)
    assert network.state() == before


def test_an_issuing_cas_key_is_never_a_members(network: Network, ceremony: Ceremony) -> None:
    old = network.records.issuing().key
    rotate(network, ceremony, NOW)
    network.keys["claims"] = old  # type: ignore[assignment]
    with pytest.raises(OperatorError, match="the authority's own"):
        network.admit_department()


def test_what_the_root_did_not_sign_is_refused(network: Network, ceremony: Ceremony, tmp_path: Path) -> None:
    request = request_issuing(network.records)
    foreign = Ceremony(tmp_path / "foreign").sign(request)
    for certificate, text in (
        (foreign, "not signed by this authority's root"),
        (ceremony.root, "for another key"),
        (network.records.issuing().certificate, "for another key"),
        (ceremony.sign(request, now=NOW + DAY), "not valid now"),
    ):
        before = network.state()
        with pytest.raises(OperatorError, match=text):
            install_issuing(network.records, certificate, now=NOW, random=RANDOM)
        assert network.state() == before


def test_without_a_request_there_is_nothing_to_install(network: Network, ceremony: Ceremony) -> None:
    request = request_issuing(network.records)
    one, other = ceremony.sign(request), ceremony.sign(request)
    install_issuing(network.records, one, now=NOW, random=RANDOM)
    with pytest.raises(OperatorError, match="no issuing CA waits"):
        install_issuing(network.records, other, now=NOW, random=RANDOM)


def test_the_root_signs_for_its_own_authority_only(network: Network, tmp_path: Path) -> None:
    other = Ceremony(tmp_path / "other", "Another authority")
    with pytest.raises(OperatorError, match="of another authority"):
        other.sign(request_issuing(network.records))


def test_a_members_request_gets_no_authority(ceremony: Ceremony) -> None:
    with pytest.raises(OperatorError, match="no request for an issuing CA"):
        ceremony.sign(request_of(new_key()))


def test_a_root_is_made_once(ceremony: Ceremony) -> None:
    with pytest.raises(KeystoreError, match="never overwritten"):
        make_root(ceremony.keystore, name="Test authority", days=1, now=NOW, random=RANDOM)


# --- the commands


def run(*arguments: object, code: int = 0) -> Result:
    result = CliRunner().invoke(app, [str(one) for one in arguments], catch_exceptions=code == 0)
    assert result.exit_code == code, (result.output, result.exception)
    return result


def fingerprint(result: Result) -> str:
    found = re.search(r"[Ff]ingerprint(?: of the request)?: ([0-9a-f ]+)", result.output + result.stderr)
    assert found is not None
    return found[1]


def test_a_ceremony_by_hand(tmp_path: Path) -> None:
    safe, server = tmp_path / "safe", tmp_path / "authority"
    root, request, made = (tmp_path / name for name in ("root.pem", "request.pem", "issuing.pem"))
    told = run("ceremony", "root", "--root", safe, "--name", "An authority", "--out", root).output
    assert "Witness: write the fingerprint into the minutes" in told
    options = ("--name", "An authority", "--base-url", "https://network.example", "--root", root)
    run("init", "--directory", server, *options)
    asked = run("issuing-request", "--directory", server, "--out", request)
    sign = ("ceremony", "issuing-ca", "--root", safe, "--request", request, "--out", made)
    run(*sign, code=1)  # nobody said that the fingerprints are the same
    assert not made.exists()
    signed = run(*sign, "--yes")
    assert fingerprint(asked) in signed.output
    run("install-issuing", "--directory", server, made)
    run("publish", "--directory", server)
    assert "Leader, a month ahead" in run("ceremony", "renew-issuing").output
    assert Records(server).sequence() == 1
    assert not list(server.rglob("root.pem*key"))
