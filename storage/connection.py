"""SQLite through aiosqlite: one file, one bot, one writer, and readers that never wait for it."""

import asyncio
import fcntl
import logging
import os
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import TextIO, TypeVar, cast

import aiosqlite

from storage.driver import InUse, Row, Statements, StorageError, Value, Work
from storage.problems import translated
from storage.reader import Reader
from storage.writer import Writer

T = TypeVar("T")

OLDEST_SQLITE = (3, 35)
THREAD_SECONDS = 1.0
CLOSING_SECONDS = 5.0

COMMON = (
    "PRAGMA busy_timeout = 5000",
    "PRAGMA trusted_schema = OFF",
)
WRITER = (
    *COMMON,
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA recursive_triggers = ON",
    "PRAGMA secure_delete = ON",
    "PRAGMA journal_size_limit = 67108864",
)
READER = (
    *COMMON,
    "PRAGMA query_only = ON",
)

# At debug level aiosqlite logs every statement with its values, and the values are people's words.
logging.getLogger("aiosqlite").setLevel(logging.INFO)


class Connection:
    """One open connection."""

    def __init__(self, connection: aiosqlite.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path

    async def run(self, sql: str, *values: Value) -> Sequence[Row]:
        with translated(self._path):
            return list(await self._connection.execute_fetchall(sql, values))

    async def on_its_thread(self, function: Callable[[sqlite3.Connection], T]) -> T:
        """Many statements for the price of one: between two of them nobody else gets a word in."""
        opened = self._connection
        queue = cast(Callable[[Callable[[], T]], Awaitable[T]], opened._execute)  # noqa: SLF001 - it has no other door
        return await queue(lambda: function(opened._conn))  # noqa: SLF001 - nor to its connection


class Sqlite:
    """The driver. Without a writer it only reads."""

    def __init__(self, path: Path, *, reader: Connection, writer: Connection | None) -> None:
        self._path = path
        self._reader = Reader(reader.on_its_thread, path)
        self._writer = Writer(writer.on_its_thread, path) if writer else None

    @property
    def reading(self) -> Statements:
        return self._reader

    async def write(self, work: Work[T], *, or_refuse: bool = False) -> T:
        if self._writer is None:
            raise StorageError(f"{self._path} was opened for reading only.")
        return await self._writer.write(work, or_refuse=or_refuse)

    async def broke(self) -> None:
        if self._writer:
            await self._writer.broke()
        await asyncio.Event().wait()

    async def settled(self) -> None:
        """What was begun is written."""
        if self._writer:
            await self._writer.close()
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSING_SECONDS):
                await self._reader.close()

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Statements]:
        async with connected(self._path, "ro", READER) as connection:
            await connection.run("BEGIN")
            yield connection

    async def tables(self) -> frozenset[str]:
        rows = await self._reader.run("SELECT name FROM sqlite_master WHERE type = 'table'")
        return frozenset(row["name"] for row in rows if not row["name"].startswith("sqlite_"))


@asynccontextmanager
async def open_sqlite(path: Path, *, read_only: bool) -> AsyncIterator[Sqlite]:
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        raise StorageError(f"SQLite {sqlite3.sqlite_version} is too old: Frontdesk needs 3.35 or newer.")
    async with AsyncExitStack() as stack:
        writer = None
        if read_only:
            _must_exist(path)
        else:
            stack.enter_context(served(path))
            writer = await stack.enter_async_context(connected(path, "rw", WRITER))
        reader = await stack.enter_async_context(connected(path, "ro", READER))
        driver = Sqlite(path, reader=reader, writer=writer)
        try:
            yield driver
        finally:
            await driver.settled()


@asynccontextmanager
async def connected(path: Path, mode: str, pragmas: Sequence[str]) -> AsyncIterator[Connection]:
    with translated(path):
        opened = await _opened(aiosqlite.connect(f"{path.as_uri()}?mode={mode}", uri=True, isolation_level=None))
    try:
        opened.row_factory = sqlite3.Row
        connection = Connection(opened, path)
        for pragma in pragmas:
            await connection.run(pragma)
        yield connection
    finally:
        # The disk may be silent: then its thread is left behind, and ends with the process.
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSING_SECONDS):
                with translated(path):
                    await opened.close()


async def _opened(opening: aiosqlite.Connection) -> aiosqlite.Connection:
    """When it cannot be opened, or nobody wants it any more, its thread ends; but aiosqlite does not wait for that."""
    try:
        return await opening
    except (sqlite3.Error, asyncio.CancelledError):
        # It has a word to say to this loop, which may be closed a moment from now.
        opening._thread.join(THREAD_SECONDS)  # noqa: SLF001 - there is no other way to wait for it
        raise


@contextmanager
def served(path: Path) -> Iterator[None]:
    """Hold the file for this process, creating it when it is new. The lock ends with the process, however it ends."""
    with translated(path):
        lock = path.with_name(path.name + ".lock").open("a+", encoding="ascii")
    with lock:
        with translated(path):
            _hold(lock, path)
            # People's words are in here: only the bot's own user reads them.
            path.touch(mode=0o600)
        yield


def _hold(lock: TextIO, path: Path) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as problem:
        lock.seek(0)
        raise InUse(
            f"{path} is in use by another bot (process {lock.read().strip() or 'unknown'}). "
            "Stop that one first: one bot serves a file. Commands that only read can run beside it."
        ) from problem
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()


def _must_exist(path: Path) -> None:
    if not path.exists():
        raise StorageError(f"There is no database at {path}. Start the bot once, or name another file.")
