"""Composing the morning's digest: what is asked of the figures, and which of the answers are told."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from routing.bulletins import Appointment, Bulletin, BulletinKind
from routing.calendars import Calendar
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
from routing.map import RoutingMap
from routing.model import Autonomy, CaseId, DestinationName, Priority, Status

ACT_FAST = timedelta(hours=4)
A_MINUTE = timedelta(minutes=1)
A_DAY = timedelta(days=1)
WEEKS_BEFORE = 4
LONGEST_BREAK_DAYS = 31  # a desk closed for longer than this tells of one day only
PAUSED = frozenset({Status.CLARIFYING, Status.WAITING})
# Whoever is asked or passes a case on can do so at any hour; nobody claims or finishes one where nobody is.
EXCUSED = frozenset({"never_claimed", "took_too_long"})
OUT_OF_HOURS = "out_of_hours"


class DailyComposer:
    """The port `Composer`. `tells_quiet`: it says so, too, when there is nothing to say."""

    def __init__(self, *, counted: Counted, routing_map: RoutingMap, tells_quiet: bool = False) -> None:
        self._counted = counted
        self._map = routing_map
        self._tells_quiet = tells_quiet

    async def compose(self, appointment: Appointment, fire_at: datetime) -> Sequence[Bulletin]:
        daily = await self.daily(appointment, fire_at)
        if daily.is_quiet and not self._tells_quiet:
            return ()
        key = f"{appointment.job}@{fire_at.astimezone(UTC):%Y-%m-%dT%H:%MZ}"
        body = written(daily)
        return (Bulletin(key=key, kind=BulletinKind.DAILY, to=appointment.to, body=body, pages=daily.pages),)

    async def due(self, destinations: Sequence[DestinationName], now: datetime) -> Daily:
        """Only the lists, as they are now."""
        return await due(self._counted, self._map, destinations, now)

    async def daily(self, appointment: Appointment, fire_at: datetime) -> Daily:
        """The same whenever it is composed, but for what was written later, and for the lists, which are of now."""
        listed = await due(self._counted, self._map, appointment.destinations, fire_at)
        periods = periods_of(appointment, self._map.hours, fire_at)
        happened = await self._counted.happened(listed.destinations, periods)
        return replace(
            listed,
            since=periods[0][0],
            breaches=_breaches(happened.broken, self._map),
            bounces=_bounces(happened.passed, listed.destinations, self._map),
            came_in=happened.came_in,
        )


async def due(
    counted: Counted, routing_map: RoutingMap, destinations: Sequence[DestinationName], now: datetime
) -> Daily:
    """Only the lists, of any destinations. Where the desk only observes, nobody was promised anything."""
    places = [routing_map.at(name) for name in destinations if name in routing_map.destinations]
    hours = {one.name: one.hours or routing_map.hours for one in places if one.autonomy is not Autonomy.OBSERVE}
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
        destinations=tuple(hours),
        since=now,
        until=now,
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
    before = next((day for day in days if day.weekday() in appointment.days and _opens_on(calendar, day)), None)
    start = datetime.combine(before, appointment.at, zone) if before else local - A_DAY
    weeks = [timedelta(weeks=count) for count in range(WEEKS_BEFORE + 1)]
    return tuple(((start - week).astimezone(UTC), (local - week).astimezone(UTC)) for week in weeks)


def _opens_on(calendar: Calendar, day: date) -> bool:
    """A calendar without any hours counts the wall clock, and knows no days off."""
    return not any(calendar.week) or (bool(calendar.week[day.weekday()]) and not calendar.is_holiday(day))


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
    return (last - first if one.priority is Priority.P0 else calendar.between(first, last)) // A_MINUTE


def _lateness(line: Line) -> tuple[int, datetime]:
    assert line.minutes is not None, "what is late was promised"
    assert line.promised_by is not None, "what is late was promised"
    return -line.minutes, line.promised_by


def _left(line: Line) -> tuple[bool, int, Priority, int]:
    """Without a promise comes last: the more urgent, then the older first."""
    return line.minutes is None, line.minutes or 0, line.priority, line.number


def _breaches(broken: Sequence[Broken], routing_map: RoutingMap) -> Breaches:
    reasons = {one: _why(one, routing_map) for one in broken}
    latest = sorted(broken, key=lambda one: (-one.minutes_late, one.number))[:BREACHES_MAX]
    told = (Breach(case=one.case, number=one.number, promise=one.promise, why=reasons[one]) for one in latest)
    return Breaches(count=len(broken), reasons=dict(Counter(reasons.values()).most_common()), told=tuple(told))


def _why(one: Broken, routing_map: RoutingMap) -> str:
    """A promise may well end as the place closes: what counts is whether anybody was there the minute before."""
    if one.why not in EXCUSED or one.priority is Priority.P0:
        return one.why
    here = routing_map.destinations.get(one.destination)
    hours = (here.hours if here else None) or routing_map.hours
    broke_at = one.at - one.minutes_late * A_MINUTE
    return one.why if hours.is_open(broke_at - A_MINUTE) else OUT_OF_HOURS


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
