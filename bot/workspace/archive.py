"""What a workspace remembers from one run to the next: one SQLite file, written after every change.

Kept is what Slack keeps: messages, direct conversations, home tabs, the files the app has brought, what people changed
about channels, user groups and accounts, how far ids and stamps were counted, and the events the app has not
acknowledged yet. Whispers, modals, triggers, response URLs and files half brought end with the run.

The cast says who and what exists, and what people did is laid over it. What was spoken in or said stays: a channel the
cast dropped is still there with its messages, and an author the cast dropped is a closed account under their old name.
"""

import asyncio
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from bot.workspace.archive_file import ArchiveDamaged, ArchiveInUse, held, opened, readable, transaction, usable
from bot.workspace.changes import MessageDeleted, MessageEdited, MessagePosted, ReactionChanged
from bot.workspace.recollection import (
    ENCODER,
    count_on,
    put_back_actors,
    put_back_messages,
    read_messages,
    read_things,
)
from bot.workspace.state import Workspace

__all__ = ["Archive", "ArchiveDamaged", "ArchiveInUse", "open_archive"]

BATCH = 100
Key = tuple[str, str]  # a channel and a ts, or a kind of thing and its id
# One that changed stays in its place, as in the channel.
SAY = (
    "INSERT INTO messages (channel, ts, message) VALUES (?, ?, ?)"
    " ON CONFLICT (channel, ts) DO UPDATE SET message = excluded.message"
)
UNSAY = "DELETE FROM messages WHERE channel = ? AND ts = ?"
NOTE = (
    "INSERT INTO things (kind, id, was, now) VALUES (?, ?, ?, ?)"
    " ON CONFLICT (kind, id) DO UPDATE SET was = excluded.was, now = excluded.now"
)
UNNOTE = "DELETE FROM things WHERE kind = ? AND id = ?"


@contextmanager
def open_archive(path: Path) -> Iterator["Archive"]:
    """Hold the file for this process. It is read when first asked: a damaged one can still be cleared."""
    with held(path):
        archive = Archive(path)
        try:
            yield archive
        finally:
            archive.close()


