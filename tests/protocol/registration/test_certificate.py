"""ETSI TS 119 475 v1.2.1 clause 5.2: the registration certificate, and the limit it sets to asking."""

from typing import Any

import pytest

from protocol.dcql import ClaimsQuery, CredentialQuery, CredentialSetQuery, DcqlQuery, parse_dcql_query
from protocol.encoding import b64url_decode, json_dumps
from protocol.errors import OverAskingError, RemoteError, UnsatisfiedError
from protocol.jose.jws import create_jws
from protocol.registration.certificate import (
    RegistrationCertificate,
    RegistrationVerifier,
    find_registration,
    sign_registration,
    verify_registration_certificate,
)
from protocol.registration.over_asking import check_within_registration
from protocol.registration.question import question_to_query
from protocol.transparency import LogKey
from protocol.x509 import Profile
from tests.protocol.authority_for_tests import DAY, NOW, YEAR, Authority, Party
from tests.protocol.keys_for_tests import signing_key
from tests.protocol.registering import LOG_KEY, create_registration_certificate, log_proof
from tests.protocol.registration.test_question import DLA, PIP, SIGHT, question, text
from tests.protocol.resigning import Change, header_of, payload_of, resigned, with_broken_signature

AUTHORITY = Authority()
REGISTRAR = AUTHORITY.party(Profile.REGISTRAR)
COUNCIL = "PDXGB-council"


def certificate(**changes: Any) -> str:
    arguments: dict[str, Any] = {
        "x5c": REGISTRAR.x5c,
        "subject": COUNCIL,
        "name": "Cardiff Council",
        "registry_uri": "https://authority.example.org/registrations",
        "info_uri": "https://council.example.org",
        "now": NOW,
        "expires_at": NOW + 300 * DAY,
    }
    registered = changes.pop("question", question())
    return create_registration_certificate(registered, REGISTRAR.key, logged=True, **(arguments | changes))


def verified(compact: str, **changes: Any) -> RegistrationCertificate:
    arguments: dict[str, Any] = {
        "anchors": AUTHORITY.anchors,
        "log_keys": (),
        "now": NOW,
        "expected_subject": COUNCIL,
    }
    return verify_registration_certificate(compact, **(arguments | changes))


def refused(compact: str, **changes: Any) -> str:
    with pytest.raises(RemoteError) as caught:
        verified(compact, **changes)
    return caught.value.code


def test_what_a_citizen_is_told() -> None:
    found = verified(certificate())
    assert found.name == "Cardiff Council"
    assert found.intended_use_id == "blue-badge-without-assessment@2"
    assert found.purpose["en"] == "To decide whether you get a Blue Badge"
    assert found.purpose["cy"].endswith("(Cymraeg)")
    assert found.law["en"].startswith("Disabled Persons")
    assert (found.retention_days, found.retention["en"]) == (1095, "Three years")
    assert found.privacy_policy == "https://council.example.org/privacy"
    assert (found.support_uri, found.support_phone) == (
        "mailto:badges@council.example.org",
        "029 2018 0000",
    )
    assert found.supervisory_authority.uri == "https://ico.example.org/complaints"


def test_why_each_attribute_is_needed_and_how_to_object() -> None:
    assert verified(certificate()).needs == ()
    assert verified(certificate()).objection is None
    said = question(
        objection=text("Write to us"),
        needs=[{"attribute": ["address", "postal_code"], "reason": text("You must live here")}],
    )
    found = verified(certificate(question=said))
    assert found.objection == {"en": "Write to us", "cy": "Write to us (Cymraeg)"}
    (need,) = found.needs
    assert (need.path, need.reason["en"]) == (("address", "postal_code"), "You must live here")


@pytest.mark.parametrize(
    ("contact", "support", "phone"),
    [
        ({"email": "a@b.example"}, "mailto:a@b.example", None),
        ({"phone": "01632 960001"}, "tel:01632960001", None),
        ({"email": "a@b.example", "phone": "01632 960001"}, "mailto:a@b.example", "01632 960001"),
    ],
)
def test_every_way_to_reach_the_service_is_registered(
    contact: dict[str, str], support: str, phone: str | None
) -> None:
    found = verified(certificate(question=question(contact=contact)))
    assert (found.support_uri, found.support_phone) == (support, phone)


def test_what_is_registered() -> None:
    credentials = verified(certificate()).credentials
    assert [one.vct_values for one in credentials] == [{PIP}, {DLA}, {SIGHT}]
    assert credentials[0].paths == (("family_name",), ("address", "postal_code"))
    assert credentials[2].paths == ()
    assert verified(certificate()).alternatives == ((0,), (1,), (0, 2))


