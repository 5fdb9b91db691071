"""`pdx join`: one command from an enrolment link to a server that is ready to be started."""

import time
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from joining.join import Joining, join_network
from joining.part import Place
from protocol.enrolment.link import parse_enrolment_link
from protocol.enrolment.organisation import Organisation
from serving.clock import SystemClock
from serving.errors import OperatorError
from serving.http import FetchPolicy, HttpClient
from serving.settings import LOCAL_HOSTS

PORT = 8000


def join(
    link: Annotated[str, typer.Argument(help="The enrolment link, in quotation marks.")],
    directory: Annotated[Path, typer.Option(help="Where keys, settings and database of the server go.")],
    *,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Port to listen on.")] = None,
    url: Annotated[str | None, typer.Option(help="Its address, on the host that was admitted.")] = None,
    wait: Annotated[int, typer.Option(min=0, help="Seconds to wait for the authority.")] = 600,
    ca_bundle: Annotated[Path | None, typer.Option(help="Certificate authorities for https (PEM).")] = None,
    demo: Annotated[bool, typer.Option(help="Allow http on localhost.")] = False,
) -> None:
    """Join a network: keys, certificates, settings, questions. Called again it goes on where it stopped."""
    policy = FetchPolicy(allow_http_localhost=demo, allow_private=demo, ca_bundle=ca_bundle)

    def place(organisation: Organisation) -> Place:
        address = _address(organisation, url)
        return Place(directory, address, port or _port(address), demo, ca_bundle)

    joining = Joining(
        link=parse_enrolment_link(link),
        directory=directory,
        place=place,
        http=HttpClient(policy),
        clock=SystemClock(),
        wait=wait,
        tell=_say,
        sleep=time.sleep,
    )
    for line in join_network(joining):
        typer.echo(line)


def _address(organisation: Organisation, url: str | None) -> str:
    if url is None:
        return organisation.url
    if urlsplit(url).hostname != urlsplit(organisation.url).hostname:
        text = f"the organisation was admitted at {organisation.url}; its certificates name no other host"
        raise OperatorError(text)
    return url


def _port(address: str) -> int:
    parts = urlsplit(address)
    return parts.port if parts.port and parts.hostname in LOCAL_HOSTS else PORT


def _say(text: str) -> None:
    typer.echo(text, err=True)
