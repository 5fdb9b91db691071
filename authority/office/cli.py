"""`pdx office`: the pages and the API for members and reviewers."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from authority.actors import Role
from authority.office.settings import load_office_settings
from serving.keystore import FileKeystore, read_passphrase

app = typer.Typer(help="Run the network's office: apply, review, decide.", no_args_is_help=True)

Config = Annotated[Path, typer.Option("--config", "-c", help="The office's settings file.")]


@app.command()
def init(config: Config) -> None:
    """Make what the office seals its cookies with. It has no other keys."""
    keystore = load_office_settings(config).keystore
    FileKeystore(keystore, passphrase=read_passphrase(os.environ)).create_secret()
    typer.echo(f"Made {keystore}. Start with: pdx office serve --config {config}", err=True)


@app.command()
def invite(
    email: Annotated[str, typer.Argument(help="Whose email address it has to be.")],
    *,
    config: Config,
    organisation: Annotated[str, typer.Option(help="For which organisation, the authority's own included.")],
    role: Annotated[list[Role], typer.Option(help="What the person will do; may be repeated.")],
) -> None:
    """Print a link with which somebody joins: for the first people, before anybody can invite."""
    from authority.office.deps import LOG_FIELDS, create_deps
    from authority.people.invite import invite_as_operator
    from serving.logs import EventLog

    settings = load_office_settings(config)
    deps = create_deps(settings, os.environ, log=EventLog(sys.stderr, fields=LOG_FIELDS))
    typer.echo(deps.url(f"/invitations/{invite_as_operator(deps, organisation, email, role)}"))


@app.command()
def serve(config: Config) -> None:
    """Serve the pages and the API."""
    from authority.office.app import build_office
    from authority.office.deps import create_deps
    from serving.server import serve as run

    deps = create_deps(load_office_settings(config), os.environ)
    run(build_office(deps), deps.settings, deps.log)
