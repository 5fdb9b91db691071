"""From good requests on: bytes, fields and JSON members changed, past the signatures and the encryption to
the parsers behind them. Never a 5xx, never an echo, always the documented error, and afterwards all works.
"""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.encoding import b64url_encode, json_dumps
from protocol.jose.jwe import encrypt_jwe
from protocol.openid4vci.offer import PRE_AUTHORIZED_CODE_GRANT
from protocol.openid4vp.request_object import AuthorizationRequest
from tests.attacks.answers import CANARY, bounded, check, check_answer
from tests.issuer.world import FORM, MOVING
from tests.issuer.world import Wallet as Citizen
from tests.issuer.world import World as Department
from tests.protocol.keys_for_tests import signing_key
from tests.protocol.resigning import header_of, payload_of
from tests.verifier.world import VERIFIER, path_of
from tests.verifier.world import World as Verifier

# JSON values that no writer of JSON gives, or none that expects to be read
ODD_VALUES = (
    "null",
    "true",
    "-1",
    "1e400",
    "-0",
    "NaN",
    "Infinity",
    "9" * 5_000,
    "0.1e-9999",
    '""',
    '"\\u0000"',
    '"\\ud800"',
    '"\\udc00\\ud800"',
    f'"{CANARY}"',
    f'"{CANARY}\\u0000"',
    f'["{CANARY}"]',
    f'{{"{CANARY}": "{CANARY}"}}',
    '"' + "a" * 20_000 + '"',
    "[" * 5_000 + "]" * 5_000,
    '{"a":' * 2_000 + "1" + "}" * 2_000,
    "[" + ",".join(['"x"'] * 2_000) + "]",
)


def written(members: list[tuple[str, str]]) -> bytes:
    """An object of names and JSON values, as they are: a name may come twice."""
    return ("{" + ",".join(f"{json.dumps(name)}:{value}" for name, value in members) + "}").encode()


@st.composite
def odd_object(draw: st.DrawFn, good: dict[str, Any]) -> bytes:
    """A good object with one to three members changed, added, doubled or missing."""
    members = [(name, json.dumps(value)) for name, value in good.items()]
    for _ in range(draw(st.integers(1, 3))):
        name = draw(st.sampled_from([*good, CANARY, "", "\x00", "__proto__"]))
        value = draw(st.sampled_from(ODD_VALUES))
        match draw(st.sampled_from(["change", "double", "remove"])):
            case "change":
                members = [(one, value if one == name else kept) for one, kept in members]
            case "double":
                members.append((name, value))
            case "remove":
                members = [member for member in members if member[0] != name]
    return draw(odd_bytes(written(members)))


@st.composite
def odd_bytes(draw: st.DrawFn, good: bytes) -> bytes:
    """The bytes as they are; or cut, doubled, in another encoding, with bytes put in."""
    place = draw(st.integers(0, len(good)))
    changes: list[Callable[[], bytes]] = [
        lambda: good,
        lambda: good,
        lambda: good,
        lambda: good[:place],
        lambda: good + good,
        lambda: b"\xef\xbb\xbf" + good,
        lambda: good.decode().encode("utf-16"),
        lambda: good[:place] + draw(st.binary(min_size=1, max_size=4)) + good[place:],
        lambda: good[:place] + b"\x00" + good[place:],
        lambda: good[:place] + b"\xed\xa0\x80" + good[place:],
    ]
    return draw(st.sampled_from(changes))()


MEDIA_TYPES = st.sampled_from(
    [
        "application/json",
        "application/json",
        "application/json; charset=utf-16",
        "application/x-www-form-urlencoded",
        "application/jwt",
        "multipart/form-data; boundary=x",
        "text/plain",
        "application/json, application/x-www-form-urlencoded",
        "APPLICATION/JSON;;;",
        CANARY,
    ]
)


class Bearer:
    """A wallet that got its token; what it sends after that is what a test makes of it."""

    def __init__(self, world: Department) -> None:
        self.world = world
        self.wallet: Citizen = world.wallet()
        self.token = self.wallet.token(world.offer("amira"))

    def send(self, body: bytes, media_type: str = "application/json", **headers: str) -> httpx.Response:
        given_headers = {
            "authorization": f"DPoP {self.token}",
            "content-type": media_type,
            **self.wallet.dpop("/credential", access_token=self.token),
            **headers,
        }
        return check(self.world.client().post("/credential", content=body, headers=given_headers))

    def good(self) -> dict[str, Any]:
        proofs = self.wallet.proofs(self.wallet.nonce())
        return {"credential_configuration_id": MOVING, "proofs": {"jwt": proofs}}

    def proof_of(self, header: bytes, payload: bytes) -> bytes:
        """A request whose proof says this, signed with the right key."""
        proof = signed(header, payload, self.wallet.holder_key(0))
        return json_dumps({"credential_configuration_id": MOVING, "proofs": {"jwt": [proof]}})

    def still_works(self) -> None:
        assert self.send(json_dumps(self.good())).status_code == 200
        assert CANARY not in self.world.printed.getvalue()


