"""Several threads or processes that all try to do one thing at the same moment."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from multiprocessing import get_context
from typing import Any, Protocol

from sqlalchemy import update
from sqlmodel import col

from serving.database import Database, compare_and_set, migrate, spend
from tests.serving.tickets.store import SpentNonce, Ticket


class Race(Protocol):
    def __call__(self, url: str, actions: Sequence[str], *, players: int, rounds: int) -> list[int]: ...


def race_threads(url: str, actions: Sequence[str], *, players: int, rounds: int) -> list[int]:
    """How many of `players` won each action of each round."""
    barrier = threading.Barrier(players)
    with ThreadPoolExecutor(players) as pool:
        runs = [pool.submit(_play, url, actions, barrier, rounds) for _ in range(players)]
        return [sum(wins) for wins in zip(*(run.result() for run in runs), strict=True)]


def race_processes(url: str, actions: Sequence[str], *, players: int, rounds: int) -> list[int]:
    """How many of `players` won each action of each round."""
    context = get_context("spawn")
    barrier, results = context.Barrier(players), context.Queue()
    processes = [
        context.Process(target=_play_apart, args=(url, actions, barrier, rounds, results))
        for _ in range(players)
    ]
    for process in processes:
        process.start()
    outcomes = [results.get(timeout=60) for _ in processes]
    for process in processes:
        process.join(60)
    return [sum(wins) for wins in zip(*outcomes, strict=True)]


def _play_apart(url: str, actions: Sequence[str], barrier: Any, rounds: int, results: Any) -> None:
    results.put(_play(url, actions, barrier, rounds))


def _play(url: str, actions: Sequence[str], barrier: Any, rounds: int) -> list[bool]:
    database = Database(url)
    wins = []
    for number, action in product(range(rounds), actions):
        barrier.wait(60)
        wins.append(_act(database, action, number))
    database.close()
    return wins


def _act(database: Database, action: str, number: int) -> bool:
    if action == "migrate":
        migrate(database, "tests.serving.tickets")
        return True
    with database.unit() as session:
        if action == "spend":
            won = spend(session, SpentNonce, f"nonce {number}", 100)
        else:
            expected = (col(Ticket.id) == number, col(Ticket.state) == "open")
            won = compare_and_set(session, update(Ticket).where(*expected).values(state="closed"))
        session.commit()
        return won
