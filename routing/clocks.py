"""When things are due: promises counted in wall-clock or business time, and the next moment a case needs a look."""

from datetime import datetime, timedelta

from routing.calendars import Calendar
from routing.map import Promise, RoutingMap, Span
from routing.model import Case, Decision, GateState, Priority, Request, Status

A_DAY = Span(minutes=24 * 60)


def promise_of(request: Request, decision: Decision, routing_map: RoutingMap) -> Promise:
    """What is promised: by the customer's tier, else by the destination, else by the priority alone.

    A promise that leaves out the resolution leaves it to the next in this order.
    """
    customer = routing_map.customers.get(request.customer or "")
    destination = routing_map.destinations.get(decision.destination)
    written = (
        routing_map.tier_promises.get(customer.tier, {}) if customer else {},
        destination.promises if destination else {},
        routing_map.promises,
    )
    said = [promises[decision.priority] for promises in written if decision.priority in promises]
    return Promise(
        first_response=said[0].first_response if said else A_DAY,
        resolution=next((one.resolution for one in said if one.resolution), None),
    )


def promised(start: datetime, span: Span, hours: Calendar) -> datetime:
    """The moment `span` is used up, counted from `start`."""
    length = timedelta(minutes=span.minutes)
    return hours.after(start, length) if span.is_business else start + length


def response_due(case: Case, decision: Decision, routing_map: RoutingMap) -> datetime:
    return _due(case, decision, promise_of(case.request, decision, routing_map).first_response, routing_map)


def resolution_due(case: Case, decision: Decision, routing_map: RoutingMap) -> datetime | None:
    resolution = promise_of(case.request, decision, routing_map).resolution
    return _due(case, decision, resolution, routing_map) if resolution else None


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
