"""SD-JWT VC draft 13 §3.4, HAIP 1.0 §6.1: a valid presentation, then one thing changed and signed again."""

from collections.abc import Callable
from typing import Any

import pytest

from protocol.encoding import b64_encode
from protocol.errors import (
    BindingError,
    LocalError,
    MalformedError,
    RemoteError,
    SignatureError,
    UntrustedError,
    ValidityError,
)
from protocol.jose.jws import create_jws
from protocol.sd_jwt_vc import (
    IssuerTrust,
    VerifiedSdJwtVc,
    create_sd_jwt_vc,
    parse_sd_jwt_vc,
    present_sd_jwt_vc,
    verify_presentation,
    verify_sd_jwt_vc,
)
from protocol.status_list import StatusReference
from protocol.x509 import LeafIdentity, Profile, verify_chain
from tests.protocol.keys_for_tests import seeded_random, signing_key
from tests.protocol.sd_jwt.forging import digest, disclosure
from tests.protocol.sd_jwt_vc import department
from tests.protocol.sd_jwt_vc.department import (
    AUDIENCE,
    CLAIMS,
    HOLDER_KEY,
    ISSUER_KEY,
    NONCE,
    NOW,
    STATUS_URI,
    TRUST,
    VCT,
    X5C,
    bind,
    forge,
    issue,
    present,
)

Change = Callable[[dict[str, Any]], Any]


class ForeignTrust:
    """Believes the root as an anchor outside the network."""

    def issuer_for(self, x5c: tuple[bytes, ...], *, vct: str, now: int) -> LeafIdentity:
        return verify_chain(x5c, anchors=[department.ROOT], now=now, expected_profile=None)


def verify(
    presentation: str,
    *,
    nonce: str = NONCE,
    audience: str = AUDIENCE,
    now: int = NOW,
    trust: IssuerTrust = TRUST,
) -> VerifiedSdJwtVc:
    return verify_presentation(
        presentation,
        issuers=trust,
        expected_audience=audience,
        expected_nonce=nonce,
        now=now,
        leeway=60,
        max_kb_age=300,
    )


def receive(credential: str, *, now: int = NOW) -> VerifiedSdJwtVc:
    return verify_sd_jwt_vc(credential, issuers=TRUST, now=now, leeway=60)


def refused(presentation: str, error: type[RemoteError], code: str, **expected: Any) -> None:
    with pytest.raises(error) as caught:
        verify(presentation, **expected)
    assert type(caught.value) is error
    assert caught.value.code == code


def test_what_was_chosen_is_what_is_seen() -> None:
    seen = verify(present(("family_name",), ("address", "postal_code")))
    assert seen.disclosed == {("family_name",), ("address", "postal_code")}
    assert seen.claims["family_name"] == "O'Neill"
    assert seen.claims["address"] == CLAIMS["address"]
    assert "given_name" not in seen.claims


def test_everything_about_the_credential() -> None:
    seen = verify(present())
    assert (seen.vct, seen.integrity) == (VCT, CLAIMS["vct#integrity"])
    assert (seen.issued_at, seen.expires_at) == (CLAIMS["iat"], CLAIMS["exp"])
    assert seen.holder_key == HOLDER_KEY.public_key
    assert seen.status == StatusReference(STATUS_URI, 412)
    assert seen.issuer.organisation_id == "PDXGB-dwp"
    assert seen.authority_key_ids == seen.issuer.authority_key_ids != ()
    assert seen.disclosed == frozenset()


def test_a_wallet_receives_every_claim() -> None:
    held = receive(issue(decoys=3))
    assert {name: held.claims[name] for name in CLAIMS} == CLAIMS
    assert held.claims["cnf"] == {"jwk": HOLDER_KEY.public_key.to_jwk()}


def test_a_wallet_takes_a_credential_apart() -> None:
    held = parse_sd_jwt_vc(issue())
    assert set(held.disclosures) == set(department.DISCLOSABLE)
    assert (held.vct, held.x5c, held.holder_key) == (VCT, X5C, HOLDER_KEY.public_key)
    assert held.status == StatusReference(STATUS_URI, 412)


