"""The office's pages against somebody who is signed in, and means it no good."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from authority.proposals.question_form import QuestionForm
from protocol.registration.claim_type import ClaimType
from tests.authority.network import WORDS, claim_type
from tests.authority.people.office import HTML
from tests.authority.proposals.office import ProposalsOffice


@pytest.fixture
def office(tmp_path: Path) -> Iterator[ProposalsOffice]:
    with ProposalsOffice(tmp_path) as office:
        office.people()
        yield office


class Counted(dict[str, ClaimType]):
    """A catalogue that counts how often it is looked into."""

    lookups = 0

    def __getitem__(self, vct: str) -> ClaimType:
        self.lookups += 1
        return super().__getitem__(vct)


def wide(number: int) -> ClaimType:
    """A claim type with attributes that no other one has."""
    attributes: list[dict[str, Any]] = [
        {
            "path": [f"a{number}_{n}"],
            "title": WORDS,
            "justification": "A service must see it to decide at all.",
        }
        for n in range(20)
    ]
    return claim_type(id=f"wide-{number}", attributes=attributes)


def test_a_form_that_chooses_every_claim_type_costs_no_more_than_its_fields() -> None:
    catalogue = Counted({one.vct: one for one in map(wide, range(20))})
    pairs = [("alternatives", "32")]
    pairs += [(f"claim-{way}", vct) for way in range(1, 6) for vct in catalogue]
    pairs += [(f"ask:{path}", vct) for vct, one in catalogue.items() for (path,) in one.paths]
    QuestionForm(pairs, catalogue).read()
    assert catalogue.lookups < len(pairs)


@pytest.mark.parametrize("charset", ["punycode", "idna", "undefined", "utf-16"])
def test_whoever_uploads_a_file_does_not_say_how_it_is_read(office: ProposalsOffice, charset: str) -> None:
    # 250 kB of punycode took six seconds, in which nobody else was answered
    part = b'--x\r\nContent-Disposition: form-data; name="text"\r\n\r\naaa-aaa\r\n--x--\r\n'
    kind = f"multipart/form-data; boundary=x; Charset={charset}"
    answer = office.browser("stranger").client.post(
        "/organisations/dwp/propose/file", content=part, headers={**HTML, "content-type": kind}
    )
    assert answer.status_code == 400
