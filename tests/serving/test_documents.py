from pathlib import Path
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, field_validator

from serving.documents import (
    MAX_BYTES,
    DocumentError,
    check_values,
    load_document,
    load_documents,
    read_document,
)
from serving.errors import OperatorError


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Text(Strict):
    en: str
    cy: str


class Rule(Strict):
    kind: Literal["points", "rate"]
    least: int = Field(ge=1, examples=[8])


class Statement(Strict):
    title: Text = Field(examples=[{"en": "Gets PIP", "cy": "Yn cael PIP"}])
    version: int = Field(ge=1)
    gateway: str
    nation: Literal["england", "wales"] = "england"
    rules: tuple[Rule, ...] = ()
    by_name: dict[str, Rule] = {}
    other: Annotated[Text | None, Field(alias="other-text")] = None

    @field_validator("gateway")
    @classmethod
    def _is_an_act(cls, value: str) -> str:
        if "Act" not in value:
            raise ValueError("name the Act and the section")
        return value


GOOD = """\
title:
  en: Gets PIP
  cy: Yn cael PIP
version: 1
gateway: Welfare Reform Act 2012, s. 131
rules:
  - kind: points
    least: 8
"""


def problems_of(tmp_path: Path, text: str | bytes) -> list[str]:
    """What is wrong with a file, as `line: text`."""
    path = tmp_path / "claim.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(DocumentError) as caught:
        load_document(path, Statement)
    lines = str(caught.value).splitlines()
    assert all(line.startswith(f"{path}:") for line in lines)
    return [line.removeprefix(f"{path}:") for line in lines]


def test_a_good_file_becomes_the_model(tmp_path: Path) -> None:
    path = tmp_path / "claim.yaml"
    path.write_text(GOOD)
    statement = load_document(path, Statement)
    assert statement.title == Text(en="Gets PIP", cy="Yn cael PIP")
    assert statement.rules == (Rule(kind="points", least=8),)


def test_words_of_older_yaml_are_text(tmp_path: Path) -> None:
    path = tmp_path / "claim.yaml"
    path.write_text("en: no\ncy: 2026-04-01\n")
    assert load_document(path, Text) == Text(en="no", cy="2026-04-01")


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    path = tmp_path / "claim.yaml"
    path.write_bytes(b"\xef\xbb\xbfen: a\ncy: b\n")
    assert load_document(path, Text).en == "a"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param(
            ("gateway:", "gatway:"),
            [
                '1: "gateway" is missing',
                '5: "gatway" is not a known key; did you mean "gateway"?',
            ],
            id="misspelt key",
        ),
        pytest.param(
            ("  cy: Yn cael PIP\n", ""), ['1: "cy" is missing under "title"'], id="missing key of a mapping"
        ),
        pytest.param(
            ("    least: 8\n", ""),
            ['7: "least" is missing under "rules[1]"; write, for example, least: 8'],
            id="missing key of an entry",
        ),
        pytest.param(
            ("version: 1", 'version: "1"'),
            ['4: "version" must be a whole number, without quotes or a decimal point'],
            id="text for a number",
        ),
        pytest.param(("version: 1", "version: 0"), ['4: "version" must be 1 or more'], id="too small"),
        pytest.param(
            ("version: 1", "version: 1.5"),
            ['4: "version" must be a whole number, without quotes or a decimal point'],
            id="a fraction",
        ),
        pytest.param(
            ("en: Gets PIP", "en: 12"), ['2: "title.en" must be text; put it in quotes'], id="number for text"
        ),
        pytest.param(
            ("kind: points", "kind: pionts"),
            ["7: \"rules[1].kind\" must be one of: 'points' or 'rate'"],
            id="not one of",
        ),
        pytest.param(
            ("gateway: Welfare Reform Act 2012, s. 131", "gateway: secret-canary"),
            ['5: "gateway" is not usable: name the Act and the section'],
            id="a validator of ours",
        ),
        pytest.param(
            ("title:\n  en: Gets PIP\n  cy: Yn cael PIP", "title: Gets PIP"),
            [
                '1: "title" must have keys of its own; write each on an indented line as "key: value"; '
                'write, for example, title: {"en": "Gets PIP", "cy": "Yn cael PIP"}'
            ],
            id="text for a mapping",
        ),
        pytest.param(
            ("rules:\n  - kind: points\n    least: 8", "rules: none"),
            ['6: "rules" must be a list; write each entry on a line of its own after "- "'],
            id="text for a list",
        ),
        pytest.param(
            ("version: 1\n", "version: 1\nversion: 2\n"),
            ['5: "version" stands twice, first in line 4; keep one of the two'],
            id="duplicate key",
        ),
        pytest.param(
            ("  en: Gets PIP", "\ten: Gets PIP"),
            ["2: a tab indents this line; indent with spaces"],
            id="a tab",
        ),
        pytest.param(
            ("en: Gets PIP", "en: Gets: PIP"),
            [
                '2: a second ": " in one line, or none in the line above; '
                'put text that contains ": " in quotes'
            ],
            id="a colon in a text",
        ),
        pytest.param(
            ("en: Gets PIP", 'en: "Gets PIP'),
            ["2: a quotation mark is opened and never closed"],
            id="open quotation mark",
        ),
        pytest.param(
            ("version: 1", "version 1"),
            ['4: a key without ":"; write "key: value"'],
            id="no colon",
        ),
        pytest.param(
            ("en: Gets PIP", "en: @PIP"),
            ["2: a value can't begin with this character; put it in quotes"],
            id="a character with a meaning",
        ),
        pytest.param(
            ("en: Gets PIP", "en: &name Gets PIP\n  xx: *name"),
            ["3: anchors and aliases (& and *) are not used; write the value out"],
            id="an alias",
        ),
        pytest.param(
            ("en: Gets PIP", "en: !secret canary"),
            ["2: tags (!) are not used; write a plain value, or put it in quotes"],
            id="a tag",
        ),
        pytest.param(
            ("version: 1", "version: 012"),
            ["4: a number of a form that is not used; put text in quotes"],
            id="leading zero",
        ),
        pytest.param(
            ("version: 1", "version: .inf"),
            ["4: a number of a form that is not used; put text in quotes"],
            id="infinity",
        ),
        pytest.param(
            ("version: 1", "1: version"), ["4: a key must be text; put it in quotes"], id="number as key"
        ),
        pytest.param(
            ("version: 1", "---\nversion: 1"),
            ['4: a second document begins here; remove the "---"'],
            id="two documents",
        ),
        pytest.param(
            ("  cy: Yn cael PIP", " cy: Yn cael PIP"),
            ["3: this line is indented differently from the ones it belongs with"],
            id="indentation",
        ),
    ],
)
def test_each_mistake_says_where_and_what_instead(
    tmp_path: Path, change: tuple[str, str], expected: list[str]
) -> None:
    before, after = change
    assert GOOD.count(before) == 1
    found = problems_of(tmp_path, GOOD.replace(before, after))
    assert found == expected
    assert not any("canary" in line for line in found)


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    found = problems_of(tmp_path, "title: {en: a}\nversion: x\nnation: france\nrulse: []\n")
    assert [line.split(":")[0] for line in found] == ["1", "1", "2", "3", "4"]


