"""How long, how often and how much Claude is asked, and what becomes of the bill when somebody leaves."""

import asyncio

import pytest

from routing.breaker import Breaker
from routing.claude import Manners
from routing.exchange import NoReply, Reply
from tests import pretend_claude as pretend
from tests.asking import scene, worst
from tests.purse import Purse, SlowPurse, StuckPurse


async def test_an_answer_that_does_not_come_in_time_may_have_cost_everything() -> None:
    async with scene(pretend.hang) as it:
        assert await it.ask(seconds=0.2) == NoReply(why="deadline", cost=worst())
        assert [(bill.outcome, bill.cost) for bill in it.purse.bills] == [("unknown", worst())]


async def test_whoever_leaves_in_the_middle_of_a_call_pays_for_it() -> None:
    async with scene(pretend.hang) as it:
        asking = asyncio.create_task(it.ask())
        await it.far.arrived.wait()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking

        assert [(bill.outcome, bill.cost) for bill in it.purse.bills] == [("unknown", worst())]


async def test_whoever_leaves_before_anything_was_sent_pays_nothing() -> None:
    purse = SlowPurse()
    async with scene(purse=purse) as it:
        purse.may_settle.set()

        assert await it.ask(seconds=0.05) == NoReply(why="deadline")
        purse.may_reserve.set()
        await it.near.close()

        assert (purse.outcomes, purse.spent, it.far.asked) == (["unreachable"], 0, [])


async def test_a_bill_is_written_though_whoever_asked_is_told_twice_to_leave() -> None:
    purse = SlowPurse()
    purse.may_reserve.set()
    async with scene(pretend.hang, purse=purse) as it:
        asking = asyncio.create_task(it.ask())
        await it.far.arrived.wait()
        asking.cancel()
        await purse.is_settling.wait()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        assert purse.bills == []

        purse.may_settle.set()
        await it.near.close()

        assert purse.outcomes == ["unknown"]


async def test_an_empty_purse_asks_nobody() -> None:
    async with scene(purse=Purse(limit=worst() - 1)) as it:
        assert await it.ask() == NoReply(why="budget")
        assert it.far.asked == []


async def test_a_purse_that_is_emptied_by_the_first_attempt_allows_no_second() -> None:
    async with scene(pretend.turned_away(500), purse=Purse(limit=worst())) as it:
        assert await it.ask() == NoReply(why="budget", cost=worst())
        assert len(it.far.messages) == 1


async def test_a_purse_that_is_stuck_is_no_answer_that_came_too_late() -> None:
    async with scene(purse=StuckPurse()) as it:
        with pytest.raises(TimeoutError):
            await it.ask()

        assert it.far.asked == []


async def test_too_many_at_once_are_told_so() -> None:
    async with scene(pretend.hang, manners=Manners(at_once=1, patience_seconds=0.01)) as it:
        first = asyncio.create_task(it.ask(seconds=5))
        await it.far.arrived.wait()

        assert await it.ask() == NoReply(why="busy")

        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        assert isinstance(await it.ask(), Reply)


async def test_after_enough_failures_it_is_left_in_peace_for_a_while() -> None:
    breaker = Breaker(most_failures=3, pause_seconds=30)
    async with scene(*[pretend.overloaded()] * 3, manners=Manners(breaker=breaker)) as it:
        assert await it.ask() == NoReply(why="unreachable")
        assert await it.ask() == NoReply(why="breaker")
        assert len(it.far.messages) == 3

        it.time.now += 30

        assert isinstance(await it.ask(), Reply)
        assert isinstance(await it.ask(), Reply)


async def test_when_the_pause_is_over_only_one_goes_to_look() -> None:
    breaker = Breaker(most_failures=1, pause_seconds=30)
    async with scene(pretend.overloaded(), pretend.hang, manners=Manners(breaker=breaker)) as it:
        assert await it.ask() == NoReply(why="breaker")
        it.far.arrived.clear()
        it.time.now += 30
        probe = asyncio.create_task(it.ask())
        await it.far.arrived.wait()

        assert await it.ask() == NoReply(why="breaker")

        probe.cancel()
        with pytest.raises(asyncio.CancelledError):
            await probe


async def test_what_is_wrong_with_a_request_is_not_held_against_claude() -> None:
    rejected = pretend.turned_away(400, "invalid_request_error")
    async with scene(*[rejected] * 3, manners=Manners(breaker=Breaker(most_failures=2))) as it:
        assert [await it.ask() for _ in range(3)] == [NoReply(why="rejected")] * 3
        assert isinstance(await it.ask(), Reply)
