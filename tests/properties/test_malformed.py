"""What a stranger signs or sends comes back as an error of ours: never as another exception, whatever it is.

Valid objects, with a few places changed to odd values and signed again with the right key, so that the change
is what is read. An escape here is a server error, or a wallet that stops in the middle.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from copy import deepcopy
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_pem_x509_csr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from protocol.dcql import Candidate, parse_dcql_query
from protocol.encoding import b64url_decode, b64url_encode, json_dumps, json_object
from protocol.errors import ProtocolError
from protocol.keys import SigningKey
from protocol.openid4vci.metadata import parse_authorization_server_metadata, parse_issuer_metadata
from protocol.openid4vp.response import decrypt_response
from protocol.registration.over_asking import check_within_registration
from protocol.registration.question import question_to_dcql
from protocol.status_list import verify_status_list_token
from protocol.x509 import Profile, verify_chain
from protocol.x509.create import create_csr, parse_csr
from tests.protocol.oauth import test_dpop as dpop
from tests.protocol.openid4vci import test_metadata as metadata
from tests.protocol.openid4vci import test_proof as proof
from tests.protocol.openid4vp import test_request_object as request_object
from tests.protocol.openid4vp import test_response as response
from tests.protocol.registration import test_certificate as registration
from tests.protocol.registration.test_question import question
from tests.protocol.resigning import header_of, payload_of
from tests.protocol.sd_jwt_vc import department
from tests.protocol.status_list import test_token as status_list
from tests.protocol.trust_list import test_trust_list as trust_list
from tests.protocol.x509 import forging, test_chain, test_create
from wallet.holder.selection import select_least

ODD: list[Any] = [
    *(None, True, False, 0, 1, -1, 1.5, 1e308, 10**19, 2**63, "", "a", "é", "\x00", "\u202e", "a" * 5000),
    *("https://[", "https://a\x7fb/", "https://xn--/", "sha256-é", "_sd", "...", "A" * 43, "~", "."),
    *([], {}, [[]], [None], [{}], {"": ""}, {"...": "x"}, {"_sd": ["x"]}, {"jwk": {}}, [1, "a", None]),
]
NAMES = ("crit", "exp", "nbf", "iat", "_sd", "...", "_sd_alg", "zip", "critical", "aka_vcts", "values", "x")

# Made once: signatures differ in length, and the places to change are drawn by their number.
ROOT = test_chain.ROOT.signed_by(test_chain.ROOT)
CHAIN = forging.der(test_chain.LEAF.signed_by(test_chain.CA), test_chain.CA.signed_by(test_chain.ROOT))
CSR = load_pem_x509_csr(create_csr(test_create.KEY, **test_create.NAMES)).public_bytes(Encoding.DER)

EXAMPLES = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def places(value: Any, so_far: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a JSON value, as the keys and indices that lead there."""
    yield so_far
    children = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for key, child in children:
        yield from places(child, (*so_far, key))


def changed(value: dict[str, Any], data: st.DataObject) -> dict[str, Any]:
    """The object with one to three places odd, gone or added."""
    result = deepcopy(value)
    for _ in range(data.draw(st.integers(1, 3))):
        *way, last = data.draw(st.sampled_from([one for one in places(result) if one] or [(NAMES[0],)]))
        holder: Any = result
        for key in way:
            holder = holder[key]
        odd = deepcopy(data.draw(st.sampled_from(ODD)))
        kind = data.draw(st.sampled_from(["replace", "replace", "remove", "add"]))
        if kind == "remove" and last in (holder if isinstance(holder, dict) else range(len(holder))):
            del holder[last]
        elif kind == "add" and isinstance(holder, dict):
            holder[data.draw(st.sampled_from(NAMES))] = odd
        else:
            holder[last] = odd
    return result


def signed(header: dict[str, Any], payload: dict[str, Any], key: SigningKey) -> str:
    signing_input = f"{b64url_encode(json_dumps(header))}.{b64url_encode(json_dumps(payload))}"
    return f"{signing_input}.{b64url_encode(key.sign(signing_input.encode()))}"


def resigned(compact: str, key: SigningKey, data: st.DataObject) -> str:
    header, payload = header_of(compact), payload_of(compact)
    if data.draw(st.integers(0, 3)) == 0:
        return signed(changed(header, data), payload, key)
    return signed(header, changed(payload, data), key)


