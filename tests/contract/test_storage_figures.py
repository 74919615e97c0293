"""What is counted over many cases, on a real file: columns that follow the case, and the digest's figures."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from routing.model import Autonomy, Case, Decision, Status
from storage.rows import micros
from storage.sqlite import Store, open_store
from tests.make import NOW, a_case, a_decision, an_outcome

AN_HOUR = timedelta(hours=1)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with open_store(f"sqlite:///{tmp_path}/desk.db", clock=lambda: NOW) as store:
        yield store


async def test_the_columns_that_are_counted_follow_the_case(store: Store) -> None:
    undecided = await store.cases.settle(an_outcome())
    before = await _figures(store)

    promised = replace(undecided, decision=a_decision(), first_response_by=NOW, resolve_by=NOW + AN_HOUR)
    promised = await store.cases.settle(an_outcome(promised))
    open_promise = await _figures(store)
    answered = await store.cases.settle(an_outcome(replace(promised, responded_at=NOW, status=Status.TAKEN)))
    open_solution = await _figures(store)
    await store.cases.settle(an_outcome(replace(answered, status=Status.RESOLVED, closed_at=NOW)))

    now, later = micros(NOW), micros(NOW + AN_HOUR)
    assert before == ("", "", "", None, None, None)
    assert open_promise == ("billing", "billing_issue", "P2", now, None, None)
    assert open_solution == ("billing", "billing_issue", "P2", later, now, None)
    assert await _figures(store) == ("billing", "billing_issue", "P2", None, now, now)


async def test_nothing_is_promised_where_the_desk_only_observes(store: Store) -> None:
    await store.cases.settle(an_outcome(_promised(a_decision(autonomy=Autonomy.OBSERVE))))

    assert (await _figures(store))[3] is None


async def test_what_names_no_intent_is_about_its_destination(store: Store) -> None:
    await store.cases.settle(an_outcome(_promised(a_decision(intents=()))))

    assert (await _figures(store))[1] == "billing"


def _promised(decision: Decision) -> Case:
    return a_case(decision=decision, first_response_by=NOW)


async def _figures(store: Store) -> tuple[Any, ...]:
    sql = "SELECT destination, category, priority, promised_by, responded_at, closed_at FROM cases"
    ((row),) = await store.driver.reading.run(sql)
    return tuple(row)  # type: ignore[arg-type] # SQLite's own rows can be listed
