"""The tree of errors: every kind has its side and its own stable code."""

import inspect

import pytest

from protocol import errors

KINDS = [
    kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, errors.ProtocolError)
]


def test_every_kind_has_a_code_of_its_own() -> None:
    assert len(KINDS) == 11
    assert len({kind.default_code for kind in KINDS}) == len(KINDS)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_a_given_code_stands_beside_the_text(kind: type[errors.ProtocolError]) -> None:
    assert (str(kind("text")), kind("text").code) == ("text", kind.default_code)
    assert kind("text", code="special").code == "special"


def test_fault_is_ours_or_the_peers() -> None:
    theirs = [kind for kind in KINDS if issubclass(kind, errors.RemoteError)]
    assert len(theirs) == 9
    assert not issubclass(errors.LocalError, errors.RemoteError)
