"""How the database is doing: its shape, its size, and what it owes. Only reads."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from storage.driver import Driver
from storage.rows import micros

# With the courier's patience, so many failures take a quarter of an hour.
MANY_FAILURES = 10

_OWED = """
SELECT count(*) AS owed
FROM notices
WHERE state IN ('ready', 'leased') AND (coalesce(lease_until, run_at) < ? OR failures >= ?)
"""
_GIVEN_UP = """
SELECT why, count(*) AS times
FROM notices
WHERE state = 'dead' AND run_at >= ?
GROUP BY why
ORDER BY times DESC, why
"""
_UNREAD = "SELECT count(*) AS letters FROM inbox WHERE state = 'unread' AND received_at < ?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    file_bytes: int
    wal_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """`owed`: notices due or tried for long; `given_up`: how many for which reason; `unread`: Slack's letters."""

    owed: int
    given_up: dict[str, int]
    unread: int


def size_of(path: Path) -> Size:
    """What was written and not yet moved into the file stands in a second one beside it, the WAL."""
    wal = path.with_name(path.name + "-wal")
    return Size(file_bytes=path.stat().st_size, wal_bytes=wal.stat().st_size if wal.exists() else 0)


async def last_migration(driver: Driver) -> str:
    rows = await driver.reading.run("SELECT name FROM migrations ORDER BY number DESC LIMIT 1")
    return str(rows[0]["name"]) if rows else ""


async def entries_in_audit(driver: Driver) -> int:
    return int((await driver.reading.run("SELECT count(*) AS entries FROM audit"))[0]["entries"])


async def backlog(driver: Driver, *, due_before: datetime, given_up_since: datetime) -> Backlog:
    before = micros(due_before)
    return Backlog(
        owed=(await driver.reading.run(_OWED, before, MANY_FAILURES))[0]["owed"],
        given_up={row["why"]: row["times"] for row in await driver.reading.run(_GIVEN_UP, micros(given_up_since))},
        unread=(await driver.reading.run(_UNREAD, before))[0]["letters"],
    )
