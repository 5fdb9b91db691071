"""Runs an application under uvicorn with our logs, not its own."""

import uvicorn
from starlette.types import ASGIApp

from serving.logs import EventLog, take_library_logs
from serving.settings import ServiceSettings
from serving.slow_clients import PatientProtocol

KEEP_ALIVE_SECONDS = 15
MAX_CONCURRENT = 1000


def serve(app: ASGIApp, settings: ServiceSettings, log: EventLog) -> None:
    """Serves until it is told to stop (SIGINT, SIGTERM)."""
    take_library_logs(log)
    log.info("started", url=settings.base_url, host=settings.host, port=settings.port, demo=settings.demo)
    uvicorn.run(
        app,
        host=settings.host,
        port=settings.port,
        access_log=False,
        log_config=None,
        server_header=False,
        http=PatientProtocol,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        limit_concurrency=MAX_CONCURRENT,
        h11_max_incomplete_event_size=32 * 1024,
        proxy_headers=False,
        ssl_certfile=settings.tls.certificate if settings.tls else None,
        ssl_keyfile=settings.tls.key if settings.tls else None,
    )
