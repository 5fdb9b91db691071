"""Enrolment messages: each is read back as it was made, and nothing else is."""

from typing import Any

import pytest

from protocol.enrolment.answer import (
    Certified,
    NetworkPlaces,
    Pending,
    Refused,
    create_answer,
    parse_answer,
)
from protocol.enrolment.binding import create_binding, verify_csr
from protocol.enrolment.enrolment import (
    Enrolment,
    create_enrolment,
    create_invitation,
    create_look,
    parse_enrolment,
    parse_invitation,
    parse_look,
)
from protocol.enrolment.link import EnrolmentLink, create_enrolment_link, parse_enrolment_link
from protocol.enrolment.organisation import Organisation
from protocol.enrolment.renewal import create_renewal, verify_renewal
from protocol.errors import BindingError, MalformedError, ProtocolError, UntrustedError, ValidityError
from protocol.x509 import Profile
from protocol.x509.create import create_csr
from tests.protocol.authority_for_tests import NOW, YEAR, Authority
from tests.protocol.keys_for_tests import signing_key

SECRET = "c" * 43
OFFICE = "https://office.example"
ORGANISATION = Organisation("service", "PDXGB-blue-badge", "Blue Badge", "Bathodyn Glas", "https://b.example")
NETWORK = NetworkPlaces("https://network.example", "https://network.example/trust-list.jwt", "PEM")
AUTHORITY = Authority()


def csr(key: str = "new", *, secret: str = SECRET, purpose: str = "request-signing") -> bytes:
    return create_csr(
        signing_key(key),
        organisation_id="PDXGB-blue-badge",
        organisation_name="Blue Badge",
        common_name=purpose,
        challenge=create_binding(secret, purpose),
    )


# --- the link


def test_a_link_is_read_back() -> None:
    link = EnrolmentLink(OFFICE, SECRET, bytes(32))
    assert parse_enrolment_link(create_enrolment_link(link)) == link
    assert create_enrolment_link(link).startswith(f"https://office.example/enrol#{SECRET}.")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("https://", "http://"),
        ("/enrol#", "/other#"),
        ("/enrol#", "/enrol?x=1#"),
        ("#", "?"),
        (SECRET, "short"),
        (".AAAA", ".AAA"),
        (".AAAA", "AAAA"),
        ("office.example", "user@office.example"),
    ],
)
def test_what_is_no_link_is_refused(old: str, new: str) -> None:
    text = create_enrolment_link(EnrolmentLink(OFFICE, SECRET, bytes(32)))
    assert old in text
    with pytest.raises(MalformedError):
        parse_enrolment_link(text.replace(old, new))


# --- a request is bound to its exchange and its purpose


def test_a_bound_request_is_taken() -> None:
    request = verify_csr(csr(), expected_secret=SECRET, expected_purpose="request-signing")
    assert request.public_key == signing_key("new").public_key


@pytest.mark.parametrize(
    ("secret", "purpose"), [("d" * 43, "request-signing"), (SECRET, "claim-signing"), ("", "request-signing")]
)
def test_a_request_of_another_exchange_or_purpose_is_refused(secret: str, purpose: str) -> None:
    made = csr(secret=secret, purpose=purpose)
    with pytest.raises(BindingError, match="something else"):
        verify_csr(made, expected_secret=SECRET, expected_purpose="request-signing")


def test_a_request_without_a_challenge_is_refused() -> None:
    plain = create_csr(signing_key("new"), organisation_id="PDXGB-x", organisation_name="X", common_name="x")
    with pytest.raises(BindingError):
        verify_csr(plain, expected_secret=SECRET, expected_purpose="request-signing")


def test_the_code_stands_in_no_request() -> None:
    assert SECRET.encode() not in csr()


# --- messages


def test_messages_are_read_back() -> None:
    enrolment = Enrolment(SECRET, {"request-signing": csr()})
    assert parse_enrolment(create_enrolment(enrolment)) == enrolment
    assert parse_look(create_look(SECRET)) == SECRET
    assert parse_invitation(create_invitation(ORGANISATION)) == ORGANISATION


@pytest.mark.parametrize(
    "answer",
    [Pending(), Refused("the key is weak"), Certified({"request-signing": "PEM"}, ORGANISATION, NETWORK)],
)
def test_answers_are_read_back(answer: Any) -> None:
    assert parse_answer(create_answer(answer)) == answer


