"""SD-JWT-based Verifiable Credentials: IETF draft 13, pinned by HAIP 1.0, as later drafts allow it too."""

from protocol.sd_jwt.key_binding import add_key_binding
from protocol.sd_jwt_vc.create import create_sd_jwt_vc
from protocol.sd_jwt_vc.parse import UnverifiedSdJwtVc, parse_sd_jwt_vc
from protocol.sd_jwt_vc.present import present_sd_jwt_vc
from protocol.sd_jwt_vc.verify import IssuerTrust, VerifiedSdJwtVc, verify_presentation, verify_sd_jwt_vc

__all__ = [
    "IssuerTrust",
    "UnverifiedSdJwtVc",
    "VerifiedSdJwtVc",
    "add_key_binding",
    "create_sd_jwt_vc",
    "parse_sd_jwt_vc",
    "present_sd_jwt_vc",
    "verify_presentation",
    "verify_sd_jwt_vc",
]
