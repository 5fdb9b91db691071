"""The register of a real authority, as anybody reads it from the published files."""

import json
import re
from html.parser import HTMLParser
from os.path import normpath
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import jsonschema_rs
import pytest

from authority.app import create_authority_app
from authority.member import Kind, MemberName, Purpose
from authority.public_register.history import read_history
from authority.public_register.screen import is_linked
from authority.usecases.remove_member import remove_member
from authority.usecases.renew_certificates import renew_certificates
from authority.usecases.set_status import set_status
from authority.usecases.verify_log import verify_log
from protocol.registration.certificate import verify_registration_certificate, write_registration
from protocol.registration.public_register import question_address
from protocol.transparency import Entry, Event
from protocol.trust_list.members import MemberStatus
from serving.errors import OperatorError
from serving.logs import EventLog
from tests.authority.network import (
    DAY,
    NOW,
    RANDOM,
    VCT,
    WORDS,
    Network,
    claim_type,
    question,
    request_of,
)
from tests.serving.asking import ask

DATA = "register/questions/blue-badge/blue-badge.json"
ENGLISH = "register/en/questions/blue-badge/blue-badge.html"
WELSH = "register/cy/questions/blue-badge/blue-badge.html"
MARKUP = "<script>document.title='owned'</script><img src=x onerror=alert(1)>'\"{{7*7}}"


def read(network: Network, name: str) -> str:
    return (network.records.public / name).read_text("utf-8")


def data(network: Network, name: str = DATA) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(read(network, name))
    return document


def register_files(network: Network) -> list[Path]:
    return [one for one in (network.records.public / "register").rglob("*") if one.is_file()]


def suspend(network: Network, *, now: int = NOW, reason: str = "It kept answers.") -> None:
    suspended = MemberStatus.SUSPENDED
    set_status(network.records, Kind.SERVICE, "blue-badge", suspended, reason=reason, now=now)


# --- what it says


def test_a_question_says_who_asks_what_why_by_which_law_and_since_when(network: Network) -> None:
    network.fill().publish()
    document = data(network)
    assert document["service"] == {
        "member": "blue-badge",
        "name": {"en": "Blue Badge team", "cy": "Tîm Bathodyn Glas"},
    }
    (version,) = document["versions"]
    assert (version["purpose"], version["law"]) == (WORDS, WORDS)
    assert version["retention"] == {"days": 90, "text": WORDS}
    ((claim,),) = version["any_of"]
    assert (claim["vct"], claim["title"]["cy"]) == (VCT, "PIP yn Gymraeg")
    assert [one["path"] for one in claim["attributes"]] == [["family_name"], ["address", "postal_code"]]
    assert document["standing"] == {"state": "in-force", "since": "2026-11-18T11:06:40Z", "reason": None}
    assert document["published"] == {"trust_list": 1, "at": "2026-11-18T11:06:40Z"}
    english, welsh = read(network, ENGLISH), read(network, WELSH)
    assert "Blue Badge team may ask" in english
    assert "Approved since 18 November 2026." in english
    assert "Caiff Tîm Bathodyn Glas ofyn" in welsh
    assert "Cymeradwywyd ers 18 Tachwedd 2026." in welsh


def test_the_address_is_the_one_that_wallets_link_to(network: Network) -> None:
    network.fill().publish()
    certificate = verify_registration_certificate(
        read(network, "registrations/blue-badge/blue-badge.jwt"),
        anchors=[network.records.root_certificate()],
        log_keys=[network.records.log().key],
        now=NOW,
        expected_subject="PDXGB-blue-badge",
    )
    for language, file in (("en", ENGLISH), ("cy", WELSH)):
        address = question_address(
            certificate.registry_uri,
            subject=certificate.subject,
            reference=certificate.intended_use_id,
            language=language,  # type: ignore[arg-type]
        )
        assert address == f"https://network.example/{file}"
        assert f'<link rel="canonical" href="{address}">' in read(network, file)
        assert data(network)["pages"][language] == address


def test_the_log_has_what_the_register_says_it_has(network: Network) -> None:
    network.fill().publish()
    document = data(network)
    log = document["versions"][0]["log"]
    audit = verify_log(
        lambda name: (network.records.public / name).read_bytes(),
        anchors=[network.records.root_certificate()],
        now=NOW,
        registrations=[read(network, urlsplit(document["certificate"]).path.lstrip("/"))],
    )
    entry = audit.entries[log["first"]]
    assert (entry.event, entry.members()["intended_use_id"]) == ("registration", "blue-badge@1")
    assert f"as entry {log['first']}." in read(network, ENGLISH)


