"""Arrays with their gaps: what a path of Type Metadata counts."""

from protocol.sd_jwt.as_issued import WITHHELD, as_issued
from tests.protocol.sd_jwt.forging import digest, disclosure, sign, verify


def test_the_gaps_come_back_where_they_were() -> None:
    second, inner = disclosure("s", ["b", {"...": digest("x")}]), disclosure("s", "name", [1])
    payload = {
        "list": [{"...": digest("gap")}, "a", {"...": digest(second)}, {"...": digest("gap 2")}],
        "object": {"_sd": [digest(inner)]},
        "open": [[1, 2], 3],
    }
    issued = as_issued(verify(sign(payload, [second, inner])))
    assert issued.claims == {
        "list": [WITHHELD, "a", ["b", WITHHELD], WITHHELD],
        "object": {"name": [1]},
        "open": [[1, 2], 3],
    }
    assert issued.disclosed == {
        ("list", 0),
        ("list", 2),
        ("list", 2, 1),
        ("list", 3),
        ("object", "name"),
    }


def test_withheld_says_so_when_printed() -> None:
    assert repr(WITHHELD) == "WITHHELD"
