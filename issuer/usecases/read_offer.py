"""The offer behind a link: OpenID4VCI 1.0 §4.1.3. It may be read again until it is taken up or expires."""

from typing import Any

from issuer.deps import Deps
from issuer.store import find_open_offer, offered_claims
from issuer.usecases.make_offer import TX_CODE_DIGITS, code_of
from protocol.openid4vci.offer import CredentialOffer, PreAuthorizedCodeGrant, TransactionCode, create_offer

MAX_REFERENCE = 64


class OfferGone(Exception):
    """There is no open offer of that reference: unknown, taken up, locked or expired, which is not said."""


def read_offer(deps: Deps, reference: str, *, description: str) -> dict[str, Any]:
    """The JSON object of an offer; `description` tells the citizen where the code is. Raises OfferGone."""
    if len(reference) > MAX_REFERENCE:
        raise OfferGone
    with deps.database.reading() as session:
        offer = find_open_offer(session, reference=reference, now=deps.clock.now())
        claims = offered_claims(session, offer.id) if offer and offer.id is not None else []
    if not claims:
        raise OfferGone
    code = TransactionCode(length=TX_CODE_DIGITS, description=description)
    return create_offer(
        CredentialOffer(
            credential_issuer=deps.issuer,
            credential_configuration_ids=tuple(claim.configuration_id for claim in claims),
            pre_authorized_code=PreAuthorizedCodeGrant(code_of(reference), tx_code=code),
        )
    )
