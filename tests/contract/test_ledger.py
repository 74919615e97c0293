"""The ledger in a real file: no crowd, no crash and no late answer makes Claude cost more than was allowed."""

import asyncio
import sqlite3
import tempfile
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from routing.budget import Hold, Limits
from routing.model import CaseId, TeamId
from routing.tariff import Usage
from storage.driver import StorageError
from storage.ledger import ANSWER, FORGET, FORGOTTEN_AT_ONCE, OF_CASE, QUESTION, SINCE
from storage.purse import ALARMS, BILLED_ON_CASE, LOSE, LOST, SPENT_LATELY, SPENT_ON_CASE, Alarm, SqlPurse
from storage.sqlite import Store, open_store
from tests.make import NOW, TEAM, a_case, a_request, an_outcome
from tests.purses import LITTLE, NARROW, STEPS, Hands, History, PullThePlug, Step, a_bill, an_ask, check, runs_of

ONE = CaseId("case-1")
TWO = CaseId("case-2")
MONTH = timedelta(days=30)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "desk.db"


@pytest.fixture
def clock() -> Hands:
    return Hands()


@pytest.fixture
async def store(path: Path, clock: Hands) -> AsyncIterator[Store]:
    async with open_store(f"sqlite:///{path}", clock=clock) as store:
        await _know_cases(store)
        yield store


@pytest.fixture
def purse(store: Store) -> SqlPurse:
    return _purse(store)


async def test_a_call_is_in_the_file_before_it_is_made(purse: SqlPurse, path: Path) -> None:
    await purse.reserve(an_ask(ONE, 2_000_000))

    assert _look(path, "SELECT case_id, model, prompt, attempt, state, worst, cost FROM claude_calls") == [
        (ONE, "claude-haiku-5-5", "route/v1", 1, "held", 2_000_000, 2_000_000)
    ]


async def test_the_bill_takes_the_holds_place(store: Store, purse: SqlPurse, clock: Hands) -> None:
    hold = await _held(purse, ONE)
    clock.pass_minutes(1)

    await purse.settle(hold, a_bill(cost=255_000))

    (call,) = await store.ledger.calls_of(ONE)
    assert (call.is_held, call.outcome, call.worst, call.cost) == (False, "answered", 2_000_000, 255_000)
    assert (call.usage, call.latency_ms) == (LITTLE, 812)
    assert (call.asked_at, call.settled_at) == (NOW, NOW + timedelta(minutes=1))


async def test_the_first_bill_counts(store: Store, purse: SqlPurse) -> None:
    hold = await _held(purse, ONE)

    await purse.settle(hold, a_bill(cost=255_000))
    await purse.settle(hold, a_bill("unknown", cost=0))

    assert [(call.outcome, call.cost) for call in await store.ledger.calls_of(ONE)] == [("answered", 255_000)]


async def test_of_forty_who_ask_at_once_only_those_who_fit_are_let_through(store: Store) -> None:
    cheap = Limits(per_case=100, turns=100, per_hour=1_000)
    purse = _purse(store, cheap)

    holds = await asyncio.gather(*(purse.reserve(an_ask(ONE, 7)) for _ in range(40)))

    assert len([hold for hold in holds if hold]) == 100 // 7
    assert len(await store.ledger.calls_of(ONE)) == 100 // 7


async def test_forty_cases_at_once_share_one_hour(store: Store) -> None:
    purse = _purse(store, Limits(per_hour=100))
    await _know_cases(store, *(f"busy-{count}" for count in range(40)))

    holds = await asyncio.gather(*(purse.reserve(an_ask(CaseId(f"busy-{count}"), 9)) for count in range(40)))

    assert len([hold for hold in holds if hold]) == 100 // 9


async def test_a_call_that_never_began_is_no_turn(purse: SqlPurse) -> None:
    for _ in range(6):
        await purse.settle(await _held(purse, ONE), a_bill("overloaded", cost=0, usage=None))

    for _ in range(6):
        await purse.settle(await _held(purse, ONE), a_bill())

    assert await purse.reserve(an_ask(ONE, 0)) is None
    assert await purse.reserve(an_ask(TWO, 0)) is not None


async def test_what_was_spent_makes_room_after_an_hour_and_after_a_day(store: Store, clock: Hands) -> None:
    purse = _purse(store, Limits(per_hour=100, per_day=150))
    await purse.settle(await _held(purse, None, 100), a_bill(cost=100))

    clock.pass_minutes(59)
    within_the_hour = await purse.reserve(an_ask(worst=1))
    clock.pass_minutes(1)
    after_the_hour = await purse.reserve(an_ask(worst=51))
    still_the_day = await _held(purse, None, 50)
    await purse.settle(still_the_day, a_bill(cost=0))
    clock.pass_minutes(23 * 60)
    after_the_day = await purse.reserve(an_ask(worst=100))

    assert (within_the_hour, after_the_hour) == (None, None)
    assert after_the_day is not None


