"""The example's questions say all that a proposal has to say: each is proposed, approved and registered."""

from pathlib import Path

import pytest

from authority.member import Kind, MemberName, Purpose
from authority.proposals.proportionality import serious
from authority.proposals.proposal import State
from authority.proposals.standing import findings_about
from authority.usecases.decide_proposal import Verdict, decide_proposal
from authority.usecases.keep_network import keep_network
from authority.usecases.submit_proposal import submit_proposal
from examples.blue_badge.network import parties
from issuer.definitions.load import load_claim_type
from issuer.definitions.public import public_part
from protocol.registration.question import Question
from serving.documents import load_document
from tests.authority.network import DAY, NOW, RANDOM, Network, new_key, request_of
from tests.authority.proposals.world import AUTHORITY, REVIEWER, SERVICE

EXAMPLE = Path(__file__).parents[2] / "examples" / "blue_badge"
QUESTIONS = sorted((EXAMPLE / "questions").glob("*.yaml"))


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Network:
    """The example's departments with their claim types, and a service that has no question yet."""
    network = Network(tmp_path_factory.mktemp("example") / "authority").create()
    public = [public_part(load_claim_type(path).definition) for path in (EXAMPLE / "claims").glob("*.yaml")]
    for department in parties.DEPARTMENTS:
        requests = {
            purpose: request_of(new_key(), f"PDXGB-{department}")
            for purpose in (Purpose.CLAIM_SIGNING, Purpose.STATUS_SIGNING)
        }
        owned = tuple(one for one in public if one.owner == department)
        english, welsh = parties.NAMES[department]
        network.admit_department(
            id=department,
            name=MemberName(en=english, cy=welsh),
            url=f"https://{department}.example",
            requests=requests,
            claim_types=owned,
        )
    network.admit_service(questions=())
    return network


@pytest.mark.parametrize("path", QUESTIONS, ids=lambda path: path.stem)
def test_each_is_proposed_approved_and_registered(network: Network, path: Path) -> None:
    database = network.records.database
    proposal = submit_proposal(database, SERVICE, load_document(path, Question), now=NOW, random=RANDOM)
    with database.reading() as session:
        assert serious(findings_about(session, proposal, now=NOW)) == []
    verdict = Verdict(approved=True, reasons="It asks for no more than it needs.", expires_at=NOW + 300 * DAY)
    decided = decide_proposal(database, REVIEWER, proposal.id, verdict, authority_id=AUTHORITY, now=NOW)
    assert decided.state is State.APPROVED
    keep_network(network.records, now=NOW, random=RANDOM)
    member = network.records.find_member(Kind.SERVICE, SERVICE.organisation_id)
    assert member is not None
    assert path.stem in [one.question.id for one in member.registrations]
    assert (network.records.public / f"registrations/{member.id}/{path.stem}.jwt").exists()


def test_none_is_left_out() -> None:
    assert [path.stem for path in QUESTIONS] == sorted(parties.SERVICES)
