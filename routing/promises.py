"""What becomes of a promise as its time runs out: warned about once, and once raised if it breaks. Pure."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from routing.clocks import (
    FIRST_RESPONSE,
    NOTHING,
    RESOLUTION,
    Deadline,
    as_counted,
    deadlines,
    hours_at,
    is_watched_only,
    promise_of,
    promised,
    quiet,
)
from routing.decisions import Decision
from routing.kinds import (
    Audience,
    Autonomy,
    DestinationName,
    Priority,
)
from routing.map import Promise, RoutingMap, Span
from routing.model import (
    Case,
    Outcome,
    Request,
)
from routing.outcome import Fact, Scene, Step, card, chain_of, gate_lines, line, moved, pictures, ping, place
from routing.ticking import gone_on, was_found_broken, why_late

A_MINUTE = timedelta(minutes=1)
AN_HOUR = timedelta(hours=1)
SHORT = timedelta(hours=2)
WHOLE = 100  # percent
LAST_HOUR = "last_hour"  # the rule that set the priority


def made(case: Case, decision: Decision, scene: Scene) -> Case:
    """What is promised stays promised, and the warnings before it where they were: a later map moves none of them.

    Words that make it more urgent, and leaving triage for a place that promises more, bring a promise forward, counted
    from now; none is ever put off. Where the desk only observes nothing is promised, until somebody moves it on.
    Whoever was found late has waited since they asked.
    """
    if decision.autonomy is Autonomy.OBSERVE:
        return case
    promise = promise_of(case.request, decision, scene.map)
    was_watched = is_watched_only(case)
    if was_watched:
        case = replace(case, first_response_by=None, resolve_by=None)
    if case.first_response_by is None:
        since = scene.now if was_watched else _asked_for(case, scene.now)
        return _all_promised(case, promise, _Counting(scene.map, decision, since, decision.destination))
    if case.decision is None or not _promises_more(case, case.decision, decision, scene.map):
        return case
    # Counted on to this moment first: what stood still must not be lost by it.
    running = case
    if case.paused_since:
        running = replace(gone_on(case, case.paused_since, scene.now, scene.map), paused_since=scene.now)
    sooner = _all_promised(running, promise, _Counting(scene.map, decision, scene.now, decision.destination))
    is_sooner = (sooner.first_response_by, sooner.resolve_by) != (running.first_response_by, running.resolve_by)
    return sooner if is_sooner else case


def _asked_for(case: Case, now: datetime) -> datetime:
    """Since when it counts. What was found late has waited since it was asked. Who asks so much that a request has to
    wait its turn was told of that at once; a promise that ran meanwhile would be broken before anybody saw it, and one
    person could raise hundreds at a time.
    """
    if case.turn_at is not None:
        return min(case.turn_at, now)
    return case.request.asked_at if case.request.found_at else case.received_at


def _promises_more(case: Case, before: Decision, after: Decision, routing_map: RoutingMap) -> bool:
    if case.priority_before:
        return False  # In its last hour it keeps the promise it had.
    leaves_triage = before.destination == routing_map.unknown != after.destination
    return leaves_triage or after.priority < before.priority


def _all_promised(case: Case, promise: Promise, count: "_Counting") -> Case:
    case = _answer_promised(case, promise.first_response, count)
    return _solution_promised(case, promise.resolution, count) if promise.resolution else case


@dataclass(frozen=True, slots=True)
class _Counting:
    """How promises are counted: from when, and in whose hours."""

    map: RoutingMap
    decision: Decision
    since: datetime
    hours_of: DestinationName

    def due(self, span: Span, left: timedelta = NOTHING) -> datetime:
        return promised(self.since, self.as_counted(span), hours_at(self.hours_of, self.map), left=left)

    def warn_at(self, span: Span) -> datetime:
        """In the hours of the place, if there are any left: at night a reminder only wakes people, except for a P0."""
        moment = self.due(span, timedelta(minutes=span.minutes) * (WHOLE - self.map.warn_at) / WHOLE)
        if self.decision.priority is Priority.P0:
            return moment
        return quiet(moment, self.due(span), hours_at(self.hours_of, self.map))

    def last_hour(self, span: Span, request: Request) -> datetime | None:
        """Of what is promised to somebody outside. A promise shorter than two hours is only warned about."""
        is_outside = request.audience is Audience.CUSTOMERS
        if not is_outside or timedelta(minutes=span.minutes) < SHORT:
            return None
        return self.due(span, AN_HOUR)

    def as_counted(self, span: Span) -> Span:
        return as_counted(span, self.decision)

    def named(self, case: Case, promise: str, span: Span) -> tuple[str, ...]:
        """The promises that count business time, this one among them if it does."""
        others = tuple(one for one in case.counted_in_hours if one != promise)
        return (*others, promise) if self.as_counted(span).is_business else others


def _answer_promised(case: Case, span: Span, count: _Counting) -> Case:
    """Also of what was answered already: whether that was in time is asked of it later."""
    due_at = count.due(span)
    if case.first_response_by and (case.responded_at or case.first_response_by <= due_at):
        return case
    return replace(
        case,
        first_response_by=due_at,
        warn_response_at=count.warn_at(span),
        last_hour_response_at=count.last_hour(span, case.request),
        counted_in_hours=count.named(case, FIRST_RESPONSE, span),
        hours_of=count.hours_of,
    )


def _solution_promised(case: Case, span: Span, count: _Counting) -> Case:
    due_at = count.due(span)
    if case.resolve_by and case.resolve_by <= due_at:
        return case
    return replace(
        case,
        resolve_by=due_at,
        warn_resolution_at=count.warn_at(span),
        last_hour_resolution_at=count.last_hour(span, case.request),
        counted_in_hours=count.named(case, RESOLUTION, span),
        solution_hours_of=count.hours_of,
    )


def as_urgent(case: Case, decision: Decision) -> Decision:
    """In the last hour of a promise, no word that is added makes it less urgent again."""
    if case.priority_before is None or decision.priority is Priority.P0:
        return decision
    return replace(decision, priority=Priority.P0, priority_rule=LAST_HOUR)


def elapsed(case: Case, scene: Scene) -> Outcome | None:
    """What is broken already is not warned about any more."""
    deadline = next(iter(deadlines(case)), None)
    if deadline is None or deadline.next_at > scene.now:
        return None
    if deadline.due_at <= scene.now:
        return _broken(case, deadline, scene)
    if deadline.last_hour_at and deadline.last_hour_at <= scene.now:
        return _last_hour_begun(case, deadline, scene)
    return _warned(case, deadline, scene)


def _last_hour_begun(case: Case, deadline: Deadline, scene: Scene) -> Outcome:
    """It is a P0 now; what was promised stays as it was. On call hears of it, and the stakeholders get their line."""
    assert case.decision is not None, "only a decided case has promises"
    # What on call hears of now, nobody need be reminded of besides.
    warned = tuple(dict.fromkeys((*case.warned_of, deadline.promise)))
    urgent = replace(case, priority_before=case.decision.priority, warned_of=warned)
    after = replace(urgent, decision=as_urgent(urgent, case.decision))
    here = place(scene.map, case.decision.destination)
    left = (deadline.due_at - scene.now) // A_MINUTE
    step = Step(
        type="last_hour",
        facts={"promise": deadline.promise, "minutes_left": left},
        words=(deadline.promise,),
        due_at=deadline.last_hour_at,
    )
    notices = (
        *pictures(after, scene.map),
        *gate_lines(after, scene.map),
        *line(after, here.stakeholders or scene.map.triage.stakeholders, "p0"),
        *ping(after, f"last_hour:{deadline.promise}", here.on_call or scene.map.triage.on_call),
    )
    return moved(case, after, step, scene, notices)


def _warned(case: Case, deadline: Deadline, scene: Scene) -> Outcome:
    """To whoever has it; to those of its place, while nobody does."""
    assert case.decision is not None, "only a decided case has promises"
    after = replace(case, warned_of=(*case.warned_of, deadline.promise))
    whom = (case.owner,) if case.owner else place(scene.map, case.decision.destination).owners
    left = (deadline.due_at - scene.now) // A_MINUTE
    step = Step(
        type="warned",
        facts={"promise": deadline.promise, "minutes_left": left},
        words=(deadline.promise,),
        due_at=deadline.warn_at,
    )
    notices = (*card(after, scene.map), *ping(after, f"warned:{deadline.promise}", whom))
    return moved(case, after, step, scene, notices)


def _broken(case: Case, deadline: Deadline, scene: Scene) -> Outcome:
    """Raised one step, as a person would escalate it. Where nobody stands above, triage is told that nobody does.

    What broke before anybody could know of it is written down, and wakes nobody: those above could have done nothing,
    and after a long silence there may be hundreds.
    """
    promise, why = deadline.promise, why_late(case, deadline.promise, deadline.due_at, scene.map)
    after = replace(case, breached=(*case.breached, promise))
    facts: dict[str, Fact] = {
        "promise": promise,
        "minutes_late": (scene.now - deadline.due_at) // A_MINUTE,
        "why": why,
        "raised": True,
    }
    if was_found_broken(case, deadline.due_at):
        step = Step(type="breached", facts={**facts, "raised": False}, words=(promise, why), due_at=deadline.due_at)
        return moved(case, after, step, scene, pictures(after, scene.map))
    chain = chain_of(case, scene)
    if case.chain_step >= len(chain):
        step = Step(type="breached", facts=facts, words=(promise, why), due_at=deadline.due_at)
        told = line(after, scene.map.triage.channel, f"nobody_above:{promise}")
        return moved(case, after, step, scene, (*pictures(after, scene.map), *told))
    who = chain[case.chain_step].who
    after = replace(after, chain_step=case.chain_step + 1, raised_to=(*case.raised_to, who))
    facts |= {"to": who, "step": case.chain_step + 1}
    step = Step(type="breached", facts=facts, words=(promise, why, who), due_at=deadline.due_at)
    told = ping(after, f"breached:{promise}", (who,))
    return moved(case, after, step, scene, (*pictures(after, scene.map), *told))
