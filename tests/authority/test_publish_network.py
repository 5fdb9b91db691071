import json
import os
import shutil
import signal
import threading
from collections.abc import Callable
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from sqlmodel import select

from authority.member import Kind, Member, MemberName, Purpose
from authority.parts import Divided, check_divided, divide
from authority.records import Records
from authority.store import MemberRow
from authority.transparency.chronicle import digest_of
from authority.usecases.publish_network import publish_network
from authority.usecases.renew_certificates import renew_certificates
from authority.usecases.set_status import set_status
from protocol.errors import OverAskingError
from protocol.registration.certificate import verify_registration_certificate
from protocol.registration.over_asking import check_within_registration
from protocol.registration.question import question_to_query
from protocol.sd_jwt_vc.integrity import check_integrity
from protocol.sd_jwt_vc.type_metadata import Disclosability, parse_type_metadata
from protocol.transparency.entry import Event, parse_entry
from protocol.transparency.proof import parse_log_proof
from protocol.trust_list.buckets import bucket_of
from protocol.trust_list.head import TrustListHead, create_trust_list_head, head_of, verify_trust_list_head
from protocol.trust_list.lookup import PartialTrustList
from protocol.trust_list.members import MemberStatus, TrustList
from protocol.trust_list.parts import part_path, write_parts
from protocol.trust_list.signed import verify_trust_list
from serving.errors import OperatorError
from tests.authority.network import DAY, NOW, RANDOM, VCT, Network, claim_type, question, request_of
from tests.protocol.resigning import header_of


def published_list(network: Network, *, now: int = NOW, previous: TrustList | None = None) -> TrustList:
    root = x509.load_pem_x509_certificate((network.records.public / "ca" / "root.pem").read_bytes())
    token = (network.records.public / "trust-list.jwt").read_text()
    return verify_trust_list(token, anchors=[root], now=now, previous=previous)


def test_the_trust_list_names_every_member(network: Network) -> None:
    assert network.fill().publish() == 1
    trust_list = published_list(network)
    assert (trust_list.sequence_number, trust_list.issued_at) == (1, NOW)
    assert trust_list.next_update == NOW + 7 * DAY
    assert trust_list.grace == DAY
    assert (trust_list.operator.en, trust_list.operator.cy) == ("Test authority", "Awdurdod prawf")
    department = trust_list.departments["PDXGB-dwp"]
    assert (department.url, department.claim_types) == ("https://dwp.example", frozenset({VCT}))
    assert trust_list.services["PDXGB-blue-badge"].name.cy == "Tîm Bathodyn Glas"
    assert trust_list.wallet_providers["PDXGB-wallet"].url == "https://wallet.example"


def test_the_catalogue_is_type_metadata_with_integrity(network: Network) -> None:
    network.fill().publish()
    entry = published_list(network).claim_types[VCT]
    assert entry.url == "https://network.example/types/dwp.pip-moving-around-8.1.json"
    document = (network.records.public / "types" / "dwp.pip-moving-around-8.1.json").read_bytes()
    check_integrity(document, entry.integrity)
    metadata = parse_type_metadata(document, expected_vct=VCT)
    assert metadata.display is not None
    assert [(one.locale, one.name) for one in metadata.display] == [("en", "PIP"), ("cy", "PIP yn Gymraeg")]
    assert [claim.path for claim in metadata.claims] == [("family_name",), ("address", "postal_code")]
    assert {claim.sd for claim in metadata.claims} == {Disclosability.ALWAYS}
    assert json.loads(document)["pdx_owner"] == "dwp"


def test_a_registration_covers_its_question_and_no_more(network: Network) -> None:
    network.fill().publish()
    token = (network.records.public / "registrations" / "blue-badge" / "blue-badge.jwt").read_text()
    certificate = verify_registration_certificate(
        token,
        anchors=[network.records.root_certificate()],
        log_keys=[network.records.log().key],
        now=NOW,
        expected_subject="PDXGB-blue-badge",
    )
    assert certificate.name == "Blue Badge team"
    assert certificate.intended_use_id == "blue-badge@1"
    check_within_registration(question_to_query(question()), certificate)
    more = question(any_of=[{"all_of": [{"claim": VCT, "attributes": [["given_name"]]}]}])
    with pytest.raises(OverAskingError):
        check_within_registration(question_to_query(more), certificate)


