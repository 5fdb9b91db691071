"""A hostile world around the web wallet: links, pages, tabs, storage, and hands that press twice."""

import json
from collections.abc import Callable
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, Request, Route, expect

from examples.blue_badge.network.parties import BLUE_BADGE_ENGLAND, DWP, WALLET
from tests.browser.phone import Phone
from tests.running import RunningNetwork

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

NewPhone = Callable[..., Phone]
CLAIM = "pip-moving-around-8"


def ask(phone: Phone, network: RunningNetwork, page: Page | None = None) -> Page:
    """Has the service ask, as far as the wallet's page with the decision."""
    page = page or phone.page
    page.goto(f"{network.url(BLUE_BADGE_ENGLAND)}/{BLUE_BADGE_ENGLAND}")
    page.get_by_role("button", name="Start now").click()
    page.locator(".check-way--here .govuk-button").click()
    page.wait_for_selector(".decision")
    return page


def link_of(phone: Phone) -> str:
    """The last link that opened the wallet with a request."""
    return [one.url for one in phone.requests if "/present?" in one.url][-1]


HOSTILE = (
    "file:///etc/passwd",
    "javascript:alert(document.domain)",
    "data:application/oauth-authz-req+jwt,e30.e30.AA",
    "http://evil.example/request",
    "https://user:secret@evil.example/request",
    "https:evil.example/request",
    "//evil.example/request",
    "blob:http://localhost/1",
)


def test_hostile_addresses_are_not_even_fetched(running_network: RunningNetwork, new_phone: NewPhone) -> None:
    phone = new_phone()
    wallet = running_network.url(WALLET)
    phone.open(wallet)
    for uri in HOSTILE:
        for query in (
            {"client_id": "x509_hash:abc", "request_uri": uri},
            {"credential_offer_uri": uri},
        ):
            before = len(phone.requests)
            page = phone.open(
                f"{wallet}/{'add' if 'credential_offer_uri' in query else 'present'}?{urlencode(query)}"
            )
            page.wait_for_selector(".reference")
            fetched = [one.url for one in phone.requests[before:] if "evil" in one.url.split("?")[0]]
            assert fetched == []
            assert page.get_by_role("button", name="Share").count() == 0
            assert "evil" not in page.url
            assert "evil" not in page.inner_text("body")


def test_a_peer_that_redirects_floods_or_says_nothing(
    running_network: RunningNetwork, new_phone: NewPhone
) -> None:
    phone = new_phone()
    wallet = running_network.url(WALLET)
    bodies = {
        "redirect": lambda route: route.fulfill(
            status=302, headers={"Location": "https://evil.example/x", **CORS}
        ),
        "flood": lambda route: route.fulfill(body="x" * 3_000_000, content_type=REQUEST_TYPE, headers=CORS),
        "page": lambda route: route.fulfill(
            body="<script>alert(1)</script>", content_type="text/html", headers=CORS
        ),
        "nothing": lambda route: route.fulfill(body="", content_type=REQUEST_TYPE, headers=CORS),
    }
    phone.context.route(
        "https://peer.example/**", lambda route: bodies[route.request.url.rsplit("/", 1)[1]](route)
    )
    for name in bodies:
        query = {"client_id": "x509_hash:abc", "request_uri": f"https://peer.example/{name}"}
        page = phone.open(f"{wallet}/present?{urlencode(query)}")
        page.wait_for_selector(".reference")
        expect(page.get_by_text("Nothing about you was sent.")).to_be_visible()
    assert not any(one.url.startswith("https://evil.example") for one in phone.requests)


CORS = {"Access-Control-Allow-Origin": "*"}
REQUEST_TYPE = "application/oauth-authz-req+jwt"


def test_a_double_tap_shares_once(running_network: RunningNetwork, new_phone: NewPhone) -> None:
    phone = new_phone()
    phone.add(running_network.offer(DWP, [CLAIM], "amira"))
    page = ask(phone, running_network)
    slow = phone.context.new_cdp_session(page)
    slow.send("Emulation.setCPUThrottlingRate", {"rate": 6})
    page.get_by_role("button", name="Share", exact=True).dblclick()
    expect(page.get_by_text("Your proof was accepted")).to_be_visible(timeout=40_000)
    posted = [one for one in phone.requests if "/oid4vp/response/" in one.url and one.method == "POST"]
    assert len(posted) == 1
    phone.open(running_network.url(WALLET))
    assert len(phone.kept()) == 9


def test_two_tabs_answer_once(running_network: RunningNetwork, new_phone: NewPhone) -> None:
    phone = new_phone()
    phone.add(running_network.offer(DWP, [CLAIM], "amira"))
    first = ask(phone, running_network)
    second = phone.context.new_page()
    second.goto(link_of(phone))
    second.wait_for_selector(".decision")
    first.get_by_role("button", name="Share", exact=True).click()
    expect(first.get_by_text("Your proof was accepted")).to_be_visible(timeout=20_000)
    second.get_by_role("button", name="Share", exact=True).click()
    expect(second.get_by_role("heading", level=1)).to_have_text("You have already answered this request")
    # the other tab did send something
    expect(second.get_by_text("Nothing about you was sent.")).not_to_be_visible()


