"""The purse in memory: as strict as the ledger, and it can say what was spent."""

import asyncio

from hypothesis import given

from bot.pocket import Pocket
from routing.kinds import CaseId
from tests.purses import NARROW, STEPS, Hands, History, PullThePlug, Step, a_bill, an_ask, check

CASE = CaseId("case-1")


@given(STEPS)
def test_no_order_of_calls_answers_and_waits_passes_a_limit(steps: list[Step | PullThePlug]) -> None:
    clock = Hands()
    history = History(clock)

    asyncio.run(history.live(Pocket(NARROW, clock), [one for one in steps if not isinstance(one, PullThePlug)]))

    check(history, NARROW)


async def test_a_call_costs_its_worst_until_its_first_bill_comes() -> None:
    pocket = Pocket(NARROW, Hands())
    hold = await pocket.reserve(an_ask(CASE, 100))
    assert hold is not None
    assert pocket.cost == 100

    await pocket.settle(hold, a_bill(cost=30))
    await pocket.settle(hold, a_bill(cost=90))

    assert (pocket.calls, pocket.cost) == (1, 30)


async def test_what_would_pass_a_limit_is_not_made_and_not_counted() -> None:
    pocket = Pocket(NARROW, Hands())

    assert await pocket.reserve(an_ask(CASE, 181)) is None
    assert (pocket.calls, pocket.cost) == (0, 0)


async def test_an_hour_later_there_is_money_again() -> None:
    clock = Hands()
    pocket = Pocket(NARROW, clock)
    for case in ("one", "two"):
        hold = await pocket.reserve(an_ask(CaseId(case), 120))
        assert hold is not None
        await pocket.settle(hold, a_bill(cost=120))

    assert await pocket.reserve(an_ask(CASE, 20)) is None
    clock.pass_minutes(61)
    assert await pocket.reserve(an_ask(CASE, 20)) is not None
