"""Our registration certificates and trust list in the eyes of openvc, which reads the ETSI formats too.

openvc takes a query without claims for one that asks for everything; OpenID4VP 1.0 §6.4.1 says that it asks
for nothing selectively disclosable, and so do we. That is why the whole question is not put to it.
"""

from datetime import UTC, datetime
from typing import Any

import pytest
from openvc.rp_registration import (
    RpRegistrationError,
    check_request_within_registration,
    verify_rp_registration_certificate,
)
from openvc.trustlist.errors import TrustListError
from openvc.trustlist.lote import consume_lote

from protocol.dcql import DcqlQuery, create_dcql_query
from protocol.registration.question import question_to_query
from tests.protocol.authority_for_tests import NOW, Authority
from tests.protocol.registration.test_certificate import AUTHORITY as REGISTRATION_AUTHORITY
from tests.protocol.registration.test_certificate import asking, certificate
from tests.protocol.registration.test_question import PIP, question
from tests.protocol.resigning import with_broken_signature
from tests.protocol.trust_list.test_trust_list import AUTHORITY as LIST_AUTHORITY
from tests.protocol.trust_list.test_trust_list import signed

TIME = datetime.fromtimestamp(NOW, UTC)


def registered(compact: str, authority: Authority = REGISTRATION_AUTHORITY) -> Any:
    return verify_rp_registration_certificate(
        compact, trust_anchors=list(authority.anchors), now=TIME, require_expiry=True
    )


def test_registration_certificate() -> None:
    found = registered(certificate())
    assert found.subject_identifier == "PDXGB-council"
    assert found.intended_use_id == "blue-badge-without-assessment@2"
    assert found.credentials[0].claim_paths == (("family_name",), ("address", "postal_code"))
    assert found.supervisory_authority is not None
    assert found.public_body is True


@pytest.mark.parametrize(
    ("compact", "authority"),
    [
        (with_broken_signature(certificate()), REGISTRATION_AUTHORITY),
        (certificate(), Authority("another")),
    ],
)
def test_registration_certificate_refused(compact: str, authority: Authority) -> None:
    with pytest.raises(RpRegistrationError):
        registered(compact, authority)


def test_openvc_agrees_on_what_is_within() -> None:
    found = registered(certificate())
    named = DcqlQuery(question_to_query(question()).credentials[:2])
    check_request_within_registration(found, create_dcql_query(named))
    check_request_within_registration(found, create_dcql_query(asking(PIP, ("family_name",))))


def test_openvc_agrees_on_what_is_beyond() -> None:
    found = registered(certificate())
    for beyond in (asking(PIP, ("birthdate",)), asking("urn:other", ("family_name",))):
        with pytest.raises(RpRegistrationError):
            check_request_within_registration(found, create_dcql_query(beyond))


def test_trust_list() -> None:
    found = consume_lote(signed(), expected_signer_certs=list(LIST_AUTHORITY.anchors), now=TIME)
    assert found.sequence_number == 7
    assert found.version == 1


def test_trust_list_refused() -> None:
    for compact, authority in (
        (with_broken_signature(signed()), LIST_AUTHORITY),
        (signed(), Authority("another")),
    ):
        with pytest.raises(TrustListError):
            consume_lote(compact, expected_signer_certs=list(authority.anchors), now=TIME)
