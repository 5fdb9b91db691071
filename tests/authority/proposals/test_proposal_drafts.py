"""Drafts of proposals: saved at each step, the organisation's, and nothing that anybody typed is lost."""

import html
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from authority.actors import Actor, NotAllowedError, Role
from authority.member import Kind, Member, MemberName
from authority.proposals.drafts import (
    DRAFT_SECONDS,
    MAX_OF_ORGANISATION,
    MAX_OF_PERSON,
    MAX_SAVERS,
    MAX_SIZE,
    Draft,
    DraftChangedError,
    DraftKind,
    begin_draft,
    delete_draft,
    drafts_for,
    find_draft,
    save_draft,
)
from authority.refusal import RefusedError
from authority.store import save_member
from serving.randomness import SystemRandom
from tests.authority.network import NOW, VCT
from tests.authority.people.office import CSRF, HTML, URL, Office
from tests.authority.proposals.office import (
    PROPOSE,
    QUESTION,
    SERVICE,
    ProposalsOffice,
    Writer,
    write_question,
)
from tests.authority.proposals.test_claim_type_and_file_pages import FIELDS, FILE, FORM
from tests.authority.proposals.world import REFUSAL, proposed
from tests.databases import database_url, postgres_url

__all__ = ["database_url", "postgres_url"]
ONE = [("title-en", "One")]
TWO = [("title-en", "Two")]


@pytest.fixture
def office(tmp_path: Path) -> Iterator[ProposalsOffice]:
    with ProposalsOffice(tmp_path) as office:
        office.people()
        office.actor("olga", "blue-badge", Role.TECHNICAL)
        yield office


def writer(office: ProposalsOffice, name: str = "owen", path: str = PROPOSE) -> Writer:
    return Writer(office.browser(name), path)


def begun(office: Office, actor: Actor, pairs: Any = ONE, now: int = NOW) -> Draft:
    return begin_draft(office.deps.database, actor, DraftKind.QUESTION, pairs, now=now, random=SystemRandom())


def saved(office: Office, actor: Actor, draft: Draft, pairs: Any = TWO, seen: int = 0) -> Draft | None:
    seen = seen or draft.revision
    return save_draft(office.deps.database, actor, draft.id, lambda _: pairs, seen=seen, now=NOW)


def listed(office: Office, actor: Actor, now: int = NOW) -> list[Draft]:
    with office.deps.database.reading() as session:
        return drafts_for(session, actor, now=now)


def found(office: Office, actor: Actor, draft_id: str, now: int = NOW) -> Draft | None:
    with office.deps.database.reading() as session:
        return find_draft(session, actor, draft_id, now=now)


# --- nothing typed is lost


def test_a_draft_is_listed_and_gone_on_with_after_everything_was_closed(office: ProposalsOffice) -> None:
    owen = writer(office)
    write_question(owen, until="terms")
    place = owen.path.removesuffix("/terms")
    for path in (SERVICE, "/organisations/blue-badge"):
        olga = writer(office, "olga", path)
        assert "A badge" in olga.text
        assert "Saved on 18 November 2026 by Owen. Kept until 18 December 2026." in olga.text
        assert f'href="{place}"' in olga.text
        assert f'href="{place}/delete"' in olga.text
    olga.open(place)
    assert "A badge" in olga.text
    assert re.search(rf'value="{VCT}" checked', olga.text)
    write_question(olga)
    olga.press()
    assert office.only_proposal().reference == "badge@1"
    olga.open(SERVICE)
    assert "Not sent yet" not in olga.text
    assert office.browser("owen").get(place).status_code == 404


def test_what_is_wrong_is_saved_too(office: ProposalsOffice) -> None:
    owen = writer(office)
    owen.press("next", **{**QUESTION, "title-cy": "", "version": "one"})
    owen.open(owen.path.partition("?")[0])
    assert re.search(r'id="version"[^>]* value="one"', owen.text)


def test_a_change_of_language_in_the_middle_loses_nothing(office: ProposalsOffice) -> None:
    owen = writer(office)
    owen.press("stay", language="cy", **QUESTION)
    assert '<html lang="cy"' in owen.text
    assert "A badge" in owen.text
    owen.press("next", **QUESTION)
    owen.press("stay", language="en", **QUESTION)
    assert "There is a file" in owen.text
    assert "Which details you need" in owen.text