def test_each_list_has_the_next_number(network: Network) -> None:
    network.fill()
    previous = None
    for expected in range(1, 6):
        assert network.publish(NOW + expected) == expected
        previous = published_list(network, now=NOW + expected, previous=previous)
        assert previous.sequence_number == expected
    kept = sorted(path.name for path in (network.directory / "published").iterdir())
    assert kept == ["3", "4", "5"]


def test_a_network_without_members_can_be_published(network: Network) -> None:
    assert network.publish() == 1
    assert published_list(network).departments == {}


def test_a_suspended_member_stays_listed(network: Network) -> None:
    network.fill()
    set_status(network.records, Kind.DEPARTMENT, "dwp", MemberStatus.SUSPENDED, reason="a test", now=NOW)
    network.publish()
    assert published_list(network).departments["PDXGB-dwp"].status is MemberStatus.SUSPENDED
    set_status(network.records, Kind.DEPARTMENT, "dwp", MemberStatus.ACTIVE, reason="a test", now=NOW)
    network.publish()
    assert published_list(network).departments["PDXGB-dwp"].status is MemberStatus.ACTIVE
    with pytest.raises(OperatorError, match="there is no service dwp"):
        set_status(network.records, Kind.SERVICE, "dwp", MemberStatus.SUSPENDED, reason="a test", now=NOW)


# --- refusals: what was published stays


def spoil(network: Network, kind: Kind, before: str, after: str) -> None:
    """As somebody who can write to the database could."""
    with network.records.database.unit() as session:
        row = session.exec(select(MemberRow).where(MemberRow.kind == kind.value)).one()
        assert before in row.document
        row.document = row.document.replace(before, after)
        session.commit()


@pytest.mark.parametrize(
    ("kind", "before", "after", "text"),
    [
        (Kind.SERVICE, VCT, "urn:pdx:claim:dwp:other:1", "which no department issues"),
        (Kind.SERVICE, '"family_name"', '"given_name"', "for given_name; it can disclose"),
        (Kind.DEPARTMENT, '"owner":"dwp"', '"owner":"veterans"', "is owned by veterans, not by dwp"),
        (Kind.DEPARTMENT, '"days":90', '"days":91', "raise the claim type's version"),
    ],
)
def test_what_does_not_fit_together_is_not_published(
    network: Network, kind: Kind, before: str, after: str, text: str
) -> None:
    network.fill().publish()
    published = published_list(network)
    spoil(network, kind, before, after)
    with pytest.raises(OperatorError, match=text):
        network.publish()
    assert published_list(network) == published


def test_every_inconsistency_is_told_at_once(network: Network) -> None:
    network.fill()
    spoil(network, Kind.DEPARTMENT, '"owner":"dwp"', '"owner":"veterans"')
    with pytest.raises(OperatorError) as caught:
        network.publish()
    assert len(str(caught.value).splitlines()) == 2


def test_a_half_member_is_told(network: Network) -> None:
    network.fill()
    spoil(network, Kind.SERVICE, '"kind":"service",', "")
    with pytest.raises(OperatorError, match="the service blue-badge is damaged in the database"):
        network.publish()


def test_an_expired_registration_is_not_published(network: Network) -> None:
    network.fill().publish()
    with pytest.raises(OperatorError, match=r"service blue-badge: .* of blue-badge@1 .* expired; run pdx"):
        network.publish(NOW + 200 * DAY)
    renew_certificates(network.records, now=NOW + 200 * DAY, random=RANDOM)
    assert network.publish(NOW + 200 * DAY) == 2


def test_a_suspended_service_never_stops_the_network(network: Network) -> None:
    network.fill()
    set_status(network.records, Kind.SERVICE, "blue-badge", MemberStatus.SUSPENDED, reason="a test", now=NOW)
    later = NOW + 200 * DAY  # its registration has run out, and is not renewed
    renew_certificates(network.records, now=later, random=RANDOM)
    assert network.publish(later) == 1
    assert published_list(network, now=later).services["PDXGB-blue-badge"].status is MemberStatus.SUSPENDED


def test_a_suspended_services_registrations_are_not_published(network: Network) -> None:
    file = network.directory / "public" / "registrations" / "blue-badge" / "blue-badge.jwt"
    network.fill().publish()
    assert file.is_file()
    set_status(network.records, Kind.SERVICE, "blue-badge", MemberStatus.SUSPENDED, reason="a test", now=NOW)
    network.publish()
    assert not file.exists()
    set_status(network.records, Kind.SERVICE, "blue-badge", MemberStatus.ACTIVE, reason="a test", now=NOW)
    network.publish()
    assert file.is_file()


# --- renewal


