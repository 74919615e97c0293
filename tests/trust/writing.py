"""The real store in a process of its own, written to by several at once: `python -m tests.trust.writing FILE COUNT`.

Each acknowledgement is a line on standard output, written the moment it is known. Meanwhile others open the file beside
it, read, and close it again. With `hasty` as a third word every connection waits for the disk as little as
`synchronous=NORMAL` does: what a test must notice.
"""

import asyncio
import os
import sqlite3
import sys
from functools import partial
from typing import Any

from routing.model import Text
from routing.ports import Letter
from storage.sqlite import Store, open_store
from tests.make import NOW, a_case, a_notice, a_request, an_entry, an_outcome

CALLERS = 8
TELL = 1  # standard output, without a buffer in between


class Hasty(sqlite3.Connection):
    """However the connection is opened, and whoever asks it to wait for the disk."""

    def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
        return super().execute(sql.replace("synchronous = FULL", "synchronous = NORMAL"), *values)


async def write(url: str, count: int) -> None:
    async with open_store(url, clock=lambda: NOW) as store:
        turns = iter(range(count))
        done = asyncio.Event()
        looking = asyncio.create_task(_looks(url, done))
        await asyncio.gather(*(_caller(store, turns) for _ in range(CALLERS)))
        done.set()
        await looking


async def _looks(url: str, done: asyncio.Event) -> None:
    while not done.is_set():
        async with open_store(url, clock=lambda: NOW, read_only=True) as beside:
            await beside.cases.undecided()


async def _caller(store: Store, turns: Any) -> None:
    """A letter, then what came of it: each is told when the store says so."""
    for number in turns:
        letter = Letter(key=f"letter-{number}", raw=b"words " * 40, received_at=NOW)
        assert await store.inbox.keep(letter), "every letter is another one"
        os.write(TELL, f"letter-{number}\n".encode())
        name = f"case-{number}"
        text = Text(id=f"text-of-{name}", kind="reason", body="because")
        case = a_case(name, request=a_request(name))
        notice = a_notice(f"card:{name}", to=f"C-{name}")
        await store.cases.settle(an_outcome(case, entries=(an_entry(text=text.id),), texts=(text,), notices=(notice,)))
        os.write(TELL, f"{name}\n".encode())


if __name__ == "__main__":
    if "hasty" in sys.argv[3:]:
        sqlite3.connect = partial(sqlite3.connect, factory=Hasty)  # type: ignore[assignment] # it has many signatures
    asyncio.run(write(f"sqlite:///{sys.argv[1]}", int(sys.argv[2])))
