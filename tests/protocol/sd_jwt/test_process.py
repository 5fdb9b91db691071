"""RFC 9901 §7.1 steps 3 to 5: a valid SD-JWT with every kind of disclosure, then one thing wrong."""

from collections.abc import Callable
from typing import Any

import pytest

from protocol.errors import MalformedError
from protocol.sd_jwt import parse_sd_jwt, verify_sd_jwt
from tests.protocol.sd_jwt.forging import ISSUER_KEY, TYP, digest, disclosure, sign, verify

GIVEN = disclosure("salt 1", "given_name", "Siân")
GB = disclosure("salt 2", "GB")
POSTCODE = disclosure("salt 3", "postal_code", "CF10 1AA")
ADDRESS = disclosure("salt 4", "address", {"country": "GB", "_sd": [digest(POSTCODE)]})
DECOY = digest("decoy")


class Parts:
    """A payload and disclosures that belong together, for a test to change."""

    def __init__(self) -> None:
        self.payload: dict[str, Any] = {
            "iss": "https://issuer.example",
            "_sd": [digest(GIVEN), digest(ADDRESS), DECOY],
            "nationalities": ["FR", {"...": digest(GB)}, {"...": digest("other")}],
            "_sd_alg": "sha-256",
        }
        self.disclosures = [GIVEN, GB, ADDRESS, POSTCODE]


@pytest.fixture
def parts() -> Parts:
    return Parts()


def process(parts: Parts) -> Any:
    return verify(sign(parts.payload, parts.disclosures))


def test_everything_disclosed(parts: Parts) -> None:
    processed = process(parts)
    assert processed.claims == {
        "iss": "https://issuer.example",
        "given_name": "Siân",
        "address": {"country": "GB", "postal_code": "CF10 1AA"},
        "nationalities": ["FR", "GB"],
    }
    assert set(processed.disclosed) == {
        ("given_name",),
        ("address",),
        ("address", "postal_code"),
        ("nationalities", 1),
    }
    assert processed.withheld == {("nationalities",): {2}}


def test_nothing_disclosed(parts: Parts) -> None:
    parts.disclosures = []
    processed = process(parts)
    assert processed.claims == {"iss": "https://issuer.example", "nationalities": ["FR"]}
    assert processed.disclosed == {}


def test_the_order_of_disclosures_does_not_matter(parts: Parts) -> None:
    in_order = process(parts).claims
    parts.disclosures.reverse()
    assert process(parts).claims == in_order


def test_an_object_of_which_nothing_is_shown_stays_as_an_empty_object(parts: Parts) -> None:
    parts.payload["address"] = {"_sd": [digest(POSTCODE)]}
    parts.payload["_sd"].remove(digest(ADDRESS))
    parts.disclosures = []
    assert process(parts).claims["address"] == {}


def test_sha_256_is_the_default(parts: Parts) -> None:
    del parts.payload["_sd_alg"]
    assert process(parts).claims["given_name"] == "Siân"


def test_a_payload_without_digests() -> None:
    assert verify(sign({"iss": "x"})).claims == {"iss": "x"}


def _replace(parts: Parts, old: str, new: str) -> None:
    """Put another disclosure in place of one, with its digest at the same place of the payload."""
    parts.disclosures[parts.disclosures.index(old)] = new
    digests = parts.payload["_sd"]
    if digest(old) in digests:
        digests[digests.index(digest(old))] = digest(new)
    else:
        parts.payload["nationalities"][1] = {"...": digest(new)}


def _in_member(*content: Any) -> Callable[[Parts], None]:
    return lambda parts: _replace(parts, GIVEN, disclosure(*content))


def _in_array(*content: Any) -> Callable[[Parts], None]:
    return lambda parts: _replace(parts, GB, disclosure(*content))


def _payload(name: str, value: Any) -> Callable[[Parts], None]:
    return lambda parts: parts.payload.__setitem__(name, value)


