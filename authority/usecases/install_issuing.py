"""The issuing CA of an authority whose root lies elsewhere: its key is made here, the certificate brought.

A new issuing CA takes the place of the one before, by one rename; certificates under the one before go on to
their own end, since each is handed out together with the CA's certificate that it is under.
"""

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import Encoding

from authority.records import ISSUING, LOG, Records
from authority.settings import AuthoritySettings
from authority.transparency.chronicle import entry_of_own_certificate
from authority.usecases.create_authority import begin_log, create_own_signers
from protocol.keys import PublicKey
from protocol.x509.create import create_csr
from serving.errors import OperatorError
from serving.randomness import Random


def begin_authority(records: Records, settings: AuthoritySettings, root: x509.Certificate) -> bytes:
    """Makes an authority under a root that is elsewhere; gives the request (PEM) for its issuing CA.

    It can do nothing before `install_issuing`. Raises OperatorError where an authority exists.
    """
    with records.locked():
        if records.exists() or (records.directory / "ca").exists():
            raise OperatorError(f"{records.directory} holds an authority, or keys of one; choose another")
        _check_authority(root, "the root's certificate")
        records.save_root_certificate(root)
        records.save_settings(settings)
        return _request(records)


def request_issuing(records: Records) -> bytes:
    """The request (PEM) for the next issuing CA's certificate; its key is made once and waits for it."""
    with records.locked():
        return _request(records)


def install_issuing(
    records: Records, certificate: x509.Certificate, *, now: int, random: Random
) -> x509.Certificate:
    """Puts the certificate of the issuing CA that waits in place, and says so in the log.

    Raises OperatorError for one that the root did not sign, or that is for another key.
    """
    with records.locked():
        name = records.ca_keys.last_generation(ISSUING)
        _check(records, certificate, name, now)
        is_first = not records.own_keys.has_signing_key(LOG) or not len(records.log())
        if not is_first:
            _log(records, certificate)
        records.ca_keys.store_certificate_chain(name, [certificate.public_bytes(Encoding.DER)])
        records.ca_keys.make_current(ISSUING, name)
        if is_first:
            create_own_signers(records, records.settings(), now=now, random=random)
            begin_log(records, records.settings())
        return certificate


def _request(records: Records) -> bytes:
    keys, settings = records.ca_keys, records.settings()
    name = keys.last_generation(ISSUING)
    if keys.has_certificate_chain(name):
        name = keys.next_generation(ISSUING)
    if not keys.has_signing_key(name):
        keys.create_signing_key(name)
    return create_csr(
        keys.signing_key(name),
        organisation_id=settings.organisation_id,
        organisation_name=settings.name.en,
        common_name=f"Issuing {name.removeprefix(ISSUING).removeprefix('-') or 1}",
    )


def _check(records: Records, certificate: x509.Certificate, name: str, now: int) -> None:
    der = certificate.public_bytes(Encoding.DER)
    if records.ca_keys.has_certificate_chain(name) and records.ca_keys.certificate_chain(name) != (der,):
        raise OperatorError("no issuing CA waits for a certificate; begin with pdx authority issuing-request")
    if PublicKey.from_certificate(certificate) != records.ca_keys.signing_key(name).public_key:
        raise OperatorError("the certificate is for another key than the one that waits")
    _check_authority(certificate, "the certificate")
    try:
        certificate.verify_directly_issued_by(records.root_certificate())
    except (ValueError, TypeError, InvalidSignature):
        raise OperatorError("the certificate was not signed by this authority's root") from None
    ends = certificate.not_valid_after_utc.timestamp()
    if not certificate.not_valid_before_utc.timestamp() <= now < ends:
        raise OperatorError("the certificate is not valid now; is a clock wrong?")


def _check_authority(certificate: x509.Certificate, what: str) -> None:
    try:
        constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
    except (x509.ExtensionNotFound, ValueError):
        constraints = None
    if constraints is None or not constraints.ca:  # RFC 5280 §4.2.1.9
        raise OperatorError(f"{what} is none of a certificate authority")


def _log(records: Records, certificate: x509.Certificate) -> None:
    entry = entry_of_own_certificate(records.settings().organisation_id, ISSUING, certificate)
    if bytes(entry) not in set(records.log().entries()):  # a process may have been killed in between
        records.log().append([entry])
