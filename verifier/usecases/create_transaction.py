"""Ask one citizen one question: one transaction, and a request of its own for each way to reach the wallet.

A link and a QR code are different requests, with their own reference, nonce, state and encryption key
(HAIP 1.0 §5: an ephemeral key for each request), so that a response says which of the two it answers.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from sqlmodel import Session

from protocol.jose.jwe import DecryptionKey
from serving.randomness import Random, token
from verifier import store
from verifier.errors import ReturnRefused
from verifier.installation import Installation
from verifier.service import ApprovedQuestion, Service
from verifier.session import Channel, Release, State
from verifier.store import CertificateRow, QuestionRow, RequestRow, TransactionRow
from verifier.usecases.purge import purge_some

KEY = "response key"
REFERENCE = "reference"
IN_USE_SECONDS = 2 * 86_400  # longer than a request and the pages of its answer can last: `Lifetimes`
_AHEAD_SECONDS = 86_400
_REF_BYTES = 32
_NONCE_BYTES = 24  # 32 characters: 2.3 wants 16 to 43, at least 96 bits


@dataclass(frozen=True, slots=True)
class Asking:
    """Who is asked how: the browser session (digest) or the caller that asks, and the requests to make."""

    releases: Mapping[Channel, Release]
    language: str = "en"
    session: str | None = None
    return_url: str | None = None
    reference: str | None = None


def create_transaction(
    house: Installation, service: Service, question: ApprovedQuestion, asking: Asking
) -> str:
    """Stores the transaction and its requests; returns its id. Raises ReturnRefused."""
    if asking.return_url is not None and asking.return_url not in service.settings.return_urls:
        raise ReturnRefused
    now = house.clock.now()
    transaction = _transaction(house, service, question, asking, now)
    requests = [
        _request(house, service, transaction, channel, release)
        for channel, release in asking.releases.items()
    ]
    transaction.deadline = max(request.expires_at for request in requests)
    with house.database.unit() as unit:
        store.keep_certificate(unit, _certificate(service))
        store.keep_question(unit, _question(service, question, now), until=now + IN_USE_SECONDS)
        _insert(unit, transaction, requests)
        purge_some(unit, now=now)
        unit.commit()
    return transaction.id


def _certificate(service: Service) -> CertificateRow:
    signer = service.signer
    certificates = map(x509.load_der_x509_certificate, signer.chain)
    pem = b"".join(one.public_bytes(Encoding.PEM) for one in certificates).decode("ascii")
    return CertificateRow(client_id=signer.client_id, service=service.id, key_name=signer.key_name, chain=pem)


def _question(service: Service, approved: ApprovedQuestion, now: int) -> QuestionRow:
    return QuestionRow(
        service=service.id,
        reference=approved.question.reference,
        question=approved.question.model_dump_json(exclude_none=True),
        registration=approved.registration,
        keep_until=now + IN_USE_SECONDS + _AHEAD_SECONDS,
    )


def _insert(unit: Session, transaction: TransactionRow, requests: list[RequestRow]) -> None:
    unit.add(transaction)
    unit.flush()
    unit.add_all(requests)
    unit.flush()


def _name(random: Random) -> str:
    """A name that nobody can guess, and that a command line does not take for an option."""
    while (name := token(random, _REF_BYTES)).startswith("-"):
        pass
    return name


def _transaction(
    house: Installation, service: Service, question: ApprovedQuestion, asking: Asking, now: int
) -> TransactionRow:
    transaction_id = _name(house.random)
    reference = asking.reference
    return TransactionRow(
        id=transaction_id,
        service=service.id,
        question=question.question.reference,
        state=State.OPEN.value,
        created_at=now,
        deadline=now,
        language=asking.language,
        session=asking.session,
        return_url=asking.return_url,
        sealed_reference=(
            service.seal(reference.encode(), what=REFERENCE, of=transaction_id) if reference else None
        ),
    )


def _request(
    house: Installation, service: Service, transaction: TransactionRow, channel: Channel, release: Release
) -> RequestRow:
    ref = token(house.random, _REF_BYTES)
    key = DecryptionKey.generate(token(house.random, 16))
    lifetimes = house.settings.lifetimes
    seconds = lifetimes.link_seconds if channel is Channel.LINK else lifetimes.qr_seconds
    return RequestRow(
        ref=ref,
        transaction_id=transaction.id,
        service=service.id,
        channel=channel.value,
        client_id=service.signer.client_id,
        release=release.value,
        nonce=token(house.random, _NONCE_BYTES),
        state=token(house.random, _NONCE_BYTES),
        sealed_key=service.seal(key.to_secret_bytes(), what=KEY, of=ref),
        created_at=transaction.created_at,
        expires_at=transaction.created_at + seconds,
    )
