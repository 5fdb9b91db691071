"""Path validation: each rule of RFC 5280 §6.1 that we hold, with the chain that breaks it alone."""

from hashlib import sha256
from itertools import pairwise
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, SHA384
from cryptography.x509.oid import ExtendedKeyUsageOID

from protocol.errors import MalformedError, UntrustedError
from protocol.keys import PublicKey
from protocol.x509 import LeafIdentity, Profile, parse_certificate, verify_chain
from tests.protocol.keys_for_tests import private_key
from tests.protocol.x509.forging import (
    DAY,
    NOW,
    YEAR,
    Spec,
    authority,
    der,
    end_entity,
    key_usage,
    name,
    p384,
)

ROOT = authority("root")
CA = authority("ca", path_length=0)
LEAF = end_entity()
UNKNOWN = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")


def verify(
    leaf: Spec = LEAF,
    *above: Spec,
    root: Spec = ROOT,
    now: int = NOW,
    profile: Profile | None = Profile.CLAIM_SIGNING,
) -> LeafIdentity:
    """Verify leaf, then the authorities above it in order, below `root` as the only anchor."""
    specs = (leaf, *(above or (CA,)), root)
    chain = [spec.signed_by(issuer) for spec, issuer in pairwise(specs)]
    anchor = root.signed_by(root)
    return verify_chain(der(*chain), anchors=[anchor], now=now, expected_profile=profile)


def refused(*arguments: Any, **keywords: Any) -> str:
    with pytest.raises(UntrustedError) as caught:
        verify(*arguments, **keywords)
    return caught.value.code


def test_a_member_is_named_by_its_certificate() -> None:
    names = x509.SubjectAlternativeName(
        [x509.DNSName("dwp.example"), x509.UniformResourceIdentifier("https://dwp.example/vc")]
    )
    key_id = x509.AuthorityKeyIdentifier(b"ca", None, None)
    leaf = LEAF.but(extensions={"names": (names, False), "key id": (key_id, False)})
    ca = CA.but(extensions={"key id": (x509.AuthorityKeyIdentifier(b"root", None, None), False)})
    certificate = leaf.signed_by(ca)
    chain = der(certificate, ca.signed_by(ROOT))
    anchors = [ROOT.signed_by(ROOT)]
    identity = verify_chain(chain, anchors=anchors, now=NOW, expected_profile=Profile.CLAIM_SIGNING)
    assert identity == LeafIdentity(
        organisation_id="PDXGB-dwp",
        organisation_name="Department",
        common_name="claims",
        hosts=("dwp.example",),
        uris=("https://dwp.example/vc",),
        public_key=PublicKey.from_certificate(certificate),
        key_sha256=sha256(PublicKey.from_certificate(certificate).to_spki()).digest(),
        sha256=certificate.fingerprint(SHA256()),
        authority_key_ids=(b"ca", b"root"),
        not_after=NOW + YEAR,
    )


def test_one_to_four_certificates() -> None:
    middle = [authority(f"ca {number}") for number in range(4)]
    assert verify(LEAF, *middle[:1]).organisation_id == "PDXGB-dwp"
    assert verify(LEAF, *middle[:3]).organisation_id == "PDXGB-dwp"
    assert refused(LEAF, *middle) == "bad_chain_length"
    with pytest.raises(UntrustedError):
        verify_chain([], anchors=[], now=NOW, expected_profile=None)


def test_a_leaf_directly_below_the_anchor() -> None:
    leaf = LEAF.signed_by(ROOT)
    anchors = [ROOT.signed_by(ROOT)]
    assert verify_chain(der(leaf), anchors=anchors, now=NOW, expected_profile=Profile.CLAIM_SIGNING)


# RFC 5280 §6.1.3 (a)(1): the signature
@pytest.mark.parametrize("broken", [0, 1])
def test_every_signature_is_checked(broken: int) -> None:
    impostors = [CA.but(key=private_key("impostor")), ROOT.but(key=private_key("impostor"))]
    issuers = [impostors[at] if at == broken else real for at, real in enumerate((CA, ROOT))]
    chain = der(LEAF.signed_by(issuers[0]), CA.signed_by(issuers[1]))
    with pytest.raises(UntrustedError) as caught:
        verify_chain(chain, anchors=[ROOT.signed_by(ROOT)], now=NOW, expected_profile=Profile.CLAIM_SIGNING)
    assert caught.value.code == "bad_chain"


