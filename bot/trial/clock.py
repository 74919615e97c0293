"""The trial's clock: this machine's time, and what was skipped of it by hand."""

import math
import os
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime, timedelta
from datetime import time as TimeOfDay  # noqa: N812 - the stopwatch is called time, too
from pathlib import Path
from zoneinfo import ZoneInfo

from bot import clock
from bot.workspace.desktop import MovableClock
from bot.workspace.model import NotPossibleError
from routing.calendars import Calendar
from routing.map import RoutingMap
from routing.ports import Clock

NINE = TimeOfDay(9)
A_MINUTE = timedelta(minutes=1)
NIGHT_DAYS_MAX = 400  # who does not open again in a year is called in the next morning all the same
AHEAD_MAX = timedelta(days=3650)
NOTHING = timedelta()
AN_HOUR = timedelta(hours=1)
A_DAY = timedelta(days=1)


class ShiftedClock:
    """Goes on from where it was in the last run, and only forwards, until nothing is left of what it dated.

    How far it is ahead is on disk before anybody is told the new time.
    """

    def __init__(self, path: Path, *, real: Clock = clock.now, stopwatch: Callable[[], float] = time.monotonic) -> None:
        self._path = path
        self._real = real
        self._stopwatch = stopwatch
        self._ahead = _kept_in(path)

    def __call__(self) -> datetime:
        return self._real() + self._ahead

    @property
    def ahead(self) -> timedelta:
        return self._ahead

    def ahead_seconds(self) -> float:
        return self._ahead.total_seconds()

    def stopwatch(self) -> float:
        """Seconds from no particular moment, for whoever only measures; what was skipped has passed."""
        return self._stopwatch() + self.ahead_seconds()

    def move_to(self, moment: datetime) -> None:
        """Raises NotPossibleError when that is too far. What is past is past: then nothing moves."""
        seconds = math.ceil((moment - self._real()).total_seconds())
        ahead = timedelta(seconds=seconds)
        if ahead <= self._ahead:
            return
        if ahead > AHEAD_MAX:
            raise NotPossibleError("The clock is ten years ahead, and goes no further. Start over to set it back.")
        _keep_in(self._path, seconds)
        self._ahead = ahead

    def set_back(self) -> None:
        """To this machine's time. Only for an empty desk: what was dated ahead would never come due."""
        self._path.unlink(missing_ok=True)
        self._ahead = NOTHING


def by_hand(
    shifted: ShiftedClock, routing_map: RoutingMap, passing: Callable[[Callable[[], None]], Awaitable[None]]
) -> MovableClock:
    """For the page. `passing` is handed the move, to be made where nothing is torn in two by it."""

    hours = routing_map.hours

    async def next_day() -> None:
        await passing(lambda: shifted.move_to(next_morning(shifted(), hours, routing_map.digests.at)))

    async def hour() -> None:
        await passing(lambda: shifted.move_to(shifted() + AN_HOUR))

    return MovableClock(zone=hours.zone, ahead_seconds=shifted.ahead_seconds, next_morning=next_day, hour=hour)


def next_morning(now: datetime, hours: Calendar, told_at: TimeOfDay = NINE) -> datetime:
    """A minute past nine, or past the digest's time if that is later, on the next day that has any hours."""
    zone = ZoneInfo(hours.zone)
    today = now.astimezone(zone).date()
    days = [today + A_DAY * ahead for ahead in range(1, NIGHT_DAYS_MAX + 1)]
    day = next((one for one in days if hours.is_working_day(one)), days[0])
    return datetime.combine(day, max(NINE, told_at), zone) + A_MINUTE


def _kept_in(path: Path) -> timedelta:
    """Nothing, if it cannot be read: whoever knows what was dated already moves it there."""
    with suppress(OSError, ValueError):
        seconds = int(path.read_text(encoding="ascii")[:20])
        return timedelta(seconds=min(max(seconds, 0), AHEAD_MAX.total_seconds()))
    return NOTHING


def _keep_in(path: Path, seconds: int) -> None:
    """All of it or nothing, also if the machine stops in the middle."""
    beside = path.with_name(path.name + ".new")
    with beside.open("w", encoding="ascii") as file:
        file.write(str(seconds))
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
