"""`pdx authority ceremony`: on the machine that no network reaches."""

import os
from pathlib import Path
from typing import Annotated

import typer
from cryptography.hazmat.primitives.serialization import Encoding

from authority.ceremony import words
from authority.ceremony.root import (
    DEFAULTS,
    fingerprint,
    make_root,
    request_fingerprint,
    sign_issuing,
    write_new,
)
from authority.settings import MAX_DAYS
from serving.clock import SystemClock
from serving.errors import OperatorError
from serving.keystore import FileKeystore, read_passphrase
from serving.randomness import SystemRandom

app = typer.Typer(help="Make and use the root's key, offline, step by step.", no_args_is_help=True)

RootDirectory = Annotated[Path, typer.Option("--root", help="The root's directory; it never leaves.")]
Out = Annotated[Path, typer.Option("--out", help="Where the certificate goes (PEM).")]


@app.command()
def root(
    root: RootDirectory,
    name: Annotated[str, typer.Option(help="The operator's name in English, as in authority.yaml.")],
    out: Out,
    days: Annotated[int, typer.Option(min=1, max=MAX_DAYS, help="How long it lasts.")] = DEFAULTS.root,
) -> None:
    """Make the root's key and certificate, and print what each officer does."""
    _say(words.ROLES, words.steps("Before", words.ROOT_BEFORE))
    if out.exists():
        raise OperatorError(f"{out} is there already; choose another file")
    made = make_root(_keystore(root), name=name, days=days, now=SystemClock().now(), random=SystemRandom())
    write_new(out, made.public_bytes(Encoding.PEM))
    _say(
        f"Root certificate: {out}, until {made.not_valid_after_utc:%Y-%m-%d}"
        f"\nFingerprint: {fingerprint(made)}",
        words.steps("After", words.ROOT_AFTER),
        words.MINUTES,
    )


@app.command("issuing-ca")
def issuing_ca(
    root: RootDirectory,
    request: Annotated[Path, typer.Option(help="What pdx authority issuing-request wrote.")],
    out: Out,
    days: Annotated[int, typer.Option(min=1, max=MAX_DAYS, help="How long it lasts.")] = DEFAULTS.issuing,
    yes: Annotated[bool, typer.Option("--yes", help="The witness has compared the fingerprint.")] = False,
) -> None:
    """Sign the issuing CA's certificate with the root, once the witness has compared the request."""
    try:
        asked = request.read_bytes()
    except OSError as error:
        raise OperatorError(f"{request} can't be read: {error.strerror}") from None
    _say(words.ROLES, words.steps("Before", words.ISSUING_BEFORE))
    _say(f"Fingerprint of the request: {request_fingerprint(asked)}")
    if not yes:
        typer.confirm("Is it the server's?", abort=True, err=True)
    made = sign_issuing(_keystore(root), asked, days=days, now=SystemClock().now(), random=SystemRandom())
    write_new(out, made.public_bytes(Encoding.PEM))
    _say(
        f"Certificate: {out}, until {made.not_valid_after_utc:%Y-%m-%d}, serial {made.serial_number:x}"
        f"\nFingerprint: {fingerprint(made)}",
        words.steps("After", words.ISSUING_AFTER),
        words.MINUTES,
    )


@app.command("renew-issuing")
def renew_issuing() -> None:
    """Print what each officer does when a new issuing CA takes the place of the one before."""
    _say(words.ROLES, words.steps("Steps", words.RENEW), words.MINUTES)


def _keystore(directory: Path) -> FileKeystore:
    return FileKeystore(directory, passphrase=read_passphrase(os.environ))


def _say(*texts: str) -> None:
    for text in texts:
        typer.echo(f"{text}\n")
