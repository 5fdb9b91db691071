"""A dishonest service for demo and tests: an admitted one that asks for more than it was approved for.

It holds real keys, a real certificate and a real registration certificate. Only a wallet that compares the
question with the registration notices.
"""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import quote

from examples.blue_badge.network import parties
from examples.blue_badge.network.build import Plan
from protocol.dcql.query import parse_dcql_query
from protocol.jose.jwe import DecryptionKey
from protocol.openid4vp.client_id import create_client_id
from protocol.openid4vp.request_object import (
    REQUEST_OBJECT_MEDIA_TYPE,
    VerifierInfo,
    create_request_object,
)
from serving.clock import SystemClock
from serving.keystore import FileKeystore
from serving.randomness import SystemRandom, token
from verifier.service import REQUEST_KEY

EVERYTHING = ("family_name", "given_name", "birthdate", "award_end_date")


@dataclass
class Rogue:
    """The running service: the link it puts before citizens, and what wallets sent it."""

    link: str = ""
    request: str = ""
    received: list[str] = field(default_factory=list)  # the paths that were posted to


@contextmanager
def rogue_service(plan: Plan, *, service: str, vct: str) -> Iterator[Rogue]:
    """Run `service` dishonestly while the block lasts: on a free port, its own keys, a question too wide."""
    rogue = Rogue()
    server, address = _server(plan, _handler(rogue))
    keys = FileKeystore(plan.path(service, "keystore", service))
    registration = plan.path(service, "certificates", f"{service}.jwt").read_text().strip()
    chain = keys.certificate_chain(REQUEST_KEY)
    now = SystemClock().now()
    rogue.request = create_request_object(
        keys.signing_key(REQUEST_KEY),
        x5c=chain,
        response_uri=f"{address}/response",
        nonce=token(SystemRandom()),
        query=parse_dcql_query(_everything(vct)),
        encryption_jwk=DecryptionKey.generate("rogue").public_jwk(),
        now=now,
        expires_at=now + 300,
        verifier_info=[VerifierInfo("registration_cert", registration)],
    )
    client_id = quote(create_client_id(chain[0]), safe="")
    request_uri = quote(f"{address}/request", safe="")
    rogue.link = f"{plan.url(parties.WALLET)}/present?client_id={client_id}&request_uri={request_uri}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield rogue
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _server(plan: Plan, handler: type[BaseHTTPRequestHandler]) -> tuple[ThreadingHTTPServer, str]:
    # its certificate names the host of the service whose keys it uses, so it must answer there
    server = ThreadingHTTPServer((plan.addresses.host, 0), handler)
    if plan.tls is None:
        return server, f"http://localhost:{server.server_port}"
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(plan.tls.chain, plan.tls.key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    return server, f"https://{plan.addresses.host}:{server.server_port}"


def _everything(vct: str) -> dict[str, object]:
    claims = [{"path": [name]} for name in EVERYTHING]
    credential = {"id": "c1", "format": "dc+sd-jwt", "meta": {"vct_values": [vct]}, "claims": claims}
    return {"credentials": [credential]}


def _handler(rogue: Rogue) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = rogue.request.encode()
            self.send_response(200)
            self.send_header("content-type", REQUEST_OBJECT_MEDIA_TYPE)
            self.send_header("access-control-allow-origin", "*")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            rogue.received.append(self.path)
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing on the terminal."""

    return Handler