def test_every_document_keeps_its_schema(network: Network) -> None:
    network.fill().publish()
    network.admit_service(questions=(question(version=2),), now=NOW + DAY)
    suspend(network, now=NOW + 2 * DAY)
    network.publish(NOW + 2 * DAY)
    schema = jsonschema_rs.validator_for(data(network, "register/schemas/question.json"))
    schema.validate(data(network))
    index = data(network, "register/register.json")
    jsonschema_rs.validator_for(data(network, "register/schemas/register.json")).validate(index)
    assert not schema.is_valid(data(network) | {"versions": []})
    assert [one["question"] for one in index["questions"]] == ["blue-badge"]
    assert [one["member"] for one in index["members"]] == ["blue-badge", "dwp", "wallet"]


def test_a_claim_type_says_who_may_ask_for_it(network: Network) -> None:
    network.admit_department(claim_types=(claim_type(), claim_type(version=2, title=WORDS)))
    network.admit_service()
    network.publish()
    document = data(network, "register/claims/dwp/pip-moving-around-8.json")
    assert [one["version"] for one in document["versions"]] == [2, 1]
    assert [one["services"][0]["question"] for one in document["asked_by"]] == ["blue-badge"]
    welsh = read(network, "register/cy/claims/dwp/pip-moving-around-8.html")
    assert '<span lang="en">A service must see that the claim belongs to the person.</span>' in welsh
    suspend(network)
    network.publish()
    assert data(network, "register/claims/dwp/pip-moving-around-8.json")["asked_by"] == []


def test_one_organisation_in_two_roles_has_one_page(network: Network) -> None:
    network.fill()
    name = MemberName(en="Department asks", cy="Adran yn gofyn")
    values: dict[str, Any] = {"id": "dwp", "name": name, "url": "https://ask.dwp.example", "requests": {}}
    values["requests"] = {Purpose.REQUEST_SIGNING: request_of(network.key("dwp-requests"), "PDXGB-dwp")}
    network.admit_service(**values)
    network.publish()
    roles = data(network, "register/members/dwp.json")["roles"]
    assert [(one["kind"], one["name"]["en"]) for one in roles] == [
        ("department", "Department"),
        ("service", "Department asks"),
    ]
    assert (
        data(network, "register/questions/dwp/blue-badge.json")["service"]["name"]["cy"] == "Adran yn gofyn"
    )


# --- since when, and what became of it


def test_a_renewed_certificate_does_not_change_since_when(network: Network) -> None:
    network.fill().publish()
    later = NOW + 150 * DAY
    renew_certificates(network.records, now=later, random=RANDOM)
    network.publish(later)
    (version,) = data(network)["versions"]
    assert version["since"] == data(network)["since"] == "2026-11-18T11:06:40Z"
    assert version["certificate_until"] == "2027-10-14T11:06:40Z"
    assert version["log"]["newest"] > version["log"]["first"]
    assert [one["event"] for one in data(network)["happened"]] == ["approval"]
    assert "Approved since 18 November 2026." in read(network, ENGLISH)


def test_a_new_name_does_not_change_since_when(network: Network) -> None:
    network.fill().publish()
    name = MemberName(en="Badge office", cy="Swyddfa bathodynnau")
    network.admit_service(name=name, now=NOW + DAY)
    network.publish(NOW + DAY)
    assert data(network)["since"] == "2026-11-18T11:06:40Z"
    assert "Badge office may ask" in read(network, ENGLISH)
    role = data(network, "register/members/blue-badge.json")["roles"][0]
    assert [one["event"] for one in role["happened"]] == ["admission", "change"]


def test_an_earlier_version_stays_with_its_own_words(network: Network) -> None:
    network.fill().publish()
    purpose = {"en": "To decide something else.", "cy": "I benderfynu ar rywbeth arall."}
    network.admit_service(questions=(question(version=2, purpose=purpose),), now=NOW + 30 * DAY)
    network.publish(NOW + 30 * DAY)
    new, old = data(network)["versions"]
    assert (new["version"], new["purpose"], new["until"]) == (2, purpose, None)
    assert (old["version"], old["purpose"], old["until"]) == (1, WORDS, new["since"])
    assert data(network)["since"] == old["since"]
    assert data(network)["standing"]["since"] == new["since"]
    assert "To decide something else." in read(network, ENGLISH)
    assert 'id="version-1"' in read(network, ENGLISH)


