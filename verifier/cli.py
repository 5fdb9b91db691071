"""`pdx verifier`: set up, check and run the services' side, and ask or answer from the command line."""

import json
import os
import shlex
from pathlib import Path
from typing import Annotated, Any

import typer
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from protocol.x509.create import create_csr
from serving.documents import DocumentError, Problem
from serving.errors import ApiError, OperatorError
from serving.keystore import FileKeystore, read_passphrase
from serving.logs import EventLog
from serving.qr import qr_terminal
from serving.randomness import SystemRandom
from serving.server import serve as run_server
from verifier.app import create_installation, create_verifier_app
from verifier.errors import NoQuestionYet
from verifier.installation import Installation
from verifier.renewal import create_timer
from verifier.routes.api import describe
from verifier.service import REQUEST_KEY, ApprovedQuestion, Service, create_api_key
from verifier.services import keystore_directory
from verifier.session import Channel, Release
from verifier.settings import Settings, host_of, load_settings
from verifier.usecases.create_transaction import Asking, create_transaction
from verifier.usecases.purge import purge as purge_everything
from verifier.usecases.read_answer import read_transaction
from verifier.usecases.release_answer import confirm, return_to_caller
from verifier.wallets import request_link, wallets

app = typer.Typer(
    help="The services' side: ask questions, verify proofs, give answers.", no_args_is_help=True
)

Config = Annotated[Path, typer.Option("--config", help="The settings file.")]
ServiceName = Annotated[str, typer.Option("--service", help="A service of the settings file.")]
AsJson = Annotated[bool, typer.Option("--json", help="Write JSON.")]


@app.command()
def init(config: Config) -> None:
    """Make each service's keys and the certificate request that the authority needs."""
    settings = load_settings(config)
    for name in settings.services:
        request = _init_service(settings, name)
        then = _command("install", config, name, "chain.pem")
        typer.echo(f"{name}: give {request} to the authority, then, with what it sends: {then}")


@app.command()
def install(config: Config, service: ServiceName, chain: Path) -> None:
    """Put the certificate chain (PEM) from the authority beside the service's key."""
    settings = load_settings(config)
    _service_settings(settings, service, config)
    try:
        certificates = x509.load_pem_x509_certificates(chain.read_bytes())
    except (OSError, ValueError):
        raise DocumentError([Problem(chain, 1, "this is not a file of PEM certificates")]) from None
    der = [one.public_bytes(Encoding.DER) for one in certificates]
    _keystore(settings, service).install_chain(REQUEST_KEY, der)
    typer.echo(f"{service}: the certificate is in place")


@app.command("api-key")
def api_key() -> None:
    """Make a key for a service's own program, and the hash of it for the settings file."""
    key, digest = create_api_key(SystemRandom())
    typer.echo(json.dumps({"key": key, "sha256": digest}, indent=2))


@app.command()
def check(config: Config) -> None:
    """Look at everything that a start needs: settings, questions, keys, certificates, database, limits."""
    house = create_installation(load_settings(config))
    create_verifier_app(house)
    for service in house.services.values():
        asked = ", ".join(service.questions) or "nothing yet"
        typer.echo(f"{service.id}: asks {asked}; {service.signer.client_id}")
    house.database.close()


@app.command()
def serve(config: Config) -> None:
    """Serve all services of the settings file."""
    settings = load_settings(config)
    log = EventLog()
    house = create_installation(settings, log=log)
    run_server(create_verifier_app(house, log=log, timer=create_timer(house, log=log)), settings, log)


