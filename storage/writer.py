"""The one hand that writes: whoever waits shares one transaction, and so one wait for the disk."""

import asyncio
import sqlite3
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn, Protocol, TypeVar, cast

import structlog

from routing.ports import Overloaded
from storage.driver import Row, Statements, StorageError, Value, Work
from storage.problems import translated

T = TypeVar("T")

TOGETHER = 256
WAITING_MAX = 2_000
# How long a disk may be silent before nobody waits for it any more: whoever stops us kills us a little later.
SILENT_SECONDS = 5.0

log = structlog.get_logger(__name__)


class Thread(Protocol):
    """Where the connection lives: runs a function there, one after the other."""

    async def __call__(self, function: Callable[[sqlite3.Connection], Any], /) -> Any: ...


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Job:
    work: Work[Any]
    done: asyncio.Future[Any]


class Writer:
    """Each work is whole or not at all, and counts only when all of its group is on the disk."""

    def __init__(
        self, thread: Thread, path: Path, *, waiting_max: int = WAITING_MAX, silent_seconds: float = SILENT_SECONDS
    ) -> None:
        self._thread = thread
        self._path = path
        self._waiting_max = waiting_max
        self._silent_seconds = silent_seconds
        self._waiting: deque[_Job] = deque()
        self._in_hand: Sequence[_Job] = ()
        self._broken = Broken()
        self._turn: asyncio.Task[None] | None = None

    async def write(self, work: Work[T], *, or_refuse: bool = False) -> T:
        """Durable when this returns. Whoever is cancelled, however often, hears so when it is sure whether it was
        written, or when the disk has been silent for too long.

        Who can be told again later asks `or_refuse`, and is refused while too many wait.
        """
        if self._broken.problem:
            raise self._broken.problem
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

    async def broke(self) -> NoReturn:
        """Raises when nothing can be written any more."""
        raise await self._broken.wait()

    async def close(self) -> None:
        """What was begun is finished, unless the disk is silent."""
        try:
            async with asyncio.timeout(self._silent_seconds):
                while self._turn:
                    await asyncio.wait([self._turn])
        except TimeoutError:
            self._give_up(StorageError(f"{self._path} was closed: the disk does not answer."))

    def _give_up(self, problem: StorageError) -> None:
        """Nobody waits for this connection any more, and nobody begins to."""
        log.error("storage broke", why=str(problem))
        self._broken.because(problem)
        for job in (*self._in_hand, *self._waiting):
            _tell(job, _Failed(problem))
        self._waiting.clear()

    async def _given_up(self, job: _Job) -> None:
        if job in self._waiting:
            self._waiting.remove(job)
        else:
            await _in_spite_of_all(job.done, self._silent_seconds)
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
        self._in_hand = group
        try:
            ends = await self._thread(lambda connection: _written(connection, works, self._path))
        except ValueError as problem:  # aiosqlite's word for a connection that was closed
            ends = [_Failed(StorageError(f"{self._path} was closed: {problem}."))] * len(group)
        except Stuck as problem:
            self._give_up(problem)
            return
        finally:
            self._in_hand = ()
        for job, end in zip(group, ends, strict=True):
            _tell(job, end)


class Stuck(StorageError):
    """A transaction can be neither finished nor undone: nothing else will ever be written through this connection."""


class Broken:
    """Whether it is over, and why."""

    def __init__(self) -> None:
        self.problem: StorageError | None = None
        self._is_over = asyncio.Event()

    def because(self, problem: StorageError) -> None:
        self.problem = self.problem or problem
        self._is_over.set()

    async def wait(self) -> StorageError:
        await self._is_over.wait()
        assert self.problem is not None, "it is over because of something"
        return self.problem


async def _in_spite_of_all(done: asyncio.Future[Any], seconds: float) -> None:
    """Whoever is told to stop once more hears that it was told to stop, when it is sure what became of it."""
    loop = asyncio.get_running_loop()
    until = loop.time() + seconds
    while not done.done() and loop.time() < until:
        with suppress(asyncio.CancelledError):
            await asyncio.wait([done], timeout=until - loop.time())


@dataclass(frozen=True, slots=True)
class _Failed:
    problem: Exception


def _tell(job: _Job, end: object) -> None:
    if job.done.done():
        return  # The disk was silent for so long that nobody waits any more.
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
    except Exception as problem:
        _undo(connection)
        if connection.in_transaction:
            raise Stuck(
                f"{path} is stuck in a transaction that can neither be finished nor undone. Check the disk it is on; "
                "nothing that was confirmed is lost."
            ) from problem
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
    # Where even that fails, SQLite may have undone it already. If not, it will when the file is opened again.
    with suppress(sqlite3.Error):
        connection.rollback()
