"""Counts what goes over the wire: a relay on an address of the loopback between a client and the servers.

A server on 127.0.0.1 is reached by 127.0.0.2 at the same port, so that the client's own code, its address
rules and its connections stay what they are; it only resolves the servers' name to the relay. Linux alone
answers on every address of 127.0.0.0/8.
"""

import re
import socket
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

RELAY, SERVER = "127.0.0.2", "127.0.0.1"
_REQUEST = re.compile(rb"(GET|POST) (\S+) HTTP/1\.1\r\n")
_CHUNK = 65_536


@dataclass
class Counted:
    """Bytes in each direction, headers and bodies, by the path that was asked for (its query left out)."""

    sent: Counter[str] = field(default_factory=Counter)
    received: Counter[str] = field(default_factory=Counter)

    def forget(self) -> None:
        """Begin anew."""
        self.sent.clear()
        self.received.clear()


def resolve_to_relay(_host: str, _port: int) -> list[str]:
    """Where a client finds the servers, in place of the system's resolver."""
    return [RELAY]


@contextmanager
def counting(ports: Sequence[int]) -> Iterator[Counted]:
    """Relay to the servers at these ports while the block lasts."""
    counted = Counted()
    listening = [socket.create_server((RELAY, port)) for port in ports]
    for one in listening:
        threading.Thread(target=_accept, args=(one, counted), daemon=True).start()
    try:
        yield counted
    finally:
        for one in listening:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()


def _accept(listening: socket.socket, counted: Counted) -> None:
    with suppress(OSError):  # which is how it ends
        while True:
            client, _ = listening.accept()
            server = socket.create_connection((SERVER, listening.getsockname()[1]))
            _Connection(client, server, counted)


class _Connection:
    """One connection, on which one request follows the other."""

    def __init__(self, client: socket.socket, server: socket.socket, counted: Counted) -> None:
        self._counted = counted
        self._asked = "?"
        for move in (self._ask, self._answer):
            threading.Thread(target=move, args=(client, server), daemon=True).start()

    def _ask(self, client: socket.socket, server: socket.socket) -> None:
        for data in _read(client):
            found = _REQUEST.match(data)
            if found is not None:
                self._asked = found[2].decode().partition("?")[0]
            self._counted.sent[self._asked] += len(data)
            server.sendall(data)
        with suppress(OSError):
            server.shutdown(socket.SHUT_WR)

    def _answer(self, client: socket.socket, server: socket.socket) -> None:
        for data in _read(server):
            self._counted.received[self._asked] += len(data)
            client.sendall(data)
        with suppress(OSError):
            client.shutdown(socket.SHUT_WR)


def _read(connection: socket.socket) -> Iterator[bytes]:
    with suppress(OSError):
        while data := connection.recv(_CHUNK):
            yield data
