"""A server renews by itself: old and new run side by side, and nobody renews who should not."""

from collections.abc import Sequence
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from authority.member import Kind, Member, Purpose
from authority.usecases.remove_member import remove_member
from authority.usecases.renew_certificates import renew_certificates
from authority.usecases.revoke_key import revoke_key
from authority.usecases.set_status import set_status
from protocol.keys import SoftwareSigningKey
from protocol.trust_list.members import MemberStatus
from protocol.trust_list.signed import verify_trust_list
from protocol.x509 import Profile, verify_chain
from tests.authority.enrolment.office import Office, for_service
from tests.authority.network import DAY, NOW, RANDOM, new_key


def chain_of(office: Office) -> Sequence[bytes]:
    certified = member(office).certified(Purpose.REQUEST_SIGNING)
    assert certified is not None
    found = x509.load_pem_x509_certificates(certified.chain.encode())
    return [one.public_bytes(Encoding.DER) for one in found]


def member(office: Office) -> Member:
    found = office.network.records.find_member(Kind.SERVICE, "blue-badge")
    assert found is not None
    return found


def enrolled(office: Office) -> tuple[SoftwareSigningKey, Sequence[bytes]]:
    code, key = office.code(), new_key()
    assert office.enrol(code, for_service(code, key)).status_code == 202
    office.keep()
    return key, chain_of(office)


def refused(response: Any, status: int, error: str) -> None:
    assert (response.status_code, response.json()["error"]) == (status, error), response.text


def test_old_and_new_run_side_by_side(office: Office) -> None:
    key, chain = enrolled(office)
    office.clock.advance(250 * DAY)
    new = new_key()
    receipt = office.renew(key, chain, new).json()["receipt"]
    assert "certified service blue-badge" in office.keep()
    assert office.answer(receipt)["state"] == "certified"
    anchors = [office.network.records.root_certificate()]
    for one in (chain, chain_of(office)):
        verify_chain(one, anchors=anchors, now=office.clock.now(), expected_profile=Profile.REQUEST_SIGNING)
    certified = member(office).certified(Purpose.REQUEST_SIGNING)
    assert certified is not None
    assert certified.public_key == new.public_key
    published = (office.network.records.public / "trust-list.jwt").read_text()
    assert not verify_trust_list(published, anchors=anchors, now=office.clock.now()).revoked_keys


def test_the_same_key_may_go_on(office: Office) -> None:
    key, chain = enrolled(office)
    office.clock.advance(250 * DAY)
    assert office.renew(key, chain, key).status_code == 202
    office.keep()
    assert chain_of(office)[0] != chain[0]


def test_the_authority_leaves_it_to_the_server_that_asks_itself(office: Office) -> None:
    enrolled(office)
    done = renew_certificates(office.network.records, now=NOW + 300 * DAY, random=RANDOM)
    assert "department dwp" in done  # whose certificates are carried by hand
    certified = member(office).certified(Purpose.REQUEST_SIGNING)
    assert certified is not None
    assert certified.leaf.not_valid_before_utc.timestamp() < NOW


def test_a_revocation_ends_both(office: Office) -> None:
    key, chain = enrolled(office)
    new = new_key()
    office.renew(key, chain, new)
    office.keep()
    revoke_key(
        office.network.records, Kind.SERVICE, "blue-badge", Purpose.REQUEST_SIGNING, reason="x", now=NOW
    )
    office.keep()
    anchors = [office.network.records.root_certificate()]
    published = (office.network.records.public / "trust-list.jwt").read_text()
    keys = verify_trust_list(published, anchors=anchors, now=NOW).revoked_keys
    assert {key.public_key.spki_sha256(), new.public_key.spki_sha256()} <= keys
    refused(office.renew(key, chain, new_key()), 403, "key_revoked")
    refused(office.renew(new, chain, new_key()), 400, "bad_signature")


def test_a_renewal_that_waits_when_its_key_is_revoked(office: Office) -> None:
    key, chain = enrolled(office)
    receipt = office.renew(key, chain, key).json()["receipt"]
    revoke_key(
        office.network.records, Kind.SERVICE, "blue-badge", Purpose.REQUEST_SIGNING, reason="x", now=NOW
    )
    office.keep()
    assert office.answer(receipt)["state"] == "refused"


def test_a_suspended_member_renews_nothing(office: Office) -> None:
    key, chain = enrolled(office)
    set_status(
        office.network.records, Kind.SERVICE, "blue-badge", MemberStatus.SUSPENDED, reason="x", now=NOW
    )
    refused(office.renew(key, chain, new_key()), 403, "member_suspended")


def test_a_member_that_left_renews_nothing(office: Office) -> None:
    first, chain = enrolled(office)
    office.renew(first, chain, new_key())
    office.keep()
    remove_member(office.network.records, Kind.SERVICE, "blue-badge", reason="a test", now=NOW)
    refused(office.renew(first, chain, new_key()), 403, "not_a_member")


def test_an_expired_certificate_renews_nothing(office: Office) -> None:
    key, chain = enrolled(office)
    office.clock.advance(366 * DAY)
    refused(office.renew(key, chain, new_key()), 403, "certificate_expired")


def test_another_members_key_is_refused(office: Office) -> None:
    key, chain = enrolled(office)
    refused(office.renew(key, chain, office.network.key("claims")), 409, "key_reused")


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"audience": "https://other.example"}, "wrong_audience"),
        ({"now": NOW - 301}, "renewal_not_current"),
        ({"now": NOW + 301}, "renewal_not_current"),
    ],
)
def test_a_renewal_for_another_place_or_time(office: Office, changes: dict[str, Any], error: str) -> None:
    key, chain = enrolled(office)
    refused(office.renew(key, chain, new_key(), **changes), 400, error)


def test_a_renewal_comes_once(office: Office) -> None:
    key, chain = enrolled(office)
    assert office.renew(key, chain, new_key(), jti="one").status_code == 202
    refused(office.renew(key, chain, new_key(), jti="one"), 409, "renewal_used")


def test_only_its_own_key_signs_it(office: Office) -> None:
    _, chain = enrolled(office)
    refused(office.renew(new_key(), chain, new_key()), 400, "bad_signature")
