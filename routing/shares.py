"""A count out of a count, with how far chance alone could have moved it."""

import math
from dataclasses import dataclass

Z95 = 1.959963984540054


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """`rate` is undefined, not zero, when there was nothing to count; the interval is then all that can be: 0 to 1."""

    hits: int
    of: int
    rate: float | None
    low: float
    high: float


def share(hits: int, of: int) -> Share:
    low, high = wilson(hits, of)
    return Share(hits=hits, of=of, rate=hits / of if of else None, low=low, high=high)


def wilson(hits: float, of: float, z: float = Z95) -> tuple[float, float]:
    """The Wilson score interval, at 95 % unless told: honest for small counts and near 0 and 1, where the textbook's
    is not.
    """
    assert 0 <= hits <= of, "hits are some of the tries"
    if of == 0:
        return 0.0, 1.0
    rate, square = hits / of, z**2
    middle = (rate + square / (2 * of)) / (1 + square / of)
    reach = z * math.sqrt(rate * (1 - rate) / of + square / (4 * of**2)) / (1 + square / of)
    # The ends are exact in algebra and a hair off in floats.
    low = 0.0 if hits == 0 else max(0.0, middle - reach)
    high = 1.0 if hits == of else min(1.0, middle + reach)
    return low, high
