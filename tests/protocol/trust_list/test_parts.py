"""The trust list in parts: it says what the whole list says, and nothing can be changed or left out."""

from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest

from protocol.encoding import b64url_decode, b64url_encode, json_dumps
from protocol.errors import MalformedError, RemoteError
from protocol.trust_list.buckets import Table, bucket_of, buckets_for, join_digests
from protocol.trust_list.head import TrustListHead, create_trust_list_head, head_of, verify_trust_list_head
from protocol.trust_list.lookup import PartialTrustList
from protocol.trust_list.members import ClaimType, Department, MemberStatus, Name, Service, TrustList
from protocol.trust_list.parts import read_members, read_types, write_parts
from protocol.trust_list.signed import create_trust_list, verify_trust_list
from protocol.x509 import Profile
from tests.protocol.authority_for_tests import DAY, NOW, OPERATOR, Authority
from tests.protocol.resigning import Change, resigned, with_broken_signature
from tests.protocol.trust_list.test_trust_list import DWP, LOG, PIP, SIGNER, trust_list

AUTHORITY = Authority()
ANCHORS = AUTHORITY.anchors


def a_list(**changes: Any) -> TrustList:
    types = {
        vct: ClaimType(vct, "https://authority.example.org/t.json", "sha256-AAAA") for vct in DWP.claim_types
    }
    made = trust_list(**({"claim_types": types} | changes))
    return verify_trust_list(create_trust_list(made, SIGNER.key, x5c=SIGNER.x5c), anchors=ANCHORS, now=NOW)


def signed(whole: TrustList) -> tuple[str, dict[bytes, bytes]]:
    tables, parts = write_parts(whole)
    return create_trust_list_head(head_of(whole, tables), SIGNER.key, x5c=SIGNER.x5c), parts


def verified(compact: str, **changes: Any) -> TrustListHead:
    arguments: dict[str, Any] = {"anchors": ANCHORS, "now": NOW}
    return verify_trust_list_head(compact, **(arguments | changes))


def partial(whole: TrustList) -> PartialTrustList:
    compact, parts = signed(whole)
    return PartialTrustList(verified(compact), parts.__getitem__)


def refused(compact: str, **changes: Any) -> str:
    with pytest.raises(RemoteError) as caught:
        verified(compact, **changes)
    return caught.value.code


def full_size() -> TrustList:
    """50 departments with 40 claim types each, and 400 councils."""
    name = Name("A member with a name of usual length", "Aelod ag enw o hyd arferol")
    vcts = {d: [f"urn:pdx:claim:d{d}:claim-type-{n}:1" for n in range(40)] for d in range(50)}
    departments = {
        f"PDXGB-d{d}": Department(f"PDXGB-d{d}", name, f"https://d{d}.example.org", frozenset(vcts[d]))
        for d in vcts
    }
    services = {f"PDXGB-c{n}": Service(f"PDXGB-c{n}", name, f"https://c{n}.example.org") for n in range(400)}
    types = {
        vct: ClaimType(vct, f"https://network.example.org/types/{vct[14:]}.json", f"sha256-{'A' * 43}=")
        for named in vcts.values()
        for vct in named
    }
    return a_list(departments=departments, services=services, claim_types=types)


def test_it_says_what_the_whole_list_says() -> None:
    whole = a_list()
    found = partial(whole)
    assert (found.revoked_keys, found.log_keys) == (whole.revoked_keys, (LOG.key,))
    council, late = found.service("PDXGB-council"), found.service("PDXGB-late")
    assert council is not None
    assert (council.name.cy, council.url) == ("Cyngor", "https://council.example.org")
    assert late is not None
    assert late.status is MemberStatus.SUSPENDED
    assert found.department("PDXGB-dwp") == found.department_at("https://dwp.example.org")
    assert found.claim_type(PIP) == whole.claim_types[PIP]
    assert found.issuers_of(PIP) == {"PDXGB-dwp"}
    assert found.may_issue("PDXGB-dwp", PIP)
    assert (found.head.list_digest, found.head.sequence_number) == (whole.digest, 7)
    assert (found.head.tables.services.entries, found.head.tables.departments.entries) == (2, 1)


