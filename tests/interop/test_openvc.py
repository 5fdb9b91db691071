"""PyPI openvc-core on the other side: as the issuer of our wallet, as the verifier of our wallet and of our
claims, as the maker of claims that ours verify.

Each refusal is one change to what the test before it accepts. openvc reads `exp` and `iat` of a claim by the
real clock, all else at the moment it is given; so claims that it verifies whole last nine years.
One thing it wants that the standards leave open: the flat names of claims for what is disclosable.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from openvc.errors import KeyResolutionFailed, OpenvcError
from openvc.jwe import JweError
from openvc.keys import P256KeyAgreementKey, P256SigningKey
from openvc.openid4vci import (
    CredentialOfferMalformed,
    CredentialRequestMalformed,
    IssuerMetadataMalformed,
    ProofReplayed,
    VerifiedProof,
    parse_credential_issuer_metadata,
    parse_credential_offer,
    verify_credential_request_proofs,
)
from openvc.openid4vp import (
    VpTokenIncomplete,
    VpTokenVerification,
    verify_encrypted_vp_response,
)
from openvc.proof.errors import ClaimsInvalid, SignatureInvalid
from openvc.proof.sd_jwt import SdJwtVcProofSuite, VerifiedSdJwt
from openvc.status.bitstring import StatusListError
from openvc.status.issue import verify_status_list_token
from openvc.status.token_status_list import TokenStatusResult, check_token_status
from openvc.verify import VerificationPolicy, verify_credential
from openvc.x5c import X5cError, leaf_public_jwk, load_x5c_chain, validate_cert_chain

from examples.blue_badge.network import parties
from examples.blue_badge.registers import PERSONAS
from issuer.usecases.find_records import find_records
from issuer.usecases.revoke_claims import revoke_claims
from protocol.encoding import b64_encode, b64url_encode
from protocol.errors import ProtocolError
from protocol.jose.jws import create_jws
from protocol.openid4vci.proof import create_proof
from protocol.openid4vp.client_id import create_client_id
from protocol.registration.question import question_to_dcql
from protocol.sd_jwt_vc import verify_presentation, verify_sd_jwt_vc
from protocol.x509 import Profile
from tests.blue_badge import BlueBadge
from tests.issuer.conftest import MakeWorld, make_world, registers
from tests.issuer.world import MOVING
from tests.protocol.authority_for_tests import DAY, NOW, YEAR, Authority, Party
from tests.protocol.keys_for_tests import private_key, signing_key
from tests.protocol.resigning import header_of, payload_of, with_broken_signature
from tests.protocol.sd_jwt_vc import department
from tests.wallet.department import CODE, DEPARTMENT_ID, DEPARTMENT_URL, VCT, ScriptedDepartment
from tests.wallet.service_party import NONCE, question
from tests.wallet.world import World, small_world
from wallet.holder.errors import WalletError
from wallet.holder.holder import Holder

__all__ = ["make_world", "registers"]

TIME = datetime.fromtimestamp(NOW, UTC)
HTTPS = "https://dwp.example"
NINE_YEARS = 9 * YEAR

Change = Callable[[dict[str, Any]], object]


# --- openvc as the issuer


def test_it_reads_our_issuers_metadata(make_world: MakeWorld) -> None:
    world = make_world(base_url=HTTPS)
    document = world.client().get("/.well-known/openid-credential-issuer").text
    found = parse_credential_issuer_metadata(document)
    assert (found.credential_issuer, found.credential_endpoint) == (HTTPS, f"{HTTPS}/credential")
    assert (found.nonce_endpoint, found.batch_size) == (f"{HTTPS}/nonce", 10)
    assert found.credential_configurations_supported[MOVING]["format"] == "dc+sd-jwt"


def test_it_refuses_our_metadata_and_offer_without_https(make_world: MakeWorld) -> None:
    world = make_world()
    with pytest.raises(IssuerMetadataMalformed):
        parse_credential_issuer_metadata(world.client().get("/.well-known/openid-credential-issuer").text)
    with pytest.raises(CredentialOfferMalformed):
        parse_credential_offer(world.wallet().fetch_offer(world.offer("amira")))


def test_it_reads_our_offer(make_world: MakeWorld) -> None:
    world = make_world(base_url=HTTPS)
    made = world.offer("amira")
    found = parse_credential_offer(world.wallet().fetch_offer(made))
    assert found.credential_issuer == HTTPS
    assert found.credential_configuration_ids == (MOVING,)
    (grant,) = found.grants.values()
    assert grant["pre-authorized_code"] == world.wallet().code(made)
    assert (grant["tx_code"]["input_mode"], grant["tx_code"]["length"]) == ("numeric", 6)


def _openvc_key(name: str) -> P256SigningKey:
    return P256SigningKey(private_key(name), kid=name)


@dataclass
class OpenvcDepartment(ScriptedDepartment):
    """A department whose proofs are verified and whose claims are made by openvc."""

    proofs: list[VerifiedProof] = field(default_factory=list)
    change_chain: Callable[[tuple[bytes, ...]], tuple[bytes, ...]] = lambda x5c: x5c
    key_name: str = f"{DEPARTMENT_ID} CLAIM_SIGNING"

    def __post_init__(self) -> None:
        self.signer = self.authority.party(
            Profile.CLAIM_SIGNING,
            organisation_id=DEPARTMENT_ID,
            organisation_name="Department",
            hosts=["dwp.example"],
        )

    def _issue(self, body: dict[str, Any]) -> list[str]:
        self.proofs = list(verified(body, nonces=[f"nonce-{self.nonces}"]))
        return [self._claim(proof.public_jwk) for proof in self.proofs]

    def _claim(self, holder_jwk: Mapping[str, Any]) -> str:
        assert self.signer is not None
        claims: dict[str, Any] = {
            "iss": DEPARTMENT_URL,
            "iat": NOW,
            "exp": NOW + NINE_YEARS,
            "vct": VCT,
            "vct#integrity": self.integrity,
            **self.person,
        }
        self.change_claims(claims)
        return SdJwtVcProofSuite().issue(
            claims,
            signing_key=_openvc_key(self.key_name),
            disclosable=list(self.person),
            holder_jwk=dict(holder_jwk),
            decoys=2,
            x5c=[b64_encode(der) for der in self.change_chain(self.signer.x5c)],
        )


def verified(body: Any, *, nonces: list[str], **more: Any) -> tuple[VerifiedProof, ...]:
    """The request's proofs in the eyes of openvc; a nonce is good once."""

    def consume(nonce: str) -> bool:
        if nonce not in nonces:
            return False
        nonces.remove(nonce)
        return True

    return verify_credential_request_proofs(
        body,
        **{"credential_issuer": DEPARTMENT_URL, "check_nonce": consume, "now": TIME, "batch_size": 3, **more},
    )


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """The wallet's small world, where openvc is the department."""
    with small_world(tmp_path) as world:
        theirs = OpenvcDepartment(world.authority, world.clock, world.department.integrity)
        world.department = theirs
        world.network.mount(DEPARTMENT_URL, theirs.app())
        yield world


