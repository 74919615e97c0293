"""The agenda is kept: each appointment once for each time, whatever breaks, restarts or runs beside it."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

from routing.agenda import Agenda
from routing.bulletins import Appointment, Bulletin, BulletinKind, Composer
from routing.courier import Courier
from routing.kinds import ChannelId, MessageId
from routing.map_file import read_map
from routing.model import Case
from routing.pace import UNPACED, Pace
from routing.ports import Arrival, Outbox, Owed, Page, Posting
from storage import audit
from storage.bulletins import SqlBulletins
from storage.connection import WRITER, Sqlite, connected
from storage.driver import Driver
from storage.sqlite import Store, open_store
from tests.make import TEAM
from tests.office import ROOT

FRIDAY = datetime(2026, 11, 20, 7, 30, tzinfo=UTC)  # half past eight in Berlin
NINE = FRIDAY + timedelta(minutes=30)
DAILY = Appointment(
    job="daily:C_LEADS",
    kind=BulletinKind.DAILY,
    to=ChannelId("C_LEADS"),
    at=time(9),
    days=frozenset(range(7)),
    zone="Europe/Berlin",
)
PATTERNS = replace(DAILY, job="patterns:C_LEADS", kind=BulletinKind.PATTERNS)


@dataclass
class Hour:
    """A clock that moves when it is told to."""

    now: datetime = FRIDAY

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Says:
    """A composer that always has as much to say, until it breaks."""

    messages: int = 1
    breaks: bool = False
    composed: list[tuple[str, datetime]] = field(default_factory=list)

    async def compose(self, appointment: Appointment, fire_at: datetime) -> Sequence[Bulletin]:
        self.composed.append((appointment.job, fire_at))
        if self.breaks:
            raise LookupError(appointment.job)
        key = f"{appointment.job}@{fire_at:%Y-%m-%dT%H:%MZ}"
        return [
            Bulletin(key=f"{key}.{n}", kind=appointment.kind, to=appointment.to, body="{}")
            for n in range(self.messages)
        ]


@dataclass
class Slack:
    """What was posted. It may die before or after it has posted, once."""

    outbox: Outbox
    posted: list[str] = field(default_factory=list)
    dies: str = ""

    async def deliver(self, owed: Owed, case: Case | None, postings: Sequence[Posting]) -> Arrival:
        assert (case, postings) == (None, ()), "a bulletin belongs to no case"
        dies, self.dies = self.dies, ""
        if dies == "before":
            raise RuntimeError("killed")
        # As the real one does: what may have been sent is looked for by its key.
        if not (owed.last_sent_at and owed.notice.key in self.posted):
            await self.outbox.sending(owed, NINE)
            self.posted.append(owed.notice.key)
        if dies == "after":
            raise RuntimeError("killed")
        key, number = owed.notice.words
        return Arrival(page=Page(bulletin=key, number=int(number), revision=1, message=MessageId("1.1")))


@dataclass
class Bench:
    store: Store
    clock: Hour
    path: Path
    woken: int = 0

    def agenda(self, composers: Mapping[BulletinKind, Composer], driver: Driver | None = None) -> Agenda:
        return Agenda(
            appointments=(DAILY, PATTERNS),
            composers=composers,
            bulletins=SqlBulletins(driver or self.store.driver, TEAM),
            routing_map=read_map(ROOT / "routes.yml"),
            clock=self.clock,
            wake=self._wake,
        )

    async def began(self, composers: Mapping[BulletinKind, Composer]) -> Agenda:
        """An agenda that has been kept before."""
        agenda = self.agenda(composers)
        assert await agenda.sweep() == 0
        return agenda

    async def recorded(self) -> list[str]:
        rows = await self.store.driver.reading.run("SELECT json_extract(event, '$.type') AS type FROM audit")
        return [row["type"] for row in rows]

    def _wake(self) -> None:
        self.woken += 1


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    clock = Hour()
    path = tmp_path / "desk.db"
    async with open_store(f"sqlite:///{path}", clock=clock) as store:
        yield Bench(store, clock, path)
        assert (await audit.verify(store)).problem is None


async def test_what_is_due_is_composed_for_its_time_and_owed_once(bench: Bench) -> None:
    says = Says()
    agenda = await bench.began({BulletinKind.DAILY: says})
    bench.clock.now = NINE + timedelta(seconds=4)

    assert [await agenda.sweep(), await agenda.sweep()] == [1, 0]

    assert says.composed == [("daily:C_LEADS", NINE)]
    assert bench.woken == 1
    assert len(await bench.store.outbox.owed(bench.clock.now, 10)) == 1


async def test_it_is_written_down_which_job_said_how_much_for_which_time(bench: Bench) -> None:
    agenda = await bench.began({BulletinKind.DAILY: Says(messages=2)})
    bench.clock.now = NINE

    await agenda.sweep()

    rows = await bench.store.driver.reading.run("SELECT json_extract(event, '$.data') AS data FROM audit WHERE seq = 2")
    said = '{"fire_at":"2026-11-20T08:00:00+00:00","job":"daily:C_LEADS","kind":"daily","pages":2}'
    assert (rows[0]["data"], await bench.recorded()) == (said, ["agenda_began", "bulletin_posted"])


async def test_a_desk_that_opens_owes_nobody_the_digests_of_before(bench: Bench) -> None:
    says = Says()
    bench.clock.now = NINE + timedelta(hours=3)

    agenda = await bench.began({BulletinKind.DAILY: says})
    assert await agenda.sweep() == 0

    assert says.composed == []
    assert await bench.recorded() == ["agenda_began"]


async def test_after_a_week_without_the_bot_the_newest_is_told_and_no_other(bench: Bench) -> None:
    says = Says()
    await bench.began({BulletinKind.DAILY: says})
    bench.clock.now = NINE + timedelta(days=7, hours=2)

    assert await bench.agenda({BulletinKind.DAILY: says}).sweep() == 1

    assert says.composed == [("daily:C_LEADS", NINE + timedelta(days=7))]


async def test_with_nothing_to_say_nothing_is_posted_and_that_is_written_down(bench: Bench) -> None:
    says = Says(messages=0)
    agenda = await bench.began({BulletinKind.DAILY: says})
    bench.clock.now = NINE

    assert [await agenda.sweep(), await agenda.sweep()] == [0, 0]

    assert len(says.composed) == 1
    assert await bench.recorded() == ["agenda_began", "nothing_to_say"]
    assert await bench.store.outbox.owed(NINE, 10) == []


async def test_an_appointment_that_breaks_holds_up_no_other_and_is_tried_again(bench: Bench) -> None:
    broken, well = Says(breaks=True), Says()
    agenda = await bench.began({BulletinKind.DAILY: broken, BulletinKind.PATTERNS: well})
    bench.clock.now = NINE

    with pytest.raises(ExceptionGroup, match="some appointments could not be kept"):
        await agenda.sweep()
    broken.breaks = False

    assert len(await bench.store.outbox.owed(NINE, 10)) == 1
    assert await agenda.sweep() == 0, "composing may be dear: not again at once"
    bench.clock.now = NINE + timedelta(minutes=1)
    assert await agenda.sweep() == 1


async def test_an_appointment_that_nobody_composes_is_not_kept(bench: Bench) -> None:
    agenda = await bench.began({})
    bench.clock.now = NINE

    assert await agenda.sweep() == 0
    assert await bench.recorded() == []


async def test_two_agendas_on_one_database_publish_once(bench: Bench) -> None:
    composers = {BulletinKind.DAILY: Says()}
    async with AsyncExitStack() as stack:
        writer = await stack.enter_async_context(connected(bench.path, "rw", WRITER))
        reader = await stack.enter_async_context(connected(bench.path, "ro", ()))
        twin = bench.agenda(composers, Sqlite(bench.path, reader=reader, writer=writer))
        agenda = await bench.began(composers)
        bench.clock.now = NINE

        told = await asyncio.gather(agenda.sweep(), twin.sweep(), agenda.sweep(), twin.sweep())

    assert sum(told) == 1
    assert len(await bench.store.outbox.owed(NINE, 10)) == 1
    assert await bench.recorded() == ["agenda_began", "bulletin_posted"]


@pytest.mark.parametrize("dies", ["between", "before", "after"])
async def test_a_bot_killed_between_publishing_and_sending_has_told_it_once(tmp_path: Path, dies: str) -> None:
    posted: list[str] = []
    clock = Hour()
    for start in range(3):
        async with open_store(f"sqlite:///{tmp_path}/desk.db", clock=clock) as store:
            slack = Slack(outbox=store.outbox, posted=posted, dies="" if start else dies)
            bench = Bench(store, clock, tmp_path / "desk.db")
            agenda = bench.agenda({BulletinKind.DAILY: Says()})
            await agenda.sweep()
            clock.now = NINE + timedelta(minutes=start)
            await agenda.sweep()
            if start or dies != "between":
                await Courier(
                    outbox=store.outbox, cases=store.cases, messenger=slack, clock=clock, pace=Pace(UNPACED)
                ).all_delivered()

    assert slack.posted == ["bulletin:daily:C_LEADS@2026-11-20T08:00Z.0#0#1"]
