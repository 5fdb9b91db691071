"""Certificates that keep every rule but one, always signed by the right key."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256, SHA384
from cryptography.hazmat.primitives.serialization import Encoding

from protocol.x509 import Profile
from protocol.x509.profiles import ORGANISATION_ID
from tests.protocol.keys_for_tests import private_key

NOW = 1_795_000_000
DAY = 86_400
YEAR = 365 * DAY
OIDS = {"CN": x509.NameOID.COMMON_NAME, "O": x509.NameOID.ORGANIZATION_NAME, "ID": ORGANISATION_ID}


def name(*parts: tuple[str, str]) -> x509.Name:
    """A name from ("CN", …), ("O", …) and ("ID", …), in this order."""
    return x509.Name([x509.NameAttribute(OIDS[part], value) for part, value in parts])


def key_usage(*allowed: str) -> x509.KeyUsage:
    """A key usage extension with these bits."""
    usages = (
        *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment"),
        *("key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
    )
    return x509.KeyUsage(**{usage: usage in allowed for usage in usages})


Extensions = Mapping[str, tuple[x509.ExtensionType, bool] | None]


@dataclass(frozen=True)
class Spec:
    """One certificate to be made; `extensions` by name, each with whether it is critical."""

    subject: x509.Name
    key: Any
    extensions: Extensions = field(default_factory=dict)
    not_before: int = NOW - YEAR
    not_after: int = NOW + YEAR
    issuer: x509.Name | None = None
    algorithm: SHA256 | SHA384 = field(default_factory=SHA256)

    def but(self, **changes: Any) -> "Spec":
        """The same with other fields; `extensions` are added to those there, None takes one away."""
        if "extensions" in changes:
            changes["extensions"] = {**self.extensions, **changes["extensions"]}
        return replace(self, **changes)

    def signed_by(self, issuer: "Spec") -> x509.Certificate:
        """The certificate, signed with the issuer's key under the issuer's name."""
        builder = (
            x509.CertificateBuilder()
            .subject_name(self.subject)
            .issuer_name(self.issuer or issuer.subject)
            .public_key(self.key.public_key())
            .serial_number(7)
            .not_valid_before(datetime.fromtimestamp(self.not_before, UTC))
            .not_valid_after(datetime.fromtimestamp(self.not_after, UTC))
        )
        for value, critical in filter(None, self.extensions.values()):
            builder = builder.add_extension(value, critical)
        return builder.sign(issuer.key, self.algorithm)


def authority(common_name: str, *, key: Any = None, path_length: int | None = None) -> Spec:
    """A well-made certificate authority."""
    return Spec(
        subject=name(("O", "Authority"), ("CN", common_name)),
        key=key or private_key(common_name),
        extensions={
            "constraints": (x509.BasicConstraints(ca=True, path_length=path_length), True),
            "usage": (key_usage("key_cert_sign", "crl_sign"), True),
        },
    )


def end_entity(profile: Profile = Profile.CLAIM_SIGNING, *, key: Any = None) -> Spec:
    """A well-made leaf of a member."""
    return Spec(
        subject=name(("O", "Department"), ("ID", "PDXGB-dwp"), ("CN", "claims")),
        key=key or private_key("leaf"),
        extensions={
            "constraints": (x509.BasicConstraints(ca=False, path_length=None), True),
            "usage": (key_usage("digital_signature"), True),
            "purpose": (x509.ExtendedKeyUsage([profile.value]), False),
        },
    )


def der(*certificates: x509.Certificate) -> list[bytes]:
    """The certificates as an `x5c` carries them."""
    return [certificate.public_bytes(Encoding.DER) for certificate in certificates]


def p384(seed: int) -> ec.EllipticCurvePrivateKey:
    """A P-384 key that is the same in every run."""
    return ec.derive_private_key(seed, ec.SECP384R1())
