"""The desk watches itself, on a real file: one message for each episode, edited while it lasts, closed when it ends."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from routing.digests.alerts import ACCURACY, Alert
from routing.digests.watch import Alerts, Board, Counted, alert_in
from routing.kinds import ChannelId
from storage import audit
from storage.alerts import SqlWatched
from storage.bulletins import SqlBulletins
from storage.sqlite import Store, open_store
from tests.make import NOW, TEAM
from tests.past import Past, a_past

OPS = ChannelId("C_OPS")
HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(days=7)
INVOICE = "My invoice shows the wrong amount, can you correct the billing?"


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with open_store(f"sqlite:///{tmp_path}/desk.db", clock=lambda: NOW) as store:
        yield store


class Desk:
    """A desk with a past, its alerts, and a clock that is moved."""

    def __init__(self, store: Store) -> None:
        self.now = NOW
        self.past: Past = a_past(store, NOW)
        self.watched = SqlWatched(store.driver, TEAM)
        self.board = SqlBulletins(store.driver, TEAM)
        self.alerts = self.started()

    def started(self, operators: ChannelId | None = OPS, board: Board | None = None) -> Alerts:
        return Alerts(
            self.watched,
            board or self.board,
            routing_map=self.past.map,
            operators=operators,
            clock=lambda: self.now,
        )

    async def came(self, count: int, at: datetime) -> None:
        self.past.now = at
        for _ in range(count):
            await self.past.decided(INVOICE)

    async def moved(self, count: int, at: datetime) -> None:
        self.past.now = at
        for _ in range(count):
            await self.past.moved(await self.past.decided(INVOICE), "bugs")

    async def told(self) -> list[Alert]:
        return [alert_in(one) for one in await self.board.of_job("alert:", 20)]


@pytest.fixture
def desk(store: Store) -> Desk:
    return Desk(store)


async def test_what_came_in_a_spell_is_counted_by_category(desk: Desk) -> None:
    await desk.came(3, NOW - HOUR)
    await desk.came(2, NOW - 2 * HOUR)

    found = await desk.watched.came([(NOW - HOUR, NOW), (NOW - 3 * HOUR, NOW - HOUR), (NOW, NOW + HOUR)])

    assert [sum(one.values()) for one in found] == [3, 2, 0]
    assert len({category for one in found for category in one}) == 1
    assert await desk.watched.begun() == NOW - HOUR


async def test_what_became_of_a_days_requests_is_counted(desk: Desk) -> None:
    await desk.came(2, NOW)
    await desk.moved(1, NOW)
    await desk.past.decided("hm")
    await desk.past.asked("Is anybody there yet?")
    taken_back = await desk.past.decided(INVOICE)
    await desk.past.called_wrong(taken_back)

    assert await desk.watched.decided([(NOW - HOUR, NOW + HOUR), (NOW - DAY, NOW - HOUR)]) == [
        Counted(decided=5, to_people=1, placed=4, stood=2),
        Counted(decided=0, to_people=0, placed=0, stood=0),
    ]


async def test_what_nobody_could_place_was_sent_to_people(desk: Desk) -> None:
    await desk.past.decided("Please let me talk to a human")

    assert await desk.watched.decided([(NOW, NOW + HOUR)]) == [Counted(decided=1, to_people=1, placed=0, stood=0)]


async def test_a_flood_is_one_message_however_long_it_lasts_and_however_often_the_bot_starts(desk: Desk) -> None:
    await desk.came(1, NOW - 5 * WEEK)
    await desk.came(12, NOW - timedelta(minutes=10))

    for minutes in range(0, 40, 5):
        desk.now = NOW + timedelta(minutes=minutes)
        await desk.started().sweep()

    (alert,) = await desk.told()
    assert alert.surge is not None
    assert (alert.what, alert.surge.count, alert.surge.before, alert.surge.weeks) == ("volume", 12, 0, 4)
    assert alert.since == NOW


async def test_a_flood_that_is_over_is_closed(desk: Desk, store: Store) -> None:
    await desk.came(1, NOW - 5 * WEEK)
    await desk.came(12, NOW - timedelta(minutes=10))
    await desk.alerts.sweep()
    desk.now = NOW + timedelta(minutes=55)

    await desk.alerts.sweep()
    await desk.alerts.sweep()

    (alert,) = await desk.told()
    assert alert.over_at == desk.now
    assert (await audit.verify(store)).problem is None
    rows = await store.driver.reading.run("SELECT count(*) AS n FROM audit WHERE event LIKE '%\"alerted\"%'")
    assert rows[0]["n"] == 2


async def test_a_flood_every_week_at_this_hour_is_none(desk: Desk) -> None:
    for week in range(6):
        await desk.came(12, NOW - week * WEEK - timedelta(minutes=10))

    await desk.alerts.sweep()

    assert await desk.told() == []


async def test_a_desk_that_has_just_opened_knows_of_nothing_unusual(desk: Desk) -> None:
    await desk.came(12, NOW - timedelta(minutes=10))

    await desk.alerts.sweep()

    assert await desk.told() == []


async def test_the_same_hour_is_that_of_the_clocks_whatever_season_it_is(desk: Desk) -> None:
    """The clocks went back on 25 October 2026: a week before, nine o'clock in Berlin was an hour earlier in UTC."""
    after, before = datetime(2026, 10, 26, 8, 0, tzinfo=UTC), datetime(2026, 10, 19, 7, 0, tzinfo=UTC)
    await desk.came(1, before - 2 * WEEK)
    await desk.came(12, before - timedelta(minutes=10))
    await desk.came(12, after - timedelta(minutes=10))
    desk.now = after

    await desk.alerts.sweep()

    assert await desk.told() == []


async def test_two_bad_days_running_are_told_once_and_closed_after_a_good_one(desk: Desk) -> None:
    for back in (2, 1):
        await desk.moved(5, NOW - back * DAY)
        await desk.came(16, NOW - back * DAY)
    await desk.alerts.sweep()
    begun = await desk.told()
    await desk.came(22, NOW)
    desk.now = NOW + DAY

    await desk.alerts.sweep()

    assert [(one.what, one.is_open) for one in begun] == [(ACCURACY, True)]
    assert [(one.hits, one.of) for one in begun[0].tallies] == [(16, 21), (16, 21)]
    assert [(one.what, one.is_open) for one in await desk.told()] == [(ACCURACY, False)]


async def test_without_a_channel_for_operators_there_are_no_alerts(desk: Desk) -> None:
    await desk.came(1, NOW - 5 * WEEK)
    await desk.came(12, NOW - timedelta(minutes=10))

    await desk.started(operators=None).sweep()

    assert await desk.told() == []


async def test_of_two_desks_one_tells(desk: Desk) -> None:
    await desk.came(1, NOW - 5 * WEEK)
    await desk.came(12, NOW - timedelta(minutes=10))
    known = desk.board

    class Late:
        """A desk that looked before the other one had told."""

        publish, amend = known.publish, known.amend

        async def of_job(self, prefix: str, limit: int) -> list[object]:  # noqa: ARG002 - the port
            return []

    await desk.alerts.sweep()
    await desk.started(board=Late()).sweep()  # type: ignore[arg-type] # an empty list is a list of bulletins

    assert len(await desk.told()) == 1