def signed(header: bytes, payload: bytes, key: Any) -> str:
    data = f"{b64url_encode(header)}.{b64url_encode(payload)}"
    return f"{data}.{b64url_encode(key.sign(data.encode()))}"


@pytest.fixture
def bearer(department: Department) -> Bearer:
    return Bearer(department)


def test_credential_request_bodies(bearer: Bearer) -> None:
    good = bearer.good()

    @bounded
    @given(body=odd_object(good), media_type=MEDIA_TYPES)
    def run(body: bytes, media_type: str) -> None:
        bearer.send(body, media_type)

    run()
    bearer.still_works()


def test_key_proofs(bearer: Bearer) -> None:
    """Signed with the right key, so that what is odd is read."""
    (proof,) = bearer.wallet.proofs(bearer.wallet.nonce())
    header, payload = header_of(proof), payload_of(proof)

    @bounded
    @given(
        st.one_of(
            st.tuples(odd_object(header), st.just(json_dumps(payload))),
            st.tuples(st.just(json_dumps(header)), odd_object(payload)),
        )
    )
    def run(parts: tuple[bytes, bytes]) -> None:
        bearer.send(bearer.proof_of(*parts))

    run()
    bearer.still_works()


def test_dpop_proofs(bearer: Bearer) -> None:
    proof = bearer.wallet.dpop("/credential", access_token=bearer.token)["dpop"]
    header, payload = header_of(proof), payload_of(proof)
    body = json_dumps(bearer.good())

    @bounded
    @given(
        st.one_of(
            st.tuples(odd_object(header), st.just(json_dumps(payload))),
            st.tuples(st.just(json_dumps(header)), odd_object(payload)),
        )
    )
    def run(parts: tuple[bytes, bytes]) -> None:
        bearer.send(body, dpop=signed(*parts, key=bearer.wallet.key))

    run()
    bearer.still_works()


def test_encrypted_credential_requests(bearer: Bearer) -> None:
    metadata = bearer.world.client().get("/.well-known/openid-credential-issuer").json()
    (jwk,) = metadata["credential_request_encryption"]["jwks"]["keys"]
    encryption = {"jwk": {**signing_key("e").public_key.to_jwk(), "alg": "ECDH-ES"}, "enc": "A256GCM"}
    good = {**bearer.good(), "credential_response_encryption": encryption}

    @bounded
    @given(odd_object(good))
    def run(plaintext: bytes) -> None:
        bearer.send(encrypt_jwe(plaintext or b" ", jwk, enc="A128GCM").encode(), "application/jwt")

    run()
    bearer.still_works()


ESCAPES = (
    "",
    "a",
    "%00",
    "%",
    "%zz",
    "%ff",
    "%ed%a0%80",
    "+",
    "\x00",
    "é",
    CANARY,
    "9" * 400,
    "%F0%9F%92%A9",
)


@st.composite
def odd_form(draw: st.DrawFn, good: dict[str, str]) -> bytes:
    """A good form with fields changed, doubled, missing, unknown; not always a form at all."""
    pairs = [(name, one) for name, one in good.items() if draw(st.integers(0, 9))]
    for _ in range(draw(st.integers(1, 4))):
        name = draw(st.sampled_from([*good, CANARY, "", "%00", "a[]"]))
        pairs.insert(draw(st.integers(0, len(pairs))), (name, draw(st.sampled_from(ESCAPES))))
    joined = draw(st.sampled_from(["&", "&", "&", ";", "&&", "\n"])).join(f"{n}={v}" for n, v in pairs)
    return draw(odd_bytes(joined.encode()))


FORM_TYPES = st.sampled_from(
    [FORM["content-type"]] * 4 + ["application/json", "multipart/form-data; boundary=x", "text/plain", CANARY]
)


def test_token_requests(department: Department) -> None:
    wallet, made = department.wallet(), department.offer("amira")
    code = wallet.code(made)
    good = {"grant_type": PRE_AUTHORIZED_CODE_GRANT, "pre-authorized_code": code, "tx_code": "00000x"}

    @bounded
    @given(body=odd_form(good), media_type=FORM_TYPES)
    def run(body: bytes, media_type: str) -> None:
        headers = {"content-type": media_type, **wallet.dpop("/token")}
        answer = check(department.client().post("/token", content=body, headers=headers))
        assert code not in answer.text
        assert answer.status_code in {400, 413}

    run()
    other = department.offer("grace")  # the first is locked by now, if a guess got through
    assert wallet.ask_token(wallet.code(other), other.tx_code).status_code == 200
    assert CANARY not in department.printed.getvalue()


