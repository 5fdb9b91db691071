"""Token Status List draft 14's own examples."""

from typing import Any

import pytest

from protocol.encoding import b64url_decode
from protocol.errors import MalformedError
from protocol.jose.jws import parse_jws, verify_jws
from protocol.keys import PublicKey
from protocol.status_list import StatusList, compress, decompress, verify_status_list_token
from tests.protocol.sd_jwt_vc.department import TRUST
from tests.vectors.reading import vectors

DRAFT = vectors("status_list/draft14.json")


def statuses(vector: Any) -> dict[int, int]:
    return {int(index): status for index, status in vector["statuses"].items()}


def test_the_file_is_complete() -> None:
    assert [(one["bits"], one["length"], len(one["statuses"])) for one in DRAFT["lists"]] == [
        (1, 16, 16),
        (2, 12, 12),
        (1, 1 << 20, 11),
        (2, 1 << 20, 11),
        (4, 1 << 20, 15),
        (8, 1 << 20, 256),
    ]


@pytest.mark.parametrize(
    "vector", DRAFT["lists"], ids=lambda vector: f"{vector['bits']} of {vector['length']}"
)
def test_read(vector: Any) -> None:
    packed = decompress(b64url_decode(vector["lst"]))
    read = StatusList.from_packed(packed, bits=vector["bits"])
    assert len(read) == vector["length"]
    assert {index: read.get(index) for index in statuses(vector)} == statuses(vector)
    if "packed" in vector:
        assert packed.hex() == vector["packed"]


@pytest.mark.parametrize(
    "vector", DRAFT["lists"], ids=lambda vector: f"{vector['bits']} of {vector['length']}"
)
def test_written(vector: Any) -> None:
    made = StatusList(vector["bits"], length=vector["length"])
    for index, status in statuses(vector).items():
        made.set(index, status)
    assert made.packed == decompress(b64url_decode(vector["lst"]))
    assert decompress(compress(made.packed)) == made.packed


def test_the_token() -> None:
    token = DRAFT["token"]
    jws = parse_jws(token["compact"], expected_typ="statuslist+jwt")
    assert verify_jws(jws, PublicKey.from_jwk(token["key"])) == token["claims"]
    assert token["claims"]["status_list"] == {"bits": 1, "lst": DRAFT["lists"][0]["lst"]}


def test_the_token_lacks_the_x5c_that_haip_asks_for() -> None:
    with pytest.raises(MalformedError) as caught:
        verify_status_list_token(
            DRAFT["token"]["compact"],
            expected_uri=DRAFT["token"]["claims"]["sub"],
            trust=TRUST,
            now=1686920170,
        )
    assert caught.value.code == "missing_x5c"
