"""OpenID4VP 1.0 §8: the encrypted response, errors, and what the service answers."""

from typing import Any

import pytest

from protocol.encoding import b64url_decode, json_dumps, json_object
from protocol.errors import RemoteError
from protocol.jose.jwe import DecryptionKey, decrypt_jwe, encrypt_jwe
from protocol.openid4vp.request_object import AuthorizationRequest
from protocol.openid4vp.response import (
    AuthorizationErrorResponse,
    AuthorizationResponse,
    create_error_response,
    create_response,
    create_response_answer,
    decrypt_response,
    parse_response_answer,
    parse_response_form,
)
from tests.protocol.openid4vp.test_request_object import KEY, SERVICE, enc, request_object, verified
from tests.protocol.resigning import resigned

VP_TOKEN = {"c1": ["ey.ey.sig~kb"]}


def request(**changes: Any) -> AuthorizationRequest:
    return verified(request_object(**changes))


def sealed(payload: Any, key: DecryptionKey = KEY) -> str:
    return encrypt_jwe(json_dumps(payload), key.public_jwk(), enc="A256GCM")


def refused(compact: str, *, expected_state: str | None = "state-1") -> str:
    with pytest.raises(RemoteError) as caught:
        decrypt_response(compact, KEY, expected_state=expected_state)
    return caught.value.code


def test_response_there_and_back() -> None:
    form = create_response(VP_TOKEN, request=request())
    assert list(form) == ["response"]
    compact = parse_response_form(list(form.items()))
    assert isinstance(compact, str)
    response = decrypt_response(compact, KEY, expected_state="state-1")
    assert response == AuthorizationResponse({"c1": ("ey.ey.sig~kb",)})


@pytest.mark.parametrize("algorithm", ["A128GCM", "A256GCM"])
def test_header(algorithm: str) -> None:
    """§8.3: alg and kid of the chosen key, enc as offered."""
    asked = verified(resigned(request_object(), SERVICE, enc(algorithm)))
    compact = create_response(VP_TOKEN, request=asked)["response"]
    header = json_object(b64url_decode(compact.split(".")[0]))
    assert (header["alg"], header["enc"], header["kid"]) == ("ECDH-ES", algorithm, "request-1")


def test_payload_has_nothing_else() -> None:
    """Checklist 3.2: vp_token, and state if and only if one came."""
    _, with_state = decrypt_jwe(create_response(VP_TOKEN, request=request())["response"], KEY)
    _, without = decrypt_jwe(create_response(VP_TOKEN, request=request(state=None))["response"], KEY)
    assert json_object(with_state) == {"vp_token": VP_TOKEN, "state": "state-1"}
    assert json_object(without) == {"vp_token": VP_TOKEN}


def test_error_is_encrypted_as_well() -> None:
    form = create_error_response("access_denied", request=request())
    assert list(form) == ["response"]
    response = decrypt_response(form["response"], KEY, expected_state="state-1")
    assert response == AuthorizationErrorResponse("access_denied")


def test_plain_error() -> None:
    """§8.3.1: from a wallet that cannot encrypt."""
    form = [("error", "access_denied"), ("state", "state-1"), ("error_description", "<b>")]
    assert parse_response_form(form) == AuthorizationErrorResponse("access_denied")


@pytest.mark.parametrize(
    "form",
    [
        [],
        [("vp_token", "{}")],
        [("response", "a"), ("response", "b")],
        [("error", "<script>")],
        [("error", "")],
    ],
)
def test_bad_form(form: list[tuple[str, str]]) -> None:
    with pytest.raises(RemoteError):
        parse_response_form(form)


def test_state_of_another_request() -> None:
    assert refused(sealed({"vp_token": VP_TOKEN, "state": "other"})) == "state_mismatch"
    assert refused(sealed({"vp_token": VP_TOKEN})) == "state_mismatch"
    assert refused(sealed({"vp_token": VP_TOKEN, "state": 1})) == "state_mismatch"


FAULTS: dict[str, Any] = {
    "vp_token missing": {},
    "vp_token no object": {"vp_token": "ey.ey.sig~"},
    "vp_token empty": {"vp_token": {}},
    "presentation not in an array": {"vp_token": {"c1": "ey.ey.sig~"}},
    "no presentation": {"vp_token": {"c1": []}},
    "presentation no string": {"vp_token": {"c1": [{}]}},
    "presentation empty": {"vp_token": {"c1": [""]}},
    "too many credentials": {"vp_token": {f"c{n}": ["a"] for n in range(65)}},
    "too many presentations": {"vp_token": {"c1": ["a"] * 65}},
    "error no string": {"error": 1},
}


@pytest.mark.parametrize("payload", FAULTS.values(), ids=FAULTS.keys())
def test_malformed(payload: dict[str, Any]) -> None:
    assert refused(sealed({**payload, "state": "state-1"})) == "invalid_response"


def test_the_error_does_not_repeat_what_was_sent() -> None:
    with pytest.raises(RemoteError) as caught:
        decrypt_response(
            sealed({"vp_token": {"canary": []}, "state": "state-1"}), KEY, expected_state="state-1"
        )
    assert "canary" not in str(caught.value)


def test_payload_no_object() -> None:
    assert refused(sealed([VP_TOKEN])) == "invalid_response"


def test_unknown_members_are_ignored() -> None:
    compact = sealed({"vp_token": VP_TOKEN, "state": "state-1", "presentation_submission": {}, "iss": "x"})
    assert decrypt_response(compact, KEY, expected_state="state-1")


def test_encrypted_to_another_key() -> None:
    other = DecryptionKey.generate("request-2")
    assert refused(sealed({"vp_token": VP_TOKEN}, other)) == "wrong_kid"
    same_name = DecryptionKey.generate("request-1")
    assert refused(sealed({"vp_token": VP_TOKEN}, same_name)) == "decryption_failed"


def test_nothing_presented_shows_in_repr() -> None:
    assert "ey.ey" not in repr(AuthorizationResponse({"c1": ("ey.ey.sig~kb",)}))


def test_answer_of_the_service() -> None:
    target = "https://badge.example.org/return#response_code=abc"
    assert parse_response_answer(json_dumps(create_response_answer(target))) == target
    assert parse_response_answer(json_dumps(create_response_answer())) is None
    assert parse_response_answer(b'{"x": 1}') is None


@pytest.mark.parametrize(
    "target",
    ["javascript:alert(1)", "http://badge.example.org/", "//badge.example.org", "https://a@b.example/"],
)
def test_answer_that_leads_astray(target: str) -> None:
    with pytest.raises(RemoteError):
        parse_response_answer(json_dumps({"redirect_uri": target}))
