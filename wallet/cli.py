"""`pdx wallet`: the headless holder on the command line.

Exit status: 0 done, 2 wrong usage, 3 refused to protect the citizen, 4 no claim to get or to show, 5
somebody could not be reached, 6 the wallet is locked, 7 what was given can't be used, 8 the other party
said no, 9 the citizen declined.
"""

import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import httpx
import typer
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from serving.clock import Clock, SystemClock
from serving.http import FetchPolicy, HttpClient
from serving.randomness import SystemRandom
from serving.settings import LOCAL_HOSTS
from wallet import printing
from wallet.holder.consent import ConsentRequest, consent_as_dict
from wallet.holder.errors import WalletError
from wallet.holder.holder import Holder
from wallet.holder.limits import Limits
from wallet.holder.network import Network
from wallet.holder.network_settings import NetworkSettings
from wallet.holder.presenting import ShowResult
from wallet.holder.store import Store, open_store, readable_file

PASSPHRASE_VARIABLE = "PDX_WALLET_PASSPHRASE"  # noqa: S105 - the variable's name
DECLINED_STATUS = 9

app = typer.Typer(
    help="The citizen's wallet: get claims, list them, show them.", no_args_is_help=True, add_completion=False
)

Language = Literal["en", "cy"]
Home = Annotated[
    Path, typer.Option("--home", envvar="PDX_WALLET_HOME", help="The wallet's directory.", file_okay=False)
]
Lang = Annotated[Language, typer.Option("--lang", help="en or cy.")]
AsJson = Annotated[bool, typer.Option("--json", help="JSON for machines; asks nothing.")]
DEFAULT_HOME = Path("~/.local/share/pdx-wallet")


@app.command()
def add(
    offer: Annotated[str, typer.Argument(help="The offer's link.")],
    code: Annotated[str | None, typer.Option("--code", help="The transaction code.")] = None,
    home: Home = DEFAULT_HOME,
    lang: Lang = "en",
    as_json: AsJson = False,
) -> None:
    """Get the claims that a department offers."""
    with _wallet(home, lang, as_json) as wallet:
        opened = wallet.holder.open_offer(offer)
        wallet.tell(printing.offer_text(opened.name, opened.titles, lang))
        if opened.needs_code and code is None and not as_json:
            code = typer.prompt(printing.say(lang, "ask_code"), err=True)
        claims = wallet.holder.accept_offer(opened, code.strip() if code else None)
        wallet.tell(printing.say(lang, "received"))
        wallet.print_claims([claim.id for claim in claims])


@app.command("list")
def list_claims(home: Home = DEFAULT_HOME, lang: Lang = "en", as_json: AsJson = False) -> None:
    """List what the wallet holds."""
    with _wallet(home, lang, as_json) as wallet:
        held = [claim.id for claim in wallet.holder.claims()]
        if held:
            wallet.holder.refresh_statuses()
        if held or as_json:
            wallet.print_claims(held)
        else:
            typer.echo(printing.say(lang, "empty"))


@app.command()
def show(
    link: Annotated[str, typer.Argument(help="The link of the request.")],
    yes: Annotated[bool, typer.Option("--yes", help="Agree without being asked.")] = False,
    home: Home = DEFAULT_HOME,
    lang: Lang = "en",
    as_json: AsJson = False,
) -> None:
    """Show what a service asks and, if you agree, answer it.

    With --json and without --yes it only prints what would be sent.
    """
    with _wallet(home, lang, as_json) as wallet:
        opened = wallet.holder.open_request(link)
        wallet.tell(printing.consent_text(opened.asked, lang))
        if as_json and not yes:
            wallet.print_json({"outcome": "not_sent", "asked": consent_as_dict(opened.asked)})
            return
        agreed = yes or typer.confirm(f"\n{printing.say(lang, 'agree')}", err=True)
        result = opened.answer() if agreed else opened.decline()
        wallet.print_result(result, opened.asked)
    if not agreed:
        raise typer.Exit(DECLINED_STATUS)


