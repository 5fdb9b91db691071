"""Timing contestants side by side, so that what else the machine does hits all of them alike."""

import gc
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median
from time import perf_counter

#: Does the n-th piece of work of a contestant's.
Work = Callable[[int], object]
#: Seconds per operation of each contestant, round by round.
Rounds = Mapping[str, list[float]]


@dataclass(frozen=True)
class Effort:
    """How long to measure: rounds of so many operations each, and seconds for another process."""

    rounds: int
    batch: int
    seconds: float


FULL = Effort(rounds=100, batch=50, seconds=3)
QUICK = Effort(rounds=3, batch=10, seconds=0.1)


def time_in_turn(contestants: Mapping[str, Work], *, cases: int, effort: Effort) -> Rounds:
    """Run everyone in turn for many short rounds; gives seconds per operation.

    Successive operations work on different cases, so that remembering a result gains nothing. The garbage
    collector stays on, as it is in a service.
    """
    taken: dict[str, list[float]] = {name: [] for name in contestants}
    for number in range(effort.rounds):
        for name, work in contestants.items():
            taken[name].append(_time_batch(work, number * effort.batch, batch=effort.batch, cases=cases))
    return taken


def ratio(rounds: Rounds, *, of: str, to: str) -> float:
    """Say how many times as fast `of` is as `to`: the median over rounds that ran next to each other."""
    return median(other / own for own, other in zip(rounds[of], rounds[to], strict=True))


def _time_batch(work: Work, first: int, *, batch: int, cases: int) -> float:
    gc.collect()
    start = perf_counter()
    for number in range(first, first + batch):
        work(number % cases)
    return (perf_counter() - start) / batch