def test_who_is_not_listed_is_not_found() -> None:
    found = partial(a_list())
    assert found.service("PDXGB-dwp") is None
    assert found.department("PDXGB-council") is None
    assert found.department_at("https://dwp.example.org/") is None  # identifiers are compared as they are
    assert (found.claim_type("urn:other"), found.issuers_of("urn:other")) == (None, frozenset())
    assert not found.may_issue("PDXGB-council", PIP)


def test_a_network_of_full_size_is_found_whole() -> None:
    whole = full_size()
    found = partial(whole)
    assert all(found.service(one) for one in whole.services)
    assert all(found.department_at(one.url) for one in whole.departments.values())
    assert {vct: found.claim_type(vct) for vct in whole.claim_types} == whole.claim_types
    assert all(found.issuers_of(vct) == whole.issuers_of(vct) for vct in whole.claim_types)


def test_a_network_of_full_size_needs_few_bytes() -> None:
    """A first visit takes the head and one part; a type that the wallet does not hold costs three more."""
    compact, parts = signed(full_size())
    taken: list[int] = []

    def load(digest: bytes) -> bytes:
        taken.append(len(parts[digest]))
        return parts[digest]

    found = PartialTrustList(verified(compact), load)
    found.service("PDXGB-c7")
    assert len(taken) == 1
    found.claim_type("urn:pdx:claim:d7:claim-type-7:1")
    found.department("PDXGB-d7")
    assert len(taken) == 4
    services = [len(data) for data in parts.values() if data.startswith(b'{"services"')]
    types = [len(data) for data in parts.values() if data.startswith(b'{"claim_types"')]
    departments = [len(data) for data in parts.values() if data.startswith(b'{"departments"')]
    indexes = [len(data) for data in parts.values() if data.startswith(b'{"parts"')]
    assert (len(services), len(types), len(departments), len(indexes)) == (16, 256, 8, 16)
    assert len(compact) + max(services) < 12_000
    assert max(indexes) + max(types) + max(departments) < 10_000


def test_a_service_is_one_of_a_crowd() -> None:
    _, parts = signed(full_size())
    crowds = [data.count(b'"id"') for data in parts.values() if data.startswith(b'{"services"')]
    assert (len(crowds), sum(crowds)) == (16, 400)
    assert min(crowds) > 10


def test_one_change_changes_few_parts() -> None:
    whole = full_size()
    _, before = signed(whole)
    late = replace(whole.services["PDXGB-c7"], status=MemberStatus.SUSPENDED)
    _, after = signed(replace(whole, services={**whole.services, "PDXGB-c7": late}))
    assert len(after.keys() - before.keys()) == 1


def test_a_whole_list_is_divided_in_one_way() -> None:
    whole = a_list()
    turned = replace(whole, services=dict(reversed(list(whole.services.items()))))
    assert write_parts(turned) == write_parts(whole)


def test_an_empty_network() -> None:
    found = partial(a_list(departments={}, services={}, claim_types={}, logs=(), revoked_keys=frozenset()))
    assert (found.service("a"), found.department("a"), found.claim_type("a")) == (None, None, None)
    assert (found.log_keys, found.revoked_keys) == ((), frozenset())


def test_a_type_without_an_entry_is_not_published() -> None:
    with pytest.raises(MalformedError):
        write_parts(a_list(claim_types={}))


# --- what makes a head worthless: the same as makes a list


