"""Certificates of the network: how each is made and when it is made anew."""

from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from authority.member import Certified, Member, Purpose
from authority.records import Records, Signer
from authority.settings import DAY, AuthoritySettings
from protocol.keys import PublicKey
from protocol.x509 import Profile
from protocol.x509.create import issue_certificate
from protocol.x509.validity import certificate_ends, is_due
from serving.randomness import Random

__all__ = ["certificate_ends", "certify_member", "certify_own", "is_due", "pem", "serial"]

BACKDATED = 300  # seconds; a member's clock may be a little behind
SERIAL_BYTES = 16


def serial(random: Random) -> int:
    """An unpredictable positive serial number of 16 octets (RFC 5280 §4.1.2.2)."""
    return int.from_bytes(random.bytes(SERIAL_BYTES), "big") >> 1 | 1


def certify_member(
    records: Records,
    member: Member,
    *,
    purpose: Purpose,
    public_key: PublicKey,
    now: int,
    random: Random,
    by_request: bool = False,
) -> Member:
    """The member with its key certified, before one for the same purpose, which goes on to its own end.

    The names are those the authority admitted, never those that were asked for.
    """
    issuing = records.issuing()
    hosts, uris = _alternative_names(member.url)
    days = records.settings().lifetimes.member
    certificate = issue_certificate(
        public_key,
        profile=purpose.profile,
        ca=issuing.certificate,
        ca_key=issuing.key,
        organisation_id=member.organisation_id,
        organisation_name=member.name.en,
        common_name=purpose.value,
        hosts=hosts,
        uris=uris,
        serial=serial(random),
        not_before=now - BACKDATED,
        not_after=_not_after(issuing, now + days * DAY),
    )
    chain = pem(certificate, issuing.certificate)
    certified = Certified(purpose=purpose, chain=chain, by_request=by_request)
    others = tuple(one for one in member.certificates if one.purpose is not purpose)
    before = tuple(one for one in member.certificates if one.purpose is purpose)
    changes = {"certificates": (*others, certified), "earlier": (*before, *member.earlier)}
    return member.model_copy(update=changes)


def certify_own(
    records: Records,
    settings: AuthoritySettings,
    *,
    name: str,
    profile: Profile,
    now: int,
    random: Random,
) -> tuple[bytes, ...]:
    """The chain (DER, leaf first) for one of the authority's own keys, to be logged and then stored."""
    issuing = records.issuing()
    certificate = issue_certificate(
        records.own_keys.signing_key(name).public_key,
        profile=profile,
        ca=issuing.certificate,
        ca_key=issuing.key,
        organisation_id=settings.organisation_id,
        organisation_name=settings.name.en,
        common_name=name,
        uris=(settings.base_url,),
        serial=serial(random),
        not_before=now - BACKDATED,
        not_after=_not_after(issuing, now + settings.lifetimes.own * DAY),
    )
    return tuple(one.public_bytes(Encoding.DER) for one in (certificate, issuing.certificate))


def pem(*certificates: x509.Certificate) -> str:
    return "".join(one.public_bytes(Encoding.PEM).decode("ascii") for one in certificates)


def _not_after(issuing: Signer, wanted: int) -> int:
    return min(wanted, certificate_ends(issuing.certificate))


def _alternative_names(url: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The hosts and URIs of a member: `iss` of its claims must be one of them (SD-JWT VC draft 13 §3.5)."""
    return (urlsplit(url).hostname or "",), (url,)
