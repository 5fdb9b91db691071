"""Issuing an SD-JWT VC (SD-JWT VC draft 13 §3, HAIP 1.0 §6.1)."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from protocol.errors import LocalError
from protocol.keys import PublicKey, SigningKey
from protocol.sd_jwt.create import create_sd_jwt
from protocol.sd_jwt.paths import Path
from protocol.sd_jwt_vc.claims import ALWAYS_OPEN
from protocol.sd_jwt_vc.holder_key import confirmation_claim

SD_JWT_VC_TYP = "dc+sd-jwt"


def create_sd_jwt_vc(
    *,
    claims: Mapping[str, Any],
    disclosable: Sequence[Path],
    signing_key: SigningKey,
    x5c: Sequence[bytes],
    holder_key: PublicKey | None,
    random: Callable[[int], bytes],
    decoys: int = 0,
) -> str:
    """Signs a credential with disclosures for `disclosable` paths, bound to `holder_key` if given.

    `claims` holds `vct` and whatever else is said, dates in Unix seconds; `x5c` is the DER chain, leaf
    first, without the anchor. Raises LocalError for a missing `vct`, a `cnf` among the claims, or a
    registered claim made disclosable.
    """
    _check_claims(claims, disclosable)
    if holder_key is not None:
        claims = {**claims, "cnf": confirmation_claim(holder_key)}
    return create_sd_jwt(
        claims, disclosable, signing_key=signing_key, typ=SD_JWT_VC_TYP, x5c=x5c, random=random, decoys=decoys
    )


def _check_claims(claims: Mapping[str, Any], disclosable: Sequence[Path]) -> None:
    if not isinstance(claims.get("vct"), str):  # §3.2.2.2: REQUIRED
        raise LocalError("A credential needs a vct", code="missing_vct")
    if "cnf" in claims:
        raise LocalError("cnf is made from the holder key", code="cnf_given")
    if any(path[:1] and path[0] in ALWAYS_OPEN for path in disclosable):  # §3.2.2.2
        raise LocalError(
            "A registered claim can't be selectively disclosable", code="registered_claim_disclosed"
        )
