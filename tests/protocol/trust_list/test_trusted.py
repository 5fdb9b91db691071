"""Whom a trust list lets say what: a good signature alone is not enough."""

from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest

from protocol.errors import RemoteError
from protocol.trust_list.members import Department, MemberStatus, Name, Service, TrustList
from protocol.trust_list.trusted import TrustedIssuers, TrustedServices
from protocol.x509 import Profile
from tests.protocol.authority_for_tests import DAY, NOW, YEAR, Authority, Party

AUTHORITY = Authority()
OUTSIDE = Authority("outside")
PIP = "urn:pdx:claim:dwp:pip-moving-around-8:1"
NAME = Name("Name", "Enw")


def member(
    profile: Profile, organisation: str = "dwp", authority: Authority = AUTHORITY, **more: Any
) -> Party:
    return authority.party(
        profile, organisation_id=f"PDXGB-{organisation}", organisation_name="Member", **more
    )


def trust_list(status: MemberStatus = MemberStatus.ACTIVE) -> TrustList:
    department = Department("PDXGB-dwp", NAME, "https://dwp.example.org", frozenset({PIP}), status)
    other = Department("PDXGB-mod", NAME, "https://mod.example.org", frozenset({"urn:mod"}), status)
    service = Service("PDXGB-council", NAME, "https://council.example.org", status)
    return TrustList(
        1,
        NOW,
        NOW + DAY,
        NAME,
        departments={"PDXGB-dwp": department, "PDXGB-mod": other},
        services={"PDXGB-council": service},
    )


def issuers(status: MemberStatus = MemberStatus.ACTIVE, **more: Any) -> TrustedIssuers:
    return TrustedIssuers(trust_list(status), AUTHORITY.anchors, **more)


def refused(trust: TrustedIssuers, party: Party, *, vct: str = PIP, now: int = NOW) -> str:
    with pytest.raises(RemoteError) as caught:
        trust.issuer_for(party.x5c, vct=vct, now=now)
    return caught.value.code


def test_department_named_for_the_claim_type() -> None:
    identity = issuers().issuer_for(member(Profile.CLAIM_SIGNING).x5c, vct=PIP, now=NOW)
    assert identity.organisation_id == "PDXGB-dwp"


def test_good_signature_by_a_department_not_named_for_it() -> None:
    assert refused(issuers(), member(Profile.CLAIM_SIGNING, "mod")) == "claim_type_not_allowed"
    assert refused(issuers(), member(Profile.CLAIM_SIGNING), vct="urn:mod") == "claim_type_not_allowed"


def test_not_a_member() -> None:
    assert refused(issuers(), member(Profile.CLAIM_SIGNING, "stranger")) == "not_a_member"
    assert refused(issuers(), member(Profile.CLAIM_SIGNING, "council")) == "not_a_member"


def test_suspended() -> None:
    assert refused(issuers(MemberStatus.SUSPENDED), member(Profile.CLAIM_SIGNING)) == "member_suspended"


def test_certificate_for_another_purpose() -> None:
    assert refused(issuers(), member(Profile.STATUS_SIGNING)) == "wrong_profile"


def test_chain_to_nobody_we_know() -> None:
    assert refused(issuers(), member(Profile.CLAIM_SIGNING, authority=OUTSIDE)) == "unknown_authority"


def test_what_was_verified_once_expires_all_the_same() -> None:
    trust = issuers()
    party = member(Profile.CLAIM_SIGNING, not_after=NOW + DAY)
    for now in (NOW, NOW + DAY - 1):
        assert trust.issuer_for(party.x5c, vct=PIP, now=now)
    assert refused(trust, party, now=NOW + DAY + 1) == "certificate_expired"
    assert trust.issuer_for(party.x5c, vct=PIP, now=NOW)


def test_what_was_verified_once_was_for_one_purpose() -> None:
    trust = issuers()
    party = member(Profile.STATUS_SIGNING)
    assert trust.status_issuer_for(party.x5c, now=NOW)
    assert refused(trust, party) == "wrong_profile"


def test_extra_anchors_need_no_list_and_no_profile() -> None:
    trust = issuers(extra_anchors=OUTSIDE.anchors)
    party = member(Profile.REQUEST_SIGNING, authority=OUTSIDE)
    identity = trust.issuer_for(party.x5c, vct="urn:eudi:pid:1", now=NOW)
    assert identity.organisation_id.startswith("x509:")
    assert trust.status_issuer_for(party.x5c, now=NOW).organisation_id == identity.organisation_id


def test_extra_anchors_vouch_for_no_claim_type_of_the_network() -> None:
    trust = issuers(extra_anchors=OUTSIDE.anchors)
    party = member(Profile.CLAIM_SIGNING, authority=OUTSIDE)
    assert refused(trust, party) == "claim_type_not_allowed"
    assert refused(trust, party, vct="urn:mod") == "claim_type_not_allowed"


def test_extra_anchors_change_nothing_for_members() -> None:
    trust = issuers(extra_anchors=OUTSIDE.anchors)
    assert refused(trust, member(Profile.CLAIM_SIGNING, "mod")) == "claim_type_not_allowed"


