"""Decisions that nobody changed, on a real file."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from routing import lifecycle
from routing.authority import Actor
from routing.digests.reviews import Unchanged
from routing.kinds import (
    DestinationName,
    Finding,
    PersonId,
)
from routing.model import Case, Review
from routing.reviews import Reviewer, Said, reviewed
from storage.reviews import SqlSampled
from storage.sqlite import open_store
from tests.make import NOW, TEAM, a_person
from tests.past import ASKER, Past, a_past

INVOICE = "My invoice shows the wrong amount, can you correct the billing?"


@pytest.fixture
async def past(tmp_path: Path) -> AsyncIterator[Past]:
    async with open_store(f"sqlite:///{tmp_path}/desk.db", clock=lambda: NOW) as store:
        yield a_past(store, NOW - timedelta(days=3))


async def unchanged(past: Past) -> list[Unchanged]:
    sampled = SqlSampled(past.store.driver, TEAM)
    return list(await sampled.unchanged(NOW - timedelta(days=8), NOW - timedelta(days=1)))


async def routed(past: Past) -> Case:
    case = await past.decided(INVOICE)
    assert case.decision is not None, "decided a line ago"
    assert case.decision.destination == "billing"
    return case


async def test_what_nobody_touched_was_left_as_it_was_decided(past: Past) -> None:
    case = await routed(past)

    assert await unchanged(past) == [
        Unchanged(case=case.id, destination=DestinationName("billing"), decided_at=NOW - timedelta(days=3))
    ]


async def test_what_an_owner_confirmed_is_left_as_it_was_decided(past: Past) -> None:
    case = await past.confirmed(await routed(past))

    assert [one.case for one in await unchanged(past)] == [case.id]


async def test_what_people_moved_is_not(past: Past) -> None:
    await past.moved(await routed(past), "bugs")

    assert await unchanged(past) == []


async def test_what_was_moved_away_and_back_is_not(past: Past) -> None:
    moved = await past.moved(await routed(past), "bugs")
    await past.moved(moved, "human_triage")

    assert await unchanged(past) == []


async def test_what_the_asker_called_wrong_is_not(past: Past) -> None:
    await past.called_wrong(await routed(past))

    assert await unchanged(past) == []


async def test_what_somebody_reviewed_is_reviewed_once_and_the_case_remembers(past: Past) -> None:
    case = await routed(past)
    reviewer = Reviewer(actor=Actor(person=a_person("U_OTHER"), works_here=True))
    right = Said(finding=Finding.RIGHT)
    await past.settled(reviewed(case, case.version, right, reviewer, past.scene))

    stored = await past.store.cases.case(case.id)
    assert stored is not None
    assert stored.review == Review(finding=Finding.RIGHT, by=PersonId("U_OTHER"), at=past.now)
    assert await unchanged(past) == []


async def test_what_was_withdrawn_says_nothing(past: Past) -> None:
    case = await routed(past)
    await past.settled(lifecycle.withdrawn(case, ASKER, past.scene))

    assert await unchanged(past) == []


async def test_what_went_to_a_person_was_sent_nowhere(past: Past) -> None:
    case = await past.decided("hm")
    assert case.decision is not None, "decided a line ago"

    assert case.decision.verdict not in {"ROUTE", "REQUIRE_APPROVAL"}
    assert await unchanged(past) == []


async def test_what_still_waits_for_approval_is_not_settled(past: Past) -> None:
    case = await past.decided("Delete this customer's account and refund everything immediately.")
    assert case.decision is not None, "decided a line ago"

    assert case.decision.verdict == "REQUIRE_APPROVAL"
    assert await unchanged(past) == []


@pytest.mark.parametrize(("days", "is_counted"), [(5.1, False), (4.9, True), (-1.9, True), (-2.1, False)])
async def test_the_week_that_ended_a_day_ago_is_looked_at(past: Past, days: float, *, is_counted: bool) -> None:
    past.now -= timedelta(days=days)
    await routed(past)

    assert bool(await unchanged(past)) is is_counted


async def test_whose_words_changed_since_then_is_not_settled_yet(past: Past) -> None:
    case = await past.confirmed(await routed(past))
    past.now = NOW - timedelta(hours=2)
    await past.reworded(case, f"{INVOICE} Please.")

    assert await unchanged(past) == []


async def test_whose_words_are_erased_cannot_be_shown_to_anybody(past: Past) -> None:
    await routed(past)
    await past.store.driver.write(lambda tx: tx.run("DELETE FROM texts"))

    assert await unchanged(past) == []
