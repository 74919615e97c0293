"""When things are due: promises counted in wall-clock or business time, and the next moment a case needs a look."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from routing.calendars import Calendar
from routing.map import Promise, RoutingMap, Span
from routing.model import Autonomy, Case, Decision, GateState, Priority, Request, Status

A_DAY = Span(minutes=24 * 60)
NOTHING = timedelta()
FIRST_RESPONSE = "first_response"
RESOLUTION = "resolution"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """A promise that runs: when to warn and when its last hour begins, if that is still to be told; when it breaks."""

    promise: str
    warn_at: datetime | None
    last_hour_at: datetime | None
    due_at: datetime

    @property
    def next_at(self) -> datetime:
        return min(moment for moment in (self.warn_at, self.last_hour_at, self.due_at) if moment)


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


def promised(start: datetime, span: Span, hours: Calendar, *, left: timedelta = NOTHING) -> datetime:
    """The moment at which so much of `span` is left, counted from `start`."""
    length = timedelta(minutes=span.minutes) - left
    return hours.after(start, length) if span.is_business else start + length


def response_due(case: Case, decision: Decision, routing_map: RoutingMap) -> datetime:
    return due(case, decision, promise_of(case.request, decision, routing_map).first_response, routing_map)


def resolution_due(case: Case, decision: Decision, routing_map: RoutingMap) -> datetime | None:
    resolution = promise_of(case.request, decision, routing_map).resolution
    return due(case, decision, resolution, routing_map) if resolution else None


def due(case: Case, decision: Decision, span: Span, routing_map: RoutingMap, *, left: timedelta = NOTHING) -> datetime:
    """Counted in the hours of where it is decided to go. A P0 runs around the clock."""
    if decision.priority is Priority.P0:
        span = replace(span, is_business=False)
    destination = routing_map.destinations.get(decision.destination)
    hours = destination.hours if destination else None
    return promised(case.received_at, span, hours or routing_map.hours, left=left)


def running(case: Case) -> Deadline | None:
    """The promise that runs: the first response until somebody answers, then the resolution until the case is closed.

    None runs where the desk only observes: nobody was promised anything. While the case waits for its asker or at a
    gate, a first response that is due is neither warned about nor raised; its time goes on all the same (pausing it is
    a step still to come), so that what came due meanwhile is raised when the wait is over. Whoever snoozed a case is
    not warned before that ends; what was promised to others is raised all the same.
    """
    if case.status.is_final or (case.decision and case.decision.autonomy is Autonomy.OBSERVE):
        return None
    promise, due_at = RESOLUTION, case.resolve_by
    warn_at, last_hour_at = case.warn_resolution_at, case.last_hour_resolution_at
    if case.responded_at is None:
        promise, due_at = FIRST_RESPONSE, case.first_response_by
        warn_at, last_hour_at = case.warn_response_at, case.last_hour_response_at
        if case.status in {Status.CLARIFYING, Status.WAITING}:
            return None
    if due_at is None or promise in case.breached:
        return None
    if warn_at and case.snoozed_until:
        warn_at = max(warn_at, case.snoozed_until)
    is_warned = promise in case.warned_of or warn_at is None or warn_at >= due_at
    is_p0 = case.decision is not None and case.decision.priority is Priority.P0
    return Deadline(
        promise=promise,
        warn_at=None if is_warned else warn_at,
        last_hour_at=None if is_p0 or case.priority_before else last_hour_at,
        due_at=due_at,
    )


def promised_by(case: Case) -> datetime | None:
    """When the promise that is still to be kept breaks, or broke, whether its clock runs now or not."""
    if case.status.is_final or (case.decision and case.decision.autonomy is Autonomy.OBSERVE):
        return None
    return case.first_response_by if case.responded_at is None else case.resolve_by


def next_due(case: Case) -> datetime | None:
    """The next moment the sweep must look at this case, whatever else happens."""
    if case.status.is_final:
        return None
    moments = [case.snoozed_until] if case.snoozed_until else []
    if case.status is Status.CLARIFYING and case.clarification:
        moments.append(case.clarification.due_at)
    deadline = running(case)
    if deadline:
        moments.append(deadline.next_at)
    for gate in case.gates:
        if gate.state is not GateState.PENDING:
            continue
        moments.append(gate.expires_at)
        if not gate.reminded:
            moments.append(gate.remind_at)
        if not gate.backed_up:
            moments.append(gate.backup_at)
    return min(moments, default=None)
