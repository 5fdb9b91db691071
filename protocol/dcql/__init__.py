"""Digital Credentials Query Language: OpenID4VP 1.0 §6 and §7.

A service asks (`parse_dcql_query`), a wallet chooses (`match_query`), the service checks (`check_response`).
"""

from protocol.dcql.check import CheckedCredential, CheckedResponse, Presented, check_response
from protocol.dcql.match import Candidate, Match, QueryMatch, SetMatch, match_query
from protocol.dcql.paths import Path, covers, keep_only, overlaps, parse_path, resolve, select
from protocol.dcql.query import (
    ClaimsQuery,
    CredentialQuery,
    CredentialSetQuery,
    DcqlQuery,
    TrustedAuthority,
    create_dcql_query,
    parse_dcql_query,
)

__all__ = [
    "Candidate",
    "CheckedCredential",
    "CheckedResponse",
    "ClaimsQuery",
    "CredentialQuery",
    "CredentialSetQuery",
    "DcqlQuery",
    "Match",
    "Path",
    "Presented",
    "QueryMatch",
    "SetMatch",
    "TrustedAuthority",
    "check_response",
    "covers",
    "create_dcql_query",
    "keep_only",
    "match_query",
    "overlaps",
    "parse_dcql_query",
    "parse_path",
    "resolve",
    "select",
]
