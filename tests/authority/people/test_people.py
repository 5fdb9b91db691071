"""Roles, invitations and sessions: who may, once, and not after it was taken away."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from authority.actors import NotAllowedError, Role
from authority.people.invite import (
    INVITATION_SECONDS,
    BadInvitationError,
    accept_invitation,
    invite,
    invite_as_operator,
    read_invitation,
    revoke_invitation,
    take_role,
)
from authority.people.store import open_invitations, roles_of
from authority.store import Tables
from serving.database import schema_differences
from serving.errors import ApiError
from tests.authority.people.office import Office

COUNCIL = "council"


def roles(office: Office, person_id: str, organisation_id: str = COUNCIL) -> set[Role]:
    with office.deps.database.reading() as session:
        return set(roles_of(session, person_id, organisation_id))


def attempt(work: Callable[[], object]) -> bool:
    try:
        work()
    except (ApiError, NotAllowedError):
        return False
    return True


def test_the_scripts_make_the_tables(both: Office) -> None:
    assert schema_differences(both.deps.database, Tables.metadata) == []


def test_an_invitation_gives_its_roles_once(office: Office) -> None:
    owner = office.actor("olwen", COUNCIL, Role.OWNER)
    code = invite(office.deps, owner, " Tom@Example.org ", {Role.TECHNICAL})
    assert read_invitation(office.deps, code).email == "tom@example.org"
    tom = office.person("tom")
    assert accept_invitation(office.deps, tom, code) == COUNCIL
    assert roles(office, tom.id) == {Role.TECHNICAL}
    with pytest.raises(ApiError) as refused:
        accept_invitation(office.deps, tom, code)
    assert refused.value.status == 410


def test_only_an_owner_invites_revokes_and_takes(office: Office) -> None:
    for who in (
        office.actor("tom", COUNCIL, Role.TECHNICAL),
        office.actor("rhys", "authority", Role.REVIEWER),
        office.actor("nobody", COUNCIL),
    ):
        with pytest.raises(NotAllowedError):
            invite(office.deps, who, "x@example.org", {Role.OWNER})
        with pytest.raises(NotAllowedError):
            revoke_invitation(office.deps, who, "x")
        with pytest.raises(NotAllowedError):
            take_role(office.deps, who, who.person_id, Role.OWNER)


@pytest.mark.parametrize(
    ("email", "wanted", "field"),
    [
        ("nobody", {Role.OWNER}, "email"),
        ("a@b\r\nBcc: c@example.org", {Role.OWNER}, "email"),
        ("a@example.org", set(), "role"),
        ("a@example.org", {Role.REVIEWER}, "role"),
    ],
)
def test_what_can_not_be_promised(office: Office, email: str, wanted: set[Role], field: str) -> None:
    owner = office.actor("olwen", COUNCIL, Role.OWNER)
    with pytest.raises(BadInvitationError) as refused:
        invite(office.deps, owner, email, wanted)
    assert refused.value.field == field


@pytest.mark.parametrize(
    "changes", [{"email_verified": False}, {"email_verified": "true"}, {"email": "mallory@example.org"}]
)
def test_an_invitation_is_for_one_verified_address(office: Office, changes: dict[str, object]) -> None:
    code = invite_as_operator(office.deps, COUNCIL, "tom@example.org", {Role.OWNER})
    with pytest.raises(ApiError) as refused:
        accept_invitation(office.deps, office.person("tom", **changes), code)
    assert (refused.value.status, refused.value.page) == (403, "other_address")


def test_an_invitation_ends(office: Office) -> None:
    owner = office.actor("olwen", COUNCIL, Role.OWNER)
    old = invite(office.deps, owner, "tom@example.org", {Role.OWNER})
    office.clock.advance(INVITATION_SECONDS)
    revoked = invite(office.deps, owner, "tom@example.org", {Role.OWNER})
    with office.deps.database.reading() as session:
        (row,) = open_invitations(session, COUNCIL, now=office.clock.now())
    assert revoked not in row.model_dump().values()
    revoke_invitation(office.deps, owner, row.id)
    tom = office.person("tom")
    for code in (old, revoked, "x", "x" * 5_000):
        with pytest.raises(ApiError) as refused:
            accept_invitation(office.deps, tom, code)
        assert refused.value.status == 410


def test_what_a_former_owner_promised_is_void(office: Office) -> None:
    owner, other = office.actor("olwen", COUNCIL, Role.OWNER), office.actor("tom", COUNCIL, Role.OWNER)
    code = invite(office.deps, owner, "friend@example.org", {Role.OWNER})
    take_role(office.deps, other, owner.person_id, Role.OWNER)
    with pytest.raises(ApiError):
        accept_invitation(office.deps, office.person("friend"), code)
    with pytest.raises(NotAllowedError):  # with roles that were read before they were taken
        take_role(office.deps, owner, other.person_id, Role.OWNER)


def test_the_last_owner_stays(office: Office) -> None:
    owner = office.actor("olwen", COUNCIL, Role.OWNER)
    with pytest.raises(ApiError) as refused:
        take_role(office.deps, owner, owner.person_id, Role.OWNER)
    assert refused.value.page == "last_owner"
    assert roles(office, owner.person_id) == {Role.OWNER}


def test_two_owners_who_remove_each_other_leave_one(both: Office) -> None:
    one, two = both.actor("one", COUNCIL, Role.OWNER), both.actor("two", COUNCIL, Role.OWNER)
    with ThreadPoolExecutor(2) as pool:
        tries = [
            pool.submit(attempt, partial(take_role, both.deps, a, b.person_id, Role.OWNER))
            for a, b in ((one, two), (two, one))
        ]
        assert sorted(one.result(timeout=30) for one in tries) == [False, True]
    left = [roles(both, who.person_id) for who in (one, two)]
    assert sorted(map(len, left)) == [0, 1]


def test_an_invitation_is_taken_up_once_however_many_try(both: Office) -> None:
    code = invite_as_operator(both.deps, COUNCIL, "tom@example.org", {Role.OWNER})
    tom = both.person("tom")
    with ThreadPoolExecutor(6) as pool:
        tries = [pool.submit(attempt, lambda: accept_invitation(both.deps, tom, code)) for _ in range(6)]
        assert sum(one.result(timeout=30) for one in tries) == 1


def test_a_taken_role_allows_nothing_from_the_next_request_on(office: Office) -> None:
    owner = office.actor("olwen", COUNCIL, Role.OWNER)
    tom = office.actor("tom", COUNCIL, Role.TECHNICAL)
    browser = office.browser("tom")
    assert browser.get(f"/organisations/{COUNCIL}/people").status_code == 200
    take_role(office.deps, owner, tom.person_id, Role.TECHNICAL)
    answer = browser.get(f"/organisations/{COUNCIL}/people")
    assert answer.status_code == 403
    assert "You don’t have the role for this" in answer.text


def test_the_authoritys_own_people_are_led_to_no_application(office: Office) -> None:
    office.actor("boss", "authority", Role.OWNER)
    office.actor("boss", COUNCIL, Role.OWNER)
    browser = office.browser("boss")
    assert 'href="/organisations/authority"' not in browser.get("/organisations/authority/people").text
    assert f'href="/organisations/{COUNCIL}"' in browser.get(f"/organisations/{COUNCIL}/people").text


def test_a_session_ends(office: Office) -> None:
    office.actor("olwen", COUNCIL, Role.OWNER)
    browser, page = office.browser("olwen"), f"/organisations/{COUNCIL}/people"
    office.clock.advance(1_799)
    assert browser.get(page).status_code == 200
    office.clock.advance(1_800)
    assert browser.get(page).status_code == 401


def test_a_form_carries_the_mark_of_its_session(office: Office) -> None:
    office.actor("olwen", COUNCIL, Role.OWNER)
    browser, path = office.browser("olwen"), f"/organisations/{COUNCIL}/invitations"
    assert browser.post(path, {"csrf": "guess"}).status_code == 403
    assert browser.post(path, {}, origin="https://evil.example").status_code == 403
    assert browser.post("/sign-out").status_code == 303
    assert browser.get(f"/organisations/{COUNCIL}/people").status_code == 401


def test_the_log_names_nobody(office: Office) -> None:
    owner = office.actor("olwen", COUNCIL, Role.OWNER)
    code = invite(office.deps, owner, "tom@example.org", {Role.TECHNICAL})
    office.browser("tom").get(f"/invitations/{code}")
    accept_invitation(office.deps, office.person("tom"), code)
    written = office.printed.getvalue()
    assert "invitation_accepted" in written
    for secret in ("Olwen", "olwen@", "tom@", code):
        assert secret not in written
