"""The database: can it be read beside the bot, is there room to grow, does the audit hold, is anything stuck."""

import os
import shutil
from datetime import datetime
from pathlib import Path

from bot.checks.bounds import MEGABYTE, Bounds
from bot.checks.finding import Finding, doubt, failure, fine
from routing.ports import Clock
from storage.audit import verify
from storage.driver import OlderDatabase, StorageError
from storage.health import backlog, entries_in_audit, last_migration, size_of
from storage.sqlite import Store, file_of, open_store

GIGABYTE = 1_000 * MEGABYTE


async def database_checks(url: str, clock: Clock, bounds: Bounds) -> list[Finding]:
    """Opened for reading only, as `frontdesk audit` does: a running bot does not notice."""
    path = file_of(url)
    if not path.exists():
        return [_not_yet(path), *_disk(path, bounds)]
    try:
        async with open_store(url, clock=clock, read_only=True) as store:
            found = await _file(store, path, bounds)
            return [*found, *_disk(path, bounds), await _audit(store, bounds), *await _stuck(store, clock(), bounds)]
    except OlderDatabase:
        sentence = "Written by an older Frontdesk: the next start upgrades it. The audit was not looked at."
        return [doubt("database", sentence), *_disk(path, bounds)]
    except StorageError as problem:
        return [failure("database", str(problem)), *_disk(path, bounds)]


def _not_yet(path: Path) -> Finding:
    if not path.parent.is_dir():
        return failure("database", f"The folder {path.parent} does not exist. Create it, or name another file.")
    if not os.access(path.parent, os.W_OK | os.X_OK):
        return failure("database", f"No permission to create {path}. Let the bot's user write to its folder.")
    return fine("database", f"None yet: the first start creates {path}.")


async def _file(store: Store, path: Path, bounds: Bounds) -> list[Finding]:
    size = size_of(path)
    found = []
    if not (os.access(path, os.W_OK) and os.access(path.parent, os.W_OK | os.X_OK)):
        found.append(
            failure("database", f"No permission to write {path}. Let the bot's user write to it and its folder.")
        )
    if size.wal_bytes > bounds.wal_bytes_most:
        found.append(
            doubt(
                "database",
                f"{_bytes(size.wal_bytes)} wait beside {path.name} in its WAL: another program keeps the file open, "
                "such as a backup. End it.",
            )
        )
    sizes = f"{_bytes(size.file_bytes)}, WAL {_bytes(size.wal_bytes)}"
    return found or [fine("database", f"{path}: {await last_migration(store.driver)}, {sizes}.")]


def _disk(path: Path, bounds: Bounds) -> list[Finding]:
    folder = next((one for one in path.parents if one.is_dir()), Path("/"))
    free = shutil.disk_usage(folder).free
    left = f"{_bytes(free)} free where the database is"
    if free < bounds.free_bytes_needed:
        return [failure("disk", f"Only {left}: free some space now. When it is full, no request is taken any more.")]
    if free < bounds.free_bytes_wanted:
        return [doubt("disk", f"Only {left}: free some space before it is full.")]
    return [fine("disk", f"{left}.")]


async def _audit(store: Store, bounds: Bounds) -> Finding:
    found = await verify(store, most=bounds.audit_entries_most)
    if found.problem:
        advice = "Keep a copy of the file, and compare it with a backup."
        return failure("audit", f"Broken at entry {found.problem.seq}: {found.problem.sentence} {advice}")
    if found.has_more:
        entries = await entries_in_audit(store.driver)
        rest = "frontdesk audit verify checks them all"
        return fine("audit", f"The first {found.entries:,} of {entries:,} entries follow from each other; {rest}.")
    return fine("audit", f"Whole: {found.entries:,} entries, every one follows from the last.")


async def _stuck(store: Store, now: datetime, bounds: Bounds) -> list[Finding]:
    late = await backlog(store.driver, due_before=now - bounds.owed_for, given_up_since=now - bounds.given_up_since)
    minutes = bounds.owed_for.total_seconds() / 60
    found = []
    if late.owed:
        found.append(
            f"Notices owed for more than {minutes:g} minutes: {late.owed}. Is the bot running? Its log says why."
        )
    if late.given_up:
        why = ", ".join(f"{reason} {times}" for reason, times in list(late.given_up.items())[:3])
        days = bounds.given_up_since.days
        found.append(
            f"Notices given up in the last {days} days: {sum(late.given_up.values())} ({why}). "
            "Nobody was told: see the bot's log, and tell them."
        )
    if late.unread:
        found.append(f"Slack's events not read to the end: {late.unread}. The next start reads them again.")
    return [doubt("outbox", one) for one in found] or [
        fine("outbox", "Nothing is owed for long, nothing was given up.")
    ]


def _bytes(count: int) -> str:
    if count >= GIGABYTE:
        return f"{count / GIGABYTE:,.1f} GB"
    return f"{count / MEGABYTE:,.1f} MB"
