"""A member changes its details: what citizens see only by a decision, and the log says it."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest

from authority.actors import Actor, NotAllowedError, Role
from authority.enrolment.links import make_link
from authority.member import Kind, MemberName, Purpose
from authority.people.apply import leave_network, read_application
from authority.people.change import Change, change_member, decide_change, find_change, withdraw_change
from authority.people.decide import decide
from authority.people.details import Details
from authority.people.invite import take_role
from authority.people.states import State
from authority.people.store import decisions_on
from authority.usecases.keep_network import keep_network
from authority.usecases.set_status import set_status
from protocol.enrolment.link import parse_enrolment_link
from protocol.trust_list.members import MemberStatus
from serving.errors import ApiError
from tests.authority.enrolment.test_links import enrol
from tests.authority.network import NOW, RANDOM, Network
from tests.authority.people.office import Office
from tests.authority.people.test_joining import COUNCIL, FIELDS, REASON, details, page_of, reviewer, state
from tests.authority.people.test_keeping import events
from tests.authority.people.test_standing import home, network

__all__ = ["home", "network"]

OWNER = f"owner-of-{COUNCIL}"
ADDRESSES = {"service": "https://council.example", "department": "https://claims.council.example"}
NEW: dict[str, Any] = {
    "name": {"en": "Our council", "cy": "Ein cyngor"},
    "addresses": {"service": "https://new.example"},
}


def keep(network: Network) -> list[str]:
    return keep_network(network.records, now=NOW, random=RANDOM)


def owner(office: Office) -> Actor:
    return office.actor(OWNER, COUNCIL, Role.OWNER)


def ask(office: Office, *, shown: str = "", **changes: Any) -> None:
    """Sends the form as it was shown, but for what is changed."""
    wanted = details(**{"addresses": ADDRESSES, **changes})
    change_member(office.deps, owner(office), wanted, shown=shown or held(office).seen.fingerprint)


def asked(office: Office) -> Change | None:
    with office.deps.database.reading() as session:
        return find_change(session, COUNCIL)


def judge(office: Office, *, is_approved: bool = True, change_id: str = "", name: str = "rhys") -> None:
    change = asked(office)
    who = reviewer(office, name)
    chosen = change_id or (change.id if change else "none")
    decide_change(office.deps, who, COUNCIL, chosen, is_approved=is_approved, reason=REASON)


def held(office: Office) -> Details:
    with office.deps.database.reading() as session:
        return read_application(session, COUNCIL).details


def names(network: Network) -> dict[str, tuple[str, str, bool]]:
    found = (network.records.find_member(kind, COUNCIL) for kind in Kind)
    return {one.kind.value: (one.name.en, one.url, one.has_left) for one in found if one}


def test_what_only_the_office_reads_is_changed_at_once(home: Office, network: Network) -> None:
    before = len(network.records.log())
    ask(home, contact="new@council.example", supervisory_authority="Another supervisor")
    assert (held(home).contact, held(home).supervisory_authority) == (
        "new@council.example",
        "Another supervisor",
    )
    assert asked(home) is None
    assert keep(network) == []
    assert len(network.records.log()) == before


def test_what_citizens_see_waits_for_a_reviewer_and_stands_in_the_log(home: Office, network: Network) -> None:
    ask(home, contact="new@council.example", **NEW)
    assert (held(home).contact, held(home).name.en) == ("new@council.example", "A council")
    assert keep(network) == []
    judge(home)
    assert asked(home) is None
    assert "council: changed" in keep(network)
    assert names(network) == {
        "service": ("Our council", "https://new.example", False),
        "department": ("A council", "https://claims.council.example", True),  # not asked for any more
    }
    assert events(network).count("change") == 1
    assert events(network).count("departure") == 1
    assert (held(home).name.en, held(home).contact) == ("Our council", "new@council.example")
    assert keep(network) == []


def test_certificates_say_the_new_name(home: Office, network: Network) -> None:
    enrol(home, parse_enrolment_link(make_link(home.deps, owner(home), Kind.SERVICE)).code)
    keep(network)
    ask(home, **NEW)
    judge(home)
    keep(network)
    member = network.records.find_member(Kind.SERVICE, COUNCIL)
    assert member is not None
    certified = member.certified(Purpose.REQUEST_SIGNING)
    assert certified is not None
    assert "Our council" in certified.leaf.subject.rfc4514_string()


def test_who_may_ask_and_decide(home: Office) -> None:
    tom, stranger = home.actor("tom", COUNCIL, Role.TECHNICAL), home.actor("mallory", "other", Role.OWNER)
    ask(home, **NEW)
    change = asked(home)
    assert change is not None
    for actor in (tom, stranger):
        with pytest.raises(NotAllowedError):
            change_member(home.deps, actor, details(**NEW), shown="")
    works: tuple[Callable[[], object], ...] = (
        partial(withdraw_change, home.deps, tom),
        partial(decide_change, home.deps, owner(home), COUNCIL, change.id, is_approved=True, reason=REASON),
    )
    for work in works:
        with pytest.raises(NotAllowedError):
            work()
    home.actor("rhys", COUNCIL, Role.TECHNICAL)
    assert page_of(lambda: judge(home)) == "own_organisation"
    assert asked(home) == change


def test_who_asked_does_not_decide_once_they_have_left_the_organisation(home: Office) -> None:
    rhys = home.actor("rhys", COUNCIL, Role.OWNER)
    shown = held(home).seen.fingerprint
    change_member(home.deps, rhys, details(**NEW), shown=shown)
    take_role(home.deps, owner(home), rhys.person_id, Role.OWNER)
    assert page_of(lambda: judge(home)) == "own_organisation"
    judge(home, name="rhian")
    assert held(home).name.en == "Our council"


def test_what_was_refused_or_withdrawn_changes_nothing(home: Office, network: Network) -> None:
    ask(home, **NEW)
    judge(home, is_approved=False)
    ask(home, **NEW)
    withdraw_change(home.deps, owner(home))
    assert page_of(lambda: withdraw_change(home.deps, owner(home))) == "decided"
    assert page_of(lambda: judge(home)) == "decided"
    assert keep(network) == []
    assert held(home).name.en == "A council"
    with home.deps.database.reading() as session:
        last = decisions_on(session, COUNCIL)[-1]
    assert (last.state, last.reason, last.applied_at) == ("change_refused", REASON, NOW)
    assert "Our council" in last.details


def test_a_reviewer_decides_about_what_they_read(home: Office) -> None:
    ask(home, **NEW)
    read = asked(home)
    assert read is not None
    ask(home, name={"en": "Another", "cy": "Arall"})
    assert page_of(lambda: judge(home, change_id=read.id)) == "decided"
    assert held(home).name.en == "A council"


def test_another_members_name_is_not_approved(home: Office, network: Network) -> None:
    network.fill()
    ask(home, name={"en": "Blue Badge team", "cy": "Tîm Bathodyn Glas"})
    assert page_of(lambda: judge(home)) == "does_not_fit"
    assert asked(home) is not None


def test_a_change_that_does_not_fit_any_more_holds_nothing_up(home: Office, network: Network) -> None:
    ask(home, **NEW)
    judge(home)
    decide(home.deps, reviewer(home), COUNCIL, State.SUSPENDED, seen=State.ADMITTED, reason=REASON)
    network.admit_service(name=MemberName(en="Our council", cy="Ein cyngor"), questions=())
    said = keep(network)
    assert any(one.startswith("council: changed could not be done") for one in said)
    assert "council: suspended" in said
    assert names(network)["service"] == ("A council", "https://council.example", False)
    assert held(home).name.en == "A council"
    assert "could not be done" not in str(keep(network))  # it is over
    page = home.browser(OWNER).get(f"/organisations/{COUNCIL}").text
    assert "Could not be put into effect:" in page


def test_a_member_that_is_suspended_or_gone(home: Office, network: Network) -> None:
    ask(home, **NEW)
    status = MemberStatus.SUSPENDED
    set_status(network.records, Kind.SERVICE, COUNCIL, status, reason="a test", now=NOW)
    assert page_of(lambda: judge(home)) == "decided"
    ask(home, contact="new@council.example")
    assert held(home).contact == "new@council.example"
    leave_network(home.deps, owner(home), REASON)
    assert asked(home) is None
    assert page_of(lambda: ask(home, **NEW)) == "decided"
    assert state(home) is State.LEFT


def test_two_reviewers_at_once(home: Office) -> None:
    """One wins, the other is told."""
    ask(home, **NEW)
    change = asked(home)
    assert change is not None
    reviewers = [reviewer(home, name) for name in ("rhys", "rhian")]

    def try_it(n: int) -> str | None:
        try:
            decide_change(home.deps, reviewers[n], COUNCIL, change.id, is_approved=n == 0, reason=REASON)
        except ApiError as error:
            return error.page
        return None

    with ThreadPoolExecutor(2) as pool:
        assert sorted(map(str, pool.map(try_it, range(2)))) == ["None", "decided"]


def test_a_change_and_a_contact_at_once_lose_nothing(home: Office) -> None:
    ask(home, **NEW)
    change = asked(home)
    assert change is not None
    who, asking = reviewer(home), owner(home)
    new = details(addresses=ADDRESSES, contact="new@council.example")
    correct = partial(change_member, home.deps, asking, new, shown=held(home).seen.fingerprint)

    def approve() -> None:
        decide_change(home.deps, who, COUNCIL, change.id, is_approved=True, reason=REASON)

    with ThreadPoolExecutor(2) as pool:
        for one in (pool.submit(approve), pool.submit(correct)):
            one.result(timeout=30)
    assert (held(home).name.en, held(home).contact) == ("Our council", "new@council.example")
    assert asked(home) is None  # what the form showed is not asked for


def test_an_older_form_asks_for_nothing(home: Office) -> None:
    shown = held(home).seen.fingerprint
    ask(home, **NEW)
    judge(home)
    ask(home, shown=shown, contact="new@council.example")
    assert (asked(home), held(home).name.en) == (None, "Our council")
    third: dict[str, Any] = {"name": {"en": "A third name", "cy": "Trydydd enw"}}
    assert page_of(lambda: ask(home, shown=shown, **third)) == "decided"


def test_the_pages(home: Office) -> None:
    mine = home.browser(OWNER)
    at, department = f"/organisations/{COUNCIL}", {"department": ADDRESSES["department"]}
    form_page = mine.get(f"{at}/details").text
    assert "a reviewer decides" in form_page
    shown = re.search(r'name="shown" value="([0-9a-f]{64})"', form_page)
    assert shown
    fields = {**FIELDS, **department, "name-en": "Our council", "shown": shown[1]}
    assert mine.post(f"{at}/details", fields).status_code == 303
    assert "A change that was asked for" in mine.get(at).text
    reviewer(home)
    rhys = home.browser("rhys")
    assert "Waiting for a decision about a change" in rhys.get("/reviews").text
    page = rhys.get(f"/reviews/{COUNCIL}").text
    assert "Our council</strong><br>Now: A council" in page
    change = asked(home)
    assert change is not None
    assert change.differences(held(home)) == [("name-en", "A council", "Our council")]
    form = {"change": change.id, "reason": REASON}
    assert rhys.post(f"/reviews/{COUNCIL}/change", form).status_code == 422
    assert rhys.post(f"/reviews/{COUNCIL}/change", {**form, "decision": "approve"}).status_code == 303
    assert "Change approved" in mine.get(at).text
    assert mine.post(f"{at}/change/withdraw").status_code == 409
    assert mine.post(f"/reviews/{COUNCIL}/change", {**form, "decision": "approve"}).status_code == 403
