"""P1, P2, P3 and P37: what was acknowledged is there, whatever happens to the process, the disk and the power."""

import asyncio
import os
import sqlite3
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest

from bot.workspace.model import Timing
from tests.office import ROOT, OfficeClock, a_workspace, an_office
from tests.trust.bad_disks import a_small_disk, filled, locked, refusing
from tests.trust.killing import PATIENCE_SECONDS, House, a_crowd, a_house, dies_after, listening
from tests.trust.power_cut import Disk, Step, traced
from tests.trust.seed import seed

A_SECOND = 50
HASTY = Timing(ack_seconds=1.0, socket_redeliveries=100, http_retry_seconds=(0.5,) * 100)
KILLING_SECONDS = 19.0
KILLS_LEAST = 8  # on a machine that does much else it takes longer
INVOICE = "My invoice shows the wrong amount, can someone fix the billing?"
IMAGES = 300
HASTY_IMAGES = 60
WRITTEN = 450


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What was found on so many disks whose power went at a random moment."""

    images: int
    lost: int
    broken: int
    acknowledged: int


# The process is killed.


@pytest.mark.timeout(120)
@pytest.mark.parametrize("over", ["socket", "http"])
async def test_what_slack_was_told_is_kept_is_kept_after_every_kill(tmp_path: Path, over: str) -> None:
    """P1. The real bot, killed at random instants while fifty events a second arrive: what it acknowledged is in its
    inbox each time, and in the end everything that was asked is one case, whatever was acknowledged. Some of it is
    edited meanwhile, once or twice: each case says what its message said last.
    """
    chance = Random(seed())  # noqa: S311 - chance, no secret
    async with a_workspace(OfficeClock()) as slack, a_house(slack, tmp_path, over) as house:
        async with people_talking(house) as asked:
            kills = await _killed_again_and_again(house, chance)
        bot = await house.starts_the_bot()
        await house.until(lambda: slack.post_room.is_idle)
        await house.until(lambda: _cases(house) >= len(asked))
        last_said = house.ear.last_said
        await house.until(lambda: all(text == last_said[ts] for ts, text in house.worded().items()))
        await dies_after(0, bot)

        print(f"{over}: {kills} kills, {len(house.ear.acknowledged)} acknowledged")  # noqa: T201 - figures
        cases = house.rows("SELECT message, count(DISTINCT case_id) FROM messages GROUP BY message ORDER BY message")
        assert cases == [(ts, 1) for ts in sorted(asked)]
        assert _cases(house) == len(asked)
        assert house.worded() == {ts: last_said[ts] for ts in asked}
        assert len({text for text in house.worded().values() if "edited" in text}) > 1
        assert house.ear.collapsed == {}
        assert house.rows("PRAGMA integrity_check") == [("ok",)]


async def _killed_again_and_again(house: House, chance: Random) -> int:
    """One time in four while it starts, else while it works."""
    kills, until = 0, time.monotonic() + KILLING_SECONDS
    while time.monotonic() < until or kills < KILLS_LEAST:
        bot = await house.starts_the_bot()
        if chance.random() < 0.25:
            await dies_after(chance.uniform(0.3, 1.2), bot)
        else:
            await house.hears_again()
            await dies_after(chance.uniform(0, 0.7), bot)
        kills += 1
        assert house.lost() == set(), f"lost at kill {kills}: {house.told[-1000:]}"
    return kills


@asynccontextmanager
async def people_talking(house: House) -> AsyncIterator[list[str]]:
    """Fifty a second, each by somebody else, also while nobody is there to hear it; one in five asks for something, and
    some of those who asked say it differently soon after, half of them twice within a moment.
    """
    crowd = a_crowd(house.slack, 3_000, "help")
    asked: list[str] = []
    closing_time = asyncio.Event()

    async def talk() -> None:
        began, said = time.monotonic(), 0
        while not closing_time.is_set():
            while said < (time.monotonic() - began) * A_SECOND:
                is_request = said % 5 == 0
                ts = await house.slack.people.say(
                    crowd[said % len(crowd)], "help", INVOICE if is_request else "Thanks!"
                )
                asked.extend([ts] if is_request else [])
                said += 1
                if said % 35 == 0:
                    await _edited_again(house, asked)
            with suppress(TimeoutError):
                async with asyncio.timeout(1 / A_SECOND):
                    await closing_time.wait()

    talking = asyncio.create_task(talk())
    try:
        yield asked
    finally:
        closing_time.set()
        await talking


async def _edited_again(house: House, asked: list[str]) -> None:
    """Whoever asked five requests ago: their first words may be on their way still, read, or lost with a process."""
    ts = asked[-5:][0]
    who = house.slack.workspace.message(house.slack.workspace.channel("help").id, ts).user
    for times in range(1 + len(asked) % 2):
        await house.slack.people.edit(who, "help", ts, f"{INVOICE} I edited this {times + 1} times.")


async def asked_and_taken(house: House, who: str) -> None:
    await house.slack.people.say(who, "help", INVOICE)
    await house.until(lambda: house.slack.people.messages("billing") and house.is_at_rest)


async def asked_and_not_acknowledged(house: House) -> str:
    """The event's key, once Slack has heard that it was not taken."""
    (who,) = a_crowd(house.slack, 1, "help")
    ts = await house.slack.people.say(who, "help", INVOICE)
    await house.until(lambda: house.ear.events.get(ts) in house.ear.refused)
    event = house.ear.events[ts]
    assert event not in house.ear.acknowledged
    return event


