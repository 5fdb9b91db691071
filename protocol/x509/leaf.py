"""Who a verified leaf certificate names: organisation, hosts and key, all from the same certificate."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from protocol.encoding import b64url_encode
from protocol.errors import UntrustedError
from protocol.keys import PublicKey
from protocol.x509.profiles import MEMBER_ID, ORGANISATION_ID
from protocol.x509.request import hosts_of

_THIRD_PARTY: Final = "x509:"


@dataclass(frozen=True, slots=True)
class LeafIdentity:
    """The subject of a leaf whose chain was verified.

    `organisation_id` is the member's own for a chain with a profile ("PDXGB-…"); for a third party's chain it
    is scoped to its anchor ("x509:<SHA-256 of its key>:…") and so never equals a member's. `sha256` is over
    the DER, `key_sha256` over the key in SubjectPublicKeyInfo; `authority_key_ids` are those of the whole
    chain, leaf first; `not_after` is in Unix seconds.
    """

    organisation_id: str
    organisation_name: str
    common_name: str
    hosts: tuple[str, ...]
    uris: tuple[str, ...]
    public_key: PublicKey
    sha256: bytes
    key_sha256: bytes
    authority_key_ids: tuple[bytes, ...]
    not_after: int

    @property
    def is_third_party(self) -> bool:
        """Whether an anchor outside the network certified it."""
        return self.organisation_id.startswith(_THIRD_PARTY)


def member_identity(chain: Sequence[x509.Certificate]) -> LeafIdentity:
    """Name a member of the network; raises UntrustedError for an identifier that is not of our form."""
    identifier = _only(chain[0].subject, ORGANISATION_ID)
    if not MEMBER_ID.fullmatch(identifier):
        raise UntrustedError("the certificate names no member", code="bad_organisation_id")
    return _identity(chain, identifier)


def third_party_identity(chain: Sequence[x509.Certificate], anchor: x509.Certificate) -> LeafIdentity:
    """Name someone whom an anchor outside the network certified, so that it can't pass for a member."""
    name = _third_party_name(chain[0].subject)
    anchor_key = anchor.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return _identity(chain, f"{_THIRD_PARTY}{b64url_encode(sha256(anchor_key).digest())}:{name}")


def _third_party_name(subject: x509.Name) -> str:
    # With its attribute, so that no name without an identifier reads like one with it.
    identifier = _only(subject, ORGANISATION_ID)
    name = f"{ORGANISATION_ID.dotted_string}={identifier}" if identifier else subject.rfc4514_string()
    if not name:  # RFC 5280 §4.1.2.6 allows it, but then two of them could not be told apart
        raise UntrustedError("the certificate names nobody", code="nameless")
    return name


def _identity(chain: Sequence[x509.Certificate], organisation_id: str) -> LeafIdentity:
    leaf = chain[0]
    hosts, uris = names_in(leaf)
    key = PublicKey.from_certificate(leaf)
    return LeafIdentity(
        organisation_id=organisation_id,
        organisation_name=_only(leaf.subject, x509.NameOID.ORGANIZATION_NAME),
        common_name=_only(leaf.subject, x509.NameOID.COMMON_NAME),
        hosts=hosts,
        uris=uris,
        public_key=key,
        sha256=sha256(_der(leaf)).digest(),
        key_sha256=key.spki_sha256(),
        authority_key_ids=tuple(filter(None, map(_authority_key_id, chain))),
        not_after=int(leaf.not_valid_after_utc.timestamp()),
    )


def _only(name: x509.Name, oid: x509.ObjectIdentifier) -> str:
    # Two organisations in one name would let two readers see two different members.
    values = name.get_attributes_for_oid(oid)
    if len(values) > 1:
        raise UntrustedError("the certificate's subject names something twice", code="ambiguous_subject")
    value = values[0].value if values else ""
    return value if isinstance(value, str) else ""


def names_in(leaf: x509.Certificate) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Give the hosts and the URIs that a certificate names."""
    names = _alternative_names(leaf)
    return hosts_of(names), tuple(names.get_values_for_type(x509.UniformResourceIdentifier))


def _alternative_names(leaf: x509.Certificate) -> x509.SubjectAlternativeName:
    try:
        return leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return x509.SubjectAlternativeName([])


def _authority_key_id(certificate: x509.Certificate) -> bytes | None:
    try:
        extension = certificate.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier)
    except x509.ExtensionNotFound:
        return None
    return extension.value.key_identifier


def _der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)