class Archive:
    """Serves one workspace: `restore` into it, also from an empty file, then `keep` it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None
        self._cast: dict[Key, object] | None = None
        self._generation = 0
        self._seen = 0
        self._unwritten: dict[Key, None] = {}
        self._written: dict[Key, object] = {}

    @property
    def is_empty(self) -> bool:
        """Nobody has said anything yet."""
        with readable(self._path):
            return not self._database().execute("SELECT EXISTS (SELECT 1 FROM messages)").fetchone()[0]

    def restore(self, workspace: Workspace) -> None:
        """Put everything back into a workspace fresh from its cast; all of it or, if it cannot be read, nothing."""
        with readable(self._path):
            things, messages = read_things(self._database()), read_messages(self._database())
        self._cast, self._generation = dict(_actors(workspace)), workspace.generation
        known_people = {thing_id: now for thing_id, _, now in things["person"]}
        # A channel that the cast dropped keeps what it was when the cast had it, for the day it comes back.
        self._cast |= {
            key: was for it, was, _ in things["channel"] if was and (key := ("channel", it)) not in self._cast
        }
        put_back_actors(workspace, things, {message.channel for message in messages})
        put_back_messages(workspace, messages, known_people)
        workspace.undelivered |= {event_id: event for event_id, _, event in things["event"]}
        self._written |= {("event", event_id): event for event_id, event in workspace.undelivered.items()}
        workspace.uploads |= {file_id: upload for file_id, _, upload in things["file"]}
        self._written |= {("file", file_id): upload for file_id, upload in workspace.uploads.items()}
        workspace.homes |= {user: view for user, _, view in things["home"]}
        count_on(workspace, {name: counts for name, _, counts in things["count"]})

    async def keep(self, workspace: Workspace) -> None:
        """Write every change, until cancelled; then the rest. The batches of a large rush let others work between."""
        try:
            while True:
                if self._write_batch(workspace):
                    await asyncio.sleep(0)
                else:
                    # Nothing can happen between the look and the sleep: there is no pause in between.
                    await workspace.pulse.next_beat()
        except asyncio.CancelledError:
            self.write_now(workspace)
            raise

    def write_now(self, workspace: Workspace) -> None:
        """Everything that is not written yet, at once."""
        while self._write_batch(workspace):
            pass

    def clear(self) -> None:
        """Forget everything, with the file, whatever was in it."""
        self.close()
        self._unwritten.clear()
        self._written.clear()
        with usable(self._path):
            for ending in ("", "-wal", "-shm"):
                self._path.with_name(self._path.name + ending).unlink(missing_ok=True)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _database(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = opened(self._path)
        return self._connection

    def _write_batch(self, workspace: Workspace) -> bool:
        """One transaction; True if there may be more. Nothing counts as written before it is committed."""
        with usable(self._path):
            if workspace.generation != self._generation:
                self._start_over(workspace)
            self._unwritten |= dict.fromkeys(_said_since(workspace, self._seen))
            self._seen = workspace.journal.last_seq
            batch = list(islice(self._unwritten, BATCH))
            changed = {key: now for key, now in _things(workspace) if self._is_news(key, now)}
            over = [key for key in self._written if key[0] == "event" and key[1] not in workspace.undelivered]
            if not batch and not changed and not over:
                return False
            with transaction(self._database()) as database:
                _write_messages(database, workspace, batch)
                database.executemany(NOTE, (self._row(key, now) for key, now in changed.items()))
                database.executemany(UNNOTE, over)
        for key in batch:
            del self._unwritten[key]
        self._written |= changed
        for key in over:
            del self._written[key]
        return True

    def _start_over(self, workspace: Workspace) -> None:
        """The counts stay: what comes after a start over never repeats what came before."""
        with transaction(self._database()) as database:
            database.execute("DELETE FROM messages")
            database.execute("DELETE FROM things WHERE kind <> 'count'")
        # Who joins a channel in the very turn of the start over passes for someone the cast put there.
        self._cast, self._generation = dict(_actors(workspace)), workspace.generation
        self._written.clear()

    def _is_news(self, key: Key, now: object) -> bool:
        """Values are replaced, never changed, so looking at all of them costs next to nothing."""
        known = self._written.get(key)
        return known is not now and known != now

    def _row(self, key: Key, now: object) -> tuple[str, str, str, str]:
        assert self._cast is not None, "restore comes first, from an empty file too: it learns what the cast says"
        return (*key, ENCODER.encode(self._cast.get(key)), ENCODER.encode(now))


def _said_since(workspace: Workspace, seq: int) -> Iterator[Key]:
    """Which messages changed. How they stand now is in the rooms."""
    for entry in workspace.journal.since(seq):
        match entry.change:
            case MessagePosted(message=message) | ReactionChanged(message=message):
                yield message.channel, message.ts
            case MessageEdited(before=message) | MessageDeleted(before=message):
                yield message.channel, message.ts


def _actors(workspace: Workspace) -> Iterator[tuple[Key, object]]:
    for kind, values in (("person", workspace.people), ("channel", workspace.channels), ("group", workspace.groups)):
        for actor_id, actor in values.items():
            yield (kind, actor_id), actor


def _things(workspace: Workspace) -> Iterator[tuple[Key, object]]:
    yield from _actors(workspace)
    for user, view in workspace.homes.items():
        yield ("home", user), view
    for event_id, event in workspace.undelivered.items():
        yield ("event", event_id), event
    for file_id, upload in workspace.uploads.items():
        if upload.is_completed:
            yield ("file", file_id), upload
    yield ("count", "ids"), dict(workspace.ids._counts)  # noqa: SLF001 - counting on is the archive's only interest
    yield ("count", "stamps"), {"micros": workspace.stamps._last_micros}  # noqa: SLF001 - the same


def _write_messages(database: sqlite3.Connection, workspace: Workspace, keys: Iterable[Key]) -> None:
    for channel, ts in keys:
        message = workspace.rooms.get(channel, {}).get(ts)
        if message is None:
            database.execute(UNSAY, (channel, ts))
        else:
            database.execute(SAY, (channel, ts, ENCODER.encode(message)))