def test_only_looking_begins_nothing(office: ProposalsOffice) -> None:
    owen = writer(office)
    values = {"version": "1", "alternatives": "1", "title-en": ""}
    owen.press("stay", language="cy", **values)
    assert owen.path == f"{PROPOSE}?lang=cy"
    owen.press("back", **values)
    assert owen.path == SERVICE
    first = office.world.approved(proposed())
    owen.open(f"{PROPOSE}?from={first.id}")
    assert listed(office, office.people()["owen"]) == []


def test_going_back_in_the_browser_and_on_again_is_no_conflict(office: ProposalsOffice) -> None:
    owen = writer(office)
    owen.press("stay", **QUESTION)
    first = owen.page
    write_question(owen, until="terms")
    place = owen.path
    owen.page = first  # the browser's own copy, with the revision of then
    owen.press("next", **{**QUESTION, "title-en": "Another title"})
    owen.open(place)
    owen.press("check", **QUESTION)
    assert "Check before you send" in owen.text
    assert "Another title" in owen.text
    assert "Mae ffeil" in owen.text


def test_the_second_to_save_is_told_and_nothing_is_lost(office: ProposalsOffice) -> None:
    owen = writer(office)
    owen.press("stay", **QUESTION)
    olga = writer(office, "olga", owen.path)
    olga.press("next", **{**QUESTION, "title-en": "Olga’s title", "claim-1": []})
    answer = owen.press("next", **{**QUESTION, "title-en": "Owen’s title"})
    assert (answer.status_code, "Olga saved this draft meanwhile" in owen.text) == (409, True)
    assert ">Owen’s title</textarea>" in owen.text
    theirs = owen.text.split("What is saved now")[1].split("</dl>")[0]
    assert re.sub(r"<[^>]+>|\s+", " ", theirs).split() == (
        ["Title", "in", "English", "Olga’s", "title", "Way", "1", "(nothing)"]
    )
    # in the other language, too, and without saving anything
    owen.press("look", language="cy", **{**QUESTION, "title-en": "Owen’s title"})
    assert "Cadwyd y drafft hwn yn y cyfamser gan: Olga" in owen.text
    assert ">Owen’s title</textarea>" in owen.text
    draft = found(office, office.people()["owen"], owen.path.split("/")[-2])
    assert draft is not None
    assert draft.title("en") == "Olga’s title"


def test_who_saw_the_other_s_words_may_put_theirs_in_place(office: ProposalsOffice) -> None:
    owen = writer(office)
    owen.press("stay", **QUESTION)
    place = owen.path
    olga = writer(office, "olga", place)
    olga.press("stay", **{**QUESTION, "title-en": "Olga’s title"})
    owen.press("next", **{**QUESTION, "title-en": "Owen’s title"})
    owen.press("next", **{**QUESTION, "title-en": "Owen’s title"})
    assert owen.path.endswith("/details")
    owen.open(place)
    assert ">Owen’s title</textarea>" in owen.text
    # and now it is Olga's page that is old
    assert olga.press("next", **{**QUESTION, "title-en": "Olga’s title"}).status_code == 409


def test_what_was_typed_in_a_draft_that_is_gone_begins_another(office: ProposalsOffice) -> None:
    owen = writer(office)
    owen.press("next", **QUESTION)
    place = owen.path.removesuffix("/details")
    olga = writer(office, "olga", f"{place}/delete")
    assert "A badge" in olga.text
    olga.press()
    assert olga.path == SERVICE
    owen.press("next", **QUESTION)
    assert "The draft was sent or deleted meanwhile" in owen.text
    (draft,) = listed(office, office.people()["owen"])
    assert dict(draft.pairs)["match-en"] == "There is a file"


def test_what_is_sent_is_what_was_shown(office: ProposalsOffice) -> None:
    owen = writer(office)
    write_question(owen)
    olga = writer(office, "olga", owen.path.replace("/check", "/terms"))
    olga.press("check", **{**QUESTION, "days": "80"})
    answer = owen.press()
    assert answer.status_code == 409
    assert "Olga saved this draft after you had opened the page" in owen.text
    assert "80" in owen.text
    owen.press()
    sent = office.only_proposal().question
    assert sent is not None
    assert sent.retention.days == 80
    # of two who send the same, one is told that it is gone
    assert olga.press().status_code == 404
    assert office.only_proposal().question == sent


