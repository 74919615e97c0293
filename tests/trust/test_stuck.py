"""A disk that takes nothing any more, not even a step back: the bot ends loudly, and the next one finds all there."""

import asyncio
import sys
from asyncio.subprocess import DEVNULL, Process
from pathlib import Path

from tests.office import OfficeClock, a_workspace
from tests.trust.killing import House, a_house

# The real program, whose disk refuses to finish and to undo as soon as there is such a file.
PROGRAM = """
import sqlite3
from pathlib import Path

import storage.connection

class Stubborn(sqlite3.Connection):
    def rollback(self):
        refuse("ROLLBACK")
        super().rollback()

    def execute(self, sql, *values):
        refuse(sql)
        return super().execute(sql, *values)

def refuse(sql):
    if sql in {"COMMIT", "ROLLBACK"} and Path("stubborn").exists():
        raise sqlite3.OperationalError("disk I/O error")

connect = storage.connection.aiosqlite.connect
storage.connection.aiosqlite.connect = lambda *path, **how: connect(*path, factory=Stubborn, **how)

from bot.__main__ import begin
begin()
"""


async def test_where_nothing_can_be_written_any_more_nothing_is_served(tmp_path: Path) -> None:
    """P3. What was asked meanwhile is not acknowledged; the process ends by itself with a status that says so, and the
    next one, on a disk that works, answers it.
    """
    async with a_workspace(OfficeClock()) as slack, a_house(slack, tmp_path, "socket") as house:
        bot = await _starts(house)
        await slack.people.say("maya", "help", "My invoice shows the wrong amount, can someone fix the billing?")
        await house.until(lambda: len(slack.people.messages("billing")) == 1 and house.is_at_rest)
        (tmp_path / "stubborn").touch()
        ts = await slack.people.say("sam", "help", "How do I change my password? I cannot find the page.")
        async with asyncio.timeout(30):
            status = await bot.wait()
        acknowledged = house.ear.events.get(ts) in house.ear.acknowledged
        told = (tmp_path / "told").read_text()

        (tmp_path / "stubborn").unlink()
        await house.starts_the_bot()
        await house.until(lambda: slack.people.thread("help", ts)[1:])

        assert status == 2
        assert not acknowledged
        assert "stuck in a transaction that can neither be finished nor undone" in told
        assert "Traceback" not in told.splitlines()[-1]


async def _starts(house: House) -> Process:
    with (house.folder / "told").open("wb") as errors:
        bot = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", PROGRAM, "start"),
            cwd=house.folder,
            env=house.settings,
            stdin=DEVNULL,
            stdout=DEVNULL,
            stderr=errors,
        )
    house.bots.append(bot)
    (house.folder / f"stderr-{len(house.bots)}").symlink_to(house.folder / "told")
    return bot
