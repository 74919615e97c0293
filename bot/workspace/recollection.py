"""What an archive holds, read back and laid over a workspace that is fresh from its cast."""

import base64
import json
import sqlite3
from collections.abc import Callable, Container, Iterable
from dataclasses import fields, replace
from typing import Any, TypeVar

from bot.workspace.model import Channel, Edited, File, Json, Message, Person, Reaction, Reply, Upload, UserGroup, View
from bot.workspace.state import Workspace

# The app's own database survives a power cut better than an archive: ids it saw and we forgot must not come again.
ID_LEAP = 1_000

Actor = TypeVar("Actor", Person, Channel, UserGroup)
Things = dict[str, list[tuple[str, Any, Any]]]


def fields_of(value: Any) -> Json:
    return {field.name: getattr(value, field.name) for field in fields(value)}


def _plain(value: Any) -> Any:
    return base64.b64encode(value).decode() if isinstance(value, bytes) else fields_of(value)


# Escaped to ASCII, so that half a character, which an app may well send, is kept as it is.
ENCODER = json.JSONEncoder(default=_plain, separators=(",", ":"))


def read_things(database: sqlite3.Connection) -> Things:
    """By kind: the id, how the cast of that time had it (if it did), and what became of it."""
    found: Things = {kind: [] for kind in _KINDS}
    for kind, thing_id, was, now in database.execute("SELECT kind, id, was, now FROM things ORDER BY place"):
        known = None if was == "null" else _thing(kind, json.loads(was))
        found[kind].append((thing_id, known, _thing(kind, json.loads(now))))
    return found


def _thing(kind: str, body: Json) -> Any:
    return _KINDS[kind](**{name: tuple(it) if isinstance(it, list) else it for name, it in body.items()})


def _counts(**counts: int) -> dict[str, int]:
    return {name: int(count) for name, count in counts.items()}


def _upload(*, body: str, **more: Any) -> Upload:
    return Upload(body=base64.b64decode(body, validate=True), **more)


_KINDS: dict[str, Callable[..., Any]] = {
    "person": Person,
    "channel": Channel,
    "group": UserGroup,
    "home": View,
    "count": _counts,
    "event": dict,
    "file": _upload,
}


def read_messages(database: sqlite3.Connection) -> list[Message]:
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


def put_back_actors(workspace: Workspace, things: Things, spoken_in: Container[str]) -> None:
    """What people did, laid over today's cast; and what was spoken in, though the cast no longer names it."""
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
        left = tuple(it for it in channel.members if it in people)
        if (left == channel.members) if channel.kind == "im" else (channel_id in spoken_in):
            channels.setdefault(channel_id, replace(channel, members=left))


def _merged(cast: Actor, was: Actor, now: Actor, people: Iterable[str]) -> Actor:
    acts = {name: it for name, it in fields_of(now).items() if it != getattr(was, name)}
    if "members" in acts:
        acts["members"] = _members(cast, was, now, people)
    return replace(cast, **acts) if acts else cast


def _members(cast: Any, was: Any, now: Any, people: Iterable[str]) -> tuple[str, ...]:
    """As they were last, without those the cast has dropped since, and with those it has added since."""
    kept = [it for it in now.members if it in cast.members or it not in was.members]
    added = [it for it in cast.members if it not in now.members and it not in was.members]
    return tuple(it for it in (*kept, *added) if it in people)


def put_back_messages(workspace: Workspace, messages: Iterable[Message], known: dict[str, Person]) -> None:
    for message in messages:
        if message.channel in workspace.channels:
            workspace.room(message.channel)[message.ts] = message
            if message.user in known:
                workspace.people.setdefault(message.user, replace(known[message.user], is_deleted=True))


def count_on(workspace: Workspace, counts: dict[str, dict[str, int]]) -> None:
    """Nothing comes twice, even if the clock went back."""
    ids, stamps = workspace.ids, workspace.stamps
    for prefix, count in counts.get("ids", {}).items():
        ids._counts[prefix] = max(ids._counts.get(prefix, 0), count + ID_LEAP)  # noqa: SLF001 - see archive.py
    last_micros = counts.get("stamps", {}).get("micros", 0)
    stamps._last_micros = max(stamps._last_micros, last_micros)  # noqa: SLF001 - see archive.py
