"""What the desk says of its own accord fires once for each time, and is owed from that moment on."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from routing.bulletins import Bulletin, BulletinKind, page_notice
from routing.kinds import (
    CaseId,
    ChannelId,
    MessageId,
    NoticeKind,
)
from routing.model import Entry, Fired
from routing.ports import Arrival, Page, Stale
from routing.publishing import Posted
from storage import audit, bulletins, jobs
from storage.bulletins import SqlBulletins
from storage.connection import WRITER, Sqlite, connected
from storage.driver import Driver
from storage.sqlite import Store, open_store
from tests.make import NOW, TEAM, a_case, an_entry, an_outcome

DAILY = "daily:C_LEADS"
LEADS = ChannelId("C_LEADS")
MAP = "map-1"
HOUR = timedelta(hours=1)


def a_bulletin(key: str = f"{DAILY}@2026-11-20T09:00Z", pages: int = 1, body: str = '{"late":2}') -> Bulletin:
    return Bulletin(key=key, kind=BulletinKind.DAILY, to=LEADS, body=body, pages=pages)


def posted_entry() -> Entry:
    return an_entry("bulletin_posted", facts={"job": DAILY})


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with open_store(f"sqlite:///{tmp_path}/desk.db", clock=lambda: NOW) as store:
        yield store


@pytest.fixture
async def twins(store: Store, tmp_path: Path) -> AsyncIterator[tuple[SqlBulletins, SqlBulletins]]:
    """Two desks on one database, each with a connection of its own."""
    async with AsyncExitStack() as stack:
        yield SqlBulletins(store.driver, TEAM), SqlBulletins(await _second_driver(stack, tmp_path), TEAM)


@pytest.fixture
def desk(store: Store) -> SqlBulletins:
    return SqlBulletins(store.driver, TEAM)


async def test_of_two_desks_one_publishes(twins: tuple[SqlBulletins, SqlBulletins], store: Store) -> None:
    told = await asyncio.gather(
        *(desk.publish(DAILY, NOW, [a_bulletin()], posted_entry(), MAP) for desk in (*twins, *twins))
    )

    assert sorted(told) == [False, False, False, True]
    assert [owed.notice.kind for owed in await store.outbox.owed(NOW, 10)] == [NoticeKind.BULLETIN]
    assert await audit.verify(store) == audit.Verification(entries=1)


async def test_a_time_that_fired_with_nothing_to_say_does_not_fire_again(desk: SqlBulletins, store: Store) -> None:
    assert await desk.publish(DAILY, NOW, [], an_entry("nothing_to_say"), MAP)

    assert not await desk.publish(DAILY, NOW, [a_bulletin()], posted_entry(), MAP)
    assert await store.outbox.owed(NOW, 10) == []


async def test_other_times_and_other_jobs_fire(desk: SqlBulletins) -> None:
    assert await desk.publish(DAILY, NOW, [], posted_entry(), MAP)

    assert await desk.publish(DAILY, NOW + HOUR, [], posted_entry(), MAP)
    assert await desk.publish("daily:C_OTHERS", NOW, [], posted_entry(), MAP)


async def test_what_breaks_off_while_it_is_published_never_fired(desk: SqlBulletins, store: Store) -> None:
    prose = an_entry("bulletin_posted", facts={"job": "not a code\nbut a text"})

    with pytest.raises(ValueError, match="the audit holds"):
        await desk.publish(DAILY, NOW, [a_bulletin()], prose, MAP)

    assert await desk.last_fired(DAILY) is None
    assert await desk.bulletin(a_bulletin().key) is None
    assert await store.outbox.owed(NOW, 10) == []


async def test_the_last_time_is_the_newest_whatever_the_order(desk: SqlBulletins) -> None:
    assert await desk.last_fired(DAILY) is None
    for fire_at in (NOW, NOW - HOUR):
        await desk.publish(DAILY, fire_at, [], posted_entry(), MAP)

    assert await desk.last_fired(DAILY) == NOW
    assert await desk.last_fired("daily") is None


async def test_pages_are_owed_in_their_order_one_after_the_other(desk: SqlBulletins, store: Store) -> None:
    await desk.publish(DAILY, NOW, [a_bulletin(pages=3)], posted_entry(), MAP)

    told = [await _deliver(store, f"30{n}.0") for n in range(3)]

    assert told == [(a_bulletin().key, str(n)) for n in range(3)]
    posted = await desk.posted(a_bulletin().key)
    assert posted == Posted(bulletin=a_bulletin(pages=3), messages={n: MessageId(f"30{n}.0") for n in range(3)})


async def test_a_bulletin_is_read_back_as_it_was_published(desk: SqlBulletins) -> None:
    await desk.publish(DAILY, NOW, [a_bulletin()], posted_entry(), MAP)

    assert await desk.bulletin(a_bulletin().key) == a_bulletin()
    assert await desk.bulletin("another") is None
    assert await desk.posted("another") is None


async def test_bulletins_of_a_job_come_newest_first(desk: SqlBulletins) -> None:
    keys = [f"{DAILY}@2026-11-{day}T09:00Z" for day in (18, 19, 20)]
    for day, key in enumerate(keys):
        entry = replace(posted_entry(), at=NOW + timedelta(days=day))
        await desk.publish(DAILY, NOW + timedelta(days=day), [a_bulletin(key)], entry, MAP)
    await desk.publish("daily:C_LEADS2", NOW, [a_bulletin("daily:C_LEADS2@1")], posted_entry(), MAP)

    assert [one.key for one in await desk.of_job(f"{DAILY}@", 2)] == keys[:0:-1]


async def test_a_case_is_put_to_a_reviewer_once(desk: SqlBulletins, store: Store) -> None:
    review = a_bulletin("review:case-1")
    await desk.publish("review", NOW, [review], posted_entry(), MAP)
    await _deliver(store, "300.3")

    assert await desk.publish("review", NOW + HOUR, [review], posted_entry(), MAP)

    assert await store.outbox.owed(NOW, 10) == []


async def test_an_amended_bulletin_is_owed_again_and_keeps_its_message(desk: SqlBulletins, store: Store) -> None:
    await desk.publish(DAILY, NOW, [a_bulletin()], posted_entry(), MAP)
    await _deliver(store, "300.3", file="F1")
    changed = a_bulletin(body='{"late":3}')

    await desk.amend(changed, an_entry("bulletin_amended"), MAP)

    assert await desk.posted(changed.key) == Posted(bulletin=changed, revision=2, messages={0: MessageId("300.3")})
    assert len(await store.outbox.owed(NOW, 10)) == 1


async def test_what_waits_to_be_posted_is_not_owed_twice_when_it_is_amended(desk: SqlBulletins, store: Store) -> None:
    await desk.publish(DAILY, NOW, [a_bulletin()], posted_entry(), MAP)

    for late in (3, 4, 5):
        await desk.amend(a_bulletin(body=f'{{"late":{late}}}'), an_entry("bulletin_amended"), MAP)

    assert await _owed_in_all(store) == 1


async def test_what_is_being_posted_is_owed_again_when_it_is_amended(desk: SqlBulletins, store: Store) -> None:
    await desk.publish(DAILY, NOW, [a_bulletin()], posted_entry(), MAP)
    await store.outbox.owed(NOW, 10)

    await desk.amend(a_bulletin(body='{"late":3}'), an_entry("bulletin_amended"), MAP)

    assert await _owed_in_all(store) == 2


async def test_the_picture_of_older_numbers_is_not_kept_for_newer_ones(desk: SqlBulletins, store: Store) -> None:
    await desk.publish(DAILY, NOW, [a_bulletin()], posted_entry(), MAP)
    (owed,) = await store.outbox.owed(NOW, 10)
    await desk.amend(a_bulletin(body='{"late":3}'), an_entry("bulletin_amended"), MAP)
    drawn = Page(bulletin=a_bulletin().key, number=0, revision=1, message=MessageId("300.3"), file="F1")

    await store.outbox.delivered(owed, Arrival(page=drawn))

    posted = await desk.posted(a_bulletin().key)
    assert posted is not None
    assert (posted.messages, posted.file) == ({0: "300.3"}, "")


async def test_a_first_page_posted_anew_has_no_thread_yet(desk: SqlBulletins, store: Store) -> None:
    await desk.publish(DAILY, NOW, [a_bulletin(pages=2)], posted_entry(), MAP)
    for message in ("300.3", "301.0"):
        await _deliver(store, message)
    await desk.amend(a_bulletin(pages=2, body='{"late":3}'), an_entry("bulletin_amended"), MAP)

    await _deliver(store, "400.4")

    posted = await desk.posted(a_bulletin().key)
    assert posted is not None
    assert posted.messages == {0: "400.4"}


async def test_a_step_of_a_case_may_owe_a_bulletin(desk: SqlBulletins, store: Store) -> None:
    review = a_bulletin("review:case-1")
    await desk.publish("review", NOW, [review], posted_entry(), MAP)
    await _deliver(store, "300.3")
    redrawn = page_notice(review.key, review.to, 0, "case-1:1")

    await store.cases.settle(an_outcome(notices=(redrawn,)))

    (owed,) = await store.outbox.owed(NOW, 10)
    assert (owed.notice, owed.case) == (redrawn, "case-1")


async def test_a_reminder_that_was_sent_is_not_sent_again_and_nothing_of_its_step_is_written(store: Store) -> None:
    fired = (Fired(job="reminder:case-1:gate", at=NOW),)
    case = await store.cases.settle(an_outcome(fired=fired))
    notice = page_notice("review:case-1", LEADS, 0, "1")

    with pytest.raises(Stale, match="reminder:case-1:gate was sent already"):
        await store.cases.settle(an_outcome(case, fired=fired, notices=(notice,)))

    stored = await store.cases.case(CaseId("case-1"))
    assert stored is not None
    assert (stored.revision, await store.outbox.owed(NOW, 10)) == (1, [])
    assert await audit.verify(store) == audit.Verification(entries=1)
    again = (Fired(job="reminder:case-1:gate", at=NOW + HOUR),)
    assert (await store.cases.settle(an_outcome(case, fired=again))).revision == 2


async def test_one_step_does_not_send_the_same_reminder_twice(store: Store) -> None:
    case = await store.cases.settle(an_outcome(a_case()))
    fired = (Fired(job="reminder:case-1:gate", at=NOW), Fired(job="reminder:case-1:gate", at=NOW))

    with pytest.raises(Stale):
        await store.cases.settle(an_outcome(case, fired=fired))


@pytest.mark.parametrize(
    ("sql", "steps"),
    [
        (jobs.LAST_FIRED, ["SEARCH jobs USING PRIMARY KEY (team_id=? AND job=?)"]),
        (jobs.FIRE, []),
        (bulletins.BY_KEY, ["SEARCH bulletins USING INDEX sqlite_autoindex_bulletins_1 (team_id=? AND key=?)"]),
        (bulletins.PAGES_OF, ["SEARCH bulletin_pages USING PRIMARY KEY (team_id=? AND key=?)"]),
    ],
)
async def test_lookups_read_only_what_they_return(store: Store, sql: str, steps: list[str]) -> None:
    assert await _plan(store.driver, sql) == steps


async def test_what_is_owed_already_is_looked_for_in_its_lane(store: Store) -> None:
    plan = await _plan(store.driver, bulletins.OWE)

    assert any("SEARCH waiting USING INDEX" in step for step in plan)
    assert not any("SCAN waiting" in step for step in plan)


async def _deliver(store: Store, message: str, file: str = "") -> tuple[str, ...]:
    (owed,) = await store.outbox.owed(NOW, 10)
    key, page = owed.notice.words
    hangs = Page(bulletin=key, number=int(page), revision=1, message=MessageId(message), file=file)
    await store.outbox.delivered(owed, Arrival(page=hangs))
    return owed.notice.words


async def _owed_in_all(store: Store) -> int:
    rows = await store.driver.reading.run("SELECT id FROM notices WHERE state IN ('ready', 'leased')")
    return len(rows)


async def _plan(driver: Driver, sql: str) -> list[str]:
    rows = await driver.write(lambda tx: tx.run(f"EXPLAIN QUERY PLAN {sql}", *([0] * sql.count("?"))))
    return [row["detail"] for row in rows]


async def _second_driver(stack: AsyncExitStack, folder: Path) -> Sqlite:
    path = folder / "desk.db"
    writer = await stack.enter_async_context(connected(path, "rw", WRITER))
    reader = await stack.enter_async_context(connected(path, "ro", ()))
    return Sqlite(path, reader=reader, writer=writer)