def holding(world: World) -> Holder:
    holder = world.holder()
    holder.add_offer(world.department.offer_link(), CODE)
    return holder


def test_it_verifies_our_wallets_proofs_and_our_wallet_takes_its_claim(world: World) -> None:
    holder = holding(world)
    theirs = world.department
    assert isinstance(theirs, OpenvcDepartment)
    assert [(proof.alg, proof.key_source) for proof in theirs.proofs] == [("ES256", "jwk")] * 3
    assert len({proof.thumbprint for proof in theirs.proofs}) == 3
    (claim,) = holder.claims()
    assert claim.copies_left == 3


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"change_claims": lambda claims: claims.update(iss="https://other.example")}, "wrong_issuer"),
        ({"change_claims": lambda claims: claims.update(vct="urn:pdx:other")}, "claim_type_not_allowed"),
        ({"change_claims": lambda claims: claims.update(exp=NOW - DAY)}, "expired"),
        ({"change_chain": lambda x5c: x5c[:1]}, "unknown_authority"),
        (
            {"change_chain": lambda _: Authority("other").party(Profile.CLAIM_SIGNING).x5c},
            "unknown_authority",
        ),
        ({"key_name": "somebody else"}, "bad_signature"),
    ],
    ids=["iss", "vct", "expired", "no issuing authority", "another chain", "another key"],
)
def test_our_wallet_refuses_its_claim_with_one_thing_wrong(
    world: World, change: dict[str, Any], code: str
) -> None:
    for name, value in change.items():
        setattr(world.department, name, value)
    holder = world.holder()
    with pytest.raises(WalletError) as refused:
        holder.add_offer(world.department.offer_link(), CODE)
    assert str(refused.value.detail).partition(":")[0] == code
    assert not holder.claims()