def test_the_same_sent_again_has_the_same_receipt_and_anything_else_another() -> None:
    once = Enrolment(SECRET, {"request-signing": csr()})
    assert Enrolment(SECRET, dict(once.requests)).receipt == once.receipt
    assert Enrolment("d" * 43, once.requests).receipt != once.receipt
    assert Enrolment(SECRET, {"claim-signing": once.requests["request-signing"]}).receipt != once.receipt


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        {},
        {"code": SECRET},
        {"code": SECRET, "requests": {}},
        {"code": SECRET, "requests": {"trust-list": "x"}},
        {"code": SECRET, "requests": {"request-signing": 1}},
        {"code": SECRET, "requests": {"request-signing": "x" * 20_000}},
        {"code": SECRET, "requests": {"request-signing": "x"}, "more": 1},
        {"code": "x", "requests": {"request-signing": "x"}},
        {"code": SECRET + "\n", "requests": {"request-signing": "x"}},
    ],
)
def test_what_is_no_enrolment_is_refused(value: Any) -> None:
    with pytest.raises(MalformedError):
        parse_enrolment(value)


INVITED = create_invitation(ORGANISATION)["organisation"]


@pytest.mark.parametrize(
    "change",
    [
        {"state": "done"},
        {"certificates": {}},
        {"certificates": {"registrar": "PEM"}},
        {"organisation": None},
        {"organisation": {**INVITED, "kind": "authority"}},
        {"organisation": {**INVITED, "organisation_id": "blue-badge"}},
        {"network": {"url": "http://network.example", "trust_list": "https://n.example", "root": "PEM"}},
        {"questions": [{"question": {"id": "x"}, "registration": "https://n.example/x.jwt"}]},
    ],
)
def test_what_is_no_answer_is_refused(change: dict[str, Any]) -> None:
    good = create_answer(Certified({"request-signing": "PEM"}, ORGANISATION, NETWORK))
    with pytest.raises(MalformedError):
        parse_answer({**good, **change})


# --- renewals


def renewal(**changes: Any) -> str:
    party = AUTHORITY.party(
        changes.pop("profile", Profile.REQUEST_SIGNING),
        organisation_id="PDXGB-blue-badge",
        organisation_name="Blue Badge",
    )
    values: dict[str, Any] = {
        "csr": csr(secret="jti"),
        "key": party.key,
        "x5c": party.x5c,
        "purpose": "request-signing",
        "audience": OFFICE,
        "jti": "jti",
        "now": NOW,
    }
    values |= changes
    return create_renewal(values.pop("csr"), values.pop("key"), **values)


def verify(compact: str, *, now: int = NOW) -> Any:
    return verify_renewal(compact, anchors=AUTHORITY.anchors, expected_audience=OFFICE, now=now)


def test_a_renewal_says_who_asks_for_what() -> None:
    found = verify(renewal())
    assert (found.signer.organisation_id, found.purpose) == ("PDXGB-blue-badge", "request-signing")
    assert (found.request.public_key, found.jti) == (signing_key("new").public_key, "jti")


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"audience": "https://other.example"}, BindingError),
        ({"now": NOW - 301}, ValidityError),
        ({"now": NOW + 301}, ValidityError),
        ({"jti": "another"}, BindingError),
        ({"purpose": "claim-signing"}, UntrustedError),
        ({"purpose": "registrar"}, MalformedError),
        ({"profile": Profile.CLAIM_SIGNING}, UntrustedError),
        ({"csr": csr(secret="jti", purpose="claim-signing")}, BindingError),
        ({"csr": b"no request"}, MalformedError),
        ({"key": signing_key("somebody else")}, ProtocolError),
        ({"x5c": Authority("another").party(Profile.REQUEST_SIGNING).x5c}, UntrustedError),
    ],
)
def test_a_renewal_that_is_not_right_is_refused(changes: dict[str, Any], kind: type[Exception]) -> None:
    with pytest.raises(kind):
        verify(renewal(**changes))


def test_an_expired_certificate_renews_nothing() -> None:
    late = NOW + YEAR + 1
    with pytest.raises(UntrustedError, match="expired"):
        verify(renewal(now=late), now=late)
