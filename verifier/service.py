"""One service of this installation, ready to run: words, keys, certificate, questions, who may call."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from protocol.dcql.query import DcqlQuery
from protocol.registration.question import Question
from serving.keystore import Keystore
from serving.randomness import Random, token
from verifier.errors import NoQuestionYet
from verifier.settings import ServiceSettings

REQUEST_KEY: Final = "request"
"""The name of a service's request signing key in its keystore."""


@dataclass(frozen=True, slots=True)
class ApprovedQuestion:
    """A question, the query it becomes, and the registration certificate that wallets compare it with.

    `renewed_in` is the file of the registration, where the one that is published next belongs.
    """

    question: Question
    query: DcqlQuery
    registration: str | None
    renewed_in: Path | None = None


@dataclass(frozen=True, slots=True)
class RequestSigner:
    """A certificate (DER, leaf first) and its key's name in the keystore.

    `client_id` names the certificate: OpenID4VP 1.0 §5.9.3, `x509_hash`.
    """

    key_name: str
    chain: tuple[bytes, ...]
    client_id: str


@dataclass(frozen=True, slots=True)
class Service:
    """`signer` is what new requests are made with; each goes on with what it was made with."""

    id: str
    settings: ServiceSettings
    keystore: Keystore
    signer: RequestSigner
    questions: Mapping[str, ApprovedQuestion]

    @property
    def first_question(self) -> ApprovedQuestion:
        """The question asked where none is named; raises NoQuestionYet."""
        for one in self.questions.values():
            return one
        raise NoQuestionYet

    def question(self, reference: str) -> ApprovedQuestion | None:
        """A question by its reference (`id@version`) or its id."""
        found = self.questions.get(reference)
        by_id = (one for one in self.questions.values() if one.question.id == reference)
        return found or next(by_id, None)

    def knows_key(self, key: str) -> bool:
        """Whether `key` is one of the service's API keys; takes as long for each."""
        given = hashlib.sha256(key.encode()).hexdigest()
        known = [hmac.compare_digest(given, one.sha256) for one in self.settings.api_keys]
        return any(known)

    def seal(self, plaintext: bytes, *, what: str, of: str) -> bytes:
        """Seals with this service's own key; the bytes open only as `what` of the row `of`."""
        return self.keystore.seal(plaintext, _context(self.id, what, of))

    def open(self, sealed: bytes, *, what: str, of: str) -> bytes:
        """Opens what `seal` made for the same `what` and `of`; raises KeystoreError."""
        return self.keystore.open(sealed, _context(self.id, what, of))

    def digest(self, purpose: str, secret: str) -> str:
        """What is stored of an unguessable secret; another service's digest of the same one is different."""
        return hashlib.sha256("\0".join((self.id, purpose, secret)).encode()).hexdigest()


def create_api_key(random: Random) -> tuple[str, str]:
    """A new API key, and the hash of it that stands in the settings."""
    key = token(random)
    return key, hashlib.sha256(key.encode()).hexdigest()


def _context(service: str, what: str, of: str) -> bytes:
    return "\0".join((service, what, of)).encode()
