"""One call of the Web API: its arguments, what the caller may do, and the table entry that describes a method."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from bot.workspace.manifest import Manifest
from bot.workspace.model import Channel, Json, Person, RejectedError
from bot.workspace.state import Workspace

Caller = Literal["bot", "app", "anyone"]

_TRUE = (True, "true", "True", "1", 1)
_SCOPE_FAMILIES = {"public": "channels", "private": "groups", "im": "im"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """Arguments arrive as form strings or as JSON; both read the same from here."""

    method: str
    args: Json
    workspace: Workspace
    manifest: Manifest
    plan_has_groups: bool
    new_socket_url: Callable[[], str]
    new_upload_url: Callable[[str], str]

    def text(self, name: str, default: str = "") -> str:
        value = self.args.get(name)
        return default if value is None else str(value)

    def required(self, name: str) -> str:
        value = self.text(name)
        if not value:
            messages = [f"[ERROR] missing required field: {name}"]
            raise RejectedError("invalid_arguments", response_metadata={"messages": messages})
        return value

    def flag(self, name: str) -> bool:
        return self.args.get(name) in _TRUE

    def number(self, name: str, default: int, *, most: int) -> int:
        """Slack refuses what is no number, and quietly lowers what is too much."""
        try:
            value = int(self.args.get(name) or default)
        except (TypeError, ValueError):
            raise RejectedError("invalid_arguments") from None
        if value < 1:
            raise RejectedError("invalid_limit")
        return min(value, most)

    def parsed(self, name: str, code: str) -> Any:
        """An argument that holds JSON, itself or as a string."""
        value = self.args.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value) if value else None
        except ValueError:
            raise RejectedError(code) from None

    def need_scope(self, *any_of: str) -> None:
        if not any(scope in self.manifest.scopes for scope in any_of):
            raise RejectedError("missing_scope", needed=any_of[0], provided=",".join(self.manifest.scopes))

    def channel(self, *, scope: str = "", name: str = "channel") -> Channel:
        """The channel the call names; `scope` is `read` or `history`, of whichever family the channel belongs to."""
        channel = self.workspace.channels.get(self.text(name))
        if channel is None or not self._may_know(channel):
            raise RejectedError("channel_not_found")
        if scope:
            self.need_scope(f"{_SCOPE_FAMILIES[channel.kind]}:{scope}")
        return channel

    def joined_channel(self, *, scope: str = "") -> Channel:
        channel = self.channel(scope=scope)
        if self.workspace.app.id not in channel.members:
            raise RejectedError("not_in_channel")
        return channel

    def person(self, name: str) -> Person:
        person = self.workspace.people.get(self.text(name))
        if person is None:
            raise RejectedError("user_not_found")
        return person

    def _may_know(self, channel: Channel) -> bool:
        return channel.kind == "public" or self.workspace.app.id in channel.members


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """How a Web API method is guarded, and what answers it. `per_minute` None means Slack sets no tier."""

    run: Callable[[Call], Json]
    scopes: tuple[str, ...] = ()
    caller: Caller = "bot"
    per_minute: int | None = 50


def page(call: Call, items: list[Json], *, default: int = 100, most: int = 1000) -> tuple[list[Json], Json]:
    """One page of a listing and the cursor of the next, which says nothing to the caller."""
    cursor = call.text("cursor")
    start = _position(cursor) if cursor else 0
    end = start + call.number("limit", default, most=most)
    next_cursor = f"next:{end:06d}" if end < len(items) else ""
    return items[start:end], {"next_cursor": next_cursor}


def _position(cursor: str) -> int:
    kind, _, position = cursor.partition(":")
    if kind != "next" or not position.isdigit():
        raise RejectedError("invalid_cursor")
    return int(position)
