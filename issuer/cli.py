"""`pdx issuer …`: what an operator of a department's service does at a command line."""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from ruamel.yaml import YAML

from issuer.app import build_app, create_deps, open_registers
from issuer.definitions.load import ClaimTypes, find_doubts, load_claim_type, load_claim_types
from issuer.definitions.public import public_part
from issuer.deps import CLAIM_KEY, STATUS_KEY, Deps, signer
from issuer.links import OfferLinks, offer_links
from issuer.matching.attributes import AttributeProblem
from issuer.registers.connector import RegisterUnavailable
from issuer.request_key import create_request_key
from issuer.settings import IssuerSettings, load_settings
from issuer.usecases.check_person import Check, NeedsMore, No, Unavailable
from issuer.usecases.end_sessions import end_sessions
from issuer.usecases.find_records import claims_on, find_records
from issuer.usecases.make_offer import MadeOffer, OfferRefused, make_offer
from issuer.usecases.revoke_claims import revoke_claims
from issuer.usecases.watch_certificates import days_left, days_needed
from protocol.x509.create import create_csr
from serving.clock import SystemClock
from serving.database import Database, migrate
from serving.documents import DocumentError, Problem
from serving.errors import OperatorError
from serving.keystore import FileKeystore, read_passphrase
from serving.limits import RateLimits
from serving.logs import EventLog
from serving.qr import qr_terminal
from serving.randomness import SystemRandom
from serving.server import serve as run_server

app = typer.Typer(help="A department: registers, claim definitions, offers, claims.", no_args_is_help=True)

Config = Annotated[Path, typer.Option("--config", help="The department's settings file.")]
Claims = Annotated[list[str], typer.Option("--claim", help="A claim definition's id; can be repeated.")]
Attributes = Annotated[
    list[str], typer.Option("--attribute", help="name=value of the person; can be repeated.")
]
AttributesFile = Annotated[
    Path | None,
    typer.Option("--attributes", help="A JSON file of the person's attributes; - reads standard input."),
]


@app.command()
def init(
    config: Config,
    requests: Annotated[Path, typer.Option("--requests", help="Where the certificate requests go.")],
) -> None:
    """Makes the department's keys and the certificate requests for the authority; keys are never replaced."""
    settings = load_settings(config)
    keystore = _keystore(settings)
    if not any(settings.keystore.glob("secret-*.key")):
        keystore.create_secret()
    create_request_key(settings.keystore, keystore, SystemRandom())
    requests.mkdir(parents=True, exist_ok=True)
    for name in (CLAIM_KEY, STATUS_KEY):
        if not keystore.has_signing_key(name):
            keystore.create_signing_key(name)
        path = requests / f"{name}.csr.pem"
        path.write_bytes(_request(settings, keystore, name))
        typer.echo(f"{name}: send {path} to the authority")


def _request(settings: IssuerSettings, keystore: FileKeystore, name: str) -> bytes:
    return create_csr(
        keystore.signing_key(name),
        organisation_id=settings.organisation_id,
        organisation_name=settings.name.en,
        common_name=name,
        uris=(settings.base_url,),
    )


@app.command("install-certificates")
def install_certificates(
    config: Config,
    claim_signing: Annotated[Path, typer.Option(help="The chain for claims (PEM, leaf first).")],
    status_signing: Annotated[Path, typer.Option(help="The chain for status lists (PEM, leaf first).")],
) -> None:
    """Puts the authority's certificates beside the keys they are for."""
    keystore = _keystore(load_settings(config))
    for name, path in ((CLAIM_KEY, claim_signing), (STATUS_KEY, status_signing)):
        keystore.install_chain(name, _chain(path))
        typer.echo(f"{name}: certificates installed")


def _chain(path: Path) -> list[bytes]:
    try:
        certificates = x509.load_pem_x509_certificates(path.read_bytes())
    except (OSError, ValueError):
        raise DocumentError([Problem(path, 1, "this is not a file of PEM certificates")]) from None
    return [one.public_bytes(Encoding.DER) for one in certificates]