def test_a_wallet_refuses_a_bound_credential() -> None:
    with pytest.raises(MalformedError) as caught:
        receive(bind(issue()))
    assert caught.value.code == "unexpected_key_binding"


def test_a_presentation_without_key_binding() -> None:
    refused(issue(), BindingError, "missing_key_binding")


def test_a_credential_bound_to_no_key() -> None:
    receive(issue(bound=False))
    refused(bind(issue(bound=False)), BindingError, "missing_cnf")


def test_the_forged_copy_that_the_others_change() -> None:
    assert verify(bind(forge())).claims == verify(bind(issue())).claims


def _set(**members: Any) -> Change:
    return lambda claims: claims.update(members)


def _without(name: str) -> Change:
    return lambda claims: claims.pop(name)


def _registered(name: str, value: Any) -> tuple[Change, list[str]]:
    """Move a registered claim into a disclosure."""
    hidden = disclosure("salt", name, value)

    def change(claims: dict[str, Any]) -> None:
        claims.pop(name, None)
        claims["_sd"].append(digest(hidden))

    return change, [hidden]


def _inside(outer: str, name: str, value: Any) -> tuple[Change, list[str]]:
    """Move a claim inside a registered claim into a disclosure."""
    hidden = disclosure("salt", name, value)

    def change(claims: dict[str, Any]) -> None:
        claims.setdefault(outer, {}).pop(name, None)
        claims[outer]["_sd"] = [digest(hidden)]

    return change, [hidden]


def _status(**entry: Any) -> Change:
    return _set(status={"status_list": {"idx": 1, "uri": STATUS_URI} | entry})


def _jwk(**members: Any) -> Change:
    return _set(cnf={"jwk": HOLDER_KEY.public_key.to_jwk() | members})


PAYLOADS: dict[str, tuple[Change, type[RemoteError], str]] = {
    "no vct": (_without("vct"), MalformedError, "malformed_vct"),
    "vct is empty": (_set(vct=""), MalformedError, "malformed_vct"),
    "vct is a list": (_set(vct=[VCT]), MalformedError, "malformed_vct"),
    "another vct": (_set(vct="urn:pdx:claim:dwp:other:1"), UntrustedError, "claim_type_not_allowed"),
    "vct in another case": (_set(vct=VCT.upper()), UntrustedError, "claim_type_not_allowed"),
    "vct#integrity is a number": (_set(**{"vct#integrity": 1}), MalformedError, "malformed_vct"),
    "aka_vcts is a string": (_set(aka_vcts="urn:x"), MalformedError, "malformed_vct"),
    "aka_vcts is empty": (_set(aka_vcts=[]), MalformedError, "malformed_vct"),
    "aka_vcts holds a number": (_set(aka_vcts=[1]), MalformedError, "malformed_vct"),
    "aka_vcts repeats vct": (_set(aka_vcts=["urn:x", VCT]), MalformedError, "malformed_vct"),
    "expired": (_set(exp=NOW - 60), ValidityError, "expired"),
    "not yet valid": (_set(nbf=NOW + 61), ValidityError, "not_yet_valid"),
    "from the future": (_set(iat=NOW + 61), ValidityError, "not_yet_valid"),
    "exp is text": (_set(exp="2040-01-01"), MalformedError, "malformed_date"),
    "nbf is null": (_set(nbf=None), MalformedError, "malformed_date"),
    "iat is true": (_set(iat=True), MalformedError, "malformed_date"),
    "iss of another host": (_set(iss="https://other.example"), UntrustedError, "wrong_issuer"),
    "iss of a host below": (_set(iss="https://a.dwp.example"), UntrustedError, "wrong_issuer"),
    "iss over http": (_set(iss="http://dwp.example"), UntrustedError, "wrong_issuer"),
    "iss hides the host": (_set(iss="https://dwp.example@other.example"), UntrustedError, "wrong_issuer"),
    "iss is the host alone": (_set(iss="dwp.example"), UntrustedError, "wrong_issuer"),
    "iss is another URI": (_set(iss="urn:pdx:other"), UntrustedError, "wrong_issuer"),
    "iss is a number": (_set(iss=1), MalformedError, "malformed_iss"),
    "iss is null": (_set(iss=None), MalformedError, "malformed_iss"),
    "iss is no URI": (_set(iss="https://[dwp.example"), MalformedError, "malformed_iss"),
    "cnf is a key": (_set(cnf=HOLDER_KEY.public_key.to_jwk()), MalformedError, "malformed_cnf"),
    "cnf is null": (_set(cnf=None), MalformedError, "malformed_cnf"),
    "cnf names a key": (_set(cnf={"kid": "1"}), MalformedError, "malformed_cnf"),
    "cnf has two methods": (
        _set(cnf={"jwk": HOLDER_KEY.public_key.to_jwk(), "kid": "1"}),
        MalformedError,
        "malformed_cnf",
    ),
    "cnf.jwk is text": (_set(cnf={"jwk": "key"}), MalformedError, "malformed_cnf"),
    "cnf.jwk is private": (_jwk(d="AA"), MalformedError, "private_key"),
    "cnf.jwk is of another curve": (_jwk(crv="P-384"), MalformedError, "bad_key"),
    "cnf.jwk is no point": (_jwk(y=HOLDER_KEY.public_key.to_jwk()["x"]), MalformedError, "bad_key"),
    "status is text": (_set(status="valid"), MalformedError, "malformed_status"),
    "status is null": (_set(status=None), MalformedError, "malformed_status"),
    "status by another mechanism": (_set(status={"other": {}}), MalformedError, "malformed_status"),
    "status_list is text": (_set(status={"status_list": "x"}), MalformedError, "malformed_status"),
    "status index is negative": (_status(idx=-1), MalformedError, "malformed_status"),
    "status index is text": (_status(idx="1"), MalformedError, "malformed_status"),
    "status index is true": (_status(idx=True), MalformedError, "malformed_status"),
    "status index is a fraction": (_status(idx=1.5), MalformedError, "malformed_status"),
    "status address is no URI": (_status(uri="status/7"), MalformedError, "malformed_status"),
    "status address is a number": (_status(uri=7), MalformedError, "malformed_status"),
}

