"""The one hand that writes: whoever waits shares one transaction, and so one wait for the disk."""

import asyncio
import sqlite3
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar, cast

from routing.ports import Overloaded
from storage.driver import Row, Statements, StorageError, Value, Work
from storage.problems import translated

T = TypeVar("T")

TOGETHER = 256
WAITING_MAX = 2_000


class Thread(Protocol):
    """Where the connection lives: runs a function there, one after the other."""

    async def __call__(self, function: Callable[[sqlite3.Connection], Any], /) -> Any: ...


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Job:
    work: Work[Any]
    done: asyncio.Future[Any]


class Writer:
    """Each work is whole or not at all, and counts only when all of its group is on the disk."""

    def __init__(self, thread: Thread, path: Path, *, waiting_max: int = WAITING_MAX) -> None:
        self._thread = thread
        self._path = path
        self._waiting_max = waiting_max
        self._waiting: deque[_Job] = deque()
        self._turn: asyncio.Task[None] | None = None

    async def write(self, work: Work[T], *, or_refuse: bool = False) -> T:
        """Durable when this returns. Whoever is cancelled hears so when it is sure whether it was written.

        Who can be told again later asks `or_refuse`, and is refused while too many wait.
        """
        if or_refuse and len(self._waiting) >= self._waiting_max:
            raise Overloaded(f"{len(self._waiting):,} are waiting to be written: the disk does not keep up.")
        job = _Job(work=work, done=asyncio.get_running_loop().create_future())
        self._waiting.append(job)
        if self._turn is None:
            self._turn = asyncio.create_task(self._write_all())
        try:
            return cast(T, await asyncio.shield(job.done))
        except asyncio.CancelledError:
            await self._given_up(job)
            raise

    async def close(self) -> None:
        """What was begun is finished."""
        while self._turn:
            await asyncio.wait([self._turn])

    async def _given_up(self, job: _Job) -> None:
        if job in self._waiting:
            self._waiting.remove(job)
        else:
            await asyncio.wait([job.done])
        job.done.cancel()

    async def _write_all(self) -> None:
        try:
            while group := self._next_group():
                await self._settle(group)
        finally:
            self._turn = None

    def _next_group(self) -> Sequence[_Job]:
        return [self._waiting.popleft() for _ in range(min(TOGETHER, len(self._waiting)))]

    async def _settle(self, group: Sequence[_Job]) -> None:
        works = [job.work for job in group]
        try:
            ends = await self._thread(lambda connection: _written(connection, works, self._path))
        except ValueError as problem:  # aiosqlite's word for a connection that was closed
            ends = [_Failed(StorageError(f"{self._path} was closed: {problem}."))] * len(group)
        for job, end in zip(group, ends, strict=True):
            _tell(job, end)


@dataclass(frozen=True, slots=True)
class _Failed:
    problem: Exception


def _tell(job: _Job, end: object) -> None:
    if isinstance(end, _Failed):
        job.done.set_exception(end.problem)
        job.done.exception()  # Whoever gave up waiting does not have to ask.
    else:
        job.done.set_result(end)


class _Inside:
    """The statements of the transaction that this thread is in. Nothing here ever waits."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path

    async def run(self, sql: str, *values: Value) -> Sequence[Row]:
        with translated(self._path):
            return self._connection.execute(sql, values).fetchall()


def _written(connection: sqlite3.Connection, works: Sequence[Work[Any]], path: Path) -> list[Any]:
    """What each work returned, or a `_Failed`. Where all cannot be written together, each is tried alone."""
    try:
        return _together(connection, works, path)
    except Exception as problem:  # noqa: BLE001 - whatever it was, it is told to whoever asked for it
        _undo(connection)
        if len(works) == 1:
            return [_Failed(problem)]
    return [end for work in works for end in _written(connection, [work], path)]


def _together(connection: sqlite3.Connection, works: Sequence[Work[Any]], path: Path) -> list[Any]:
    tx = _Inside(connection, path)
    with translated(path):
        connection.execute("BEGIN IMMEDIATE")
    is_alone = len(works) == 1
    ends = [_whole(work(tx)) if is_alone else _apart(connection, work, tx) for work in works]
    with translated(path):
        connection.execute("COMMIT")
    return ends


def _apart(connection: sqlite3.Connection, work: Work[Any], tx: Statements) -> Any:
    """One work of a group: what it did is undone alone when it fails, unless SQLite has undone the whole group."""
    connection.execute("SAVEPOINT apart")
    try:
        end = _whole(work(tx))
    except Exception as problem:
        if not connection.in_transaction:
            raise
        connection.execute("ROLLBACK TO apart")
        end = _Failed(problem)
    connection.execute("RELEASE apart")
    return end


def _whole(working: Awaitable[T]) -> T:
    """Run it here and now: inside a transaction there is nothing to wait for."""
    assert isinstance(working, Coroutine)
    try:
        working.send(None)
    except StopIteration as end:
        returned: T = end.value
        return returned
    working.close()
    raise RuntimeError("a transaction waits for nothing but its own statements")


def _undo(connection: sqlite3.Connection) -> None:
    # Where even that fails, SQLite has undone it already, or will when the file is opened again.
    with suppress(sqlite3.Error):
        connection.rollback()
