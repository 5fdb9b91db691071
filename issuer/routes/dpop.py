"""The DPoP proof of a request: RFC 9449 §4.3, with the two checks that are not the protocol's alone.

Step 1, one header field only, is seen here; that a `jti` comes once only (§11.1) is decided by the
database.
"""

from fastapi import Request

from issuer.deps import Deps
from issuer.store import SpentProof
from protocol.errors import BindingError, MalformedError
from protocol.oauth.dpop import MAX_CLOCK_AHEAD, DpopProof, verify_dpop_proof
from serving.database import spend

MAX_AGE = 300  # seconds; a proof is made for one request


def verify_dpop(
    deps: Deps, request: Request, path: str, *, access_token: str | None = None
) -> DpopProof | None:
    """Gives the proof that the request came with, None without one where that is allowed.

    It is not spent yet: `spend_dpop` does that once the request is known to be somebody's, so that a
    stranger leaves no row. Raises ProtocolError.
    """
    headers = request.headers.getlist("dpop")
    if not headers and not deps.settings.dpop_required:
        return None
    if len(headers) != 1:  # §4.3 step 1
        raise MalformedError("send exactly one DPoP header", code="bad_dpop_proof")
    return verify_dpop_proof(
        headers[0],
        expected_method=request.method,
        expected_url=deps.url(path),
        now=deps.clock.now(),
        max_age=MAX_AGE,
        access_token=access_token,
    )


def spend_dpop(deps: Deps, proof: DpopProof | None) -> None:
    """Lets a proof be used this once; raises BindingError for one that was."""
    if proof is None:
        return
    with deps.database.unit() as session:
        fresh = spend(session, SpentProof, f"{proof.jkt} {proof.jti}", proof.iat + MAX_AGE + MAX_CLOCK_AHEAD)
        session.commit()
    if not fresh:  # §11.1
        raise BindingError("the DPoP proof was used already", code="repeated_dpop_proof")
