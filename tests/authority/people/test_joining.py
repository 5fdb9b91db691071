"""An organisation joins: its application, the decision, the pages; each step refused without its role."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest

from authority.actors import Actor, NotAllowedError, Role
from authority.enrolment import routes as enrolment
from authority.people.agreements import CHECKLIST, agreement_in_force
from authority.people.apply import (
    answer_checklist,
    change_details,
    leave_network,
    read_application,
    sign_agreement,
    start_application,
    submit_application,
)
from authority.people.decide import decide
from authority.people.details import Details
from authority.people.invite import take_role
from authority.people.routes import applications, changes, people, reviews, signing_in
from authority.people.routes.again import FORMS
from authority.people.states import State
from authority.people.store import decisions_on, remove_role
from authority.proposals.routes import approved, own, propose
from authority.proposals.routes import reviews as proposal_reviews
from serving.errors import ApiError
from tests.authority.people.office import Browser, Office

COUNCIL = "council"
REASON = "All checks were made."
ROUTES: list[Any] = [
    *signing_in.router.routes,
    *people.router.routes,
    *applications.router.routes,
    *reviews.router.routes,
    *changes.router.routes,
    *enrolment.router.routes,
    *approved.router.routes,
    *own.router.routes,
    *propose.router.routes,
    *proposal_reviews.router.routes,
]
YES = dict.fromkeys(CHECKLIST, "")
FIELDS = {
    "id": COUNCIL,
    "name-en": "A council",
    "name-cy": "Cyngor",
    "service": "https://council.example",
    "contact": "team@council.example",
    "supervisory_authority": "Information Commissioner’s Office",
}


def details(**changes: Any) -> Details:
    values = {
        "id": COUNCIL,
        "name": {"en": "A council", "cy": "Cyngor"},
        "addresses": {"service": "https://council.example"},
        "contact": "team@council.example",
        "supervisory_authority": "A supervisor",
    }
    return Details.model_validate({**values, **changes})


def state(office: Office, organisation_id: str = COUNCIL) -> State:
    with office.deps.database.reading() as session:
        return read_application(session, organisation_id).state


def sign(office: Office, actor: Actor) -> None:
    sign_agreement(office.deps, actor, "en", expected_sha256=agreement_in_force("en").sha256)


def applied(office: Office, **changes: Any) -> Actor:
    """An organisation that waits for a decision, and its owner."""
    one = details(**changes)
    owner = office.person(f"owner-of-{one.id}")
    start_application(office.deps, owner, one)
    actor = Actor(owner.id, one.id, frozenset({Role.OWNER}))
    sign(office, actor)
    answer_checklist(office.deps, actor, YES)
    submit_application(office.deps, actor)
    return actor


def reviewer(office: Office, name: str = "rhys") -> Actor:
    return office.actor(name, "authority", Role.REVIEWER)


def admit(office: Office) -> None:
    decide(office.deps, reviewer(office), COUNCIL, State.ADMITTED, seen=State.APPLIED, reason=REASON)


def page_of(work: Callable[[], object]) -> str | None:
    with pytest.raises(ApiError) as refused:
        work()
    return refused.value.page


def test_who_applies_becomes_the_owner_and_an_id_is_taken_once(office: Office) -> None:
    applied(office)
    other = office.person("other")
    assert page_of(lambda: start_application(office.deps, other, details())) == "id_taken"
    authority = details(id="authority")
    assert page_of(lambda: start_application(office.deps, other, authority)) == "id_taken"


def test_what_an_owner_does_nobody_else_does(office: Office) -> None:
    applied(office)
    for actor in (
        office.actor("tom", COUNCIL, Role.TECHNICAL),
        reviewer(office),
        office.actor("x", "y", Role.OWNER),
    ):
        mine = Actor(
            actor.person_id, COUNCIL, actor.roles if actor.organisation_id == COUNCIL else frozenset()
        )
        works: tuple[Callable[[], object], ...] = (
            partial(change_details, office.deps, mine, details()),
            partial(sign, office, mine),
            partial(submit_application, office.deps, mine),
            partial(leave_network, office.deps, mine, REASON),
        )
        for work in works:
            with pytest.raises(NotAllowedError):
                work()
    with pytest.raises(NotAllowedError):
        answer_checklist(office.deps, Actor("x", COUNCIL, frozenset()), YES)
    with pytest.raises(NotAllowedError):
        change_details(office.deps, office.actor("x", "y", Role.OWNER), details())


def test_only_a_reviewer_of_the_authority_decides(office: Office) -> None:
    owner = applied(office)
    elsewhere = Actor("x", COUNCIL, frozenset({Role.REVIEWER}))
    for actor in (owner, elsewhere, office.actor("boss", "authority", Role.OWNER)):
        with pytest.raises(NotAllowedError):
            decide(office.deps, actor, COUNCIL, State.ADMITTED, seen=State.APPLIED, reason=REASON)
    assert state(office) is State.APPLIED


def test_nobody_decides_about_their_own(office: Office) -> None:
    applied(office)
    who = reviewer(office)
    office.actor("rhys", COUNCIL, Role.TECHNICAL)
    page = page_of(
        lambda: decide(office.deps, who, COUNCIL, State.ADMITTED, seen=State.APPLIED, reason=REASON)
    )
    assert (page, state(office)) == ("own_organisation", State.APPLIED)


def test_who_signed_or_answered_for_it_does_not_decide_later(office: Office) -> None:
    owner = applied(office)
    decide(office.deps, reviewer(office), COUNCIL, State.REFUSED, seen=State.APPLIED, reason=REASON)
    rhian = reviewer(office, "rhian")
    answer_checklist(office.deps, office.actor("rhian", COUNCIL, Role.TECHNICAL), YES)
    take_role(office.deps, owner, rhian.person_id, Role.TECHNICAL)
    submit_application(office.deps, owner)
    signer = Actor(owner.person_id, "authority", frozenset({Role.REVIEWER}))
    with office.deps.database.unit() as session:
        remove_role(session, owner.person_id, COUNCIL, Role.OWNER)
        session.commit()
    for who in (rhian, signer):
        page = page_of(
            partial(decide, office.deps, who, COUNCIL, State.ADMITTED, seen=State.APPLIED, reason=REASON)
        )
        assert (page, state(office)) == ("own_organisation", State.APPLIED)
    admit(office)


def test_an_incomplete_application_is_not_sent(office: Office) -> None:
    person = office.person("olwen")
    start_application(office.deps, person, details())
    owner = Actor(person.id, COUNCIL, frozenset({Role.OWNER}))
    assert page_of(lambda: submit_application(office.deps, owner)) == "not_complete"
    sign(office, owner)
    assert page_of(lambda: submit_application(office.deps, owner)) == "not_complete"
    assert state(office) is State.DRAFT
    with pytest.raises(ApiError):
        answer_checklist(office.deps, owner, {"keys": ""})
    with pytest.raises(ApiError):
        sign_agreement(office.deps, owner, "en", expected_sha256="another text")


def test_what_was_sent_is_not_changed(office: Office) -> None:
    owner = applied(office)
    assert page_of(lambda: change_details(office.deps, owner, details(contact="a@b.example"))) == "decided"
    assert page_of(lambda: answer_checklist(office.deps, owner, YES)) == "decided"
    assert page_of(lambda: submit_application(office.deps, owner)) == "decided"


def test_who_was_refused_may_apply_again(office: Office) -> None:
    owner = applied(office)
    who = reviewer(office)
    decide(office.deps, who, COUNCIL, State.REFUSED, seen=State.APPLIED, reason="The name is misleading.")
    change_details(office.deps, owner, details(name={"en": "Our council", "cy": "Ein cyngor"}))
    submit_application(office.deps, owner)
    admit(office)
    assert state(office) is State.ADMITTED
    with office.deps.database.reading() as session:
        first, second = decisions_on(session, COUNCIL)
    assert ("A council" in first.details, "Our council" in second.details) == (True, True)
    assert (first.applied_at is None, second.applied_at is None) == (False, True)


@pytest.mark.parametrize("reason", ["", "too short", "x" * 2_001])
def test_a_decision_has_a_reason(office: Office, reason: str) -> None:
    applied(office)
    page = page_of(
        lambda: decide(
            office.deps, reviewer(office), COUNCIL, State.ADMITTED, seen=State.APPLIED, reason=reason
        )
    )
    assert page == "no_reason"


@pytest.mark.parametrize("seen", list(State))
@pytest.mark.parametrize("wanted", list(State))
def test_every_change_that_is_not_in_the_table_is_refused(office: Office, seen: State, wanted: State) -> None:
    allowed = {
        (State.APPLIED, State.ADMITTED),
        (State.APPLIED, State.REFUSED),
        (State.ADMITTED, State.SUSPENDED),
        (State.SUSPENDED, State.ADMITTED),
    }
    if (seen, wanted) not in allowed:
        who = reviewer(office)
        assert (
            page_of(lambda: decide(office.deps, who, COUNCIL, wanted, seen=seen, reason=REASON)) == "decided"
        )


def test_two_reviewers_at_once(both: Office) -> None:
    """One wins, the other sees the decision."""
    applied(both)
    wanted = {reviewer(both, "rhys"): State.ADMITTED, reviewer(both, "rhian"): State.REFUSED}

    def try_it(who: Actor) -> str | None:
        try:
            decide(both.deps, who, COUNCIL, wanted[who], seen=State.APPLIED, reason=REASON)
        except ApiError as error:
            return error.page
        return None

    with ThreadPoolExecutor(2) as pool:
        said = [one.result(timeout=30) for one in [pool.submit(try_it, who) for who in wanted]]
    assert sorted(map(str, said)) == ["None", "decided"]
    with both.deps.database.reading() as session:
        (decision,) = decisions_on(session, COUNCIL)
    assert state(both).value == decision.state


def test_an_id_is_taken_by_one_of_many(both: Office) -> None:
    people = [both.person(f"p{n}") for n in range(5)]

    def try_it(n: int) -> bool:
        try:
            start_application(both.deps, people[n], details())
        except ApiError:
            return False
        return True

    with ThreadPoolExecutor(5) as pool:
        assert sum(pool.map(try_it, range(5))) == 1


# --- the pages


def walk(office: Office) -> tuple[Browser, Browser]:
    """The whole way by the pages, as an owner and a reviewer see them."""
    owner = office.browser("olwen")
    assert owner.post("/apply", FIELDS).status_code == 303
    at = f"/organisations/{COUNCIL}"
    page = owner.get(f"{at}/agreement").text
    sha256 = re.search(r'name="sha256" value="([0-9a-f]{64})"', page)
    assert sha256
    assert owner.post(f"{at}/agreement", {"language": "en", "sha256": sha256[1]}).status_code == 303
    answers = {**dict.fromkeys(CHECKLIST, "yes"), "logs": "no", "logs-why": "Next month."}
    assert owner.post(f"{at}/checklist", answers).status_code == 303
    assert "Send the application" in owner.get(at).text
    assert owner.post(f"{at}/submit").status_code == 303
    reviewer(office)
    return owner, office.browser("rhys")


def test_the_whole_journey_by_the_pages(office: Office) -> None:
    owner, judge = walk(office)
    assert "A council" in judge.get("/reviews").text
    page = judge.get(f"/reviews/{COUNCIL}").text
    assert "Next month." in page
    decision = {"decision": "admitted", "seen": "applied", "after": "0", "reason": REASON}
    assert judge.post(f"/reviews/{COUNCIL}", decision).status_code == 303
    late = judge.post(f"/reviews/{COUNCIL}", {**decision, "decision": "refused"})
    assert late.status_code == 409
    assert "Something was decided meanwhile" in late.text
    page = owner.get(f"/organisations/{COUNCIL}").text
    assert REASON in page
    assert "Takes effect within the hour." in page
    exported = owner.get(f"/organisations/{COUNCIL}/decisions.json").json()
    assert [(one["decision"], one["reason"]) for one in exported] == [("admitted", REASON)]
    assert judge.get(f"/organisations/{COUNCIL}/decisions.json").json() == exported
    assert owner.post(f"/organisations/{COUNCIL}/leave", {"reason": REASON}).status_code == 303
    assert state(office) is State.LEFT


def hidden(page: str) -> dict[str, str]:
    """What the form at the end of a page carries."""
    form = page.rpartition("<form")[2]
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form))


def test_an_application_that_was_refused_and_sent_again_is_not_admitted_unread(office: Office) -> None:
    owner, rhys = walk(office)
    read = hidden(rhys.get(f"/reviews/{COUNCIL}").text)
    rhian = reviewer(office, "rhian")
    decide(office.deps, rhian, COUNCIL, State.REFUSED, seen=State.APPLIED, reason=REASON)
    assert (
        owner.post(f"/organisations/{COUNCIL}/details", {**FIELDS, "name-en": "Another"}).status_code == 303
    )
    assert owner.post(f"/organisations/{COUNCIL}/submit").status_code == 303
    late = rhys.post(f"/reviews/{COUNCIL}", {**read, "decision": "admitted", "reason": REASON})
    assert (late.status_code, state(office)) == (409, State.APPLIED)
    now = hidden(rhys.get(f"/reviews/{COUNCIL}").text)
    answer = rhys.post(f"/reviews/{COUNCIL}", {**now, "decision": "admitted", "reason": REASON})
    assert (answer.status_code, state(office)) == (303, State.ADMITTED)


def test_nobody_else_sees_an_application(office: Office) -> None:
    walk(office)
    stranger = office.browser("mallory")
    for path in ("", "/details", "/agreement", "/checklist", "/people", "/decisions.json"):
        assert stranger.get(f"/organisations/{COUNCIL}{path}").status_code == 403
    for path in ("/reviews", f"/reviews/{COUNCIL}"):
        assert stranger.get(path).status_code == 403
    assert office.network.client(base_url="http://localhost:8405").get("/apply").status_code == 401


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"id": "Not Short"}, "Enter a short name"),
        ({"name-en": "\u0410 council"}, "Enter a name in English"),
        ({"service": ""}, "Give the address of at least one"),
        ({"service": "council.example"}, "Enter the service’s address"),
        ({"contact": "nobody"}, "Enter an email address"),
    ],
)
def test_what_was_entered_wrongly(office: Office, change: dict[str, str], said: str) -> None:
    answer = office.browser("olwen").post("/apply", {**FIELDS, **change})
    assert answer.status_code == 422
    assert "There is a problem" in answer.text
    assert answer.text.count(said) == 2  # in the summary and at the field


def test_a_change_of_language_after_a_form_leads_to_a_page(office: Office) -> None:
    for path in FORMS:
        if path != "/sign-out":
            ids = {"invitation_id": "i", "person_id": "p", "digest": "d", "proposal_id": "q"}
            where = path.format(organisation_id=COUNCIL, **ids)
            answer = office.browser("olwen").get(f"{where}?lang=cy")
            assert answer.status_code == 303
            assert answer.headers["location"].startswith((f"/organisations/{COUNCIL}", f"/reviews/{COUNCIL}"))
            assert answer.headers["location"].endswith("?lang=cy")
    posted = {one.path for one in ROUTES if "POST" in one.methods}
    shown = {one.path for one in ROUTES if "GET" in one.methods} | set(FORMS)
    assert posted - shown == set()


def test_every_page_is_there_in_welsh(office: Office) -> None:
    owner, judge = walk(office)
    at = f"/organisations/{COUNCIL}"
    for path in ("/", "/organisations", "/apply", at, f"{at}/details", f"{at}/agreement", f"{at}/checklist"):
        assert 'lang="cy" class="govuk-template"' in owner.get(f"{path}?lang=cy").text
    assert "Yn aros am benderfyniad" in judge.get("/reviews?lang=cy").text
    assert "Penderfynu" in judge.get(f"/reviews/{COUNCIL}?lang=cy").text
