"""The query a service sends: OpenID4VP 1.0 §6, read once into frozen types.

Unknown members are ignored (§6), unknown formats and authority types kept (they match nothing). The bounds
are ours: the standard sets none, and the work of answering a query grows with it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from protocol.dcql.paths import Path, parse_path
from protocol.encoding import b64url_decode
from protocol.errors import MalformedError
from protocol.members import Members

SD_JWT_VC = "dc+sd-jwt"  # OpenID4VP 1.0 Appendix B.3.1
MSO_MDOC = "mso_mdoc"  # Appendix B.2

MAX_VALUES = 256

_IDENTIFIER = re.compile(r"[A-Za-z0-9_-]{1,128}")

Scalar = str | int | bool


@dataclass(frozen=True, slots=True)
class ClaimsQuery:
    """One claim asked for (§6.3); `values` None means any value."""

    path: Path
    id: str | None = None
    values: tuple[Scalar, ...] | None = None

    def accepts(self, value: object) -> bool:
        """Whether `value` equals one of `values` in type and value: true is not 1, and 1 is not "1"."""
        return self.values is None or any(type(value) is type(one) and value == one for one in self.values)


@dataclass(frozen=True, slots=True)
class TrustedAuthority:
    """One kind of authority the service accepts (§6.1.1)."""

    type: str
    values: tuple[str, ...]
    key_identifiers: frozenset[bytes] = frozenset()

    def accepts(self, authority_key_ids: frozenset[bytes]) -> bool:
        """Whether a certificate of the credential's chain names one of the keys (§6.1.1.1); any for `aki`."""
        return not self.key_identifiers.isdisjoint(authority_key_ids)


@dataclass(frozen=True, slots=True)
class CredentialQuery:
    """One credential asked for (§6.1)."""

    id: str
    format: str
    meta: Mapping[str, Any] = field(hash=False)
    vct_values: frozenset[str] = frozenset()
    multiple: bool = False
    trusted_authorities: tuple[TrustedAuthority, ...] = ()
    require_cryptographic_holder_binding: bool = True
    claims: tuple[ClaimsQuery, ...] = ()
    claim_sets: tuple[tuple[str, ...], ...] = ()

    def alternatives(self) -> tuple[tuple[ClaimsQuery, ...], ...]:
        """The combinations of claims that answer this query, the service's favourite first (§6.4.1)."""
        if not self.claim_sets:
            return (self.claims,)
        by_id = {claim.id: claim for claim in self.claims}
        return tuple(tuple(by_id[name] for name in names) for names in self.claim_sets)


@dataclass(frozen=True, slots=True)
class CredentialSetQuery:
    """Sets of credentials of which one answers the service's question (§6.2)."""

    options: tuple[tuple[str, ...], ...]
    required: bool = True


@dataclass(frozen=True, slots=True)
class DcqlQuery:
    """A whole query (§6)."""

    credentials: tuple[CredentialQuery, ...]
    credential_sets: tuple[CredentialSetQuery, ...] = ()

    def credential(self, query_id: str) -> CredentialQuery | None:
        """The credential query named `query_id`."""
        return next((one for one in self.credentials if one.id == query_id), None)

    def sets(self) -> tuple[CredentialSetQuery, ...]:
        """`credential_sets`, or where there is none the one set that asks for everything (§6.4.2)."""
        everything = tuple(credential.id for credential in self.credentials)
        return self.credential_sets or (CredentialSetQuery(options=(everything,)),)


def parse_dcql_query(value: object) -> DcqlQuery:
    """The query in a decoded JSON object; raises MalformedError."""
    query = _members(value, "dcql_query")
    credentials = query.array("credentials", _credential)
    ids = [credential.id for credential in credentials]
    if len(set(ids)) != len(ids):  # §6.1 id
        raise _malformed("credential query ids must be unique")
    sets = query.array("credential_sets", _credential_set) if "credential_sets" in query else ()
    for one in sets:
        _check_references(one.options, set(ids))  # §6.2 options
    return DcqlQuery(credentials=credentials, credential_sets=sets)


def create_dcql_query(query: DcqlQuery) -> dict[str, Any]:
    """The JSON object of a query; refuses what only a service must keep, such as asking a claim twice."""
    for credential in query.credentials:
        paths = [claim.path for claim in credential.claims]
        if len(set(paths)) != len(paths):  # §6.1 claims: verifiers MUST NOT point to a claim twice
            raise _malformed("a claim is asked twice")
    written: dict[str, Any] = {"credentials": [_written_credential(one) for one in query.credentials]}
    if query.credential_sets:
        written["credential_sets"] = [_written_set(one) for one in query.credential_sets]
    parse_dcql_query(written)
    return written