def _cases(house: House) -> int:
    ((count,),) = house.rows("SELECT count(DISTINCT case_id) FROM messages")
    assert isinstance(count, int)
    return count


# The disk refuses.


@pytest.mark.timeout(120)
async def test_what_cannot_be_kept_is_not_acknowledged_and_told_again_it_is_taken_once(tmp_path: Path) -> None:
    """P2. The real bot on a disk that is full, fails to sync, was made read-only, or is kept locked by another program;
    one that Slack talks to over a socket, and one over HTTP.
    """
    over_the_socket, over_http = await asyncio.gather(
        _refused_on_bad_disks(tmp_path / "socket", "socket"), _refused_on_bad_disks(tmp_path / "http", "http")
    )

    assert over_the_socket == {"timeout"}, "no acknowledgement is silence"
    assert over_http == {"http_error", "http_timeout"}


async def _refused_on_bad_disks(disk: Path, over: str) -> set[str]:
    """Why Slack was told no, each time."""
    with a_small_disk(disk) as is_small:
        async with a_workspace(OfficeClock()) as slack, a_house(slack, disk, over, HASTY) as house:
            bot = await house.starts_the_bot()
            await asked_and_taken(house, a_crowd(slack, 1, "help")[0])
            full = filled(disk) if is_small else refusing(bot.pid, "pwrite64", "ENOSPC")
            broken = refusing(bot.pid, "fdatasync", "EIO")
            read_only = refusing(bot.pid, "pwrite64", "EROFS")
            for cards, fault in enumerate((full, broken, read_only, locked(house.database)), start=2):
                async with fault:
                    event = await asked_and_not_acknowledged(house)
                    assert event not in house.kept()
                await house.until(lambda: len(slack.people.messages("billing")) == cards)  # noqa: B023 - waited for here
                await house.until(lambda: house.is_at_rest)

            assert house.rows("SELECT count(*), count(DISTINCT message) FROM messages") == [(5, 5)]
            assert bot.returncode is None
            await dies_after(0, bot)
            assert house.rows("PRAGMA integrity_check") == [("ok",)]
            return set(house.ear.refused.values()) - {"connection_failed"}  # before there was a bot


