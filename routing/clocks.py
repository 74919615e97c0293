"""When things are due: promises counted in wall-clock or business time, and the next moment a case needs a look."""

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from routing.map import BusinessHours, RoutingMap, Span
from routing.model import Case, GateState, Priority, Status

# A calendar with no open hour in this many days is a mistake in the map; the promise is then wall-clock time.
HORIZON_DAYS = 366
A_DAY = Span(minutes=24 * 60)


def promised(start: datetime, span: Span, hours: BusinessHours) -> datetime:
    """The moment `span` is used up, counted from `start`."""
    if not span.is_business or not any(hours.spans.values()):
        return start + timedelta(minutes=span.minutes)
    left = timedelta(minutes=span.minutes)
    for opens, closes in _openings(start, hours):
        if left <= closes - opens:
            return opens + left
        left -= closes - opens
    return start + timedelta(minutes=span.minutes)


def response_due(case: Case, priority: Priority, routing_map: RoutingMap) -> datetime:
    promise = routing_map.promises.get(priority)
    return _counted(case, priority, promise.first_response if promise else A_DAY, routing_map)


def resolution_due(case: Case, priority: Priority, routing_map: RoutingMap) -> datetime | None:
    promise = routing_map.promises.get(priority)
    if promise is None or promise.resolution is None:
        return None
    return _counted(case, priority, promise.resolution, routing_map)


def next_due(case: Case) -> datetime | None:
    """The next moment the sweep must look at this case, whatever else happens."""
    if case.status.is_final:
        return None
    moments = [case.snoozed_until] if case.snoozed_until else []
    if case.status is Status.CLARIFYING and case.clarification:
        moments.append(case.clarification.due_at)
    for gate in case.gates:
        if gate.state is not GateState.PENDING:
            continue
        moments.append(gate.expires_at)
        if not gate.reminded:
            moments.append(gate.remind_at)
        if not gate.backed_up:
            moments.append(gate.backup_at)
    return min(moments, default=None)


def _counted(case: Case, priority: Priority, span: Span, routing_map: RoutingMap) -> datetime:
    """A P0 runs around the clock."""
    if priority is Priority.P0:
        span = replace(span, is_business=False)
    return promised(case.received_at, span, routing_map.hours)


def _openings(start: datetime, hours: BusinessHours) -> list[tuple[datetime, datetime]]:
    """Open spans from `start` on, in UTC arithmetic so that a night with a clock change is as long as it is."""
    zone = ZoneInfo(hours.zone)
    local = start.astimezone(zone)
    found = []
    for offset in range(HORIZON_DAYS):
        day = local.date() + timedelta(days=offset)
        if day in hours.closed_on:
            continue
        for opens, closes in hours.spans.get(day.weekday(), ()):
            begin = datetime.combine(day, opens, zone).astimezone(start.tzinfo)
            end = datetime.combine(day, closes, zone).astimezone(start.tzinfo)
            if end > start:
                found.append((max(begin, start), end))
    return found
