"""Processes that all send one valid response at the same moment; importable, so that they can be spawned."""

from collections.abc import Sequence
from multiprocessing import get_context
from typing import Any

import httpx

from serving.clock import FixedClock
from serving.errors import ApiError
from tests.protocol.authority_for_tests import NOW
from verifier.app import create_installation
from verifier.settings import Settings
from verifier.usecases.receive_response import receive_response


def race_processes(settings: Settings, posts: Sequence[tuple[str, str]], trust_list: bytes) -> list[str]:
    """What each process got for its (reference, response): "won", or the code of the refusal."""
    context = get_context("spawn")
    barrier, results = context.Barrier(len(posts)), context.Queue()
    processes = [
        context.Process(target=_post, args=(settings.model_dump_json(), *one, trust_list, barrier, results))
        for one in posts
    ]
    for process in processes:
        process.start()
    outcomes = [results.get(timeout=60) for _ in processes]
    for process in processes:
        process.join(60)
    return outcomes


def _post(settings: str, ref: str, response: str, trust_list: bytes, barrier: Any, results: Any) -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        stream = httpx.ByteStream(trust_list)
        return httpx.Response(200, headers={"content-type": "application/jwt"}, stream=stream)

    house = create_installation(
        Settings.model_validate_json(settings),
        clock=FixedClock(NOW),
        transport=httpx.MockTransport(answer),
        environment={},
    )
    house.trust.issuers(now=NOW)
    barrier.wait(60)
    try:
        receive_response(house, ref, response)
        results.put("won")
    except ApiError as error:
        results.put(error.text)
    house.database.close()