def test_an_incomplete_draft_is_not_sent(office: ProposalsOffice) -> None:
    owen = writer(office)
    owen.press("next", **QUESTION)
    owen.open(owen.path.replace("/details", "/check"))
    assert owen.path.endswith("/details?check")
    assert 'href="#match"' in owen.text


def test_a_claim_type_and_a_file_are_drafts_too(office: ProposalsOffice) -> None:
    dilys = writer(office, "dilys", FORM)
    dilys.press("stay", language="cy", **{**FIELDS, "reason:2": "Short"})
    dilys.open("/organisations/dwp/proposals?lang=en")
    assert "Over 18" in dilys.text
    dilys.open(FILE.format("dwp"))
    dilys.press("back", text="id: x\n  odd: y")
    assert dilys.path == "/organisations/dwp/proposals"
    assert "No title yet" in dilys.text
    file, claim = listed(office, office.people()["dilys"])
    assert (file.kind, claim.kind) in {
        (DraftKind.FILE, DraftKind.CLAIM_TYPE),
        (DraftKind.CLAIM_TYPE, DraftKind.FILE),
    }
    dilys.open("/organisations/dwp")
    assert "Over 18" in dilys.text
    assert 'href="/organisations/dwp/proposals"' in dilys.text


# --- a session that ended


@pytest.mark.parametrize("is_begun", [False, True])
def test_what_was_typed_survives_the_end_of_the_session(office: ProposalsOffice, is_begun: bool) -> None:
    owen = writer(office)
    if is_begun:
        owen.press("next", **QUESTION)
    office.clock.advance(office.settings.sign_in.idle_seconds + 1 if office.settings.sign_in else 0)
    out = owen.press("next", **QUESTION)
    assert (out.status_code, "What you typed is kept in this page" in owen.text) == (401, True)
    owen.press(language="cy")
    assert "Mewngofnodwch eto" in owen.text
    # they sign in, in another tab
    again = office.browser("owen").client.cookies["pdx_office"]
    owen.browser.client.cookies.set("pdx_office", again)
    back = owen.press(language="en")
    assert (back.status_code, "Your session had ended" in owen.text) == (403, True)
    said = "There is a file" if is_begun else ">A badge</textarea>"
    assert said in owen.text
    assert len(listed(office, office.people()["owen"])) == int(is_begun)
    owen.press("next", **QUESTION)
    assert owen.path.endswith("/terms" if is_begun else "/details")


def test_an_adoption_and_an_appeal_survive_it_too(office: ProposalsOffice) -> None:
    approved = office.world.approved(proposed())
    refused = office.world.decide(office.world.submit(proposed(id="other")), REFUSAL)
    carys = writer(office, "carys", f"/organisations/council-two/adopt/{approved.id}")
    owen = writer(office, path=f"{SERVICE}/{refused.id}")
    office.clock.advance(86_400)
    for name, one, typed in (
        ("carys", carys, {"email": "not an address"}),
        ("owen", owen, {"text": "Look at it again."}),
    ):
        assert one.press(**typed).status_code == 401
        cookie = office.browser(name).client.cookies["pdx_office"]
        one.browser.client.cookies.set("pdx_office", cookie)
        assert one.press().status_code == 403
        assert next(iter(typed.values())) in one.text
        one.press("look", language="cy", **typed)
        assert '<html lang="cy"' in one.text
        assert next(iter(typed.values())) in one.text


def test_a_form_of_an_earlier_session_does_nothing(office: ProposalsOffice) -> None:
    owen = writer(office)
    write_question(owen)
    mark = CSRF.search(owen.page.text)
    assert mark
    for path in (owen.path, owen.path.replace("/check", "/terms"), PROPOSE):
        answer = owen.browser.client.post(
            path, data={**QUESTION, "title-en": "<b>", "csrf": "x", "revision": "3"}, headers=HTML
        )
        assert answer.status_code == 403
        assert "<b>" not in answer.text
    place = owen.path.removesuffix("/check")
    for csrf in ("x", mark[1]):
        plain = owen.browser.client.post(
            f"{place}/delete", data={"csrf": csrf}, headers={**HTML, "origin": "https://evil.example"}
        )
        assert plain.status_code == 403
    assert len(listed(office, office.people()["owen"])) == 1
    with pytest.raises(ValueError, match="not enough values"):
        office.only_proposal()


