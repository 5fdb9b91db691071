"""Makes a new authority: root, issuing CA, registrar, trust list signer and log."""

from cryptography.hazmat.primitives.serialization import Encoding

from authority.certify import BACKDATED, certificate_ends, certify_own, serial
from authority.records import ISSUING, LOG, REGISTRAR, ROOT, TRUST_LIST, Records
from authority.settings import DAY, AuthoritySettings
from authority.transparency.chronicle import entry_of_own_certificate
from protocol.x509 import Profile
from protocol.x509.create import create_issuing_ca, create_root
from serving.errors import OperatorError
from serving.randomness import Random


def create_authority(records: Records, settings: AuthoritySettings, *, now: int, random: Random) -> None:
    """Makes all keys and certificates; raises OperatorError where an authority exists.

    The settings are written last: a directory without them holds an attempt that was broken off, and can go.
    """
    with records.locked():
        if records.exists():
            raise OperatorError(f"{records.directory} holds an authority; choose another directory")
        if any((records.directory / name).exists() for name in ("root", "ca", "own", "log")):
            raise OperatorError(f"{records.directory} holds keys of a broken-off attempt; remove them")
        _create_root(records, settings, now=now, random=random)
        _create_issuing(records, settings, now=now, random=random)
        create_own_signers(records, settings, now=now, random=random)
        begin_log(records, settings)
        records.save_settings(settings)


def create_own_signers(records: Records, settings: AuthoritySettings, *, now: int, random: Random) -> None:
    """Makes the keys of registrar, trust list signer and log, under the issuing CA."""
    for name, profile in ((REGISTRAR, Profile.REGISTRAR), (TRUST_LIST, Profile.TRUST_LIST)):
        if not records.own_keys.has_signing_key(name):
            records.own_keys.create_signing_key(name)
        chain = certify_own(records, settings, name=name, profile=profile, now=now, random=random)
        records.own_keys.store_certificate_chain(name, chain)
    if not records.own_keys.has_signing_key(LOG):
        records.own_keys.create_signing_key(LOG)


def begin_log(records: Records, settings: AuthoritySettings) -> None:
    """The first entries: the authority's own certificates."""
    own = {REGISTRAR: records.registrar(), TRUST_LIST: records.trust_list_signer()}
    certificates = {ROOT: records.root_certificate(), ISSUING: records.issuing().certificate}
    certificates |= {name: signer.certificate for name, signer in own.items()}
    records.log(settings).append(
        [
            entry_of_own_certificate(settings.organisation_id, name, certificate)
            for name, certificate in certificates.items()
        ]
    )


def _create_root(records: Records, settings: AuthoritySettings, *, now: int, random: Random) -> None:
    root = create_root(
        records.root_keys.create_signing_key(ROOT),
        organisation_name=settings.name.en,
        common_name="Root",
        serial=serial(random),
        not_before=now - BACKDATED,
        not_after=now + settings.lifetimes.root * DAY,
    )
    records.root_keys.store_certificate_chain(ROOT, [root.public_bytes(Encoding.DER)])
    records.save_root_certificate(root)


def _create_issuing(records: Records, settings: AuthoritySettings, *, now: int, random: Random) -> None:
    root = records.root_certificate()
    issuing = create_issuing_ca(
        records.ca_keys.create_signing_key(ISSUING).public_key,
        root=root,
        root_key=records.root_keys.signing_key(ROOT),
        organisation_name=settings.name.en,
        common_name="Issuing 1",
        serial=serial(random),
        not_before=now - BACKDATED,
        not_after=min(now + settings.lifetimes.issuing * DAY, certificate_ends(root)),
    )
    records.ca_keys.store_certificate_chain(ISSUING, [issuing.public_bytes(Encoding.DER)])
