"""Token Status List draft 14 §5.1 and §8.3: a valid token, then one thing changed and signed again."""

from collections.abc import Callable
from typing import Any

import pytest

from protocol.encoding import b64_encode, b64url_encode, json_dumps
from protocol.errors import (
    MalformedError,
    RemoteError,
    SignatureError,
    StatusError,
    UntrustedError,
    ValidityError,
)
from protocol.jose.jws import parse_jws
from protocol.keys import SigningKey
from protocol.status_list import (
    INVALID,
    SUSPENDED,
    StatusList,
    StatusReference,
    VerifiedStatusList,
    check_status,
    compress,
    create_status_list_token,
    verify_status_list_token,
)
from protocol.x509 import LeafIdentity, Profile
from tests.protocol.keys_for_tests import signing_key
from tests.protocol.sd_jwt_vc.department import NOW, STATUS_URI, TRUST, X5C, certify

STATUS_KEY = signing_key("status")
STATUS_X5C = (certify(STATUS_KEY, profile=Profile.STATUS_SIGNING),)
Change = Callable[[dict[str, Any]], Any]


def statuses() -> StatusList:
    made = StatusList(2, length=1000)
    made.set(1, INVALID)
    made.set(2, SUSPENDED)
    made.set(3, 3)
    return made


def create(**more: Any) -> str:
    return create_status_list_token(
        statuses(),
        uri=STATUS_URI,
        signing_key=STATUS_KEY,
        x5c=STATUS_X5C,
        now=NOW,
        **{"expires_at": NOW + 600, "ttl": 300} | more,
    )


def verify(token: str, *, uri: str = STATUS_URI, now: int = NOW) -> VerifiedStatusList:
    return verify_status_list_token(token, expected_uri=uri, trust=TRUST, now=now, leeway=5)


def forge(*, header: Change | None = None, claims: Change | None = None, key: SigningKey = STATUS_KEY) -> str:
    jws = parse_jws(create(), expected_typ="statuslist+jwt")
    members, payload = dict(jws.header), jws.payload
    for change, target in ((header, members), (claims, payload)):
        if change is not None:
            change(target)
    signing_input = f"{b64url_encode(json_dumps(members))}.{b64url_encode(json_dumps(payload))}"
    return f"{signing_input}.{b64url_encode(key.sign(signing_input.encode()))}"


def refused(token: str, error: type[RemoteError], code: str, **expected: Any) -> None:
    with pytest.raises(error) as caught:
        verify(token, **expected)
    assert type(caught.value) is error
    assert caught.value.code == code


def test_what_was_signed_is_what_is_read() -> None:
    seen = verify(create())
    assert [seen.status(index) for index in range(5)] == [0, 1, 2, 3, 0]
    assert (seen.uri, seen.issued_at, seen.expires_at, seen.ttl) == (STATUS_URI, NOW, NOW + 600, 300)
    assert seen.signer.organisation_id == "PDXGB-dwp"
    assert len(seen.statuses) == 1000


def test_the_forged_copy_that_the_others_change() -> None:
    assert verify(forge()).statuses.packed == statuses().packed


def test_further_claims_are_ignored() -> None:
    verify(forge(claims=lambda claims: claims.update(iss="https://dwp.example", other=1)))


def test_exp_and_ttl_are_optional() -> None:
    seen = verify(create(expires_at=None, ttl=None))
    assert (seen.expires_at, seen.ttl) == (None, None)
    assert seen.fresh_until(fetched_at=NOW) is None


def test_a_copy_is_fresh_for_ttl_and_no_longer_than_exp() -> None:
    assert verify(create()).fresh_until(fetched_at=NOW) == NOW + 300
    assert verify(create()).fresh_until(fetched_at=NOW + 400) == NOW + 600
    assert verify(create(expires_at=None)).fresh_until(fetched_at=NOW) == NOW + 300
    assert verify(create(ttl=None)).fresh_until(fetched_at=NOW) == NOW + 600


def test_ttl_may_be_less_than_a_second() -> None:
    assert verify(forge(claims=lambda claims: claims.update(ttl=0.5))).ttl == 1


def _list(**members: Any) -> Change:
    return lambda claims: claims["status_list"].update(members)


def _set(**members: Any) -> Change:
    return lambda claims: claims.update(members)


def _without(name: str) -> Change:
    return lambda claims: claims.pop(name)