# §6.1.3 (a)(2): validity of each certificate, inclusive at both ends
def test_the_validity_of_each_certificate() -> None:
    soon, late = {"not_after": NOW - 1}, {"not_before": NOW + 1}
    assert refused(LEAF.but(**soon)) == "certificate_expired"
    assert refused(LEAF.but(**late)) == "certificate_not_yet_valid"
    assert refused(LEAF, CA.but(**soon)) == "certificate_expired"
    assert refused(LEAF, CA.but(**late)) == "certificate_not_yet_valid"
    assert refused(LEAF, CA, root=ROOT.but(**soon)) == "bad_chain"
    assert refused(LEAF, CA, root=ROOT.but(**late)) == "bad_chain"


def test_an_anchor_is_judged_at_the_given_time() -> None:
    root = ROOT.but(not_before=NOW - DAY, not_after=NOW + DAY)
    assert verify(LEAF, CA, root=root, now=NOW + DAY)
    assert refused(LEAF, CA, root=root, now=NOW + DAY + 1) == "bad_chain"
    assert refused(LEAF, CA, root=root, now=NOW - DAY - 1) == "bad_chain"


@pytest.mark.parametrize("now", [NOW - DAY, NOW + DAY])
def test_validity_includes_its_ends(now: int) -> None:
    leaf = LEAF.but(not_before=NOW - DAY, not_after=NOW + DAY)
    assert verify(leaf, now=now).not_after == NOW + DAY
    assert refused(leaf, now=now + (1 if now > NOW else -1)).startswith("certificate_")


# §6.1.3 (a)(4): names chain
def test_issuer_and_subject_names_chain() -> None:
    other = name(("CN", "another authority"))
    assert refused(LEAF.but(issuer=other)) == "bad_chain"
    assert refused(LEAF, CA.but(issuer=other)) == "unknown_authority"


def test_an_anchor_of_the_same_name_and_another_key_certifies_nothing() -> None:
    chain = der(LEAF.signed_by(CA), CA.signed_by(ROOT))
    other = ROOT.but(key=private_key("another root"))
    with pytest.raises(UntrustedError):
        verify_chain(chain, anchors=[other.signed_by(other)], now=NOW, expected_profile=None)
    with pytest.raises(UntrustedError):
        verify_chain(chain, anchors=[], now=NOW, expected_profile=None)


def test_one_of_several_anchors_is_enough() -> None:
    chain = der(LEAF.signed_by(CA), CA.signed_by(ROOT))
    others = [authority("other"), ROOT.but(key=private_key("next root"))]
    anchors = [spec.signed_by(spec) for spec in (*others, ROOT)]
    assert verify_chain(chain, anchors=anchors, now=NOW, expected_profile=Profile.CLAIM_SIGNING)


# §6.1.4 (k): basicConstraints of each authority
@pytest.mark.parametrize(
    "constraints",
    [None, (x509.BasicConstraints(ca=False, path_length=None), True)],
    ids=["missing", "no authority"],
)
def test_an_authority_says_that_it_is_one(constraints: Any) -> None:
    assert refused(LEAF, CA.but(extensions={"constraints": constraints})) == "bad_chain"
    assert refused(LEAF, CA, root=ROOT.but(extensions={"constraints": constraints})) == "bad_chain"


def test_a_leaf_certifies_no_other() -> None:
    victim = LEAF.but(key=private_key("victim"), subject=name(("O", "Other"), ("ID", "PDXGB-other")))
    above = CA.but(extensions=free())
    assert refused(victim, LEAF, above) == "bad_chain"
    assert verify(victim, LEAF.but(extensions=free() | {"usage": CA.extensions["usage"]}), above)


def free() -> dict[str, Any]:
    return {"constraints": (x509.BasicConstraints(ca=True, path_length=None), True)}


# §6.1.4 (l), (m): pathLenConstraint
def test_path_lengths_are_kept() -> None:
    middle = authority("middle")
    assert refused(LEAF, middle, CA) == "bad_chain"
    assert refused(LEAF, middle, authority("other"), root=authority("root", path_length=1)) == "bad_chain"
    assert verify(LEAF, middle, authority("other", path_length=1))


# §6.1.4 (n): keyUsage of each authority, where there is one
def test_an_authority_may_sign_certificates() -> None:
    wrong = {"usage": (key_usage("digital_signature", "crl_sign"), True)}
    assert refused(LEAF, CA.but(extensions=wrong)) == "bad_chain"
    assert refused(LEAF, CA, root=ROOT.but(extensions=wrong)) == "bad_chain"
    assert verify(LEAF, CA.but(extensions={"usage": None}))


