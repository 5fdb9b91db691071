"""An application that browsers reach: it listens in a thread of the test's process."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        return int(probe.getsockname()[1])


@contextmanager
def listening(app: FastAPI, port: int) -> Iterator[None]:
    """Listens on localhost as long as the block lasts."""
    # no log_config: it would take over the logging of the process
    server = uvicorn.Server(uvicorn.Config(app, host="localhost", port=port, log_config=None))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.01)
        yield
    finally:
        server.should_exit = True
        thread.join()
