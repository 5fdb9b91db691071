"""A server joins by its link: once, with keys of its own, and with nothing left of what is refused."""

import threading
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import AttributeOID
from sqlmodel import select

from authority.actors import Actor, NotAllowedError, Role
from authority.enrolment.accept_requests import UsedCode, accept_requests
from authority.enrolment.create_enrolment import create_enrolment, open_enrolment
from authority.enrolment.places import Desk
from authority.enrolment.store import CertificateRequestRow, write_requests
from authority.member import Kind, Purpose
from authority.records import Records
from authority.refusal import RefusedError
from authority.usecases.remove_member import remove_member
from authority.usecases.revoke_key import revoke_key
from authority.usecases.set_status import set_status
from protocol.enrolment.answer import Certified, parse_answer
from protocol.enrolment.binding import create_binding
from protocol.enrolment.enrolment import Enrolment
from protocol.trust_list.members import MemberStatus
from protocol.x509 import Profile, verify_chain
from serving.database import Database, insert_given, migrate
from tests.authority.enrolment.office import ADMISSION, OFFICE, Office, csr, for_department, for_service
from tests.authority.network import DAY, NOW, RANDOM, new_key, request_of


def chain_of(pem: str) -> list[bytes]:
    return [one.public_bytes(Encoding.DER) for one in x509.load_pem_x509_certificates(pem.encode())]


def kept(office: Office) -> int:
    with office.network.records.database.reading() as session:
        return len(session.exec(select(CertificateRequestRow)).all())


def refused(office: Office, code: str, requests: dict[str, bytes], *, status: int, error: str) -> str:
    """What is refused leaves nothing, and the link as good as it was."""
    before = office.network.state()
    response = office.enrol(code, requests)
    assert (response.status_code, response.json()["error"]) == (status, error), response.text
    assert office.network.state() == before
    assert kept(office) == 0
    return str(response.json()["error_description"])


# --- the way it goes


def test_a_service_gets_its_certificate_and_what_it_needs(office: Office) -> None:
    code, key = office.code(), new_key()
    looked = office.client.post("/api/enrolments/look", json={"code": code}).json()
    assert looked["organisation"]["organisation_id"] == "PDXGB-blue-badge"
    taken = office.enrol(code, for_service(code, key))
    assert taken.status_code == 202
    receipt = taken.json()["receipt"]
    assert office.answer(receipt) == {"state": "pending"}
    assert "certified service blue-badge" in office.keep()
    answer = parse_answer(office.answer(receipt))
    assert isinstance(answer, Certified)
    anchors = [office.network.records.root_certificate()]
    chain = chain_of(answer.chains["request-signing"])
    leaf = verify_chain(chain, anchors=anchors, now=NOW, expected_profile=Profile.REQUEST_SIGNING)
    assert (leaf.public_key, leaf.organisation_name) == (key.public_key, "Blue Badge team")
    assert answer.network.trust_list == "https://network.example/trust-list.jwt"
    assert x509.load_pem_x509_certificate(answer.network.root.encode()) == anchors[0]
    [registered] = answer.questions
    assert registered.registration == "https://network.example/registrations/blue-badge/blue-badge.jwt"
    assert (office.network.records.public / "registrations/blue-badge/blue-badge.jwt").exists()


def test_it_stands_in_the_log(office: Office) -> None:
    code = office.code()
    office.enrol(code, for_service(code))
    before = len(office.network.records.log())
    office.keep()
    entries = list(office.network.records.log().entries())[before:]
    assert any(b"certificate" in one for one in entries)


def test_a_department_gets_two(office: Office) -> None:
    code = office.code(Kind.DEPARTMENT, "dwp")
    receipt = office.enrol(code, for_department(code)).json()["receipt"]
    office.keep()
    assert set(office.answer(receipt)["certificates"]) == {"claim-signing", "status-signing"}


def test_one_that_is_not_admitted_yet_is_admitted_with_its_first_keys(office: Office) -> None:
    code = office.code(member_id="parking", admission=ADMISSION)
    assert office.network.records.find_member(Kind.SERVICE, "parking") is None
    receipt = office.enrol(code, for_service(code, organisation_id="PDXGB-parking")).json()["receipt"]
    assert office.network.records.find_member(Kind.SERVICE, "parking") is None
    assert "certified service parking" in office.keep()
    member = office.network.records.find_member(Kind.SERVICE, "parking")
    assert member is not None
    assert [one.question.id for one in member.registrations] == ["blue-badge"]
    assert office.answer(receipt)["organisation"]["name"] == {"en": "Parking team", "cy": "Tîm parcio"}


