"""A citizen of the demo: a headless wallet of their own, and a browser for the services' pages."""

import html
import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urljoin

import httpx

from examples.blue_badge.network.build import Plan
from serving.clock import SystemClock
from serving.http import FetchPolicy, HttpClient
from serving.randomness import SystemRandom
from wallet.holder.consent import ConsentRequest
from wallet.holder.holder import Holder
from wallet.holder.limits import Limits
from wallet.holder.network_settings import NetworkSettings
from wallet.holder.presenting import ShowResult
from wallet.holder.store import Store, open_store


@dataclass
class Citizen:
    """A wallet in `home`, joined to the network of `plan`."""

    plan: Plan
    home: Path
    seen: list[ConsentRequest] = field(default_factory=list)

    def __post_init__(self) -> None:
        ca_bundle = self.plan.tls.ca if self.plan.tls else None
        policy = FetchPolicy(allow_http_localhost=True, allow_private=True, ca_bundle=ca_bundle)
        self._store: Store = open_store(self.home, passphrase=None, random=SystemRandom(), limits=Limits())
        self.wallet = Holder(self._store, HttpClient(policy), clock=SystemClock(), random=SystemRandom())
        self.wallet.set_network(
            NetworkSettings(
                trust_list_url=self.plan.trust_list_url,
                root_certificates=(self.plan.root.read_text(),),
            )
        )

    def close(self) -> None:
        """Put the wallet away."""
        self._store.close()

    def agree(self, link: str) -> ShowResult:
        """Answer a request, agreeing to what is asked; what was asked is kept in `seen`."""
        return self.wallet.show(link, consent=self._look_and_agree)

    def _look_and_agree(self, asked: ConsentRequest) -> bool:
        self.seen.append(asked)
        return True


class Browser:
    """A browser that knows links, forms and cookies; enough for pages that work without JavaScript."""

    def __init__(self, plan: Plan) -> None:
        verify: str | bool = str(plan.tls.ca) if plan.tls else True
        headers = {"accept": "text/html"}
        self._client = httpx.Client(follow_redirects=True, verify=verify, timeout=20, headers=headers)
        self._page = httpx.Response(204)

    def open(self, url: str) -> "Browser":
        """Go to an address."""
        self._page = self._client.get(url)
        return self

    def submit(self, action: str = "", /, **fields: str | list[str]) -> "Browser":
        """Send the page's first form whose action ends so, with its hidden fields and these."""
        form = self._form(action)
        if form is None:
            raise LookupError(f"there is no such form on {self.title!r}")
        hidden: dict[str, list[str]] = {}
        for name, value in re.findall(r"type=\"hidden\" name=\"([^\"]+)\" value=\"([^\"]*)\"", form[2]):
            hidden.setdefault(html.unescape(name), []).append(html.unescape(value))
        address = urljoin(self.address, html.unescape(form[1]))
        self._page = self._client.post(address, data={**hidden, **fields})
        return self

    def has_form(self, action: str) -> bool:
        """Whether the page has a form whose action ends so."""
        return self._form(action) is not None

    def sign_in(self, subject: str) -> "Browser":
        """Say who one is at the demo's sign-in page, which believes everybody."""
        self._page = self._client.post(self.address, data={"sub": subject})
        return self

    def _form(self, action: str) -> re.Match[str] | None:
        pattern = rf"<form[^>]*action=\"([^\"]*{re.escape(action)})\"[^>]*>(.*?)</form>"
        return re.search(pattern, self.text, re.DOTALL)

    def link(self, beginning: str) -> str:
        """Give the first link of the page that begins so."""
        for address in self._links(beginning):
            return address
        raise LookupError(f"there is no link to {beginning} on {self.title!r}")

    def has_link(self, beginning: str) -> bool:
        """Whether the page has a link that begins so."""
        return bool(self._links(beginning))

    def _links(self, beginning: str) -> list[str]:
        addresses = map(html.unescape, re.findall(r"<a[^>]*href=\"([^\"]+)\"", self.text))
        return [address for address in addresses if address.startswith(beginning)]

    @property
    def address(self) -> str:
        """Where the browser is."""
        return str(self._page.url)

    @property
    def text(self) -> str:
        return self._page.text

    @property
    def title(self) -> str:
        """The page's heading, as a person reads it."""
        heading = re.search(r"<h1[^>]*>(.*?)</h1>", self.text, re.DOTALL)
        return html.unescape(re.sub(r"<[^>]+>", "", heading[1])).strip() if heading else ""


class Council:
    """A service's own program: asks over the API and reads the answer."""

    def __init__(self, plan: Plan, service: str, key: str) -> None:
        verify: str | bool = str(plan.tls.ca) if plan.tls else True
        self._client = httpx.Client(
            base_url=f"{plan.url(service)}/api/v1/{service}",
            headers={"authorization": f"Bearer {key}"},
            verify=verify,
            timeout=20,
        )

    def ask(self, channel: str) -> dict[str, str]:
        """Make a request for one citizen; gives its `id` and `link`."""
        made = self._client.post("/requests", json={"channel": channel}).raise_for_status()
        return dict(made.json())

    def confirm(self, request_id: str, code: str) -> dict[str, object]:
        """Type in the code that the citizen reads out; gives where the request stands then."""
        sent = self._client.post(f"/requests/{request_id}/confirm", json={"code": code})
        return dict(sent.raise_for_status().json())

    def read(self, request_id: str) -> dict[str, object]:
        """Read where the request stands."""
        return dict(self._client.get(f"/requests/{request_id}").raise_for_status().json())


def code_on_page(page: Browser) -> str:
    """Give the confirmation code that the phone shows, without its gaps."""
    shown = re.search(r"<h1[^>]*>.*?<span aria-hidden=\"true\">([^<]+)</span>", page.text, re.DOTALL)
    if shown is None:
        raise LookupError(f"there is no code on {page.title!r}")
    return re.sub(r"\W", "", html.unescape(shown[1]))
