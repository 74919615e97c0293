"""Bringing a database to the shape the code expects: numbered steps, each applied once, none ever edited."""

import hashlib
import re
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib import resources

from routing.ports import Clock
from storage.driver import ChangedMigration, Driver, NewerDatabase, OlderDatabase, Statements, StorageError
from storage.rows import micros

FILE_NAME = re.compile(r"(?P<number>\d{4})_[a-z0-9_]+\.sql")

LEDGER = """
CREATE TABLE IF NOT EXISTS migrations (
    number INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    applied_at INTEGER NOT NULL
)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    number: int
    name: str
    sql: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()


def shipped() -> tuple[Migration, ...]:
    """The migrations in this code, in order and without a gap."""
    folder = resources.files("storage") / "migrations"
    found = []
    for file in folder.iterdir():
        if match := FILE_NAME.fullmatch(file.name):
            sql = file.read_text(encoding="utf-8")
            found.append(Migration(number=int(match["number"]), name=file.name, sql=sql))
    ordered = tuple(sorted(found, key=lambda migration: migration.number))
    assert [each.number for each in ordered] == list(range(1, len(ordered) + 1)), "migrations are numbered 1, 2, 3, …"
    return ordered


async def migrate(driver: Driver, migrations: Sequence[Migration], clock: Clock) -> None:
    """Apply what is missing, each in its own transaction."""
    applied = await _checked(driver, migrations)
    for migration in migrations[applied:]:
        await _apply(driver, migration, clock())


async def must_be_current(driver: Driver, migrations: Sequence[Migration]) -> None:
    """For readers, who cannot upgrade what they read."""
    if await _checked(driver, migrations) < len(migrations):
        raise OlderDatabase("This database was written by an older Frontdesk. Start the bot once to upgrade it.")


async def _checked(driver: Driver, migrations: Sequence[Migration]) -> int:
    """How many are applied, once it is sure that they are ours."""
    tables = await driver.tables()
    if "migrations" not in tables:
        if tables:
            raise StorageError("This database belongs to another program. Name another file.")
        return 0
    rows = await driver.reading.run("SELECT number, name, sha256 FROM migrations ORDER BY number")
    if len(rows) > len(migrations):
        raise NewerDatabase(
            f"A newer Frontdesk has written this database ({rows[-1]['name']}). Install that version or a later one."
        )
    for row, migration in zip(rows, migrations, strict=False):
        if row["sha256"] != migration.sha256:
            raise ChangedMigration(
                f"The migration {row['name']} was changed after it was applied here. Restore it; add a new one instead."
            )
    return len(rows)


async def _apply(driver: Driver, migration: Migration, now: datetime) -> None:
    async def applied(tx: Statements) -> None:
        await tx.run(LEDGER)
        for statement in _statements(migration.sql):
            await tx.run(statement)
        row = (migration.number, migration.name, migration.sha256, micros(now))
        await tx.run("INSERT INTO migrations (number, name, sha256, applied_at) VALUES (?, ?, ?, ?)", *row)

    await driver.write(applied)


def _statements(sql: str) -> Iterator[str]:
    """Statements one by one: a script run whole would commit on its own. A trigger's inner semicolons end nothing."""
    pending = ""
    for line in sql.splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):
            yield pending
            pending = ""
    assert not pending.strip(), "a migration ends with a semicolon"
