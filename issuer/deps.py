"""What the use cases work with: made once in `app.py` or in a test, passed in, never changed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from cryptography import x509

from issuer.definitions.load import ClaimType, ClaimTypes
from issuer.registers.connector import Register
from issuer.settings import IssuerSettings
from protocol.errors import ProtocolError
from protocol.jose.jwe import DecryptionKey
from protocol.keys import SigningKey
from protocol.sd_jwt_vc.issuer_name import stands_for
from protocol.x509 import parse_certificate
from protocol.x509.leaf import names_in
from serving.clock import Clock
from serving.database import Database
from serving.errors import OperatorError
from serving.keystore import Keystore, KeystoreError
from serving.logs import EventLog
from serving.randomness import Random

CLAIM_KEY = "claim-signing"
STATUS_KEY = "status-signing"


@dataclass(frozen=True)
class Signer:
    """A signing key with its certificates (DER, leaf first, without the root)."""

    key: SigningKey
    x5c: tuple[bytes, ...]

    @cached_property
    def ends_at(self) -> int:
        """When the first of the certificates runs out, in Unix seconds."""
        ends = (x509.load_der_x509_certificate(one).not_valid_after_utc for one in self.x5c)
        return int(min(ends).timestamp())

    def current(self) -> "Signer":
        """Itself: what is taken once is used to the end of what is signed."""
        return self


class SignerSource(Protocol):
    """Gives what is to be signed with now: key and certificates that belong together."""

    def current(self) -> Signer: ...


class LiveSigner:
    """A key that is renewed while the service runs, by this process or another one.

    What took its place and can't be used is noted, and the service goes on with what it had.
    """

    def __init__(
        self, keystore: Keystore, name: str, *, log: EventLog, check: Callable[[Signer], None] | None = None
    ) -> None:
        """Raises KeystoreError, and what `check` raises, with what to do."""
        self._keystore = keystore
        self._name = name
        self._log = log
        self._check = check or (lambda _: None)
        self._stamp = self._now()
        self._signer = self._load()

    def current(self) -> Signer:
        """The newest that can be used."""
        stamp = self._now()
        if stamp != self._stamp:
            self._stamp = stamp
            self._reload()
        return self._signer

    def _now(self) -> object:
        try:
            return self._keystore.stamp(self._name)
        except KeystoreError:
            return None

    def _load(self) -> Signer:
        found = signer(self._keystore, self._name)
        self._check(found)
        return found

    def _reload(self) -> None:
        try:
            self._signer = self._load()
        except (OperatorError, ProtocolError) as error:
            self._log.error("certificate_not_reloaded", kind=type(error).__name__)


@dataclass(frozen=True)
class Deps:
    """A department's service, put together."""

    settings: IssuerSettings
    claim_types: ClaimTypes
    registers: Mapping[str, Register]
    database: Database
    keystore: Keystore
    claims_signer: SignerSource
    status_signer: SignerSource
    request_key: DecryptionKey | None
    clock: Clock
    random: Random
    log: EventLog

    @property
    def issuer(self) -> str:
        """The Credential Issuer Identifier (OpenID4VCI 1.0 §12.2.1)."""
        return self.settings.base_url

    def url(self, path: str) -> str:
        """The address of a path of this service."""
        return self.settings.base_url + path

    def claim_type(self, configuration_id: str) -> ClaimType | None:
        """The claim type of a configuration id."""
        return self.claim_types.get(configuration_id)


def signer(keystore: Keystore, name: str) -> Signer:
    """Takes a key and its certificates from the keystore; raises KeystoreError with what to do."""
    try:
        generation = keystore.current(name)
        return Signer(keystore.signing_key(generation), keystore.certificate_chain(generation))
    except KeystoreError as error:
        text = f"{error}; pdx issuer init makes keys, install-certificates takes what the authority sends"
        raise KeystoreError(text) from None


def check_names(claims_signer: Signer, address: str) -> None:
    """Raises OperatorError unless the certificate stands for the address, which is every claim's `iss`."""
    hosts, uris = names_in(parse_certificate(claims_signer.x5c[0]))
    if not stands_for(address, hosts=hosts, uris=uris):
        text = (
            f"the certificate of {CLAIM_KEY} does not name base_url ({address}): no wallet would take a claim"
        )
        raise OperatorError(f"{text}; ask the authority to admit this department at that address")
