"""A claim definition that is wrong stops the start, with file, line and what to write instead.

Each test takes a definition of the example and changes one thing.
"""

from pathlib import Path

import pytest

from issuer.definitions.load import load_claim_type, load_claim_types
from issuer.registers.connector import Register
from issuer.registers.sql import SqlRegister
from serving.documents import DocumentError, Problem
from tests.issuer.world import CLAIMS, claims_of

GOOD = (CLAIMS / "pip-moving-around-8.yaml").read_text(encoding="utf-8")
FIND = "  find: p.nino BETWEEN :national_insurance_number_stem AND :national_insurance_number_stem || 'D'"
NOT_ENDED = "(record.end_date == null || record.end_date >= today)"
FAMILY_NAME = GOOD[GOOD.index("    - attribute: family_name") : GOOD.index("    - attribute: given_name")]
EXAMPLE = "points: 8, status: in_payment, start_date: 2024-05-01, end_date: 2027-05-01"


def problems(tmp_path: Path, *changes: tuple[str, str]) -> list[tuple[str, str]]:
    """The problems of the changed definition as (text of the line, what is said about it)."""
    text = GOOD
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    path = tmp_path / "claim.yaml"
    path.write_text(text, encoding="utf-8")
    lines = text.splitlines()
    return [(lines[problem.line - 1].strip(), problem.text) for problem in problems_of(path)]


def problems_of(path: Path) -> tuple[Problem, ...]:
    try:
        load_claim_type(path)
    except DocumentError as error:
        return error.problems
    return ()


def test_the_example_is_right(tmp_path: Path) -> None:
    assert problems(tmp_path) == []


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("id: pip-moving-around-8", "id: Moving Around", "id: Moving Around", '"id"'),
        ("nation: great-britain", "nation: britain", "nation: britain", "must be one of"),
        ("version: 1", 'version: "1"', 'version: "1"', "whole number"),
        ("  from: 2026-01-01", "  from: soon", "from: soon", "must be a date"),
        ("  from: 2026-01-01", "  from: 2026-01-01\n  until: 2025-01-01", "until: 2025-01-01", "is before"),
        ("        cy: Cyfenw\n", "", "title:", '"cy" is missing'),
        ("  key: award_id\n", "  key: award\n", "key: award", 'has no "award"'),
        ("  person: person_id\n", "  person: end_date\n", "person: end_date", "may be empty"),
        ("  again: a.award_id = :key", "  again: a.award_id = 1", "again: a.award_id = 1", "by its key"),
        (
            FIND,
            "  find: p.postal_code = :postal_code",
            "find: p.postal_code = :postal_code",
            "is not given by a required attribute",
        ),
        (
            FIND,
            "  find: p.nino IS NOT NULL",
            "find: p.nino IS NOT NULL",
            "reads the whole register",
        ),
        ("    SELECT a.award_id", "    DELETE FROM award", "select: >-", "begin the query with SELECT"),
        ("JOIN person p ON", "JOIN person p ON :x = 1 AND", "select: >-", 'belong into "find" and "again"'),
        ("required: [national", "required: [shoe_size, national", "required:", "can't be matched"),
        ("[postal_code]\n", "[service_number]\n", "disambiguating:", 'has no "service_number"'),
        ("attributes: [given_name,", "attributes: [birthdate,", "attributes:", "is required already"),
        ("    at_least: 1", "    at_least: 3", "at_least: 3", "only 2 attributes"),
        ("record.points >= 8", "record.points >=", "rule: >-", "can't be read as CEL"),
        ("record.points >= 8", "record.score >= 8", "rule: >-", 'has no "score"'),
        ("record.points >= 8", "person.points >= 8", "rule: >-", 'names "person"'),
        ("record.points >= 8", "hash(record.points)", "rule: >-", 'calls "hash"'),
        ("record.points >= 8", "record.points + 8", "record:", "the rule fails on this record"),
        (NOT_ENDED, "record.end_date >= today", "rule: >-", "may be empty"),
        ("    points: whole_number", "    points: date", "record:", "is not a date"),
        ("    points: whole_number", "    points: number", "points: number", "must be one of"),
        ("field: family_name", "field: surname", "field: surname", 'has no "surname"'),
        ("field: family_name", "field: person_id", "field: person_id", "identifies the record or the person"),
        ("field: family_name", "field: award_id", "field: award_id", "identifies the record or the person"),
        ("attribute: family_name", "attribute: status", "- attribute: status", "a meaning of its own"),
        ("attribute: family_name", "attribute: cnf.jwk", "- attribute: cnf.jwk", "a meaning of its own"),
        ("attribute: given_name", "attribute: family_name", "- attribute: family_name", "carried twice"),
        ("attribute: given_name", "attribute: address", "- attribute: address.postal_code", "within another"),
        ("  not_beyond: end_date", "  not_beyond: points", "not_beyond: points", "is not a date"),
        ("batch_size: 10", "batch_size: 1", "batch_size: 1", "2 or more"),
        (f"{EXAMPLE}}}\n    expect: yes", f"{EXAMPLE}}}\n    expect: no", "- because", "the rule says yes"),
        ("record: {points: 8, ", "record: {points: 8, shoe: 1, ", "record:", 'has no "shoe"'),
        ("record: {points: 8, ", "record: {", "record:", '"points" is missing here'),
        ("record: {points: 8, ", "record: {points: many, ", "record:", "is not a whole_number"),
        ("decoys: 3\n", "decoys: 3\nphoto: yes\n", "photo: yes", "not a known key"),
    ],
)  # fmt: skip
def test_one_thing_that_is_wrong(tmp_path: Path, old: str, new: str, line: str, said: str) -> None:
    found = problems(tmp_path, (old, new))
    assert any(where.startswith(line) and said in text for where, text in found), found