def request_of(*proofs: str) -> dict[str, Any]:
    return {"credential_configuration_id": "moving-around", "proofs": {"jwt": list(proofs)}}


def proof(key: str = "copy", **changes: Any) -> str:
    values: dict[str, Any] = {"audience": DEPARTMENT_URL, "nonce": "n-1", "now": NOW}
    return create_proof(signing_key(key), **{**values, **changes})


def test_it_accepts_the_proofs_of_a_batch() -> None:
    found = verified(request_of(proof(), proof("another copy")), nonces=["n-1"])
    assert [one.public_jwk for one in found] == [
        signing_key(name).public_key.to_jwk() for name in ("copy", "another copy")
    ]


@pytest.mark.parametrize(
    ("proofs", "error"),
    [
        ([proof(audience="https://other.example")], ClaimsInvalid),
        ([proof(now=NOW - 3600)], ClaimsInvalid),
        ([proof(now=NOW + 3600)], ClaimsInvalid),
        ([proof(nonce="n-2")], ProofReplayed),
        ([proof(nonce=None)], ClaimsInvalid),
        ([proof(), proof("another copy", nonce="n-2")], ClaimsInvalid),
        ([proof(), proof()], ClaimsInvalid),
        ([with_broken_signature(proof())], SignatureInvalid),
        ([], CredentialRequestMalformed),
    ],
)
def test_it_refuses_proofs_with_one_thing_wrong(proofs: list[str], error: type[OpenvcError]) -> None:
    with pytest.raises(error):
        verified(request_of(*proofs), nonces=["n-1"])


# --- openvc as the verifier of an answer


def answer(world: World, attributes: tuple[str, ...] = ("family_name",)) -> str:
    """What our wallet posts for a question of ours: the whole encrypted response."""
    world.service.query = question_to_dcql(question(*attributes))
    holding(world).show(world.service.link(), consent=lambda _asked: True)
    (((name, response),),) = world.service.received
    assert name == "response"
    return response


def agreement_key(world: World) -> P256KeyAgreementKey:
    secret = world.service.key.to_secret_bytes()[:32]
    jwk = {**world.service.key.public_jwk(), "d": b64url_encode(secret)}
    return P256KeyAgreementKey.from_jwk(jwk, world.service.key.kid)


def opened(world: World, response: str, **changes: Any) -> VpTokenVerification:
    """The response, verified by openvc with our query, our nonce and our name."""
    values: dict[str, Any] = {
        "key": agreement_key(world),
        "dcql_query": world.service.query,
        "nonce": NONCE,
        "client_id": create_client_id(world.service.signer.x5c[0]),
        "x5c_trust_anchors": world.authority.anchors,
        "now": TIME,
    }
    return verify_encrypted_vp_response(response, **{**values, **changes})


def test_it_verifies_our_wallets_encrypted_answer(world: World) -> None:
    (found,) = opened(world, answer(world)).presentations
    (credential,) = found.credentials
    assert credential.key_bound is True
    assert credential.claims["family_name"] == "Hassan"
    assert not {"given_name", "birthdate"} & set(credential.claims)


