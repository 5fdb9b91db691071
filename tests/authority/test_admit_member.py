import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from authority.member import Kind, MemberName, Purpose
from authority.usecases.admit_member import Application
from protocol.errors import ProtocolError
from protocol.x509 import Profile, verify_chain
from serving.documents import check_values
from serving.errors import OperatorError
from tests.authority.network import (
    DAY,
    NOW,
    VCT,
    Network,
    asking,
    claim_type,
    new_key,
    question,
    request_of,
)


def chain_of(member_chain: str) -> list[bytes]:
    certificates = x509.load_pem_x509_certificates(member_chain.encode())
    return [certificate.public_bytes(Encoding.DER) for certificate in certificates]


def test_a_department_gets_a_certificate_for_each_key(network: Network) -> None:
    member = network.admit_department()
    anchors = [network.records.root_certificate()]
    for purpose, profile, key in (
        (Purpose.CLAIM_SIGNING, Profile.CLAIM_SIGNING, "claims"),
        (Purpose.STATUS_SIGNING, Profile.STATUS_SIGNING, "status"),
    ):
        certified = member.certified(purpose)
        assert certified is not None
        leaf = verify_chain(chain_of(certified.chain), anchors=anchors, now=NOW, expected_profile=profile)
        assert leaf.organisation_id == "PDXGB-dwp"
        assert leaf.organisation_name == "Department"
        assert (leaf.hosts, leaf.uris) == (("dwp.example",), ("https://dwp.example",))
        assert leaf.public_key == network.key(key).public_key


def test_an_address_without_a_name_is_a_host_but_no_dns_name(network: Network) -> None:
    member = network.admit_department(url="https://192.168.1.5:8401")
    certified = member.certified(Purpose.CLAIM_SIGNING)
    assert certified is not None
    anchors = [network.records.root_certificate()]
    chain = chain_of(certified.chain)
    leaf = verify_chain(chain, anchors=anchors, now=NOW, expected_profile=Profile.CLAIM_SIGNING)
    assert (leaf.hosts, leaf.uris) == (("192.168.1.5",), ("https://192.168.1.5:8401",))
    names = certified.leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == []


def test_a_member_is_read_back_as_it_was_saved(network: Network) -> None:
    network.fill()
    kinds = [(member.kind, member.id) for member in network.records.members()]
    assert kinds == [(Kind.DEPARTMENT, "dwp"), (Kind.SERVICE, "blue-badge"), (Kind.WALLET_PROVIDER, "wallet")]
    member = network.records.find_member(Kind.DEPARTMENT, "dwp")
    assert member is not None
    assert member.claim_types == (claim_type(),)
    assert network.records.find_member(Kind.SERVICE, "dwp") is None


def test_admitting_twice_changes_nothing(network: Network) -> None:
    network.fill()
    before = network.state()
    network.admit_department(now=NOW + DAY)
    network.admit_service(now=NOW + DAY)
    assert network.state() == before


def test_a_new_key_replaces_the_old_one(network: Network) -> None:
    network.admit_department()
    network.keys["claims"] = new_key()
    member = network.admit_department()
    assert len(member.certificates) == 2
    certified = member.certified(Purpose.CLAIM_SIGNING)
    assert certified is not None
    assert certified.public_key == network.key("claims").public_key


def test_another_name_makes_certificate_and_registration_anew(network: Network) -> None:
    network.admit_department()
    first = network.admit_service()
    second = network.admit_service(name=MemberName(en="Parking team", cy="Tîm parcio"))
    assert "Parking team" in second.certificates[0].leaf.subject.rfc4514_string()
    assert first.registrations[0].certificate != second.registrations[0].certificate


def test_another_name_is_on_every_certificate_of_the_member(network: Network) -> None:
    network.admit_department()
    name = MemberName(en="New name", cy="Enw newydd")
    requests = {Purpose.CLAIM_SIGNING: request_of(network.key("claims"))}  # none for its status lists
    member = network.admit_department(name=name, requests=requests)
    assert {one.purpose for one in member.certificates} == {Purpose.CLAIM_SIGNING, Purpose.STATUS_SIGNING}
    assert all("O=New name" in one.leaf.subject.rfc4514_string() for one in member.certificates)
    status = member.certified(Purpose.STATUS_SIGNING)
    assert status is not None
    assert status.public_key == network.key("status").public_key


# --- refusals: each leaves everything as it was


def refused(network: Network, text: str, act: object, **changes: object) -> None:
    before = network.state()
    with pytest.raises((OperatorError, ProtocolError), match=text):
        act(**changes)  # type: ignore[operator]
    assert network.state() == before


