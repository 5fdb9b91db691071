"""ETSI TS 119 602: the trust list as made, and everything that makes one worthless."""

from typing import Any

import pytest

from protocol.encoding import json_dumps
from protocol.errors import RemoteError
from protocol.transparency import LogKey
from protocol.trust_list.document import read_trust_list, write_trust_list
from protocol.trust_list.members import (
    ClaimType,
    Department,
    MemberStatus,
    Name,
    Service,
    TransparencyLog,
    TrustList,
    WalletProvider,
)
from protocol.trust_list.signed import create_trust_list, verify_trust_list
from protocol.x509 import Profile
from tests.protocol.authority_for_tests import DAY, NOW, OPERATOR, Authority
from tests.protocol.keys_for_tests import signing_key
from tests.protocol.resigning import Change, payload_of, resigned, with_broken_signature

AUTHORITY = Authority()
SIGNER = AUTHORITY.party(Profile.TRUST_LIST)
PIP = "urn:pdx:claim:dwp:pip-moving-around-8:1"
DWP = Department(
    "PDXGB-dwp", Name("Department for Work and Pensions", "Yr Adran Gwaith a Phensiynau"),
    "https://dwp.example.org", frozenset({PIP, "urn:pdx:claim:dwp:dla:1"}),
)  # fmt: skip
COUNCIL = Service("PDXGB-council", Name("Council", "Cyngor"), "https://council.example.org")
WALLET = WalletProvider("PDXGB-wallet", Name("Wallet", "Waled"), "https://wallet.example.org")
LOG = TransparencyLog(
    "https://authority.example.org/log", LogKey("authority.example.org/log", signing_key("log").public_key)
)
SUSPENDED = Service("PDXGB-late", Name("Late", "Hwyr"), "https://late.example.org", MemberStatus.SUSPENDED)


def trust_list(number: int = 7, **changes: Any) -> TrustList:
    arguments: dict[str, Any] = {
        "departments": {"PDXGB-dwp": DWP},
        "services": {"PDXGB-council": COUNCIL, "PDXGB-late": SUSPENDED},
        "wallet_providers": {"PDXGB-wallet": WALLET},
        "claim_types": {PIP: ClaimType(PIP, "https://authority.example.org/types/pip.json", "sha256-AAAA")},
        "logs": (LOG,),
        "revoked_keys": frozenset({bytes(32), bytes(range(32))}),
    }
    return TrustList(number, NOW, NOW + 7 * DAY, Name(OPERATOR, OPERATOR), **(arguments | changes))


def signed(**changes: Any) -> str:
    return create_trust_list(trust_list(**changes), SIGNER.key, x5c=SIGNER.x5c)


def verified(compact: str, **changes: Any) -> TrustList:
    arguments: dict[str, Any] = {"anchors": AUTHORITY.anchors, "now": NOW}
    return verify_trust_list(compact, **(arguments | changes))


def refused(compact: str, **changes: Any) -> str:
    with pytest.raises(RemoteError) as caught:
        verified(compact, **changes)
    return caught.value.code


def test_there_and_back() -> None:
    found = verified(signed())
    assert found.departments == {"PDXGB-dwp": DWP}
    assert found.services == {"PDXGB-council": COUNCIL, "PDXGB-late": SUSPENDED}
    assert found.wallet_providers == {"PDXGB-wallet": WALLET}
    assert found.claim_types[PIP].integrity == "sha256-AAAA"
    assert found.revoked_keys == {bytes(32), bytes(range(32))}
    assert (found.logs, found.log_keys) == ((LOG,), (LOG.key,))
    assert (found.sequence_number, found.issued_at, found.next_update) == (7, NOW, NOW + 7 * DAY)
    assert len(found.digest) == 32


def test_empty_network() -> None:
    empty = TrustList(1, NOW, NOW + DAY, Name(OPERATOR, OPERATOR))
    assert "TrustedEntitiesList" not in write_trust_list(empty)["LoTE"]
    assert verified(create_trust_list(empty, SIGNER.key, x5c=SIGNER.x5c)).departments == {}


def test_next_update_and_grace() -> None:
    due = NOW + 7 * DAY
    assert verified(signed(), now=due - 1).is_current(due - 1)
    assert refused(signed(), now=due) == "expired"
    assert refused(signed(grace=DAY), now=due) == "expired"
    late = verified(signed(grace=DAY), now=due + DAY - 1, kept=True)
    assert not late.is_current(due + DAY - 1)
    assert refused(signed(grace=DAY), now=due + DAY, kept=True) == "expired"
    assert refused(signed(), now=due, kept=True) == "expired"


