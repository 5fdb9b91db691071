"""Whatever the authority does stands in its log, before it shows anywhere else."""

from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from authority.member import Kind, Member, MemberName, Purpose
from authority.usecases.renew_certificates import renew_certificates
from authority.usecases.set_status import set_status
from protocol.encoding import b64url_encode
from protocol.sd_jwt_vc.integrity import check_integrity
from protocol.transparency import parse_entry
from protocol.trust_list.members import MemberStatus
from serving.errors import OperatorError
from tests.authority.network import DAY, NOW, RANDOM, VCT, Network, question
from tests.protocol.resigning import payload_of


@pytest.fixture
def network(tmp_path: Path) -> Network:
    return Network(tmp_path / "authority").create()


def logged(network: Network, *, since: int = 0) -> list[tuple[str, dict[str, Any]]]:
    entries = [parse_entry(one) for one in network.records.log().entries()][since:]
    return [(entry.event, dict(entry.members())) for entry in entries]


def kinds(network: Network, *, since: int = 0) -> list[str]:
    return [event for event, _ in logged(network, since=since)]


def digest(member: Member, purpose: Purpose) -> str:
    certified = member.certified(purpose)
    assert certified is not None
    return b64url_encode(sha256(certified.leaf.public_bytes(Encoding.DER)).digest())


def test_the_log_begins_with_the_authority_s_own_certificates(network: Network) -> None:
    found = logged(network)
    assert [event for event, _ in found] == ["certificate"] * 4
    assert [one["purpose"] for _, one in found] == ["root", "issuing", "registrar", "trust-list"]
    assert {one["organisation_id"] for _, one in found} == {"PDXGB-authority"}


def test_an_admitted_department(network: Network) -> None:
    member = network.admit_department()
    admission, claims, status, claim_type = (one for _, one in logged(network, since=4))
    assert kinds(network, since=4) == ["admission", "certificate", "certificate", "claim-type"]
    assert (admission["organisation_id"], admission["kind"], admission["at"]) == (
        "PDXGB-dwp",
        "department",
        NOW,
    )
    assert claims["sha256"] == digest(member, Purpose.CLAIM_SIGNING)
    assert status["sha256"] == digest(member, Purpose.STATUS_SIGNING)
    network.publish()
    published = network.records.published("types/dwp.pip-moving-around-8.1.json")
    assert claim_type["vct"] == VCT
    assert published is not None
    check_integrity(published, claim_type["integrity"])


def test_an_approved_question_stands_there_word_for_word(network: Network) -> None:
    network.admit_department()
    member = network.admit_service()
    assert kinds(network, since=8) == ["admission", "certificate", "registration"]
    assert logged(network)[-1][1] == payload_of(member.registrations[0].certificate)


def test_doing_it_again_adds_nothing(network: Network) -> None:
    network.fill()
    before = len(network.records.log())
    network.fill()
    assert renew_certificates(network.records, now=NOW, random=RANDOM) == []
    assert len(network.records.log()) == before


def test_another_name_shows_with_new_certificates_and_registrations(network: Network) -> None:
    network.fill()
    before = len(network.records.log())
    network.admit_service(name=MemberName(en="Badges", cy="Bathodynnau"))
    assert kinds(network, since=before) == ["change", "certificate", "registration"]


def test_a_new_version_of_a_question(network: Network) -> None:
    network.fill()
    before = len(network.records.log())
    network.admit_service(questions=(question(version=2),))
    ((event, said),) = logged(network, since=before)
    assert (event, said["intended_use_id"]) == ("registration", "blue-badge@2")


def test_suspension_and_reinstatement_with_their_reasons(network: Network) -> None:
    network.fill()
    before = len(network.records.log())
    for status, reason in ((MemberStatus.SUSPENDED, "Kept too long."), (MemberStatus.ACTIVE, "Deleted.")):
        set_status(network.records, Kind.SERVICE, "blue-badge", status, reason=reason, now=NOW)
    found = logged(network, since=before)
    assert [(event, said["reason"]) for event, said in found] == [
        ("suspension", "Kept too long."),
        ("reinstatement", "Deleted."),
    ]


def test_a_suspension_needs_a_reason(network: Network) -> None:
    network.fill()
    with pytest.raises(OperatorError, match="reason"):
        set_status(network.records, Kind.SERVICE, "blue-badge", MemberStatus.SUSPENDED, reason=" ", now=NOW)


def test_what_is_renewed(network: Network) -> None:
    network.fill()
    before = len(network.records.log())
    renew_certificates(network.records, now=NOW + 300 * DAY, random=RANDOM)
    assert sorted(kinds(network, since=before)) == ["certificate"] * 3 + ["registration"]


def test_every_trust_list(network: Network) -> None:
    network.fill().publish()
    network.publish()
    signed = (network.records.public / "trust-list.jwt").read_bytes()
    lists = [said for event, said in logged(network) if event == "trust-list"]
    assert [one["sequence"] for one in lists] == [1, 2]
    assert lists[-1]["sha256"] == b64url_encode(sha256(signed).digest())


def test_what_is_refused_is_not_logged(network: Network) -> None:
    network.admit_department()
    before = len(network.records.log())
    with pytest.raises(OperatorError):
        network.admit_service(questions=(question(any_of=[{"all_of": [{"claim": "urn:x:none"}]}]),))
    assert len(network.records.log()) == before