CLAIMS: dict[str, tuple[Change, type[RemoteError], str]] = {
    "another sub": (_set(sub=STATUS_URI + "1"), UntrustedError, "wrong_status_list"),
    "no sub": (_without("sub"), UntrustedError, "wrong_status_list"),
    "sub is a list": (_set(sub=[STATUS_URI]), UntrustedError, "wrong_status_list"),
    "no iat": (_without("iat"), MalformedError, "malformed_status_list"),
    "iat is text": (_set(iat="now"), MalformedError, "malformed_date"),
    "from the future": (_set(iat=NOW + 6), ValidityError, "not_yet_valid"),
    "not yet valid": (_set(nbf=NOW + 6), ValidityError, "not_yet_valid"),
    "expired": (_set(exp=NOW - 5), ValidityError, "expired"),
    "exp is text": (_set(exp="never"), MalformedError, "malformed_date"),
    "ttl is nought": (_set(ttl=0), MalformedError, "malformed_status_list"),
    "ttl is negative": (_set(ttl=-1), MalformedError, "malformed_status_list"),
    "ttl is text": (_set(ttl="1"), MalformedError, "malformed_status_list"),
    "no list": (_without("status_list"), MalformedError, "malformed_status_list"),
    "the list is text": (_set(status_list="eNrb"), MalformedError, "malformed_status_list"),
    "no bits": (lambda claims: claims["status_list"].pop("bits"), MalformedError, "malformed_status_list"),
    "bits 3": (_list(bits=3), MalformedError, "malformed_status_list"),
    "bits 16": (_list(bits=16), MalformedError, "malformed_status_list"),
    "bits is text": (_list(bits="2"), MalformedError, "malformed_status_list"),
    "bits is true": (_list(bits=True), MalformedError, "malformed_status_list"),
    "no lst": (lambda claims: claims["status_list"].pop("lst"), MalformedError, "malformed_status_list"),
    "lst is null": (_list(lst=None), MalformedError, "malformed_status_list"),
    "lst is padded": (_list(lst=b64url_encode(compress(b"ab")) + "="), MalformedError, "bad_base64url"),
    "lst is no zlib": (_list(lst="AAAA"), MalformedError, "malformed_status_list"),
    "lst is a bomb": (
        _list(lst=b64url_encode(compress(bytes(3 << 20)))),
        MalformedError,
        "status_list_too_large",
    ),
}

HEADERS: dict[str, tuple[Change, type[RemoteError], str]] = {
    "alg none": (_set(alg="none"), MalformedError, "bad_algorithm"),
    "alg HS256": (_set(alg="HS256"), MalformedError, "bad_algorithm"),
    "typ JWT": (_set(typ="JWT"), MalformedError, "bad_typ"),
    "no typ": (_without("typ"), MalformedError, "bad_typ"),
    "no x5c": (_without("x5c"), MalformedError, "missing_x5c"),
    "a claim signer's x5c": (_set(x5c=[b64_encode(X5C[0])]), UntrustedError, "wrong_profile"),
}


def test_the_lists_are_complete() -> None:
    assert (len(CLAIMS), len(HEADERS)) == (24, 6)


@pytest.mark.parametrize("name", CLAIMS)
def test_one_claim_wrong(name: str) -> None:
    change, error, code = CLAIMS[name]
    refused(forge(claims=change), error, code)


@pytest.mark.parametrize("name", HEADERS)
def test_one_header_member_wrong(name: str) -> None:
    change, error, code = HEADERS[name]
    refused(forge(header=change), error, code)


def test_another_key() -> None:
    refused(forge(key=signing_key("thief")), SignatureError, "bad_signature")


def test_another_address_was_asked() -> None:
    refused(create(), UntrustedError, "wrong_status_list", uri="https://dwp.example/status/8")


def _issuer(token: str) -> LeafIdentity:
    return verify(token).signer


def test_valid() -> None:
    seen = verify(create())
    check_status(StatusReference(STATUS_URI, 0), seen, issuer=seen.signer)


@pytest.mark.parametrize(
    ("index", "code"),
    [
        (1, "revoked"),
        (2, "suspended"),
        (3, "unknown_status"),
        (1000, "status_index_out_of_range"),
        (1 << 62, "status_index_out_of_range"),
    ],
)
def test_not_valid(index: int, code: str) -> None:
    seen = verify(create())
    with pytest.raises(StatusError) as caught:
        check_status(StatusReference(STATUS_URI, index), seen, issuer=seen.signer)
    assert caught.value.code == code


def test_a_list_of_another_organisation() -> None:
    other = certify(STATUS_KEY, profile=Profile.STATUS_SIGNING, organisation="veterans")
    foreign = create_status_list_token(
        statuses(), uri=STATUS_URI, signing_key=STATUS_KEY, x5c=[other], now=NOW
    )
    with pytest.raises(UntrustedError) as caught:
        check_status(StatusReference(STATUS_URI, 0), verify(foreign), issuer=_issuer(create()))
    assert caught.value.code == "foreign_status_list"


def test_another_list_than_the_credential_names() -> None:
    seen = verify(create())
    with pytest.raises(UntrustedError) as caught:
        check_status(StatusReference(STATUS_URI + "0", 0), seen, issuer=seen.signer)
    assert caught.value.code == "wrong_status_list"


def test_a_reference_makes_its_claim() -> None:
    assert StatusReference("https://a.example/1", 7).to_claim() == {
        "status_list": {"idx": 7, "uri": "https://a.example/1"}
    }
