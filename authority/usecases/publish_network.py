"""Publishes the network as static files: trust list, claim catalogue, registrations, certificates, log.

The public register follows (`publish_register`): what wallets go by does not wait for it.
"""

from collections.abc import Iterator, Sequence

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from authority.consistency import catalogue, check_network
from authority.member import Kind, Member, Registration
from authority.parts import divide, still_needed
from authority.published import TRUST_LIST_FILE, registration_file
from authority.records import LOG, Records, log_url
from authority.settings import DAY, AuthoritySettings
from authority.transparency.chronicle import entry_of_trust_list
from protocol.encoding import b64url_decode, json_dumps
from protocol.errors import ProtocolError
from protocol.registration.certificate import RegistrationVerifier
from protocol.registration.claim_type import ClaimType, claim_type_to_metadata
from protocol.sd_jwt_vc.integrity import create_integrity
from protocol.sd_jwt_vc.type_metadata import parse_type_metadata
from protocol.transparency import LogKey
from protocol.transparency.tiles import CHECKPOINT
from protocol.trust_list.members import ClaimType as CataloguedType
from protocol.trust_list.members import (
    Department,
    Name,
    Service,
    TransparencyLog,
    TrustList,
    WalletProvider,
)
from protocol.trust_list.signed import create_trust_list, verify_trust_list
from serving.errors import OperatorError
from serving.settings import Text

Files = dict[str, bytes]


def publish_network(records: Records, *, now: int, after: int = 0) -> int:
    """Puts a new, numbered state in place of the published one, whole or not at all; gives its number.

    The number is the next one, and higher than `after`: for an authority that was brought back from a backup.
    Raises OperatorError when members don't fit together, when a published claim type would change, or
    when what was signed does not verify.
    """
    with records.locked():
        settings, members = records.settings(), records.members()
        check_network(members)
        types = _types(members)
        _check_unchanged(records, types)
        sequence = max(records.highest_number(), after) + 1
        log = records.log()
        logs = (TransparencyLog(log_url(settings.base_url), log.key),)
        trust_list = _trust_list(settings, members, types, logs, sequence=sequence, now=now)
        signer = records.trust_list_signer()
        signed = create_trust_list(trust_list, signer.key, x5c=signer.chain)
        anchors = [records.root_certificate()]
        verified = verify_trust_list(signed, anchors=anchors, now=now)
        _check_registrations(members, anchors=anchors, log_keys=trust_list.log_keys, now=now)
        divided = divide(verified, signer, anchors=anchors, now=now)
        log.append([entry_of_trust_list(sequence, signed, head=divided.head, now=now)])
        files = {TRUST_LIST_FILE: signed.encode(), **types, **_registrations(members), **divided.files}
        files |= _certificates(records) | {f"{LOG}/{CHECKPOINT}": log.checkpoint()}
        lifetime = settings.lifetimes.trust_list * DAY
        links = still_needed(records, divided.files, now=now, lifetime=lifetime)
        links |= {f"{LOG}/{name}": path for name, path in log.files().items()}
        records.save_published(sequence, files, links=links)
        return sequence


def type_file(claim_type: ClaimType) -> str:
    """Where a claim type's metadata is published, relative to the authority's address."""
    return f"types/{claim_type.owner}.{claim_type.id}.{claim_type.version}.json"


def _types(members: Sequence[Member]) -> Files:
    files: Files = {}
    for claim_type in catalogue(members).values():
        document = json_dumps(claim_type_to_metadata(claim_type))
        parse_type_metadata(document, expected_vct=claim_type.vct)
        files[type_file(claim_type)] = document
    return files


def _check_unchanged(records: Records, types: Files) -> None:
    """Claims carry the hash of their type's metadata: under one version it never changes."""
    for name, document in types.items():
        before = records.published(name)
        if before is not None and before != document:
            raise OperatorError(f"{name} was published with another content; raise the claim type's version")


def _trust_list(
    settings: AuthoritySettings,
    members: Sequence[Member],
    types: Files,
    logs: tuple[TransparencyLog, ...],
    *,
    sequence: int,
    now: int,
) -> TrustList:
    return TrustList(
        sequence_number=sequence,
        issued_at=now,
        next_update=now + settings.lifetimes.trust_list * DAY,
        operator=_name(settings.name),
        departments={one.organisation_id: one for one in _departments(members)},
        services={one.organisation_id: one for one in _services(members)},
        wallet_providers={one.organisation_id: one for one in _wallet_providers(members)},
        claim_types={one.vct: one for one in _catalogued(settings, members, types)},
        logs=logs,
        revoked_keys=frozenset(_revoked_keys(members, now)),
        grace=settings.lifetimes.trust_list_grace * DAY,
    )


def _revoked_keys(members: Sequence[Member], now: int) -> Iterator[bytes]:
    for member in members:
        for one in member.revoked_keys:
            if one.expires_at > now:  # after that its certificate has ended by itself
                yield b64url_decode(one.sha256)


def _departments(members: Sequence[Member]) -> Iterator[Department]:
    for one in members:
        if one.kind is Kind.DEPARTMENT and one.is_listed:
            vcts = frozenset(claim_type.vct for claim_type in one.claim_types)
            yield Department(one.organisation_id, _name(one.name), one.url, vcts, one.status)


def _services(members: Sequence[Member]) -> Iterator[Service]:
    for one in members:
        if one.kind is Kind.SERVICE and one.is_listed:
            yield Service(one.organisation_id, _name(one.name), one.url, one.status)


def _wallet_providers(members: Sequence[Member]) -> Iterator[WalletProvider]:
    for one in members:
        if one.kind is Kind.WALLET_PROVIDER and one.is_listed:
            yield WalletProvider(one.organisation_id, _name(one.name), one.url, one.status)


def _catalogued(
    settings: AuthoritySettings, members: Sequence[Member], types: Files
) -> Iterator[CataloguedType]:
    for claim_type in catalogue(members).values():
        name = type_file(claim_type)
        yield CataloguedType(claim_type.vct, f"{settings.base_url}/{name}", create_integrity(types[name]))


def _registrations(members: Sequence[Member]) -> Files:
    return {
        registration_file(member.id, one.question.id): one.certificate.encode()
        for member in _active(members)
        for one in member.registrations
    }


def _active(members: Sequence[Member]) -> Iterator[Member]:
    # A suspended service's registrations are not renewed: what runs out must not hold up everybody's list.
    return (one for one in members if one.takes_part)


def _certificates(records: Records) -> Files:
    issuing = (one.public_bytes(Encoding.PEM) for one in records.issuing_certificates())
    return {
        "ca/root.pem": records.root_certificate().public_bytes(Encoding.PEM),
        "ca/issuing.pem": b"".join(issuing),
    }


def _check_registrations(
    members: Sequence[Member],
    *,
    anchors: Sequence[x509.Certificate],
    log_keys: Sequence[LogKey],
    now: int,
) -> None:
    """Everything is verified as a wallet would before anyone can see it."""
    verifier = RegistrationVerifier(anchors=anchors, log_keys=log_keys)
    for member in _active(members):
        for one in member.registrations:
            _check_registration(member, one, verifier, now=now)


def _check_registration(
    member: Member, registration: Registration, verifier: RegistrationVerifier, *, now: int
) -> None:
    try:
        verifier.verify(registration.certificate, now=now, expected_subject=member.organisation_id)
    except ProtocolError as error:
        text = f"{member.kind.value} {member.id}: the registration of {registration.question.reference}"
        raise OperatorError(f"{text} can't be published: {error}; run pdx authority renew") from error


def _name(text: Text) -> Name:
    return Name(en=text.en, cy=text.cy)
