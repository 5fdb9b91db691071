"""Selective Disclosure for JWTs: RFC 9901, compact serialisation, SHA-256, ES256."""

from protocol.sd_jwt.compact import join_compact, split_compact
from protocol.sd_jwt.create import create_sd_jwt
from protocol.sd_jwt.disclosure import Disclosure
from protocol.sd_jwt.key_binding import (
    ExpectedBinding,
    add_key_binding,
    parse_key_binding,
    verify_key_binding,
)
from protocol.sd_jwt.parse import UnverifiedSdJwt, parse_sd_jwt, present_sd_jwt, verify_sd_jwt
from protocol.sd_jwt.paths import Path
from protocol.sd_jwt.process import ProcessedPayload, process_payload

__all__ = [
    "Disclosure",
    "ExpectedBinding",
    "Path",
    "ProcessedPayload",
    "UnverifiedSdJwt",
    "add_key_binding",
    "create_sd_jwt",
    "join_compact",
    "parse_key_binding",
    "parse_sd_jwt",
    "present_sd_jwt",
    "process_payload",
    "split_compact",
    "verify_key_binding",
    "verify_sd_jwt",
]