HIDDEN: dict[str, tuple[Change, list[str]]] = {
    "iss": _registered("iss", "https://dwp.example"),
    "nbf": _registered("nbf", NOW - 3600),
    "exp": _registered("exp", NOW + 3600),
    "cnf": _registered("cnf", {"jwk": HOLDER_KEY.public_key.to_jwk()}),
    "vct#integrity": _registered("vct#integrity", CLAIMS["vct#integrity"]),
    "aka_vcts": _registered("aka_vcts", ["urn:other"]),
    "status": _registered("status", CLAIMS["status"]),
    "the key in cnf": _inside("cnf", "jwk", HOLDER_KEY.public_key.to_jwk()),
    "the list in status": _inside("status", "status_list", CLAIMS["status"]["status_list"]),
}


def test_the_lists_are_complete() -> None:
    assert len(PAYLOADS) == 43
    assert len(HIDDEN) == 9


@pytest.mark.parametrize("name", PAYLOADS)
def test_one_claim_wrong(name: str) -> None:
    change, error, code = PAYLOADS[name]
    refused(bind(forge(payload=change)), error, code)


@pytest.mark.parametrize("name", HIDDEN)
def test_a_registered_claim_is_hidden(name: str) -> None:
    change, hidden = HIDDEN[name]
    refused(bind(forge(payload=change, disclosures=hidden)), MalformedError, "registered_claim_disclosed")
    with pytest.raises(MalformedError):
        receive(forge(payload=change, disclosures=hidden))
    with pytest.raises(MalformedError):
        parse_sd_jwt_vc(forge(payload=change, disclosures=hidden))


def test_the_type_is_hidden() -> None:
    change, hidden = _registered("vct", VCT)
    refused(bind(forge(payload=change, disclosures=hidden)), MalformedError, "malformed_vct")


