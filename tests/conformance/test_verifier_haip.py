"""The OpenID Foundation's verifier modules for HAIP 1.0 (package vp1finalverifier), by their names.

The suite plays a wallet whose issuer it certifies itself, so the verifier is given that anchor by
configuration and the claim is the suite's: type `urn:eudi:pid:1`, no status, an `iss` of the suite's own.
Each defect is one change, signed again with the right key. `test_..._invalid_session_transcript` has no
counterpart: that module is mdoc's.
"""

import base64
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from protocol.encoding import b64url_decode, b64url_encode, json_dumps
from protocol.jose.jwe import encrypt_jwe
from protocol.jose.jws import create_jws
from protocol.openid4vp.link import parse_presentation_link
from protocol.openid4vp.request_object import AuthorizationRequest
from protocol.x509 import Profile
from tests.protocol.authority_for_tests import DAY, NOW, YEAR, Authority
from tests.protocol.keys_for_tests import signing_key
from tests.protocol.resigning import header_of, payload_of, with_broken_signature
from tests.verifier.world import ENGLAND, Claim, World, path_of

PID = "urn:eudi:pid:1"
SUITE = "https://suite.example"
QUESTION = """
id: person
version: 1
title: {en: Who are you, cy: Pwy ydych chi}
purpose: {en: To test, cy: I brofi}
law: {en: None, cy: Dim}
retention: {days: 1, text: {en: One day, cy: Un diwrnod}}
privacy_policy: https://service.example/privacy
contact: {email: test@service.example}
supervisory_authority: {email: casework@authority.example}
any_of:
  - all_of:
      - claim: urn:eudi:pid:1
        attributes: [[given_name], [family_name], [birthdate], [nationalities, null]]
"""


class Suite:
    """The suite's side: its own authority, issuer and wallet."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.issuer = Authority("suite").party(
            Profile.CLAIM_SIGNING, organisation_id="PDXGB-suite", hosts=["suite.example"]
        )

    def credential(self, **changes: Any) -> Claim:
        """CONFORMANCE's test credential: three decoys, selectively disclosable array elements."""
        return self.world.issue(
            PID,
            issuer=self.issuer,
            claims={
                "given_name": "Jean",
                "family_name": "Dupont",
                "birthdate": "1980-05-23",
                "nationalities": ["FR", "GB"],
                "place_of_birth": {"country": "FR"},
            },
            disclosable=[
                ("given_name",),
                ("family_name",),
                ("birthdate",),
                ("nationalities", 0),
                ("nationalities", 1),
                ("place_of_birth",),
            ],
            iss=SUITE,
            exp=NOW + 14 * DAY,
            **changes,
        )

    def ask(self) -> tuple[httpx.Client, str, str]:
        """A browser, its request page and the link on it."""
        browser = self.world.browser()
        page = self.world.start(browser)
        return browser, page, self.world.links(ENGLAND, page)["link"]

    def read(self) -> AuthorizationRequest:
        """A new request, verified."""
        return self.world.read(self.ask()[2])

    def present(self, request: AuthorizationRequest, claim: Claim) -> str:
        paths = [
            ("given_name",),
            ("family_name",),
            ("birthdate",),
            ("nationalities", 0),
            ("nationalities", 1),
        ]
        return self.world.present(request, claim, paths=paths)

    def send(self, request: AuthorizationRequest, presentation: str) -> httpx.Response:
        return self.world.post(request, {request.query.credentials[0].id: [presentation]})


@pytest.fixture
def suite(tmp_path: Path) -> Iterator[Suite]:
    (tmp_path / "question.yaml").write_text(QUESTION)
    anchor = Authority("suite").root.public_bytes(Encoding.PEM)
    (tmp_path / "suite.pem").write_bytes(anchor)
    network = {
        "root_certificates": [tmp_path / "root.pem"],
        "additional_anchors": [tmp_path / "suite.pem"],
    }
    service = {
        "organisation_id": f"PDXGB-{ENGLAND}",
        "name": {"en": "Test", "cy": "Prawf"},
        "questions": [{"file": tmp_path / "question.yaml"}],
    }
    world = World(
        tmp_path,
        network=network,
        services={ENGLAND: service},
        request_uri_method="post",
        wallet_endpoint=f"{SUITE}/test/a/pdx/authorize",
    )
    with world:
        yield Suite(world)


def resign_key_binding(presentation: str, change: dict[str, Any], *, holder: str = "holder") -> str:
    """The presentation with its key binding changed and signed again with the holder's key."""
    shown, _, binding = presentation.rpartition("~")
    payload = payload_of(binding) | change
    return f"{shown}~{create_jws(payload, signing_key(holder), typ='kb+jwt')}"


