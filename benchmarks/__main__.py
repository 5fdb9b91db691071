"""`python -m benchmarks`: measure everything on one core and write benchmarks/results.json."""

import argparse
import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from benchmarks import first_visit, network, sd_jwt_vc
from benchmarks.measuring import FULL, QUICK, Effort

MEASUREMENTS: Sequence[Callable[[Effort], Mapping[str, float]]] = (
    sd_jwt_vc.measure,
    network.measure,
    first_visit.measure,
)
RESULTS = Path(__file__).parent / "results.json"


def main() -> None:
    """Run every measurement, print its numbers and keep them."""
    arguments = _arguments()
    _stay_on_one_core()
    results: dict[str, float] = {}
    for measure in MEASUREMENTS:
        measured = measure(QUICK if arguments.quick else FULL)
        results |= {name: round(value, 3) for name, value in measured.items()}
    arguments.results.write_text(json.dumps(results, indent=2) + "\n", "utf-8")
    for name, value in results.items():
        print(f"{name:32} {value:10.3f}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a few short rounds, to see that it runs")
    parser.add_argument("--results", type=Path, default=RESULTS, metavar="FILE", help="where to write")
    return parser.parse_args()


def _stay_on_one_core() -> None:
    if sys.platform == "linux":
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


if __name__ == "__main__":
    main()