def test_one_key_for_two_purposes_is_refused(network: Network) -> None:
    network.keys["status"] = network.key("claims")
    network.admit_department(requests={Purpose.CLAIM_SIGNING: request_of(network.key("claims"))})
    refused(network, "certified already, for dwp", network.admit_department)


def test_one_key_for_two_purposes_at_once_is_refused(network: Network) -> None:
    network.keys["status"] = network.key("claims")
    refused(network, "certified already", network.admit_department)


def test_one_key_for_two_members_is_refused(network: Network) -> None:
    network.admit_department()
    network.keys["requests"] = network.key("claims")
    refused(network, "certified already, for dwp", network.admit_service)


def test_the_authoritys_own_key_is_refused(network: Network) -> None:
    key = network.records.own_keys.signing_key("registrar")
    requests = {Purpose.CLAIM_SIGNING: request_of(key)}  # type: ignore[arg-type]
    refused(network, "the authority's own", network.admit_department, requests=requests)


def test_the_roots_key_is_refused_though_it_lies_elsewhere(network: Network) -> None:
    key = network.records.root_keys.signing_key("root")
    (network.directory / "root").rename(network.directory.parent / "safe")
    requests = {Purpose.CLAIM_SIGNING: request_of(key)}  # type: ignore[arg-type]
    refused(network, "the authority's own", network.admit_department, requests=requests)


def newcomer(**changes: object) -> dict[str, object]:
    requests = {Purpose.CLAIM_SIGNING: request_of(new_key(), f"PDXGB-{changes['id']}")}
    other = {"name": MemberName(en="Newcomer", cy="Newyddian"), "url": "https://newcomer.example"}
    return {"requests": requests, "claim_types": (), **other, **changes}


def test_the_authoritys_own_identifier_is_refused(network: Network) -> None:
    refused(network, "the authority's own", network.admit_department, **newcomer(id="authority"))


@pytest.mark.parametrize(
    "name",
    [
        MemberName(en="department", cy="Newyddian"),
        MemberName(en="Newcomer", cy="ADRAN"),
        MemberName(en="Adran", cy="Newyddian"),
    ],
)
def test_two_members_of_one_name_can_not_be_told_apart(network: Network, name: MemberName) -> None:
    network.admit_department()
    refused(network, "dwp has this name", network.admit_department, **newcomer(id="newcomer", name=name))


def test_one_member_of_two_kinds_has_one_name(network: Network) -> None:
    network.admit_department()
    requests = {Purpose.REQUEST_SIGNING: request_of(network.key("requests"))}
    name = MemberName(en="Department", cy="Adran")
    assert network.admit_service(id="dwp", name=name, requests=requests, url="https://dwp.example")


def test_two_departments_of_one_address_can_not_be_told_apart(network: Network) -> None:
    network.admit_department()
    other = newcomer(id="newcomer", url="https://dwp.example")
    refused(network, "dwp has this address", network.admit_department, **other)


@pytest.mark.parametrize("url", ["http://dwp.example", "http://localhost:8401"])
def test_an_address_without_https_is_refused(network: Network, url: str) -> None:
    refused(network, "must begin with https", network.admit_department, url=url)


def test_a_demonstration_has_http_on_localhost_only(network: Network) -> None:
    settings = network.records.settings()
    network.records.save_settings(settings.model_copy(update={"demo": True}))
    refused(network, "must begin with https", network.admit_department, url="http://dwp.example")
    assert network.admit_department(url="http://localhost:8401")


def test_a_request_for_another_member_is_refused(network: Network) -> None:
    requests = {Purpose.CLAIM_SIGNING: request_of(new_key(), "PDXGB-veterans")}
    refused(network, "must name PDXGB-dwp", network.admit_department, requests=requests)


def test_a_request_without_proof_of_possession_is_refused(network: Network) -> None:
    csr = x509.load_pem_x509_csr(request_of(network.key("claims")))
    der = csr.public_bytes(Encoding.DER)
    point = (
        network.key("claims")
        .public_key.to_cryptography()
        .public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    )
    other = new_key().public_key.to_cryptography().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    assert der.count(point) == 1
    requests = {Purpose.CLAIM_SIGNING: der.replace(point, other)}
    refused(network, "not signed by its own key", network.admit_department, requests=requests)


def test_a_key_on_another_curve_is_refused(network: Network) -> None:
    key = ec.generate_private_key(ec.SECP384R1())
    csr = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).sign(key, SHA256())
    requests = {Purpose.CLAIM_SIGNING: csr.public_bytes(Encoding.PEM)}
    refused(network, "P-256", network.admit_department, requests=requests)


