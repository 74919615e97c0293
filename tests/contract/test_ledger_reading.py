"""The ledger as it is read: single calls, sums, and words that are there only as long as they may be."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from routing.tariff import Usage
from storage.ledger import OF_CASE
from storage.purse import ALARMS, BILLED_ON_CASE, LOSE, SPENT_LATELY, SPENT_ON_CASE, SqlPurse
from storage.sqlite import Store, open_store
from storage.words import FORGET, FORGOTTEN_AT_ONCE
from tests.make import NOW
from tests.purses import ONE, TWO, Hands, a_bill, a_purse, an_ask, held, know_cases

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
        await know_cases(store)
        yield store


@pytest.fixture
def purse(store: Store) -> SqlPurse:
    return a_purse(store)


async def test_words_are_kept_with_their_hash_and_their_case_until_their_time_is_over(
    store: Store, purse: SqlPurse, path: Path, clock: Hands
) -> None:
    hold = await purse.reserve(an_ask(ONE, question="where does [EMAIL_1] belong?"))
    assert hold is not None
    clock.pass_minutes(5)
    await purse.settle(hold, a_bill(answer='{"destination": "billing"}'))

    forgotten = [await store.ledger.forget(NOW + later) for later in (timedelta(0), MONTH, MONTH)]

    assert forgotten == [0, 1, 0]
    assert _look(path, "SELECT call_id, case_id, kind, body FROM claude_words") == [
        (hold.call, ONE, "answer", '{"destination": "billing"}')
    ]
    (call,) = await store.ledger.calls_of(ONE)
    assert call.question_hash == sha256(b"where does [EMAIL_1] belong?").hexdigest()
    assert call.answer_hash == sha256(b'{"destination": "billing"}').hexdigest()


async def test_the_words_of_the_first_bill_are_kept(purse: SqlPurse, path: Path) -> None:
    hold = await held(purse, ONE)

    await purse.settle(hold, a_bill(answer="first"))
    await purse.settle(hold, a_bill(answer="second"))

    assert _look(path, "SELECT body FROM claude_words") == [("first",)]


async def test_more_words_than_one_transaction_takes_are_all_forgotten(store: Store, path: Path) -> None:
    many = FORGOTTEN_AT_ONCE + 1
    _fill(path, many)
    with closing(sqlite3.connect(path)) as file:
        file.execute("INSERT INTO claude_words SELECT id, 'answer', NULL, 'so it is', 0 FROM claude_calls")
        file.commit()

    assert await store.ledger.forget(NOW) == many


async def test_spending_is_summed_by_utc_day_and_model(store: Store, purse: SqlPurse, clock: Hands) -> None:
    await purse.settle(await held(purse, ONE), a_bill(cost=1))
    await purse.settle(await held(purse, TWO), a_bill(cost=2))
    clock.pass_minutes(15 * 60)
    sonnet = await purse.reserve(an_ask(TWO, model="claude-sonnet-5-5"))
    assert sonnet is not None
    await purse.settle(sonnet, a_bill("unknown", usage=None))
    await held(purse, ONE, 7)

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
    await purse.settle(await held(purse, ONE), a_bill())
    clock.pass_minutes(1)

    assert (await store.ledger.spending(clock.now)).calls == 0


@pytest.mark.parametrize(
    "sql",
    [LOSE, SPENT_LATELY, SPENT_ON_CASE, BILLED_ON_CASE, ALARMS, FORGET, OF_CASE],
)
async def test_no_question_put_to_the_ledger_reads_all_of_it(store: Store, sql: str) -> None:
    plan = await store.driver.write(lambda tx: tx.run(f"EXPLAIN QUERY PLAN {sql}", *([0] * sql.count("?"))))

    assert [row["detail"] for row in plan if row["detail"].startswith("SCAN") and "lately" not in row["detail"]] == []


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