# §6.1.4 (o), §6.1.5 (f): critical extensions that nobody here understands
def test_unknown_critical_extensions() -> None:
    critical, harmless = {"new": (UNKNOWN, True)}, {"new": (UNKNOWN, False)}
    assert refused(LEAF.but(extensions=critical)) == "bad_chain"
    assert refused(LEAF, CA.but(extensions=critical)) == "bad_chain"
    assert verify(LEAF.but(extensions=harmless), CA.but(extensions=harmless))


# §6.1.4 (i), §4.2.1.11: a policy that must be processed
@pytest.mark.parametrize("critical", [True, False])
def test_required_policies_are_refused(critical: bool) -> None:
    constraint = x509.PolicyConstraints(require_explicit_policy=0, inhibit_policy_mapping=None)
    assert refused(LEAF, CA.but(extensions={"policy": (constraint, critical)})) == "bad_chain"


# §6.1.3 (b), (c): name constraints are kept, and refused where the library can't judge them
def constrained(*permitted: x509.GeneralName, excluded: x509.GeneralName | None = None) -> Spec:
    constraints = x509.NameConstraints(list(permitted) or None, [excluded] if excluded else None)
    return CA.but(extensions={"names": (constraints, True)})


def for_host(host: str) -> Spec:
    return LEAF.but(extensions={"names": (x509.SubjectAlternativeName([x509.DNSName(host)]), False)})


def test_name_constraints() -> None:
    assert verify(for_host("dwp.example"), constrained(x509.DNSName("dwp.example")))
    assert refused(for_host("other.example"), constrained(x509.DNSName("dwp.example"))) == "bad_chain"
    assert refused(for_host("dwp.example"), constrained(excluded=x509.DNSName("example"))) == "bad_chain"
    assert refused(LEAF, constrained(x509.DirectoryName(name(("O", "Department"))))) == "bad_chain"
    assert refused(LEAF, constrained(excluded=x509.DirectoryName(LEAF.subject))) == "bad_chain"


def test_uri_constraints_cant_be_judged_and_are_refused() -> None:
    uri = x509.SubjectAlternativeName([x509.UniformResourceIdentifier("https://dwp.example/")])
    leaf = LEAF.but(extensions={"names": (uri, False)})
    assert refused(leaf, constrained(x509.UniformResourceIdentifier("dwp.example"))) == "bad_chain"


# RFC 7515 §4.1.6: in order, each certifying the one before it
def test_the_order_counts() -> None:
    middle = authority("middle")
    above = authority("above")
    leaf, one, two = LEAF.signed_by(middle), middle.signed_by(above), above.signed_by(ROOT)
    anchors = [ROOT.signed_by(ROOT)]
    assert verify_chain(der(leaf, one, two), anchors=anchors, now=NOW, expected_profile=Profile.CLAIM_SIGNING)
    for wrong in ((leaf, two, one), (one, leaf, two), (two, one, leaf)):
        with pytest.raises(UntrustedError):
            verify_chain(der(*wrong), anchors=anchors, now=NOW, expected_profile=Profile.CLAIM_SIGNING)


@pytest.mark.parametrize("at", [1, 2])
def test_nothing_else_is_in_the_chain(at: int) -> None:
    chain = der(LEAF.signed_by(CA), CA.signed_by(ROOT))
    chain.insert(at, der(authority("stranger").signed_by(ROOT))[0])
    with pytest.raises(UntrustedError) as caught:
        verify_chain(chain, anchors=[ROOT.signed_by(ROOT)], now=NOW, expected_profile=Profile.CLAIM_SIGNING)
    assert caught.value.code == "bad_chain_order"


def test_no_certificate_twice() -> None:
    leaf, ca = der(LEAF.signed_by(CA), CA.signed_by(ROOT))
    for chain in ([leaf, leaf, ca], [leaf, ca, ca]):
        with pytest.raises(UntrustedError):
            verify_chain(chain, anchors=[ROOT.signed_by(ROOT)], now=NOW, expected_profile=None)


# HAIP 1.0 §7 (x5c): the anchor stays outside, the leaf is not self-signed
def test_the_anchor_is_not_in_the_chain() -> None:
    root = ROOT.signed_by(ROOT)
    with pytest.raises(UntrustedError) as caught:
        verify_chain(
            der(LEAF.signed_by(CA), CA.signed_by(ROOT), root), anchors=[root], now=NOW, expected_profile=None
        )
    assert caught.value.code == "anchor_in_chain"


def test_an_anchor_signs_nothing_itself() -> None:
    leaf = LEAF.signed_by(CA)
    with pytest.raises(UntrustedError) as caught:
        verify_chain(der(leaf), anchors=[leaf], now=NOW, expected_profile=None)
    assert caught.value.code == "anchor_in_chain"


