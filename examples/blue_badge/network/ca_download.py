"""Lets a phone fetch the development CA over plain http: it can't trust our https before it has it.

Only the certificate is served, never its key. A CA that comes over http proves nothing: it is for the demo's
own network, and should be removed from the phone afterwards.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

PATH = "/pdx-demo-ca.crt"
CONTENT_TYPE = "application/x-x509-ca-cert"  # what phones open as a certificate to install


@contextmanager
def ca_download(certificate: Path, *, host: str, port: int) -> Iterator[str]:
    """Serve `certificate` (PEM) while the block lasts; gives its address."""
    server = ThreadingHTTPServer((host, port), _handler(certificate.read_bytes()))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://{host}:{server.server_port}{PATH}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(body: bytes) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = 10

        def do_GET(self) -> None:
            found = self.path == PATH
            self.send_response(200 if found else 404)
            self.send_header("content-type", CONTENT_TYPE if found else "text/plain")
            self.send_header("content-length", str(len(body) if found else 0))
            self.end_headers()
            if found:
                self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing on the terminal."""

    return Handler