def _inner(encoded: str) -> Callable[[Parts], None]:
    """Put a disclosure inside the address's."""

    def change(parts: Parts) -> None:
        outer = disclosure("salt 4", "address", {"country": "GB", "_sd": [digest(encoded)]})
        _replace(parts, ADDRESS, outer)
        parts.disclosures[-1] = encoded

    return change


def _twice_directly(parts: Parts) -> None:
    parts.payload["_sd"].append(digest(GIVEN))


def _decoy_twice(parts: Parts) -> None:
    parts.payload["_sd"].append(DECOY)


def _twice_in_another_object(parts: Parts) -> None:
    parts.payload["other"] = {"_sd": [digest(GIVEN)]}


def _twice_in_an_array(parts: Parts) -> None:
    parts.payload["nationalities"].append({"...": digest(GB)})


def _twice_through_a_disclosure(parts: Parts) -> None:
    _replace(parts, ADDRESS, disclosure("salt 4", "address", {"_sd": [digest(POSTCODE), digest(GIVEN)]}))


def _add_stray(parts: Parts) -> None:
    parts.disclosures.append(disclosure("salt", "stray", 1))


def _add_duplicate(parts: Parts) -> None:
    parts.disclosures.append(GIVEN)


def _drop_outer(parts: Parts) -> None:
    parts.disclosures.remove(ADDRESS)


def _raw(encoded: str) -> Callable[[Parts], None]:
    return lambda parts: _replace(parts, GIVEN, encoded)


def _nest(levels: int) -> Callable[[Parts], None]:
    """Hang a chain of recursive disclosures, each within the bounds of JSON, into the payload."""

    def change(parts: Parts) -> None:
        value: Any = 1
        for level in range(levels):
            encoded = disclosure(f"salt {level}", "deeper", value)
            parts.disclosures.append(encoded)
            value = {"_sd": [digest(encoded)]}
        parts.payload["deep"] = value

    return change


