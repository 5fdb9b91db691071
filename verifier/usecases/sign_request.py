"""Give a wallet the signed request object behind a request_uri (OpenID4VP 1.0 §5.10, RFC 9101).

Signed anew at each fetch and repeatable: until the request is answered or expires a wallet may come again,
by GET or by POST with a `wallet_nonce`. Nothing is spent by looking. A request stays with the certificate
and the version of the question that it was made with, whatever is newer since.
"""

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from protocol.jose.jwe import DecryptionKey
from protocol.openid4vp.request_object import VerifierInfo, create_request_object
from verifier import store
from verifier.errors import RequestOver, UnknownRequest
from verifier.installation import Installation
from verifier.service import ApprovedQuestion, RequestSigner, Service
from verifier.session import State
from verifier.store import RequestRow, TransactionRow
from verifier.usecases.create_transaction import KEY
from verifier.usecases.find_question import find_question

REGISTRATION_CERTIFICATE = "registration_cert"  # ETSI TS 119 475 clause 5.2


def sign_request(house: Installation, ref: str, *, wallet_nonce: str | None) -> str:
    """The compact JWS of the request `ref`; raises UnknownRequest or RequestOver."""
    now = house.clock.now()
    row, transaction = load_open(house, ref, now=now)
    service = house.service(row.service)
    approved = find_question(house, service, transaction.question)
    if approved is None:
        raise RequestOver
    key = DecryptionKey.from_secret_bytes(service.open(row.sealed_key or b"", what=KEY, of=ref))
    signer = _signer(house, service, row)
    return create_request_object(
        service.keystore.signing_key(signer.key_name),
        x5c=signer.chain,
        response_uri=house.url(f"/oid4vp/response/{ref}"),
        nonce=row.nonce,
        state=row.state,
        query=approved.query,
        encryption_jwk=key.public_jwk(),
        now=now,
        expires_at=row.expires_at,
        wallet_nonce=wallet_nonce,
        verifier_info=_statements(approved),
    )


def _signer(house: Installation, service: Service, row: RequestRow) -> RequestSigner:
    """What the request was made with: its link names that certificate, and a wallet takes no other."""
    if row.client_id in {None, service.signer.client_id}:
        return service.signer
    with house.database.reading() as unit:
        kept = store.find_certificate(unit, service.id, row.client_id or "")
    if kept is None:
        raise RequestOver
    found = x509.load_pem_x509_certificates(kept.chain.encode())
    chain = tuple(one.public_bytes(Encoding.DER) for one in found)
    return RequestSigner(kept.key_name, chain, kept.client_id)


def _statements(approved: ApprovedQuestion) -> tuple[VerifierInfo, ...]:
    if approved.registration is None:
        return ()
    return (VerifierInfo(REGISTRATION_CERTIFICATE, approved.registration),)


def load_open(house: Installation, ref: str, *, now: int) -> tuple[RequestRow, TransactionRow]:
    """A request that still takes a response; raises UnknownRequest or RequestOver."""
    with house.database.reading() as unit:
        found = store.find_request(unit, ref)
    if found is None:
        raise UnknownRequest
    row, transaction = found
    is_open = transaction.state == State.OPEN.value and row.sealed_key is not None
    if not is_open or row.expires_at <= now:
        raise RequestOver
    return row, transaction
