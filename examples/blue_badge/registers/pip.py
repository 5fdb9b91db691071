"""Personal Independence Payment: activities, descriptors and points.

Source: Social Security (Personal Independence Payment) Regulations 2013 (SI 2013/377), Schedule 1,
Parts 2 (daily living, activities 1 to 10) and 3 (mobility; 11 here is the regulations' mobility
activity 1 "planning and following journeys", 12 is mobility activity 2 "moving around").
"""

from collections.abc import Mapping, Sequence

# activity → points of descriptors A, B, C, …
POINTS: Mapping[int, tuple[int, ...]] = {
    1: (0, 2, 2, 2, 4, 8),
    2: (0, 2, 2, 4, 6, 10),
    3: (0, 1, 2, 4, 6, 8),
    4: (0, 2, 2, 2, 3, 4, 8),
    5: (0, 2, 2, 4, 6, 8),
    6: (0, 2, 2, 2, 4, 8),
    7: (0, 2, 4, 8, 12),
    8: (0, 2, 2, 4, 8),
    9: (0, 2, 4, 8, 8),
    10: (0, 2, 4, 6),
    11: (0, 4, 8, 10, 10, 12),
    12: (0, 4, 8, 10, 12, 12),
}
DAILY_LIVING = range(1, 11)
PLANNING_JOURNEYS = 11
MOVING_AROUND = 12


def points(activity: int, descriptor: str) -> int:
    """Give the points of one descriptor letter of one activity."""
    return POINTS[activity]["ABCDEFG".index(descriptor)]


def rate(total: int) -> str:
    """Give the rate of a component: 8 to 11 points standard, 12 or more enhanced (regulations 5 and 6)."""
    if total >= 12:
        return "enhanced"
    return "standard" if total >= 8 else "none"


def rates(descriptors: Sequence[str]) -> tuple[str, str]:
    """Give the daily living and mobility rates of twelve descriptor letters, activity 1 first."""
    scored = [points(activity, letter) for activity, letter in enumerate(descriptors, start=1)]
    return rate(sum(scored[:10])), rate(sum(scored[10:]))
