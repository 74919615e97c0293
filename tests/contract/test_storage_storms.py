"""Cards set aside are still owed: who is next stays true whatever is set aside and comes back."""

import random
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from routing.crowded import FOLDED_AT_ONCE, told_in
from routing.kinds import ChannelId, NoticeKind, Priority, Status
from routing.model import Case
from routing.ports import Arrival, Posting, PostingKind
from storage.bulletins import SqlBulletins
from storage.driver import Row
from storage.sqlite import Store, open_store
from storage.storms import SqlStorms
from tests.make import NOW, TEAM, a_case, a_decision, a_notice, a_request, an_outcome
from tests.trust.seed import seed

BILLING = ChannelId("C_BILLING")
SECOND = timedelta(seconds=1)
CARD, PING, LINE = NoticeKind.CARD, NoticeKind.PING, NoticeKind.LINE


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with open_store(f"sqlite:///{tmp_path}/desk.db", clock=lambda: NOW) as store:
        yield store


@pytest.fixture
def storms(store: Store) -> SqlStorms:
    return SqlStorms(store.driver, TEAM, "map-1")


async def test_who_is_next_is_true_whatever_is_set_aside_and_comes_back(store: Store) -> None:
    """Four hundred random steps: owed, leased, delivered, postponed, set aside, back again."""
    chance = random.Random(seed())  # noqa: S311 - a draw, not a secret
    for step in range(400):
        await _something_happens(store, chance, step)

        rows = await store.driver.reading.run("SELECT * FROM notices ORDER BY id")
        live = [row for row in rows if row["state"] in {"ready", "leased"}]
        wrong = [row["key"] for row in live if row["state"] == "ready" and bool(row["is_next"]) != _is_next(row, live)]
        assert wrong == [], f"after step {step}"


async def _something_happens(store: Store, chance: random.Random, step: int) -> None:
    match chance.randrange(5):
        case 0 | 1:
            known = await store.cases.case(a_case(f"case-{chance.randrange(9)}").id)
            case = known or a_case(f"case-{step}", request=a_request(f"message-{step}"))
            kind, to = chance.choice([(CARD, "C_ONE"), (CARD, "C_TWO"), (PING, ""), (LINE, "C_ONE")])
            await store.cases.settle(an_outcome(case, notices=(a_notice(f"{step}", kind, to),)))
        case 2:
            for owed in await store.outbox.owed(NOW, 2):
                if chance.random() < 0.7:
                    await store.outbox.delivered(owed, Arrival())
                else:
                    await store.outbox.postponed(owed, NOW, "busy")
        case 3:
            await _all(store, "UPDATE notices SET state = 'aside' WHERE state = 'ready' AND id % 5 = ?", step % 5)
        case _:
            await _all(store, "UPDATE notices SET state = 'ready' WHERE state = 'aside' AND id % 3 = ?", step % 3)


async def _all(store: Store, sql: str, value: int) -> None:
    await store.driver.write(lambda tx: tx.run(sql, value))


def _is_next(row: Row, live: list[Row]) -> bool:
    """First in its lane and, with cards and pings, in its case."""
    told = {CARD.value, PING.value}
    ahead = [one for one in live if one["id"] < row["id"]]
    in_lane = any(one["lane"] == row["lane"] for one in ahead)
    of_case = row["kind"] in told and any(one["case_id"] == row["case_id"] and one["kind"] in told for one in ahead)
    return not in_lane and not of_case


async def test_thirty_one_cards_make_a_storm_and_thirty_none(store: Store, storms: SqlStorms) -> None:
    await _owe(store, 30)
    calm = await storms.crowded(), await storms.begin(BILLING, NOW)
    await _owe(store, 1, first=31)

    assert calm == ([], False)
    assert await storms.crowded() == [BILLING]
    assert await storms.begin(BILLING, NOW)
    (storm,) = await storms.under_way()
    assert (storm.came, storm.waiting, storm.is_hung) == (31, 31, False)
    assert await storms.crowded() == []


async def test_what_may_have_been_sent_is_not_set_aside(store: Store, storms: SqlStorms) -> None:
    """It is looked for, and not forgotten on a list."""
    await _owe(store, 40)
    (owed,) = await store.outbox.owed(NOW, 1)
    await store.outbox.sending(owed, NOW)
    await store.outbox.postponed(owed, NOW, "timeout")

    await storms.begin(BILLING, NOW)

    live = await store.driver.reading.run("SELECT key FROM notices WHERE state = 'ready' AND kind = 'card'")
    assert [row["key"] for row in live] == [owed.notice.key]


