"""SD-JWT-based Verifiable Credentials: IETF draft 13, pinned by HAIP 1.0, as later drafts allow it too."""

from protocol.sd_jwt.key_binding import add_key_binding
from protocol.sd_jwt_vc.create import create_sd_jwt_vc
from protocol.sd_jwt_vc.display import choose_display
from protocol.sd_jwt_vc.integrity import check_integrity, create_integrity
from protocol.sd_jwt_vc.parse import UnverifiedSdJwtVc, parse_sd_jwt_vc
from protocol.sd_jwt_vc.present import present_sd_jwt_vc
from protocol.sd_jwt_vc.type_check import check_against_type
from protocol.sd_jwt_vc.type_extension import load_type_metadata
from protocol.sd_jwt_vc.type_metadata import TypeMetadata, parse_type_metadata
from protocol.sd_jwt_vc.verify import IssuerTrust, VerifiedSdJwtVc, verify_presentation, verify_sd_jwt_vc

__all__ = [
    "IssuerTrust",
    "TypeMetadata",
    "UnverifiedSdJwtVc",
    "VerifiedSdJwtVc",
    "add_key_binding",
    "check_against_type",
    "check_integrity",
    "choose_display",
    "create_integrity",
    "create_sd_jwt_vc",
    "load_type_metadata",
    "parse_sd_jwt_vc",
    "parse_type_metadata",
    "present_sd_jwt_vc",
    "verify_presentation",
    "verify_sd_jwt_vc",
]