def test_the_shorter_of_two_graces_holds() -> None:
    document = write_trust_list(trust_list(grace=DAY))
    document["LoTE"]["ListAndSchemeInformation"]["SchemeExtensions"].append({"pdx_grace_seconds": 1})
    assert read_trust_list(document, digest=bytes(32)).grace == 1


def test_number_never_falls() -> None:
    previous = verified(signed(number=7))
    assert verified(signed(number=8), previous=previous).sequence_number == 8
    assert refused(signed(number=6), previous=previous) == "trust_list_rollback"


def test_same_number_has_same_content() -> None:
    previous = verified(signed(number=7))
    assert verified(signed(number=7), previous=previous) == previous
    assert refused(signed(number=7, services={}), previous=previous) == "trust_list_fork"


def test_wrong_signature() -> None:
    assert refused(with_broken_signature(signed())) == "bad_signature"


def test_wrong_type() -> None:
    assert refused(resigned(signed(), SIGNER, typ="JWT")) == "bad_typ"


def test_unknown_authority() -> None:
    assert refused(resigned(signed(), Authority("other").party(Profile.TRUST_LIST))) == "unknown_authority"


def test_a_department_signs_no_trust_list() -> None:
    member = AUTHORITY.party(Profile.CLAIM_SIGNING, organisation_id="PDXGB-dwp", organisation_name=OPERATOR)
    assert refused(resigned(signed(), member)) == "wrong_profile"


def test_signer_is_not_the_operator() -> None:
    """Clause 6.8."""
    other = AUTHORITY.party(Profile.TRUST_LIST, organisation_id="PDXGB-other", organisation_name="Other")
    assert refused(resigned(signed(), other)) == "trust_list_operator"


def scheme(**values: Any) -> Change:
    return lambda p: p["LoTE"]["ListAndSchemeInformation"].update(values)


def entity(change: Change) -> Change:
    return lambda p: change(p["LoTE"]["TrustedEntitiesList"][0])


def service_information(**values: Any) -> Change:
    return entity(lambda e: e["TrustedEntityServices"][0]["ServiceInformation"].update(values))


MALFORMED: dict[str, Change] = {
    "no LoTE": lambda p: p.pop("LoTE"),
    "no scheme": lambda p: p["LoTE"].pop("ListAndSchemeInformation"),
    "other version": scheme(LoTEVersionIdentifier=2),
    "other type": scheme(LoTEType="http://uri.etsi.org/19602/LoTEType/EUPIDProvidersList"),
    "number missing": scheme(LoTESequenceNumber=None),
    "number true": scheme(LoTESequenceNumber=True),
    "number 0": scheme(LoTESequenceNumber=0),
    "closed": scheme(NextUpdate=None),
    "time without zone": scheme(NextUpdate="2026-12-01T00:00:00"),
    "time with an offset": scheme(NextUpdate="2026-12-01T00:00:00+00:00"),
    "time with a fraction": scheme(NextUpdate="2026-12-01T00:00:00.5Z"),
    "time impossible": scheme(NextUpdate="2026-13-01T00:00:00Z"),
    "operator missing": scheme(SchemeOperatorName=[]),
    "operator not in English": scheme(SchemeOperatorName=[{"lang": "cy", "value": OPERATOR}]),
    "critical extension": scheme(SchemeExtensions=[{"critical": True}]),
    "catalogue address http": scheme(
        SchemeExtensions=[{"pdx_catalogue": {PIP: {"url": "http://a.example"}}}]
    ),
    "log at an http address": scheme(
        SchemeExtensions=[{"pdx_logs": [{"url": "http://a.example/log", "key": str(LOG.key)}]}]
    ),
    "log without a key": scheme(SchemeExtensions=[{"pdx_logs": [{"url": LOG.url}]}]),
    "no log in the list of logs": scheme(SchemeExtensions=[{"pdx_logs": []}]),
    "revoked key with another digest": scheme(SchemeExtensions=[{"pdx_revoked_keys": ["AAAA"]}]),
    "revoked keys empty": scheme(SchemeExtensions=[{"pdx_revoked_keys": []}]),
    "entities empty": lambda p: p["LoTE"].update(TrustedEntitiesList=[]),
    "entity twice": lambda p: p["LoTE"]["TrustedEntitiesList"].append(p["LoTE"]["TrustedEntitiesList"][0]),
    "entity without a name": entity(lambda e: e["TrustedEntityInformation"].pop("TEName")),
    "entity without an identifier": entity(lambda e: e["TrustedEntityInformation"].pop("TETradeName")),
    "entity without a service": entity(lambda e: e.update(TrustedEntityServices=[])),
    "entity with two services": entity(
        lambda e: e.update(TrustedEntityServices=e["TrustedEntityServices"] * 2)
    ),
    "entity without a status": service_information(ServiceStatus=None),
    "entity with a critical extension": service_information(
        ServiceInformationExtensions=[{"Critical": True}]
    ),
    "entity at an http address": entity(
        lambda e: e["TrustedEntityInformation"].update(
            TEInformationURI=[{"lang": "en", "uriValue": "http://dwp.example.org"}]
        )
    ),
}


