"""`pdx office`: the pages and the API for members and reviewers."""

import os
from pathlib import Path
from typing import Annotated

import typer

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
def serve(config: Config) -> None:
    """Serve the pages and the API."""
    from authority.office.app import build_office
    from authority.office.deps import create_deps
    from serving.server import serve as run

    deps = create_deps(load_office_settings(config), os.environ)
    run(build_office(deps), deps.settings, deps.log)
