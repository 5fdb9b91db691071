import stat

import pytest
from cryptography import x509

from authority.settings import AuthoritySettings
from authority.usecases.create_authority import create_authority
from protocol.x509 import Profile, verify_chain
from serving.documents import check_values
from serving.errors import OperatorError
from tests.authority.network import NOW, RANDOM, Network


def test_registrar_and_trust_list_signer_chain_to_the_root(network: Network) -> None:
    anchors = [network.records.root_certificate()]
    for signer, profile in (
        (network.records.registrar(), Profile.REGISTRAR),
        (network.records.trust_list_signer(), Profile.TRUST_LIST),
    ):
        leaf = verify_chain(signer.chain, anchors=anchors, now=NOW, expected_profile=profile)
        assert leaf.organisation_id == "PDXGB-authority"
        assert leaf.organisation_name == "Test authority"


def test_the_root_is_apart_and_signs_only_the_issuing_authority(network: Network) -> None:
    root, issuing = network.records.root_certificate(), network.records.issuing().certificate
    issuing.verify_directly_issued_by(root)
    constraints = issuing.extensions.get_extension_for_class(x509.BasicConstraints).value
    assert (constraints.ca, constraints.path_length) == (True, 0)
    root_keys = {path.name for path in (network.directory / "root").iterdir()}
    assert root_keys == {"root.pem", "root.chain.pem"}
    assert root.subject not in [
        x509.load_der_x509_certificate(der).subject for der in network.records.registrar().chain
    ]


def test_every_day_work_needs_no_root_key(network: Network) -> None:
    (network.directory / "root").rename(network.directory.parent / "safe")
    assert network.fill().publish() == 1


def test_private_files_are_the_owners(network: Network) -> None:
    for path in network.directory.rglob("*.pem"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_an_authority_is_not_made_twice(network: Network) -> None:
    before = network.state()
    with pytest.raises(OperatorError, match="holds an authority"):
        network.create()
    assert network.state() == before


def test_keys_of_a_broken_off_attempt_are_not_taken_for_an_authority(network: Network) -> None:
    (network.directory / "authority.yaml").unlink()
    with pytest.raises(OperatorError, match="broken-off attempt"):
        create_authority(
            network.records,
            AuthoritySettings(name={"en": "A", "cy": "A"}, base_url="https://a.example"),
            now=NOW,
            random=RANDOM,
        )


@pytest.mark.parametrize(
    ("changes", "refused"),
    [
        ({"base_url": "http://localhost:8400"}, "must begin with https"),
        ({"base_url": "http://network.example", "demo": True}, "must be on localhost"),
        ({"name": {"en": "x" * 65, "cy": "x"}}, "at most 64 characters"),
        ({"id": "Authority"}, "right form"),
        ({"name": {"en": "A\u202eb", "cy": "x"}}, '"name.en" is not usable'),
        ({"lifetimes": {"registration": 367}}, "366 or less"),
        ({"lifetimes": {"root": 36_501}}, "36500 or less"),
        ({"lifetimes": {"issuing": 36_501}}, "36500 or less"),
        ({"lifetimes": {"own": 36_501}}, "36500 or less"),
    ],
)
def test_unsafe_settings_are_refused(changes: dict[str, object], refused: str) -> None:
    values = {"name": {"en": "A", "cy": "A"}, "base_url": "https://network.example"} | changes
    with pytest.raises(OperatorError, match=refused):
        check_values(AuthoritySettings, values)
