"""The head of the trust list: what is true of the whole list, and the digests of its parts, small and signed.

ETSI TS 119 602 has no such thing, so the type and the members are ours; the signer, its profile, the number,
the times and what makes them count are those of the list (`signed.py`). A wallet takes the head and the parts
that it needs; the digest of the list that it heads lets anybody compare the two.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from cryptography import x509

from protocol.encoding import b64url_decode, b64url_encode
from protocol.errors import MalformedError
from protocol.jose.jws import create_jws, parse_jws, verify_jws
from protocol.keys import SigningKey
from protocol.members import Members
from protocol.transparency.note import parse_log_key
from protocol.trust_list.buckets import CODE, DIGEST_BYTES, Table, join_digests, split_digests
from protocol.trust_list.document import MAX_REVOKED
from protocol.trust_list.members import Name, Published, TransparencyLog, TrustList
from protocol.trust_list.parts import CLAIM_TYPES, DEPARTMENTS, SERVICES, Tables
from protocol.trust_list.standing import check_current, check_operator, check_successor, payload_digest
from protocol.x509 import Profile, verify_chain

HEAD_TYP: Final = "pdx-trust-list-head+jwt"
MAX_HEAD_BYTES: Final = 524_288
VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class TrustListHead(Published):
    """The head of a list; `digest`: SHA-256 of what was signed, `list_digest` of the list that it heads.

    Times are Unix seconds, `grace` is seconds past `next_update`. `revoked_keys` are SHA-256 over
    SubjectPublicKeyInfo.
    """

    sequence_number: int
    issued_at: int
    next_update: int
    operator: Name
    list_digest: bytes
    tables: Tables
    logs: tuple[TransparencyLog, ...] = ()
    revoked_keys: frozenset[bytes] = frozenset()
    grace: int = 0
    digest: bytes = b""


def head_of(trust_list: TrustList, tables: Tables) -> TrustListHead:
    """The head of a signed (or verified) list that was divided into `tables`."""
    return TrustListHead(
        sequence_number=trust_list.sequence_number,
        issued_at=trust_list.issued_at,
        next_update=trust_list.next_update,
        operator=trust_list.operator,
        list_digest=trust_list.digest,
        tables=tables,
        logs=trust_list.logs,
        revoked_keys=trust_list.revoked_keys,
        grace=trust_list.grace,
    )


def create_trust_list_head(head: TrustListHead, key: SigningKey, *, x5c: Sequence[bytes]) -> str:
    """The signed head; the first certificate's organisation must be the list's operator."""
    if not head.issued_at < head.next_update:
        raise MalformedError("a trust list must be good for a while", code=CODE)
    return create_jws(_written(head), key, typ=HEAD_TYP, x5c=x5c)


def verify_trust_list_head(
    compact: str,
    *,
    anchors: Sequence[x509.Certificate],
    now: int,
    previous: TrustListHead | None = None,
    kept: bool = False,
) -> TrustListHead:
    """The head, verified; raises RemoteError. Establishes what `verify_trust_list` does of a list:

    1. it is signed by a certificate that `anchors` vouch for as a trust list signer;
    2. the signer is the operator that it names;
    3. it is not from the future, and its next update is not overdue: for one that was `kept` from before, by
       more than the grace that it states;
    4. it is not older than `previous`, and the same number has the same content.
    """
    jws = parse_jws(compact, expected_typ=HEAD_TYP, max_bytes=MAX_HEAD_BYTES)
    signer = verify_chain(jws.x5c, anchors=anchors, now=now, expected_profile=Profile.TRUST_LIST)
    said = Members(verify_jws(jws, signer.public_key), code=CODE, name="the trust list's head")
    head = _read(said, digest=payload_digest(jws))
    check_operator(head, signer)
    check_current(head, now=now, kept=kept)
    if previous is not None:
        check_successor(head, previous)
    return head


def _written(head: TrustListHead) -> dict[str, Any]:
    return {
        "version": VERSION,
        "sequence_number": head.sequence_number,
        "issued_at": head.issued_at,
        "next_update": head.next_update,
        "grace_seconds": head.grace,
        "operator": {"en": head.operator.en, "cy": head.operator.cy},
        "list_sha256": b64url_encode(head.list_digest),
        "logs": [{"url": one.url, "key": str(one.key)} for one in head.logs],
        "revoked_keys": sorted(map(b64url_encode, head.revoked_keys)),
        SERVICES: _written_table(head.tables.services),
        DEPARTMENTS: _written_table(head.tables.departments),
        CLAIM_TYPES: _written_table(head.tables.claim_types),
    }


def _written_table(table: Table) -> dict[str, Any]:
    return {"entries": table.entries, "buckets": table.buckets, "parts": join_digests(table.digests)}


def _read(said: Members, *, digest: bytes) -> TrustListHead:
    if said.integer("version") != VERSION:
        raise said.wrong("the trust list's head has another version")
    operator = said.members("operator")
    return TrustListHead(
        sequence_number=said.integer("sequence_number", low=1),
        issued_at=said.integer("issued_at"),
        next_update=said.integer("next_update"),
        operator=Name(en=operator.string("en"), cy=operator.string("cy")),
        list_digest=_digest(said, said.string("list_sha256")),
        tables=Tables(
            services=_table(said.members(SERVICES)),
            departments=_table(said.members(DEPARTMENTS)),
            claim_types=_table(said.members(CLAIM_TYPES)),
        ),
        logs=_logs(said),
        revoked_keys=_revoked_keys(said),
        grace=said.optional_integer("grace_seconds") or 0,
        digest=digest,
    )


def _table(table: Members) -> Table:
    return Table(
        entries=table.integer("entries"),
        buckets=table.integer("buckets", low=1),
        digests=split_digests(table.string("parts")),
    )


def _logs(said: Members) -> tuple[TransparencyLog, ...]:
    if said.raw.get("logs") == []:
        return ()
    return tuple(
        TransparencyLog(log.url("url"), parse_log_key(log.string("key", limit=1024)))
        for log in said.all_members("logs")
    )


def _revoked_keys(said: Members) -> frozenset[bytes]:
    # a head that says nothing of revoked keys does not say that there are none
    if said.raw.get("revoked_keys") == []:
        return frozenset()
    return frozenset(_digest(said, one) for one in said.strings("revoked_keys", limit=MAX_REVOKED))


def _digest(said: Members, text: str) -> bytes:
    digest = b64url_decode(text)
    if len(digest) != DIGEST_BYTES:
        raise said.wrong("a digest is none of SHA-256")
    return digest