@pytest.mark.parametrize("request_", [b"", b"no request", b"-----BEGIN CERTIFICATE REQUEST-----"])
def test_what_is_no_request_is_refused(network: Network, request_: bytes) -> None:
    requests = {Purpose.CLAIM_SIGNING: request_}
    refused(network, "can't be read", network.admit_department, requests=requests)


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"id": "DWP"}, '"id" does not have the right form'),
        ({"id": "dwp/../x"}, '"id" does not have the right form'),
        ({"id": "-dwp"}, '"id" does not have the right form'),
        ({"id": ""}, '"id" does not have the right form'),
        ({"id": "x" * 64}, '"id" must have at most 63'),
        ({"url": "dwp.example"}, '"url" is not usable'),
        ({"name": {"en": "x" * 65, "cy": "x"}}, '"name.en" must have at most 64'),
        ({"name": {"en": "x"}}, '"name.cy"'),
        ({"name": {"en": "Depar\u0430tment", "cy": "x"}}, '"name.en" is not usable: .* English and Welsh'),
        ({"name": {"en": "x", "cy": "A\u202eb"}}, '"name.cy" is not usable'),
        ({"name": {"en": "A\u200bb", "cy": "x"}}, '"name.en" is not usable'),
        ({"name": {"en": "A\x1b[2Jb", "cy": "x"}}, '"name.en" is not usable'),
        ({"name": {"en": "A\nb", "cy": "x"}}, '"name.en" is not usable'),
        ({"name": {"en": "A\xa0b", "cy": "x"}}, '"name.en" is not usable'),
        ({"name": {"en": "Te\u0302m", "cy": "x"}}, '"name.en" is not usable'),
        ({"name": {"en": "A  b", "cy": "x"}}, '"name.en" is not usable: .* single spaces'),
        ({"name": {"en": " A", "cy": "x"}}, '"name.en" is not usable'),
    ],
)
def test_what_the_operator_typed_is_checked(changes: dict[str, object], text: str) -> None:
    values = {"kind": "service", "id": "a", "name": {"en": "A", "cy": "A"}, "url": "https://a.example"}
    with pytest.raises(OperatorError, match=text):
        check_values(Application, {**values, "requests": {}, **changes})


@pytest.mark.parametrize("name", ["Cyngor Sir Ynys Môn", "Tŷ’r Cyffredin", "Ŵyl & Co. (Wales) Ltd.", "A – B"])
def test_names_in_welsh_and_english(name: str) -> None:
    assert MemberName(en=name, cy=name).cy == name


def test_a_claim_type_of_another_owner_is_refused(network: Network) -> None:
    other = (claim_type(owner="veterans"),)
    refused(network, "is owned by veterans", network.admit_department, claim_types=other)


def test_a_registered_claim_type_does_not_change(network: Network) -> None:
    network.admit_department()
    changed = (claim_type(nation="england"),)
    refused(network, "raise its version", network.admit_department, claim_types=changed)
    member = network.admit_department(claim_types=(claim_type(nation="england", version=2),))
    assert [one.version for one in member.claim_types] == [1, 2]


def test_a_question_about_an_unknown_claim_type_is_refused(network: Network) -> None:
    refused(network, f"asks for {VCT}, which no department issues", network.admit_service)


def test_a_question_about_what_can_not_be_disclosed_is_refused(network: Network) -> None:
    network.admit_department()
    for attribute in (["given_name"], ["address"], ["family_name", "x"]):
        questions = (asking(VCT, ["family_name"], attribute),)
        name = r"\.".join(attribute)
        text = rf"for {name}; it can disclose: address\.postal_code, family_name"
        refused(network, text, network.admit_service, questions=questions)


def test_a_registered_question_does_not_change(network: Network) -> None:
    network.admit_department()
    network.admit_service()
    changed = question(law={"en": "Another", "cy": "Arall"})
    refused(network, "raise its version", network.admit_service, questions=(changed,))
    later = network.admit_service(questions=(question(version=2),))
    assert [one.question.version for one in later.registrations] == [2]
    refused(network, "as version 2 already", network.admit_service)


@pytest.mark.parametrize(
    ("what", "text"), [("claim_types", "only a department"), ("questions", "only a service")]
)
def test_each_kind_has_its_own(network: Network, what: str, text: str) -> None:
    network.admit_department()
    if what == "claim_types":
        refused(network, text, network.admit_service, claim_types=(claim_type(),))
    else:
        refused(network, text, network.admit_department, questions=(question(),))
