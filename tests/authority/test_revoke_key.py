"""A key in other hands ends with the next trust list, and its owner goes on with another."""

from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from authority.member import Kind, Purpose
from authority.usecases.renew_certificates import renew_certificates
from authority.usecases.revoke_key import revoke_key
from protocol.errors import UntrustedError
from protocol.transparency import parse_entry
from protocol.trust_list.signed import verify_trust_list
from protocol.trust_list.trusted import TrustedIssuers
from serving.errors import OperatorError
from tests.authority.network import DAY, NOW, RANDOM, VCT, Network, new_key, request_of


@pytest.fixture
def network(tmp_path: Path) -> Network:
    network = Network(tmp_path / "authority").create().fill()
    network.publish()
    return network


def trusted(network: Network, *, now: int = NOW) -> TrustedIssuers:
    anchors = [network.records.root_certificate()]
    signed = (network.records.public / "trust-list.jwt").read_text()
    return TrustedIssuers(verify_trust_list(signed, anchors=anchors, now=now), anchors)


def chain_of(network: Network, purpose: Purpose) -> tuple[bytes, ...]:
    member = network.records.find_member(Kind.DEPARTMENT, "dwp")
    certified = member.certified(purpose) if member else None
    assert certified is not None
    certificates = x509.load_pem_x509_certificates(certified.chain.encode())
    return tuple(one.public_bytes(Encoding.DER) for one in certificates)


def revoke(network: Network, **changes: object) -> None:
    values = {"kind": Kind.DEPARTMENT, "member_id": "dwp", "purpose": Purpose.CLAIM_SIGNING} | changes
    revoke_key(network.records, reason="A laptop was stolen.", now=NOW, **values)  # type: ignore[arg-type]


def test_what_it_signs_counts_no_more(network: Network) -> None:
    stolen = chain_of(network, Purpose.CLAIM_SIGNING)
    assert trusted(network).issuer_for(stolen, vct=VCT, now=NOW)
    revoke(network)
    network.publish()
    with pytest.raises(UntrustedError) as refused:
        trusted(network).issuer_for(stolen, vct=VCT, now=NOW)
    assert refused.value.code == "key_revoked"


def test_its_owner_goes_on_with_a_new_key(network: Network) -> None:
    stolen = network.key("claims")
    revoke(network)
    with pytest.raises(OperatorError, match="was revoked"):
        network.admit_department()
    network.keys["claims"] = new_key()
    network.admit_department()
    network.publish()
    chain = chain_of(network, Purpose.CLAIM_SIGNING)
    assert trusted(network).issuer_for(chain, vct=VCT, now=NOW)
    with pytest.raises(OperatorError, match="was revoked"):
        network.admit_service(requests={Purpose.REQUEST_SIGNING: request_of(stolen, "PDXGB-blue-badge")})


def test_a_revoked_key_is_not_renewed(network: Network) -> None:
    revoke(network)
    renew_certificates(network.records, now=NOW + 300 * DAY, random=RANDOM)
    member = network.records.find_member(Kind.DEPARTMENT, "dwp")
    assert member is not None
    assert member.certified(Purpose.CLAIM_SIGNING) is None


def test_the_list_forgets_it_when_its_certificate_has_ended(network: Network) -> None:
    revoke(network)
    network.publish()
    assert len(trusted(network).trust_list.revoked_keys) == 1
    later = NOW + 366 * DAY
    renew_certificates(network.records, now=later, random=RANDOM)
    network.publish(now=later)
    assert trusted(network, now=later).trust_list.revoked_keys == frozenset()


def test_the_reason_stands_in_the_log(network: Network) -> None:
    revoke(network)
    entry = parse_entry(list(network.records.log().entries())[-1])
    assert entry.event == "revocation"
    said = entry.members()
    assert (said["organisation_id"], said["purpose"]) == ("PDXGB-dwp", "claim-signing")
    assert said["reason"] == "A laptop was stolen."


def test_what_can_t_be_revoked(network: Network) -> None:
    for changes in (
        {"member_id": "nobody"},
        {"kind": Kind.SERVICE},
        {"purpose": Purpose.REQUEST_SIGNING},
    ):
        with pytest.raises(OperatorError, match="there is no"):
            revoke(network, **changes)
    with pytest.raises(OperatorError, match="reason"):
        revoke_key(network.records, Kind.DEPARTMENT, "dwp", Purpose.CLAIM_SIGNING, reason=" ", now=NOW)
    revoke(network)
    with pytest.raises(OperatorError, match="there is no"):
        revoke(network)