def _credential(value: object) -> CredentialQuery:
    query = _members(value, "a credential query")
    format_ = query.string("format")
    meta = query.members("meta")  # §6.1: REQUIRED, may be empty
    claims = query.array("claims", _claim) if "claims" in query else ()
    return CredentialQuery(
        id=_identifier(query.raw.get("id")),
        format=format_,
        meta=meta.raw,
        # Appendix B.3.5: vct_values is REQUIRED, a non-empty array of strings
        vct_values=frozenset(meta.strings("vct_values")) if format_ == SD_JWT_VC else frozenset(),
        multiple=query.boolean("multiple", default=False),
        trusted_authorities=(
            query.array("trusted_authorities", _authority) if "trusted_authorities" in query else ()
        ),
        require_cryptographic_holder_binding=query.boolean(
            "require_cryptographic_holder_binding", default=True
        ),
        claims=claims,
        claim_sets=_claim_sets(query, claims),
    )


def _claim(value: object) -> ClaimsQuery:
    claim = _members(value, "a claims query")
    return ClaimsQuery(
        path=parse_path(claim.raw.get("path")),
        id=_identifier(claim.raw["id"]) if "id" in claim else None,
        values=claim.array("values", _scalar, limit=MAX_VALUES) if "values" in claim else None,
    )


def _claim_sets(query: Members, claims: tuple[ClaimsQuery, ...]) -> tuple[tuple[str, ...], ...]:
    ids = [claim.id for claim in claims if claim.id is not None]
    if len(set(ids)) != len(ids):  # §6.3 id
        raise _malformed("claims query ids must be unique")
    if "claim_sets" not in query:
        return ()
    if not claims:  # §6.4.1
        raise _malformed("claim_sets needs claims")
    if len(ids) != len(claims):  # §6.3 id
        raise _malformed("every claims query needs an id where there are claim_sets")
    sets = query.array("claim_sets", _identifiers)
    _check_references(sets, set(ids))
    return sets


def _authority(value: object) -> TrustedAuthority:
    authority = _members(value, "a trusted authority")
    kind = authority.string("type")
    values = authority.strings("values", limit=MAX_VALUES)
    keys = frozenset(b64url_decode(one) for one in values) if kind == "aki" else frozenset()
    return TrustedAuthority(type=kind, values=values, key_identifiers=keys)


def _credential_set(value: object) -> CredentialSetQuery:
    one = _members(value, "a credential set query")
    return CredentialSetQuery(
        options=one.array("options", _identifiers), required=one.boolean("required", default=True)
    )


def _identifiers(value: object) -> tuple[str, ...]:
    return _members({"ids": value}, "ids").array("ids", _identifier)


def _identifier(value: object) -> str:
    # §6.1, §6.3: alphanumeric, underscore or hyphen, not empty
    if not isinstance(value, str) or not _IDENTIFIER.fullmatch(value):
        raise _malformed("an id must be letters, digits, underscore or hyphen")
    return value


def _check_references(groups: tuple[tuple[str, ...], ...], known: set[str]) -> None:
    if any(name not in known for group in groups for name in group):
        raise _malformed("an id refers to nothing in the query")


def _scalar(value: object) -> Scalar:
    # §6.3 values: strings, integers or booleans
    if isinstance(value, str | int):
        return value
    raise _malformed("values must be strings, integers or booleans")


def _members(value: object, name: str) -> Members:
    return Members(value, code="invalid_dcql_query", name=name)


def _malformed(text: str) -> MalformedError:
    return MalformedError(text, code="invalid_dcql_query")


def _written_credential(query: CredentialQuery) -> dict[str, Any]:
    written: dict[str, Any] = {"id": query.id, "format": query.format, "meta": dict(query.meta)}
    if query.multiple:
        written["multiple"] = True
    if query.trusted_authorities:
        written["trusted_authorities"] = [
            {"type": one.type, "values": list(one.values)} for one in query.trusted_authorities
        ]
    if not query.require_cryptographic_holder_binding:
        written["require_cryptographic_holder_binding"] = False
    if query.claims:
        written["claims"] = [_written_claim(claim) for claim in query.claims]
    if query.claim_sets:
        written["claim_sets"] = [list(names) for names in query.claim_sets]
    return written


def _written_claim(claim: ClaimsQuery) -> dict[str, Any]:
    written: dict[str, Any] = {"id": claim.id} if claim.id is not None else {}
    written["path"] = list(claim.path)
    if claim.values is not None:
        written["values"] = list(claim.values)
    return written


def _written_set(one: CredentialSetQuery) -> dict[str, Any]:
    written: dict[str, Any] = {"options": [list(option) for option in one.options]}
    if not one.required:
        written["required"] = False
    return written