@pytest.mark.parametrize("change", MALFORMED.values(), ids=MALFORMED.keys())
def test_malformed(change: Change) -> None:
    assert refused(resigned(signed(), SIGNER, change)) == "invalid_trust_list"


def test_a_log_whose_key_can_t_be_read() -> None:
    change = scheme(SchemeExtensions=[{"pdx_logs": [{"url": LOG.url, "key": "no key"}]}])
    assert refused(resigned(signed(), SIGNER, change)) == "bad_log_key"


def test_resigning_by_itself_is_accepted() -> None:
    assert verified(resigned(signed(), SIGNER))


def test_from_the_future() -> None:
    assert refused(signed(), now=NOW - 301) == "not_yet_valid"


def test_ends_before_it_begins() -> None:
    change = scheme(NextUpdate="2026-01-01T00:00:00Z")
    assert refused(resigned(signed(), SIGNER, change)) == "lifetime"
    with pytest.raises(RemoteError):
        create_trust_list(TrustList(1, NOW, NOW, Name("a", "b")), SIGNER.key, x5c=SIGNER.x5c)


def test_unknown_kind_of_member_is_left_out() -> None:
    found = verified(resigned(signed(), SIGNER, service_information(ServiceTypeIdentifier="urn:later")))
    assert found.departments == {}
    assert len(found.services) == 2


def test_unknown_status_is_no_permission() -> None:
    found = verified(resigned(signed(), SIGNER, service_information(ServiceStatus="urn:later")))
    assert found.departments["PDXGB-dwp"].status is MemberStatus.SUSPENDED


def test_a_network_of_full_size() -> None:
    """50 departments with 40 claim types each, 400 councils with 30 questions each stay one file."""
    vcts = {d: frozenset(f"urn:pdx:claim:dept-{d}:claim-type-{n}:1" for n in range(40)) for d in range(50)}
    name = Name("A department with a name of usual length", "Adran ag enw o hyd arferol")
    departments = {
        f"PDXGB-d{d}": Department(f"PDXGB-d{d}", name, f"https://d{d}.example.org", vcts[d]) for d in vcts
    }
    services = {
        f"PDXGB-s{n}": Service(f"PDXGB-s{n}", name, f"https://council-{n}.example.org") for n in range(400)
    }
    claim_types = {
        vct: ClaimType(vct, f"https://authority.example.org/types/{n}.json", "sha256-" + "A" * 44)
        for n, vct in enumerate(sorted(frozenset().union(*vcts.values())))
    }
    full = trust_list(departments=departments, services=services, claim_types=claim_types)
    compact = create_trust_list(full, SIGNER.key, x5c=SIGNER.x5c)
    found = verified(compact)
    assert len(found.claim_types) == 2000
    assert len(found.services) == 400
    assert len(json_dumps(payload_of(compact))) < 1_000_000


def test_a_network_that_has_grown() -> None:
    """Longer than what other messages may be: every council also issues, and names are long."""
    name = Name("A council with a very long name " * 10, "Cyngor ag enw hir iawn " * 10)
    departments = {
        f"PDXGB-d{n}": Department(f"PDXGB-d{n}", name, f"https://d{n}.example.org", frozenset({PIP}))
        for n in range(1500)
    }
    compact = create_trust_list(trust_list(departments=departments), SIGNER.key, x5c=SIGNER.x5c)
    assert len(compact) > 2_000_000
    assert len(verified(compact).departments) == 1500