@app.command()
def check(config: Config) -> None:
    """Checks the settings and every claim definition, its examples and its queries; shows all mistakes."""
    settings = load_settings(config, to_serve=True)
    RateLimits(settings.limits, key=b"", log=EventLog(sys.stderr))  # refuses a storage as a start would
    registers = open_registers(settings, SystemRandom())
    types = load_claim_types(settings.claims, owner=settings.owner, registers=registers)
    for doubt in find_doubts(settings.claims):
        typer.echo(str(doubt), err=True)
    for name, claim_type in types.items():
        typer.echo(f"{name}: {claim_type.definition.title.en}")
    typer.echo(
        "1 claim definition is right" if len(types) == 1 else f"{len(types)} claim definitions are right"
    )
    _tell_certificates(settings, types)


def _tell_certificates(settings: IssuerSettings, types: ClaimTypes) -> None:
    """How long the certificates are good for, where there are any yet."""
    keystore, now = _keystore(settings), SystemClock().now()
    for name in (CLAIM_KEY, STATUS_KEY):
        if not keystore.has_certificate_chain(name):
            continue
        days = days_left(signer(keystore, name), now=now)
        typer.echo(f"{name}: certificates {_state(days, days_needed(types, name))}")


def _state(days: int, needed: int) -> str:
    if days < 0:
        return "have run out: nothing is issued before new ones from the authority are installed"
    late = "; new ones from the authority are due" if days < needed else ""
    return f"are good for {days} days{late}"


@app.command("claim-type")
def claim_type(
    definitions: Annotated[list[Path], typer.Argument(help="Claim definition files.")],
    out: Annotated[Path, typer.Option("--out", help="A directory for the public parts.")],
) -> None:
    """Writes what the authority's catalogue needs to know of claim definitions, and nothing else."""
    out.mkdir(parents=True, exist_ok=True)
    for path in definitions:
        public = public_part(load_claim_type(path).definition)
        target = out / f"{public.owner}.{public.id}.{public.version}.yaml"
        with target.open("w", encoding="utf-8") as file:
            YAML().dump(public.model_dump(mode="json", by_alias=True, exclude_none=True), file)
        typer.echo(str(target))


@app.command()
def serve(config: Config) -> None:
    """Serves the department's addresses until it is stopped."""
    deps = _deps(load_settings(config, to_serve=True))
    run_server(build_app(deps), deps.settings, deps.log)


@app.command()
def offer(
    config: Config,
    claim: Claims,
    attribute: Attributes = [],  # noqa: B006 - typer copies it
    attributes: AttributesFile = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, for programs.")] = False,
) -> None:
    """Offers claims to a person: prints the link, its QR code and the transaction code."""
    deps = _deps(load_settings(config), quiet=True)
    try:
        made = make_offer(deps, _given(attribute, attributes), _configurations(deps, claim))
    except AttributeProblem as error:
        raise OperatorError(str(error)) from None
    except OfferRefused as refused:
        raise OperatorError("\n".join(_refusal(one) for one in refused.checks)) from None
    links = offer_links(deps, made.reference)
    typer.echo(json.dumps(_as_json(made, links)) if as_json else _as_text(deps, made, links))


@app.command()
def revoke(
    config: Config,
    claim: Claims = [],  # noqa: B006
    record: Annotated[list[str], typer.Option("--record", help="A record's key; can be repeated.")] = [],  # noqa: B006
    attribute: Attributes = [],  # noqa: B006
    attributes: AttributesFile = None,
) -> None:
    """Revokes all copies of claims that rest on records, named by key or found by a person's attributes."""
    deps = _deps(load_settings(config), quiet=True)
    given = _given(attribute, attributes)
    if bool(record) == bool(given):
        raise OperatorError("say which records: by --record, or by the person's --attribute")
    wanted = _configurations(deps, claim) if claim else _claims_of(deps, record)
    keys = {name: frozenset(record) for name in wanted} if record else _records(deps, given)
    count = sum(
        revoke_claims(deps, record_key=key, configuration_ids=[name])
        for name in wanted
        for key in sorted(keys.get(name, frozenset()))
    )
    typer.echo(f"{count} copies revoked")


def _claims_of(deps: Deps, keys: Sequence[str]) -> list[str]:
    """All claims for a person; for keys alone those that rest on them, of which there must be one kind."""
    for key in keys:
        claims = claims_on(deps, key)
        if len(claims) > 1:
            raise OperatorError(
                "claims of several kinds rest on records of that key, perhaps of different people;"
                f" say which to revoke by --claim: {', '.join(claims)}"
            )
    return list(deps.claim_types)


