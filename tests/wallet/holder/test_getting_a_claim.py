"""OpenID4VCI 1.0 as a wallet: what it sends, what it takes, and that nothing is half kept."""

from collections.abc import Callable
from itertools import count
from typing import Any

import pytest

from protocol.errors import UntrustedError
from protocol.trust_list.members import Department, MemberStatus, Name
from protocol.x509 import Profile
from tests.network import path_contains
from tests.protocol.authority_for_tests import DAY, Authority
from tests.protocol.keys_for_tests import signing_key
from tests.protocol.resigning import header_of, payload_of
from tests.wallet.department import CODE, DEPARTMENT_URL, VCT
from tests.wallet.world import World, pem
from wallet.holder.errors import WalletError
from wallet.holder.holder import Holder


def refusal(holder: Holder, link: str, code: str | None = CODE) -> WalletError:
    with pytest.raises(WalletError) as caught:
        holder.add_offer(link, code)
    assert holder.claims() == ()
    return caught.value


def test_a_claim_by_value(world: World) -> None:
    holder = world.holder()
    (claim,) = holder.add_offer(world.department.offer_link(), CODE)
    assert (claim.vct, claim.issuer_id, claim.issuer_url) == (VCT, "PDXGB-dwp", DEPARTMENT_URL)
    assert claim.copies_left == 3
    assert claim.expires_at == world.clock.now() + 90 * DAY
    assert holder.title(claim)["cy"] == "8 pwynt neu fwy am symud o gwmpas"


def test_a_claim_by_reference(world: World) -> None:
    assert len(world.holder().add_offer(world.department.offer_link(by_reference=True), CODE)) == 1


def test_the_code_is_needed_before_anything_is_spent(world: World) -> None:
    holder = world.holder()
    assert holder.open_offer(world.department.offer_link()).needs_code
    assert refusal(holder, world.department.offer_link(), None).code == "code_needed"
    assert not world.network.seen("/token")


@pytest.mark.parametrize("code", ["49302", "4930211", "49302a", "４９３０２１"])
def test_a_mistyped_code_costs_no_try(world: World, code: str) -> None:
    assert refusal(world.holder(), world.department.offer_link(), code).code == "code_mistyped"
    assert not world.network.seen("/token")


def test_a_wrong_code(world: World) -> None:
    error = refusal(world.holder(), world.department.offer_link(), "000000")
    assert error.code == "code_wrong"
    assert not world.network.seen("/credential")


def test_no_code_is_sent_where_none_is_asked(world: World) -> None:
    world.holder().add_offer(world.department.offer_link(tx_code=False), CODE)
    assert "tx_code" not in world.department.requests[0][1]


def test_every_copy_has_a_key_of_its_own_and_dpop_another(world: World) -> None:
    world.holder().add_offer(world.department.offer_link(), CODE)
    proofs = world.department.requests[1][1]["proofs"]["jwt"]
    dpop = world.network.seen("/token")[0].request.headers["dpop"]
    keys = {str(_jwk(proof)) for proof in [*proofs, dpop]}
    assert len(keys) == 4
    assert {tuple(sorted(payload_of(proof))) for proof in proofs} == {("aud", "iat", "nonce")}


def _jwk(compact: str) -> Any:
    return header_of(compact)["jwk"]


def test_the_order_of_credentials_may_be_reversed(world: World) -> None:
    world.department.reverse = True
    holder = world.holder()
    (claim,) = holder.add_offer(world.department.offer_link(), CODE)
    holder.show(world.service.link(), consent=lambda _asked: True)
    assert claim.copies_left == 3


def test_servers_that_want_dpop_nonces(world: World) -> None:
    world.department.wants_dpop_nonces = True
    assert world.holder().add_offer(world.department.offer_link(), CODE)
    assert [name for name, _ in world.department.requests] == ["token", "token", "credential", "credential"]


def test_a_nonce_that_ran_out_is_worth_one_more_try(world: World) -> None:
    world.department.stale_nonces = 1
    assert world.holder().add_offer(world.department.offer_link(), CODE)
    assert world.department.nonces == 2


def test_but_not_two(world: World) -> None:
    world.department.stale_nonces = 2
    assert refusal(world.holder(), world.department.offer_link()).code == "issuer_failed"


def test_no_more_keys_than_our_limit(world: World) -> None:
    world.department.batch_size = 500
    (claim,) = world.holder().add_offer(world.department.offer_link(), CODE)
    assert claim.copies_left == 20


def test_no_batch(world: World) -> None:
    world.department.batch_size = 1
    (claim,) = world.holder().add_offer(world.department.offer_link(), CODE)
    assert claim.copies_left == 1


def test_fewer_copies_than_asked_for(world: World) -> None:
    world.department.change_credentials = lambda credentials: credentials[1:]
    (claim,) = world.holder().add_offer(world.department.offer_link(), CODE)
    assert claim.copies_left == 2


def test_the_register_says_no(world: World) -> None:
    world.department.refusal = "credential_request_denied"
    error = refusal(world.holder(), world.department.offer_link())
    assert error.code == "no_claim"
    assert "Yr Adran" in error.happened("cy")