def test_it_finds_nothing_disclosed_where_nothing_is_asked(world: World) -> None:
    (found,) = opened(world, answer(world, attributes=())).presentations
    assert not {"family_name", "given_name", "birthdate"} & set(found.credentials[0].claims)


def other_key(world: World) -> P256KeyAgreementKey:
    return P256KeyAgreementKey(private_key("another request"), kid=world.service.key.kid)


def other_type(world: World) -> dict[str, Any]:
    query = question_to_dcql(question("family_name"))
    query["credentials"][0]["meta"]["vct_values"] = ["urn:other"]
    return query


def second_claim(world: World) -> dict[str, Any]:
    query = question_to_dcql(question("family_name"))
    query["credentials"].append({**query["credentials"][0], "id": "c2"})
    query["credential_sets"] = [{"options": [["c1", "c2"]]}]
    return query


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (lambda _: {"nonce": "another-nonce"}, ClaimsInvalid),
        (lambda _: {"client_id": "x509_hash:AAAA"}, ClaimsInvalid),
        (lambda _: {"x5c_trust_anchors": Authority("other").anchors}, KeyResolutionFailed),
        (lambda _: {"now": datetime.fromtimestamp(NOW + 3600, UTC)}, ClaimsInvalid),
        (lambda world: {"dcql_query": other_type(world)}, ClaimsInvalid),
        (lambda world: {"dcql_query": second_claim(world)}, VpTokenIncomplete),
        (lambda world: {"key": other_key(world)}, JweError),
    ],
    ids=["nonce", "audience", "anchors", "old", "type", "incomplete", "key"],
)
def test_it_refuses_our_answer_to_something_else(
    world: World, change: Callable[[World], dict[str, Any]], error: type[OpenvcError]
) -> None:
    response = answer(world)
    with pytest.raises(error):
        opened(world, response, **change(world))
    opened(world, response)


# --- openvc as the verifier of our claims


@dataclass(frozen=True)
class Issued:
    """What our real issuer gave to our real wallet, and the anchors that a verifier has."""

    badge: BlueBadge
    compact: str

    @property
    def now(self) -> datetime:
        return datetime.fromtimestamp(self.badge.clock.now(), UTC)

    def key(self, compact: str, anchors: Any = None) -> dict[str, Any]:
        """The public key of whoever signed, if its chain ends at our root."""
        chain = load_x5c_chain(header_of(compact.partition("~")[0])["x5c"])
        root = load_x5c_chain([_der_text(self.badge.home / "root.pem")])
        validate_cert_chain(chain[0], chain[1:], trust_anchors=anchors or root, now=self.now)
        return dict(leaf_public_jwk(chain[0]))

    def changed(self, **changes: Any) -> str:
        """The claim with something changed, signed again by the department's own key."""
        issuer_signed, _, disclosures = self.compact.partition("~")
        signer = self.badge.department(parties.DWP).claims_signer.current()
        claims = {**payload_of(issuer_signed), **changes}
        return f"{create_jws(claims, signer.key, typ='dc+sd-jwt', x5c=signer.x5c)}~{disclosures}"

    def verified(self, compact: str, **more: Any) -> VerifiedSdJwt:
        return SdJwtVcProofSuite().verify(compact, public_key_jwk=self.key(compact), **more)

    @property
    def claims(self) -> dict[str, Any]:
        return payload_of(self.compact.partition("~")[0])

    def status(self) -> TokenStatusResult:
        found = check_token_status(self.claims, resolve_status_list_token=self.status_list)
        assert found is not None
        return found

    def status_token(self, uri: str) -> str:
        return self.badge.network.client().get(uri, headers={"accept": "application/statuslist+jwt"}).text

    def status_list(self, uri: str) -> dict[str, Any]:
        token = self.status_token(uri)
        return dict(
            verify_status_list_token(token, public_key_jwk=self.key(token), expected_uri=uri, now=self.now)
        )


def _der_text(pem: Path) -> str:
    return "".join(line for line in pem.read_text().splitlines() if not line.startswith("-"))


