"""Applications that were begun and not sent: few for each person, and none holds a short name for ever."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from sqlmodel import select

from authority.actors import Actor, NotAllowedError, Role
from authority.people.agreements import agreement_in_force
from authority.people.apply import (
    DRAFT_SECONDS,
    MAX_DRAFTS,
    answer_checklist,
    change_details,
    sign_agreement,
    start_application,
)
from authority.people.decide import decide
from authority.people.invite import accept_invitation, invite
from authority.people.sessions import SignedIn
from authority.people.states import State
from authority.people.store import Checklist, Invitation, RoleRow, Signature, roles_of
from authority.refusal import RefusedError
from authority.usecases.admit_member import Application, admit_member, check_application
from serving.errors import ApiError
from tests.authority.network import NOW, RANDOM, Network
from tests.authority.people.office import Office
from tests.authority.people.test_joining import (
    COUNCIL,
    FIELDS,
    REASON,
    YES,
    applied,
    details,
    page_of,
    reviewer,
    sign,
    state,
)


def begun(office: Office, name: str = "olwen", organisation_id: str = COUNCIL) -> tuple[SignedIn, Actor]:
    """Somebody who has begun an application."""
    person = office.person(name)
    start_application(office.deps, person, details(id=organisation_id))
    return person, Actor(person.id, organisation_id, frozenset({Role.OWNER}))


def left_of(office: Office, organisation_id: str = COUNCIL) -> int:
    """How many rows hang on a short name."""
    with office.deps.database.reading() as session:
        return sum(
            len(session.exec(select(table).where(table.organisation_id == organisation_id)).all())
            for table in (Invitation, RoleRow, Signature, Checklist)
        )


def test_a_draft_that_nobody_touches_frees_its_name(both: Office) -> None:
    first, owner = begun(both)
    sign(both, owner)
    answer_checklist(both.deps, owner, YES)
    invite(both.deps, owner, "friend@example.org", {Role.OWNER})
    both.clock.advance(DRAFT_SECONDS - 1)
    assert page_of(lambda: begun(both, "tom")) == "id_taken"
    both.clock.advance(1)
    second, _ = begun(both, "tom")
    assert left_of(both) == 1  # tom's role: nothing of the first one's, least of all their signature
    with both.deps.database.reading() as session:
        assert roles_of(session, first.id, COUNCIL) == frozenset()
        assert roles_of(session, second.id, COUNCIL) == {Role.OWNER}


def test_who_works_on_it_keeps_it(office: Office) -> None:
    _, owner = begun(office)
    works: tuple[Callable[[], object], ...] = (
        lambda: change_details(office.deps, owner, details()),
        lambda: answer_checklist(office.deps, owner, YES),
        lambda: sign(office, owner),
    )
    for work in works:
        office.clock.advance(DRAFT_SECONDS - 1)
        work()
    office.clock.advance(DRAFT_SECONDS - 1)
    assert page_of(lambda: begun(office, "tom")) == "id_taken"


def test_what_was_sent_or_decided_keeps_its_name(office: Office) -> None:
    applied(office)
    applied(office, id="other", name={"en": "Other", "cy": "Arall"})
    decide(office.deps, reviewer(office), "other", State.REFUSED, seen=State.APPLIED, reason=REASON)
    office.clock.advance(DRAFT_SECONDS * 20)
    for name in (COUNCIL, "other"):
        assert page_of(partial(begun, office, "tom", name)) == "id_taken"
    assert (state(office), state(office, "other")) == (State.APPLIED, State.REFUSED)


def test_an_invitation_to_a_draft_that_ended_is_void(office: Office) -> None:
    _, owner = begun(office)
    office.clock.advance(DRAFT_SECONDS - 1)
    code = invite(office.deps, owner, "friend@example.org", {Role.OWNER})
    office.clock.advance(1)
    begun(office, "tom")
    with pytest.raises(ApiError):
        accept_invitation(office.deps, office.person("friend"), code)
    with pytest.raises(ApiError):
        sign_agreement(
            office.deps,
            Actor(owner.person_id, "gone", owner.roles),
            "en",
            expected_sha256=agreement_in_force("en").sha256,
        )


def test_one_person_has_few(office: Office) -> None:
    for n in range(MAX_DRAFTS):
        begun(office, "olwen", f"draft-{n}")
    assert page_of(lambda: begun(office, "olwen", "one-more")) == "too_many_drafts"
    begun(office, "tom", "one-more")  # the name was not taken by the one who had too many
    office.clock.advance(DRAFT_SECONDS)
    begun(office, "olwen", "later")
    answer = office.browser("olwen")
    for n in range(MAX_DRAFTS):
        answer.post("/apply", {**FIELDS, "id": f"again-{n}"})
    said = answer.post("/apply", {**FIELDS, "id": "too-much"})
    assert (said.status_code, "You have begun enough applications" in said.text) == (409, True)


def test_who_begins_many_at_once_has_few(both: Office) -> None:
    person = both.person("olwen")

    def begin(n: int) -> bool:
        try:
            start_application(both.deps, person, details(id=f"draft-{n}"))
        except ApiError as error:
            assert error.page == "too_many_drafts"  # noqa: PT017 - some must win
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(begin, range(6))) == MAX_DRAFTS


def test_a_draft_that_ends_while_its_owner_works_is_one_of_the_two(both: Office) -> None:
    _, owner = begun(both)
    both.clock.advance(DRAFT_SECONDS)
    tom = both.person("tom")

    def work() -> bool:
        try:
            sign(both, owner)
        except ApiError:
            return False
        return True

    def take() -> bool:
        try:
            start_application(both.deps, tom, details())
        except ApiError:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        worked, taken = [one.result(timeout=30) for one in (pool.submit(work), pool.submit(take))]
    with both.deps.database.reading() as session:
        assert (Role.OWNER in roles_of(session, tom.id, COUNCIL)) is taken
        if taken and not worked:
            assert session.exec(select(Signature)).all() == []
    assert taken or worked


def test_how_often_one_address_begins(office: Office) -> None:
    browser = office.browser("olwen")
    said = {browser.post("/apply", {"id": ""}).status_code for _ in range(31)}
    assert said == {422, 429}


# --- a short name that an application holds is no way to come to own a member


def test_who_began_an_application_does_not_become_the_owner_of_a_member(
    office: Office, network: Network
) -> None:
    with Office(network.directory.parent, database=f"sqlite:///{network.directory}/authority.db") as home:
        _, mallory = begun(home, "mallory", "blue-badge")
        with pytest.raises(RefusedError, match="an application at the office has this identifier"):
            network.admit_service(questions=())
        with pytest.raises(RefusedError):
            check_application(network.records, _application())
        admit_member(network.records, _application(id="parking"), now=NOW, random=RANDOM)
        with pytest.raises(NotAllowedError):
            change_details(home.deps, mallory, details(id="parking"))


def _application(**changes: str) -> Application:
    values = {
        "kind": "service",
        "id": "blue-badge",
        "name": {"en": "Parking", "cy": "Parcio"},
        "url": "https://parking.example",
        "requests": {},
        **changes,
    }
    return Application.model_validate(values)