def test_a_request_without_a_link_admits_nobody(office: Office) -> None:
    """As whoever can write to the table would have it: no link that admits stands behind it."""
    code = office.code()
    requests = for_service(code, organisation_id="PDXGB-parking")
    row = CertificateRequestRow(
        receipt="of nobody",
        id="forged",
        kind="service",
        member_id="parking",
        requests=write_requests(requests),
        asked_at=NOW,
        state="pending",
    )
    with office.network.records.database.unit() as session:
        session.execute(insert_given(row))
        session.commit()
    assert "refused request forged of service parking: there is no service parking" in office.keep()
    assert office.network.records.find_member(Kind.SERVICE, "parking") is None


def test_a_request_of_an_unknown_kind_holds_up_nobody(office: Office) -> None:
    code = office.code()
    requests = write_requests(for_service(code))
    values: dict[str, Any] = {"kind": "x", "member_id": "x", "asked_at": NOW - 1, "state": "pending"}
    with office.network.records.database.unit() as session:
        session.execute(
            insert_given(CertificateRequestRow(receipt="none", id="forged", requests=requests, **values))
        )
        session.commit()
    office.enrol(code, for_service(code))
    done = office.keep()
    assert any(one.startswith("refused request forged of x x") for one in done)
    assert "certified service blue-badge" in done


def test_what_was_certified_before_stays_known_and_runs_on(office: Office) -> None:
    code = office.code()
    office.enrol(code, for_service(code))
    office.keep()
    member = office.network.records.find_member(Kind.SERVICE, "blue-badge")
    assert member is not None
    assert (len(member.certificates), len(member.earlier)) == (1, 1)
    assert member.earlier[0].public_key == office.network.key("requests").public_key


def test_keep_does_it_once_also_when_it_was_killed_in_between(office: Office) -> None:
    code = office.code()
    receipt = office.enrol(code, for_service(code)).json()["receipt"]
    office.keep()
    first = office.answer(receipt)
    with office.network.records.database.unit() as session:
        row = session.exec(select(CertificateRequestRow)).one()
        row.state, row.chains = "pending", None  # as if it had been killed before it could say so
        session.commit()
    assert "certified service blue-badge" in office.keep()
    assert office.answer(receipt) == first
    assert office.keep() == []


def test_a_damaged_request_holds_nobody_up(office: Office) -> None:
    first, second = office.code(), office.code(Kind.DEPARTMENT, "dwp")
    damaged = office.enrol(first, for_service(first)).json()["receipt"]
    with office.network.records.database.unit() as session:
        session.exec(select(CertificateRequestRow)).one().requests = '{"root": 1}'
        session.commit()
    receipt = office.enrol(second, for_department(second)).json()["receipt"]
    office.keep()
    assert [office.answer(one)["state"] for one in (damaged, receipt)] == ["refused", "certified"]


# --- the link


def test_a_link_is_good_once(office: Office) -> None:
    code = office.code()
    assert office.enrol(code, for_service(code)).status_code == 202
    again = office.enrol(code, for_service(code))
    assert (again.status_code, again.json()["error"]) == (409, "enrolment_used")
    assert kept(office) == 1
    assert office.client.post("/api/enrolments/look", json={"code": code}).status_code == 409


def test_the_same_sent_again_has_the_same_answer(office: Office) -> None:
    code = office.code()
    requests = for_service(code)
    first = office.enrol(code, requests).json()
    assert office.enrol(code, requests).json() == first
    assert kept(office) == 1


def test_a_link_is_good_for_a_week(office: Office) -> None:
    code = office.code()
    office.clock.advance(7 * DAY)
    refused(office, code, for_service(code), status=410, error="enrolment_expired")


def test_a_code_that_nobody_gave(office: Office) -> None:
    refused(office, "x" * 43, for_service("x" * 43), status=404, error="enrolment_unknown")


def test_the_code_is_kept_nowhere(office: Office) -> None:
    code = office.code()
    receipt = office.enrol(code, for_service(code)).json()["receipt"]
    office.answer(receipt)
    directory = office.network.directory
    written = b"".join(path.read_bytes() for path in directory.parent.rglob("*") if path.is_file())
    assert code.encode() not in written
    assert receipt.encode() not in written


