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


def check_dpop(deps: Deps, request: Request, path: str, *, access_token: str | None = None) -> str | None:
    """Gives the thumbprint of the key that the request was proven with, None without proof where allowed.

    Raises ProtocolError.
    """
    headers = request.headers.getlist("dpop")
    if not headers and not deps.settings.dpop_required:
        return None
    if len(headers) != 1:  # §4.3 step 1
        raise MalformedError("send exactly one DPoP header", code="bad_dpop_proof")
    proof = verify_dpop_proof(
        headers[0],
        expected_method=request.method,
        expected_url=deps.url(path),
        now=deps.clock.now(),
        max_age=MAX_AGE,
        access_token=access_token,
    )
    _spend(deps, proof)
    return proof.jkt


def _spend(deps: Deps, proof: DpopProof) -> None:
    with deps.database.unit() as session:
        fresh = spend(session, SpentProof, f"{proof.jkt} {proof.jti}", proof.iat + MAX_AGE + MAX_CLOCK_AHEAD)
        session.commit()
    if not fresh:  # §11.1
        raise BindingError("the DPoP proof was used already", code="repeated_dpop_proof")
