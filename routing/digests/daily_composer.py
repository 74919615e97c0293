"""Composing the morning's digest: what is asked of the figures, and which of the answers are told."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from routing.bulletins import Appointment, Bulletin, BulletinKind, key_of
from routing.calendars import Calendar, first_shown
from routing.digests.daily import (
    ACT_FAST_MAX,
    BOUNCES_MAX,
    BREACHES_MAX,
    OVERDUE_MAX,
    QUEUE_MAX,
    Bounce,
    Bounces,
    Bounds,
    Breach,
    Breaches,
    Broken,
    Bucket,
    Counted,
    Daily,
    Line,
    OpenCase,
    Passed,
    Period,
    written,
)
from routing.kinds import (
    Autonomy,
    CaseId,
    DestinationName,
    Priority,
    Status,
)
from routing.map import RoutingMap
from routing.ports import Clock

ACT_FAST = timedelta(hours=4)
A_MINUTE = timedelta(minutes=1)
A_DAY = timedelta(days=1)
WEEKS_BEFORE = 4
LONGEST_BREAK_DAYS = 31  # a desk closed for longer than this tells of one day only
PAUSED = frozenset({Status.CLARIFYING, Status.WAITING})


class DailyComposer:
    """The port `Composer`. `tells_quiet`: it says so, too, when there is nothing to say.

    A digest that is late, or counted again, lists what is open by the `clock`, and not what may have been.
    """

    def __init__(self, *, counted: Counted, routing_map: RoutingMap, clock: Clock, tells_quiet: bool = False) -> None:
        self._clock = clock
        self._counted = counted
        self._map = routing_map
        self._tells_quiet = tells_quiet

    async def compose(self, appointment: Appointment, fire_at: datetime) -> Sequence[Bulletin]:
        daily = await self.daily(appointment, fire_at)
        if daily.is_quiet and not self._tells_quiet:
            return ()
        key = key_of(appointment.job, fire_at)
        body = written(daily)
        return (Bulletin(key=key, kind=BulletinKind.DAILY, to=appointment.to, body=body, pages=daily.pages),)

    async def is_before(self, moment: datetime) -> bool:
        """Whether there was no desk then."""
        begun = await self._counted.begun()
        return begun is None or moment < begun

    async def due(self, destinations: Sequence[DestinationName], now: datetime) -> Daily:
        """Only the lists, as they are now."""
        return await due(self._counted, self._map, destinations, now)

    async def daily(self, appointment: Appointment, fire_at: datetime) -> Daily:
        """The same whenever it is composed, but for what was written later, and for the lists, which are of now."""
        now = max(fire_at, self._clock())
        listed = await due(self._counted, self._map, appointment.destinations, now)
        periods = periods_of(appointment, self._map.hours, fire_at)
        happened = await self._counted.happened(listed.destinations, periods, appointment.job)
        return replace(
            listed,
            since=periods[0][0],
            until=fire_at,
            listed_at=now,
            breaches=_breaches(happened.broken),
            bounces=_bounces(happened.passed, listed.destinations, self._map),
            came_in=happened.came_in,
        )


async def due(
    counted: Counted, routing_map: RoutingMap, destinations: Sequence[DestinationName], now: datetime
) -> Daily:
    """Only the lists, of any destinations. Where the desk only observes, nobody was promised anything."""
    places = [routing_map.at(name) for name in destinations if name in routing_map.destinations]
    hours = {one.name: one.hours or routing_map.hours for one in places if one.autonomy is not Autonomy.OBSERVE}
    if routing_map.unknown in hours:
        # What was left at a place that is gone hangs in triage, and is looked after there.
        gone = [name for name in await counted.places() if name not in routing_map.destinations]
        hours |= dict.fromkeys(gone, hours[routing_map.unknown])
    soon_p0 = now + ACT_FAST
    bounds = [
        Bounds(destination=name, soon=calendar.after(now, ACT_FAST), soon_p0=soon_p0)
        for name, calendar in hours.items()
    ]
    standing = await counted.standing(now, bounds)
    late = sorted((_line(one, now, hours) for one in standing.late), key=_lateness)
    soon = sorted((_line(one, now, hours) for one in standing.soon), key=_left)
    later = sorted((_line(one, now, hours) for one in standing.later), key=_left)
    return Daily(
        destinations=tuple(name for name in hours if name in routing_map.destinations),
        since=now,
        until=now,
        listed_at=now,
        zones=tuple(dict.fromkeys(calendar.zone for calendar in hours.values())),
        overdue=Bucket(count=standing.overdue, lines=tuple(late[:OVERDUE_MAX])),
        act_fast=Bucket(count=standing.act_fast, lines=tuple(soon[:ACT_FAST_MAX])),
        queue=Bucket(count=standing.queue, lines=tuple(later[:QUEUE_MAX])),
        approvals=standing.approvals,
    )


def periods_of(appointment: Appointment, calendar: Calendar, fire_at: datetime) -> tuple[Period, ...]:
    """The time since the digest before this one, then the same hours of the four weeks before, by the wall clock.

    What the digest before was is read off the calendar, not off what was posted: so it is always the same period.
    """
    zone = ZoneInfo(appointment.zone)
    local = fire_at.astimezone(zone)
    days = (local.date() - A_DAY * back for back in range(1, LONGEST_BREAK_DAYS + 1))
    before = next((day for day in days if day.weekday() in appointment.days and calendar.is_working_day(day)), None)
    start = first_shown(datetime.combine(before, appointment.at), zone).astimezone(zone) if before else local - A_DAY
    weeks = [timedelta(weeks=count) for count in range(WEEKS_BEFORE + 1)]
    return tuple(((start - week).astimezone(UTC), (local - week).astimezone(UTC)) for week in weeks)


def _line(one: OpenCase, now: datetime, hours: Mapping[DestinationName, Calendar]) -> Line:
    is_late = one.promised_by is not None and one.promised_by <= now
    return Line(
        case=one.case,
        number=one.number,
        priority=one.priority,
        destination=one.destination,
        owner=one.owner,
        promised_by=one.promised_by,
        minutes=None if one.promised_by is None else _apart(one, one.promised_by, now, hours[one.destination]),
        is_late=is_late,
        # The gate of a P0 stops no clock: then it has a time.
        is_paused=one.status in PAUSED and one.promised_by is None,
    )


def _apart(one: OpenCase, promised_by: datetime, now: datetime, calendar: Calendar) -> int:
    first, last = sorted((promised_by, now))
    return (last - first if one.is_around_the_clock else calendar.between(first, last)) // A_MINUTE


def _lateness(line: Line) -> tuple[int, datetime]:
    assert line.minutes is not None, "what is late was promised"
    assert line.promised_by is not None, "what is late was promised"
    return -line.minutes, line.promised_by


def _left(line: Line) -> tuple[bool, int, Priority, int]:
    """Without a promise comes last: the more urgent, then the older first."""
    return line.minutes is None, line.minutes or 0, line.priority, line.number


def _breaches(broken: Sequence[Broken]) -> Breaches:
    latest = sorted(broken, key=lambda one: (-one.minutes_late, one.number))[:BREACHES_MAX]
    told = (Breach(case=one.case, number=one.number, promise=one.promise, why=one.why) for one in latest)
    return Breaches(count=len(broken), reasons=dict(Counter(one.why for one in broken).most_common()), told=tuple(told))


def _bounces(passed: Sequence[Passed], names: Sequence[DestinationName], routing_map: RoutingMap) -> Bounces:
    """What touched this group. Where triage sends a case is where it begins, and no bounce."""
    trips: dict[CaseId, list[Passed]] = defaultdict(list)
    for one in passed:
        if one.was != routing_map.unknown and not {one.was, one.now, one.destination}.isdisjoint(names):
            trips[one.case].append(one)
    bounces = [
        Bounce(case=case, number=trip[0].number, times=len(trip), was=trip[0].was, now=trip[-1].now)
        for case, trip in trips.items()
    ]
    bounces.sort(key=lambda one: (-one.times, one.number))
    return Bounces(count=len(bounces), told=tuple(bounces[:BOUNCES_MAX]))
