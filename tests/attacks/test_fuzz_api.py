"""Requests that nobody would write by hand: schemathesis, from the documents that describe the interfaces,
against real processes on this machine. Two or three hundred requests to each service.
"""

import itertools
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import schemathesis
from hypothesis import given, settings
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.openapi import from_dict, from_url
from schemathesis.schemas import BaseSchema
from schemathesis.specs.openapi.checks import content_type_conformance, status_code_conformance

from examples.blue_badge.network import parties
from issuer.app import PROTOCOL_PATHS
from protocol.oauth.dpop import create_dpop_proof
from protocol.openid4vci.offer import PRE_AUTHORIZED_CODE_GRANT
from tests.attacks.answers import bounded, check_answer
from tests.issuer.world import MOVING
from tests.protocol.keys_for_tests import signing_key
from tests.running import RunningNetwork

LONG = 12  # a value of the input that is as long as this is not in an answer by chance
WORDS = {"type": "string", "maxLength": 200}


def operation(**more: Any) -> dict[str, Any]:
    said = {
        str(status): {"description": "", "content": {"application/json": {}}} for status in (200, 400, 401)
    }
    return {"responses": {**said, "403": said["400"], "404": said["400"], "413": said["400"]}, **more}


def parameter(name: str) -> dict[str, Any]:
    return {"parameters": [{"name": name, "in": "path", "required": True, "schema": WORDS}]}


def body(media_type: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"requestBody": {"required": True, "content": {media_type: {"schema": schema}}}}


TOKEN_FORM = {
    "type": "object",
    "required": ["grant_type", "pre-authorized_code"],
    "properties": {
        "grant_type": {"enum": [PRE_AUTHORIZED_CODE_GRANT]},
        "pre-authorized_code": WORDS,
        "tx_code": WORDS,
        "client_id": WORDS,
    },
}
CREDENTIAL_REQUEST = {
    "type": "object",
    "properties": {
        "credential_configuration_id": {"anyOf": [{"enum": [MOVING]}, WORDS]},
        "credential_identifier": WORDS,
        "proofs": {"type": "object", "properties": {"jwt": {"type": "array", "items": WORDS}}},
        "credential_response_encryption": {
            "type": "object",
            "properties": {"jwk": {"type": "object"}, "enc": WORDS},
        },
    },
}
# the issuer's interface is the standards', so there is no document of it but these lines
ISSUER_PATHS: dict[str, Any] = {
    "/.well-known/openid-credential-issuer": {"get": operation()},
    "/.well-known/oauth-authorization-server": {"get": operation()},
    "/token": {"post": operation(**body("application/x-www-form-urlencoded", TOKEN_FORM))},
    "/nonce": {"post": operation()},
    "/credential": {"post": operation(**body("application/json", CREDENTIAL_REQUEST))},
    "/offers/{reference}": {"get": operation(**parameter("reference"))},
    "/status/{number}": {"get": operation(**parameter("number"))},
}


def test_every_protocol_address_of_the_issuer_is_described() -> None:
    assert {path.partition("{")[0] for path in ISSUER_PATHS} == set(PROTOCOL_PATHS)


class Caller:
    """Sends cases with what gets them past the door, and looks at every answer."""

    def __init__(self, url: str, authorize: Callable[[Case[Any]], dict[str, str]]) -> None:
        self.url, self.authorize = url, authorize
        self.statuses: list[int] = []

    def __call__(self, case: Case[Any]) -> None:
        response = case.call(base_url=self.url, headers=self.authorize(case), timeout=10)
        self.statuses.append(response.status_code)
        media_type = (response.headers.get("content-type") or [""])[0]
        check_answer(response.status_code, media_type, response.content)
        if response.status_code >= 400:
            text = response.content.decode("utf-8")
            assert not [value for value in strings_of(case.body) if value in text]
        case.validate_response(
            response, checks=[not_a_server_error, status_code_conformance, content_type_conformance]
        )