async def test_what_was_taken_off_the_list_is_not_listed_again(store: Store, storms: SqlStorms) -> None:
    await _owe(store, 40)
    await storms.begin(BILLING, NOW)
    (storm,) = await storms.under_way()
    await storms.let_go(storm)

    assert await storms.gather(storm) == 0


async def test_one_is_let_go_at_a_time_the_most_urgent_first(store: Store, storms: SqlStorms) -> None:
    """By its priority, then by what was promised, then as they came."""
    await _owe(store, 34)
    await _owe(store, 1, first=35, decision=a_decision(priority=Priority.P1))
    soon = {"first_response_by": NOW + SECOND}
    await _owe(store, 1, first=36, **soon)
    await storms.begin(BILLING, NOW)
    (storm,) = await storms.under_way()
    order = []

    while await storms.let_go(storm):
        assert not await storms.let_go(storm), "the one before is not served yet"
        order.append(await _delivered(store))

    assert order == ["case-35", "case-36", *(f"case-{number}" for number in range(1, 35))]


async def test_a_storm_of_thousands_is_set_aside_in_steps(store: Store, storms: SqlStorms) -> None:
    """The writer is not held up for seconds."""
    await _owe(store, FOLDED_AT_ONCE + 200)

    await storms.begin(BILLING, NOW)
    (storm,) = await storms.under_way()
    more = await storms.gather(storm)

    assert (storm.waiting, more) == (FOLDED_AT_ONCE, 200)


async def test_a_card_is_told_again_only_when_it_says_something_else(store: Store, storms: SqlStorms) -> None:
    await _owe(store, 40)
    await storms.begin(BILLING, NOW)
    (storm,) = await storms.under_way()
    bulletins = SqlBulletins(store.driver, TEAM)
    before = await bulletins.posted(storm.key)

    await storms.tell(storm, NOW)
    same = await bulletins.posted(storm.key)
    await storms.let_go(storm)
    await storms.tell(storm, NOW)
    after = await bulletins.posted(storm.key)

    assert before is not None
    assert same == before
    assert after is not None
    assert (after.revision, told_in(after.bulletin).hung) == (before.revision + 1, 1)


async def test_a_card_that_comes_as_it_ends_keeps_it_open(store: Store, storms: SqlStorms) -> None:
    """Between the look and the end there is time for one more: it is listed, so the storm goes on."""
    await _owe(store, 31)
    await storms.begin(BILLING, NOW)
    (storm,) = await storms.under_way()
    await storms.turn(storm, NOW)
    while await storms.let_go(storm):
        await _delivered(store)
    await _owe(store, 1, first=32)

    await storms.end(storm, NOW)

    assert [one.waiting for one in await storms.under_way()] == [1]


async def test_the_withdrawn_are_dropped_with_all_that_would_redraw_them(store: Store, storms: SqlStorms) -> None:
    await _owe(store, 31)
    await storms.begin(BILLING, NOW)
    case = await store.cases.case(a_case("case-7").id)
    assert case is not None
    gone = replace(case, status=Status.WITHDRAWN)
    await store.cases.settle(an_outcome(gone, notices=(a_notice("gone", CARD, ""),)))
    (storm,) = await storms.under_way()

    await storms.let_go(storm)

    rows = await store.driver.reading.run("SELECT state, why FROM notices WHERE case_id = 'case-7'")
    assert [(row["state"], row["why"]) for row in rows] == [("done", "withdrawn")] * 2
    assert [one.withdrawn for one in await storms.under_way()] == [1]


async def _owe(store: Store, count: int, *, first: int = 1, **changes: object) -> list[Case]:
    return [
        await store.cases.settle(
            an_outcome(
                a_case(
                    f"case-{number}",
                    **{
                        "request": a_request(f"message-{number}"),
                        "status": Status.ROUTED,
                        "decision": a_decision(),
                        **changes,
                    },
                ),
                notices=(a_notice(f"card:case-{number}"),),
            )
        )
        for number in range(first, first + count)
    ]


async def _delivered(store: Store) -> str:
    """The card that is due, where the storm's own card is delivered, too."""
    while True:
        (owed,) = await store.outbox.owed(NOW, 1)
        if owed.case is None:
            await store.outbox.delivered(owed, Arrival())
            continue
        hung = Posting(kind=PostingKind.CARD, channel=BILLING, message=owed.case, revision=1)  # type: ignore[arg-type] # any
        await store.outbox.delivered(owed, Arrival(postings=(hung,)))
        return owed.case