def test_a_field_that_nobody_justified_cannot_be_carried(tmp_path: Path) -> None:
    start = "      justification: "
    reason = FAMILY_NAME[FAMILY_NAME.index(start) :]
    found = problems(tmp_path, (reason, ""))
    assert [text.startswith('"justification" is missing') for _, text in found] == [True]
    assert "write, for example, justification:" in found[0][1]
    ((line, said),) = problems(tmp_path, (reason, start + "Useful.\n"))
    assert line == "justification: Useful."
    assert "at least 30 characters" in said


def test_what_is_always_disclosed_cannot_be_empty(tmp_path: Path) -> None:
    entry = FAMILY_NAME.replace("family_name", "end").replace("field: end", "field: end_date")
    found = problems(tmp_path, ("disclose:\n", f"disclose:\n  always:\n{entry}"))
    assert found == [
        ("field: end_date", "what is always disclosed can't come from a field that may be empty")
    ]


def test_examples_must_show_both_answers(tmp_path: Path) -> None:
    head = GOOD[: GOOD.index("examples:\n")]
    yes = f"  - because: it holds\n    today: 2026-11-23\n    record: {{{EXAMPLE}}}\n    expect: yes\n"
    path = tmp_path / "claim.yaml"
    path.write_text(head + "examples:\n" + yes * 2, encoding="utf-8")
    with pytest.raises(DocumentError, match="no example expects no; add a record"):
        load_claim_type(path)


def test_all_mistakes_are_shown_at_once(tmp_path: Path) -> None:
    found = problems(
        tmp_path,
        ("  key: award_id\n", "  key: award\n"),
        ("    at_least: 1", "    at_least: 3"),
        ("field: given_name", "field: forename"),
    )
    assert [where for where, _ in found] == ["key: award", "at_least: 3", "field: forename"]


def test_values_of_the_file_are_not_repeated(tmp_path: Path) -> None:
    path = tmp_path / "claim.yaml"
    path.write_text(GOOD.replace("record: {points: 8, ", "record: {points: canary, "), encoding="utf-8")
    with pytest.raises(DocumentError) as caught:
        load_claim_type(path)
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "id: [", "\t", "- a", "id: a\nid: b"])
def test_half_a_file(tmp_path: Path, text: str) -> None:
    path = tmp_path / "claim.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DocumentError, match=r"claim\.yaml:\d+: "):
        load_claim_type(path)


# --- with the registers and with each other


@pytest.fixture
def dwp(registers: Path) -> dict[str, Register]:
    return {"dwp": SqlRegister(f"sqlite:///{registers}/dwp.sqlite")}


def test_a_departments_definitions(tmp_path: Path, dwp: dict[str, Register]) -> None:
    types = load_claim_types(claims_of("dwp", tmp_path), owner="dwp", registers=dwp)
    assert len(types) == 5
    assert types["pip-moving-around-8-1"].definition.vct == "urn:pdx:claim:dwp:pip-moving-around-8:1"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("owner: dwp", "owner: dvla", "write owner: dwp"),
        ("  name: dwp", "  name: pip", "or use one of: dwp"),
        ("FROM pip_award a", "FROM pip_awards a", "no such table: pip_awards"),
        ("a.status, s.points", "a.status", 'gives no column "points"'),
        ("a.award_id = :key", "a.awardid = :key", "no such column: a.awardid"),
        ("id: pip-moving-around-8", "id: pip-mobility-enhanced", "defines the same id and version"),
    ],
)
def test_what_does_not_fit_the_department(
    tmp_path: Path, dwp: dict[str, Register], old: str, new: str, said: str
) -> None:
    claims_of("dwp", tmp_path)
    path = tmp_path / "pip-moving-around-8.yaml"
    path.write_text(GOOD.replace(old, new), encoding="utf-8")
    with pytest.raises(DocumentError) as caught:
        load_claim_types(tmp_path, owner="dwp", registers=dwp)
    assert [said in problem.text for problem in caught.value.problems] == [True]
    assert caught.value.problems[0].path == path


def test_mistakes_of_several_files_are_shown_at_once(tmp_path: Path, dwp: dict[str, Register]) -> None:
    claims_of("dwp", tmp_path)
    for name in ("pip-moving-around-8", "dla-mobility-higher"):
        path = tmp_path / f"{name}.yaml"
        path.write_text(
            path.read_text(encoding="utf-8").replace("batch_size: 10", "batch_size: 0"), encoding="utf-8"
        )
    with pytest.raises(DocumentError) as caught:
        load_claim_types(tmp_path, owner="dwp", registers=dwp)
    assert {problem.path.stem for problem in caught.value.problems} == {
        "pip-moving-around-8",
        "dla-mobility-higher",
    }


def test_a_directory_without_definitions(tmp_path: Path, dwp: dict[str, Register]) -> None:
    with pytest.raises(DocumentError, match="no claim definition"):
        load_claim_types(tmp_path, owner="dwp", registers=dwp)