STATE = b"the-state-of-the-request"


class Answering:
    """An open request, and forms that come to its response_uri."""

    def __init__(self, world: Verifier) -> None:
        self.world, self.claim = world, world.issue()
        self.renew()

    def renew(self) -> None:
        """Another request: each takes a few wrong responses and then no more."""
        self.created = self.world.ask()
        self.request: AuthorizationRequest = self.world.read(self.created["link"])

    def send(self, body: bytes, media_type: str = FORM["content-type"]) -> httpx.Response:
        client = self.world.network.client(base_url=VERIFIER)
        path = path_of(self.request.response_uri)
        state = (self.request.state or "").encode()
        return check(
            client.post(path, content=body.replace(STATE, state), headers={"content-type": media_type})
        )

    def send_encrypted(self, plaintext: bytes) -> httpx.Response:
        state = (self.request.state or "").encode()
        known = plaintext.replace(STATE, state)
        jwe = encrypt_jwe(known or b" ", self.request.encryption.jwk, enc="A256GCM")
        return self.send(f"response={jwe}".encode())

    def still_works(self) -> None:
        assert self.world.respond(self.request, self.claim).status_code == 200


@pytest.fixture
def answering(verifier: Verifier) -> Answering:
    return Answering(verifier)


def test_response_forms(answering: Answering) -> None:
    good = {"response": "a.b.c.d.e", "state": STATE.decode()}

    @bounded
    @given(body=odd_form(good), media_type=FORM_TYPES)
    def run(body: bytes, media_type: str) -> None:
        assert answering.send(body, media_type).status_code in {400, 413, 415}
        answering.renew()

    run()
    answering.still_works()


def test_encrypted_responses(answering: Answering) -> None:
    """Encrypted to the request's key and with its state, so that what is odd is read."""
    presentation = f"{CANARY}.{CANARY}.{CANARY}~{CANARY}~{CANARY}.{CANARY}.{CANARY}"
    good = {"vp_token": {"c1": [presentation]}, "state": STATE.decode()}

    @bounded
    @given(odd_object(good))
    def run(plaintext: bytes) -> None:
        assert answering.send_encrypted(plaintext).status_code in {400, 413}  # some are too long
        refused = answering.world.read_answer(answering.created)["refused"]
        assert CANARY not in str(refused)
        answering.renew()

    run()
    answering.still_works()


def test_what_a_service_sends(verifier: Verifier) -> None:
    good = {"channel": "link", "question": "blue-badge-england", "reference": "r", "language": "cy"}
    client = verifier.api()

    @bounded
    @given(body=odd_object(good), media_type=MEDIA_TYPES)
    def run(body: bytes, media_type: str) -> None:
        answer = client.post("/requests", content=body, headers={"content-type": media_type})
        check_answer(answer.status_code, answer.headers["content-type"], answer.content)
        assert answer.status_code == 201 or CANARY not in answer.text

    run()
    assert verifier.ask()["channel"] == "qr"


# --- sizes


def sizes(limit: int) -> list[tuple[int, bool]]:
    return [(limit, True), (limit + 1, False), (10 * limit, False)]


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize(
    ("path", "limit"),
    [("/token", 16 * 1024), ("/nonce", 1024), ("/credential", 256 * 1024), ("/offers/x", 65_536)],
)
def test_the_issuer_takes_so_much_and_no_more(
    department: Department, path: str, limit: int, streamed: bool
) -> None:
    for size, taken in sizes(limit):
        content = iter([b"a" * size]) if streamed else b"a" * size
        answer = check(department.client().post(path, content=content, headers=FORM))
        assert (answer.status_code != 413) is (taken or (path in NEVER_READ and streamed)), (path, size)


NEVER_READ = ("/nonce", "/offers/x")  # what nobody reads is not counted


@pytest.mark.parametrize("streamed", [False, True])
def test_the_verifier_takes_64_kib_and_no_more(answering: Answering, streamed: bool) -> None:
    for size, taken in sizes(65_536):
        content: Any = b"response=" + b"a" * (size - 9)
        client = answering.world.network.client(base_url=VERIFIER)
        sent = iter([content]) if streamed else content
        answer = check(client.post(path_of(answering.request.response_uri), content=sent, headers=FORM))
        assert answer.status_code == (400 if taken else 413)
    answering.still_works()
