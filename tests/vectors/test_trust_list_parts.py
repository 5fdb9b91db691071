"""Vectors that both wallets have to agree on: what makes a trust list's head count, what its parts say."""

from typing import Any

import pytest
from cryptography import x509

from protocol.encoding import b64url_encode
from protocol.errors import RemoteError
from protocol.trust_list.buckets import bucket_of
from protocol.trust_list.head import TrustListHead, verify_trust_list_head
from protocol.trust_list.lookup import PartialTrustList
from protocol.trust_list.members import Member, MemberStatus
from tests.vectors.reading import vectors

VECTORS = vectors("trust_list_parts/parts.json")
NOW: int = VECTORS["now"]
ANCHORS = x509.load_pem_x509_certificates(VECTORS["root"].encode())


def verified(compact: str, **changes: Any) -> TrustListHead:
    arguments: dict[str, Any] = {"anchors": ANCHORS, "now": NOW}
    return verify_trust_list_head(compact, **(arguments | changes))


def test_the_list_is_whole() -> None:
    assert [len(VECTORS[name]) for name in ("buckets", "heads", "lookups")] == [25, 35, 37]


@pytest.mark.parametrize("case", VECTORS["buckets"], ids=lambda case: f"{case['key']} {case['buckets']}")
def test_bucket(case: dict[str, Any]) -> None:
    assert bucket_of(case["key"], case["buckets"]) == case["bucket"]


@pytest.mark.parametrize("case", VECTORS["heads"], ids=lambda case: case["name"])
def test_head(case: dict[str, Any]) -> None:
    previous = verified(case["previous"]) if case["previous"] else None
    if case["refused"] is None:
        verified(case["head"], now=case["now"], previous=previous)
        return
    with pytest.raises(RemoteError):
        verified(case["head"], now=case["now"], previous=previous)


@pytest.mark.parametrize("case", VECTORS["lookups"], ids=lambda case: case["name"])
def test_lookup(case: dict[str, Any]) -> None:
    def load(digest: bytes) -> bytes:
        part: str = case["parts"][b64url_encode(digest)]
        return part.encode()

    found = PartialTrustList(verified(case["head"]), load)
    if not case["refused"]:
        assert _said(found, case["of"], case["key"]) == case["found"]
        return
    with pytest.raises((RemoteError, KeyError)):
        _said(found, case["of"], case["key"])


def _said(found: PartialTrustList, of: str, key: str) -> dict[str, Any] | None:
    if of != "claim_type":
        return _member(getattr(found, of)(key))
    entry = found.claim_type(key)
    if entry is None:
        return None
    departments = sorted(found.issuers_of(key))
    return {"url": entry.url, "integrity": entry.integrity, "departments": departments}


def _member(member: Member | None) -> dict[str, Any] | None:
    if member is None:
        return None
    active = member.status is MemberStatus.ACTIVE
    names = {"id": member.organisation_id, "en": member.name.en, "cy": member.name.cy}
    return {**names, "url": member.url, "active": active}
