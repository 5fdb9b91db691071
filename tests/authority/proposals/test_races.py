"""Two who do the same thing at once, on both databases: one wins, the other sees what the first did."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from threading import Barrier

import pytest

from authority.actors import Actor, Role
from authority.proposals import store
from authority.proposals.proposal import Proposal, State
from authority.settings import AuthoritySettings
from authority.usecases.adopt_question import adopt_question
from authority.usecases.appeal_decision import appeal_decision, decide_appeal
from authority.usecases.create_authority import create_authority
from authority.usecases.decide_proposal import DecidedAlreadyError
from authority.usecases.withdraw_proposal import withdraw_proposal
from serving.errors import OperatorError
from tests.authority.network import NOW, RANDOM, Network
from tests.authority.proposals.world import (
    AUTHORITY,
    OTHER,
    OWN,
    REFUSAL,
    REVIEWER,
    SECOND,
    SERVICE,
    World,
    approval,
    create_world,
    proposed,
)

ROUNDS = 3
Outcome = object


@pytest.fixture
def world(tmp_path: Path, database_url: str) -> Iterator[World]:
    network = Network(tmp_path / "authority")
    values = {"name": {"en": "Test authority", "cy": "Awdurdod prawf"}, "base_url": "https://network.example"}
    settings = AuthoritySettings.model_validate({**values, "database": database_url})
    create_authority(network.records, settings, now=NOW, random=RANDOM)
    yield create_world(network)
    network.records.database.close()


def at_once(*calls: Callable[[], Outcome]) -> list[Outcome]:
    """What each gave, or the error with which it was refused."""
    barrier = Barrier(len(calls))

    def run(call: Callable[[], Outcome]) -> Outcome:
        barrier.wait()
        try:
            return call()
        except OperatorError as error:
            return error

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def one_winner(outcomes: list[Outcome]) -> Proposal:
    won = [one for one in outcomes if isinstance(one, Proposal)]
    assert len(won) == 1
    assert len([one for one in outcomes if isinstance(one, OperatorError)]) == len(outcomes) - 1
    return won[0]


def stored(world: World, proposal: Proposal) -> Proposal:
    with world.database.reading() as session:
        return store.find_proposal(session, proposal.id)


def test_of_two_reviewers_one_decides(world: World) -> None:
    for version in range(1, ROUNDS + 1):
        proposal = world.submit(proposed(version=version))
        outcomes = at_once(
            partial(world.decide, proposal, approval(), REVIEWER),
            partial(world.decide, proposal, REFUSAL, SECOND),
        )
        assert stored(world, proposal) == one_winner(outcomes)
        assert any(isinstance(one, DecidedAlreadyError) for one in outcomes)


def test_a_proposal_is_withdrawn_or_decided(world: World) -> None:
    for version in range(1, ROUNDS + 1):
        proposal = world.submit(proposed(version=version))
        outcomes = at_once(
            partial(world.decide, proposal, approval()),
            partial(withdraw_proposal, world.database, SERVICE, proposal.id),
        )
        assert stored(world, proposal) == one_winner(outcomes)


def test_a_version_is_proposed_by_one(world: World) -> None:
    outcomes = at_once(lambda: world.submit(proposed()), lambda: world.submit(proposed()))
    one_winner(outcomes)


def test_of_two_versions_decided_at_once_the_newer_one_is_in_force(world: World) -> None:
    older, newer = world.submit(proposed()), world.submit(proposed(version=2))
    at_once(lambda: world.decide(older, approval()), lambda: world.decide(newer, approval(), SECOND))
    assert stored(world, newer).state is State.APPROVED
    assert stored(world, older).state in {State.SUPERSEDED, State.SUBMITTED}


def test_an_appeal_is_decided_once(world: World) -> None:
    proposal = world.decide(world.submit(proposed()), REFUSAL)
    appeal_decision(world.database, SERVICE, proposal.id, "Look again.", now=NOW)
    third = Actor("fay", AUTHORITY, frozenset({Role.REVIEWER}))

    def decide(actor: Actor) -> Proposal:
        return decide_appeal(world.database, actor, proposal.id, approval(), authority_id=AUTHORITY, now=NOW)

    one_winner(at_once(lambda: decide(SECOND), lambda: decide(third)))


def test_adopting_twice_at_once_leaves_one_adoption(world: World) -> None:
    approved = world.approved(proposed())

    def adopt() -> Outcome:
        return adopt_question(world.database, OTHER, approved.id, OWN, now=NOW)

    at_once(adopt, adopt)
    with world.database.reading() as session:
        assert len(store.read_adoptions(session)) == 1