def refused(response: httpx.Response) -> None:
    """4xx at once, with the standard's error."""
    assert 400 <= response.status_code < 500
    assert response.json()["error"] == "invalid_request"
    assert "redirect_uri" not in response.json()


def test_oid4vp_1final_verifier_happy_flow(suite: Suite) -> None:
    browser, page, link = suite.ask()
    parts = urlsplit(link)
    assert link.startswith(f"{SUITE}/test/a/pdx/authorize?")
    parameters = dict(parse_qsl(parts.query))
    assert set(parameters) <= {"client_id", "request_uri", "request_uri_method"}
    fetched = suite.world.fetch(link)
    assert fetched.headers["content-type"] == "application/oauth-authz-req+jwt"
    check_request_object(fetched.text, parameters)
    request = suite.world.read(link)
    response = suite.send(request, suite.present(request, suite.credential()))
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    assert list(response.json()) == ["redirect_uri"]
    back = browser.get(path_of(response.json()["redirect_uri"]))
    answer = browser.get(back.headers["location"])
    assert "Your proof was accepted" in answer.text
    assert browser.get(page).headers["location"] == back.headers["location"]


def check_request_object(token: str, parameters: Mapping[str, str]) -> None:
    """Everything of section 2.3 that the suite looks at."""
    header, payload = header_of(token), payload_of(token)
    leaf = x509.load_der_x509_certificate(base64.b64decode(header["x5c"][0]))
    digest = hashlib.sha256(leaf.public_bytes(Encoding.DER)).digest()
    assert header["typ"] == "oauth-authz-req+jwt"
    assert leaf.issuer != leaf.subject
    assert payload["client_id"] == parameters["client_id"] == f"x509_hash:{b64url_encode(digest)}"
    assert payload["response_type"] == "vp_token"
    assert payload["response_mode"] == "direct_post.jwt"
    assert payload["aud"] == "https://self-issued.me/v2"
    assert 16 <= len(payload["nonce"]) <= 43
    assert len(b64url_decode(payload["nonce"])) * 8 >= 96
    assert "#" not in payload["response_uri"]
    assert payload["iat"] <= NOW < payload["exp"]
    forbidden = {
        "redirect_uri",
        "client_id_scheme",
        "scope",
        "transaction_data",
        "presentation_definition",
        "presentation_definition_uri",
        "request",
        "request_uri",
        "sub",
        "wallet_nonce",
    }
    assert not forbidden & set(payload)
    metadata = payload["client_metadata"]
    assert set(metadata) == {"jwks", "vp_formats_supported", "encrypted_response_enc_values_supported"}
    assert set(metadata["encrypted_response_enc_values_supported"]) == {"A128GCM", "A256GCM"}
    assert metadata["vp_formats_supported"] == {
        "dc+sd-jwt": {"sd-jwt_alg_values": ["ES256"], "kb-jwt_alg_values": ["ES256"]}
    }
    [key] = metadata["jwks"]["keys"]
    assert (key["kty"], key["crv"], key["alg"], key["use"]) == ("EC", "P-256", "ECDH-ES", "enc")
    assert key["kid"]
    assert "d" not in key
    [credential] = payload["dcql_query"]["credentials"]
    assert credential["format"] == "dc+sd-jwt"
    assert credential["meta"] == {"vct_values": [PID]}
    registered = {"iss", "nbf", "exp", "cnf", "vct", "status"}
    assert not registered & {claim["path"][0] for claim in credential["claims"]}


def test_a_new_encryption_key_nonce_and_state_for_every_request(suite: Suite) -> None:
    browser = suite.world.browser()
    requests = []
    for _ in range(3):
        links = suite.world.links(ENGLAND, suite.world.start(browser))
        requests += [suite.world.read(links["link"]), suite.world.read(links["qr"])]
    assert len({str(one.encryption.jwk) for one in requests}) == 6
    assert len({one.encryption.jwk["kid"] for one in requests}) == 6
    assert len({one.nonce for one in requests}) == 6
    assert len({one.state for one in requests}) == 6
    assert len({one.response_uri for one in requests}) == 6


def test_oid4vp_1final_verifier_request_uri_fetched_twice(suite: Suite) -> None:
    link = suite.ask()[2]
    first, second = payload_of(suite.world.fetch(link).text), payload_of(suite.world.fetch(link).text)
    assert first == second
    request = suite.world.read(link)
    assert suite.send(request, suite.present(request, suite.credential())).status_code == 200