@pytest.fixture
def issued(blue_badge: BlueBadge) -> Issued:
    blue_badge.wallet_with(parties.DWP, "amira", MOVING)
    (exchange,) = blue_badge.network.seen("/credential")
    return Issued(blue_badge, exchange.response.json()["credentials"][0]["credential"])


def test_it_verifies_our_issuers_claim(issued: Issued) -> None:
    found = issued.verified(issued.compact, expected_vct="urn:pdx:claim:dwp:pip-moving-around-8:1")
    assert found.claims["family_name"] == "Hassan"
    assert found.claims["address"] == {"postal_code": "ZZ1 2AB"}
    assert found.key_bound is False


def test_it_refuses_our_claim_by_another_root_key_or_type(issued: Issued) -> None:
    with pytest.raises(X5cError):
        issued.key(issued.compact, Authority("other").anchors)
    with pytest.raises(SignatureInvalid):
        SdJwtVcProofSuite().verify(issued.compact, public_key_jwk=signing_key("another").public_key.to_jwk())
    with pytest.raises(OpenvcError):
        issued.verified(issued.compact, expected_vct="urn:pdx:claim:dwp:pip-moving-around-8:2")
    with pytest.raises(OpenvcError):
        issued.verified(issued.compact, require_key_binding=True)
    with pytest.raises(ClaimsInvalid):
        issued.verified(issued.changed(exp=issued.badge.clock.now() - YEAR))


def test_it_refuses_our_claim_with_a_disclosure_of_another(issued: Issued) -> None:
    foreign = SdJwtVcProofSuite().issue(
        {"iss": HTTPS, "family_name": "Other"},
        vct=VCT,
        signing_key=_openvc_key("x"),
        disclosable=["family_name"],
    )
    with pytest.raises(OpenvcError):
        issued.verified(f"{issued.compact}{foreign.split('~')[1]}~")


def test_it_reads_our_status_list_before_and_after_revocation(issued: Issued) -> None:
    before = issued.status()
    assert (before.status, before.revoked) == (0, False)
    dwp = issued.badge.department(parties.DWP)
    (record,) = find_records(dwp, PERSONAS["amira"].attributes())[MOVING]
    assert revoke_claims(dwp, record_key=record) == 10
    after = issued.status()
    assert (after.status, after.revoked) == (1, True)


def test_it_refuses_our_status_list_elsewhere_later_or_changed(issued: Issued) -> None:
    uri = issued.claims["status"]["status_list"]["uri"]
    token = issued.status_token(uri)
    good = {"public_key_jwk": issued.key(token), "expected_uri": uri, "now": issued.now}
    verify_status_list_token(token, **good)
    year_on = datetime.fromtimestamp(issued.badge.clock.now() + YEAR, UTC)
    for change in ({"expected_uri": f"{uri}0"}, {"now": year_on}):
        with pytest.raises(StatusListError):
            verify_status_list_token(token, **{**good, **change})
    with pytest.raises(SignatureInvalid):
        verify_status_list_token(with_broken_signature(token), **good)


# --- openvc as the maker of claims


HOLDER = _openvc_key("holder")


def theirs(**changes: Any) -> str:
    claims = {name: value for name, value in department.CLAIMS.items() if name != "status"} | changes
    return SdJwtVcProofSuite().issue(
        {name: value for name, value in claims.items() if value is not None},
        signing_key=_openvc_key("department"),
        disclosable=["family_name", "given_name", "address"],
        holder_jwk=dict(HOLDER.public_jwk()),
        decoys=3,
        x5c=[b64_encode(der) for der in department.X5C],
    )


def received(compact: str) -> dict[str, Any]:
    return dict(verify_sd_jwt_vc(compact, issuers=department.TRUST, now=department.NOW, leeway=60).claims)


def test_ours_verifies_the_claim_that_it_made() -> None:
    claims = received(theirs())
    assert claims["family_name"] == "O'Neill"
    assert claims["address"] == {"postal_code": "CF10 1AA", "country": "GB"}