def test_new_copies_replace_the_old_ones(world: World) -> None:
    holder = world.holder()
    (first,) = holder.add_offer(world.department.offer_link(), CODE)
    (second,) = holder.add_offer(world.department.offer_link(), CODE)
    assert [claim.id for claim in holder.claims()] == [second.id]
    assert first.id != second.id


def test_a_claim_about_another_person_is_kept_beside_it(world: World) -> None:
    holder = world.holder()
    holder.add_offer(world.department.offer_link(), CODE)
    world.department.person = {"family_name": "Hassan", "given_name": "Sami", "birthdate": "2015-01-01"}
    holder.add_offer(world.department.offer_link(), CODE)
    assert len(holder.claims()) == 2


# --- whom it trusts


def test_an_unknown_department_is_not_even_asked(world: World) -> None:
    world.members["departments"] = {}
    assert refusal(world.holder(), world.department.offer_link()).code == "issuer_unknown"
    assert not world.network.seen("/.well-known")


def test_a_department_that_may_not_issue_this_type(world: World) -> None:
    world.members["departments"] = _departments(world, claim_types=frozenset())
    assert refusal(world.holder(), world.department.offer_link()).code == "issuer_unknown"
    assert not world.network.seen("/token")


def test_a_suspended_department(world: World) -> None:
    world.members["departments"] = _departments(world, status=MemberStatus.SUSPENDED)
    assert refusal(world.holder(), world.department.offer_link()).code == "issuer_unknown"


def _departments(_world: World, **changes: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "organisation_id": "PDXGB-dwp",
        "name": Name("Department", "Yr Adran"),
        "url": DEPARTMENT_URL,
        "claim_types": frozenset({VCT}),
    }
    return {"PDXGB-dwp": Department(**(values | changes))}


@pytest.mark.parametrize("url", [f"{DEPARTMENT_URL}/", "https://DWP.example", "https://dwp.example:443"])
def test_the_issuers_identity_is_compared_byte_for_byte(world: World, url: str) -> None:
    world.department.change_offer = lambda offer: offer.update(credential_issuer=url)
    assert refusal(world.holder(), world.department.offer_link(by_reference=True)).code == "issuer_unknown"


def test_metadata_of_another_issuer(world: World) -> None:
    world.department.change_metadata = lambda metadata: metadata.update(credential_issuer="https://x.example")
    error = refusal(world.holder(), world.department.offer_link())
    assert (error.code, str(error.detail).partition(":")[0]) == ("offer_unusable", "issuer_mismatch")


def test_metadata_of_another_authorization_server(world: World) -> None:
    world.department.change_server = lambda metadata: metadata.update(issuer="https://x.example")
    error = refusal(world.holder(), world.department.offer_link())
    assert (error.code, str(error.detail).partition(":")[0]) == ("offer_unusable", "issuer_mismatch")


def test_an_outsider_under_an_extra_anchor(world: World) -> None:
    other = Authority("other")
    world.members["departments"] = {}
    world.department.signer = other.party(Profile.CLAIM_SIGNING, organisation_id="PDXGB-test")
    holder = world.holder(extra_issuer_anchors=(pem(other.root),))
    (claim,) = holder.add_offer(world.department.offer_link(), CODE)
    assert claim.issuer_id.startswith("x509:")


# --- what arrives


def claims(**values: Any) -> Any:
    return lambda credential: credential.update(values)


def without(name: str) -> Any:
    return lambda credential: credential.pop(name)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (claims(vct="urn:pdx:claim:dwp:other:1"), "claim_type_not_allowed"),
        (claims(exp=1), "expired"),
        (claims(iat=2**33), "not_yet_valid"),
        (without("family_name"), "mandatory_claim_missing"),
        (claims(**{"vct#integrity": "sha256-AAAA"}), "integrity_mismatch"),
        (
            claims(status={"status_list": {"idx": 1, "uri": "https://dwp.example/status/1"}}),
            "copies_linkable",
        ),
        (lambda credential: (credential.pop("status"), credential.pop("exp")), "status_missing"),
    ],
)
def test_a_credential_with_one_thing_wrong(world: World, change: Any, code: str) -> None:
    world.department.change_claims = change
    error = refusal(world.holder(), world.department.offer_link())
    assert (error.code, str(error.detail).partition(":")[0]) == ("claim_refused", code)


def test_a_claim_that_can_not_be_hidden_although_its_type_says_so(world: World) -> None:
    world.department.disclosable = (("family_name",), ("given_name",))
    error = refusal(world.holder(), world.department.offer_link())
    assert str(error.detail).startswith("sd_rule_broken")


def test_a_credential_by_another_department(world: World) -> None:
    departments = _departments(world)
    departments["PDXGB-other"] = _departments(world, organisation_id="PDXGB-other", url="https://o.example")[
        "PDXGB-dwp"
    ]
    world.members["departments"] = departments
    world.department.signer = world.authority.party(Profile.CLAIM_SIGNING, organisation_id="PDXGB-other")
    assert str(refusal(world.holder(), world.department.offer_link()).detail).startswith("unexpected_issuer")


