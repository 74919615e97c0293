"""What Slack never told us is found: each channel's history is looked through from its mark, and what is there comes in
by the same door as everything else.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import aiohttp
import structlog
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError

from handlers.failures import reported, slack_says
from handlers.found import Seen, Spot, changed, posted
from handlers.front import Front
from handlers.history import History, micros, moment_of, shifted, ts_of
from handlers.intake import Intake
from handlers.parse import calls
from routing.digests.losses import Gap
from routing.kinds import ChannelId, MessageId
from routing.marks import BEGINNING, Marks, looked_at
from routing.ports import Clock, Unreachable

log = structlog.get_logger()

EVERY = timedelta(minutes=10)
BREATH_SECONDS = 1.0  # after a connection: what Slack sends again by itself comes first, and several are one
OVERLAP_SECONDS = 300.0  # how late a message may turn up in a history
MOST_BACK = timedelta(hours=24)
WINDOWS_MAX = 3  # of one channel in one round; the rest comes with the next
THREADS_MAX = 100  # in one round; those that were not looked at for longest come first
THREADS_KNOWN_MAX = 1000

_AWAY = (SlackApiError, aiohttp.ClientError, TimeoutError, Unreachable)
_FIRST_LOOK = MessageId("0")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    channel: ChannelId
    is_shared: bool = False

    @property
    def is_direct(self) -> bool:
        return self.channel.startswith("D")


@dataclass(kw_only=True)
class Backfill:
    """Runs beside everything else: nobody waits for it, and it waits for Slack's rates. `missed` tells people what is
    too long ago to be looked for.
    """

    app: AsyncApp
    intake: Intake
    front: Front
    history: History
    marks: Marks
    clock: Clock
    missed: Callable[[Sequence[Gap]], Awaitable[None]]
    breath_seconds: float = BREATH_SECONDS
    _wanted: asyncio.Event = field(default_factory=asyncio.Event)
    _all_found: asyncio.Event = field(default_factory=asyncio.Event)
    _began_at: datetime | None = None
    _beginning: MessageId = _FIRST_LOOK
    _looked: dict[tuple[ChannelId, MessageId], str] = field(default_factory=dict)  # those looked at last come last

    async def begin(self) -> None:
        """Before anybody can tell us anything. What was said before the desk first opened is nobody's request."""
        await self.marks.begin([BEGINNING, *self.front.intakes], MessageId(ts_of(self.clock())))

    def wake(self) -> None:
        """We were away, if only for a moment."""
        self._all_found.clear()
        self._wanted.set()

    async def all_found(self) -> None:
        """Everything was looked through since somebody last asked for it, as far as Slack answered."""
        await self._all_found.wait()

    async def sweep(self) -> None:
        if self._began_at is not None and self.clock() - self._began_at >= EVERY:
            self.wake()

    async def run(self) -> None:
        while True:
            await self._wanted.wait()
            await asyncio.sleep(self.breath_seconds)
            self._wanted.clear()
            self._began_at = self.clock()
            async with reported("backfill"):
                await self._round()
            if not self._wanted.is_set():
                self._all_found.set()

    async def _round(self) -> None:
        places = await self._places()
        marks = await self.marks.all()
        ranked = sorted(places.values(), key=lambda one: self._rank(one, marks))
        gaps = self._gaps(ranked, marks)
        if gaps:
            await self.missed(gaps)
        asked_in = [one for one in ranked if one.channel in self.front.intakes]
        was_away_again = False
        for place in ranked:
            if self._wanted.is_set() and place not in asked_in:
                # We were away once more. Where people ask does not wait for the rest, which comes round again.
                self._wanted.clear()
                was_away_again = True
                await self._look_through_all(asked_in, await self.marks.all())
            await self._look_through_all([place], marks)
        if was_away_again:
            self._wanted.set()
        await self._look_into_threads(places)

    def _gaps(self, places: Sequence[_Place], marks: Mapping[ChannelId, MessageId]) -> Sequence[Gap]:
        """What was said after we last looked, and before we look now."""
        oldest = ts_of(self.clock() - MOST_BACK)
        known = [(one.channel, marks.get(looked_at(one.channel))) for one in places]
        since = {channel: max(at, marks[channel], key=micros) for channel, at in known if at}
        return [
            Gap(channel=channel, since=moment_of(at), until=moment_of(oldest))
            for channel, at in since.items()
            if micros(at) < micros(oldest)
        ]

    async def _look_through_all(self, places: Sequence[_Place], marks: Mapping[ChannelId, MessageId]) -> None:
        for place in places:
            try:
                await self._look_through(place, marks[place.channel])
            except _AWAY as problem:
                log.warning("not looked through", channel=place.channel, why=_why(problem))

    def _rank(self, place: _Place, marks: Mapping[ChannelId, MessageId]) -> tuple[int, int]:
        """Where people ask first, then whoever wrote to us last, then where we may have been called by name."""
        kind = 0 if place.channel in self.front.intakes else 1 if place.is_direct else 2
        return kind, -micros(marks[place.channel])

    async def _places(self) -> Mapping[ChannelId, _Place]:
        """Where we are now. What is new to us begins now; but who writes to us meant us from the beginning."""
        try:
            listed = await self.history.conversations()
        except _AWAY as problem:
            log.warning("only intake channels are looked through", why=_why(problem))
            listed = [{"id": channel} for channel in self.front.intakes]
        places = {place.channel: place for place in map(_place, listed)}
        now = self.clock()
        direct = [channel for channel, place in places.items() if place.is_direct]
        others = [channel for channel, place in places.items() if not place.is_direct]
        await self.marks.begin(others, MessageId(ts_of(now)))
        self._beginning = (await self.marks.all())[BEGINNING]
        await self.marks.begin(direct, self._beginning)
        return places

    async def _look_through(self, place: _Place, mark: MessageId) -> None:
        """The mark follows what was kept, and stops before the first message that was not."""
        for _ in range(WINDOWS_MAX):
            now = self.clock()
            oldest = max(mark, ts_of(now - MOST_BACK), key=micros)
            window = await self.history.window(place.channel, oldest, now)
            kept = await self._kept(place, window.messages, now)
            is_whole = kept == len(window.messages)
            until = window.until if is_whole else ""
            if not until and kept:
                until = shifted(window.messages[kept - 1].ts, -OVERLAP_SECONDS)
            if until and micros(until) > micros(mark):
                mark = MessageId(until)
                await self.marks.advance(place.channel, mark)
            if is_whole and not window.until:
                await self.marks.advance(looked_at(place.channel), MessageId(ts_of(now)))
            if not is_whole or not window.until:
                return

    async def _kept(self, place: _Place, messages: Sequence[Seen], looked_at: datetime) -> int:
        """How many were kept, one after the other, before one was not."""
        spot = await self._spot(place, looked_at) if messages else None
        for number, seen in enumerate(messages):
            assert spot is not None, "where there are messages there is a spot"
            if not await self._all_kept(self._told(seen, spot)):
                log.warning("history left for later", channel=place.channel)
                return number
        return len(messages)

    def _told(self, seen: Seen, spot: Spot) -> Iterable[dict[str, Any]]:
        if self._is_ours(seen):
            return ()
        is_watched = spot.is_direct or spot.channel in self.front.intakes
        if is_watched:
            return (posted(seen, spot), *changed(seen, spot))
        if calls(seen.message, self.front.bot):
            return (posted(seen, spot, as_mention=True), *changed(seen, spot))
        return ()

    async def _look_into_threads(self, places: Mapping[ChannelId, _Place]) -> None:
        """Only of open requests: what was answered there, and whether the request itself reads differently now."""
        threads = await self.marks.open_threads(THREADS_KNOWN_MAX)
        known = {one: since for one, since in self._looked.items() if one in set(threads)}
        self._looked = {one: _FIRST_LOOK for one in threads if one not in known} | known
        for one in list(self._looked)[:THREADS_MAX]:
            if self._wanted.is_set():
                return  # We were away once more: the channels come first, and these come round again.
            since = self._looked[one]
            del self._looked[one]
            self._looked[one] = since
            place = places.get(one[0])
            if place is None:
                continue
            try:
                self._looked[one] = await self._look_into(place, one[1], since)
            except _AWAY as problem:
                log.warning("thread not looked into", channel=place.channel, why=_why(problem))

    async def _look_into(self, place: _Place, thread: MessageId, since: str) -> str:
        """Returns from where to look the next time."""
        oldest = max(self._beginning, ts_of(self.clock() - MOST_BACK), since, key=micros)
        looked_at = self.clock()
        messages = await self.history.thread(place.channel, thread, oldest)
        spot = await self._spot(place, looked_at)
        for seen in messages:
            if self._is_ours(seen):
                continue
            # What stands first is no answer, and was looked for where it stands.
            told = changed(seen, spot) if seen.ts == thread else (posted(seen, spot), *changed(seen, spot))
            if not await self._all_kept(told):
                return since
        newest = max((seen.ts for seen in messages), key=micros, default=oldest)
        return max(shifted(newest, -OVERLAP_SECONDS), oldest, key=micros)

    async def _all_kept(self, bodies: Iterable[dict[str, Any]]) -> bool:
        for body in bodies:
            if not await self.intake.find(self.app, body):
                return False
        return True

    async def _spot(self, place: _Place, looked_at: datetime) -> Spot:
        """As it was before Slack answered: what was edited while it did is told, or found the next time."""
        is_shared = place.is_shared or (not place.is_direct and await self.front.directory.is_connected(place.channel))
        return Spot(
            team=self.front.team,
            bot=self.front.bot,
            channel=place.channel,
            found_at=looked_at.timestamp(),
            is_shared=is_shared,
        )

    def _is_ours(self, seen: Seen) -> bool:
        """Bolt passes over what we said ourselves; it need not be kept first."""
        message, front = seen.message, self.front
        return bool(front.bot_id and message.bot_id == front.bot_id) or message.user == front.bot


def _place(listed: Mapping[str, Any]) -> _Place:
    """As an event would tell it: another workspace of the same enterprise is nobody from outside."""
    return _Place(channel=ChannelId(str(listed["id"])), is_shared=bool(listed.get("is_ext_shared")))


def _why(problem: Exception) -> str:
    return slack_says(problem) if isinstance(problem, SlackApiError) else type(problem).__name__
