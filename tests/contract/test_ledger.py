"""The ledger in a real file: no crowd, no crash and no late answer makes Claude cost more than was allowed."""

import asyncio
import sqlite3
import tempfile
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from routing.budget import Limits
from routing.kinds import CaseId, TeamId
from storage.driver import StorageError
from storage.purse import LOST, Alarm, SqlPurse
from storage.sqlite import Store, open_store
from tests.make import NOW
from tests.purses import (
    LITTLE,
    NARROW,
    ONE,
    STEPS,
    TWO,
    Hands,
    History,
    PullThePlug,
    Step,
    a_bill,
    a_purse,
    an_ask,
    check,
    held,
    know_cases,
    runs_of,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "desk.db"


@pytest.fixture
def clock() -> Hands:
    return Hands()


@pytest.fixture
async def store(path: Path, clock: Hands) -> AsyncIterator[Store]:
    async with open_store(f"sqlite:///{path}", clock=clock) as store:
        await know_cases(store)
        yield store


@pytest.fixture
def purse(store: Store) -> SqlPurse:
    return a_purse(store)


async def test_a_call_is_in_the_file_before_it_is_made(purse: SqlPurse, path: Path) -> None:
    await purse.reserve(an_ask(ONE, 2_000_000))

    assert _look(path, "SELECT case_id, model, prompt, attempt, state, worst, cost FROM claude_calls") == [
        (ONE, "claude-haiku-5-5", "route/v1", 1, "held", 2_000_000, 2_000_000)
    ]


async def test_the_bill_takes_the_holds_place(store: Store, purse: SqlPurse, clock: Hands) -> None:
    hold = await held(purse, ONE)
    clock.pass_minutes(1)

    await purse.settle(hold, a_bill(cost=255_000))

    (call,) = await store.ledger.calls_of(ONE)
    assert (call.is_held, call.outcome, call.worst, call.cost) == (False, "answered", 2_000_000, 255_000)
    assert (call.usage, call.latency_ms) == (LITTLE, 812)
    assert (call.asked_at, call.settled_at) == (NOW, NOW + timedelta(minutes=1))


async def test_the_first_bill_counts(store: Store, purse: SqlPurse) -> None:
    hold = await held(purse, ONE)

    await purse.settle(hold, a_bill(cost=255_000))
    await purse.settle(hold, a_bill("unknown", cost=0))

    assert [(call.outcome, call.cost) for call in await store.ledger.calls_of(ONE)] == [("answered", 255_000)]


async def test_of_forty_who_ask_at_once_only_those_who_fit_are_let_through(store: Store) -> None:
    cheap = Limits(per_case=100, turns=100, per_hour=1_000)
    purse = a_purse(store, cheap)

    holds = await asyncio.gather(*(purse.reserve(an_ask(ONE, 7)) for _ in range(40)))

    assert len([hold for hold in holds if hold]) == 100 // 7
    assert len(await store.ledger.calls_of(ONE)) == 100 // 7


async def test_forty_cases_at_once_share_one_hour(store: Store) -> None:
    purse = a_purse(store, Limits(per_hour=100))
    await know_cases(store, *(f"busy-{count}" for count in range(40)))

    holds = await asyncio.gather(*(purse.reserve(an_ask(CaseId(f"busy-{count}"), 9)) for count in range(40)))

    assert len([hold for hold in holds if hold]) == 100 // 9


async def test_a_call_that_never_began_is_no_turn(purse: SqlPurse) -> None:
    for _ in range(6):
        await purse.settle(await held(purse, ONE), a_bill("overloaded", cost=0, usage=None))

    for _ in range(6):
        await purse.settle(await held(purse, ONE), a_bill())

    assert await purse.reserve(an_ask(ONE, 0)) is None
    assert await purse.reserve(an_ask(TWO, 0)) is not None


async def test_what_was_spent_makes_room_after_an_hour_and_after_a_day(store: Store, clock: Hands) -> None:
    purse = a_purse(store, Limits(per_hour=100, per_day=150))
    await purse.settle(await held(purse, None, 100), a_bill(cost=100))

    clock.pass_minutes(59)
    within_the_hour = await purse.reserve(an_ask(worst=1))
    clock.pass_minutes(1)
    after_the_hour = await purse.reserve(an_ask(worst=51))
    still_the_day = await held(purse, None, 50)
    await purse.settle(still_the_day, a_bill(cost=0))
    clock.pass_minutes(23 * 60)
    after_the_day = await purse.reserve(an_ask(worst=100))

    assert (within_the_hour, after_the_hour) == (None, None)
    assert after_the_day is not None


async def test_another_team_has_an_hour_of_its_own(store: Store) -> None:
    narrow = Limits(per_hour=10)
    await held(a_purse(store, narrow), None, 10)

    assert await a_purse(store, narrow).reserve(an_ask(worst=1)) is None
    assert await store.ledger.purse(team=TeamId("T_OTHER"), limits=narrow).reserve(an_ask(worst=1)) is not None


async def test_a_call_cut_off_by_the_end_of_the_bot_is_charged_at_its_worst(path: Path, clock: Hands) -> None:
    url = f"sqlite:///{path}"
    async with open_store(url, clock=clock) as store:
        await know_cases(store)
        await held(a_purse(store), ONE, 100_000_000)
    clock.pass_minutes(1)

    async with open_store(url, clock=clock) as store:
        (call,) = await store.ledger.calls_of(ONE)
        too_much = await a_purse(store).reserve(an_ask(ONE, 80_000_001))
        just_enough = await a_purse(store).reserve(an_ask(ONE, 80_000_000))

    assert (call.is_held, call.outcome, call.cost, call.usage) == (False, "unknown", 100_000_000, None)
    assert call.settled_at == clock.now
    assert (too_much, just_enough is not None) == (None, True)


async def test_a_hold_whose_caller_vanished_does_not_block_the_hour_for_ever(store: Store, clock: Hands) -> None:
    purse = a_purse(store, Limits(per_hour=100))
    forgotten = await held(purse, ONE, 100)

    clock.now += LOST
    right_after = await purse.reserve(an_ask(TWO, 1))
    clock.pass_minutes(61)
    an_hour_later = await purse.reserve(an_ask(TWO, 1))
    await purse.settle(forgotten, a_bill(cost=3))

    assert (right_after, an_hour_later is not None) == (None, True)
    assert [(call.outcome, call.cost) for call in await store.ledger.calls_of(ONE)] == [("unknown", 100)]


@settings(max_examples=15, deadline=None)
@given(STEPS)
def test_no_order_of_calls_answers_crashes_and_waits_passes_a_limit(steps: list[Step | PullThePlug]) -> None:
    history = History(Hands())

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_live(Path(folder) / "desk.db", history, steps))

    check(history, NARROW)