async def test_another_team_has_an_hour_of_its_own(store: Store) -> None:
    narrow = Limits(per_hour=10)
    await _held(_purse(store, narrow), None, 10)

    assert await _purse(store, narrow).reserve(an_ask(worst=1)) is None
    assert await store.ledger.purse(team=TeamId("T_OTHER"), limits=narrow).reserve(an_ask(worst=1)) is not None


async def test_a_call_cut_off_by_the_end_of_the_bot_is_charged_at_its_worst(path: Path, clock: Hands) -> None:
    url = f"sqlite:///{path}"
    async with open_store(url, clock=clock) as store:
        await _know_cases(store)
        await _held(_purse(store), ONE, 100_000_000)
    clock.pass_minutes(1)

    async with open_store(url, clock=clock) as store:
        (call,) = await store.ledger.calls_of(ONE)
        too_much = await _purse(store).reserve(an_ask(ONE, 80_000_001))
        just_enough = await _purse(store).reserve(an_ask(ONE, 80_000_000))

    assert (call.is_held, call.outcome, call.cost, call.usage) == (False, "unknown", 100_000_000, None)
    assert call.settled_at == clock.now
    assert (too_much, just_enough is not None) == (None, True)


async def test_a_hold_whose_caller_vanished_does_not_block_the_hour_for_ever(store: Store, clock: Hands) -> None:
    purse = _purse(store, Limits(per_hour=100))
    forgotten = await _held(purse, ONE, 100)

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
    await purse.settle(await _held(purse, ONE, 100_000_000), a_bill(cost=90_000_000))
    assert await purse.alarms() == []

    await purse.settle(await _held(purse, ONE, 40_000_000), a_bill(cost=30_000_000))
    (alarm,) = await purse.alarms()
    told = await asyncio.gather(*(purse.told(alarm) for _ in range(5)))
    await purse.settle(await _held(purse, ONE), a_bill())

    assert alarm == Alarm(case=ONE, cost=120_000_000)
    assert sorted(told) == [False, False, False, False, True]
    assert await _purse(store).alarms() == []


async def test_an_alarm_outlives_the_bot_and_is_raised_by_a_call_that_was_cut_off(path: Path, clock: Hands) -> None:
    url = f"sqlite:///{path}"
    async with open_store(url, clock=clock) as store:
        await _know_cases(store)
        await _held(_purse(store), ONE, 120_000_000)
        assert await _purse(store).alarms() == []

    async with open_store(url, clock=clock) as store:
        (alarm,) = await _purse(store).alarms()
        assert await _purse(store).told(alarm)

    async with open_store(url, clock=clock) as store:
        assert (alarm.case, await _purse(store).alarms()) == (ONE, [])


async def test_words_are_kept_with_their_hash_and_their_case_until_their_time_is_over(
    store: Store, purse: SqlPurse, path: Path
) -> None:
    hold = await _held(purse, ONE)
    await store.ledger.keep(hold.call, QUESTION, "where does [EMAIL_1] belong?", NOW + MONTH)
    await store.ledger.keep(hold.call, ANSWER, '{"destination": "billing"}', NOW + 2 * MONTH)

    forgotten = [await store.ledger.forget(NOW + later) for later in (timedelta(0), MONTH, MONTH)]

    assert forgotten == [0, 1, 0]
    assert _look(path, "SELECT call_id, case_id, kind, body FROM claude_words") == [
        (hold.call, ONE, "answer", '{"destination": "billing"}')
    ]
    (call,) = await store.ledger.calls_of(ONE)
    assert call.question_hash == sha256(b"where does [EMAIL_1] belong?").hexdigest()
    assert call.answer_hash == sha256(b'{"destination": "billing"}').hexdigest()


async def test_words_kept_twice_are_kept_once(store: Store, purse: SqlPurse, path: Path) -> None:
    hold = await _held(purse, ONE)

    await store.ledger.keep(hold.call, QUESTION, "first", NOW + MONTH)
    await store.ledger.keep(hold.call, QUESTION, "second", NOW + MONTH)

    assert _look(path, "SELECT body FROM claude_words") == [("first",)]


async def test_more_words_than_one_transaction_takes_are_all_forgotten(store: Store, path: Path) -> None:
    many = FORGOTTEN_AT_ONCE + 1
    _fill(path, many)
    with closing(sqlite3.connect(path)) as file:
        file.execute("INSERT INTO claude_words SELECT id, 'answer', NULL, 'so it is', 0 FROM claude_calls")
        file.commit()

    assert await store.ledger.forget(NOW) == many


