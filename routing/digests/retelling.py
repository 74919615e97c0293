"""A morning's digest, told again: with the figures it was posted with, and what has changed about that time since."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from routing.bulletins import Appointment, Bulletin
from routing.calendars import first_shown
from routing.digests.daily import Daily, Late, late, read
from routing.digests.daily_composer import DailyComposer

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


def fire_time(appointment: Appointment, day: date) -> datetime:
    """When that day's is told, whether it is a working day or not."""
    day = max(day, EARLIEST)
    zone = ZoneInfo(appointment.zone)
    return first_shown(datetime.combine(day, appointment.at), zone).astimezone(UTC)


async def retold(composer: DailyComposer, board: Board, appointment: Appointment, fire_at: datetime) -> Retold | None:
    """As it was posted that day; counted now, if it never was. Nothing, for a time before the desk."""
    posted = await board.of_job(f"{appointment.job}@{fire_at.astimezone(UTC):%Y-%m-%d}", 1)
    if posted:
        fire_at = read(posted[0].body).until
    elif await composer.is_before(fire_at):
        return None
    again = await composer.daily(appointment, fire_at)
    if not posted:
        return Retold(daily=again, fire_at=fire_at, was_posted=False)
    told = read(posted[0].body)
    return Retold(daily=told, fire_at=fire_at, was_posted=True, late=late(told, again))


async def newest(composer: DailyComposer, board: Board, appointment: Appointment) -> Retold | None:
    """The last that was posted."""
    posted = await board.of_job(f"{appointment.job}@", 1)
    if not posted:
        return None
    return await retold(composer, board, appointment, read(posted[0].body).until)