def test_lasts_at_most_twelve_months() -> None:
    """GEN-5.2.4-08."""
    with pytest.raises(RemoteError):
        certificate(expires_at=NOW + 367 * DAY)
    with pytest.raises(RemoteError):
        certificate(expires_at=NOW)


def members(**values: Any) -> Change:
    return lambda payload: payload.update(values)


def without(name: str) -> Change:
    return lambda payload: payload.pop(name)


REFUSED: dict[str, tuple[Change, str]] = {
    "sub of another service": (members(sub="PDXGB-other"), "registration_subject"),
    "sub missing": (without("sub"), "invalid_registration_certificate"),
    "name missing": (without("name"), "invalid_registration_certificate"),
    "purpose missing": (without("purpose"), "invalid_registration_certificate"),
    "purpose empty": (members(purpose=[]), "invalid_registration_certificate"),
    "law missing": (without("pdx_law"), "invalid_registration_certificate"),
    "retention missing": (without("pdx_retention"), "invalid_registration_certificate"),
    "retention without days": (lambda p: p["pdx_retention"].pop("days"), "invalid_registration_certificate"),
    "privacy_policy missing": (without("privacy_policy"), "invalid_registration_certificate"),
    "privacy_policy a script": (members(privacy_policy="javascript:x"), "invalid_registration_certificate"),
    "supervisory_authority missing": (without("supervisory_authority"), "invalid_registration_certificate"),
    "supervisory_authority empty": (members(supervisory_authority={}), "invalid_registration_certificate"),
    "intended_use_id missing": (without("intended_use_id"), "invalid_registration_certificate"),
    "credentials missing": (without("credentials"), "invalid_registration_certificate"),
    "credentials empty": (members(credentials=[]), "invalid_registration_certificate"),
    "meta no object": (lambda p: p["credentials"][0].update(meta="x"), "invalid_registration_certificate"),
    "meta without types": (lambda p: p["credentials"][0].update(meta={}), "invalid_registration_certificate"),
    "path no array": (
        lambda p: p["credentials"][0].update(claim=[{"path": "family_name"}]),
        "invalid_claims_path",
    ),
    "alternative with an unknown position": (
        members(pdx_alternatives=[[3]]),
        "invalid_registration_certificate",
    ),
    "alternative of nothing": (members(pdx_alternatives=[[]]), "invalid_registration_certificate"),
    "no alternative": (members(pdx_alternatives=[]), "invalid_registration_certificate"),
    "need without a reason": (members(pdx_needs=[{"path": ["x"]}]), "invalid_registration_certificate"),
    "need of no attribute": (
        members(pdx_needs=[{"reason": [{"lang": "en", "value": "why"}]}]),
        "invalid_claims_path",
    ),
    "objection that is no words": (members(pdx_objection="Write"), "invalid_registration_certificate"),
    "entitlements missing": (without("entitlements"), "invalid_registration_certificate"),
    "entitlements of another kind": (
        members(entitlements=["https://uri.etsi.org/19475/Entitlement/PID_Provider"]),
        "invalid_registration_certificate",
    ),
    "iat missing": (without("iat"), "invalid_registration_certificate"),
    "iat in the future": (members(iat=NOW + 61), "not_yet_valid"),
    "exp missing": (without("exp"), "invalid_registration_certificate"),
    "exp past": (members(exp=NOW), "expired"),
    "too long": (members(exp=NOW + 400 * DAY), "lifetime"),
    "status that would have to be looked up": (
        members(status={"status_list": {"idx": 1, "uri": "https://authority.example.org/status/1"}}),
        "registration_status",
    ),
    "status of another kind": (members(status={"other": {}}), "registration_status"),
    "status that says nothing": (members(status=None), "registration_status"),
}


@pytest.mark.parametrize(("change", "code"), REFUSED.values(), ids=REFUSED.keys())
def test_refused(change: Change, code: str) -> None:
    assert refused(resigned(certificate(), REGISTRAR, change)) == code


def test_resigning_by_itself_is_accepted() -> None:
    assert verified(resigned(certificate(), REGISTRAR))


def test_expired() -> None:
    assert refused(certificate(), now=NOW + 300 * DAY) == "expired"


def test_wrong_signature() -> None:
    assert refused(with_broken_signature(certificate())) == "bad_signature"


def test_wrong_type() -> None:
    """The German `rc-rp+jwt` is another certificate with other claims."""
    assert refused(resigned(certificate(), REGISTRAR, typ="rc-rp+jwt")) == "bad_typ"