async def test_an_alarm_is_raised_once_when_the_bills_pass_the_alert(store: Store, purse: SqlPurse) -> None:
    await purse.settle(await held(purse, ONE, 100_000_000), a_bill(cost=90_000_000))
    assert await purse.alarms() == []

    await purse.settle(await held(purse, ONE, 40_000_000), a_bill(cost=30_000_000))
    (alarm,) = await purse.alarms()
    told = await asyncio.gather(*(purse.told(alarm) for _ in range(5)))
    await purse.settle(await held(purse, ONE), a_bill())

    assert alarm == Alarm(case=ONE, cost=120_000_000)
    assert sorted(told) == [False, False, False, False, True]
    assert await a_purse(store).alarms() == []


async def test_an_alarm_outlives_the_bot_and_is_raised_by_a_call_that_was_cut_off(path: Path, clock: Hands) -> None:
    url = f"sqlite:///{path}"
    async with open_store(url, clock=clock) as store:
        await know_cases(store)
        await held(a_purse(store), ONE, 120_000_000)
        assert await a_purse(store).alarms() == []

    async with open_store(url, clock=clock) as store:
        (alarm,) = await a_purse(store).alarms()
        assert await a_purse(store).told(alarm)

    async with open_store(url, clock=clock) as store:
        assert (alarm.case, await a_purse(store).alarms()) == (ONE, [])


async def test_two_readers_see_what_the_bot_writes_and_write_nothing(purse: SqlPurse, path: Path, clock: Hands) -> None:
    url = f"sqlite:///{path}"
    async with (
        open_store(url, clock=clock, read_only=True) as reader,
        open_store(url, clock=clock, read_only=True) as another,
    ):
        hold = await held(purse, ONE)
        seen = [await each.ledger.calls_of(ONE) for each in (reader, another)]
        await purse.settle(hold, a_bill())
        seen_later = [await each.ledger.calls_of(ONE) for each in (reader, another)]

        with pytest.raises(StorageError, match="for reading only"):
            await a_purse(reader).reserve(an_ask(ONE))

    assert [[call.is_held for call in calls] for calls in seen] == [[True], [True]]
    assert [[call.cost for call in calls] for calls in seen_later] == [[255_000], [255_000]]


async def _live(path: Path, history: History, steps: list[Step | PullThePlug]) -> None:
    for run in runs_of(steps):
        async with open_store(f"sqlite:///{path}", clock=history.clock) as store:
            await know_cases(store)
            await history.live(a_purse(store, NARROW), run)


def _look(path: Path, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as file:
        return list(file.execute(sql))