def test_the_networks_own_root_is_no_extra_anchor() -> None:
    """Else every certificate of the network would be believed without the list, and for any purpose."""
    trust = issuers(extra_anchors=AUTHORITY.anchors)
    assert (
        trust.issuer_for(member(Profile.CLAIM_SIGNING).x5c, vct=PIP, now=NOW).organisation_id == "PDXGB-dwp"
    )
    assert refused(trust, member(Profile.CLAIM_SIGNING), vct="urn:other") == "claim_type_not_allowed"
    services = TrustedServices(
        trust_list(MemberStatus.SUSPENDED), AUTHORITY.anchors, extra_anchors=AUTHORITY.anchors
    )
    with pytest.raises(RemoteError) as caught:
        services.service_for(member(Profile.REQUEST_SIGNING, "council").x5c, now=NOW)
    assert caught.value.code == "member_suspended"


def test_status_signer() -> None:
    identity = issuers().status_issuer_for(member(Profile.STATUS_SIGNING).x5c, now=NOW)
    assert identity.organisation_id == "PDXGB-dwp"


def test_status_lists_of_a_suspended_department_stay_good() -> None:
    party = member(Profile.STATUS_SIGNING)
    assert issuers(MemberStatus.SUSPENDED).status_issuer_for(party.x5c, now=NOW)


@pytest.mark.parametrize(
    ("party", "code"),
    [
        (member(Profile.CLAIM_SIGNING), "wrong_profile"),
        (member(Profile.STATUS_SIGNING, "stranger"), "not_a_member"),
        (member(Profile.STATUS_SIGNING, authority=OUTSIDE), "unknown_authority"),
    ],
)
def test_status_signer_refused(party: Party, code: str) -> None:
    with pytest.raises(RemoteError) as caught:
        issuers().status_issuer_for(party.x5c, now=NOW)
    assert caught.value.code == code


def service_code(party: Party, status: MemberStatus = MemberStatus.ACTIVE, **more: Any) -> str:
    with pytest.raises(RemoteError) as caught:
        TrustedServices(trust_list(status), AUTHORITY.anchors, **more).service_for(party.x5c, now=NOW)
    return caught.value.code


def test_service() -> None:
    services = TrustedServices(trust_list(), AUTHORITY.anchors, OUTSIDE.anchors)
    party = member(Profile.REQUEST_SIGNING, "council")
    assert services.service_for(party.x5c, now=NOW).organisation_id == "PDXGB-council"
    outsider = member(Profile.REQUEST_SIGNING, "council", OUTSIDE)
    assert services.service_for(outsider.x5c, now=NOW).organisation_id.startswith("x509:")


def test_service_refused() -> None:
    assert service_code(member(Profile.REQUEST_SIGNING, "dwp")) == "not_a_member"
    assert service_code(member(Profile.CLAIM_SIGNING, "council")) == "wrong_profile"
    assert service_code(member(Profile.REQUEST_SIGNING, "council", OUTSIDE)) == "unknown_authority"
    suspended = member(Profile.REQUEST_SIGNING, "council")
    assert service_code(suspended, MemberStatus.SUSPENDED) == "member_suspended"


def test_certificates_end_before_the_year_is_over() -> None:
    assert refused(issuers(), member(Profile.CLAIM_SIGNING), now=NOW + 2 * YEAR) == "certificate_expired"


def revoking(*parties: Party) -> TrustList:
    digests = {sha256(party.key.public_key.to_spki()).digest() for party in parties}
    return replace(trust_list(), revoked_keys=frozenset(digests))


def test_a_revoked_key_counts_for_nothing() -> None:
    claims, status = member(Profile.CLAIM_SIGNING), member(Profile.STATUS_SIGNING)
    requests = member(Profile.REQUEST_SIGNING, "council")
    revoked = revoking(claims, status, requests)
    found = TrustedIssuers(revoked, AUTHORITY.anchors)
    assert refused(found, claims) == "key_revoked"
    with pytest.raises(RemoteError) as caught:
        found.status_issuer_for(status.x5c, now=NOW)
    assert caught.value.code == "key_revoked"
    with pytest.raises(RemoteError) as caught:
        TrustedServices(revoked, AUTHORITY.anchors).service_for(requests.x5c, now=NOW)
    assert caught.value.code == "key_revoked"


def test_another_certificate_for_a_revoked_key_changes_nothing() -> None:
    claims = member(Profile.CLAIM_SIGNING)
    renewed = member(Profile.CLAIM_SIGNING, not_after=NOW + 2 * YEAR)
    assert renewed.x5c != claims.x5c
    assert refused(TrustedIssuers(revoking(claims), AUTHORITY.anchors), renewed) == "key_revoked"


def test_the_member_s_other_keys_still_count() -> None:
    trust = TrustedIssuers(revoking(member(Profile.STATUS_SIGNING)), AUTHORITY.anchors)
    assert trust.issuer_for(member(Profile.CLAIM_SIGNING).x5c, vct=PIP, now=NOW)
