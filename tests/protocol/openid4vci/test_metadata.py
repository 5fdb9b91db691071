"""OpenID4VCI 1.0 §12.2 and RFC 8414: where metadata is, and what must be in it."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from protocol.encoding import json_dumps
from protocol.errors import BindingError, MalformedError, RemoteError
from protocol.openid4vci.metadata import (
    IssuerMetadata,
    authorization_server_metadata_url,
    choose_authorization_server,
    create_authorization_server_metadata,
    create_issuer_metadata,
    create_sd_jwt_vc_configuration,
    create_signed_issuer_metadata,
    credential_issuer_metadata_url,
    parse_authorization_server_metadata,
    parse_issuer_metadata,
    verify_signed_issuer_metadata,
)
from protocol.x509 import LeafIdentity, Profile, verify_chain
from tests.protocol.authority_for_tests import NOW, Authority
from tests.protocol.resigning import Change, payload_of, resigned, with_broken_signature
from tests.vectors.reading import vectors

EXAMPLE = vectors("openid4vci/specification_messages.json")["issuer_metadata"]
ISSUER = "https://dwp.example.org"
NAME = "pip-moving-around-8"


def metadata(**changes: Any) -> dict[str, Any]:
    arguments: dict[str, Any] = {
        "credential_issuer": ISSUER,
        "credential_endpoint": f"{ISSUER}/credential",
        "nonce_endpoint": f"{ISSUER}/nonce",
        "batch_size": 10,
        "configurations": {
            NAME: create_sd_jwt_vc_configuration(
                vct="urn:pdx:claim:dwp:pip-moving-around-8:1",
                scope=NAME,
                display=({"name": "PIP", "locale": "en-GB"}, {"name": "PIP", "locale": "cy-GB"}),
            )
        },
        "display": ({"name": "DWP", "locale": "en-GB"},),
    }
    return create_issuer_metadata(**(arguments | changes))


@pytest.mark.parametrize(
    ("identifier", "issuer_url", "server_url"),
    [
        (
            "https://a.example",
            "https://a.example/.well-known/openid-credential-issuer",
            "https://a.example/.well-known/oauth-authorization-server",
        ),
        (
            "https://a.example/",
            "https://a.example/.well-known/openid-credential-issuer",
            "https://a.example/.well-known/oauth-authorization-server",
        ),
        (
            "https://a.example/tenant",
            "https://a.example/.well-known/openid-credential-issuer/tenant",
            "https://a.example/.well-known/oauth-authorization-server/tenant",
        ),
        (
            "https://a.example:8443/a/b/",
            "https://a.example:8443/.well-known/openid-credential-issuer/a/b/",
            "https://a.example:8443/.well-known/oauth-authorization-server/a/b",
        ),
    ],
)
def test_well_known_addresses(identifier: str, issuer_url: str, server_url: str) -> None:
    assert credential_issuer_metadata_url(identifier) == issuer_url
    assert authorization_server_metadata_url(identifier) == server_url


@pytest.mark.parametrize(
    "identifier",
    [
        "http://a.example",
        "https://a.example?x",
        "https://a.example#x",
        "https://u@a.example",
        "https://",
        "a",
        "https://a.example:port",
        "https://a.example/ b",
    ],
)
def test_bad_identifiers(identifier: str) -> None:
    for address in (credential_issuer_metadata_url, authorization_server_metadata_url):
        with pytest.raises(MalformedError):
            address(identifier)


def test_the_specifications_example() -> None:
    found = parse_issuer_metadata(json_dumps(EXAMPLE), expected_issuer=EXAMPLE["credential_issuer"])
    configuration = found.configurations["SD_JWT_VC_example_in_OpenID4VCI"]
    assert found.batch_size == 10
    assert found.response_encryption_required
    assert found.request_encryption_required
    assert found.authorization_servers == ("https://server.example.com",)
    assert configuration.vct == "SD_JWT_VC_example_in_OpenID4VCI"
    assert configuration.needs_proof
    assert configuration.key_attestation_required
    assert [one.locale for one in found.display] == ["en-US", "fr-FR"]


def test_there_and_back() -> None:
    found = parse_issuer_metadata(metadata(), expected_issuer=ISSUER)
    configuration = found.configurations[NAME]
    assert configuration.proof_signing_algorithms == {"jwt": ("ES256",)}
    assert not configuration.key_attestation_required
    assert configuration.scope == NAME  # HAIP 1.0 §4.1
    assert found.nonce_endpoint == f"{ISSUER}/nonce"
    assert [one.name for one in configuration.display] == ["PIP", "PIP"]


def test_no_batch() -> None:
    assert "batch_credential_issuance" not in metadata(batch_size=1)
    assert parse_issuer_metadata(metadata(batch_size=1), expected_issuer=ISSUER).batch_size == 1


def test_metadata_of_another_issuer() -> None:
    """§12.2.4: simple string comparison, so a slash makes another issuer."""
    for expected in ("https://other.example", f"{ISSUER}/"):
        with pytest.raises(BindingError):
            parse_issuer_metadata(metadata(), expected_issuer=expected)


def configuration(value: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = value["credential_configurations_supported"][NAME]
    return found


FAULTS: dict[str, Callable[[dict[str, Any]], object]] = {
    "credential_issuer missing": lambda m: m.pop("credential_issuer"),
    "credential_endpoint missing": lambda m: m.pop("credential_endpoint"),
    "credential_endpoint http": lambda m: m.update(credential_endpoint="http://dwp.example.org/c"),
    "nonce_endpoint http": lambda m: m.update(nonce_endpoint="http://dwp.example.org/n"),
    "authorization_servers empty": lambda m: m.update(authorization_servers=[]),
    "authorization_servers with a query": lambda m: m.update(authorization_servers=["https://a.example?b"]),
    "batch_size 1": lambda m: m["batch_credential_issuance"].update(batch_size=1),
    "batch_size missing": lambda m: m.update(batch_credential_issuance={}),
    "configurations missing": lambda m: m.pop("credential_configurations_supported"),
    "format missing": lambda m: configuration(m).pop("format"),
    "vct missing": lambda m: configuration(m).pop("vct"),
    "scope of two tokens": lambda m: configuration(m).update(scope="a b"),
    "proofs without binding": lambda m: configuration(m).pop("cryptographic_binding_methods_supported"),
    "binding without proofs": lambda m: configuration(m).pop("proof_types_supported"),
    "no proof algorithms": lambda m: configuration(m).update(proof_types_supported={"jwt": {}}),
    "display language twice": lambda m: configuration(m)["credential_metadata"]["display"].append(
        {"name": "x", "locale": "en-GB"}
    ),
    "display without a name": lambda m: configuration(m)["credential_metadata"].update(
        display=[{"locale": "en-GB"}]
    ),
    "locale no language tag": lambda m: m.update(display=[{"name": "x", "locale": "en_GB"}]),
    "encryption_required missing": lambda m: m.update(credential_response_encryption={}),
}


@pytest.mark.parametrize("change", FAULTS.values(), ids=FAULTS.keys())
def test_refused(change: Callable[[dict[str, Any]], object]) -> None:
    value = deepcopy(metadata())
    change(value)
    with pytest.raises((MalformedError, BindingError)):
        parse_issuer_metadata(value, expected_issuer=ISSUER)


@pytest.mark.parametrize(
    "entry", [1, {"format": 1}, {"format": "dc+sd-jwt", "proof_types_supported": {"canary": 1}}]
)
def test_the_error_does_not_repeat_what_was_sent(entry: object) -> None:
    value = metadata() | {"credential_configurations_supported": {"canary": entry}}
    with pytest.raises(MalformedError) as caught:
        parse_issuer_metadata(value, expected_issuer=ISSUER)
    assert "canary" not in str(caught.value)


def test_unknown_members_are_ignored() -> None:
    assert parse_issuer_metadata({**metadata(), "x": 1}, expected_issuer=ISSUER)


AUTHORITY = Authority()
SIGNER = AUTHORITY.party(Profile.CLAIM_SIGNING, organisation_id="PDXGB-dwp")


def find_signer(x5c: tuple[bytes, ...]) -> LeafIdentity:
    return verify_chain(x5c, anchors=AUTHORITY.anchors, now=NOW, expected_profile=Profile.CLAIM_SIGNING)


def signed() -> str:
    return create_signed_issuer_metadata(metadata(), SIGNER.key, x5c=SIGNER.x5c, now=NOW)


def verified(compact: str) -> IssuerMetadata:
    return verify_signed_issuer_metadata(compact, expected_issuer=ISSUER, find_signer=find_signer, now=NOW)


def test_signed() -> None:
    """§12.2.3: every parameter is a claim of the JWT, beside sub and iat."""
    assert verified(signed()) == parse_issuer_metadata(metadata(), expected_issuer=ISSUER)
    assert payload_of(signed()) == {**metadata(), "sub": ISSUER, "iat": NOW}


@pytest.mark.parametrize(
    "change",
    [
        lambda p: p.pop("sub"),
        lambda p: p.update(sub="https://other.example"),
        lambda p: p.update(credential_issuer="https://other.example"),
        lambda p: p.pop("iat"),
        lambda p: p.update(iat=NOW + 61),
        lambda p: p.update(exp=NOW),
        lambda p: p.pop("credential_endpoint"),
    ],
)
def test_signed_refused(change: Change) -> None:
    with pytest.raises(RemoteError):
        verified(resigned(signed(), SIGNER, change))


def test_signed_with_a_bad_signature_or_type() -> None:
    assert verified(resigned(signed(), SIGNER))
    for compact in (with_broken_signature(signed()), resigned(signed(), SIGNER, typ="JWT")):
        with pytest.raises(RemoteError):
            verified(compact)


def server(**changes: Any) -> dict[str, Any]:
    return {
        **create_authorization_server_metadata(issuer=ISSUER, token_endpoint=f"{ISSUER}/token"),
        **changes,
    }


def test_authorization_server() -> None:
    found = parse_authorization_server_metadata(json_dumps(server()), expected_issuer=ISSUER)
    assert found.token_endpoint == f"{ISSUER}/token"
    assert found.dpop_algorithms == ("ES256",)
    assert found.anonymous_pre_authorized


def test_authorization_server_defaults() -> None:
    """§12.3: anonymous access is off unless it is announced; RFC 8414 §2: the grants of old."""
    least = {"issuer": ISSUER, "token_endpoint": f"{ISSUER}/token"}
    found = parse_authorization_server_metadata(least, expected_issuer=ISSUER)
    assert not found.anonymous_pre_authorized
    assert found.grant_types == ("authorization_code", "implicit")


@pytest.mark.parametrize(
    "changes",
    [
        {"issuer": "https://other.example"},
        {"token_endpoint": "http://dwp.example.org/token"},
        {"token_endpoint": None},
        {"grant_types_supported": []},
        {"authorization_endpoint": "javascript:x"},
    ],
    ids=str,
)
def test_authorization_server_refused(changes: dict[str, Any]) -> None:
    """Module fapi2-security-profile-final-client-test-discovery-issuer-mismatch."""
    with pytest.raises((MalformedError, BindingError)):
        parse_authorization_server_metadata(server(**changes), expected_issuer=ISSUER)


def test_choice_of_server() -> None:
    alone = parse_issuer_metadata(metadata(), expected_issuer=ISSUER)
    servers = ("https://a.example", "https://b.example")
    several = parse_issuer_metadata(metadata(authorization_servers=servers), expected_issuer=ISSUER)
    assert choose_authorization_server(alone, hinted=None) == ISSUER
    assert choose_authorization_server(several, hinted=None) == "https://a.example"
    assert choose_authorization_server(several, hinted="https://b.example") == "https://b.example"
    for found in (alone, several):
        with pytest.raises(MalformedError):
            choose_authorization_server(found, hinted="https://evil.example")