@pytest.mark.parametrize("name", ["iss", "exp", "nbf", "cnf", "vct", "status", "vct#integrity"])
def test_a_disclosure_can_not_overwrite_a_registered_claim(name: str) -> None:
    hidden = disclosure("salt", name, "https://dwp.example")
    presentation = bind(
        forge(payload=lambda claims: claims["_sd"].append(digest(hidden)), disclosures=[hidden])
    )
    refused(presentation, MalformedError, "claim_exists")


@pytest.mark.parametrize("name", ["sub", "iat"])
def test_sub_and_iat_may_be_hidden(name: str) -> None:
    value = NOW - 100 if name == "iat" else "subject"
    change, hidden = _registered(name, value)
    seen = verify(bind(forge(payload=change, disclosures=hidden)))
    assert seen.claims[name] == value


@pytest.mark.parametrize("name", ["iss", "nbf", "iat", "exp", "status", "vct#integrity"])
def test_these_claims_are_optional(name: str) -> None:
    assert name not in verify(bind(forge(payload=_without(name)))).claims


@pytest.mark.parametrize("iss", ["https://dwp.example/issuer", "https://dwp.example/any", "urn:pdx:dwp"])
def test_iss_that_the_certificate_vouches_for(iss: str) -> None:
    assert verify(bind(forge(payload=_set(iss=iss)))).claims["iss"] == iss


def test_a_third_party_may_call_itself_what_it_likes() -> None:
    """The name of the certificate counts, and it can't be a member's."""
    foreign_trust = ForeignTrust()
    presentation = bind(forge(payload=_set(iss="https://elsewhere.example")))
    seen = verify(presentation, trust=foreign_trust)
    assert seen.issuer.organisation_id.startswith("x509:")
    refused(bind(forge(payload=_set(iss=1))), MalformedError, "malformed_iss", trust=foreign_trust)


def test_other_types_are_taken() -> None:
    assert verify(bind(forge(payload=_set(aka_vcts=["urn:other"])))).vct == VCT


@pytest.mark.parametrize(("name", "value"), [("exp", NOW - 59), ("nbf", NOW + 60), ("iat", NOW + 60)])
def test_the_edges_of_leeway(name: str, value: int) -> None:
    verify(bind(forge(payload=_set(**{name: value}))))


HEADERS: dict[str, tuple[Change, type[RemoteError], str]] = {
    "alg none": (_set(alg="none"), MalformedError, "bad_algorithm"),
    "alg HS256": (_set(alg="HS256"), MalformedError, "bad_algorithm"),
    "no alg": (_without("alg"), MalformedError, "bad_algorithm"),
    "typ of the W3C": (_set(typ="vc+sd-jwt"), MalformedError, "bad_typ"),
    "typ of RFC 9901's examples": (_set(typ="example+sd-jwt"), MalformedError, "bad_typ"),
    "typ of a JWT": (_set(typ="JWT"), MalformedError, "bad_typ"),
    "no typ": (_without("typ"), MalformedError, "bad_typ"),
    "no x5c": (_without("x5c"), MalformedError, "missing_x5c"),
    "a key instead of x5c": (
        lambda header: (header.pop("x5c"), header.update(jwk=ISSUER_KEY.public_key.to_jwk())),
        MalformedError,
        "missing_x5c",
    ),
    "x5c is empty": (_set(x5c=[]), MalformedError, "bad_x5c"),
    "x5c is text": (_set(x5c=b64_encode(X5C[0])), MalformedError, "bad_x5c"),
    "x5c of a service": (
        _set(x5c=[b64_encode(department.certify(ISSUER_KEY, profile=Profile.REQUEST_SIGNING))]),
        UntrustedError,
        "wrong_profile",
    ),
    "x5c of another key": (
        _set(x5c=[b64_encode(department.certify(HOLDER_KEY, profile=Profile.CLAIM_SIGNING))]),
        SignatureError,
        "bad_signature",
    ),
    "a critical extension": (_set(crit=["b64"], b64=True), MalformedError, "unknown_critical"),
}


def test_the_list_of_headers_is_complete() -> None:
    assert len(HEADERS) == 14


@pytest.mark.parametrize("name", HEADERS)
def test_one_header_member_wrong(name: str) -> None:
    change, error, code = HEADERS[name]
    refused(bind(forge(header=change)), error, code)