@app.command()
def decline(
    link: Annotated[str, typer.Argument(help="The link of the request.")],
    home: Home = DEFAULT_HOME,
    lang: Lang = "en",
    as_json: AsJson = False,
) -> None:
    """Tell a service that you don't answer its request."""
    with _wallet(home, lang, as_json) as wallet:
        wallet.print_result(wallet.holder.decline(link), None)


@app.command()
def remove(
    claim_id: Annotated[str, typer.Argument(help="The claim's id, from `pdx wallet list`.")],
    home: Home = DEFAULT_HOME,
    lang: Lang = "en",
    as_json: AsJson = False,
) -> None:
    """Forget a claim and all its copies."""
    with _wallet(home, lang, as_json) as wallet:
        if not wallet.holder.remove(claim_id):
            raise WalletError("claim_unknown")
        wallet.tell(printing.say(lang, "removed"))
        if as_json:
            wallet.print_json({"removed": claim_id})


@app.command()
def network(
    *,
    trust_list: Annotated[str | None, typer.Option("--trust-list", help="The trust list's address.")] = None,
    root: Annotated[Path | None, typer.Option("--root", help="The root certificate (PEM).")] = None,
    issuer_anchor: Annotated[
        list[Path] | None, typer.Option("--issuer-anchor", help="A test department's CA (PEM).")
    ] = None,
    service_anchor: Annotated[
        list[Path] | None, typer.Option("--service-anchor", help="A test service's CA (PEM).")
    ] = None,
    unregistered: Annotated[
        Literal["refuse", "allow"],
        typer.Option("--unregistered", help="Services under --service-anchor that show no registration."),
    ] = "refuse",
    local: Annotated[
        bool,
        typer.Option(
            "--local",
            help="For a demonstration: allow this machine and private addresses (implied by localhost).",
        ),
    ] = False,
    ca_bundle: Annotated[
        Path | None, typer.Option("--ca-bundle", help="The CA of a demonstration's https (PEM).")
    ] = None,
    home: Home = DEFAULT_HOME,
    lang: Lang = "en",
    as_json: AsJson = False,
) -> None:
    """Show the network, or set it with --trust-list and --root."""
    if (trust_list is None) != (root is None):
        raise typer.BadParameter("--trust-list and --root go together")
    settings = None
    if ca_bundle is not None:
        _certificates([ca_bundle])
    if trust_list is not None and root is not None:
        settings = _network_settings(
            trust_list_url=trust_list,
            root_certificates=_certificates([root]),
            extra_issuer_anchors=_certificates(issuer_anchor or []),
            extra_service_anchors=_certificates(service_anchor or []),
            unregistered=unregistered,
            local=local or urlsplit(trust_list).hostname in LOCAL_HOSTS,
            ca_bundle=ca_bundle.resolve() if ca_bundle else None,
        )
    with _wallet(home, lang, as_json, settings=settings) as wallet:
        found = wallet.holder.set_network(settings) if settings else wallet.holder.network()
        wallet.print_network(found)


@app.command()
def serve(config: Annotated[Path, typer.Option("--config", help="The service's settings file.")]) -> None:
    """Serve the web wallet."""
    from serving.documents import load_document
    from serving.logs import EventLog
    from serving.server import serve as run
    from wallet.service.app import create_wallet_app
    from wallet.service.settings import WalletSettings

    settings, log = load_document(config, WalletSettings), EventLog()
    run(create_wallet_app(settings, directory=config.resolve().parent, log=log), settings, log)


@dataclass(frozen=True)
class Edge:
    """What the commands touch outside this process; a test sets its own."""

    clock: Clock = field(default_factory=SystemClock)
    transport: httpx.BaseTransport | None = None
    limits: Limits = field(default_factory=Limits)


EDGE: ContextVar[Edge] = ContextVar("EDGE", default=Edge())  # noqa: B039 - it is frozen