@app.command("sign-out")
def sign_out(
    config: Config,
    subject: Annotated[
        list[str] | None, typer.Argument(help="Subjects (sub) at the provider, as in oidc.staff.")
    ] = None,
    everyone: Annotated[bool, typer.Option("--everyone", help="Ends every session there is.")] = False,
) -> None:
    """Ends sessions of staff at once, in every process: for a lost device or a stolen cookie."""
    if bool(subject) == everyone:
        raise OperatorError("say whose sessions: subjects as in oidc.staff, or --everyone")
    database = Database(load_settings(config).database_url)
    migrate(database, "issuer")
    whose: list[str | None] = [None] if everyone else [*(subject or ())]
    count = sum(end_sessions(database, one) for one in whose)
    typer.echo("1 session ended" if count == 1 else f"{count} sessions ended")


def _records(deps: Deps, given: Mapping[str, str]) -> Mapping[str, frozenset[str]]:
    try:
        return find_records(deps, given)
    except (AttributeProblem, RegisterUnavailable) as error:
        raise OperatorError(str(error)) from None


def _keystore(settings: IssuerSettings) -> FileKeystore:
    import os

    return FileKeystore(settings.keystore, passphrase=read_passphrase(os.environ))


def _deps(settings: IssuerSettings, *, quiet: bool = False) -> Deps:
    log = EventLog(sys.stderr if quiet else sys.stdout, fields=("staff",))
    return create_deps(settings, keystore=_keystore(settings), log=log)


def _given(pairs: Sequence[str], file: Path | None) -> Mapping[str, str]:
    given = _read_attributes(file) if file else {}
    for pair in pairs:
        name, found, value = pair.partition("=")
        if not found:
            raise OperatorError("write an attribute as name=value, for example birthdate=1970-01-31")
        given[name] = value
    return given


def _read_attributes(file: Path) -> dict[str, str]:
    try:
        found = json.loads(sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise OperatorError("the attributes can't be read; write a JSON object of texts") from None
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        raise OperatorError("the attributes must be a JSON object of texts")
    return found


def _configurations(deps: Deps, claims: Sequence[str]) -> list[str]:
    """Configuration ids for definitions' ids: the newest version of each, unless one is named."""
    return [_configuration(deps, name) for name in dict.fromkeys(claims)]


def _configuration(deps: Deps, name: str) -> str:
    if name in deps.claim_types:
        return name
    versions = [one.definition for one in deps.claim_types.values() if one.definition.id == name]
    if not versions:
        raise OperatorError(f"there is no such claim; use one of: {', '.join(deps.claim_types)}")
    return max(versions, key=lambda one: one.version).configuration_id


def _refusal(one: Check) -> str:
    title = one.claim_type.definition.title.en
    match one.result:
        case NeedsMore(attributes):
            return f"{title}: to be sure who is meant, give {', '.join(attributes)}"
        case No():
            return f"{title}: the register does not say this of the person"
        case Unavailable():
            return f"{title}: the register is not available at the moment; try again"
        case _:
            return f"{title}: nobody in the register fits these attributes well enough; check them"


def _as_json(made: MadeOffer, links: OfferLinks) -> dict[str, Any]:
    first = links.wallets[0].link if links.wallets else links.any_wallet
    return {
        "link": first,
        "links": {wallet.name.en: wallet.link for wallet in links.wallets} | {"any": links.any_wallet},
        "offer_uri": links.offer_uri,
        "transaction_code": made.tx_code,
        "expires_at": made.expires_at,
        "claims": [one.definition.vct for one in made.claim_types],
    }


def _as_text(deps: Deps, made: MadeOffer, links: OfferLinks) -> str:
    link = links.wallets[0].link if links.wallets else links.any_wallet
    lines = [f"Offered: {one.definition.title.en}" for one in made.claim_types]
    minutes = deps.settings.offer_seconds // 60
    lines += ["", qr_terminal(link), "", link, ""]
    lines += [f"Transaction code (give it another way): {made.tx_code}", f"Good for {minutes} minutes, once."]
    return "\n".join(lines)
