"""Timing contestants side by side, so that what else the machine does hits all of them alike."""

import gc
from collections.abc import Callable, Mapping
from time import perf_counter

#: Does the n-th piece of work of a contestant's.
Work = Callable[[int], object]

BATCH = 100
ROUNDS = 30


def seconds_per_operation(
    contestants: Mapping[str, Work], *, cases: int, rounds: int = ROUNDS, batch: int = BATCH
) -> dict[str, float]:
    """Run everyone in turn for many short rounds; gives each one's best round, in seconds per operation.

    The best of many short rounds is what the work takes when nothing else interferes. Successive operations
    work on different cases, so that remembering a result gains nothing.
    """
    best = dict.fromkeys(contestants, float("inf"))
    for number in range(rounds):
        for name, work in contestants.items():
            best[name] = min(best[name], _time_batch(work, number * batch, batch=batch, cases=cases))
    return best


def _time_batch(work: Work, first: int, *, batch: int, cases: int) -> float:
    gc.collect()
    gc.disable()
    try:
        start = perf_counter()
        for number in range(first, first + batch):
            work(number % cases)
        return (perf_counter() - start) / batch
    finally:
        gc.enable()
