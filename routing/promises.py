"""What becomes of a promise as its time runs out: warned about once, and once raised if it breaks. Pure."""

from dataclasses import replace
from datetime import timedelta

from routing.clocks import Deadline, resolution_due, response_due, running
from routing.map import RoutingMap
from routing.model import Case, Decision, Outcome
from routing.outcome import Fact, Scene, Step, card, chain_of, line, moved, pictures, ping, place

A_MINUTE = timedelta(minutes=1)
BOUNCES = 2  # so often passed on, and that is why it is late


def made(case: Case, decision: Decision, routing_map: RoutingMap) -> Case:
    """What is promised stays promised, and the warning before it where it was: a later map moves neither."""
    soon = routing_map.warn_at
    if case.first_response_by is None:
        case = replace(
            case,
            first_response_by=response_due(case, decision, routing_map),
            warn_response_at=response_due(case, decision, routing_map, percent=soon),
        )
    if case.resolve_by is None:
        case = replace(
            case,
            resolve_by=resolution_due(case, decision, routing_map),
            warn_resolution_at=resolution_due(case, decision, routing_map, percent=soon),
        )
    return case


def elapsed(case: Case, scene: Scene) -> Outcome | None:
    """What is broken already is not warned about any more."""
    deadline = running(case)
    if deadline and deadline.due_at <= scene.now:
        return _broken(case, deadline, scene)
    if deadline and deadline.warn_at and deadline.warn_at <= scene.now:
        return _warned(case, deadline, scene)
    return None


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
    promise = deadline.promise
    after = replace(case, breached=(*case.breached, promise))
    facts: dict[str, Fact] = {
        "promise": promise,
        "minutes_late": (scene.now - deadline.due_at) // A_MINUTE,
        "why": why_late(case),
    }
    chain = chain_of(case, scene)
    if case.chain_step >= len(chain):
        step = Step(type="breached", facts=facts, words=(promise,))
        told = line(after, scene.map.triage.channel, f"nobody_above:{promise}")
        return moved(case, after, step, scene, (*pictures(after, scene.map), *told))
    who = chain[case.chain_step].who
    after = replace(after, chain_step=case.chain_step + 1, raised_to=(*case.raised_to, who))
    facts |= {"to": who, "step": case.chain_step + 1}
    step = Step(type="breached", facts=facts, words=(promise, who))
    told = ping(after, f"breached:{promise}", (who,))
    return moved(case, after, step, scene, (*pictures(after, scene.map), *told))


def why_late(case: Case) -> str:
    """The one reason worth acting on: what is passed around or asked about is seldom claimed as well."""
    if case.hops >= BOUNCES:
        return "bounced_twice"
    if case.questions_asked:
        return "waited_on_the_asker"
    return "took_too_long" if case.owner else "never_claimed"
