"""Opening what the desk remembers, and its four doors: cases, notices owed, letters received, and what Claude costs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from routing.ports import Cases, Clock, Inbox, Outbox
from storage.cases import SqlCases
from storage.connection import open_sqlite
from storage.driver import Driver, StorageError
from storage.inbox import SqlInbox
from storage.ledger import SqlLedger
from storage.migrate import migrate, must_be_current, shipped
from storage.outbox import SqlOutbox

PREFIX = "sqlite:///"


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    cases: Cases
    outbox: Outbox
    inbox: Inbox
    ledger: SqlLedger
    driver: Driver


@asynccontextmanager
async def open_store(url: str, *, clock: Clock, read_only: bool = False) -> AsyncIterator[Store]:
    """Open the database at `url`, upgrading it if need be. `read_only` opens it beside a running bot.

    `sqlite:///frontdesk.db` is relative to the working directory, `sqlite:////var/lib/frontdesk.db` is absolute.
    Raises StorageError (InUse, NewerDatabase) with a sentence for the person who starts the bot.
    """
    async with open_sqlite(file_of(url), read_only=read_only) as driver:
        if read_only:
            await must_be_current(driver, shipped())
        else:
            await migrate(driver, shipped(), clock)
        outbox, ledger = SqlOutbox(driver), SqlLedger(driver, clock)
        if not read_only:
            await outbox.end_leases()
            await ledger.end_calls(clock())
        yield Store(cases=SqlCases(driver), outbox=outbox, inbox=SqlInbox(driver), ledger=ledger, driver=driver)


def file_of(url: str) -> Path:
    """Where the database at `url` is, or will be."""
    path = url.removeprefix(PREFIX)
    if path in {url, "", ":memory:"}:
        # The URL is not repeated: one for another engine may hold a password.
        raise StorageError("The database must be a SQLite file, written like sqlite:///frontdesk.db.")
    # Two ways to write one path are one file, with one lock.
    return Path(path).resolve()