class _Wallet:
    """An opened wallet and how it speaks: text to people, or one JSON document to a machine."""

    def __init__(self, holder: Holder, language: str, *, as_json: bool, clock: Clock) -> None:
        self.holder = holder
        self._clock = clock
        self._language = language
        self._as_json = as_json

    def tell(self, text: str) -> None:
        if not self._as_json:
            typer.echo(text)

    def print_json(self, value: Mapping[str, Any]) -> None:
        typer.echo(json.dumps(value, ensure_ascii=False, indent=2))

    def print_claims(self, ids: list[str]) -> None:
        network = self.holder.network()
        held = [claim for claim in self.holder.claims() if claim.id in ids]
        rows = [(claim, self.holder.title(claim), network.issuer_name(claim.issuer_id)) for claim in held]
        if self._as_json:
            self.print_json({"claims": [printing.claim_json(*row) for row in rows]})
        for row in rows:
            self.tell(printing.claim_text(*row, self._language, now=self._clock.now()))

    def print_result(self, result: ShowResult, asked: ConsentRequest | None) -> None:
        if self._as_json:
            told = consent_as_dict(asked) if asked and result.outcome == "shown" else None
            self.print_json({"outcome": result.outcome, "told": told, "redirect_uri": result.redirect_uri})
        self.tell(printing.say(self._language, result.outcome, name=result.service[self._language]))
        if result.redirect_uri:
            self.tell(printing.say(self._language, "go_on", url=result.redirect_uri))

    def print_network(self, found: Network) -> None:
        members = found.trust_list.head
        facts: dict[str, Any] = {
            "departments": members.tables.departments.entries,
            "services": members.tables.services.entries,
            "number": members.sequence_number,
        }
        operator = members.operator.cy if self._language == "cy" else members.operator.en
        if self._as_json:
            self.print_json({"operator": members.operator.en, "next_update": members.next_update, **facts})
        date = printing.day(members.next_update)
        self.tell(printing.say(self._language, "network", name=operator, date=date, **facts))


@contextmanager
def _wallet(
    home: Path, language: str, as_json: bool, *, settings: NetworkSettings | None = None
) -> Iterator[_Wallet]:
    """Opens the wallet; a WalletError ends the command with its own exit status."""
    edge = EDGE.get()
    store: Store | None = None
    try:
        store = _open(home, language, edge.limits, as_json=as_json)
        http = HttpClient(_policy(store, settings), edge.transport)
        holder = Holder(store, http, clock=edge.clock, random=SystemRandom(), limits=edge.limits)
        with readable_file():
            yield _Wallet(holder, language, as_json=as_json, clock=edge.clock)
    except WalletError as error:
        _fail(error, language, as_json=as_json)
    finally:
        if store is not None:
            store.close()


def _open(home: Path, language: str, limits: Limits, *, as_json: bool) -> Store:
    passphrase = os.environ.get(PASSPHRASE_VARIABLE) or None
    if passphrase is None and not as_json and sys.stderr.isatty():
        typer.echo(printing.say(language, "unsealed"), err=True)
    return open_store(home.expanduser(), passphrase=passphrase, random=SystemRandom(), limits=limits)


def _policy(store: Store, settings: NetworkSettings | None) -> FetchPolicy:
    try:
        known = settings or store.network()
    except WalletError:  # none set yet: the command itself says so
        return FetchPolicy()
    return FetchPolicy(allow_http_localhost=known.local, allow_private=known.local, ca_bundle=known.ca_bundle)


def _fail(error: WalletError, language: str, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(printing.error_json(error), ensure_ascii=False, indent=2))
    else:
        typer.echo(printing.error_text(error, language), err=True)
    raise typer.Exit(error.kind.value) from error


def _network_settings(**values: Any) -> NetworkSettings:
    try:
        return NetworkSettings(**values)
    except ValueError as error:
        raise typer.BadParameter("these network settings can't be used") from error


def _certificates(files: list[Path]) -> tuple[str, ...]:
    try:
        found = [one for file in files for one in x509.load_pem_x509_certificates(file.read_bytes())]
    except (OSError, ValueError) as error:
        raise typer.BadParameter("a certificate file can't be read; it has to be PEM") from error
    return tuple(one.public_bytes(Encoding.PEM).decode("ascii") for one in found)