def test_a_chain_of_another_authority(world: World) -> None:
    world.department.signer = Authority("other").party(Profile.CLAIM_SIGNING, organisation_id="PDXGB-dwp")
    error = refusal(world.holder(), world.department.offer_link())
    assert isinstance(error.__cause__, UntrustedError)


def test_a_certificate_for_another_purpose(world: World) -> None:
    world.department.signer = world.authority.party(Profile.STATUS_SIGNING, organisation_id="PDXGB-dwp")
    error = refusal(world.holder(), world.department.offer_link())
    assert isinstance(error.__cause__, UntrustedError)


def test_one_bad_copy_refuses_them_all(world: World) -> None:
    def break_last(credentials: list[str]) -> list[str]:
        head, _, rest = credentials[-1].partition("~")
        return [*credentials[:-1], f"{head[:-4]}AAAA~{rest}"]

    world.department.change_credentials = break_last
    error = refusal(world.holder(), world.department.offer_link())
    assert str(error.detail).startswith("bad_signature")


def test_a_credential_bound_to_a_foreign_key(world: World) -> None:
    foreign = signing_key("foreign").public_key
    world.department.change_credentials = lambda _credentials: [world.department.credential(foreign)]
    assert str(refusal(world.holder(), world.department.offer_link()).detail).startswith("wrong_key")


def test_two_credentials_for_one_key(world: World) -> None:
    world.department.change_credentials = lambda credentials: [credentials[0], credentials[0]]
    assert refusal(world.holder(), world.department.offer_link()).code == "claim_refused"


def test_copies_that_say_different_things(world: World) -> None:
    names = iter(["Hassan", "Hassan", "Smith"])
    world.department.change_claims = lambda credential: credential.update(family_name=next(names))
    assert str(refusal(world.holder(), world.department.offer_link()).detail).startswith("copies_differ")


def test_copies_with_the_same_salts(world: World) -> None:
    def counting() -> Callable[[int], bytes]:
        numbers = count()
        return lambda size: next(numbers).to_bytes(size, "big")

    world.department.new_random = counting
    assert str(refusal(world.holder(), world.department.offer_link()).detail).startswith("copies_linkable")


def test_a_type_document_that_is_not_the_one_the_trust_list_names(world: World) -> None:
    holder = world.holder()
    with world.network.tampering(path_contains("/types/"), reply=lambda body: body + b" "):
        assert refusal(holder, world.department.offer_link()).code == "trust_list_unusable"


# --- what this wallet can't do


@pytest.mark.parametrize(
    "change",
    [
        lambda one: one.update(format="mso_mdoc", doctype="org.iso.18013.5.1.mDL"),
        lambda one: one.update(cryptographic_binding_methods_supported=["did:key"]),
        lambda one: one["proof_types_supported"]["jwt"].update(proof_signing_alg_values_supported=["EdDSA"]),
        lambda one: one["proof_types_supported"]["jwt"].update(key_attestations_required={}),
    ],
)
def test_configurations_that_can_not_be_used(world: World, change: Any) -> None:
    def metadata(value: dict[str, Any]) -> None:
        change(value["credential_configurations_supported"]["moving-around"])

    world.department.change_metadata = metadata
    assert refusal(world.holder(), world.department.offer_link()).code == "offer_unusable"


def test_an_offer_of_something_unknown(world: World) -> None:
    world.department.change_offer = lambda offer: offer.update(credential_configuration_ids=["other"])
    assert refusal(world.holder(), world.department.offer_link(by_reference=True)).code == "offer_unusable"


def test_an_offer_without_a_pre_authorized_code(world: World) -> None:
    world.department.change_offer = lambda offer: offer.update(grants={"authorization_code": {}})
    assert refusal(world.holder(), world.department.offer_link(by_reference=True)).code == "offer_unusable"


@pytest.mark.parametrize(
    "link", ["", "https://wallet.example/add", "openid-credential-offer://?credential_offer={"]
)
def test_links_that_are_none(world: World, link: str) -> None:
    assert refusal(world.holder(), link).code == "link_unreadable"


# --- the wires


@pytest.mark.parametrize("path", ["/.well-known", "/token", "/nonce", "/credential"])
def test_a_department_that_can_not_be_reached(world: World, path: str) -> None:
    holder = world.holder()
    with world.network.dropping(path_contains(path)):
        assert refusal(holder, world.department.offer_link()).code == "unreachable"


def test_a_reply_that_is_lost_leaves_nothing_behind(world: World) -> None:
    holder = world.holder()
    with world.network.losing_replies(path_contains("/credential")):
        assert refusal(holder, world.department.offer_link()).code == "unreachable"


def test_a_reply_that_is_cut(world: World) -> None:
    holder = world.holder()
    with world.network.tampering(path_contains("/credential"), reply=lambda body: body[:-200]):
        assert refusal(holder, world.department.offer_link()).code == "issuer_failed"
