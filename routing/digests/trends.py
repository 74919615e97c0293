"""What the week's patterns are counted from: the port to the record, and what it tells. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Protocol
from zoneinfo import ZoneInfo

from routing.bulletins import Appointment
from routing.calendars import midnight
from routing.kinds import (
    DestinationName,
    Priority,
    Status,
    Verdict,
)

A_DAY = timedelta(days=1)
DAYS = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """Seven days by the calendar's clocks, from midnight to midnight; an hour more or less when those change."""

    first_day: date
    begins: datetime
    ends: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """So many requests came in `week`, a place in the weeks asked for, and are at the places asked for now."""

    week: int
    category: str
    priority: Priority
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FellDue:
    """Promises that fell due in a week, at the places asked for: how many, and how many of them were kept by then."""

    week: int
    promise: str
    count: int
    kept: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Since:
    """What happened to a case after it was decided: an entry's type, from where to where, and how the case stood."""

    type: str
    source: DestinationName | None = None
    to: str | None = None
    status: Status | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruled:
    """A case's first decision, and what has happened since. `status` is the one it gave the case."""

    destination: DestinationName
    candidate: DestinationName | None
    verdict: Verdict
    status: Status
    seconds: float
    cost: int
    since: tuple[Since, ...] = ()

    @property
    def place(self) -> DestinationName:
        """Where the desk thought it belongs, even where it was not sure enough to send it there."""
        return self.candidate or self.destination

    @property
    def chose(self) -> bool:
        return self.verdict in {Verdict.ROUTE, Verdict.REQUIRE_APPROVAL}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviews:
    """What reviewers said of decisions nobody had changed."""

    right: int = 0
    wrong: int = 0
    unsure: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """All of one moment. `begun` is when the first request ever came; `ruled` and `reviews` are of the last week."""

    begun: datetime | None = None
    received: tuple[Received, ...] = ()
    fell_due: tuple[FellDue, ...] = ()
    ruled: tuple[Ruled, ...] = ()
    reviews: Reviews = Reviews()


class Trends(Protocol):
    async def of(self, destinations: Sequence[DestinationName], weeks: Sequence[Week]) -> Record:
        """What is on record of these places in these weeks, oldest first. A case is counted where its week is over."""
        ...


def weeks_until(fire_at: datetime, appointment: Appointment, count: int) -> tuple[Week, ...]:
    """So many weeks, oldest first, up to the last midnight that began one of the appointment's weekdays.

    What is told on a Monday tells of Monday to Monday, also when a holiday moves it to Tuesday.
    """
    zone = ZoneInfo(appointment.zone)
    end = fire_at.astimezone(zone).date()
    for _ in range(DAYS):
        if end.weekday() in appointment.days:
            break
        end -= A_DAY
    edges = [end - DAYS * A_DAY * back for back in range(count, -1, -1)]
    return tuple(
        Week(first_day=first, begins=midnight(first, zone), ends=midnight(next_one, zone))
        for first, next_one in pairwise(edges)
    )
