"""When things are due: promises counted in wall-clock or business time, and the next moment a case needs a look."""

from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from routing.calendars import Calendar
from routing.decisions import Decision
from routing.kinds import (
    Autonomy,
    DestinationName,
    GateState,
    Priority,
    Status,
)
from routing.map import Promise, RoutingMap, Span
from routing.model import Case, Request

A_DAY = Span(minutes=24 * 60)
NOTHING = timedelta()
MORNING = time(8)
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


def as_counted(span: Span, decision: Decision) -> Span:
    """A P0 runs around the clock."""
    return replace(span, is_business=False) if decision.priority is Priority.P0 else span


def deadlines(case: Case) -> tuple[Deadline, ...]:
    """The promises that run: the first response until somebody answers, the resolution until the case is closed.

    None runs where the desk only observes, for nobody was promised anything, and none while the case waits for its
    asker or at a gate. A promise that broke is done with. Whoever snoozed a case is not warned before that ends; what
    was promised to others is raised all the same.
    """
    if case.status.is_final or is_watched_only(case) or waits_for(case):
        return ()
    made = (
        _deadline(case, RESOLUTION, case.resolve_by, case.warn_resolution_at, case.last_hour_resolution_at),
        None
        if case.responded_at
        else _deadline(case, FIRST_RESPONSE, case.first_response_by, case.warn_response_at, case.last_hour_response_at),
    )
    return tuple(sorted((one for one in made if one), key=lambda one: one.next_at))


def _deadline(
    case: Case, promise: str, due_at: datetime | None, warn_at: datetime | None, last_hour_at: datetime | None
) -> Deadline | None:
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


def is_watched_only(case: Case) -> bool:
    return case.decision is not None and case.decision.autonomy is Autonomy.OBSERVE


def waits_for(case: Case) -> str:
    """Whom the clocks stand still for: the `asker`, a `gate`, or nobody. The gate of a P0 holds back only the
    privileged step: the others work on it meanwhile, and their time runs.
    """
    if case.status is Status.CLARIFYING:
        return "asker"
    return "gate" if case.status is Status.WAITING and case.own_priority is not Priority.P0 else ""


def moved_on(moment: datetime, since: datetime, now: datetime, hours: Calendar | None) -> datetime:
    """A moment that was counted on while the clock stood still from `since` until now: what was left then is left now.

    It only ever moves later. What lay before the clock stopped stays where it was.
    """
    if moment <= since:
        return moment
    left = hours.between(since, moment) if hours else moment - since
    return max(moment, hours.after(now, left) if hours else now + left)


def quiet(moment: datetime, due_at: datetime, hours: Calendar) -> datetime:
    """When to remind of what is due: once the place is open, if that is still in time."""
    opening = hours.next_opening(moment)
    return opening if opening < due_at else moment


def hours_at(name: DestinationName | None, routing_map: RoutingMap) -> Calendar:
    destination = routing_map.destinations.get(name) if name else None
    return (destination.hours if destination else None) or routing_map.hours


def next_morning(now: datetime, hours: Calendar) -> datetime:
    """When a place is open again on a later day; where it never closes, at eight."""
    local = now.astimezone(ZoneInfo(hours.zone))
    eight = datetime.combine(local.date() + timedelta(days=1), MORNING, ZoneInfo(hours.zone))
    return hours.next_opening(eight).astimezone(now.tzinfo)


def promised_by(case: Case) -> datetime | None:
    """When the promise that is still to be kept breaks, or broke. While its clock stands still nobody can say."""
    if case.status.is_final:
        return None
    return response_by(case) if case.responded_at is None else resolved_by(case)


def response_by(case: Case) -> datetime | None:
    """When the first response is due, or was: nothing while its clock stands still, or nobody was promised anything."""
    stands_still = case.paused_since is not None and case.responded_at is None
    return None if stands_still or is_watched_only(case) else case.first_response_by


def resolved_by(case: Case) -> datetime | None:
    return None if case.paused_since or is_watched_only(case) else case.resolve_by


def next_due(case: Case) -> datetime | None:
    """The next moment the sweep must look at this case, whatever else happens."""
    if case.status.is_final:
        return None
    if case.is_held:
        return case.turn_at
    moments = [case.snoozed_until] if case.snoozed_until else []
    if case.status is Status.CLARIFYING and case.clarification:
        moments.append(case.clarification.due_at)
    moments += [one.next_at for one in deadlines(case)]
    moments += [at for at in (case.ask_owner_at, case.release_at) if at]
    for gate in case.gates:
        if gate.state is not GateState.PENDING:
            continue
        moments.append(gate.expires_at)
        if not gate.reminded:
            moments.append(gate.remind_at)
        if not gate.backed_up:
            moments.append(gate.backup_at)
    return min(moments, default=None)
