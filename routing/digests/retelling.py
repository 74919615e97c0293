"""What leads were told, told again: with the figures it was posted with, and what has changed about that time since."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from routing.bulletins import Appointment, Bulletin, time_of
from routing.calendars import first_shown
from routing.digests import patterns
from routing.digests.daily import Daily, Late, late, read
from routing.digests.daily_composer import DailyComposer
from routing.digests.patterns import PATTERNS, Patterns, PatternsComposer

LOOKED_AT = 20
EARLIEST = date(2000, 1, 1)  # before there was any Slack; zones and calendars know little of years long gone


@dataclass(frozen=True, slots=True, kw_only=True)
class Retold:
    """`was_posted` is False for a morning on which nothing was: its lists are of now."""

    daily: Daily
    fire_at: datetime
    was_posted: bool
    late: tuple[Late, ...] = ()


class Board(Protocol):
    """Of the port `Bulletins`, what it takes to find what was posted."""

    async def of_job(self, prefix: str, limit: int) -> Sequence[Bulletin]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Retelling:
    composer: DailyComposer
    trends: PatternsComposer
    board: Board

    async def morning(self, appointment: Appointment, fire_at: datetime) -> Retold | None:
        """As it was posted that day; counted now, if it never was. Nothing, for a time before the desk."""
        posted = await self._posted_on(appointment, fire_at)
        if posted:
            return await self._as_posted(appointment, posted)
        if await self.composer.is_before(fire_at):
            return None
        return Retold(daily=await self.composer.daily(appointment, fire_at), fire_at=fire_at, was_posted=False)

    async def newest(self, appointment: Appointment) -> Retold | None:
        """The last that was posted."""
        posted = await self.board.of_job(f"{appointment.job}@", LOOKED_AT)
        # One that was missed may have been posted after it.
        last = max(posted, key=lambda one: one.key, default=None)
        return await self._as_posted(appointment, last) if last else None

    async def week(self, appointment: Appointment, fire_at: datetime) -> Patterns | None:
        """The patterns that were posted that day, if any were."""
        posted = await self._posted_on(appointment, fire_at)
        if posted is None:
            return None
        told = PATTERNS.validate_json(posted.body)
        again = await self.trends.counted(appointment, fire_at)
        return replace(told, late=patterns.late(told, again))

    async def _posted_on(self, appointment: Appointment, fire_at: datetime) -> Bulletin | None:
        """Of the same day by the clocks there, whatever the hour: the map may have named another one then."""
        zone = ZoneInfo(appointment.zone)
        for days in (-1, 0, 1):
            near = fire_at.astimezone(UTC) + timedelta(days=days)
            for one in await self.board.of_job(f"{appointment.job}@{near:%Y-%m-%d}", LOOKED_AT):
                if time_of(one.key).astimezone(zone).date() == fire_at.astimezone(zone).date():
                    return one
        return None

    async def _as_posted(self, appointment: Appointment, posted: Bulletin) -> Retold:
        told = read(posted.body)
        again = await self.composer.daily(appointment, told.until)
        return Retold(daily=told, fire_at=told.until, was_posted=True, late=late(told, again))


def fire_time(appointment: Appointment, day: date) -> datetime:
    """When that day's is told, whether it is a working day or not."""
    zone = ZoneInfo(appointment.zone)
    return first_shown(datetime.combine(max(day, EARLIEST), appointment.at), zone).astimezone(UTC)
