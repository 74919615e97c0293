"""What a workspace remembers from one run to the next: one SQLite file, written after every change.

Kept is what Slack keeps: messages, direct conversations, home tabs, what people changed about channels, user groups
and accounts, and how far ids and stamps were counted. Whispers, modals, triggers and response URLs end with the run.

The cast says who and what exists. What people did is laid over today's cast, so a channel the cast dropped keeps its
messages in the file and shows none, and an author the cast dropped is a closed account under their old name.
"""

import asyncio
import fcntl
import json
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import fields, replace
from itertools import islice
from pathlib import Path
from typing import Any, TextIO, TypeVar

from bot.workspace.changes import MessageDeleted, MessageEdited, MessagePosted, ReactionChanged
from bot.workspace.model import Channel, Edited, File, Json, Message, Person, Reaction, Reply, UserGroup, View
from bot.workspace.state import Workspace

VERSION = 1
BATCH = 100
# The app's own database survives a power cut better than this file: ids it saw and we forgot must not come again.
ID_LEAP = 1_000
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

Actor = TypeVar("Actor", Person, Channel, UserGroup)
Key = tuple[str, str]  # a channel and a ts, or a kind of thing and its id


class ArchiveInUse(Exception):
    """Another process writes this file."""


class ArchiveDamaged(Exception):
    """The file is not, or no longer, one of ours, or the disk refuses it."""


