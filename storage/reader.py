"""The one eye that reads: whoever asks at the same moment shares one change of threads."""

import asyncio
import sqlite3
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from storage.driver import Row, StorageError, Value
from storage.problems import translated
from storage.writer import Thread

TOGETHER = 64


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Question:
    sql: str
    values: tuple[Value, ...]
    answer: asyncio.Future[Sequence[Row]]


class Reader:
    """The port `Statements` for single statements, each of which sees the moment in which it is run."""

    def __init__(self, thread: Thread, path: Path) -> None:
        self._thread = thread
        self._path = path
        self._waiting: deque[_Question] = deque()
        self._turn: asyncio.Task[None] | None = None

    async def run(self, sql: str, *values: Value) -> Sequence[Row]:
        answer: asyncio.Future[Sequence[Row]] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Question(sql=sql, values=values, answer=answer))
        if self._turn is None:
            self._turn = asyncio.create_task(self._read_all())
        return await answer

    async def close(self) -> None:
        while self._turn:
            await asyncio.wait([self._turn])

    async def _read_all(self) -> None:
        try:
            while self._waiting:
                some = [self._waiting.popleft() for _ in range(min(TOGETHER, len(self._waiting)))]
                await self._answer([one for one in some if not one.answer.done()])
        finally:
            self._turn = None

    async def _answer(self, questions: Sequence[_Question]) -> None:
        try:
            answers = await self._thread(lambda connection: [_read(connection, one, self._path) for one in questions])
        except ValueError as problem:  # aiosqlite's word for a connection that was closed
            answers = [StorageError(f"{self._path} was closed: {problem}.")] * len(questions)
        for one, answer in zip(questions, answers, strict=True):
            if one.answer.done():
                continue  # Whoever asked does not wait any more.
            if isinstance(answer, Exception):
                one.answer.set_exception(answer)
            else:
                one.answer.set_result(answer)


def _read(connection: sqlite3.Connection, question: _Question, path: Path) -> Sequence[Row] | Exception:
    try:
        with translated(path):
            return connection.execute(question.sql, question.values).fetchall()
    except Exception as problem:  # noqa: BLE001 - whatever it was, it is told to whoever asked
        return problem
