"""What chance does to counts, against a slow sum in fractions that cannot be wrong."""

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.digests.statistics import binomial_tail, chance_of_rise, mean, nearest_rank

COUNTS = st.integers(min_value=0, max_value=150)
WEEKS = st.integers(min_value=1, max_value=4)
VALUES = st.lists(st.integers(min_value=0, max_value=10**9).map(float), min_size=1, max_size=80)


def slow_tail(hits: int, tries: int, chance: Fraction) -> Fraction:
    return sum(
        (math.comb(tries, one) * chance**one * (1 - chance) ** (tries - one) for one in range(hits, tries + 1)),
        Fraction(),
    )


@given(now=COUNTS, before=COUNTS, weeks=WEEKS)
def test_the_chance_of_a_rise_is_the_exact_one(now: int, before: int, weeks: int) -> None:
    exact = slow_tail(now, now + before, Fraction(1, 1 + weeks))

    assert chance_of_rise(now, before, weeks) == pytest.approx(float(exact), rel=1e-9, abs=1e-15)


@given(
    tries=st.integers(min_value=1, max_value=60),
    hits=st.integers(min_value=-1, max_value=61),
    chance=st.fractions(min_value=Fraction(1, 50), max_value=Fraction(49, 50)),
)
def test_any_binomial_tail_is_the_exact_one(tries: int, hits: int, chance: Fraction) -> None:
    exact = slow_tail(max(0, hits), tries, chance)

    assert binomial_tail(hits, tries, chance) == pytest.approx(float(exact), rel=1e-9, abs=1e-15)


@given(now=COUNTS, before=COUNTS, weeks=WEEKS)
def test_more_requests_are_never_more_likely_by_chance(now: int, before: int, weeks: int) -> None:
    assert chance_of_rise(now + 1, before, weeks) <= chance_of_rise(now, before, weeks) + 1e-12


@given(now=COUNTS, before=COUNTS, weeks=WEEKS)
def test_a_baseline_that_is_a_count_itself_makes_a_rise_less_sure(now: int, before: int, weeks: int) -> None:
    """Against the same mean taken as known, no rise above it would look less surprising."""
    rate = before / weeks
    if now <= rate or not before:
        return
    taken_as_known = 1 - math.fsum(math.exp(-rate + one * math.log(rate) - math.lgamma(one + 1)) for one in range(now))

    assert chance_of_rise(now, before, weeks) >= taken_as_known - 1e-9


@pytest.mark.parametrize(
    ("now", "before", "chance"),
    [(5, 8, 0.0991), (130, 400, 0.0062), (3, 0, 0.008), (26, 80, 0.1485), (0, 0, 1.0), (0, 400, 1.0)],
)
def test_a_rise_of_a_third_is_chance_for_a_few_and_none_for_many(now: int, before: int, chance: float) -> None:
    assert chance_of_rise(now, before, 4) == pytest.approx(chance, abs=6e-5)


def test_the_largest_desk_is_counted_without_overflow() -> None:
    assert 0.48 < chance_of_rise(2_000_000, 8_000_000, 4) < 0.52
    assert chance_of_rise(2_100_000, 8_000_000, 4) < 1e-300
    assert chance_of_rise(1_900_000, 8_000_000, 4) == pytest.approx(1.0)


@given(values=VALUES, percent=st.integers(min_value=1, max_value=100))
def test_the_nearest_rank_is_the_least_value_that_so_many_do_not_exceed(values: list[float], percent: int) -> None:
    found = nearest_rank(values, percent)

    assert found in values
    assert sum(one <= found for one in values) * 100 >= percent * len(values)
    assert sum(one < found for one in values) * 100 < percent * len(values)


def test_of_nothing_there_is_neither_mean_nor_rank() -> None:
    assert (mean([]), nearest_rank([], 95)) == (None, None)
    assert (mean([1.0, 2.0, 6.0]), nearest_rank([6.0, 1.0, 2.0], 50)) == (3.0, 2.0)
