"""What changed for one person since they were last told."""

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import suppress

from bot.workspace.changes import (
    Change,
    EphemeralGone,
    EphemeralShown,
    MessageDeleted,
    MessageEdited,
    MessagePosted,
    ReactionChanged,
    ViewGone,
    ViewShown,
)
from bot.workspace.model import Json, Message
from bot.workspace.sight import Sight

TRAFFIC_SECONDS = 0.25


class News:
    """Several changes of one thing are told once, as it stands now.

    Nothing is lost between looking and waiting: `Pulse.until` looks, and sleeps without a pause in between.
    """

    def __init__(self, sight: Sight) -> None:
        self._sight = sight
        self._workspace = sight.workspace
        self._generation = self._workspace.generation
        self._read_up_to = self._workspace.journal.last_seq
        self._traffic_told = self._workspace.traffic.changes
        self._traffic_again_at = 0.0
        self._is_connected = sight.is_connected()
        self._ahead = sight.ahead_seconds()
        self._scenery = self._look_around()
        self._cast = sight.cast()
        self._channels = {it["id"]: it for it in sight.channels()}
        self.has_ended = False

    async def next(self) -> list[Json]:
        """The next changes; `has_ended` says that none will follow. Waits as long as it takes."""
        pulse = self._workspace.pulse
        while True:
            await pulse.until(lambda: self._has_traffic or self._has_more)
            items = list(self._items())
            if items or self.has_ended:
                return items
            with suppress(TimeoutError):
                async with asyncio.timeout_at(self._traffic_again_at):
                    await pulse.until(lambda: self._has_more)

    @property
    def _has_more(self) -> bool:
        """More than traffic."""
        return (
            self._workspace.generation != self._generation
            or self._workspace.journal.last_seq != self._read_up_to
            or self._sight.is_connected() != self._is_connected
            or self._sight.ahead_seconds() != self._ahead
            or self._look_around() != self._scenery
        )

    @property
    def _has_traffic(self) -> bool:
        return self._workspace.traffic.changes != self._traffic_told

    def _items(self) -> Iterator[Json]:
        if self._workspace.generation != self._generation:
            self.has_ended = True
            yield {"kind": "reset"}
            return
        touched = _Touched(self._read(), me=self._sight.me)
        if self.has_ended:
            return
        yield from self._clock_items()
        known = set(self._channels)
        yield from self._scenery_items()
        new = [channel_id for channel_id in self._channels if channel_id not in known]
        yield from ({"kind": "history", "channel": it, "messages": self._sight.history(it)} for it in new)
        yield from self._message_items(touched, known)
        yield from self._screen_items(touched)
        yield from self._wire_items()

    def _read(self) -> list[Change]:
        """Whoever fell behind what the journal keeps has to begin anew."""
        entries = self._workspace.journal.since(self._read_up_to)
        self.has_ended = bool(entries) and entries[0].seq != self._read_up_to + 1
        self._read_up_to = self._workspace.journal.last_seq
        return [entry.change for entry in entries]

    def _clock_items(self) -> Iterator[Json]:
        """Before anything that was dated by it."""
        if self._sight.ahead_seconds() != self._ahead:
            self._ahead = self._sight.ahead_seconds()
            yield {"kind": "clock", "clock": self._sight.clock()}

    def _scenery_items(self) -> Iterator[Json]:
        seen = self._look_around()
        if seen == self._scenery:
            return
        self._scenery, cast, channels = seen, self._sight.cast(), {it["id"]: it for it in self._sight.channels()}
        if cast != self._cast:
            self._cast = cast
            yield {"kind": "cast", **cast}
        if channels != self._channels:
            self._channels = channels
            yield {"kind": "channels", "channels": list(channels.values())}

    def _message_items(self, touched: "_Touched", known: set[str]) -> Iterator[Json]:
        """A channel that is new to them was told as a whole."""
        for channel, ts in touched.messages:
            if channel in known and self._sight.sees(channel):
                message = self._workspace.room(channel).get(ts)
                yield _shown("message", message, self._sight) if message else _gone("message_gone", channel, ts)

    def _screen_items(self, touched: "_Touched") -> Iterator[Json]:
        for channel, ts in touched.ephemerals:
            message = self._workspace.ephemerals.get(ts)
            if message is None:
                yield _gone("ephemeral_gone", channel, ts)
            elif self._sight.sees_ephemeral(message):
                yield _shown("ephemeral", message, self._sight)
        if touched.has_modal:
            yield {"kind": "modal", "stack": self._sight.modal()}
        if touched.has_home:
            yield {"kind": "home", "view": self._sight.home()}

    def _wire_items(self) -> Iterator[Json]:
        if self._sight.is_connected() != self._is_connected:
            self._is_connected = not self._is_connected
            yield {"kind": "connected", "is_connected": self._is_connected}
        now = asyncio.get_running_loop().time()
        if self._has_traffic and now >= self._traffic_again_at:
            self._traffic_told, self._traffic_again_at = self._workspace.traffic.changes, now + TRAFFIC_SECONDS
            yield {"kind": "traffic"}

    def _look_around(self) -> tuple[object, ...]:
        """Everyone and every place. Equal values are mostly the same values, so comparing costs next to nothing."""
        workspace = self._workspace
        return (*workspace.people.values(), *workspace.groups.values(), *workspace.channels.values())


class _Touched:
    """Which things the changes are about, in the order they were first touched."""

    def __init__(self, changes: Iterable[Change], *, me: str) -> None:
        self.messages: dict[tuple[str, str], None] = {}
        self.ephemerals: dict[tuple[str, str], None] = {}
        self.has_modal = self.has_home = False
        for change in changes:
            self._note(change, me)

    def _note(self, change: Change, me: str) -> None:
        match change:
            case MessagePosted(message=it) | ReactionChanged(message=it) | MessageEdited(after=it):
                self.messages[it.channel, it.ts] = None
            case MessageDeleted(before=it):
                self.messages[it.channel, it.ts] = None
            case EphemeralShown(message=it) | EphemeralGone(message=it) if it.only_for == me:
                self.ephemerals[it.channel, it.ts] = None
            case ViewShown(view=view) | ViewGone(view=view) if view.user == me:
                self.has_home = self.has_home or view.is_home
                self.has_modal = self.has_modal or not view.is_home
            case _:
                pass


def _shown(kind: str, message: Message, sight: Sight) -> Json:
    return {"kind": kind, "message": sight.message(message)}


def _gone(kind: str, channel: str, ts: str) -> Json:
    return {"kind": kind, "channel": channel, "ts": ts}
