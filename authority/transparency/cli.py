"""`pdx authority log`: read and audit a network's transparency log, by anybody and from anywhere."""

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer
from cryptography import x509

from authority.usecases.verify_log import Audit, Read, verify_log
from serving.clock import SystemClock
from serving.errors import OperatorError
from serving.http import FetchError, FetchPolicy, HttpClient

MAX_FILE_BYTES = 24 << 20  # a bundle of 256 entries of at most 64 KiB
_TYPES = ("application/octet-stream", "text/plain", "application/jwt", "application/jose")

app = typer.Typer(help="Read and audit the log of everything the authority did.", no_args_is_help=True)

Source = Annotated[str, typer.Argument(help="The network's address, or a directory with its public files.")]
Root = Annotated[Path, typer.Option(help="The network's root certificate (PEM).")]
CaBundle = Annotated[Path | None, typer.Option(help="Who vouches for https, if not the usual (PEM).")]
Local = Annotated[bool, typer.Option(help="Allow http on localhost, for a demonstration.")]


@app.command()
def verify(
    *,
    source: Source,
    root: Root,
    since: Annotated[Path | None, typer.Option(help="A checkpoint kept from an earlier time.")] = None,
    keep: Annotated[Path | None, typer.Option(help="Where to keep today's checkpoint.")] = None,
    registration: Annotated[
        list[Path] | None, typer.Option(help="A registration certificate that must be in the log.")
    ] = None,
    ca_bundle: CaBundle = None,
    local: Local = False,
) -> None:
    """Check that no entry was changed, left out or put in, and that the log only grew."""
    audit = verify_log(
        _reader(source, ca_bundle, local=local),
        anchors=_root(root),
        now=SystemClock().now(),
        since=_text(since) if since else None,
        registrations=[_text(one).strip() for one in registration or ()],
    )
    if keep is not None:
        keep.write_text(audit.note, "utf-8")
    _tell(audit, since)


@app.command()
def show(source: Source, root: Root, ca_bundle: CaBundle = None, local: Local = False) -> None:
    """Print every entry, the oldest first: its number, its kind, and what it says as JSON."""
    read = _reader(source, ca_bundle, local=local)
    audit = verify_log(read, anchors=_root(root), now=SystemClock().now())
    for number, entry in enumerate(audit.entries):
        print(f"{number}\t{entry.event}\t{entry.body.decode()}")


def _tell(audit: Audit, since: Path | None) -> None:
    print(f"The log {audit.checkpoint.origin} is whole: {audit.checkpoint.size} entries.")
    for event, number in sorted(Counter(one.event for one in audit.entries).items()):
        print(f"  {event}\t{number}")
    if since is not None:
        print(f"It only grew since {since}.")


def _reader(source: str, ca_bundle: Path | None, *, local: bool) -> Read:
    if "://" not in source:
        return _directory_reader(Path(source))
    policy = FetchPolicy(allow_http_localhost=local, allow_private=local, ca_bundle=ca_bundle)
    http, base = HttpClient(policy), source.rstrip("/")

    def read(name: str) -> bytes:
        try:
            return http.get(f"{base}/{name}", accept=_TYPES, max_bytes=MAX_FILE_BYTES).body
        except FetchError as error:
            raise OperatorError(f"{base}/{name} can't be had: {error}") from None

    return read


def _directory_reader(directory: Path) -> Read:
    def read(name: str) -> bytes:
        return _bytes(directory / name)

    return read


def _root(path: Path) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(_bytes(path))
    except ValueError:
        raise OperatorError(f"{path} is no certificate; it has to be PEM") from None


def _text(path: Path) -> str:
    try:
        return _bytes(path).decode("utf-8")
    except UnicodeDecodeError:
        raise OperatorError(f"{path} is not text") from None


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise OperatorError(f"{path} can't be read: {error.strerror}") from None