async def test_two_readers_see_what_the_bot_writes_and_write_nothing(purse: SqlPurse, path: Path, clock: Hands) -> None:
    url = f"sqlite:///{path}"
    async with (
        open_store(url, clock=clock, read_only=True) as reader,
        open_store(url, clock=clock, read_only=True) as another,
    ):
        hold = await _held(purse, ONE)
        seen = [await each.ledger.calls_of(ONE) for each in (reader, another)]
        await purse.settle(hold, a_bill())
        seen_later = [await each.ledger.calls_of(ONE) for each in (reader, another)]

        with pytest.raises(StorageError, match="for reading only"):
            await _purse(reader).reserve(an_ask(ONE))

    assert [[call.is_held for call in calls] for calls in seen] == [[True], [True]]
    assert [[call.cost for call in calls] for calls in seen_later] == [[255_000], [255_000]]


async def test_calls_are_found_by_when_they_were_asked(store: Store, purse: SqlPurse, clock: Hands) -> None:
    await _held(purse, ONE)
    clock.pass_minutes(1)
    later = await _held(purse, TWO)

    assert [call.id for call in await store.ledger.since(clock.now)] == [later.call]


async def test_spending_is_summed_by_utc_day_and_model(store: Store, purse: SqlPurse, clock: Hands) -> None:
    await purse.settle(await _held(purse, ONE), a_bill(cost=1))
    await purse.settle(await _held(purse, TWO), a_bill(cost=2))
    clock.pass_minutes(15 * 60)
    sonnet = await purse.reserve(an_ask(TWO, model="claude-sonnet-5-5"))
    assert sonnet is not None
    await purse.settle(sonnet, a_bill("unknown", usage=None))
    await _held(purse, ONE, 7)

    spending = await store.ledger.spending(NOW)

    assert [(str(each.day), each.model, each.calls, each.cost) for each in spending.days] == [
        ("2026-11-20", "claude-haiku-5-5", 2, 3),
        ("2026-11-21", "claude-sonnet-5-5", 1, 2_000_000),
    ]
    assert spending.days[0].usage == Usage(input=1_800, output=500, cache_read=8_000, cache_write=0)
    assert spending.days[1].usage == Usage(input=0, output=0, cache_read=0, cache_write=0)
    assert (spending.calls, spending.cost, spending.outcomes) == (3, 2_000_003, {"answered": 2, "unknown": 1})
    assert [(each.number, each.calls, each.cost) for each in spending.dearest] == [(1002, 2, 2_000_002), (1001, 1, 1)]
    assert (spending.held_calls, spending.held_worst) == (1, 7)


async def test_what_was_asked_before_is_not_spending_since(store: Store, purse: SqlPurse, clock: Hands) -> None:
    await purse.settle(await _held(purse, ONE), a_bill())
    clock.pass_minutes(1)

    assert (await store.ledger.spending(clock.now)).calls == 0


@pytest.mark.parametrize(
    "sql",
    [LOSE, SPENT_LATELY, SPENT_ON_CASE, BILLED_ON_CASE, ALARMS, FORGET, OF_CASE, SINCE],
)
async def test_no_question_put_to_the_ledger_reads_all_of_it(store: Store, sql: str) -> None:
    async with store.driver.writing() as tx:
        plan = await tx.run(f"EXPLAIN QUERY PLAN {sql}", *([0] * sql.count("?")))

    assert [row["detail"] for row in plan if row["detail"].startswith("SCAN") and "lately" not in row["detail"]] == []


async def _live(path: Path, history: History, steps: list[Step | PullThePlug]) -> None:
    for run in runs_of(steps):
        async with open_store(f"sqlite:///{path}", clock=history.clock) as store:
            await _know_cases(store)
            await history.live(_purse(store, NARROW), run)


async def _know_cases(store: Store, *names: str) -> None:
    for name in names or (ONE, TWO):
        if await store.cases.case(CaseId(name)) is None:
            await store.cases.settle(an_outcome(a_case(name, request=a_request(name))))


def _purse(store: Store, limits: Limits | None = None) -> SqlPurse:
    return store.ledger.purse(team=TEAM, limits=limits or Limits())


async def _held(purse: SqlPurse, case: CaseId | None, worst: int = 2_000_000) -> Hold:
    hold = await purse.reserve(an_ask(case, worst))
    assert hold is not None
    return hold


def _fill(path: Path, count: int) -> None:
    sql = """
        INSERT INTO claude_calls (team_id, prompt, model, attempt, state, worst, cost, asked_at, settled_at)
        VALUES ('T_OFFICE', 'route/v1', 'claude-haiku-5-5', 1, 'settled', 9, 9, 1, 1)
    """
    with closing(sqlite3.connect(path)) as file:
        file.executemany(sql, [()] * count)
        file.commit()


def _look(path: Path, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as file:
        return list(file.execute(sql))