def test_a_suspended_service_stays_with_the_reason(network: Network) -> None:
    network.fill().publish()
    suspend(network, now=NOW + DAY)
    network.publish(NOW + DAY)
    assert data(network)["standing"] == {
        "state": "suspended",
        "since": "2026-11-19T11:06:40Z",
        "reason": "It kept answers.",
    }
    assert data(network)["certificate"] is None
    assert "This service is suspended since 19 November 2026." in read(network, ENGLISH)
    assert "The reason given: It kept answers." in read(network, ENGLISH)
    active = MemberStatus.ACTIVE
    reason, later = "It has deleted them.", NOW + 2 * DAY
    set_status(network.records, Kind.SERVICE, "blue-badge", active, reason=reason, now=later)
    network.publish(later)
    assert data(network)["standing"] == {"state": "in-force", "since": "2026-11-20T11:06:40Z", "reason": None}
    assert [(one["event"], one.get("reason")) for one in data(network)["happened"]] == [
        ("approval", None),
        ("suspension", "It kept answers."),
        ("reinstatement", "It has deleted them."),
    ]


def test_what_the_records_no_longer_have_stays(network: Network) -> None:
    """As when a question is withdrawn: the log still has it."""
    network.fill().publish()
    member = network.records.find_member(Kind.SERVICE, "blue-badge")
    assert member is not None
    network.records.save_member(member.model_copy(update={"registrations": ()}))
    network.publish(NOW + DAY)
    assert data(network)["standing"] == {"state": "ended", "since": None, "reason": None}
    assert data(network)["versions"][0]["purpose"] == WORDS
    assert "This question is no longer approved." in read(network, ENGLISH)
    network.publish(NOW + 200 * DAY)
    assert data(network)["standing"]["since"] == "2027-05-17T11:06:40Z"


def test_a_suspended_services_question_that_ran_out_is_still_suspended(network: Network) -> None:
    network.fill()
    suspend(network)
    network.publish(NOW + 200 * DAY)
    assert data(network)["standing"]["state"] == "suspended"


def test_a_service_that_left_stays_with_the_reason(network: Network) -> None:
    network.fill().publish()
    later = NOW + DAY
    remove_member(network.records, Kind.SERVICE, "blue-badge", reason="The scheme ended.", now=later)
    network.publish(later)
    standing = data(network)["standing"]
    assert (standing["state"], standing["reason"]) == ("ended", "The scheme ended.")
    page = (network.records.public / "register/en/members/blue-badge.html").read_text()
    assert "No longer a member since 19 November 2026." in page
    assert "Left the network." in page


def test_a_registration_that_no_wallet_takes_stops_nobody(network: Network) -> None:
    """It was logged before it was looked at, and stays in the log for good."""
    network.admit_department()
    old = question().model_copy(update={"privacy_policy": "http://blue-badge.example/privacy"})
    draft = write_registration(
        old,
        subject="PDXGB-blue-badge",
        name="Blue Badge team",
        registry_uri="https://network.example",
        info_uri="https://blue-badge.example",
        now=NOW,
        expires_at=NOW + DAY,
    )
    network.records.log().append([Entry(Event.REGISTRATION.value, draft)])
    network.admit_service(questions=(question(version=2),))
    assert network.publish() == 1
    assert [one["version"] for one in data(network)["versions"]] == [2]


def test_each_way_to_reach_the_service_is_there(network: Network) -> None:
    network.admit_department()
    contact = {"email": "team@blue-badge.example", "phone": "+44 1632 960001"}
    network.admit_service(questions=(question(contact=contact),))
    network.publish()
    [version] = data(network)["versions"]
    assert version["contact"] == "mailto:team@blue-badge.example"
    assert version["contact_phone"] == "+44 1632 960001"
    for language, words in (("en", "Ask by telephone"), ("cy", "Gofyn dros y ffôn")):
        page = network.records.public / f"register/{language}/questions/blue-badge/blue-badge.html"
        text = page.read_text("utf-8")
        assert words in text
        assert "+44 1632 960001" in text


