"""What one person sees of the workspace, as JSON for the page."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from bot.workspace import members
from bot.workspace.desktop import Desktop
from bot.workspace.model import SYSTEM_SUBTYPES, Channel, Json, Message, Person, Upload, View
from bot.workspace.pictures import shows
from bot.workspace.slackbot import SLACKBOT
from bot.workspace.state import Workspace

HOURS_TOLD = 36  # from here on, days


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """One person's. A private channel they are not in does not exist for them, not even by name."""

    workspace: Workspace
    desktop: Desktop
    me: str
    is_connected: Callable[[], bool]

    def hello(self) -> Json:
        """Everything on their screen. Their conversation with the app is made if there is none yet."""
        direct = members.direct(self.workspace, self._myself)
        app = self.workspace.app
        return {
            "type": "hello",
            "me": self.me,
            "workspace": {"name": self.workspace.team_name},
            "app": {"user": app.id, "name": app.name, "dm": direct.id, "has_home": not self._myself.is_stranger},
            **self.cast(),
            "channels": self.channels(),
            "messages": {it.id: self.history(it.id) for it in self.mine()},
            "ephemerals": [self.message(it) for it in self.workspace.ephemerals.values() if self.sees_ephemeral(it)],
            "modal": self.modal(),
            "home": self.home(),
            "is_connected": self.is_connected(),
            "guide": list(self.desktop.guide),
            "has_desk": self.desktop.has_desk,
            "can_reset": self.desktop.start_over is not None,
            "notes": list(self.desktop.notes),
            "last_message_at": _last_message_at(self.workspace),
            "clock": self.clock(),
        }

    def clock(self) -> Json:
        """What it shows; how far ahead of this machine's it is, in words, and in whose zone, where it can be moved."""
        by_hand = self.desktop.clock
        return {
            "now": self.workspace.clock(),
            "ahead": _ahead(self.ahead_seconds()),
            "zone": by_hand.zone if by_hand else "",
        }

    def ahead_seconds(self) -> float:
        return self.desktop.clock.ahead_seconds() if self.desktop.clock else 0.0

    def cast(self) -> Json:
        """Who is who. A bot, or somebody who left, is nobody one can be."""
        everybody = self.workspace.people
        players = self.desktop.players or tuple(everybody)
        return {
            "people": {it.id: _person(it) for it in everybody.values()},
            "players": [it for it in players if it in everybody and self._can_be(everybody[it])],
            "groups": {
                it.id: {"id": it.id, "handle": it.handle, "name": it.name} for it in self.workspace.groups.values()
            },
            "channel_names": {it.id: it.name for it in self.workspace.channels.values() if self._knows_of(it)},
        }

    def mine(self) -> list[Channel]:
        return [it for it in self.workspace.channels.values() if self.me in it.members]

    def channels(self) -> list[Json]:
        return [self._channel(it) for it in self.mine()]

    def history(self, channel_id: str) -> list[Json]:
        return [self.message(it) for it in self.workspace.room(channel_id).values()]

    def sees(self, channel_id: str) -> bool:
        channel = self.workspace.channels.get(channel_id)
        return channel is not None and self.me in channel.members

    def sees_ephemeral(self, message: Message) -> bool:
        return message.only_for == self.me and self.sees(message.channel)

    def message(self, it: Message) -> Json:
        return {
            "channel": it.channel,
            "ts": it.ts,
            "thread_ts": it.thread_ts,
            "user": it.user,
            "name": it.username or self._name(it.user),
            "text": it.text,
            "blocks": list(it.blocks),
            "is_bot": bool(it.bot_id) or it.user == SLACKBOT,
            "is_edited": it.edited is not None,
            "is_reply": it.is_reply,
            "is_broadcast": it.is_broadcast,
            "subtype": it.subtype,
            "only_for": it.only_for,
            "reactions": [{"name": one.name, "users": list(one.users)} for one in it.reactions],
            "files": [{"name": one.name, "mimetype": one.mimetype, "size": one.size} for one in it.files],
            "replies": [{"ts": one.ts, "user": one.user} for one in it.replies],
            "previews": [str(one["from_url"]) for one in it.attachments if one.get("from_url")],
        }

    def modal(self) -> list[Json]:
        """Bottom to top."""
        return [_view(it) for it in self.workspace.stacks.get(self.me, [])]

    def home(self) -> Json | None:
        view = None if self._myself.is_stranger else self.workspace.homes.get(self.me)
        return _view(view) if view else None

    def file(self, file_id: str) -> Upload | None:
        """An uploaded file is its app's own until something shows it, and then theirs who can look at that."""
        upload = self.workspace.uploads.get(file_id)
        if upload is None or not upload.is_completed:
            return None
        return upload if any(shows(blocks, file_id) for blocks in self._blocks()) else None

    def unnamed(self, frame: str) -> str:
        """The frame without the names of private channels that mentions carry along."""
        if self.me not in self.workspace.people:
            return frame  # only a farewell is left to say to somebody of an earlier cast
        hidden = "|".join(re.escape(it.id) for it in self.workspace.channels.values() if not self._knows_of(it))
        return re.sub(rf"<#({hidden})\|[^<>]*>", r"<#\1>", frame) if hidden else frame

    @property
    def _myself(self) -> Person:
        return self.workspace.people[self.me]

    def _blocks(self) -> Iterator[Iterable[Json]]:
        """Of everything they can look at."""
        yield from (it.blocks for channel in self.mine() for it in self.workspace.room(channel.id).values())
        yield from (it.blocks for it in self.workspace.ephemerals.values() if self.sees_ephemeral(it))
        yield from (it["content"]["blocks"] for it in (*self.modal(), *filter(None, [self.home()])))

    def _knows_of(self, channel: Channel) -> bool:
        return self.workspace.knows_of(self._myself, channel)

    def _can_be(self, person: Person) -> bool:
        return self.desktop.lets_be(person) and not person.is_deleted

    def _name(self, user: str) -> str:
        known = self.workspace.people.get(user)
        return known.name if known else "Slackbot" if user == SLACKBOT else user

    def _channel(self, it: Channel) -> Json:
        return {
            "id": it.id,
            "name": self.workspace.app.name if it.kind == "im" else it.name,
            "kind": it.kind,
            "topic": it.topic,
            "is_shared": it.is_ext_shared,
            "members": list(it.members),
        }


def _person(it: Person) -> Json:
    return {"id": it.id, "handle": it.handle, "name": it.name, "title": it.title, "kind": _kind(it), "tz": it.tz}


def _kind(it: Person) -> str:
    if it.is_bot:
        return "bot"
    if it.is_deleted:
        return "gone"
    if it.is_stranger:
        return "outsider"
    return "guest" if it.is_restricted or it.is_ultra_restricted else "member"


def _view(it: View) -> Json:
    return {"id": it.id, "hash": it.hash, "content": it.content, "typed": dict(it.typed), "errors": dict(it.errors)}


def _ahead(seconds: float) -> str:
    """Roughly: the time itself stands beside it."""
    hours = round(seconds / 3600)
    count, unit = (hours, "hour") if hours < HOURS_TOLD else (round(hours / 24), "day")
    return f"{count} {unit}{'s' if count > 1 else ''} ahead" if count else ""


def _last_message_at(workspace: Workspace) -> str:
    """When a person last said something, anywhere; empty on a desk where nobody has."""
    humans = {it.id for it in workspace.people.values() if not it.is_bot}
    said = (it for room in workspace.rooms.values() for it in room.values())
    return max((it.ts for it in said if it.user in humans and it.subtype not in SYSTEM_SUBTYPES), default="")
