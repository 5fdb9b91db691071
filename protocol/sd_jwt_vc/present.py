"""The holder's side of a presentation: choose what to show, then bind it to one verifier (RFC 9901 §7.2)."""

from collections.abc import Sequence

from protocol.sd_jwt.parse import present_sd_jwt
from protocol.sd_jwt.paths import Path
from protocol.sd_jwt_vc.create import SD_JWT_VC_TYP


def present_sd_jwt_vc(compact: str, *, paths: Sequence[Path]) -> str:
    """Keeps of a credential what shows `paths` and no more, without key binding.

    Raises MalformedError for a credential that is bound already, UnsatisfiedError for a path without a claim.
    """
    return present_sd_jwt(compact, paths=paths, expected_typ=SD_JWT_VC_TYP)
