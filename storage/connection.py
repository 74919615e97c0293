"""SQLite through aiosqlite: one file, one bot, one writer, and readers that never wait for it."""

import asyncio
import fcntl
import logging
import os
import sqlite3
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import TextIO

import aiosqlite

from storage.driver import InUse, Row, Statements, StorageError, Value

OLDEST_SQLITE = (3, 35)
THREAD_SECONDS = 1.0

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

SENTENCES = {
    sqlite3.SQLITE_FULL: "The disk is full: {path} cannot grow. Free some space; nothing that was confirmed is lost.",
    sqlite3.SQLITE_BUSY: "Another program keeps {path} locked. Close it and try again.",
    sqlite3.SQLITE_LOCKED: "Another program keeps {path} locked. Close it and try again.",
    sqlite3.SQLITE_NOTADB: "{path} is not a database. Name another file, or restore this one from a backup.",
    sqlite3.SQLITE_CORRUPT: "{path} is damaged. Stop the bot and restore the file from a backup.",
    sqlite3.SQLITE_READONLY: "No permission to write {path}. Let the bot's user write to the file and its folder.",
    sqlite3.SQLITE_PERM: "No permission to use {path}. Let the bot's user read and write the file and its folder.",
    sqlite3.SQLITE_CANTOPEN: "{path} cannot be opened. Check that it is a file and that its folder may be written to.",
    sqlite3.SQLITE_IOERR: "Reading or writing {path} failed. Check the disk it is on.",
}

# At debug level aiosqlite logs every statement with its values, and the values are people's words.
logging.getLogger("aiosqlite").setLevel(logging.INFO)


class Connection:
    """One open connection. Statements of one transaction must not meet those of another: see `Sqlite.writing`."""

    def __init__(self, connection: aiosqlite.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path

    async def run(self, sql: str, *values: Value) -> Sequence[Row]:
        with translated(self._path):
            return list(await self._connection.execute_fetchall(sql, values))

    async def roll_back(self) -> None:
        """Harmless without a transaction. Queued at once, so that even a cancelled caller leaves nothing open."""
        with translated(self._path):
            await self._connection.rollback()


class Sqlite:
    """The driver. Without a writer it only reads."""

    def __init__(self, path: Path, *, reader: Connection, writer: Connection | None) -> None:
        self._path = path
        self._reader = reader
        self._writer = writer
        # A connection is one transaction for all coroutines: another's rollback would undo ours.
        self._turn = asyncio.Lock()

    @property
    def reading(self) -> Statements:
        return self._reader

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[Statements]:
        if self._writer is None:
            raise StorageError(f"{self._path} was opened for reading only.")
        async with self._turn:
            try:
                await self._writer.run("BEGIN IMMEDIATE")
                yield self._writer
                await self._writer.run("COMMIT")
            except BaseException:
                await self._writer.roll_back()
                raise

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Statements]:
        async with connected(self._path, "ro", READER) as connection:
            await connection.run("BEGIN")
            yield connection

    async def tables(self) -> frozenset[str]:
        rows = await (self._writer or self._reader).run("SELECT name FROM sqlite_master WHERE type = 'table'")
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
        yield Sqlite(path, reader=reader, writer=writer)


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
        with translated(path):
            await opened.close()


async def _opened(opening: aiosqlite.Connection) -> aiosqlite.Connection:
    """A file that cannot be opened stops its thread, but aiosqlite does not wait for it to be told so."""
    try:
        return await opening
    except sqlite3.Error:
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


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn what the driver or the file system says into one sentence."""
    try:
        yield
    except sqlite3.Error as problem:
        raise StorageError(_sentence(path, problem)) from problem
    except UnicodeEncodeError as problem:
        raise StorageError("A text with half a character (a lone surrogate) cannot be stored.") from problem
    except FileNotFoundError as problem:
        raise StorageError(f"The folder {path.parent} does not exist. Create it, or name another file.") from problem
    except PermissionError as problem:
        raise StorageError(SENTENCES[sqlite3.SQLITE_PERM].format(path=path)) from problem
    except OSError as problem:
        raise StorageError(f"{path} cannot be used: {problem.strerror}.") from problem


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


def _sentence(path: Path, problem: sqlite3.Error) -> str:
    # Extended codes keep the plain one in their low byte.
    code = getattr(problem, "sqlite_errorcode", 0) & 0xFF
    return SENTENCES.get(code, "The database {path} refused: {problem}.").format(path=path, problem=problem)


def _must_exist(path: Path) -> None:
    if not path.exists():
        raise StorageError(f"There is no database at {path}. Start the bot once, or name another file.")
