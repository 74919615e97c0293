"""The file of an archive: held by one process, opened carefully, and told about in sentences when it cannot be read."""

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

VERSION = 1
PATIENCE_SECONDS = 1.0

SCHEMA = (
    """
    CREATE TABLE messages (
        place INTEGER PRIMARY KEY,
        channel TEXT NOT NULL,
        ts TEXT NOT NULL,
        message TEXT NOT NULL,
        UNIQUE (channel, ts)
    )
    """,
    """
    CREATE TABLE things (
        place INTEGER PRIMARY KEY,
        kind TEXT NOT NULL,
        id TEXT NOT NULL,
        was TEXT NOT NULL,
        now TEXT NOT NULL,
        UNIQUE (kind, id)
    )
    """,
    f"PRAGMA user_version = {VERSION}",
)


class ArchiveInUse(Exception):
    """Another process writes this file."""


class ArchiveDamaged(Exception):
    """The file is not, or no longer, one of ours, or the disk refuses it."""


@contextmanager
def held(path: Path) -> Iterator[None]:
    """The lock ends with the process, however it ends."""
    with usable(path):
        beside = path.with_name(path.name + ".lock")
        beside.touch(mode=0o600)
        lock = beside.open("r+", encoding="ascii", errors="replace")
    with lock:
        with usable(path):
            _hold(lock, path)
        yield


def _hold(lock: TextIO, path: Path) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as problem:
        holder = lock.read().strip() or "unknown"
        raise ArchiveInUse(f"{path} is in use by another process ({holder}); stop that one first.") from problem
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()


@contextmanager
def readable(path: Path) -> Iterator[None]:
    try:
        with usable(path):
            yield
    except (LookupError, TypeError, ValueError, AttributeError) as problem:
        raise ArchiveDamaged(_UNREADABLE.format(path=path)) from problem


@contextmanager
def usable(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as problem:
        # Extended codes keep the plain one in their low byte. Only a broken file is worth starting afresh.
        is_elsewhere = getattr(problem, "sqlite_errorcode", 0) & 0xFF in _TROUBLE_ELSEWHERE
        sentence = f"{path} cannot be used: {problem}." if is_elsewhere else _UNREADABLE.format(path=path)
        raise ArchiveDamaged(sentence) from problem
    except OSError as problem:
        raise ArchiveDamaged(f"{path} cannot be used: {problem.strerror}.") from problem


_UNREADABLE = "{path} cannot be read; start with --fresh."
_TROUBLE_ELSEWHERE = (
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_CANTOPEN,
)


def opened(path: Path) -> sqlite3.Connection:
    with usable(path):
        # What people write is nobody else's.
        path.touch(mode=0o600)
    connection = sqlite3.connect(path, isolation_level=None, timeout=PATIENCE_SECONDS)
    try:
        _prepare(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _prepare(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA trusted_schema = OFF")
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    is_new = version == 0 and not connection.execute("SELECT EXISTS (SELECT 1 FROM sqlite_master)").fetchone()[0]
    if not is_new and version != VERSION:
        raise ValueError(f"version {version}, not {VERSION}")
    if connection.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
        raise ValueError("damaged pages")
    connection.execute("PRAGMA journal_mode = WAL")
    # The end of this process loses nothing; a power cut may, and may damage the file.
    connection.execute("PRAGMA synchronous = OFF")
    if is_new:
        with transaction(connection):
            for statement in SCHEMA:
                connection.execute(statement)


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection
        connection.execute("COMMIT")
    except BaseException:
        # On some errors, a full disk among them, SQLite has rolled back by itself.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