def certificates_of(member: Member | None) -> list[str]:
    assert member is not None
    return [one.chain for one in member.certificates] + [one.certificate for one in member.registrations]


def test_renewal_is_idempotent(network: Network) -> None:
    network.fill()
    assert renew_certificates(network.records, now=NOW + DAY, random=RANDOM) == []
    before = certificates_of(network.records.find_member(Kind.DEPARTMENT, "dwp"))
    later = NOW + 300 * DAY
    assert renew_certificates(network.records, now=later, random=RANDOM) == [
        "department dwp",
        "service blue-badge",
    ]
    state = network.state()
    assert not set(before) & set(certificates_of(network.records.find_member(Kind.DEPARTMENT, "dwp")))
    assert renew_certificates(network.records, now=later, random=RANDOM) == []
    assert network.state() == state


def test_the_authoritys_own_certificates_are_renewed(network: Network) -> None:
    later = NOW + 600 * DAY
    assert renew_certificates(network.records, now=later, random=RANDOM) == ["registrar", "trust-list"]
    network.publish(later + 200 * DAY)
    assert published_list(network, now=later + 200 * DAY).sequence_number == 1


def test_a_suspended_members_certificates_run_out(network: Network) -> None:
    network.fill()
    set_status(network.records, Kind.DEPARTMENT, "dwp", MemberStatus.SUSPENDED, reason="a test", now=NOW)
    done = renew_certificates(network.records, now=NOW + 300 * DAY, random=RANDOM)
    assert done == ["service blue-badge"]


def test_many_renewals_stand_under_one_checkpoint(network: Network) -> None:
    network.fill()
    network.admit_service(
        id="parking",
        name=MemberName(en="Parking team", cy="Tîm parcio"),
        url="https://parking.example",
        requests={Purpose.REQUEST_SIGNING: request_of(network.key("parking"), "PDXGB-parking")},
    )
    later = NOW + 150 * DAY
    assert renew_certificates(network.records, now=later, random=RANDOM) == [
        "service blue-badge",
        "service parking",
    ]
    proofs = [
        parse_log_proof(header_of(registration.certificate)["pdx_log_proof"])
        for member in network.records.members()
        for registration in member.registrations
    ]
    assert len({one.checkpoint for one in proofs}) == 1
    assert len({one.index for one in proofs}) == len(proofs) == 2
    network.publish(later)  # which verifies every one of them


# --- several at once, and killed


