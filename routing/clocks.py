"""When things are due: promises counted in wall-clock or business time, and the next moment a case needs a look."""

from datetime import datetime, timedelta

from routing.calendars import Calendar
from routing.map import RoutingMap, Span
from routing.model import Case, Decision, GateState, Priority, Status

A_DAY = Span(minutes=24 * 60)


def promised(start: datetime, span: Span, hours: Calendar) -> datetime:
    """The moment `span` is used up, counted from `start`."""
    length = timedelta(minutes=span.minutes)
    return hours.after(start, length) if span.is_business else start + length


def response_due(case: Case, decision: Decision, routing_map: RoutingMap) -> datetime:
    promise = routing_map.promises.get(decision.priority)
    return _due(case, decision, promise.first_response if promise else A_DAY, routing_map)


def resolution_due(case: Case, decision: Decision, routing_map: RoutingMap) -> datetime | None:
    promise = routing_map.promises.get(decision.priority)
    if promise is None or promise.resolution is None:
        return None
    return _due(case, decision, promise.resolution, routing_map)


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


def _due(case: Case, decision: Decision, span: Span, routing_map: RoutingMap) -> datetime:
    """Counted in the hours of where it is decided to go. A P0 runs around the clock."""
    if decision.priority is Priority.P0:
        return case.received_at + timedelta(minutes=span.minutes)
    destination = routing_map.destinations.get(decision.destination)
    hours = destination.hours if destination else None
    return promised(case.received_at, span, hours or routing_map.hours)