def test_a_self_signed_leaf() -> None:
    alone = LEAF.signed_by(LEAF)
    for anchors in ([ROOT.signed_by(ROOT)], [LEAF.but(not_after=NOW + 1).signed_by(LEAF)]):
        with pytest.raises(UntrustedError) as caught:
            verify_chain(der(alone), anchors=anchors, now=NOW, expected_profile=None)
        assert caught.value.code == "self_signed"


# Keys
@pytest.mark.parametrize(
    "key", [rsa.generate_private_key(65537, 2048), ec.derive_private_key(5, ec.SECP521R1())]
)
def test_keys_of_authorities(key: Any) -> None:
    assert refused(LEAF, CA.but(key=key)) == "weak_key"
    assert refused(LEAF, CA, root=ROOT.but(key=key)) == "weak_key"


def test_p384_is_for_authorities_only() -> None:
    assert verify(
        LEAF, CA.but(key=p384(5), algorithm=SHA384()), root=ROOT.but(key=p384(6), algorithm=SHA384())
    )
    with pytest.raises(MalformedError):
        verify(LEAF.but(key=p384(7)))


def test_a_key_that_is_too_weak_for_the_library() -> None:
    assert refused(LEAF, CA.but(key=rsa.generate_private_key(65537, 1024))) == "bad_chain"


@pytest.mark.parametrize("algorithm", [SHA1()])
def test_weak_digests(algorithm: Any) -> None:
    chain = [LEAF.signed_by(CA), weakly_signed(CA, ROOT, algorithm)]
    with pytest.raises(UntrustedError):
        verify_chain(
            der(*chain), anchors=[ROOT.signed_by(ROOT)], now=NOW, expected_profile=Profile.CLAIM_SIGNING
        )


def weakly_signed(spec: Spec, issuer: Spec, algorithm: Any) -> x509.Certificate:
    """The builder makes no such signature: change both algorithm fields and sign again."""
    good = spec.signed_by(issuer)
    sha256, sha1 = bytes.fromhex("06082a8648ce3d040302"), bytes.fromhex("06072a8648ce3d0401")
    body = with_algorithm(good.tbs_certificate_bytes, sha256, sha1)
    signature = issuer.key.sign(body, ec.ECDSA(algorithm))
    return x509.load_der_x509_certificate(sequence(body + sequence(sha1) + tlv(3, b"\x00" + signature)))


def with_algorithm(body: bytes, old: bytes, new: bytes) -> bytes:
    start = 2 + (body[1] & 0x7F if body[1] & 0x80 else 0)
    return sequence(body[start:].replace(sequence(old), sequence(new), 1))


def sequence(content: bytes) -> bytes:
    return tlv(0x30, content)


def tlv(tag: int, content: bytes) -> bytes:
    length = len(content)
    if length < 128:
        return bytes([tag, length]) + content
    size = (length.bit_length() + 7) // 8
    return bytes([tag, 0x80 | size]) + length.to_bytes(size, "big") + content


# The leaf: an end entity, for the one purpose that is expected
def test_the_leaf_is_no_authority() -> None:
    assert refused(LEAF.but(extensions=free())) == "bad_chain"


def test_the_leaf_may_sign() -> None:
    assert refused(LEAF.but(extensions={"usage": (key_usage("key_agreement"), True)})) == "bad_chain"
    assert verify(LEAF.but(extensions={"usage": None}), profile=None)


@pytest.mark.parametrize("profile", list(Profile))
@pytest.mark.parametrize("expected", list(Profile))
def test_each_purpose_is_only_itself(profile: Profile, expected: Profile) -> None:
    leaf = end_entity(profile)
    if profile is expected:
        assert verify(leaf, profile=expected)
    else:
        assert refused(leaf, profile=expected) == "wrong_profile"


@pytest.mark.parametrize(
    "usages",
    [
        None,
        [Profile.CLAIM_SIGNING.value, Profile.STATUS_SIGNING.value],
        [ExtendedKeyUsageOID.CLIENT_AUTH],
        [ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE],
    ],
    ids=["none", "two", "another", "any"],
)
def test_one_purpose_exactly(usages: list[x509.ObjectIdentifier] | None) -> None:
    purpose = (x509.ExtendedKeyUsage(usages), False) if usages else None
    leaf = LEAF.but(extensions={"purpose": purpose})
    assert refused(leaf) == "wrong_profile"
    assert verify(leaf, profile=None)