def test_signed_by_someone_else_of_the_network() -> None:
    service = AUTHORITY.party(Profile.REQUEST_SIGNING, organisation_id=COUNCIL)
    assert refused(resigned(certificate(), service)) == "wrong_profile"


def test_unknown_authority() -> None:
    other = Authority("other").party(Profile.REGISTRAR)
    assert refused(resigned(certificate(), other)) == "unknown_authority"


def test_signer_expired() -> None:
    assert refused(certificate(), now=NOW + YEAR + DAY) == "certificate_expired"


# --- asking beyond it


def asking(vct: str, *paths: tuple[Any, ...], **members: Any) -> DcqlQuery:
    one: dict[str, Any] = {"id": "c1", "format": "dc+sd-jwt", "meta": {"vct_values": [vct]}, **members}
    if paths:
        one["claims"] = [{"path": list(path)} for path in paths]
    return parse_dcql_query({"credentials": [one]})


def over_asks(query: DcqlQuery, compact: str | None = None) -> str:
    with pytest.raises(OverAskingError) as caught:
        check_within_registration(query, verified(compact or certificate()))
    return caught.value.code


def allowed(query: DcqlQuery, compact: str | None = None) -> None:
    check_within_registration(query, verified(compact or certificate()))


def registering(*claim: list[Any], vcts: tuple[str, ...] = (PIP,)) -> str:
    entry = {"format": "dc+sd-jwt", "meta": {"vct_values": list(vcts)}, "claim": [{"path": p} for p in claim]}
    return resigned(certificate(), REGISTRAR, members(credentials=[entry], pdx_alternatives=[[0]]))


def test_the_question_itself_is_within() -> None:
    allowed(question_to_query(question()))


def test_less_is_within() -> None:
    allowed(asking(PIP))
    allowed(asking(PIP, ("family_name",)))
    allowed(asking(SIGHT))


def test_values_widen_nothing_and_narrow_nothing() -> None:
    one = {"path": ["family_name"], "values": ["Davies"]}
    allowed(asking(PIP, claims=[one]))
    assert over_asks(asking(PIP, claims=[{"path": ["birthdate"], "values": ["x"]}])) == "unregistered_claim"


def test_unregistered_claim_type() -> None:
    assert over_asks(asking("urn:pdx:claim:hmrc:income:1", ("family_name",))) == "unregistered_type"


def test_unregistered_attribute() -> None:
    assert over_asks(asking(PIP, ("family_name",), ("birthdate",))) == "unregistered_claim"
    assert over_asks(asking(SIGHT, ("family_name",))) == "unregistered_claim"


def test_the_whole_object_where_a_part_is_registered() -> None:
    assert over_asks(asking(PIP, ("address",))) == "unregistered_claim"


def test_a_part_where_the_whole_object_is_registered() -> None:
    allowed(asking(PIP, ("address", "postal_code")), registering(["address"]))


def test_every_element_where_one_is_registered() -> None:
    assert over_asks(asking(PIP, ("a", None)), registering(["a", 0])) == "unregistered_claim"
    allowed(asking(PIP, ("a", 0)), registering(["a", None]))
    allowed(asking(PIP, ("a", None)), registering(["a", None]))


def test_every_type_of_several_must_be_registered() -> None:
    both = {"meta": {"vct_values": [PIP, DLA]}}
    allowed(asking(PIP, ("family_name",), **both))
    other = {"meta": {"vct_values": [PIP, "urn:other"]}}
    assert over_asks(asking(PIP, ("family_name",), **other)) == "unregistered_type"
    mixed = {"meta": {"vct_values": [PIP, SIGHT]}}
    assert over_asks(asking(PIP, ("family_name",), **mixed)) == "unregistered_claim"


def test_claims_of_every_claim_set_count() -> None:
    claims = [{"id": "a", "path": ["family_name"]}, {"id": "b", "path": ["birthdate"]}]
    assert over_asks(asking(PIP, claims=claims, claim_sets=[["a"], ["b"]])) == "unregistered_claim"


def two_entries(*alternatives: list[int]) -> str:
    entry: dict[str, Any] = {"format": "dc+sd-jwt", "meta": {"vct_values": [PIP]}}
    entries = [{**entry, "claim": [{"path": [name]}]} for name in ("family_name", "birthdate")]
    return resigned(
        certificate(), REGISTRAR, members(credentials=entries, pdx_alternatives=list(alternatives))
    )


def test_entries_of_one_alternative_are_added_up() -> None:
    allowed(asking(PIP, ("family_name",), ("birthdate",)), two_entries([0, 1]))


def test_entries_of_two_alternatives_are_not_added_up() -> None:
    allowed(asking(PIP, ("birthdate",)), two_entries([0], [1]))
    both = asking(PIP, ("family_name",), ("birthdate",))
    assert over_asks(both, two_entries([0], [1])) == "unregistered_combination"