def test_an_enrolment_is_for_the_organisations_own_people(office: Office) -> None:
    database = office.network.records.database
    for actor in (
        Actor("p1", "dwp", frozenset({Role.OWNER})),
        Actor("p1", "blue-badge", frozenset({Role.REVIEWER})),
        Actor("p1", "blue-badge", frozenset()),
    ):
        with database.unit() as session, pytest.raises(NotAllowedError):
            create_enrolment(session, actor, Kind.SERVICE, "blue-badge", now=NOW, random=RANDOM)
    technical = Actor("p1", "blue-badge", frozenset({Role.TECHNICAL}))
    with database.unit() as session:
        assert create_enrolment(session, technical, Kind.SERVICE, "blue-badge", now=NOW, random=RANDOM)


def test_nobody_enrols_whom_nobody_knows(office: Office) -> None:
    with pytest.raises(RefusedError, match="there is no service nobody"):
        office.code(member_id="nobody")


# --- requests that are refused


def test_a_key_on_another_curve(office: Office) -> None:
    code, key = office.code(), ec.generate_private_key(ec.SECP384R1())
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    challenge = create_binding(code, "request-signing").encode()
    made = builder.add_attribute(AttributeOID.CHALLENGE_PASSWORD, challenge).sign(key, SHA256())
    text = refused(
        office, code, {"request-signing": made.public_bytes(Encoding.PEM)}, status=400, error="bad_key"
    )
    assert text == "the key must be on P-256"


def test_another_members_key(office: Office) -> None:
    code = office.code()
    refused(office, code, for_service(code, office.network.key("claims")), status=409, error="key_reused")


def test_its_own_key_for_another_purpose(office: Office) -> None:
    code = office.code(Kind.DEPARTMENT, "dwp")
    requests = for_department(code, office.network.key("status"), office.network.key("claims"))
    refused(office, code, requests, status=409, error="key_reused")


def test_one_key_for_both_purposes(office: Office) -> None:
    code, key = office.code(Kind.DEPARTMENT, "dwp"), new_key()
    refused(office, code, for_department(code, key, key), status=409, error="key_reused")


def test_a_key_that_somebody_had_before(office: Office) -> None:
    office.network.keys["claims"], old = new_key(), office.network.key("claims")
    office.network.admit_department()
    code = office.code()
    refused(office, code, for_service(code, old), status=409, error="key_reused")


def test_a_revoked_key(office: Office) -> None:
    revoke_key(
        office.network.records, Kind.SERVICE, "blue-badge", Purpose.REQUEST_SIGNING, reason="lost", now=NOW
    )
    code = office.code()
    requests = for_service(code, office.network.key("requests"))
    refused(office, code, requests, status=403, error="key_revoked")


def test_the_roots_key(office: Office) -> None:
    code = office.code()
    key: Any = office.network.records.root_keys.signing_key("root")
    refused(office, code, for_service(code, key), status=409, error="key_reused")


def test_a_key_of_the_authoritys_that_only_it_knows(office: Office) -> None:
    """The office knows the root alone; whoever certifies knows them all."""
    for name in ("registrar", "trust-list", "log"):
        code = office.code()
        key: Any = office.network.records.own_keys.signing_key(name)
        receipt = office.enrol(code, for_service(code, key)).json()["receipt"]
        before = office.network.records.find_member(Kind.SERVICE, "blue-badge")
        assert any("refused request" in text for text in office.keep())
        answer = office.answer(receipt)
        assert (answer["state"], answer["reason"]) == (
            "refused",
            "this key is the authority's own; make a new key",
        )
        assert office.network.records.find_member(Kind.SERVICE, "blue-badge") == before


def test_two_that_ask_for_one_key_before_either_is_certified(office: Office) -> None:
    key, one, two = new_key(), office.code(), office.code(member_id="parking", admission=ADMISSION)
    first = office.enrol(one, for_service(one, key)).json()["receipt"]
    second = office.enrol(two, for_service(two, key, organisation_id="PDXGB-parking")).json()["receipt"]
    office.keep()
    assert [office.answer(receipt)["state"] for receipt in (first, second)] == ["certified", "refused"]
    assert office.network.records.find_member(Kind.SERVICE, "parking") is None


def test_a_request_that_was_seen_elsewhere(office: Office) -> None:
    code, other = office.code(), office.code()
    seen = for_service(other)
    refused(office, code, seen, status=400, error="csr_not_bound")
    plain = {"request-signing": request_of(new_key(), "PDXGB-blue-badge")}
    refused(office, code, plain, status=400, error="csr_not_bound")


def test_a_request_without_possession(office: Office) -> None:
    code, key = office.code(), new_key()
    der = x509.load_pem_x509_csr(csr(key, code)).public_bytes(Encoding.DER)
    forged = der.replace(key.public_key.to_spki(), new_key().public_key.to_spki())
    pem = x509.load_der_x509_csr(forged).public_bytes(Encoding.PEM)
    refused(office, code, {"request-signing": pem}, status=400, error="no_possession")