def test_back_and_reload_after_sharing_ask_nothing(
    running_network: RunningNetwork, new_phone: NewPhone
) -> None:
    phone = new_phone()
    phone.add(running_network.offer(DWP, [CLAIM], "amira"))
    page = ask(phone, running_network)
    page.get_by_role("button", name="Share", exact=True).click()
    expect(page.get_by_text("Your proof was accepted")).to_be_visible(timeout=20_000)
    page.go_back()
    page.wait_for_selector("h1")
    page.reload()
    page.wait_for_selector("h1")
    assert page.get_by_role("button", name="Share", exact=True).count() == 0


def test_a_broken_connection_while_sharing(running_network: RunningNetwork, new_phone: NewPhone) -> None:
    phone = new_phone()
    phone.add(running_network.offer(DWP, [CLAIM], "amira"))
    page = ask(phone, running_network)
    phone.context.route("**/oid4vp/response/*", lambda route: route.abort())
    page.get_by_role("button", name="Share", exact=True).click()
    again = page.get_by_role("button", name="Send again")
    expect(again).to_be_visible()
    phone.context.unroute("**/oid4vp/response/*")
    again.click()
    expect(page.get_by_text("Your proof was accepted")).to_be_visible(timeout=20_000)


def misleading(address: str) -> Callable[[Route], None]:
    answer = json.dumps({"redirect_uri": address})
    return lambda route: route.fulfill(body=answer, content_type="application/json", headers=CORS)


def test_where_the_service_leads_is_the_web_or_nowhere(
    running_network: RunningNetwork, new_phone: NewPhone
) -> None:
    phone = new_phone()
    phone.add(running_network.offer(DWP, [CLAIM], "amira"))
    for address in ("javascript:document.title='owned'", "data:text/html,x", "https://a@evil.example/"):
        page = ask(phone, running_network)

        phone.context.route("**/oid4vp/response/*", misleading(address))
        page.get_by_role("button", name="Share", exact=True).click()
        expect(page.locator(".tick")).to_be_visible()
        assert page.title() != "owned"
        assert page.url == f"{running_network.url(WALLET)}/present"
        phone.context.unroute("**/oid4vp/response/*")


def test_to_a_strange_host_nobody_is_led_unasked(
    running_network: RunningNetwork, new_phone: NewPhone
) -> None:
    phone = new_phone()
    phone.add(running_network.offer(DWP, [CLAIM], "amira"))
    page = ask(phone, running_network)
    phone.context.route("**/oid4vp/response/*", misleading("https://elsewhere.example/done"))
    page.get_by_role("button", name="Share", exact=True).click()
    expect(page.get_by_text("another address, elsewhere.example")).to_be_visible()
    assert page.url == f"{running_network.url(WALLET)}/present"
    assert not any("elsewhere.example" in request.url for request in phone.requests)


def test_a_server_without_headers_does_not_let_it_be_framed(
    running_network: RunningNetwork, new_phone: NewPhone
) -> None:
    phone = new_phone()
    wallet = running_network.url(WALLET)

    def bare(route: Route) -> None:
        response = route.fetch()
        route.fulfill(body=response.body(), headers={"content-type": "text/html"})

    phone.context.route(f"{wallet}/", bare)
    body = f'<h1>Win a prize</h1><iframe src="{wallet}/" width="300" height="500"></iframe>'
    phone.context.route(
        "http://evil.example/", lambda route: route.fulfill(body=body, content_type="text/html")
    )
    page = phone.open("http://evil.example/")
    heading = page.frame_locator("iframe").get_by_role("heading", level=1)
    expect(heading).to_have_text("Your wallet does not open inside another page")


