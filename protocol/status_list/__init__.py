"""Token Status List: IETF draft 14 (pinned by HAIP 1.0), JWT form."""

from protocol.status_list.bits import StatusList, compress, decompress
from protocol.status_list.check import check_status
from protocol.status_list.reference import INVALID, SUSPENDED, VALID, StatusReference, parse_status_claim
from protocol.status_list.token import (
    STATUS_LIST_TYP,
    StatusTrust,
    VerifiedStatusList,
    create_status_list_token,
    verify_status_list_token,
)

__all__ = [
    "INVALID",
    "STATUS_LIST_TYP",
    "SUSPENDED",
    "VALID",
    "StatusList",
    "StatusReference",
    "StatusTrust",
    "VerifiedStatusList",
    "check_status",
    "compress",
    "create_status_list_token",
    "decompress",
    "parse_status_claim",
    "verify_status_list_token",
]
