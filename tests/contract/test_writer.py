"""The one hand that writes: what shares a transaction, what is undone alone, and who is refused."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from routing.ports import Overloaded
from storage.connection import WRITER, Connection, connected
from storage.driver import Statements, StorageError, Unstorable, Work
from storage.writer import Stuck, Writer


class Desk:
    """A table of words, and how often the disk was waited for."""

    def __init__(self, connection: Connection, path: Path) -> None:
        self.connection = connection
        self.commits = 0
        self.held = asyncio.Event()
        self.held.set()
        self.writer = Writer(self._thread, path, waiting_max=3)

    async def _thread(self, function: Callable[[sqlite3.Connection], Any]) -> Any:
        await self.held.wait()
        self.commits += 1
        return await self.connection.on_its_thread(function)

    async def words(self) -> list[str]:
        return [row["word"] for row in await self.connection.run("SELECT word FROM words ORDER BY rowid")]


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    path = tmp_path / "desk.db"
    path.touch()
    async with connected(path, "rw", WRITER) as connection:
        await connection.run("CREATE TABLE words (word TEXT UNIQUE)")
        desk = Desk(connection, path)
        yield desk
        await desk.writer.close()


def says(word: str) -> Work[str]:
    async def work(tx: Statements) -> str:
        await tx.run("INSERT INTO words VALUES (?)", word)
        return word

    return work


async def test_whoever_waits_at_once_waits_for_the_disk_once(desk: Desk) -> None:
    first = asyncio.create_task(desk.writer.write(says("zero")))
    desk.held.clear()
    others = [asyncio.create_task(desk.writer.write(says(str(number)))) for number in range(100)]
    await asyncio.sleep(0)  # not a wait: everybody has asked
    desk.held.set()

    assert await asyncio.gather(first, *others) == ["zero", *(str(number) for number in range(100))]
    assert len(await desk.words()) == 101
    assert desk.commits <= 2


async def test_what_fails_is_undone_alone(desk: Desk) -> None:
    async def breaks(tx: Statements) -> None:
        await tx.run("INSERT INTO words VALUES ('half')")
        raise LookupError("half way")

    works: list[Work[Any]] = [says("one"), breaks, says("one"), says("two")]
    ends = await asyncio.gather(*(desk.writer.write(work) for work in works), return_exceptions=True)

    assert await desk.words() == ["one", "two"]
    assert [type(end) for end in ends] == [str, LookupError, Unstorable, str]


async def test_what_makes_the_database_undo_everything_takes_only_itself_along(desk: Desk) -> None:
    async def undoes(tx: Statements) -> None:
        await tx.run("INSERT INTO words VALUES ('lost')")
        await tx.run("ROLLBACK")
        raise StorageError("the disk is full")

    works: list[Work[Any]] = [says("one"), undoes, says("two")]
    ends = await asyncio.gather(*(desk.writer.write(work) for work in works), return_exceptions=True)

    assert await desk.words() == ["one", "two"]
    assert isinstance(ends[1], StorageError)


async def test_a_transaction_waits_for_nothing_but_its_statements(desk: Desk) -> None:
    async def asks_slack(tx: Statements) -> None:
        await tx.run("INSERT INTO words VALUES ('slow')")
        await asyncio.sleep(0)  # not a wait: it only tries to

    with pytest.raises(RuntimeError, match="waits for nothing"):
        await desk.writer.write(asks_slack)

    assert await desk.words() == []


async def test_who_can_be_told_again_is_refused_while_too_many_wait(desk: Desk) -> None:
    desk.held.clear()
    writing = [asyncio.create_task(desk.writer.write(says(str(number)))) for number in range(2)]
    await asyncio.sleep(0)  # not a wait: the first group is taken
    await asyncio.sleep(0)  # not a wait: and held up
    writing += [asyncio.create_task(desk.writer.write(says(str(number)))) for number in range(2, 5)]
    await asyncio.sleep(0)  # not a wait: three are waiting

    with pytest.raises(Overloaded, match="3 are waiting"):
        await desk.writer.write(says("refused"), or_refuse=True)
    patient = asyncio.create_task(desk.writer.write(says("patient")))
    desk.held.set()
    await asyncio.gather(*writing, patient)

    assert await desk.words() == ["0", "1", "2", "3", "4", "patient"]


async def test_who_gives_up_before_it_begins_writes_nothing(desk: Desk) -> None:
    desk.held.clear()
    first = asyncio.create_task(desk.writer.write(says("first")))
    await asyncio.sleep(0)  # not a wait: the first group is taken
    await asyncio.sleep(0)  # not a wait: and held up
    second = asyncio.create_task(desk.writer.write(says("second")))
    await asyncio.sleep(0)  # not a wait: it has asked
    second.cancel()
    desk.held.set()
    await asyncio.gather(first, second, return_exceptions=True)

    assert second.cancelled()
    assert await desk.words() == ["first"]


async def test_who_gives_up_after_it_began_hears_so_when_it_is_written(desk: Desk) -> None:
    desk.held.clear()
    task = asyncio.create_task(desk.writer.write(says("begun")))
    await asyncio.sleep(0)  # not a wait: the group is taken
    await asyncio.sleep(0)  # not a wait: and held up
    task.cancel()
    await asyncio.sleep(0)  # not a wait: it was told
    assert not task.done()
    desk.held.set()
    await asyncio.gather(task, return_exceptions=True)

    assert task.cancelled()
    assert await desk.words() == ["begun"]


async def test_who_gives_up_twice_hears_so_when_it_is_written_too(desk: Desk) -> None:
    desk.held.clear()
    task = asyncio.create_task(desk.writer.write(says("begun")))
    for _ in range(4):
        await asyncio.sleep(0)  # not a wait: the group is taken, held up, and it is told to stop again and again
        task.cancel()
    still_waited = not task.done()
    desk.held.set()
    await asyncio.gather(task, return_exceptions=True)

    assert still_waited
    assert task.cancelled()
    assert await desk.words() == ["begun"]


async def test_nobody_waits_for_a_silent_disk_for_ever(desk: Desk) -> None:
    """Neither who closes, nor who waits to write, nor who wanted to stop waiting."""
    writer = Writer(desk._thread, Path("desk.db"), silent_seconds=0.05)
    desk.held.clear()
    first, second, stopped = (asyncio.create_task(writer.write(says(word))) for word in ("one", "two", "three"))
    await asyncio.sleep(0)  # not a wait: the group is taken
    await asyncio.sleep(0)  # not a wait: and held up
    stopped.cancel()

    await writer.close()

    for task in (first, second):
        with pytest.raises(StorageError, match="the disk does not answer"):
            await task
    with pytest.raises(asyncio.CancelledError):
        await stopped
    with pytest.raises(StorageError, match="the disk does not answer"):
        await writer.write(says("late"))
    desk.held.set()
    assert writer._turn is not None
    await asyncio.wait([writer._turn])


class Stubborn(sqlite3.Connection):
    """A disk that takes nothing any more, not even a step back."""

    def rollback(self) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
        if sql == "COMMIT":
            raise sqlite3.OperationalError("disk I/O error")
        return super().execute(sql, *values)


@pytest.mark.parametrize("many", [1, 3])
async def test_what_can_be_neither_finished_nor_undone_is_the_end(tmp_path: Path, many: int) -> None:
    """Or every later write would fail, and the bot would go on and on as if it served anybody."""
    with closing(sqlite3.connect(tmp_path / "desk.db", factory=Stubborn, check_same_thread=False)) as connection:
        connection.isolation_level = None
        connection.execute("CREATE TABLE words (word TEXT UNIQUE)")

        async def thread(function: Callable[[sqlite3.Connection], Any]) -> Any:
            return function(connection)

        writer = Writer(thread, tmp_path / "desk.db")
        over = asyncio.create_task(writer.broke())
        works = [writer.write(says(str(number))) for number in range(many)]
        ends = await asyncio.gather(*works, return_exceptions=True)
        ends += await asyncio.gather(writer.write(says("later")), return_exceptions=True)
        await asyncio.wait([over])

    assert {type(end) for end in ends} == {Stuck}
    assert isinstance(over.exception(), Stuck)