def test_an_entry_that_cannot_be_read_is_told() -> None:
    with pytest.raises(OperatorError, match="entry 1 can't be read"):
        read_history([b'unknown-event\n{"a":1}', b'registration\n{"sub":"PDXGB-../x"}'])
    hostile = json.dumps({"sub": "PDXGB-../x", "intended_use_id": "a@1", "iat": 1}).encode()
    with pytest.raises(OperatorError, match="entry 0 can't be read"):
        read_history([b"registration\n" + hostile])


# --- what did not change is not made anew


def test_what_did_not_change_is_left_as_it_is(network: Network) -> None:
    network.fill().publish()
    before = {one.relative_to(network.records.public.resolve()): one.stat().st_ino for one in _real(network)}
    network.publish(NOW + DAY)
    after = {one.relative_to(network.records.public.resolve()): one.stat().st_ino for one in _real(network)}
    new = {str(name) for name in after if after[name] != before.get(name)}
    assert before.keys() == after.keys()
    assert new == {"register/register.json", "register/changes.json"}
    assert data(network)["published"]["trust_list"] == 1
    assert data(network, "register/register.json")["published"]["trust_list"] == 2


def _real(network: Network) -> list[Path]:
    return [one for one in (network.records.public.resolve() / "register").rglob("*") if one.is_file()]


def test_only_what_changed_is_made_anew(network: Network) -> None:
    network.fill().publish()
    network.admit_service(questions=(question(version=2),), now=NOW + DAY)
    network.publish(NOW + DAY)
    assert data(network)["published"]["trust_list"] == 2
    assert data(network, "register/members/dwp.json")["published"]["trust_list"] == 1
    units = data(network, "register/changes.json")["units"]
    assert {name for name, one in units.items() if one["trust_list"] == 2} == {
        "question/blue-badge/blue-badge",
        "member/blue-badge",
    }


@pytest.mark.parametrize("spoilt", [b"", b"{", b'{"units":[]}', b'{"units":{"look":7},"published":7}'])
def test_everything_is_made_anew_when_it_is_not_known_what_was(network: Network, spoilt: bytes) -> None:
    network.fill().publish()
    (network.records.public / "register" / "changes.json").write_bytes(spoilt)
    network.publish(NOW + DAY)
    assert data(network)["published"]["trust_list"] == 2


def test_a_file_that_got_lost_is_made_anew(network: Network) -> None:
    network.fill().publish()
    (network.records.public / WELSH).unlink()
    network.publish(NOW + DAY)
    assert "Tîm Bathodyn Glas" in read(network, WELSH)


# --- pages