def test_oid4vp_1final_verifier_request_uri_method_post(suite: Suite) -> None:
    link = suite.ask()[2]
    assert parse_presentation_link(link).request_uri_method == "post"
    response = suite.world.fetch(link, method="post", wallet_nonce="a-wallet-nonce", wallet_metadata="{}")
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/oauth-authz-req+jwt"
    assert payload_of(response.text)["wallet_nonce"] == "a-wallet-nonce"
    assert "wallet_nonce" not in payload_of(suite.world.fetch(link, method="post").text)


def test_oid4vp_1final_verifier_minimal_cnf_jwk(suite: Suite) -> None:
    request, claim = suite.read(), suite.credential()
    assert set(payload_of(claim.compact.split("~")[0])["cnf"]["jwk"]) == {"kty", "crv", "x", "y"}
    assert suite.send(request, suite.present(request, claim)).status_code == 200


def test_oid4vp_1final_verifier_invalid_credential_signature(suite: Suite) -> None:
    request = suite.read()
    issuer_signed, tilde, rest = suite.credential().compact.partition("~")
    broken = Claim(with_broken_signature(issuer_signed) + tilde + rest, PID)
    refused(suite.send(request, suite.present(request, broken)))


def test_oid4vp_1final_verifier_invalid_kb_jwt_signature(suite: Suite) -> None:
    request = suite.read()
    refused(suite.send(request, with_broken_signature(suite.present(request, suite.credential()))))


def test_a_key_binding_by_another_key_is_refused(suite: Suite) -> None:
    request = suite.read()
    presentation = suite.present(request, suite.credential())
    refused(suite.send(request, resign_key_binding(presentation, {}, holder="somebody else")))


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"aud": "x509_hash:another"}, id="oid4vp-1final-verifier-invalid-kb-jwt-aud"),
        pytest.param({"nonce": "another-nonce-0123"}, id="oid4vp-1final-verifier-invalid-kb-jwt-nonce"),
        pytest.param({"sd_hash": b64url_encode(b"0" * 32)}, id="oid4vp-1final-verifier-invalid-sd-hash"),
        pytest.param({"iat": NOW - YEAR}, id="oid4vp-1final-verifier-kb-jwt-iat-in-past"),
        pytest.param({"iat": NOW + YEAR}, id="oid4vp-1final-verifier-kb-jwt-iat-in-future"),
    ],
)
def test_oid4vp_1final_verifier_invalid_key_binding(suite: Suite, change: dict[str, Any]) -> None:
    request = suite.read()
    presentation = suite.present(request, suite.credential())
    refused(suite.send(request, resign_key_binding(presentation, change)))
    # the one change was the reason: the same presentation without it is accepted
    assert suite.send(request, resign_key_binding(presentation, {})).status_code == 200


@pytest.mark.parametrize("enc", ["A128GCM", "A256GCM"])
def test_both_encryptions_with_party_information_are_read(suite: Suite, enc: Any) -> None:
    request = suite.read()
    token = {request.query.credentials[0].id: [suite.present(request, suite.credential())]}
    payload = json_dumps({"vp_token": token, "state": request.state})
    jwe = encrypt_jwe(payload, request.encryption.jwk, enc=enc, apu=b"wallet nonce", apv=b"nonce")
    assert suite.world.post_form(request.response_uri, {"response": jwe}).status_code == 200


# --- section 5: not tested by the suite, required all the same


def test_a_response_to_another_transactions_nonce_is_refused(suite: Suite) -> None:
    one, other = suite.read(), suite.read()
    presentation = suite.present(replace(one, nonce=other.nonce), suite.credential())
    refused(suite.send(one, presentation))


def test_a_response_encrypted_for_another_request_is_refused(suite: Suite) -> None:
    one, other = suite.read(), suite.read()
    presentation = suite.present(one, suite.credential())
    refused(suite.send(replace(one, encryption=other.encryption), presentation))
    refused(suite.send(replace(one, state=other.state), presentation))
    assert suite.send(one, presentation).status_code == 200


def test_a_second_response_is_refused(suite: Suite) -> None:
    request = suite.read()
    assert suite.send(request, suite.present(request, suite.credential())).status_code == 200
    refused(suite.send(request, suite.present(request, suite.credential())))


def test_a_result_is_not_readable_without_response_code(suite: Suite) -> None:
    browser, page, link = suite.ask()
    request = suite.world.read(link)
    suite.send(request, suite.present(request, suite.credential()))
    answer = page.replace("/request/", "/answer/")
    assert browser.get(answer).headers["location"] == page
    assert "Dupont" not in browser.get(page).text
    assert browser.get(f"/{ENGLAND}/return?response_code=guess").status_code == 400
    assert browser.get(answer).headers["location"] == page
