"""What may be spent on Claude: never more than the limits, whatever happens to the calls."""

import asyncio
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given

from routing.budget import NOT_BEGUN, Hold, Limits, Spent, charge, objection, passes_alert
from tests.purses import NARROW, STEPS, Hands, History, MortalPocket, PullThePlug, Step, a_bill, check, runs_of

NOTHING = Spent(case=0, turns=0, hour=0, day=0, calls_hour=0)
HOLD = Hold(call=1, worst=2_000_000)


def test_a_case_may_cost_eighteen_cents_and_six_turns_and_alerts_at_twelve() -> None:
    limits = Limits()

    assert (limits.per_case, limits.turns, limits.alert) == (180_000_000, 6, 120_000_000)


@pytest.mark.parametrize(
    ("spent", "worst", "why"),
    [
        ({}, 180, None),
        ({}, 181, "case_cost"),
        ({"case": 100}, 80, None),
        ({"case": 100}, 81, "case_cost"),
        ({"turns": 3}, 0, None),
        ({"turns": 4}, 0, "case_turns"),
        ({"hour": 150}, 100, None),
        ({"hour": 150}, 101, "hour_cost"),
        ({"day": 300}, 100, None),
        ({"day": 300}, 101, "day_cost"),
        ({"calls_hour": 6}, 0, None),
        ({"calls_hour": 7}, 0, "hour_calls"),
        ({"case": 180, "turns": 4, "hour": 250, "day": 400, "calls_hour": 7}, 1, "case_cost"),
    ],
)
def test_a_call_is_made_only_if_its_worst_case_fits_every_limit(
    spent: dict[str, Any], worst: int, why: str | None
) -> None:
    assert objection(replace(NOTHING, **spent), worst, NARROW) == why


def test_a_call_that_was_answered_costs_what_its_bill_says() -> None:
    assert charge(HOLD, a_bill(cost=255_000)) == 255_000


@pytest.mark.parametrize("outcome", ["unknown", "unusable", "answered", "something new"])
def test_a_call_nobody_counted_costs_its_worst(outcome: str) -> None:
    assert charge(HOLD, a_bill(outcome, cost=0, usage=None)) == HOLD.worst


def test_an_unknown_outcome_costs_its_worst_even_if_somebody_counted() -> None:
    assert charge(HOLD, a_bill("unknown", cost=1)) == HOLD.worst


@pytest.mark.parametrize("outcome", sorted(NOT_BEGUN))
def test_a_call_that_never_began_costs_nothing(outcome: str) -> None:
    assert charge(HOLD, a_bill(outcome, cost=0, usage=None)) == 0


def test_the_alert_is_the_one_step_that_reaches_it() -> None:
    costs = [0, 60, 119, 120, 150, 150, 180]

    assert [after for before, after in pairwise(costs) if passes_alert(before, after, NARROW)] == [120]


@given(STEPS)
def test_no_order_of_calls_answers_crashes_and_waits_passes_a_limit(steps: list[Step | PullThePlug]) -> None:
    clock = Hands()
    history, purse = History(clock), MortalPocket(NARROW, clock)

    for run in runs_of(steps):
        asyncio.run(history.live(purse, run))
        purse.end()

    check(history, NARROW)