def test_words_from_outside_stay_words(running_network: RunningNetwork, new_phone: NewPhone) -> None:
    phone = new_phone()
    phone.add(running_network.offer(DWP, [CLAIM], "amira"))
    page = phone.page
    poison = '<img src=x onerror="window.owned=1"><script>window.owned=1</script>'
    page.evaluate(
        """async (poison) => {
          const open = indexedDB.open("wallet");
          const database = await new Promise((done) => { open.onsuccess = () => done(open.result); });
          const write = database.transaction("claims", "readwrite").objectStore("claims");
          const read = write.getAll();
          const [claim] = await new Promise((done) => { read.onsuccess = () => done(read.result); });
          const words = { en: poison, cy: poison };
          write.put({ ...claim, statement: words, description: words, issuerName: words,
            facts: { [poison]: poison }, attributes: [] });
          await new Promise((done) => { write.transaction.oncomplete = done; });
        }""",
        poison,
    )
    phone.open(running_network.url(WALLET))
    page.locator(".card__link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(poison)
    assert page.evaluate("window.owned") is None
    assert page.locator("main img").count() == 0


def test_no_page_may_frame_or_reach_it(running_network: RunningNetwork, new_phone: NewPhone) -> None:
    phone = new_phone()
    wallet = running_network.url(WALLET)
    service = running_network.url(BLUE_BADGE_ENGLAND)
    page = phone.open(f"{service}/{BLUE_BADGE_ENGLAND}")
    response = phone.context.request.get(wallet)
    assert "frame-ancestors 'none'" in response.headers["content-security-policy"]
    assert response.headers["cross-origin-opener-policy"] == "same-origin"
    # whoever opens the wallet in a window of theirs holds nothing of it
    with phone.context.expect_page() as opened:
        page.evaluate("(url) => { window.opened = window.open(url); }", wallet)
    opened.value.wait_for_selector("h1")
    assert opened.value.evaluate("window.opener") is None
    page.wait_for_function("window.opened.closed")


def test_no_text_becomes_code(running_network: RunningNetwork, new_phone: NewPhone) -> None:
    phone = new_phone()
    page = phone.open(running_network.url(WALLET))
    sinks = {
        "innerHTML": "() => { document.body.innerHTML = '<b>x</b>'; }",
        "script": "() => { document.createElement('script').src = '/x.js'; }",
        "policy": "() => { trustedTypes.createPolicy('other', {}); }",
        "second": "() => { trustedTypes.createPolicy('wallet', {}); }",
    }
    for name, sink in sinks.items():
        refused = page.evaluate(f"() => {{ try {{ ({sink})(); return false; }} catch {{ return true; }} }}")
        assert refused, name
    page.evaluate("async () => { await navigator.serviceWorker.ready; }")


def test_deleting_everything_leaves_nothing(running_network: RunningNetwork, new_phone: NewPhone) -> None:
    phone = new_phone()
    phone.add(running_network.offer(DWP, [CLAIM], "amira"))
    page = phone.open(f"{running_network.url(WALLET)}/#settings")
    page.reload()
    page.get_by_role("button", name="Delete everything").click()
    page.wait_for_timeout(800)  # what destroys something waits a moment
    page.get_by_role("button", name="Yes, delete everything").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Everything was deleted.")
    left = page.evaluate(
        """async () => {
          const names = (await indexedDB.databases()).map((one) => one.name);
          const open = indexedDB.open("wallet");
          const database = await new Promise((done) => { open.onsuccess = () => done(open.result); });
          const count = async (name) => {
            const read = database.transaction(name).objectStore(name).count();
            return await new Promise((done) => { read.onsuccess = () => done(read.result); });
          };
          const counts = await Promise.all([...database.objectStoreNames].map(count));
          const others = { session: sessionStorage.length, cookies: document.cookie };
          return { names, counts, ...others, state: history.state };
        }"""
    )
    assert left == {
        "names": ["wallet"],
        "counts": [0, 0, 0, 0, 0],
        "session": 0,
        "cookies": "",
        "state": None,
    }


def test_storage_that_is_denied_is_said_in_words(
    running_network: RunningNetwork, new_phone: NewPhone
) -> None:
    phone = new_phone()
    phone.context.add_init_script(
        """
        const denied = () => { throw new DOMException("denied", "SecurityError"); };
        Object.defineProperty(window, "localStorage", { get: denied });
        IDBFactory.prototype.open = denied;
        """
    )
    page = phone.open(running_network.url(WALLET))
    expect(page.get_by_role("heading", level=1)).to_have_text("Your browser cannot keep anything")
    expect(page.get_by_role("button", name="Try again")).to_be_visible()


def test_a_clock_that_is_wrong_is_said_in_words(running_network: RunningNetwork, new_phone: NewPhone) -> None:
    phone = new_phone()
    offer = running_network.offer(DWP, [CLAIM], "amira")
    phone.page.clock.install(time="2030-01-01T12:00:00Z")
    page = phone.open(offer.link)
    page.wait_for_selector(".reference")
    expect(page.get_by_text("Check your phone’s date")).to_be_visible()
    assert page.locator("button[type=submit]").count() == 0


def test_a_part_of_another_version_is_asked_for_anew(
    running_network: RunningNetwork, new_phone: NewPhone
) -> None:
    phone = new_phone()
    phone.context.add_init_script("Object.defineProperty(navigator, 'serviceWorker', { value: undefined });")
    phone.context.route("**/assets/Scan-*.js", lambda route: route.fulfill(status=404))
    page = phone.open(running_network.url(WALLET))
    page.get_by_role("navigation").get_by_role("link", name="Scan").click()
    retry = page.get_by_role("button", name="Try again")
    expect(retry).to_be_visible()
    phone.context.unroute("**/assets/Scan-*.js")
    loads: list[Request] = []
    page.on("request", lambda one: loads.append(one) if one.is_navigation_request() else None)
    retry.click()
    expect(page.get_by_role("button", name="Open the camera")).to_be_visible()
    assert len(loads) == 1
