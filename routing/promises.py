"""What becomes of a promise as its time runs out: warned about once, and once raised if it breaks. Pure."""

from dataclasses import replace
from datetime import datetime, timedelta

from routing.clocks import Deadline, due, promise_of, running
from routing.map import RoutingMap, Span
from routing.model import Audience, Case, Decision, Outcome, Priority
from routing.outcome import Fact, Scene, Step, card, chain_of, gate_lines, line, moved, pictures, ping, place

A_MINUTE = timedelta(minutes=1)
AN_HOUR = timedelta(hours=1)
SHORT = timedelta(hours=2)
WHOLE = 100  # percent
LAST_HOUR = "last_hour"  # the rule that set the priority
BOUNCES = 2  # so often passed on, and that is why it is late


def made(case: Case, decision: Decision, routing_map: RoutingMap) -> Case:
    """What is promised stays promised, and the warnings before it where they were: a later map moves none of them."""
    promise = promise_of(case.request, decision, routing_map)
    if case.first_response_by is None:
        span = promise.first_response
        case = replace(
            case,
            first_response_by=due(case, decision, span, routing_map),
            warn_response_at=due(case, decision, span, routing_map, left=_left(span, routing_map)),
            last_hour_response_at=_last_hour(case, decision, span, routing_map),
        )
    if case.resolve_by is None and promise.resolution:
        span = promise.resolution
        case = replace(
            case,
            resolve_by=due(case, decision, span, routing_map),
            warn_resolution_at=due(case, decision, span, routing_map, left=_left(span, routing_map)),
            last_hour_resolution_at=_last_hour(case, decision, span, routing_map),
        )
    return case


def as_urgent(case: Case, decision: Decision) -> Decision:
    """In the last hour of a promise, no word that is added makes it less urgent again."""
    if case.priority_before is None or decision.priority is Priority.P0:
        return decision
    return replace(decision, priority=Priority.P0, priority_rule=LAST_HOUR)


def elapsed(case: Case, scene: Scene) -> Outcome | None:
    """What is broken already is not warned about any more."""
    deadline = running(case)
    if deadline is None or deadline.next_at > scene.now:
        return None
    if deadline.due_at <= scene.now:
        return _broken(case, deadline, scene)
    if deadline.last_hour_at and deadline.last_hour_at <= scene.now:
        return _last_hour_begun(case, deadline, scene)
    return _warned(case, deadline, scene)


def _left(span: Span, routing_map: RoutingMap) -> timedelta:
    return timedelta(minutes=span.minutes) * (WHOLE - routing_map.warn_at) / WHOLE


def _last_hour(case: Case, decision: Decision, span: Span, routing_map: RoutingMap) -> datetime | None:
    """Of what is promised to somebody outside. A promise of two hours or less is only warned about."""
    is_outside = case.request.audience is Audience.CUSTOMERS
    if not is_outside or timedelta(minutes=span.minutes) <= SHORT:
        return None
    return due(case, decision, span, routing_map, left=AN_HOUR)


def _last_hour_begun(case: Case, deadline: Deadline, scene: Scene) -> Outcome:
    """It is a P0 now; what was promised stays as it was. On call hears of it, and the stakeholders get their line."""
    assert case.decision is not None, "only a decided case has promises"
    urgent = replace(case, priority_before=case.decision.priority)
    after = replace(urgent, decision=as_urgent(urgent, case.decision))
    here = place(scene.map, case.decision.destination)
    left = (deadline.due_at - scene.now) // A_MINUTE
    step = Step(type="last_hour", facts={"promise": deadline.promise, "minutes_left": left}, words=(deadline.promise,))
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
    step = Step(type="warned", facts={"promise": deadline.promise, "minutes_left": left}, words=(deadline.promise,))
    notices = (*card(after, scene.map), *ping(after, f"warned:{deadline.promise}", whom))
    return moved(case, after, step, scene, notices)


def _broken(case: Case, deadline: Deadline, scene: Scene) -> Outcome:
    """Raised one step, as a person would escalate it. Where nobody stands above, triage is told that nobody does."""
    promise, why = deadline.promise, why_late(case)
    after = replace(case, breached=(*case.breached, promise))
    facts: dict[str, Fact] = {
        "promise": promise,
        "minutes_late": (scene.now - deadline.due_at) // A_MINUTE,
        "why": why,
    }
    chain = chain_of(case, scene)
    if case.chain_step >= len(chain):
        step = Step(type="breached", facts=facts, words=(promise, why))
        told = line(after, scene.map.triage.channel, f"nobody_above:{promise}")
        return moved(case, after, step, scene, (*pictures(after, scene.map), *told))
    who = chain[case.chain_step].who
    after = replace(after, chain_step=case.chain_step + 1, raised_to=(*case.raised_to, who))
    facts |= {"to": who, "step": case.chain_step + 1}
    step = Step(type="breached", facts=facts, words=(promise, why, who))
    told = ping(after, f"breached:{promise}", (who,))
    return moved(case, after, step, scene, (*pictures(after, scene.map), *told))


def why_late(case: Case) -> str:
    """The one reason worth acting on: what is passed around or asked about is seldom claimed as well."""
    if case.hops >= BOUNCES:
        return "bounced_twice"
    if case.questions_asked:
        return "waited_on_the_asker"
    return "took_too_long" if case.owner else "never_claimed"