def strings_of(value: object) -> Iterator[str]:
    """Every string in the input that is long enough not to be in an answer by chance."""
    if isinstance(value, str) and len(value) >= LONG and value != PRE_AUTHORIZED_CODE_GRANT:
        yield value
    elif isinstance(value, dict):
        yield from itertools.chain.from_iterable(strings_of(one) for one in value.values())
    elif isinstance(value, list):
        yield from itertools.chain.from_iterable(map(strings_of, value))


class LiveWallet:
    """A wallet with a real token of the running department."""

    def __init__(self, network: RunningNetwork) -> None:
        self.url, self.key, self.count = network.url(parties.DWP), signing_key("fuzz"), 0
        offer = network.offer(parties.DWP, ["pip-moving-around-8"], "amira")
        grants = httpx.get(offer.offer_uri).json()["grants"]
        form = {
            "grant_type": PRE_AUTHORIZED_CODE_GRANT,
            "pre-authorized_code": grants[PRE_AUTHORIZED_CODE_GRANT]["pre-authorized_code"],
            "tx_code": offer.transaction_code,
        }
        answer = httpx.post(f"{self.url}/token", data=form, headers={"dpop": self.proof("/token")})
        self.token = str(answer.json()["access_token"])

    def proof(self, path: str, access_token: str | None = None) -> str:
        self.count += 1
        return create_dpop_proof(
            self.key,
            method="POST",
            url=self.url + path,
            now=int(time.time()),
            jti=f"fuzz {self.count}",
            access_token=access_token,
        )

    def authorize(self, case: Case[Any]) -> dict[str, str]:
        if case.path == "/credential":
            return {"authorization": f"DPoP {self.token}", "dpop": self.proof(case.path, self.token)}
        return {"dpop": self.proof(case.path)}


MODES = (schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE)


def fuzzed(schema: BaseSchema, call: Caller) -> None:
    """Runs every operation of a document, with values that it allows and values that it does not."""
    for found in schema.get_all_operations():
        assert isinstance(found, Ok), "the document describes every operation"
        made = found.ok()
        # a path is a string whatever is sent, so only a body can be one that the document does not allow
        for mode in MODES if made.body else MODES[:1]:

            @settings(bounded, max_examples=20)
            @given(case=made.as_strategy(generation_mode=mode))
            def run(case: Case[Any]) -> None:
                call(case)

            run()


def test_the_issuers_interface(running_network: RunningNetwork) -> None:
    wallet = LiveWallet(running_network)
    document = {
        "openapi": "3.1.0",
        "info": {"title": "issuer", "version": "1"},
        "paths": ISSUER_PATHS,
    }
    call = Caller(wallet.url, wallet.authorize)
    fuzzed(from_dict(document), call)
    assert 100 < len(call.statuses) < 600
    assert {200, 400} <= set(call.statuses)


class LiveService:
    """A service's program with a real key; three requests of four are for its own service and request."""

    def __init__(self, network: RunningNetwork) -> None:
        self.name, self.count = parties.BLUE_BADGE_ENGLAND, 0
        self.url = network.url(self.name)
        self.headers = {"authorization": f"Bearer {network.network.api_keys[self.name]}"}
        address = f"{self.url}/api/v1/{self.name}/requests"
        self.request = httpx.post(address, json={"channel": "qr"}, headers=self.headers).json()["id"]

    def authorize(self, case: Case[Any]) -> dict[str, str]:
        self.count += 1
        if self.count % 4:
            own = {"service": self.name, "request_id": self.request}
            case.path_parameters.update({name: own[name] for name in case.path_parameters})
        return self.headers


def test_the_verifiers_interface(running_network: RunningNetwork) -> None:
    service = LiveService(running_network)
    call = Caller(service.url, service.authorize)
    fuzzed(from_url(f"{service.url}/api/openapi.json"), call)
    assert 60 < len(call.statuses) < 400
    assert {200, 201, 400, 401, 422} <= set(call.statuses)