def test_profiles_are_six_usages_of_one_arc() -> None:
    oids = [profile.value.dotted_string for profile in Profile]
    assert len(set(oids)) == 6
    assert {oid.rpartition(".")[0] for oid in oids} == {"2.25.175425659894453672716734809639501858223"}


# Who it names
@pytest.mark.parametrize(
    "organisation",
    [
        "PDXGB-",
        "PDXGB-DWP",
        "PDXGB-dwp ",
        "PDXGB--dwp",
        "PDXGB-dwp-",
        "NTRGB-dwp",
        "dwp",
        "PDXGB-" + "a" * 64,
        "PDXGB-dwp\n",
    ],
)
def test_members_have_an_identifier_of_our_form(organisation: str) -> None:
    leaf = LEAF.but(subject=name(("ID", organisation), ("O", "Department")))
    assert refused(leaf) == "bad_organisation_id"


def test_a_member_has_an_identifier() -> None:
    assert refused(LEAF.but(subject=name(("O", "Department"), ("CN", "claims")))) == "bad_organisation_id"


@pytest.mark.parametrize(
    "twice", [("ID", "PDXGB-other"), ("ID", "PDXGB-dwp"), ("O", "Other"), ("CN", "other")]
)
@pytest.mark.parametrize("profile", [Profile.CLAIM_SIGNING, None])
def test_nothing_is_named_twice(twice: tuple[str, str], profile: Profile | None) -> None:
    subject = name(("O", "Department"), ("ID", "PDXGB-dwp"), ("CN", "claims"), twice)
    assert refused(LEAF.but(subject=subject), profile=profile) == "ambiguous_subject"


def test_third_parties_never_pass_for_members() -> None:
    ours = verify(LEAF, profile=Profile.CLAIM_SIGNING)
    theirs = verify(LEAF, profile=None)
    assert ours.organisation_id == "PDXGB-dwp"
    assert theirs.organisation_id.startswith("x509:")
    assert theirs.organisation_id.endswith(":2.5.4.97=PDXGB-dwp")
    assert theirs.public_key == ours.public_key


def test_third_parties_are_told_apart_by_anchor_and_subject() -> None:
    nameless = LEAF.but(subject=name(("O", "Department")))
    ids = {
        verify(LEAF, profile=None).organisation_id,
        verify(nameless, profile=None).organisation_id,
        verify(nameless.but(subject=name(("O", "Other"))), profile=None).organisation_id,
        verify(nameless, root=ROOT.but(key=private_key("other")), profile=None).organisation_id,
    }
    assert len(ids) == 4
    assert (
        verify(nameless, profile=None).organisation_id == verify(nameless, CA, profile=None).organisation_id
    )


def test_a_third_party_has_a_name() -> None:
    assert refused(LEAF.but(subject=name()), profile=None) == "nameless"


# Reading
@pytest.mark.parametrize("at", [0, 1])
@pytest.mark.parametrize("wrong", [b"", b"no certificate", b"\x30\x03\x02\x01\x01", b"\x00" * 9000])
def test_certificates_that_cant_be_read(at: int, wrong: bytes) -> None:
    chain = der(LEAF.signed_by(CA), CA.signed_by(ROOT))
    chain[at] = wrong
    with pytest.raises(MalformedError):
        verify_chain(chain, anchors=[ROOT.signed_by(ROOT)], now=NOW, expected_profile=None)


def test_a_certificate_is_bounded() -> None:
    hosts = [x509.DNSName(f"host-{number}.example") for number in range(500)]
    big = LEAF.but(extensions={"names": (x509.SubjectAlternativeName(hosts), False)})
    with pytest.raises(MalformedError) as caught:
        parse_certificate(der(big.signed_by(CA))[0])
    assert caught.value.code == "too_large"


def test_nothing_follows_a_certificate() -> None:
    good = der(LEAF.signed_by(CA))[0]
    assert parse_certificate(good)
    for wrong in (good + b"\x00", good[:-1], good + good):
        with pytest.raises(MalformedError):
            parse_certificate(wrong)


@pytest.mark.parametrize("at", range(0, 400, 7))
def test_a_changed_byte_is_never_accepted(at: int) -> None:
    """Somewhere in the leaf: unreadable, or another certificate that its authority did not sign."""
    chain = der(LEAF.signed_by(CA), CA.signed_by(ROOT))
    broken = bytearray(chain[0])
    broken[at % len(broken)] ^= 1
    with pytest.raises((MalformedError, UntrustedError)):
        verify_chain(
            [bytes(broken), chain[1]],
            anchors=[ROOT.signed_by(ROOT)],
            now=NOW,
            expected_profile=Profile.CLAIM_SIGNING,
        )
