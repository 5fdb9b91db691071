"""Trading a pre-authorized code and its transaction code for an access token: OpenID4VCI 1.0 §6, §13.6.

A code that comes a second time is refused and revokes nothing. RFC 6749 §4.1.2 would revoke what an
authorization code gave; but a pre-authorized code stands in a picture on a screen, and whoever
photographed it could take the citizen's claims away without ever knowing the transaction code.
"""

from issuer.deps import Deps
from issuer.store import (
    LOCKED,
    REDEEMED,
    AccessToken,
    Offer,
    add_token,
    change_offer,
    count_try,
    has_open_offer,
)
from issuer.usecases.make_offer import check_tx_code_mac
from protocol.openid4vci.token import MAX_TX_CODE, TokenError, TokenRequest, TokenResponse
from serving.keystore import KeystoreError
from serving.randomness import token
from serving.sign_in.sessions import digest

MAX_TRIES = 5


def check_code(deps: Deps, request: TokenRequest) -> None:
    """Raises TokenError for a code that is good for nothing; takes no try and changes nothing."""
    with deps.database.reading() as session:
        if not has_open_offer(session, code=request.pre_authorized_code, now=deps.clock.now()):
            raise _not_valid()


def redeem_code(deps: Deps, request: TokenRequest, *, jkt: str | None) -> TokenResponse:
    """Gives an access token, bound to the DPoP key of thumbprint `jkt`; raises TokenError.

    Of any number of requests for one code exactly one wins; after five wrong transaction codes none does.
    """
    if request.tx_code is None:  # §6.3: our offers all expect one
        raise TokenError("invalid_request", "the transaction code is missing")
    access_token = token(deps.random)
    with deps.database.unit() as session:
        offer = count_try(
            session, code=request.pre_authorized_code, max_tries=MAX_TRIES, now=deps.clock.now()
        )
        if offer is None or offer.id is None:
            raise _not_valid()
        won = _is_right(deps, offer, request) and change_offer(session, offer.id, REDEEMED)
        if won:
            add_token(session, _token_row(deps, request, offer.id, access_token=access_token, jkt=jkt))
        elif offer.tries >= MAX_TRIES:
            change_offer(session, offer.id, LOCKED)
        session.commit()
    if not won:
        deps.log.warning("wrong_transaction_code", attempt=offer.tries)
        raise TokenError("invalid_grant", _wrong(offer))
    deps.log.info("code_redeemed")
    return TokenResponse(access_token, "DPoP" if jkt else "Bearer", deps.settings.token_seconds)


def _is_right(deps: Deps, offer: Offer, request: TokenRequest) -> bool:
    given = (request.tx_code or "")[:MAX_TX_CODE]
    try:
        check_tx_code_mac(deps, request.pre_authorized_code, given, offer.tx_code_mac)
    except KeystoreError:
        return False
    return True


def _not_valid() -> TokenError:
    return TokenError("invalid_grant", "the code is not valid: unknown, used, expired or locked")


def _wrong(offer: Offer) -> str:
    left = MAX_TRIES - offer.tries
    return f"the transaction code is wrong; tries left: {left}" if left else "the offer is locked now"


def _token_row(
    deps: Deps, request: TokenRequest, offer_id: int, *, access_token: str, jkt: str | None
) -> AccessToken:
    return AccessToken(
        digest=digest(access_token),
        offer_id=offer_id,
        jkt=jkt,
        client_id=request.client_id,
        expires_at=deps.clock.now() + deps.settings.token_seconds,
    )
