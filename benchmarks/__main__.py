"""`python -m benchmarks`: measure everything on one core and write benchmarks/results.json."""

import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from benchmarks import sd_jwt_vc

MEASUREMENTS: Sequence[Callable[[], Mapping[str, float]]] = (sd_jwt_vc.measure,)
RESULTS = Path(__file__).parent / "results.json"


def main() -> None:
    """Run every measurement, print its numbers and keep them."""
    _stay_on_one_core()
    results: dict[str, float] = {}
    for measure in MEASUREMENTS:
        results |= {name: round(value, 3) for name, value in measure().items()}
    RESULTS.write_text(json.dumps(results, indent=2) + "\n", "utf-8")
    for name, value in results.items():
        print(f"{name:32} {value:10.3f}")


def _stay_on_one_core() -> None:
    if sys.platform == "linux":
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


if __name__ == "__main__":
    main()