def test_without_a_session_no_page_of_another_site_is_answered(office: ProposalsOffice) -> None:
    client = office.network.client(base_url=URL)
    answer = client.post(PROPOSE, data=QUESTION, headers={**HTML, "sec-fetch-site": "cross-site"})
    assert answer.status_code == 403
    assert "A badge" not in html.unescape(answer.text)


# --- whose it is, how many, how long


def test_only_who_may_propose_for_it_sees_a_draft(office: ProposalsOffice) -> None:
    owen = writer(office)
    owen.press("next", **QUESTION)
    place = owen.path.removesuffix("/details")
    for name in ("carys", "dilys", "rhys", "nobody"):
        browser = office.browser(name)
        for path in (place, f"{place}/what", f"{place}/check", f"{place}/delete"):
            assert browser.get(path).status_code == 403
            assert browser.post(path, QUESTION).status_code in {403, 405}
    carys = office.browser("carys")
    for kind in ("question", "file"):
        other = place.replace("blue-badge", "council-two").replace("/question/", f"/{kind}/")
        assert carys.get(f"{other}/what").status_code == 404
        assert carys.post(f"{other}/delete").status_code == 404
    assert office.browser("owen").get(place.replace("/question/", "/claim-type/")).status_code == 404
    assert office.browser("owen").get(f"{place}/nothing").status_code == 404
    assert office.browser("owen").get("/organisations/blue-badge/propose/nothing").status_code == 404
    actors = office.people()
    draft = begun(office, actors["owen"])
    assert found(office, actors["carys"], draft.id) is None
    assert delete_draft(office.deps.database, actors["carys"], draft.id) is False
    assert saved(office, actors["carys"], draft) is None
    with pytest.raises(NotAllowedError):
        begun(office, Actor("x", "blue-badge", frozenset()))


def test_only_a_member_has_drafts(office: ProposalsOffice) -> None:
    with pytest.raises(RefusedError) as refused:
        begun(office, office.actor("tom", "stranger", Role.OWNER))
    assert refused.value.code == "not_admitted"


def test_one_person_and_one_organisation_have_few(office: ProposalsOffice) -> None:
    owen = office.people()["owen"]
    for _ in range(MAX_OF_PERSON):
        begun(office, owen)
    at = writer(office)
    answer = at.press("next", **QUESTION)
    assert (answer.status_code, "You have begun enough. Nothing was saved" in at.text) == (422, True)
    assert ">A badge</textarea>" in at.text
    others = [office.actor(f"p{n}", "blue-badge", Role.TECHNICAL) for n in range(3)]
    room = MAX_OF_ORGANISATION - MAX_OF_PERSON
    for n in range(room):
        begun(office, others[n % 3])
    with pytest.raises(RefusedError):
        begun(office, others[0])
    assert len(listed(office, owen)) == MAX_OF_ORGANISATION


