"""Making an offer: the register says yes, so the person gets a link and, another way, a transaction code.

OpenID4VCI 1.0 §4.1, by reference. The reference is the secret: the pre-authorized code is derived from
it, and the database holds digests of both.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from issuer.definitions.load import ClaimType
from issuer.deps import Deps
from issuer.store import OPEN, Offer, add_offer
from issuer.usecases.check_person import Check, Yes, check_person
from protocol.encoding import b64url_encode
from serving.randomness import digits, token
from serving.sign_in.sessions import digest

TX_CODE_DIGITS = 6
REQUESTS_PER_CLAIM = 64  # credential requests that one token may make for each claim


class OfferRefused(Exception):
    """The register does not say yes to every claim that was to be offered."""

    def __init__(self, checks: Sequence[Check]) -> None:
        super().__init__("not every claim can be offered to this person")
        self.checks = tuple(checks)


@dataclass(frozen=True, repr=False)
class MadeOffer:
    """An offer as the one who makes it sees it, once: reference and transaction code are stored nowhere."""

    reference: str
    tx_code: str
    claim_types: tuple[ClaimType, ...]
    expires_at: int


def make_offer(deps: Deps, given: Mapping[str, str], configuration_ids: Sequence[str]) -> MadeOffer:
    """Offers one or more claims to one person; raises AttributeProblem, OfferRefused."""
    checks = check_person(deps, given, configuration_ids)
    sure = [(c.configuration_id, c.result.record_key) for c in checks if isinstance(c.result, Yes)]
    if not sure or len(sure) < len(set(configuration_ids)):
        raise OfferRefused(checks)
    made = MadeOffer(
        reference=token(deps.random),
        tx_code=digits(deps.random, TX_CODE_DIGITS),
        claim_types=tuple(check.claim_type for check in checks),
        expires_at=deps.clock.now() + deps.settings.offer_seconds,
    )
    with deps.database.unit() as session:
        add_offer(session, _row(deps, made), sure, requests=REQUESTS_PER_CLAIM)
        session.commit()
    for configuration_id, _ in sure:
        deps.log.info("offer_made", claim_type=configuration_id)
    return made


def _row(deps: Deps, made: MadeOffer) -> Offer:
    code = code_of(made.reference)
    return Offer(
        reference_digest=digest(made.reference),
        code_digest=digest(code),
        tx_code_mac=tx_code_mac(deps, code, made.tx_code),
        state=OPEN,
        tries=0,
        expires_at=made.expires_at,
    )


def code_of(reference: str) -> str:
    """The pre-authorized code of an offer: whoever holds the reference may fetch it."""
    return b64url_encode(hashlib.sha256(b"pre-authorized code\0" + reference.encode()).digest())


def tx_code_mac(deps: Deps, code: str, tx_code: str) -> str:
    """What is kept of a transaction code: a plain digest of six digits is soon guessed."""
    return deps.keystore.mac(_PURPOSE, f"{code}\0{tx_code}".encode()).hex()


def check_tx_code_mac(deps: Deps, code: str, tx_code: str, mac: str) -> None:
    """Raises KeystoreError unless this is the transaction code; in constant time."""
    deps.keystore.verify_mac(_PURPOSE, f"{code}\0{tx_code}".encode(), bytes.fromhex(mac))


_PURPOSE = "transaction code"