def test_times_and_numbers_count_as_for_the_list() -> None:
    compact, _ = signed(a_list())
    due = NOW + 7 * DAY
    assert verified(compact, now=due - 1).is_current(due - 1)
    assert refused(compact, now=due) == "expired"
    kindly, _ = signed(a_list(grace=1))
    assert refused(kindly, now=due) == "expired"
    assert not verified(kindly, now=due, kept=True).is_current(due)
    assert refused(kindly, now=due + 1, kept=True) == "expired"
    assert refused(compact, now=NOW - 301) == "not_yet_valid"
    previous = verified(compact)
    assert verified(signed(a_list())[0], previous=previous) == previous  # signed again
    assert verified(signed(a_list(number=8))[0], previous=previous).sequence_number == 8
    assert refused(signed(a_list(number=6))[0], previous=previous) == "trust_list_rollback"
    assert refused(signed(a_list(services={}))[0], previous=previous) == "trust_list_fork"


def test_signed_by_the_operator_alone() -> None:
    compact, _ = signed(a_list())
    assert refused(with_broken_signature(compact)) == "bad_signature"
    assert refused(resigned(compact, SIGNER, typ="lote+jwt")) == "bad_typ"
    assert refused(resigned(compact, Authority("other").party(Profile.TRUST_LIST))) == "unknown_authority"
    member = AUTHORITY.party(Profile.CLAIM_SIGNING, organisation_id="PDXGB-dwp", organisation_name=OPERATOR)
    assert refused(resigned(compact, member)) == "wrong_profile"
    other = AUTHORITY.party(Profile.TRUST_LIST, organisation_id="PDXGB-other", organisation_name="Other")
    assert refused(resigned(compact, other)) == "trust_list_operator"


def test_a_list_is_no_head_and_a_head_is_no_list() -> None:
    compact, _ = signed(a_list())
    whole = create_trust_list(trust_list(), SIGNER.key, x5c=SIGNER.x5c)
    assert refused(whole) == "bad_typ"
    with pytest.raises(RemoteError):
        verify_trust_list(compact, anchors=ANCHORS, now=NOW)


def head(**values: Any) -> Change:
    return lambda p: p.update(values)


def services(**values: Any) -> Change:
    return lambda p: p["services"].update(values)


MALFORMED: dict[str, Change] = {
    "another version": head(version=2),
    "no number": head(sequence_number=0),
    "no issue time": lambda p: p.pop("issued_at"),
    "a time that is text": head(next_update="2027-01-01T00:00:00Z"),
    "no operator": head(operator={"cy": OPERATOR}),
    "no list": lambda p: p.pop("list_sha256"),
    "a list by another digest": head(list_sha256="AAAA"),
    "silent about logs": lambda p: p.pop("logs"),
    "a log at an http address": head(logs=[{"url": "http://a.example/log", "key": str(LOG.key)}]),
    "silent about revoked keys": lambda p: p.pop("revoked_keys"),
    "a revoked key by another digest": head(revoked_keys=["AAAA"]),
    "no departments": lambda p: p.pop("departments"),
    "a negative number of entries": services(entries=-1),
    "no bucket": services(buckets=0),
    "no power of two": services(buckets=3, parts=b64url_encode(bytes(96))),
    "fewer parts than buckets": services(buckets=2),
    "more parts than buckets": services(parts=b64url_encode(bytes(64))),
    "too many buckets": services(buckets=1 << 20, parts=b64url_encode(bytes(512))),
    "half a digest": services(parts=b64url_encode(bytes(16))),
}


@pytest.mark.parametrize("change", MALFORMED.values(), ids=MALFORMED.keys())
def test_malformed_head(change: Change) -> None:
    assert refused(resigned(signed(a_list())[0], SIGNER, change)) == "invalid_trust_list"


def test_a_head_that_was_never_good() -> None:
    whole = a_list()
    made = replace(head_of(whole, write_parts(whole)[0]), next_update=NOW)
    with pytest.raises(MalformedError):
        create_trust_list_head(made, SIGNER.key, x5c=SIGNER.x5c)
    compact, _ = signed(whole)
    assert refused(resigned(compact, SIGNER, head(next_update=NOW))) == "lifetime"


# --- what makes a part worthless


