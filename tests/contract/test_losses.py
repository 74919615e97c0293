"""What the desk gave up is told to those who run it: once, together, and never about itself."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from handlers import wording_alerts
from routing.bulletins import Bulletin
from routing.digests.losses import LOOK_EVERY, Gap, GivenUp, What, losses_in
from routing.kinds import ChannelId, NoticeKind
from routing.ports import Letter
from storage.bulletins import SqlBulletins
from storage.losses import UNTOLD_LETTERS, UNTOLD_NOTICES, SqlLost
from storage.sqlite import Store, open_store
from tests.make import NOW, TEAM, a_case, a_notice, a_request, an_outcome

OPERATORS = ChannelId("C_OPS")
READINGS = 5


class Slow:
    """A clock that stands still until it is moved on."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


class Mortal(SqlLost):
    """Killed before it could mark what was told."""

    is_alive = False

    async def told(self, what: What, ids: object) -> None:
        if not self.is_alive:
            raise ConnectionError
        await super().told(what, ids)  # type: ignore[arg-type]  # only strings come here


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with open_store(f"sqlite:///{tmp_path}/desk.db", clock=lambda: NOW) as opened:
        yield opened


async def test_what_was_given_up_is_told_once_and_names_the_cases(store: Store) -> None:
    for name in ("1", "2", "3"):
        await _given_up(store, f"case-{name}", why="is_archived")

    (told,) = await _after_sweeps(store, 3)

    losses = losses_in(told)
    assert (told.to, losses.count, losses.why, losses.kinds) == (OPERATORS, 3, "is_archived", (NoticeKind.CARD,))
    assert losses.cases == ("case-1", "case-2", "case-3")
    assert wording_alerts.lost(losses) == "3 messages of mine cannot arrive, and I have given them up"
    assert "Slack says: is archived." in wording_alerts.lost_about(losses, ["#1001"])


async def test_a_letter_that_nobody_could_read_is_told_too_and_only_when_it_was_put_aside(store: Store) -> None:
    for key in ("odd", "odder"):
        await store.inbox.keep(Letter(key=key, raw=b"{}", received_at=NOW))
    for _ in range(READINGS):
        await store.inbox.failed("odd")
    await store.inbox.failed("odder")

    (told,) = await _after_sweeps(store, 2)

    assert losses_in(told).told == ("odd",)
    assert wording_alerts.lost(losses_in(told)) == "Something Slack told me could not be read, and was put aside"


async def test_what_is_given_up_later_is_told_by_itself_but_not_every_moment(store: Store) -> None:
    clock = Slow()
    given_up = _desk(store, clock)
    await _given_up(store, "case-1")
    await given_up.sweep()
    await _given_up(store, "case-2")
    await _given_up(store, "case-3")

    await given_up.sweep()
    assert len(await _told(store)) == 1

    clock.now += LOOK_EVERY
    await given_up.sweep()
    assert [losses_in(one).count for one in await _told(store)] == [2, 1]


async def test_a_kill_before_it_is_marked_tells_nothing_twice_and_forgets_nothing(store: Store) -> None:
    await _given_up(store, "case-1")
    lost = Mortal(store.driver, TEAM)
    with pytest.raises(ConnectionError):
        await _desk(store, Slow(), lost).sweep()
    await _given_up(store, "case-2")

    told = await _after_sweeps(store, 2)

    assert sorted(one for bulletin in told for one in losses_in(bulletin).cases) == ["case-1", "case-2"]


async def test_its_own_message_that_cannot_arrive_is_only_logged(store: Store) -> None:
    await _given_up(store, "case-1")
    told = await _after_sweeps(store, 1)
    for owed in await store.outbox.owed(NOW + timedelta(hours=1), 9):
        await store.outbox.given_up(owed, "is_archived")

    assert await _after_sweeps(store, 2) == told
    assert await SqlLost(store.driver, TEAM).untold(What.NOTICE, 9) == []


async def test_what_nobody_looked_through_is_told_once_with_its_channels_and_times(store: Store) -> None:
    since, until = NOW - timedelta(hours=30), NOW - timedelta(hours=24)
    gaps = [Gap(channel=ChannelId(one), since=since, until=until) for one in ("C0HELP", "C0LEADS", "D0MAYA")]
    for _ in range(2):
        await _desk(store, Slow()).missed(gaps)

    (told,) = await _told(store)

    losses = losses_in(told)
    assert (told.to, losses.count, losses.since, losses.until) == (OPERATORS, 3, since, until)
    about = wording_alerts.lost_about(losses, [])
    assert "in <#C0HELP>, <#C0LEADS> and a direct conversation:" in about
    assert "more than a day" in wording_alerts.lost(losses)
    assert "requests of that time" in wording_alerts.lost_next(losses)


@pytest.mark.parametrize(("sql", "index"), [(UNTOLD_NOTICES, "notices_untold"), (UNTOLD_LETTERS, "inbox_untold")])
async def test_looking_for_losses_reads_nothing_else(store: Store, sql: str, index: str) -> None:
    rows = await store.driver.reading.run(f"EXPLAIN QUERY PLAN {sql}", *([0] * sql.count("?")))

    assert [index in row["detail"] for row in rows] == [True]


async def _given_up(store: Store, name: str, why: str = "msg_too_long") -> None:
    request = a_request(f"{name}.1")
    outcome = an_outcome(a_case(name, request=request), notices=(replace(a_notice(f"card:{name}:1"), to=f"C_{name}"),))
    await store.cases.settle(outcome)
    owed = await store.outbox.owed(NOW, 9)
    for one in owed:
        if one.notice.kind is NoticeKind.CARD:
            await store.outbox.given_up(one, why)


async def _after_sweeps(store: Store, times: int) -> list[Bulletin]:
    for _ in range(times):
        await _desk(store, Slow()).sweep()
    return await _told(store)


def _desk(store: Store, clock: Slow, lost: SqlLost | None = None) -> GivenUp:
    board = SqlBulletins(store.driver, TEAM)
    return GivenUp(lost or SqlLost(store.driver, TEAM), board, to=OPERATORS, map_version="map-1", clock=clock)


async def _told(store: Store) -> list[Bulletin]:
    return list(await SqlBulletins(store.driver, TEAM).of_job("lost:", 9))