CHANGES: dict[str, tuple[Callable[[Parts], None], str]] = {
    # step 2.d and §4.1.1
    "another hash algorithm": (_payload("_sd_alg", "sha-512"), "unsupported_hash_algorithm"),
    "a weak hash algorithm": (_payload("_sd_alg", "md5"), "unsupported_hash_algorithm"),
    "a hash algorithm that is null": (_payload("_sd_alg", None), "unsupported_hash_algorithm"),
    "the hash algorithm named inside": (_payload("inside", {"_sd_alg": "sha-256"}), "reserved_claim_name"),
    # step 3.b, §4.1 and §4.2.4
    "_sd is a string": (_payload("_sd", DECOY), "malformed_digests"),
    "_sd is null": (_payload("_sd", None), "malformed_digests"),
    "_sd holds a number": (_payload("_sd", [1]), "malformed_digests"),
    "_sd inside is an object": (_payload("inside", {"_sd": {}}), "malformed_digests"),
    "... in an object": (_payload("...", DECOY), "reserved_claim_name"),
    "... in an inner object": (_payload("inside", {"...": DECOY}), "reserved_claim_name"),
    "... beside another member": (_payload("list", [{"...": DECOY + "x", "b": 1}]), "malformed_digests"),
    "... is a number": (_payload("list", [{"...": 1}]), "malformed_digests"),
    "... is null": (_payload("list", [{"...": None}]), "malformed_digests"),
    # step 3.c.ii
    "an array's disclosure for a member": (_in_member("salt", "value"), "malformed_disclosure"),
    "a claim named _sd": (_in_member("salt", "_sd", [DECOY]), "reserved_claim_name"),
    "a claim named ...": (_in_member("salt", "...", DECOY), "reserved_claim_name"),
    "a claim named _sd_alg": (_in_member("salt", "_sd_alg", "sha-256"), "claim_exists"),
    "a claim that is open": (_in_member("salt", "iss", "https://other.example"), "claim_exists"),
    "a claim that another disclosure gave": (_in_member("salt", "address", 1), "claim_exists"),
    "an inner claim that is open": (_inner(disclosure("salt", "country", "FR")), "claim_exists"),
    "an inner claim named _sd": (_inner(disclosure("salt", "_sd", [])), "reserved_claim_name"),
    "an inner disclosure of an array's kind": (_inner(disclosure("salt", "FR")), "malformed_disclosure"),
    "digests in a disclosed value are no strings": (
        _in_member("salt", "given_name", {"_sd": [None]}),
        "malformed_digests",
    ),
    # step 3.c.iii
    "a member's disclosure for an array": (_in_array("salt", "name", "GB"), "malformed_disclosure"),
    # §4.2.1, §4.2.2
    "one element": (_in_member("salt"), "malformed_disclosure"),
    "no element": (_in_member(), "malformed_disclosure"),
    "four elements": (_in_member("salt", "given_name", "Siân", 1), "malformed_disclosure"),
    "a salt that is a number": (_in_member(1, "given_name", "Siân"), "malformed_disclosure"),
    "an array's salt that is null": (_in_array(None, "GB"), "malformed_disclosure"),
    "a name that is a number": (_in_member("salt", 1, "Siân"), "malformed_disclosure"),
    "a name that is null": (_in_member("salt", None, "Siân"), "malformed_disclosure"),
    "an object": (_raw("eyJhIjoxfQ"), "malformed_disclosure"),
    "a string": (_raw("ImFiYyI"), "malformed_disclosure"),
    "not JSON": (_raw("YWJj"), "bad_json"),
    "padded base64url": (_raw(disclosure("salt", "given_name", "Sian") + "="), "bad_base64url"),
    "not base64url": (_raw("a+b/"), "bad_base64url"),
    "a member twice in its value": (_raw("WyJhIiwiYiIseyJjIjoxLCJjIjoyfV0"), "duplicate_member"),
    # step 4
    "a digest twice in one array": (_twice_directly, "duplicate_digest"),
    "a decoy twice": (_decoy_twice, "duplicate_digest"),
    "a digest again in another object": (_twice_in_another_object, "duplicate_digest"),
    "a digest twice in an array": (_twice_in_an_array, "duplicate_digest"),
    "a digest again in a disclosure": (_twice_through_a_disclosure, "duplicate_digest"),
    # step 5
    "a disclosure of nothing": (_add_stray, "unreferenced_disclosure"),
    "an inner disclosure without its outer one": (_drop_outer, "unreferenced_disclosure"),
    "a disclosure twice": (_add_duplicate, "duplicate_disclosure"),
    # bounds of ours
    "a chain of disclosures without end": (_nest(40), "too_deep"),
}


def test_the_list_is_complete() -> None:
    assert len(CHANGES) == 46


@pytest.mark.parametrize("name", CHANGES)
def test_one_thing_wrong(name: str, parts: Parts) -> None:
    change, code = CHANGES[name]
    change(parts)
    with pytest.raises(MalformedError) as caught:
        process(parts)
    assert caught.value.code == code


def test_a_chain_of_disclosures_within_bounds(parts: Parts) -> None:
    _nest(20)(parts)
    assert len(process(parts).disclosed) == 24


def test_a_digest_inside_an_open_value_is_only_text(parts: Parts) -> None:
    parts.payload["note"] = digest(GIVEN)
    assert process(parts).claims["note"] == digest(GIVEN)


def test_the_payload_that_was_parsed_is_left_alone(parts: Parts) -> None:
    sd_jwt = parse_sd_jwt(sign(parts.payload, parts.disclosures), expected_typ=TYP)
    first = verify_sd_jwt(sd_jwt, ISSUER_KEY.public_key)
    assert sd_jwt.unverified_payload == parts.payload
    assert verify_sd_jwt(sd_jwt, ISSUER_KEY.public_key) == first
