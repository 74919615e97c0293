"""How far the audit has come is told every hour in which something happened, and can be checked as it was told."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.checkpoint_file import CheckpointFile
from bot.problems import Complaint
from handlers.checkpoints import render
from routing.checkpoints import Checkpoint, Checkpoints, Kept, NoCheckpoint, Places, checkpoint_in, line_of
from routing.kinds import CaseId, ChannelId
from storage import audit
from storage.bulletins import SqlBulletins
from storage.checkpoints import SqlChain
from storage.sqlite import Store, open_store
from tests.make import NOW, TEAM, a_case, a_request, an_outcome
from tests.office import ROOT, an_office, words_of

CHANNEL = ChannelId("C_AUDIT")
ROUTES = (ROOT / "routes.yml").read_text().replace("# audit:", "audit:")
HALF_PAST = NOW + timedelta(minutes=30)


@dataclass
class Hour:
    now: datetime = HALF_PAST

    def __call__(self) -> datetime:
        return self.now

    def passes(self, **time: float) -> None:
        self.now += timedelta(**time)


@dataclass
class Paper:
    """A file that may be full for a while."""

    lines: list[str] = field(default_factory=list)
    is_full: bool = False

    async def append(self, line: str) -> None:
        if self.is_full:
            raise OSError(28, "No space left on device")
        self.lines.append(line)


@dataclass
class Tower:
    store: Store
    clock: Hour
    paper: Paper
    woken: int = 0

    def checkpoints(self, channel: ChannelId | None = CHANNEL, *, file: Kept | None = None) -> Checkpoints:
        return Checkpoints(
            places=Places(channel=channel, file=file or self.paper),
            chain=SqlChain(self.store.driver, TEAM),
            bulletins=SqlBulletins(self.store.driver, TEAM),
            map_version="map-1",
            clock=self.clock,
            wake=self._wake,
        )

    async def happens(self, what: str = "1") -> None:
        case = a_case(f"case-{what}", request=a_request(f"{what}.1"))
        await self.store.cases.settle(an_outcome(replace(case, id=CaseId(f"case-{what}"))))

    async def posted(self) -> list[str]:
        rows = await self.store.driver.reading.run("SELECT key, body FROM bulletins ORDER BY key")
        return [f"{row['key']} {checkpoint_in(row['body']).seq}" for row in rows]

    async def holds(self) -> bool:
        told = [checkpoint_in(line) for line in self.paper.lines]
        return (await audit.verify(self.store, checkpoints=told)).problem is None

    def _wake(self) -> None:
        self.woken += 1


@pytest.fixture
async def tower(tmp_path: Path) -> AsyncIterator[Tower]:
    clock = Hour()
    async with open_store(f"sqlite:///{tmp_path}/desk.db", clock=clock) as store:
        yield Tower(store, clock, Paper())


async def test_each_hour_in_which_something_happened_is_told_once_and_no_other(tower: Tower) -> None:
    checkpoints = tower.checkpoints()
    await checkpoints.sweep()
    assert tower.paper.lines == [], "nothing has happened yet"

    tower.clock.passes(hours=1)
    await tower.happens("1")
    await checkpoints.sweep()
    await tower.happens("2")
    await checkpoints.sweep()
    tower.clock.passes(hours=1)
    await checkpoints.sweep()
    for _ in range(5):
        tower.clock.passes(hours=1)
        await checkpoints.sweep()

    assert await tower.posted() == ["checkpoint@2026-11-20T10:00Z 1", "checkpoint@2026-11-20T11:00Z 3"]
    assert [checkpoint_in(line).seq for line in tower.paper.lines] == [1, 3]
    assert tower.woken == 2
    assert await tower.holds()


async def test_a_clean_stop_tells_what_is_new_and_nothing_twice(tower: Tower) -> None:
    await tower.happens("1")
    await tower.checkpoints().sweep()
    assert not await tower.checkpoints().last()

    await tower.happens("2")
    assert await tower.checkpoints().last()
    assert not await tower.checkpoints().last()
    await tower.checkpoints().sweep()
    tower.clock.passes(minutes=30)
    await tower.happens("3")
    await tower.checkpoints().sweep()

    assert await tower.posted() == [
        "checkpoint@2026-11-20T09:00Z 1",
        "checkpoint@2026-11-20T09:30Z 3",
        "checkpoint@2026-11-20T10:00Z 5",
    ]


async def test_a_bot_killed_after_the_file_was_written_tells_the_hour_again_and_both_hold(tower: Tower) -> None:
    @dataclass
    class Dying:
        paper: Paper

        async def append(self, line: str) -> None:
            await self.paper.append(line)
            raise RuntimeError("killed")

    await tower.happens()
    with pytest.raises(RuntimeError, match="killed"):
        await tower.checkpoints(file=Dying(tower.paper)).sweep()

    await tower.checkpoints().sweep()

    assert (len(tower.paper.lines), await tower.posted()) == (2, ["checkpoint@2026-11-20T09:00Z 1"])
    assert await tower.holds()


async def test_a_full_disk_keeps_nobody_from_being_told_and_is_tried_again(tower: Tower) -> None:
    checkpoints = tower.checkpoints()
    tower.paper.is_full = True
    await tower.happens()

    await checkpoints.sweep()
    assert (len(await tower.posted()), tower.paper.lines) == (1, [])
    tower.paper.is_full = False
    tower.clock.passes(hours=3)
    await checkpoints.sweep()

    assert [checkpoint_in(line).seq for line in tower.paper.lines] == [1]


async def test_without_a_channel_only_the_file_is_written(tower: Tower) -> None:
    await tower.happens()

    await tower.checkpoints(channel=None).sweep()

    assert (len(tower.paper.lines), await tower.posted(), await tower.store.outbox.owed(NOW, 9)) == (1, [], [])


async def test_with_neither_nothing_is_written_at_all(tower: Tower) -> None:
    nowhere = Checkpoints(
        places=Places(),
        chain=SqlChain(tower.store.driver, TEAM),
        bulletins=SqlBulletins(tower.store.driver, TEAM),
        map_version="map-1",
        clock=tower.clock,
        wake=lambda: None,
    )
    await tower.happens()

    await nowhere.sweep()

    assert not await nowhere.last()
    assert (await audit.verify(tower.store)).entries == 1


# Its line.


def test_a_line_says_the_same_when_it_is_read_as_when_it_was_written() -> None:
    told = Checkpoint(tenant=TEAM, seq=12, hash="ab" * 32, at=NOW)

    assert checkpoint_in(line_of(told)) == told
    assert list(json.loads(line_of(told))) == ["at", "hash", "seq", "tenant"]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("hello", "is not JSON"),
        ("{", "is not JSON"),
        ("{,}", "is not JSON"),
        ("[1]", "is not JSON"),
        ("{}", "is no checkpoint"),
        ('{"at":"2026-11-20T09:00:00Z","hash":"x","seq":1,"tenant":"T"}', "is no checkpoint"),
        ('{"at":"2026-11-20T09:00:00","hash":"' + "a" * 64 + '","seq":1,"tenant":"T"}', "is no checkpoint"),
        ('{"at":"2026-11-20T09:00:00Z","hash":"' + "a" * 64 + '","seq":0,"tenant":"T"}', "is no checkpoint"),
        ('{"at":"2026-11-20T09:00:00Z","hash":"' + "a" * 64 + '","seq":"1","tenant":"T"}', "is no checkpoint"),
        ('{"at":"2026-11-20T09:00:00Z","hash":"' + "a" * 64 + '","seq":1,"tenant":"T","x":1}', "is no checkpoint"),
    ],
)
def test_what_is_no_checkpoint_is_told_from_what_is(line: str, why: str) -> None:
    with pytest.raises(NoCheckpoint, match=why):
        checkpoint_in(line)


# In Slack and in the file, with the real bot.


async def test_the_message_in_slack_can_be_copied_into_a_file_and_checked(tmp_path: Path) -> None:
    kept = tmp_path / "kept" / "checkpoints.jsonl"
    kept.parent.mkdir()
    async with an_office(tmp_path, routes=ROUTES, more={"frontdesk_checkpoints": kept}) as office:
        office.heeds_nothing_more()
        await office.says("maya", "My invoice shows the wrong amount, can someone fix the billing?")
        await office.settles()
        await office.lets_pass(hours=1)
        message = await office.next_card("#frontdesk-audit")
        told = words_of(message)
        assert told.startswith("Checkpoint of the audit: `{")
        assert len(told.splitlines()) == 1

        await office.says("tom", "How do I export last month's orders as a spreadsheet?")
        await office.settles()
        entries = (await audit.verify(office.bot.store)).entries
        slack, settings = office.slack, office.settings
        await office.bot.checkpoints.last()
        await office.bot.all_done()
        copied = [words_of(one) for one in slack.people.messages("frontdesk-audit")]
        # The classifier's first lesson may have ended meanwhile; then its entry came between.
        assert entries <= checkpoint_in(copied[-1]).seq <= (await audit.verify(office.bot.store)).entries
        assert copied[0] == told
        assert [checkpoint_in(line) for line in copied] == [
            checkpoint_in(line) for line in kept.read_text().splitlines()
        ]
        found = await audit.verify(office.bot.store, checkpoints=[checkpoint_in(line) for line in copied])
        assert found.problem is None
        assert settings.frontdesk_checkpoints == kept


async def test_a_bot_told_to_stop_has_told_how_far_it_came_before_it_is_gone(tmp_path: Path) -> None:
    kept = tmp_path / "checkpoints.jsonl"
    async with an_office(tmp_path, routes=ROUTES, more={"frontdesk_checkpoints": kept}) as office:
        office.heeds_nothing_more()
        await office.says("maya", "My invoice shows the wrong amount, can someone fix the billing?")
        await office.settles()
        database = office.settings.frontdesk_database
        before = (await audit.verify(office.bot.store)).entries

    last = checkpoint_in(kept.read_text().splitlines()[-1])
    assert last.seq == before
    async with open_store(database, clock=lambda: NOW, read_only=True) as store:
        assert (await audit.verify(store, checkpoints=[last])).problem is None
        rows = await store.driver.reading.run("SELECT state FROM notices WHERE key LIKE 'bulletin:checkpoint%'")
        assert {row["state"] for row in rows} == {"done"}, "and it hangs in Slack"


def test_a_line_in_slack_has_no_live_markup() -> None:
    from routing.bulletins import Bulletin, BulletinKind  # noqa: PLC0415 - only here

    hostile = Bulletin(key="c@1", kind=BulletinKind.CHECKPOINT, to=CHANNEL, body="<!channel>")

    assert "<!" not in render(hostile).text


@pytest.mark.parametrize(
    ("name", "why"),
    [("nowhere/file", "No such file"), ("folder", "Is a directory"), ("desk.db", "that is the database")],
)
def test_a_file_that_cannot_be_appended_to_is_refused_before_the_start(tmp_path: Path, name: str, why: str) -> None:
    (tmp_path / "folder").mkdir()

    with pytest.raises(Complaint, match=why):
        CheckpointFile.at(tmp_path / name, database=tmp_path / "desk.db")


async def test_lines_are_added_and_none_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "checkpoints.jsonl"
    path.write_text("kept\n")

    await CheckpointFile.at(path, database=tmp_path / "desk.db").append("new")

    assert path.read_text() == "kept\nnew\n"