@app.command()
def request(
    config: Config,
    service: ServiceName,
    question: Annotated[str | None, typer.Option(help="The question's id; else the first one.")] = None,
    reference: Annotated[str | None, typer.Option(help="Your own reference, given back.")] = None,
    as_json: AsJson = False,
) -> None:
    """Ask one citizen: prints link and QR code. The phone then shows a code for `pdx verifier answer`."""
    house = create_installation(load_settings(config))
    running, approved = _asking(house, service, question, config)
    releases = {Channel.LINK: Release.CODE, Channel.QR: Release.CODE}
    transaction_id = create_transaction(
        house, running, approved, Asking(releases=releases, reference=reference)
    )
    created = _created(house, running, transaction_id)
    house.database.close()
    if as_json:
        typer.echo(json.dumps(created, indent=2))
        return
    typer.echo(qr_terminal(created["qr_link"]))
    typer.echo(f"On the same device: {created['link']}")
    then = _command("answer", config, service, transaction_id, "--code")
    typer.echo(f"Then, with the code that the phone shows at its end: {then}")


@app.command()
def answer(
    config: Config,
    service: ServiceName,
    request_id: str,
    code: Annotated[str | None, typer.Option(help="The code that the wallet's phone shows.")] = None,
    response_code: Annotated[str | None, typer.Option(help="The response_code of the return_url.")] = None,
) -> None:
    """Hand in a code, if there is one, and print where the request stands as JSON."""
    house = create_installation(load_settings(config))
    running = _running(house, service, config)
    try:
        if code is not None:
            confirm(house, running, request_id, code)
        if response_code is not None:
            return_to_caller(house, running, request_id, response_code)
        state = describe(read_transaction(house, running, request_id))
    except ApiError as error:
        typer.echo(error.text, err=True)
        raise typer.Exit(1) from None
    finally:
        house.database.close()
    typer.echo(state.model_dump_json(indent=2, exclude_none=True))


@app.command()
def purge(config: Config) -> None:
    """Delete every answer whose retention has ended, and what ran out unread."""
    house = create_installation(load_settings(config))
    typer.echo(f"deleted: {purge_everything(house)}")
    house.database.close()


def _command(name: str, config: Path, service: str, *more: str) -> str:
    """A command to type next, as a shell reads it."""
    line = ["pdx", "verifier", name, "--config", str(config), "--service", service, *more]
    return shlex.join(line)


def _keystore(settings: Settings, name: str) -> FileKeystore:
    return FileKeystore(keystore_directory(settings, name), passphrase=read_passphrase(os.environ))


def _init_service(settings: Settings, name: str) -> Path:
    service, keystore = settings.services[name], _keystore(settings, name)
    if not keystore.has_signing_key(REQUEST_KEY):
        keystore.create_signing_key(REQUEST_KEY)
        keystore.create_secret()
    csr = create_csr(
        keystore.signing_key(REQUEST_KEY),
        organisation_id=service.organisation_id,
        organisation_name=service.name.en,
        common_name=service.name.en,
        hosts=[host_of(settings.base_url)],
    )
    path = keystore_directory(settings, name) / f"{REQUEST_KEY}.csr.pem"
    path.write_bytes(csr)
    return path


def _asking(
    house: Installation, name: str, question: str | None, config: Path
) -> tuple[Service, ApprovedQuestion]:
    service = _running(house, name, config)
    try:
        approved = service.question(question) if question else service.first_question
    except NoQuestionYet as error:
        raise OperatorError(error.text) from None
    if approved is None:
        known = ", ".join(service.questions)
        raise DocumentError([Problem(config, 1, f"the service does not ask that; it asks {known}")])
    return service, approved


def _running(house: Installation, name: str, config: Path) -> Service:
    _service_settings(house.settings, name, config)
    return house.services[name]


def _service_settings(settings: Settings, name: str, config: Path) -> None:
    if name not in settings.services:
        known = ", ".join(settings.services)
        raise DocumentError([Problem(config, 1, f"there is no such service; there is {known}")])


def _created(house: Installation, service: Service, transaction_id: str) -> dict[str, Any]:
    wallet = wallets(house, now=house.clock.now())[0]
    requests = {one.channel: one for one in read_transaction(house, service, transaction_id).requests}
    link, qr = requests[Channel.LINK.value], requests[Channel.QR.value]
    return {
        "id": transaction_id,
        "link": request_link(house, service, link, wallet),
        "qr_link": request_link(house, service, qr, wallet),
        "expires_at": link.expires_at,
    }