class Page(HTMLParser):
    """The elements of a page with their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def addresses(self) -> list[str]:
        return [value for _, one in self.elements for name in ("href", "src") if (value := one.get(name))]


def pages(network: Network) -> list[Path]:
    return [one for one in register_files(network) if one.suffix == ".html"]


def test_every_link_leads_somewhere(network: Network) -> None:
    network.fill()
    network.admit_service(questions=(question(version=2),))
    network.publish()
    public = network.records.public
    seen = 0
    for page in pages(network):
        for address in Page(page.read_text("utf-8")).addresses():
            parts = urlsplit(address)
            if parts.scheme in {"mailto", "tel"} or address.startswith("#"):
                continue
            own = parts.scheme == "https" and parts.netloc == "network.example"
            if parts.scheme and not own:
                continue
            base = public if own else page.parent
            # as a browser goes up, by the address and not by where a link leads
            assert Path(normpath(base / unquote(parts.path).lstrip("/" if own else ""))).is_file(), address
            seen += 1
    assert seen > 100


def test_every_page_names_its_language_and_the_other(network: Network) -> None:
    network.fill().publish()
    for file in pages(network):
        page = Page(file.read_text("utf-8"))
        language = "cy" if "cy" in file.relative_to(network.records.public).parts else "en"
        assert ("html", {"lang": language, "class": "govuk-template"}) in page.elements
        switch = [one for name, one in page.elements if name == "a" and one.get("rel") == "alternate"]
        assert [one["lang"] for one in switch] == ["en" if language == "cy" else "cy"]
        alternates = [one["hreflang"] for name, one in page.elements if name == "link" and "hreflang" in one]
        assert sorted(map(str, alternates)) == ["cy", "en"]


def test_a_page_brings_its_own_policy_and_nothing_inline(network: Network) -> None:
    network.fill().publish()
    for file in pages(network):
        text = file.read_text("utf-8")
        assert "script-src &#39;self&#39;" in text
        page = Page(text)
        scripts = [one for name, one in page.elements if name == "script"]
        assert all("src" in one for one in scripts)
        assert not any(name == "style" for name, _ in page.elements)
        inline = {
            name for _, one in page.elements for name in one if name.startswith("on") or name == "style"
        }
        assert not inline
        assert not re.search(r"GOV\.UK|GDS|crown", text)


def test_what_a_member_wrote_is_text(network: Network) -> None:
    hostile = {"en": MARKUP, "cy": f"{MARKUP} \u202eback to front\u0007"}
    network.admit_department(
        claim_types=(
            claim_type(
                title=hostile,
                statement=hostile,
                legal_gateway=hostile,
                attributes=[
                    {"path": path, "title": hostile, "justification": MARKUP}
                    for path in (["family_name"], ["address", "postal_code"])
                ],
            ),
        )
    )
    words = dict.fromkeys(("title", "purpose", "law"), hostile)
    asked = question(
        **words,
        retention={"days": 1, "text": hostile},
        privacy_policy="https://x.example/'onclick=alert(1)&lt;",
        contact={"email": '"><script>alert(1)</script>@x.example'},
        supervisory_authority={"email": '"><b>@x.example', "uri": "https://x.example/'onload=alert(1)"},
    )
    network.admit_service(questions=(asked,))
    suspend(network, reason=MARKUP)
    network.publish()
    seen = ""
    for file in pages(network):
        text = file.read_text("utf-8")
        seen += text
        names = {name for name, _ in Page(text).elements}
        assert not names & {"img", "b", "iframe"}
        assert "\u202e" not in text
        assert "{{7*7}}" in text or "{{" not in text
        assert text.count("<script") <= 1  # the search of the home page
    assert "&lt;script&gt;" in seen
    assert "owned'</script>" not in seen


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "data:text/html,x", "vbscript:x", " javascript:x"]
)
def test_no_address_becomes_a_script(address: str) -> None:
    assert not is_linked(address)
    assert is_linked("https://x.example")


def test_a_real_network_may_be_found_by_search_engines_and_a_demonstration_not(network: Network) -> None:
    network.fill().publish()
    assert "noindex" not in read(network, ENGLISH)
    settings = network.records.settings().model_copy(update={"demo": True})
    network.records.save_settings(settings)
    network.publish()
    assert 'content="noindex"' in read(network, ENGLISH)
    assert "Demonstration with invented people" in read(network, ENGLISH)


def test_an_empty_network_has_a_register(network: Network) -> None:
    network.publish()
    assert "No question was approved yet." in read(network, "register/en/questions/all.html")
    assert data(network, "register/register.json")["questions"] == []


# --- as our own server gives it


@pytest.mark.parametrize(
    ("path", "media_type", "caching"),
    [
        (f"/{ENGLISH}", "text/html; charset=utf-8", "public, max-age=60"),
        ("/register/", "text/html; charset=utf-8", "public, max-age=60"),
        ("/register/en/", "text/html; charset=utf-8", "public, max-age=60"),
        (f"/{DATA}", "application/json", "public, max-age=60"),
        ("/register/register.json", "application/json", "public, max-age=60"),
        ("/register/assets/register.css", "text/css; charset=utf-8", "public, max-age=60"),
        (
            "/register/assets/register.js?v=1",
            "text/javascript; charset=utf-8",
            "public, max-age=86400, immutable",
        ),
    ],
)
def test_it_is_served(network: Network, path: str, media_type: str, caching: str) -> None:
    network.fill().publish()
    app, _ = create_authority_app(network.records, EventLog(), host="127.0.0.1", port=8400)
    answer = ask(app, "GET", path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, media_type)
    assert answer.headers["cache-control"] == caching
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    is_data = media_type == "application/json"
    assert ("access-control-allow-origin" in ask(app, "GET", path, headers=_FROM).headers) == is_data


_FROM = {"origin": "https://paper.example"}


def test_other_paths_of_it_are_not_there(network: Network) -> None:
    network.fill().publish()
    app, _ = create_authority_app(network.records, EventLog(), host="127.0.0.1", port=8400)
    assert ask(app, "GET", "/register").headers["location"] == "/register/"
    for path in (
        "/register/en/questions",
        "/register/en/questions/",
        "/register/../own/",
        "/register/%2e%2e/",
    ):
        assert ask(app, "GET", path).status_code == 404, path
    page = ask(app, "GET", "/register/en/questions/x/y.html", headers={"accept": "text/html"})
    assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")