def test_a_key_that_is_there_already_is_not_suggested(tmp_path: Path) -> None:
    found = problems_of(tmp_path, GOOD.replace("  cy: Yn", "  cyy: x\n  cy: Yn"))
    assert found == ['3: "cyy" is not a known key; remove it, or use one of: cy, en']


def test_keys_within_lists_mappings_and_options_are_suggested(tmp_path: Path) -> None:
    text = GOOD.replace("    least: 8", "    least: 8\n    kund: x")
    text += "by_name:\n  first:\n    kind: rate\n    leest: 2\nother-text: {en: a, cy: b, ey: c}\n"
    assert problems_of(tmp_path, text) == [
        '9: "kund" is not a known key; remove it, or use one of: kind, least',
        '11: "least" is missing under "by_name.first"; write, for example, least: 8',
        '13: "leest" is not a known key; did you mean "least"?',
        '14: "ey" is not a known key; remove it, or use one of: cy, en',
    ]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "1: the file is empty; write its keys, one a line"),
        (b"# nothing\n", "1: the file is empty; write its keys, one a line"),
        (b"en: caf\xe9\n", "1: not UTF-8 text; save the file as UTF-8"),
        (b"a: 1\nb: \xff\n", "2: not UTF-8 text; save the file as UTF-8"),
        (b"- a\n", '1: the file must have keys of its own; write each on an indented line as "key: value"'),
        (b"a: " + b"[" * 5_000, "1: nested deeper than 32 levels"),
        (b"a: " + b"[" * 40 + b"]" * 40, "1: nested deeper than 32 levels"),
        (b"#" * (MAX_BYTES + 1), f"1: the file is longer than {MAX_BYTES} bytes"),
        (b"a: \x00\n", "1: this is not YAML"),
    ],
)
def test_a_file_that_is_no_document(tmp_path: Path, content: bytes, expected: str) -> None:
    assert problems_of(tmp_path, content) == [expected]


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="there is no such file"):
        load_document(tmp_path / "none.yaml", Statement)


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="the file can't be read: Is a directory"):
        load_document(tmp_path, Statement)


def test_several_files_tell_all_their_mistakes(tmp_path: Path) -> None:
    for name, text in (("a", "en: 1\n"), ("b", "en: x\ncy: y\n"), ("c", "cy: y\n")):
        (tmp_path / f"{name}.yaml").write_text(text)
    paths = sorted(tmp_path.glob("*.yaml"))
    with pytest.raises(DocumentError) as caught:
        load_documents(paths, Text)
    assert [problem.path.name for problem in caught.value.problems] == ["a.yaml", "a.yaml", "c.yaml"]
    assert [document.value.en for document in load_documents(paths[1:2], Text)] == ["x"]


def test_a_later_problem_gets_the_line_of_its_part(tmp_path: Path) -> None:
    path = tmp_path / "claim.yaml"
    path.write_text(GOOD)
    document = read_document(path, Statement)
    assert str(document.problem(("rules", 0, "kind"), "is odd")) == f"{path}:7: is odd"
    assert document.problem(("rules", 0, "absent"), "is odd").line == 7
    assert document.problem((), "is odd").line == 1


def test_values_from_elsewhere_are_checked_alike() -> None:
    assert check_values(Text, {"en": "a", "cy": "b"}) == Text(en="a", cy="b")
    with pytest.raises(OperatorError, match='"least" must be 1 or more'):
        check_values(Rule, {"kind": "points", "least": 0})