def test_alternatives_are_not_asked_for_together() -> None:
    credentials = question_to_query(question()).credentials
    together = DcqlQuery(credentials)
    assert over_asks(together) == "unregistered_combination"
    c1, c2 = ("c1",), ("c2",)
    one_by_one = DcqlQuery(credentials, (CredentialSetQuery((c1,)), CredentialSetQuery((c2,))))
    assert over_asks(one_by_one) == "unregistered_combination"
    with_an_extra = DcqlQuery(
        credentials, (CredentialSetQuery((c1,)), CredentialSetQuery((c2,), required=False))
    )
    assert over_asks(with_an_extra) == "unregistered_combination"
    allowed(DcqlQuery(credentials, (CredentialSetQuery((c1, c2)),)))
    allowed(DcqlQuery(credentials, (CredentialSetQuery((("c1", "c3"),)),)))


def test_several_types_of_one_query_are_alternatives_unless_it_takes_several() -> None:
    both = {"meta": {"vct_values": [PIP, DLA]}}
    allowed(asking(PIP, **both))
    assert over_asks(asking(PIP, multiple=True, **both)) == "unregistered_combination"


def test_without_alternatives_everything_may_be_asked_together() -> None:
    compact = resigned(certificate(), REGISTRAR, without("pdx_alternatives"))
    allowed(DcqlQuery(question_to_query(question()).credentials), compact)


def test_a_query_too_complicated_to_check_is_refused() -> None:
    credentials = tuple(CredentialQuery(f"c{n}", "dc+sd-jwt", {}, frozenset({PIP})) for n in range(64))
    sets = tuple(CredentialSetQuery(((f"c{n}",), (f"c{n + 1}",))) for n in range(0, 64, 2))
    assert over_asks(DcqlQuery(credentials, sets)) == "unregistered_combination"


def test_many_selections_of_many_types_are_too_complicated_together() -> None:
    """Each number is within bounds; 4096 selections of 4096 answers would keep a wallet for hours."""
    both = frozenset({PIP, DLA})
    credentials = tuple(CredentialQuery(f"c{n}", "dc+sd-jwt", {}, both) for n in range(24))
    sets = tuple(CredentialSetQuery(((f"c{n}",), (f"c{n + 1}",))) for n in range(0, 24, 2))
    compact = resigned(certificate(), REGISTRAR, without("pdx_alternatives"))
    assert over_asks(DcqlQuery(credentials, sets), compact) == "unregistered_combination"


def test_another_format() -> None:
    mdoc = {"id": "c1", "format": "mso_mdoc", "meta": {"doctype_value": "org.iso.18013.5.1.mDL"}}
    assert over_asks(parse_dcql_query({"credentials": [mdoc]})) == "unregistered_type"
    compact = resigned(certificate(), REGISTRAR, lambda p: p["credentials"][0].update(format="other"))
    assert over_asks(asking(PIP), compact) == "unregistered_type"


def test_every_credential_query_counts() -> None:
    within = question_to_query(question()).credentials[:1]
    beyond = CredentialQuery("x", "dc+sd-jwt", {}, frozenset({"urn:x"}), claims=(ClaimsQuery(("a",)),))
    assert over_asks(DcqlQuery((*within, beyond))) == "unregistered_type"


def test_registering_no_claims_allows_the_bare_claim_only() -> None:
    compact = registering()
    assert payload_of(compact)["credentials"][0]["claim"] == []
    allowed(asking(PIP), compact)
    assert over_asks(asking(PIP, ("family_name",)), compact) == "unregistered_claim"


def test_exactly_one_registration_is_shown() -> None:
    assert find_registration(["ey"]) == "ey"
    for statements in ([], ["a", "b"], [{"jwt": "a"}]):
        with pytest.raises(UnsatisfiedError):
            find_registration(statements)


def with_header(compact: str, **header: Any) -> str:
    payload = compact.split(".")[1]
    return create_jws(
        b64url_decode(payload), REGISTRAR.key, typ="rc-wrp+jwt", x5c=REGISTRAR.x5c, header=header
    )


def test_what_was_approved_in_public() -> None:
    assert verified(certificate(), log_keys=[LOG_KEY]) == verified(certificate())


@pytest.mark.parametrize("proof", [None, 7, "", "c2sp.org/tlog-proof@v1"])
def test_a_registration_without_a_proof_of_the_log(proof: object) -> None:
    header = {} if proof is None else {"pdx_log_proof": proof}
    assert refused(with_header(certificate(), **header), log_keys=[LOG_KEY]) == "registration_not_logged"
    assert verified(with_header(certificate(), **header))  # where the network has no log


