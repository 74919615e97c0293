"""Storms: more cards owed to one channel at once than people read. They wait on one card that lists them, and go out
again, the most urgent first, once nothing new comes.

Where a storm is under way is stored; what it does next follows from that and the time. Whoever is killed in between
goes on where it stood.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from pydantic import TypeAdapter

from routing.bulletins import Bulletin, BulletinKind, key_of
from routing.kinds import CaseId, ChannelId
from routing.model import Entry
from routing.ports import Clock

PREFIX = "storm:"
MOST_CARDS = 30  # owed to one channel: one more, and they are listed
QUIET = timedelta(seconds=60)
# However many still come by then: from here on the most urgent have their cards, as fast as Slack takes them.
LONGEST = timedelta(minutes=15)
# A list that nobody can see is no reason to wait.
HANGS_WITHIN = timedelta(seconds=60)
LISTED_MAX = 25
FOLDED_AT_ONCE = 500
LOOK_EVERY = timedelta(seconds=1)
# Slack counts edits everywhere together: several storms share what one would use.
TOLD_EVERY = timedelta(seconds=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Storm:
    """A channel's storm as it stands. `came` were set aside, of which `waiting` still are; `burst_at` is when the
    thirty-first from the end of these came. `is_served`: one that was let go waits for its turn with
    Slack, or is on its way.
    """

    channel: ChannelId
    key: str
    began_at: datetime
    first_at: datetime
    last_at: datetime
    came: int
    withdrawn: int = 0
    waiting: int = 0
    calm_at: datetime | None = None
    burst_at: datetime | None = None
    is_hung: bool = False
    is_served: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """The revision makes it another list when what it names has changed."""

    case: CaseId
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a storm card says: as JSON, its bulletin's body."""

    first_at: datetime
    last_at: datetime
    came: int
    waiting: int
    withdrawn: int
    goes_out: bool
    listed: tuple[Listed, ...] = ()
    is_over: bool = False

    @property
    def hung(self) -> int:
        """How many have a card of their own."""
        return self.came - self.waiting - self.withdrawn


_BODY = TypeAdapter(Told)


def told_in(bulletin: Bulletin) -> Told:
    return _BODY.validate_json(bulletin.body)


def key_for(channel: ChannelId, at: datetime) -> str:
    return key_of(f"{PREFIX}{channel}", at)


def card_of(storm: Storm, listed: Sequence[Listed] = (), *, is_over: bool = False) -> Bulletin:
    told = Told(
        first_at=storm.first_at,
        last_at=storm.last_at,
        came=storm.came,
        waiting=storm.waiting,
        withdrawn=storm.withdrawn,
        goes_out=storm.calm_at is not None,
        listed=tuple(listed),
        is_over=is_over,
    )
    body = _BODY.dump_json(told).decode()
    return Bulletin(key=storm.key, kind=BulletinKind.STORM, to=storm.channel, body=body)


def is_calm(storm: Storm, now: datetime) -> bool:
    """Whether its cards go out now. What comes while they do is listed with them, and does not stop them: only as many
    as make a storm of their own do.
    """
    if is_past(storm.began_at, now, LONGEST) or is_past(storm.last_at, now, QUIET):
        return True
    if not storm.is_hung and is_past(storm.began_at, now, HANGS_WITHIN):
        return True
    is_another = storm.burst_at is not None and not is_past(storm.burst_at, now, QUIET)
    return storm.calm_at is not None and not is_another


def is_over(storm: Storm) -> bool:
    return storm.calm_at is not None and not storm.waiting and not storm.is_served


def is_past(since: datetime, now: datetime, length: timedelta) -> bool:
    """A clock that was set back makes nobody wait longer."""
    return not timedelta() <= now - since < length


def began(storm: Storm, now: datetime) -> Entry:
    return Entry(type="storm_began", at=now, facts={"channel": storm.channel, "cards": storm.came})


def ended(storm: Storm, now: datetime) -> Entry:
    seconds = max(0, int((now - storm.began_at).total_seconds()))
    facts: dict[str, str | int | bool | None] = {
        "channel": storm.channel,
        "cards": storm.came,
        "withdrawn": storm.withdrawn,
        "seconds": seconds,
    }
    return Entry(type="storm_ended", at=now, facts=facts)


class Storms(Protocol):
    """Each step is one transaction, and looks again whether it still is to be taken."""

    async def crowded(self) -> Sequence[ChannelId]:
        """Channels without a storm that are owed more cards than people read."""
        ...

    async def begin(self, channel: ChannelId, now: datetime) -> bool: ...

    async def under_way(self) -> Sequence[Storm]: ...

    async def gather(self, storm: Storm) -> int:
        """Set aside what was owed before it began and is not yet; so many at a time, which is returned."""
        ...

    async def turn(self, storm: Storm, calm_at: datetime | None) -> None:
        """From now on its cards go out, or no longer do."""
        ...

    async def let_go(self, storm: Storm) -> bool:
        """The most urgent has its own card now, if none that was let go before still waits for that."""
        ...

    async def tell(self, storm: Storm, now: datetime) -> None:
        """Its card says how it stands."""
        ...

    async def end(self, storm: Storm, now: datetime) -> None: ...


class Lookout:
    """Looks every second. Where Slack sets no pace there are no storms: everything is delivered at once."""

    def __init__(self, storms: Storms, *, clock: Clock, wake: Callable[[], None], is_paced: bool = True) -> None:
        self._storms = storms
        self._clock = clock
        self._wake = wake
        self._is_paced = is_paced
        self._told_at: dict[str, datetime] = {}
        self._looking = asyncio.Lock()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_EVERY.total_seconds())

    async def look(self) -> None:
        async with self._looking:
            now = self._clock()
            for channel in await self._storms.crowded() if self._is_paced else ():
                if await self._storms.begin(channel, now):
                    self._wake()
            known = await self._storms.under_way()
            self._told_at = {one.key: at for one in known if (at := self._told_at.get(one.key))}
            for storm in known:
                await self._attend(storm, now, every=TOLD_EVERY * len(known))

    async def _attend(self, storm: Storm, now: datetime, *, every: timedelta) -> None:
        calm = is_calm(storm, now)
        if calm is not (storm.calm_at is not None):
            await self._storms.turn(storm, now if calm else None)
        elif is_over(storm):
            await self._storms.end(storm, now)
            self._wake()
            return
        if not calm:
            while self._is_paced and await self._storms.gather(storm) == FOLDED_AT_ONCE:
                continue
        elif await self._storms.let_go(storm):
            self._wake()
        last = self._told_at.get(storm.key)
        if last is None or is_past(last, now, every):
            self._told_at[storm.key] = now
            await self._storms.tell(storm, now)
            self._wake()