def read_registration(data: st.DataObject) -> None:
    certificate = registration.verified(
        resigned(registration.certificate(), registration.REGISTRAR.key, data)
    )
    query = parse_dcql_query(changed(question_to_dcql(question()), data))
    check_within_registration(query, certificate)


def read_status_list(data: st.DataObject) -> None:
    token = resigned(status_list.create(), status_list.STATUS_KEY, data)
    found = verify_status_list_token(
        token, expected_uri=department.STATUS_URI, trust=department.TRUST, now=department.NOW
    )
    found.fresh_until(fetched_at=department.NOW)
    found.status(2**63)


def read_response(data: st.DataObject) -> None:
    payload = changed({"vp_token": {"c1": ["a~b"], "c2": ["x", "y"]}, "state": "state-1"}, data)
    head, *rest = response.sealed(payload).split(".")
    if data.draw(st.booleans()):
        head = b64url_encode(json_dumps(changed(json_object(b64url_decode(head)), data)))
    decrypt_response(".".join([head, *rest]), request_object.KEY, expected_state="state-1")


def read_query(data: st.DataObject) -> None:
    claims = {"id": "a", "path": ["a"], "values": ["x", 1, True]}, {"id": "b", "path": ["l", None, "x"]}
    asked = {"id": "c1", "format": "dc+sd-jwt", "meta": {"vct_values": ["v"]}, "claims": list(claims)}
    asked |= {"claim_sets": [["a", "b"], ["b"]], "trusted_authorities": [{"type": "aki", "values": ["AAAA"]}]}
    other = {"id": "c2", "format": "dc+sd-jwt", "meta": {"vct_values": ["v"]}, "multiple": True}
    sets = [{"options": [["c1"], ["c2"]]}, {"options": [["c2"]], "required": False}]
    query = parse_dcql_query(changed({"credentials": [asked, other], "credential_sets": sets}, data))
    held = changed({"a": "x", "l": [{"x": 1}, {"x": [1]}], "o": {"p": 1}}, data)
    select_least(query, [Candidate("1", "dc+sd-jwt", "v", held, frozenset([b"\0\0\0"]))])


def read_metadata(data: st.DataObject) -> None:
    parse_issuer_metadata(json_dumps(changed(metadata.metadata(), data)), expected_issuer=metadata.ISSUER)


def read_server_metadata(data: st.DataObject) -> None:
    written = json_dumps(changed(metadata.server(), data))
    parse_authorization_server_metadata(written, expected_issuer=metadata.ISSUER)


def read_request(data: st.DataObject) -> None:
    compact = resigned(request_object.request_object(), request_object.SERVICE.key, data)
    request_object.verified(compact)


def bytes_changed(der: bytes, data: st.DataObject) -> bytes:
    broken = bytearray(der)
    for _ in range(data.draw(st.integers(1, 3))):
        broken[data.draw(st.integers(0, len(broken) - 1))] = data.draw(st.integers(0, 255))
    return bytes(broken)


def read_chain(data: st.DataObject) -> None:
    chain = list(CHAIN)
    at = data.draw(st.integers(0, 1))
    chain[at] = bytes_changed(chain[at], data)
    profile = data.draw(st.sampled_from([None, Profile.CLAIM_SIGNING]))
    verify_chain(chain, anchors=[ROOT], now=forging.NOW, expected_profile=profile)


def read_csr(data: st.DataObject) -> None:
    parse_csr(bytes_changed(CSR, data))


READERS: list[Callable[[st.DataObject], object]] = [
    read_registration,
    read_status_list,
    read_response,
    read_query,
    read_metadata,
    read_server_metadata,
    read_request,
    read_chain,
    read_csr,
    lambda data: trust_list.verified(resigned(trust_list.signed(), trust_list.SIGNER.key, data)),
    lambda data: dpop.verify(resigned(dpop.proof(), dpop.KEY, data)),
    lambda data: proof.verified(resigned(proof.proof(), proof.HOLDER, data)),
]


@pytest.mark.filterwarnings("ignore::UserWarning", "ignore:.*:DeprecationWarning")  # cryptography, odd names
@pytest.mark.parametrize("read", READERS)
@given(data=st.data())
@EXAMPLES
def test_only_errors_of_ours(read: Callable[[st.DataObject], object], data: st.DataObject) -> None:
    with suppress(ProtocolError):
        read(data)