def test_another_registration_s_place_in_the_log() -> None:
    proof = log_proof(b64url_decode(certificate(name="Another Council").split(".")[1]))
    assert (
        refused(with_header(certificate(), pdx_log_proof=proof), log_keys=[LOG_KEY])
        == "registration_not_logged"
    )


def test_what_is_logged_as_something_else_was_not_approved() -> None:
    proof = log_proof(b64url_decode(certificate().split(".")[1]), event="change")
    assert (
        refused(with_header(certificate(), pdx_log_proof=proof), log_keys=[LOG_KEY])
        == "registration_not_logged"
    )


def test_a_log_that_is_not_the_network_s() -> None:
    other = LogKey(LOG_KEY.name, signing_key("another log").public_key)
    assert refused(certificate(), log_keys=[other]) == "registration_not_logged"
    assert verified(certificate(), log_keys=[other, LOG_KEY])  # an old and a new key, while one takes over


# --- many at once: what was verified once is not taken for anything else


def verifier(*log_keys: LogKey) -> RegistrationVerifier:
    """One that has verified a good registration already."""
    made = RegistrationVerifier(anchors=AUTHORITY.anchors, log_keys=log_keys)
    made.verify(certificate(), now=NOW, expected_subject=COUNCIL)
    return made


def refused_by(one: RegistrationVerifier, compact: str, *, now: int = NOW, subject: str = COUNCIL) -> str:
    with pytest.raises(RemoteError) as caught:
        one.verify(compact, now=now, expected_subject=subject)
    return caught.value.code


def test_many_are_verified_as_one_is() -> None:
    one = verifier(LOG_KEY)
    for subject in (COUNCIL, "PDXGB-other", COUNCIL):
        compact = certificate(subject=subject)
        found = one.verify(compact, now=NOW, expected_subject=subject)
        assert found == verified(compact, log_keys=(LOG_KEY,), expected_subject=subject)


@pytest.mark.parametrize(("change", "code"), REFUSED.values(), ids=REFUSED.keys())
def test_refused_among_many(change: Change, code: str) -> None:
    assert refused_by(verifier(), resigned(certificate(), REGISTRAR, change)) == code


def test_a_chain_is_not_taken_for_another_that_was_verified() -> None:
    one = verifier()
    assert refused_by(one, resigned(certificate(), Authority("other").party(Profile.REGISTRAR))) == (
        "unknown_authority"
    )
    service = AUTHORITY.party(Profile.REQUEST_SIGNING, organisation_id=COUNCIL)
    assert refused_by(one, resigned(certificate(), service)) == "wrong_profile"
    assert refused_by(one, resigned(certificate(), Party(service.key, REGISTRAR.x5c))) == "bad_signature"


def test_a_chain_verified_at_one_time_is_not_good_at_every_time() -> None:
    one = verifier()
    assert refused_by(one, certificate(), now=NOW + YEAR + DAY) == "certificate_expired"
    assert refused_by(one, certificate(), now=NOW - 2 * DAY) == "certificate_not_yet_valid"


def test_a_checkpoint_that_was_verified_proves_its_own_entries_only() -> None:
    one = verifier(LOG_KEY)
    good, other = certificate(), certificate(name="Another council")
    proof = header_of(good)["pdx_log_proof"]
    borrowed = sign_registration(
        json_dumps(payload_of(other)), REGISTRAR.key, x5c=REGISTRAR.x5c, log_proof=proof
    )
    assert refused_by(one, borrowed) == "registration_not_logged"
    assert refused_by(one, resigned(certificate(), REGISTRAR)) == "registration_not_logged"  # no proof at all
    one.verify(good, now=NOW, expected_subject=COUNCIL)


def test_a_checkpoint_changed_by_a_byte_is_another() -> None:
    one = verifier(LOG_KEY)
    payload = payload_of(certificate())
    proof = header_of(certificate())["pdx_log_proof"]
    changed = proof.replace("\n3\n", "\n4\n")  # the size, under the signature that was good for three
    assert changed != proof
    compact = sign_registration(json_dumps(payload), REGISTRAR.key, x5c=REGISTRAR.x5c, log_proof=changed)
    assert refused_by(one, compact) == "registration_not_logged"


def test_a_checkpoint_of_another_log_is_not_believed() -> None:
    stranger = LogKey(LOG_KEY.name, signing_key("another log").public_key)
    one = RegistrationVerifier(anchors=AUTHORITY.anchors, log_keys=[stranger])
    assert refused_by(one, certificate()) == "registration_not_logged"
