"""Past cases that people have judged, on a real file."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from routing.digests.drift import Judged
from routing.model import Case
from storage.drift import SqlArchive
from storage.sqlite import open_store
from tests.make import NOW, TEAM
from tests.past import Past, a_past

INVOICE = "My invoice shows the wrong amount, can you correct the billing?"
SINCE = NOW - timedelta(days=90)


@pytest.fixture
async def past(tmp_path: Path) -> AsyncIterator[Past]:
    async with open_store(f"sqlite:///{tmp_path}/desk.db", clock=lambda: NOW) as store:
        yield a_past(store, NOW - timedelta(days=3))


async def judged(past: Past, most: int = 10) -> list[Judged]:
    return list(await SqlArchive(past.store.driver, TEAM).judged(SINCE, most))


async def routed(past: Past) -> Case:
    return await past.decided(INVOICE)


async def test_only_cases_on_which_people_had_a_say_are_looked_at(past: Past) -> None:
    await routed(past)
    case = await past.confirmed(await routed(past))

    (one,) = await judged(past)

    assert (one.case, one.request.text, one.first.destination) == (case.id, INVOICE, "billing")
    assert (one.said.code, one.said.now) == ("confirmed", "billing")


async def test_the_last_word_counts(past: Past) -> None:
    await past.moved(await past.confirmed(await routed(past)), "bugs")

    (one,) = await judged(past)

    assert (one.said.code, one.said.now, one.first.destination) == ("reassigned", "bugs", "billing")


async def test_the_newest_are_looked_at_and_none_that_is_too_old(past: Past) -> None:
    cases = []
    for days in (91, 60, 30):
        past.now = NOW - timedelta(days=days)
        cases.append(await past.confirmed(await routed(past)))

    assert [one.case for one in await judged(past, most=1)] == [cases[2].id]
    assert {one.case for one in await judged(past)} == {cases[1].id, cases[2].id}


async def test_what_claude_was_heard_on_is_not(past: Past) -> None:
    case = await past.confirmed(await routed(past))
    sql = (
        "INSERT INTO claude_calls (team_id, case_id, prompt, model, attempt, state, outcome, worst, cost, "
        "asked_at, settled_at) VALUES (?, ?, 'p', 'm', 1, 'settled', 'answered', 1, 1, 1, 2)"
    )
    await past.store.driver.write(lambda tx: tx.run(sql, TEAM, case.id))

    assert await judged(past) == []


async def test_whose_words_changed_after_the_decision_is_not(past: Past) -> None:
    case = await past.confirmed(await routed(past))
    await past.reworded(case, f"{INVOICE} Please.")

    assert await judged(past) == []