def test_those_who_publish_at_once_get_a_number_each(network: Network) -> None:
    network.fill()
    numbers: list[int] = []
    threads = [threading.Thread(target=lambda: numbers.append(network.publish())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(numbers) == [1, 2, 3, 4]
    assert published_list(network).sequence_number == 4


def test_a_publisher_killed_at_the_last_moment_leaves_the_list_before(network: Network) -> None:
    network.fill().publish()
    before = published_list(network)
    process = get_context("fork").Process(target=_publish_and_die, args=(network.directory,))
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL
    assert (network.directory / "published" / "2").is_dir()
    assert published_list(network) == before
    assert network.publish() == 3  # nobody knows whether the second was seen


def test_a_number_never_comes_twice_though_the_link_is_lost(network: Network) -> None:
    network.fill()
    numbers = [network.publish(), network.publish()]
    network.records.public.unlink()
    assert [*numbers, network.publish()] == [1, 2, 3]


def test_a_public_directory_that_is_no_link_is_told(network: Network) -> None:
    network.fill().publish()
    state = network.records.public.resolve()
    network.records.public.unlink()
    shutil.copytree(state, network.records.public)  # as a backup gives it back
    with pytest.raises(OperatorError, match="is not a link; remove it and publish again"):
        network.publish()
    shutil.rmtree(network.records.public)
    assert network.publish() == 2


def test_a_backup_is_brought_past_the_last_number_that_was_seen(network: Network) -> None:
    network.fill().publish()
    assert publish_network(network.records, now=NOW, after=9) == 10
    assert network.publish() == 11
    assert publish_network(network.records, now=NOW, after=3) == 12


def _publish_and_die(directory: Path) -> None:
    def die(*_arguments: Any) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    records = Records(directory)
    _replace(records, "_point_public_to", die)
    publish_network(records, now=NOW)


def _replace(records: Records, name: str, act: Callable[..., None]) -> None:
    setattr(records, name, act)


def test_a_later_version_stands_beside_the_earlier_one(network: Network) -> None:
    network.fill().publish()
    network.admit_department(claim_types=(claim_type(version=2),))
    network.publish()
    assert len(published_list(network).claim_types) == 2


def test_a_member_is_in_the_list_once_it_has_a_certificate(network: Network) -> None:
    network.admit_department(requests={})
    network.admit_service(requests={})
    network.publish()
    before = published_list(network)
    assert not {*before.departments, *before.services}
    network.admit_department()
    network.admit_service()
    network.publish()
    after = published_list(network)
    assert {*after.departments, *after.services} == {"PDXGB-dwp", "PDXGB-blue-badge"}


def published_head(network: Network, *, now: int = NOW) -> TrustListHead:
    anchors = [network.records.root_certificate()]
    token = (network.records.public / "trust-list-head.jwt").read_text()
    return verify_trust_list_head(token, anchors=anchors, now=now)


def parts_of(network: Network) -> PartialTrustList:
    return PartialTrustList(
        published_head(network), lambda digest: (network.records.public / part_path(digest)).read_bytes()
    )


def test_the_list_is_published_in_parts_that_say_the_same(network: Network) -> None:
    network.fill().publish()
    whole, parts = published_list(network), parts_of(network)
    assert parts.head.list_digest == whole.digest
    assert (parts.head.sequence_number, parts.head.next_update) == (1, whole.next_update)
    assert parts.head.grace == whole.grace
    department = parts.department_at("https://dwp.example")
    assert department is not None
    assert (department.organisation_id, department.name.cy) == ("PDXGB-dwp", "Adran")
    assert parts.claim_type(VCT) == whole.claim_types[VCT]
    assert parts.issuers_of(VCT) == {"PDXGB-dwp"}


def test_the_log_says_which_head_was_published(network: Network) -> None:
    network.fill().publish()
    head = (network.records.public / "trust-list-head.jwt").read_bytes()
    entries = [parse_entry(entry) for entry in network.records.log().entries()]
    last = next(one for one in reversed(entries) if one.event == Event.TRUST_LIST)
    assert last.members()["head_sha256"] == digest_of(head)


def part_of(network: Network, service: str = "PDXGB-blue-badge", *, now: int = NOW) -> Path:
    table = published_head(network, now=now).tables.services
    return network.records.public / part_path(table.digests[bucket_of(service, table.buckets)])


def test_a_part_that_did_not_change_is_shared_and_not_copied(network: Network) -> None:
    network.fill().publish()
    before = part_of(network).stat().st_ino
    network.publish()
    assert part_of(network).stat().st_ino == before


def test_a_part_of_an_older_list_stays_for_as_long_as_a_wallet_may_hold_that_list(network: Network) -> None:
    network.fill().publish()
    old = part_of(network)
    set_status(
        network.records,
        Kind.SERVICE,
        "blue-badge",
        MemberStatus.SUSPENDED,
        reason="It kept too much.",
        now=NOW,
    )
    for _ in range(5):
        network.publish(now=NOW + 7 * DAY - 1)
    assert part_of(network, now=NOW + 7 * DAY) != old
    assert old.is_file()
    network.publish(now=NOW + 7 * DAY)
    assert not old.exists()


def test_a_suspension_is_in_the_parts(network: Network) -> None:
    network.fill().publish()
    set_status(
        network.records,
        Kind.SERVICE,
        "blue-badge",
        MemberStatus.SUSPENDED,
        reason="It kept too much.",
        now=NOW,
    )
    network.publish()
    found = parts_of(network).service("PDXGB-blue-badge")
    assert found is not None
    assert found.status is MemberStatus.SUSPENDED


def test_parts_that_do_not_say_the_same_are_not_published(network: Network) -> None:
    network.fill().publish()
    anchors = [network.records.root_certificate()]
    whole, signer = published_list(network), network.records.trust_list_signer()
    divided = divide(whole, signer, anchors=anchors, now=NOW)
    other = replace(whole, services={})
    for one, against in ((whole, replace(whole, digest=bytes(32))), (other, whole)):
        tables, parts = write_parts(one)
        head = create_trust_list_head(head_of(one, tables), signer.key, x5c=signer.chain)
        with pytest.raises(OperatorError, match="do not say the same"):
            check_divided(Divided(head, parts), against, anchors=anchors, now=NOW)
    check_divided(divided, whole, anchors=anchors, now=NOW)


def test_what_is_not_known_of_older_parts_is_said(network: Network) -> None:
    network.fill().publish()
    (network.records.directory / "parts.json").write_text('{"a": "b"}')
    with pytest.raises(OperatorError, match=r"parts\.json is damaged"):
        network.publish()