def test_a_changed_part() -> None:
    compact, parts = signed(a_list())
    found = PartialTrustList(
        verified(compact), lambda digest: parts[digest].replace(b'"suspended":true', b"")
    )
    with pytest.raises(RemoteError) as caught:
        found.service("PDXGB-late")
    assert caught.value.code == "trust_list_part"


def test_a_part_of_another_list() -> None:
    compact, _ = signed(a_list())
    _, others = signed(a_list(services={}))
    other = next(data for data in others.values() if data == b'{"services":[]}')
    with pytest.raises(RemoteError) as caught:
        PartialTrustList(verified(compact), lambda _: other).service("PDXGB-late")
    assert caught.value.code == "trust_list_part"


def test_a_part_that_can_not_be_had_is_no_answer() -> None:
    compact, _ = signed(a_list())

    def nothing(_: bytes) -> bytes:
        raise FileNotFoundError

    with pytest.raises(FileNotFoundError):
        PartialTrustList(verified(compact), nothing).service("PDXGB-late")


def test_a_part_of_another_kind() -> None:
    compact, parts = signed(a_list())
    there = verified(compact)
    mixed = replace(there, tables=replace(there.tables, departments=there.tables.services))
    with pytest.raises(MalformedError):
        PartialTrustList(mixed, parts.__getitem__).department("PDXGB-council")


MEMBER = {"id": "PDXGB-a", "en": "A", "cy": "A", "url": "https://a.example"}
BAD_MEMBERS: dict[str, Any] = {
    "twice": {"services": [MEMBER, MEMBER]},
    "no list": {"services": {}},
    "silent": {},
    "of another kind": {"departments": [MEMBER]},
    "nameless": {"services": [MEMBER | {"en": ""}]},
    "at an http address": {"services": [MEMBER | {"url": "http://a.example"}]},
    "suspended perhaps": {"services": [MEMBER | {"suspended": "no"}]},
}


@pytest.mark.parametrize("part", BAD_MEMBERS.values(), ids=BAD_MEMBERS.keys())
def test_malformed_members(part: dict[str, Any]) -> None:
    data = json_dumps(part)
    with pytest.raises(MalformedError):
        read_members(data, digest=sha256(data).digest(), kind="services")


TYPE = {"vct": "urn:a", "url": "https://a.example/t", "integrity": "sha256-A", "departments": ["PDXGB-a"]}
BAD_TYPES: dict[str, Any] = {
    "twice": {"claim_types": [TYPE, TYPE]},
    "without a hash": {"claim_types": [{**TYPE, "integrity": ""}]},
    "silent about departments": {"claim_types": [{k: v for k, v in TYPE.items() if k != "departments"}]},
    "at an http address": {"claim_types": [{**TYPE, "url": "http://a.example/t"}]},
}


@pytest.mark.parametrize("part", BAD_TYPES.values(), ids=BAD_TYPES.keys())
def test_malformed_types(part: dict[str, Any]) -> None:
    data = json_dumps(part)
    with pytest.raises(MalformedError):
        read_types(data, digest=sha256(data).digest())


def test_an_index_with_another_number_of_parts() -> None:
    short = json_dumps({"parts": join_digests((bytes(32),))})
    digest = sha256(short).digest()
    compact, _ = signed(a_list())
    there = verified(compact)
    table = Table(entries=400, buckets=32, digests=(digest,) * 16)
    with pytest.raises(MalformedError):
        PartialTrustList(
            replace(there, tables=replace(there.tables, services=table)), {digest: short}.__getitem__
        ).service("PDXGB-a")


def test_the_bucket_of_a_key_is_the_first_bits_of_its_hash() -> None:
    first = sha256(b"PDXGB-council").digest()[0]
    assert bucket_of("PDXGB-council", 1) == 0
    assert bucket_of("PDXGB-council", 16) == first >> 4
    assert bucket_of("PDXGB-council", 256) == first
    assert [buckets_for(n, of=25) for n in (0, 25, 26, 400, 401)] == [1, 1, 2, 16, 32]
    assert b64url_decode(join_digests((bytes(32), bytes(32)))) == bytes(64)
