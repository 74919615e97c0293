"""Whether a count rose by more than chance, and what is usual among many. The standard library, exact, and pure."""

import math
from collections.abc import Sequence
from fractions import Fraction

NEGLIGIBLE = 1e-18  # of what was added up so far: beyond it a float no longer changes


def chance_of_rise(now: int, before: int, weeks: int) -> float:
    """How often chance alone brings so many in one week, or more, if nothing changed since the weeks before. One-sided.

    Two Poisson counts are compared, one over 1 week, one over `weeks`. If the rate never changed, then of all
    `now + before` requests each fell into this week with a chance of 1 in `1 + weeks`, so the conditional binomial test
    is exact (Przyborowski and Wilenski 1940) and takes the baseline for what it is: itself a count, moved by chance.
    """
    assert now >= 0, "a count"
    assert before >= 0, "a count"
    assert weeks > 0, "a rise is a rise over something"
    return binomial_tail(now, now + before, Fraction(1, 1 + weeks))


def binomial_tail(hits: int, tries: int, chance: Fraction) -> float:
    """P(X >= hits): summed on the shorter side of the middle, each term from its neighbour."""
    assert 0 < chance < 1, "else there is nothing left to chance"
    if hits <= 0:
        return 1.0
    if hits > tries:
        return 0.0
    odds = chance / (1 - chance)
    if hits > tries * chance:
        return min(1.0, _summed(hits, tries, chance, odds))
    # The lower side is the upper side of what did not happen.
    return max(0.0, 1.0 - _summed(tries - hits + 1, tries, 1 - chance, 1 / odds))


def mean(values: Sequence[float]) -> float | None:
    return math.fsum(values) / len(values) if values else None


def nearest_rank(values: Sequence[float], percent: int) -> float | None:
    """The smallest of the values that so many percent of them do not exceed: one that really occurred."""
    assert 0 < percent <= 100, "a share of the values"  # noqa: PLR2004 - percent
    if not values:
        return None
    return sorted(values)[-(-len(values) * percent // 100) - 1]


def _summed(hits: int, tries: int, chance: Fraction, odds: Fraction) -> float:
    """P(X >= hits) from above the middle on, where every term is smaller than the one before."""
    term, total, ratio = 1.0, 0.0, float(odds)
    for count in range(hits, tries + 1):
        total += term
        term *= (tries - count) / (count + 1) * ratio
        if term < total * NEGLIGIBLE:
            break
    return math.exp(_log_of(hits, tries, chance) + math.log(total))


def _log_of(hits: int, tries: int, chance: Fraction) -> float:
    """The logarithm of P(X = hits)."""
    ways = math.lgamma(tries + 1) - math.lgamma(hits + 1) - math.lgamma(tries - hits + 1)
    return ways + hits * math.log(chance) + (tries - hits) * math.log(1 - chance)