def test_nobody_s_draft_is_larger_than_a_form(office: ProposalsOffice) -> None:
    owen = office.people()["owen"]
    with pytest.raises(RefusedError):
        begun(office, owen, [("title-en", "w" * MAX_SIZE)])
    draft = begun(office, owen)
    with pytest.raises(RefusedError):
        saved(office, owen, draft, [("title-en", "ŵ" * (MAX_SIZE // 2))])
    with pytest.raises(RefusedError):
        saved(office, owen, draft, [("title-en", "")] * 601)
    left = found(office, owen, draft.id)
    assert left is not None
    assert left.pairs == ONE
    at = writer(office)
    at.press("stay", **QUESTION)
    at.open(at.path.replace("/what", "/terms"))
    at.press("check", **{**QUESTION, "law-en": "l" * 130_000})
    at.open(at.path.partition("?")[0].replace("/terms", "/details"))
    answer = at.press("next", **{**QUESTION, "match-en": "m" * 140_000})
    assert (answer.status_code, "This is more than can be kept" in at.text) == (422, True)
    assert "m" * 140_000 in at.text


def test_one_that_nobody_saves_ends(office: ProposalsOffice) -> None:
    owen = office.people()["owen"]
    draft = begun(office, owen)
    end = NOW + DRAFT_SECONDS
    assert found(office, owen, draft.id, end - 1) is not None
    assert found(office, owen, draft.id, end) is None
    assert listed(office, owen, end) == []
    with office.deps.database.unit() as session:
        begun(office, owen, now=end)
        assert session.connection().exec_driver_sql(
            "SELECT count(*) FROM authority_proposal_draft"
        ).one() == (1,)


def test_a_page_older_than_everybody_s_changes_is_told(office: ProposalsOffice) -> None:
    owen = office.people()["owen"]
    draft: Draft | None = begun(office, owen)
    assert draft is not None
    for n in range(MAX_SAVERS + 2):
        draft = saved(office, Actor(f"p{n}", "blue-badge", owen.roles), draft)
        assert draft is not None
    assert len(draft.saved_by) == MAX_SAVERS
    with pytest.raises(DraftChangedError):
        saved(office, owen, draft, seen=1)


def test_how_often_one_address_proposes_and_adopts(tmp_path: Path) -> None:
    with ProposalsOffice(tmp_path, limits={"propose": "4/hour"}) as office:
        office.people()
        approved = office.world.approved(proposed())
        waiting = office.world.submit(proposed(id="other"))
        owen, carys = office.browser("owen"), office.browser("carys")
        paths = (f"{SERVICE}/{waiting.id}/appeal", f"{SERVICE}/{waiting.id}/withdraw", PROPOSE)
        said = [owen.post(path, {"go": "stay"}).status_code for path in paths]
        said.append(carys.post(f"/organisations/council-two/adopt/{approved.id}").status_code)
        assert 429 not in said
        draft = f"{PROPOSE}/nothing"
        for path in (*paths, f"{draft}/check", f"{draft}/delete", f"{draft}/what"):
            assert owen.post(path).status_code == 429, path
        assert owen.get(PROPOSE).status_code == 200


# --- at once, on both databases


@pytest.fixture
def both(tmp_path: Path, database_url: str) -> Iterator[Office]:
    """The office on SQLite and on PostgreSQL, with one member."""
    with Office(tmp_path, database=database_url) as office:
        member = Member(
            id="blue-badge",
            kind=Kind.SERVICE,
            name=MemberName(en="A team", cy="Tîm"),
            url="https://blue-badge.example",
        )
        with office.deps.database.unit() as session:
            save_member(session, member)
            session.commit()
        yield office


def test_of_two_who_save_at_once_one_is_told(both: Office) -> None:
    actors = [both.actor(name, "blue-badge", Role.TECHNICAL) for name in ("owen", "olga", "tom", "ann")]
    draft = begun(both, actors[0])

    def save(actor: Actor) -> str:
        try:
            one = saved(both, actor, draft, [("title-en", actor.person_id)])
        except DraftChangedError as error:
            assert error.draft.revision == 2  # noqa: PT017 - one must win
            return ""
        assert one is not None
        return actor.person_id

    with ThreadPoolExecutor(4) as pool:
        won = [one for one in pool.map(save, actors) if one]
    assert len(won) == 1
    (left,) = listed(both, actors[0])
    assert (left.revision, left.title("en")) == (2, won[0])


def test_one_person_s_own_windows_do_not_stop_each_other(both: Office) -> None:
    actor = both.actor("owen", "blue-badge", Role.OWNER)
    draft = begun(both, actor)
    with ThreadPoolExecutor(3) as pool:
        results = list(pool.map(lambda _: saved(both, actor, draft), range(3)))
    assert {one.revision for one in results if one} == {2, 3, 4}


def test_who_begins_many_at_once_has_few(both: Office) -> None:
    actor = both.actor("owen", "blue-badge", Role.OWNER)

    def begin(_: int) -> bool:
        try:
            begun(both, actor)
        except RefusedError:
            return False
        return True

    for _ in range(MAX_OF_PERSON - 2):
        begun(both, actor)
    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(begin, range(6))) == 2


def test_a_draft_that_is_sent_and_saved_at_once_is_not_lost(both: Office) -> None:
    owen, olga = (both.actor(name, "blue-badge", Role.TECHNICAL) for name in ("owen", "olga"))
    draft = begun(both, owen)

    def send() -> bool:
        return delete_draft(both.deps.database, owen, draft.id, revision=draft.revision)

    with ThreadPoolExecutor(2) as pool:
        is_gone, kept = pool.submit(send), pool.submit(saved, both, olga, draft)
    assert is_gone.result() is (kept.result() is None)
    assert len(listed(both, owen)) == int(not is_gone.result())