@contextmanager
def open_archive(path: Path) -> Iterator["Archive"]:
    """Hold the file for this process. It is read when first asked: a damaged one can still be cleared."""
    with _held(path):
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
        with _readable(self._path):
            return not self._database().execute("SELECT EXISTS (SELECT 1 FROM messages)").fetchone()[0]

    def restore(self, workspace: Workspace) -> None:
        """Put everything back into a workspace fresh from its cast; all of it or, if it cannot be read, nothing."""
        with _readable(self._path):
            things, messages = _read_things(self._database()), _read_messages(self._database())
        self._cast, self._generation = dict(_actors(workspace)), workspace.generation
        known_people = {thing_id: now for thing_id, _, now in things["person"]}
        _put_back_actors(workspace, things)
        _put_back_messages(workspace, messages, known_people)
        workspace.homes |= {user: view for user, _, view in things["home"]}
        _count_on(workspace, {name: counts for name, _, counts in things["count"]})

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
        with _usable(self._path):
            for ending in ("", "-wal", "-shm"):
                self._path.with_name(self._path.name + ending).unlink(missing_ok=True)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _database(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = _opened(self._path)
        return self._connection

    def _write_batch(self, workspace: Workspace) -> bool:
        """One transaction; True if there may be more. Nothing counts as written before it is committed."""
        with _usable(self._path):
            if workspace.generation != self._generation:
                self._start_over(workspace)
            self._unwritten |= dict.fromkeys(_said_since(workspace, self._seen))
            self._seen = workspace.journal.last_seq
            batch = list(islice(self._unwritten, BATCH))
            changed = {key: now for key, now in _things(workspace) if self._is_news(key, now)}
            if not batch and not changed:
                return False
            with _transaction(self._database()) as database:
                _write_messages(database, workspace, batch)
                database.executemany(NOTE, (self._row(key, now) for key, now in changed.items()))
        for key in batch:
            del self._unwritten[key]
        self._written |= changed
        return True

    def _start_over(self, workspace: Workspace) -> None:
        """The counts stay: what comes after a start over never repeats what came before."""
        with _transaction(self._database()) as database:
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
        return (*key, _ENCODER.encode(self._cast.get(key)), _ENCODER.encode(now))


@contextmanager
def _held(path: Path) -> Iterator[None]:
    """The lock ends with the process, however it ends."""
    with _usable(path):
        beside = path.with_name(path.name + ".lock")
        beside.touch(mode=0o600)
        lock = beside.open("r+", encoding="ascii", errors="replace")
    with lock:
        with _usable(path):
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
def _readable(path: Path) -> Iterator[None]:
    try:
        with _usable(path):
            yield
    except (LookupError, TypeError, ValueError, AttributeError) as problem:
        raise ArchiveDamaged(_UNREADABLE.format(path=path)) from problem


@contextmanager
def _usable(path: Path) -> Iterator[None]:
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


def _opened(path: Path) -> sqlite3.Connection:
    with _usable(path):
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
        with _transaction(connection):
            for statement in SCHEMA:
                connection.execute(statement)


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection
        connection.execute("COMMIT")
    except BaseException:
        # On some errors, a full disk among them, SQLite has rolled back by itself.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


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
    yield ("count", "ids"), dict(workspace.ids._counts)  # noqa: SLF001 - counting on is the archive's only interest
    yield ("count", "stamps"), {"micros": workspace.stamps._last_micros}  # noqa: SLF001 - the same


def _write_messages(database: sqlite3.Connection, workspace: Workspace, keys: Iterable[Key]) -> None:
    for channel, ts in keys:
        message = workspace.rooms.get(channel, {}).get(ts)
        if message is None:
            database.execute(UNSAY, (channel, ts))
        else:
            database.execute(SAY, (channel, ts, _ENCODER.encode(message)))


def _fields(value: Any) -> Json:
    return {field.name: getattr(value, field.name) for field in fields(value)}


# Escaped to ASCII, so that half a character, which an app may well send, is kept as it is.
_ENCODER = json.JSONEncoder(default=_fields, separators=(",", ":"))


def _read_things(database: sqlite3.Connection) -> dict[str, list[tuple[str, Any, Any]]]:
    """By kind: the id, how the cast of that time had it (if it did), and what became of it."""
    found: dict[str, list[tuple[str, Any, Any]]] = {kind: [] for kind in _KINDS}
    for kind, thing_id, was, now in database.execute("SELECT kind, id, was, now FROM things ORDER BY place"):
        known = None if was == "null" else _thing(kind, json.loads(was))
        found[kind].append((thing_id, known, _thing(kind, json.loads(now))))
    return found


def _thing(kind: str, body: Json) -> Any:
    return _KINDS[kind](**{name: tuple(it) if isinstance(it, list) else it for name, it in body.items()})


def _counts(**counts: int) -> dict[str, int]:
    return {name: int(count) for name, count in counts.items()}


_KINDS: dict[str, Callable[..., Any]] = {
    "person": Person,
    "channel": Channel,
    "group": UserGroup,
    "home": View,
    "count": _counts,
}


def _read_messages(database: sqlite3.Connection) -> list[Message]:
    rows = database.execute("SELECT message FROM messages ORDER BY place")
    return [_message(json.loads(body)) for (body,) in rows]


def _message(body: Json) -> Message:
    edited = body["edited"]
    nested = {
        "blocks": tuple(body["blocks"]),
        "attachments": tuple(body["attachments"]),
        "files": tuple(File(**it) for it in body["files"]),
        "reactions": tuple(Reaction(**{**it, "users": tuple(it["users"])}) for it in body["reactions"]),
        "edited": Edited(**edited) if edited else None,
        "replies": tuple(Reply(**it) for it in body["replies"]),
    }
    return Message(**{**body, **nested})


def _put_back_actors(workspace: Workspace, things: dict[str, list[tuple[str, Any, Any]]]) -> None:
    """What people did, laid over today's cast; and the direct conversations of people who are still there."""
    people, channels = workspace.people, workspace.channels
    tables: tuple[tuple[str, dict[str, Any]], ...] = (
        ("person", people),
        ("channel", channels),
        ("group", workspace.groups),
    )
    for kind, actors in tables:
        for actor_id, was, now in things[kind]:
            if actor_id in actors and was is not None:
                actors[actor_id] = _merged(actors[actor_id], was, now, people)
    for channel_id, _, channel in things["channel"]:
        if channel.kind == "im" and set(channel.members) <= set(people):
            channels.setdefault(channel_id, channel)


def _merged(cast: Actor, was: Actor, now: Actor, people: Iterable[str]) -> Actor:
    acts = {name: it for name, it in _fields(now).items() if it != getattr(was, name)}
    if "members" in acts:
        acts["members"] = _members(cast, was, now, people)
    return replace(cast, **acts) if acts else cast


def _members(cast: Any, was: Any, now: Any, people: Iterable[str]) -> tuple[str, ...]:
    """As they were last, without those the cast has dropped since, and with those it has added since."""
    kept = [it for it in now.members if it in cast.members or it not in was.members]
    added = [it for it in cast.members if it not in now.members and it not in was.members]
    return tuple(it for it in (*kept, *added) if it in people)


def _put_back_messages(workspace: Workspace, messages: Iterable[Message], known: dict[str, Person]) -> None:
    for message in messages:
        if message.channel in workspace.channels:
            workspace.room(message.channel)[message.ts] = message
            if message.user in known:
                workspace.people.setdefault(message.user, replace(known[message.user], is_deleted=True))


def _count_on(workspace: Workspace, counts: dict[str, dict[str, int]]) -> None:
    """Nothing comes twice, even if the clock went back."""
    ids, stamps = workspace.ids, workspace.stamps
    for prefix, count in counts.get("ids", {}).items():
        ids._counts[prefix] = max(ids._counts.get(prefix, 0), count + ID_LEAP)  # noqa: SLF001 - see _things
    last_micros = counts.get("stamps", {}).get("micros", 0)
    stamps._last_micros = max(stamps._last_micros, last_micros)  # noqa: SLF001 - see _things