@pytest.mark.parametrize("over", ["socket", "http"])
async def test_when_too_many_wait_for_the_disk_slack_is_told_to_come_again(tmp_path: Path, over: str) -> None:
    """P2. A full queue refuses (503, or no acknowledgement), and nothing is accepted and dropped."""
    async with an_office(tmp_path, over=over) as office:
        office.heeds_nothing_more()
        office.slack.workspace.timing = HASTY
        ear = listening(office.slack)
        office.bot.store.driver._writer._waiting_max = 3  # type: ignore[attr-defined] # there is no smaller disk
        async with locked(tmp_path / "office.db"):
            said = [await office.says(who, INVOICE) for who in a_crowd(office.slack, 12, "help")]
            await office.until(lambda: ear.refused, hint="a refusal")

        await office.slack.delivered(timeout_seconds=PATIENCE_SECONDS)
        await office.settles()
        assert ("http_error" if over == "http" else "timeout") in ear.refused.values()
        assert {ear.events[ts] for ts in said} <= ear.acknowledged
        assert len(office.slack.people.messages("billing")) == len(said)


# The power goes.


@pytest.mark.timeout(120)
async def test_what_was_acknowledged_outlives_a_power_cut_at_any_moment(tmp_path: Path) -> None:
    """P3. The real store's writer, traced; 300 disks as a power cut would leave them. The same writer in a hurry, which
    does not wait for the disk, loses what it acknowledged: so the test can tell.
    """
    chance = Random(seed())  # noqa: S311 - chance, no secret

    steps = await _written(tmp_path, "careful")
    careful = _cut(steps, tmp_path / "careful", IMAGES, chance)
    hasty = _cut(await _written(tmp_path, "hasty"), tmp_path / "hasty", HASTY_IMAGES, chance)

    print(f"waits for the disk: {careful}; does not: {hasty}")  # noqa: T201 - the figures are the point
    assert (careful.lost, careful.broken) == (0, 0)
    assert careful.acknowledged == 2 * WRITTEN
    assert hasty.lost > HASTY_IMAGES // 3
    # One thread alone ever writes or checkpoints, whoever reads and closes beside it: SQLite before 3.51.3 needs that.
    changes = [one for one in steps if one.kind in {"write", "cut"} and one.path.endswith(("desk.db", "desk.db-wal"))]
    assert len({one.by for one in changes}) == 1
    assert _checkpoints_before_the_end(steps) > 0


def _checkpoints_before_the_end(steps: Sequence[Step]) -> int:
    """Pages that went into the file itself while acknowledgements still came: cuts have met those, too."""
    last = max(number for number, one in enumerate(steps) if one.kind == "told")
    return sum(one.kind == "write" and one.path.endswith("desk.db") and one.at > 0 for one in steps[:last])


async def _written(folder: Path, how: str) -> list[Step]:
    (folder / how).mkdir()
    return await traced(
        [sys.executable, "-m", "tests.trust.writing", str(folder / how / "desk.db"), str(WRITTEN), how],
        trace=folder / f"{how}.trace",
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
    )


def _cut(steps: Sequence[Step], folder: Path, images: int, chance: Random) -> Tally:
    disk = Disk(folder=folder, name="desk.db", chance=chance)
    cuts = sorted(chance.sample(range(len(steps)), images))
    lost = broken = 0
    for number, step in enumerate(steps):
        if cuts and number == cuts[0]:
            cuts.pop(0)
            found = _found(disk.fails(folder / "left"))
            broken += not found
            lost += not disk.acknowledged <= found
        disk.does(step)
    return Tally(images=images, lost=lost, broken=broken, acknowledged=len(disk.acknowledged))


def _found(path: Path) -> set[str]:
    """Everything that is whole; nothing when the file itself is not."""
    with closing(sqlite3.connect(path, isolation_level=None)) as left:
        left.execute("PRAGMA synchronous = OFF")  # what becomes of the image afterwards is nobody's concern
        try:
            whole = left.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            tables = {name for (name,) in left.execute("SELECT name FROM sqlite_master")}
            if not whole or "inbox" not in tables:
                return {"nothing yet"} if whole else set()
            letters = {key for (key,) in left.execute("SELECT key FROM inbox")}
            cases = {name for (name,) in left.execute("SELECT id FROM cases")}
            for said_of in ("audit", "notices", "texts"):
                # One step, one transaction: a case without its entry and what it owes is half a case.
                cases &= {name for (name,) in left.execute(f"SELECT case_id FROM {said_of}")}  # noqa: S608 - see above
        except sqlite3.DatabaseError:
            return set()
    return letters | cases | {"nothing yet"}