def test_the_holder_can_not_sign_for_the_issuer() -> None:
    refused(bind(forge(key=HOLDER_KEY)), SignatureError, "bad_signature")


def test_a_thief_can_not_present() -> None:
    refused(bind(issue(), key=signing_key("thief")), SignatureError, "bad_signature")


def test_another_audience() -> None:
    refused(present(), BindingError, "wrong_aud", audience="x509_hash:other")


def test_another_transaction() -> None:
    refused(present(), BindingError, "wrong_nonce", nonce="another-nonce-of-22-chars")


@pytest.mark.parametrize(
    ("made", "code"), [(NOW - 361, "key_binding_too_old"), (NOW + 61, "key_binding_from_future")]
)
def test_an_old_or_early_key_binding(made: int, code: str) -> None:
    refused(bind(issue(), now=made), ValidityError, code)


def test_a_disclosure_removed_after_binding() -> None:
    bound = present(("family_name",), ("given_name",))
    jwt, first, _, binding = bound.split("~")
    refused(f"{jwt}~{first}~{binding}", BindingError, "wrong_sd_hash")


def test_a_disclosure_added_after_binding() -> None:
    jwt, binding = present().split("~")
    refused(f"{jwt}~{issue().split('~')[1]}~{binding}", BindingError, "wrong_sd_hash")


def test_disclosures_exchanged_after_binding() -> None:
    jwt, first, second, binding = present(("family_name",), ("given_name",)).split("~")
    refused(f"{jwt}~{second}~{first}~{binding}", BindingError, "wrong_sd_hash")


def test_a_key_binding_of_another_credential() -> None:
    binding = bind(issue(decoys=1)).rsplit("~", 1)[1]
    refused(issue() + binding, BindingError, "wrong_sd_hash")


@pytest.mark.parametrize(
    ("binding", "code"),
    [
        pytest.param("nonsense", "bad_jws", id="not a JWS"),
        pytest.param(create_jws({"iat": NOW}, HOLDER_KEY, typ="JWT"), "bad_typ", id="of another type"),
    ],
)
def test_a_malformed_key_binding_costs_no_signature(binding: str, code: str) -> None:
    refused(forge(key=HOLDER_KEY) + binding, MalformedError, code)  # the issuer's signature is bad, too


def test_an_error_says_nothing_of_the_person() -> None:
    with pytest.raises(RemoteError) as caught:
        verify(bind(forge(payload=_set(iss="https://oneill.example"))))
    assert "neill" not in str(caught.value).lower()


@pytest.mark.parametrize(
    ("claims", "disclosable"),
    [
        ({"iss": "https://dwp.example"}, []),
        ({"vct": 1}, []),
        ({"vct": VCT, "cnf": {}}, []),
        ({"vct": VCT, "exp": 1}, [("exp",)]),
        ({"vct": VCT}, [("vct",)]),
        ({"vct": VCT, "status": {"status_list": {}}}, [("status", "status_list")]),
        ({"vct": VCT}, [()]),
    ],
)
def test_what_an_issuer_can_not_make(claims: dict[str, Any], disclosable: list[tuple[str, ...]]) -> None:
    with pytest.raises(LocalError):
        create_sd_jwt_vc(
            claims=claims,
            disclosable=disclosable,
            signing_key=ISSUER_KEY,
            x5c=X5C,
            holder_key=None,
            random=seeded_random("salts"),
        )


def test_without_disclosable_claims_there_is_no_trace_of_them() -> None:
    """SD-JWT VC draft 13 §3.2.2.4."""
    compact = create_sd_jwt_vc(
        claims={"vct": VCT, "yes": True},
        disclosable=[],
        signing_key=ISSUER_KEY,
        x5c=X5C,
        holder_key=HOLDER_KEY.public_key,
        random=seeded_random("salts"),
        decoys=4,
    )
    assert compact.count("~") == 1
    seen = verify(bind(present_sd_jwt_vc(compact, paths=[("yes",)])))
    assert set(seen.claims) == {"vct", "yes", "cnf"}
