"""One pretend workspace: who is in it, what was said, what is on each person's screen."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from bot.workspace.journal import Journal, Pulse, Traffic
from bot.workspace.model import (
    Cast,
    Channel,
    Json,
    Message,
    NotPossibleError,
    Person,
    RejectedError,
    Timing,
    Upload,
    UserGroup,
    View,
)

T = TypeVar("T")


@dataclass(slots=True)
class Ids:
    """Ids that look like Slack's and come out the same in every run."""

    _counts: dict[str, int] = field(default_factory=dict)

    def next(self, prefix: str) -> str:
        self._counts[prefix] = self._counts.get(prefix, 0) + 1
        return f"{prefix}{self._counts[prefix]:08d}"


@dataclass(slots=True)
class Stamps:
    """Slack's `ts`: the time to the microsecond, never the same twice and never going back."""

    clock: Callable[[], float]
    _last_micros: int = 0

    def next(self) -> str:
        self._last_micros = max(self._last_micros + 1, int(self.clock() * 1_000_000))
        seconds, micros = divmod(self._last_micros, 1_000_000)
        return f"{seconds:010d}.{micros:06d}"

    @property
    def latest(self) -> float:
        """When something was last said."""
        return self._last_micros / 1_000_000

    def set_back(self) -> None:
        """The clock was, and with the next start over nothing is left that was stamped later than it shows."""
        self._last_micros = min(self._last_micros, int(self.clock() * 1_000_000))


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """The right to open one modal on one person's screen, for a moment; `view_id` is the modal it was pressed in."""

    user: str
    expires_at: float
    view_id: str = ""
    is_spent: bool = False


class Workspace:
    """Holds what is true. The modules `posts`, `members` and `screens` change it; everyone may read it."""

    def __init__(self, cast: Cast, *, clock: Callable[[], float], timing: Timing | None = None) -> None:
        self.clock = clock
        self.timing = timing or Timing()
        self.generation = 0
        self.pulse = Pulse()
        self.journal = Journal(clock=clock, pulse=self.pulse)
        self.traffic = Traffic(clock=clock, pulse=self.pulse)
        self.ids = Ids()
        self.stamps = Stamps(clock)
        self._begin(cast)

    def start_over(self, cast: Cast) -> None:
        """Nothing was ever said, by nobody but this cast. Ids and stamps go on: nothing comes twice."""
        self.generation += 1
        self._begin(cast)
        self.pulse.beat()

    async def until(self, predicate: Callable[[], T], *, timeout_seconds: float = 5.0) -> T:
        """The first truthy answer of the predicate, asked after every change. TimeoutError says what did happen."""
        try:
            async with asyncio.timeout(timeout_seconds):
                return await self.pulse.until(predicate)
        except TimeoutError as late:
            seen = [entry.change for entry in self.journal.since(self.journal.last_seq - 5)]
            raise TimeoutError(f"not within {timeout_seconds} s; the last changes were {seen}") from late

    def person(self, key: str) -> Person:
        """By id or by handle, with or without the @."""
        wanted = key.removeprefix("@")
        return _one(self.people.values(), lambda it: wanted in (it.id, it.handle), f"nobody called {key}")

    def channel(self, key: str) -> Channel:
        """By id or by name, with or without the #."""
        wanted = key.removeprefix("#")
        named = (it for it in self.channels.values() if it.id == wanted or (it.kind != "im" and it.name == wanted))
        return _one(named, lambda _: True, f"no channel called {key}")

    def group(self, key: str) -> UserGroup:
        """By id or by handle, with or without the @."""
        wanted = key.removeprefix("@")
        return _one(self.groups.values(), lambda it: wanted in (it.id, it.handle), f"no user group called {key}")

    def room(self, channel_id: str) -> dict[str, Message]:
        """A channel's messages by ts, in the order they were said; thread replies among them."""
        return self.rooms.setdefault(channel_id, {})

    def message(self, channel_id: str, ts: str) -> Message:
        """The message there, or Slack's own refusal."""
        found = self.room(channel_id).get(ts)
        if found is None:
            raise RejectedError("message_not_found")
        return found

    def audience(self, channel_id: str) -> frozenset[str]:
        return frozenset(self.channels[channel_id].members)

    def knows_of(self, person: Person, channel: Channel) -> bool:
        """Whether its name means anything to them: private ones do to members, and nothing else does to strangers."""
        if channel.kind == "im":
            return False
        return person.id in channel.members or (channel.kind == "public" and not person.is_stranger)

    def _begin(self, cast: Cast) -> None:
        self.team, self.team_name, self.domain = cast.team, cast.team_name, cast.domain
        self.people: dict[str, Person] = {person.id: person for person in cast.people}
        self.channels: dict[str, Channel] = {channel.id: channel for channel in cast.channels}
        self.groups: dict[str, UserGroup] = {group.id: group for group in cast.groups}
        self.app: Person = self.people[cast.app]
        self.rooms: dict[str, dict[str, Message]] = {}
        self.ephemerals: dict[str, Message] = {}
        self.stacks: dict[str, list[View]] = {}
        self.homes: dict[str, View] = {}
        self.triggers: dict[str, Trigger] = {}
        self.uploads: dict[str, Upload] = {}
        self.undelivered: dict[str, Json] = {}  # what the app has not acknowledged yet, by event_id


def _one(candidates: Iterable[T], fits: Callable[[T], bool], complaint: str) -> T:
    for candidate in candidates:
        if fits(candidate):
            return candidate
    raise NotPossibleError(complaint)