def test_another_members_name(office: Office) -> None:
    code = office.code()
    requests = for_service(code, organisation_id="PDXGB-dwp")
    refused(office, code, requests, status=403, error="other_member")


def test_other_purposes_than_its_kind_has(office: Office) -> None:
    code = office.code()
    requests = {"claim-signing": csr(new_key(), code, "claim-signing")}
    refused(office, code, requests, status=400, error="wrong_purposes")
    department = office.code(Kind.DEPARTMENT, "dwp")
    half = for_department(department)
    del half["status-signing"]
    refused(office, department, half, status=400, error="wrong_purposes")


def test_a_suspended_member(office: Office) -> None:
    code, late = office.code(), office.code()
    receipt = office.enrol(late, for_service(late)).json()["receipt"]
    set_status(
        office.network.records, Kind.SERVICE, "blue-badge", MemberStatus.SUSPENDED, reason="a test", now=NOW
    )
    response = office.enrol(code, for_service(code))
    assert (response.status_code, response.json()["error"]) == (403, "member_suspended")
    office.keep()  # and what had come in before
    assert office.answer(receipt)["state"] == "refused"
    with pytest.raises(RefusedError, match="suspended"):
        office.code()


def test_a_member_that_left(office: Office) -> None:
    code, late = office.code(), office.code()
    receipt = office.enrol(late, for_service(late)).json()["receipt"]
    remove_member(office.network.records, Kind.SERVICE, "blue-badge", reason="a test", now=NOW)
    response = office.enrol(code, for_service(code))
    assert (response.status_code, response.json()["error"]) == (403, "not_a_member")
    office.keep()  # and what had come in before
    assert office.answer(receipt)["state"] == "refused"
    with pytest.raises(RefusedError, match="has left"):
        office.code()


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff", b'{"code":1}', b'{"a":1,"a":2}'])
def test_what_is_no_message(office: Office, body: bytes) -> None:
    for path in ("/api/enrolments", "/api/enrolments/look", "/api/renewals"):
        assert office.client.post(path, content=body).status_code == 400


def test_ten_megabytes(office: Office) -> None:
    assert office.client.post("/api/enrolments", content=b"x" * 10_000_000).status_code == 413


def test_a_receipt_that_nobody_has(office: Office) -> None:
    assert office.client.get("/api/certificate-requests/xxxx").status_code == 404


# --- two at once


def _desk(url: str, root: x509.Certificate) -> Desk:
    return Desk(Database(url), root, OFFICE, "https://network.example")


def _try(desk: Desk, enrolment: Enrolment) -> bool:
    try:
        accept_requests(desk, enrolment, now=NOW, random=RANDOM)
    except UsedCode:
        return False
    finally:
        desk.database.close()
    return True


def test_of_two_at_once_one_wins(office: Office, database_url: str) -> None:
    root, database = office.network.records.root_certificate(), Database(database_url)
    migrate(database, "authority")
    for _ in range(5):
        with database.unit() as session:
            code = open_enrolment(
                session,
                Kind.SERVICE,
                "parking",
                created_by="operator",
                now=NOW,
                random=RANDOM,
                admission=ADMISSION,
            )
            session.commit()
        barrier = threading.Barrier(4)

        def run(code: str = code, barrier: threading.Barrier = barrier) -> bool:
            made = Enrolment(code, for_service(code, organisation_id="PDXGB-parking"))
            desk = _desk(database_url, root)
            barrier.wait(30)
            return _try(desk, made)

        with ThreadPoolExecutor(4) as pool:
            wins = [one.result() for one in [pool.submit(run) for _ in range(4)]]
        assert sum(wins) == 1
    database.close()


def _run_apart(directory: Path, code: str, barrier: Any, results: Any) -> None:
    records = Records(directory)
    desk = Desk(records.database, records.root_certificate(), OFFICE, "https://network.example")
    made = Enrolment(code, for_service(code))
    barrier.wait(60)
    results.put(_try(desk, made))


def test_of_two_processes_at_once_one_wins(office: Office) -> None:
    code, context = office.code(), get_context("spawn")
    barrier, results = context.Barrier(2), context.Queue()
    arguments = (office.network.directory, code, barrier, results)
    processes = [context.Process(target=_run_apart, args=arguments) for _ in range(2)]
    for process in processes:
        process.start()
    wins = [results.get(timeout=90) for _ in processes]
    for process in processes:
        process.join(30)
    assert sorted(wins) == [False, True]
    assert kept(office) == 1