@pytest.mark.parametrize(
    ("compact", "code"),
    [
        (theirs(vct="urn:other"), "claim_type_not_allowed"),
        (theirs(iss="https://other.example"), "wrong_issuer"),
        (theirs(exp=department.NOW - DAY), "expired"),
        (theirs(nbf=department.NOW + DAY), "not_yet_valid"),
    ],
)
def test_ours_refuses_its_claim_with_one_thing_wrong(compact: str, code: str) -> None:
    with pytest.raises(ProtocolError) as refused:
        received(compact)
    assert refused.value.code == code


def test_ours_refuses_its_claim_with_a_signature_or_disclosure_changed() -> None:
    head, _, disclosures = theirs().partition("~")
    for changed in (
        f"{with_broken_signature(head)}~{disclosures}",
        f"{head}~{disclosures}{theirs().split('~')[1]}~",
    ):
        with pytest.raises(ProtocolError):
            received(changed)


def bound(key: P256SigningKey = HOLDER, **changes: str) -> str:
    values = {"audience": department.AUDIENCE, "nonce": department.NONCE, **changes}
    return SdJwtVcProofSuite().create_presentation(theirs(), holder_key=key, **values)


def presented(presentation: str) -> dict[str, Any]:
    """Ours as the verifier, at the moment of the key binding, which openvc dates by the real clock."""
    made = payload_of(presentation.rpartition("~")[2])["iat"]
    return dict(
        verify_presentation(
            presentation,
            issuers=department.TRUST,
            expected_audience=department.AUDIENCE,
            expected_nonce=department.NONCE,
            now=department.NOW,
            leeway=60,
            max_kb_age=max(300, department.NOW - made + 60),
        ).claims
    )


def test_ours_verifies_what_it_presented() -> None:
    assert presented(bound())["given_name"] == department.CLAIMS["given_name"]


@pytest.mark.parametrize(
    "presentation",
    [
        bound(audience="x509_hash:other"),
        bound(nonce="another nonce altogether"),
        bound(_openvc_key("somebody else")),
        with_broken_signature(bound()),
    ],
    ids=["audience", "nonce", "key", "signature"],
)
def test_ours_refuses_what_it_presented_with_one_thing_wrong(presentation: str) -> None:
    with pytest.raises(ProtocolError):
        presented(presentation)


def test_it_verifies_ours_in_one_call_with_our_anchors() -> None:
    """The claim of a department that does write `iss`."""
    party = Authority().party(Profile.CLAIM_SIGNING, organisation_id=DEPARTMENT_ID, hosts=["dwp.example"])
    compact = ours(party)
    found = verify_credential(compact, x5c_trust_anchors=Authority().anchors, policy=_policy())
    assert (found.issuer, found.credential["family_name"]) == (DEPARTMENT_URL, "Hassan")
    for anchors, changed in (
        (Authority("other").anchors, compact),
        (Authority().anchors, ours(party, iss="https://other.example")),
        (Authority().anchors, ours(party, exp=NOW - DAY)),
        (Authority().anchors, ours(party, key="somebody else")),
    ):
        with pytest.raises(OpenvcError):
            verify_credential(changed, x5c_trust_anchors=anchors, policy=_policy())


def _policy() -> VerificationPolicy:
    return VerificationPolicy(now=TIME, expected_vct=VCT)


def ours(party: Party, *, key: str | None = None, **changes: Any) -> str:
    from protocol.sd_jwt_vc import create_sd_jwt_vc
    from tests.protocol.keys_for_tests import seeded_random

    claims = {
        "iss": DEPARTMENT_URL,
        "iat": NOW,
        "exp": NOW + NINE_YEARS,
        "vct": VCT,
        "family_name": "Hassan",
    }
    return create_sd_jwt_vc(
        claims=claims | changes,
        disclosable=[("family_name",)],
        signing_key=signing_key(key) if key else party.key,
        x5c=party.x5c,
        holder_key=signing_key("holder").public_key,
        random=seeded_random("openvc"),
        decoys=2,
    )
