"""Settling opinions into one decision. Pure: same opinions, same decision, in whatever order they came."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from routing.choose import PRECEDENTS_MIN, PROPOSE_FROM, Choice, choose, precedents_of, union
from routing.decisions import (
    Candidate,
    Decision,
    GateNeed,
    Opinion,
    Reason,
)
from routing.kinds import (
    Action,
    Audience,
    Autonomy,
    DestinationName,
    Priority,
    Risk,
    Verdict,
)
from routing.map import PRIVILEGED, Destination, RoutingMap, stricter
from routing.model import Request

ASK_FROM = 0.35  # a candidate weaker than this is not worth a button in a question
MOST_OPTIONS = 3
WITHOUT_CLAUDE = "without_claude"
REMEMBERED = "remembered"


class Unsure(StrEnum):
    """What happens below the confidence that routes. Never a guess, in either case."""

    ESCALATE = "escalate"
    HUMAN = "human"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stance:
    """What is known about the asker and the house rules when opinions are settled."""

    closed: frozenset[DestinationName] = frozenset()
    unsure: Unsure = Unsure.ESCALATE
    may_ask: bool = True


def decide(opinions: Sequence[Opinion], routing_map: RoutingMap, request: Request, stance: Stance) -> Decision:
    """Settle differing opinions into one decision.

    A route rule, else the most confident source, says *where*. Risk is the highest anyone saw: sources may outvote
    each other on the destination, but none may talk another one's risk down.
    """
    opinions = sorted(opinions, key=lambda opinion: (opinion.source, repr(opinion)))
    risks = union(opinion.risks for opinion in opinions)
    categories = union(opinion.categories for opinion in opinions)
    priority, priority_rule = _priority(opinions, routing_map, request)
    choice = choose(opinions, routing_map, risks)
    if choice.destination is not None and (choice.against or choice.score >= PROPOSE_FROM):
        risks = union([risks, own_risks(choice.destination, routing_map)])
    without = next((opinion.reason.words[0] for opinion in opinions if opinion.reason.code == WITHOUT_CLAUDE), "")
    is_privileged = any(opinion.is_privileged for opinion in opinions) or _is_privileged(
        choice, routing_map, is_held=bool(risks or categories)
    )
    needs = routing_map.gates_for(risks, categories, is_privileged=is_privileged)
    verdict, reason = _verdict(opinions, choice, needs, request, stance, is_p0=priority is Priority.P0)
    if verdict is Verdict.ESCALATE_HUMAN and _has_failed(opinions):
        # Nobody knows what was not seen: until a holder has looked, it is as risky as the riskiest place.
        needs = routing_map.gates_for(risks, categories, is_privileged=True)
    chosen = choice.destination
    where = chosen if chosen and verdict in {Verdict.ROUTE, Verdict.REQUIRE_APPROVAL} else routing_map.triage
    decision = Decision(
        verdict=verdict,
        destination=where.name,
        candidate=chosen.name if chosen else None,
        candidates=_options(choice, stance) if verdict is Verdict.REQUEST_CLARIFICATION else choice.candidates,
        intents=_intents(opinions, chosen, risks),
        score=choice.score,
        confidence=choice.confidence,
        risk=Risk.HIGH if needs else Risk.NORMAL,
        risks=risks,
        categories=categories,
        priority=priority,
        priority_rule=priority_rule,
        reason=reason,
        autonomy=_autonomy(choice, where, priority),
        action=_action(verdict, request),
        map_version=routing_map.version,
        gates=needs,
        tags=union([where.tags, *(opinion.tags for opinion in opinions)]),
        missing=union(opinion.missing for opinion in opinions),
        against=choice.against,
        without_claude=without,
        prompt=max((opinion.prompt for opinion in opinions), default=""),
        remembers=any(opinion.reason.code == REMEMBERED for opinion in opinions),
    )
    return cautious(decision, request)


def cautious(decision: Decision, request: Request) -> Decision:
    """Nothing risky goes on by itself long after it was said: it may be over, or done by somebody else."""
    is_late = request.last_found_at is not None
    is_risky = decision.gates or decision.risks or decision.categories or decision.priority is Priority.P0
    if is_late and is_risky and decision.autonomy is Autonomy.AUTO:
        return replace(decision, autonomy=Autonomy.SUGGEST)
    return decision


def reassigned(decision: Decision, to: Destination, routing_map: RoutingMap) -> Decision:
    """The same decision with another destination, chosen by a person.

    The new destination's risk and gate apply again; nothing that was asked for before is asked for less.
    """
    risks = union([decision.risks, own_risks(to, routing_map)])
    fresh = routing_map.gates_for(risks, decision.categories, is_privileged=to.is_privileged)
    needs = _strictest(fresh, decision.gates)
    return replace(
        decision,
        verdict=Verdict.REQUIRE_APPROVAL if needs else Verdict.ROUTE,
        destination=to.name,
        candidate=to.name,
        reason=Reason(code="reassigned"),
        risk=Risk.HIGH if needs else Risk.NORMAL,
        risks=risks,
        # What a person moved there is no observation: somebody waits for it.
        autonomy=Autonomy.SUGGEST if to.autonomy is Autonomy.OBSERVE else to.autonomy,
        action=Action.UPDATE_TASK,
        map_version=routing_map.version,
        gates=needs,
        against=(),
        record=None,
    )


def unheard(why: str) -> Opinion:
    """What stands in for Claude when it was wanted and could not be asked: rules and classifier decide."""
    return Opinion(source="claude", reason=Reason(code=WITHOUT_CLAUDE, words=(why,)))


def remembered(before: Decision | None) -> tuple[Opinion, ...]:
    """What was seen when Claude was heard. It may be away now, or talked round by the asker's next words: neither takes
    a risk back. Only people do, or a new request.
    """
    if before is None or not (before.prompt or before.remembers):
        return ()
    is_privileged = any(PRIVILEGED in need.because for need in before.gates)
    return (
        Opinion(
            source="earlier",
            reason=Reason(code=REMEMBERED, words=(*before.risks, *before.categories)),
            risks=before.risks,
            categories=before.categories,
            is_privileged=is_privileged,
        ),
    )


def failed(source: str) -> Opinion:
    """What stands in for a source that broke: a person must look, and nothing may be taken for harmless."""
    return Opinion(source=source, reason=Reason(code="failure"), wants_human=True)


def _has_failed(opinions: Sequence[Opinion]) -> bool:
    return any(opinion.reason.code == "failure" for opinion in opinions)


def own_risks(here: Destination, routing_map: RoutingMap) -> tuple[str, ...]:
    """The destination's own: who takes nothing but dangerous work is not sent anything that need not be agreed to.

    A privileged place has a gate of its own for that.
    """
    is_dangerous = here.intents and set(here.intents) <= set(routing_map.high_risk)
    return here.intents if is_dangerous and not here.is_privileged else ()


def _is_privileged(choice: Choice, routing_map: RoutingMap, *, is_held: bool) -> bool:
    """Whether it may be work of a privileged place: anyone who would propose that is heard, whoever wins; and what
    waits for approval anyway goes nowhere privileged without that place's own gate.

    A faint resemblance is no proposal. Nothing is routed by it, so a person reads it, who can send it there: then the
    gate stands before it.
    """
    may_be = {one.destination for one in choice.candidates if one.score >= PROPOSE_FROM}
    if choice.destination is not None and is_held:
        may_be.add(choice.destination.name)
    return any(routing_map.at(name).is_privileged for name in may_be)


def _strictest(fresh: tuple[GateNeed, ...], before: tuple[GateNeed, ...]) -> tuple[GateNeed, ...]:
    needs = {need.role: need for need in fresh}
    for need in before:
        same = needs.get(need.role)
        if same is None:
            needs[need.role] = need
        else:
            needs[need.role] = stricter(same, need)
    return tuple(needs[role] for role in sorted(needs))


def _verdict(
    opinions: Sequence[Opinion],
    choice: Choice,
    needs: tuple[GateNeed, ...],
    request: Request,
    stance: Stance,
    *,
    is_p0: bool,
) -> tuple[Verdict, Reason]:
    if needs:
        because = tuple(word for need in needs for word in need.because)
        return Verdict.REQUIRE_APPROVAL, Reason(code="gated", words=because)
    if any(opinion.wants_human for opinion in opinions):
        return Verdict.ESCALATE_HUMAN, Reason(code="failure" if _has_failed(opinions) else "wants_human")
    if choice.is_conflict:
        return Verdict.ESCALATE_HUMAN, choice.reason
    if choice.destination and choice.destination.name in stance.closed:
        return Verdict.ESCALATE_HUMAN, Reason(code="not_allowed", words=(choice.destination.name,))
    is_sure = choice.destination is not None and choice.score >= choice.destination.threshold
    if choice.destination and not choice.against and (is_sure or choice.is_clear):
        return Verdict.ROUTE, choice.reason
    return _unsure(opinions, choice, request, stance, is_p0=is_p0)


def _unsure(
    opinions: Sequence[Opinion], choice: Choice, request: Request, stance: Stance, *, is_p0: bool
) -> tuple[Verdict, Reason]:
    """Below the routing confidence: one question if one could settle it, else a person."""
    somebody_answers = request.audience is not Audience.MONITORING and stance.may_ask and not is_p0
    missing = union(opinion.missing for opinion in opinions)
    options = _options(choice, stance)
    if stance.unsure is Unsure.ESCALATE and somebody_answers:
        if len(options) > 1:
            return Verdict.REQUEST_CLARIFICATION, Reason(
                code="ambiguous", words=tuple(one.destination for one in options)
            )
        if missing:
            return Verdict.REQUEST_CLARIFICATION, Reason(code="missing", words=missing)
    if choice.destination is None and missing:
        return Verdict.ESCALATE_HUMAN, Reason(code="missing", words=missing)
    if choice.against:
        places = union([[one.destination for one in choice.against]])
        return Verdict.ESCALATE_HUMAN, Reason(code="contradicted", words=places)
    code = "unsure" if choice.destination else "nothing_fits"
    return Verdict.ESCALATE_HUMAN, Reason(code=code, words=tuple(one.destination for one in options))


def _options(choice: Choice, stance: Stance) -> tuple[Candidate, ...]:
    worth_asking = [one for one in choice.candidates if one.score >= ASK_FROM and one.destination not in stance.closed]
    return tuple(worth_asking[:MOST_OPTIONS])


def _autonomy(choice: Choice, where: Destination, priority: Priority) -> Autonomy:
    """Not quite sure is never automatic, and a P0 is never silent."""
    if where.autonomy is Autonomy.AUTO and choice.score < where.threshold:
        return Autonomy.SUGGEST
    if where.autonomy is Autonomy.OBSERVE and priority is Priority.P0:
        return Autonomy.SUGGEST
    return where.autonomy


def _intents(opinions: Sequence[Opinion], chosen: Destination | None, risks: tuple[str, ...]) -> tuple[str, ...]:
    if risks:
        return risks
    if chosen:
        named = union(
            opinion.intents
            for opinion in opinions
            if opinion.candidates and opinion.candidates[0].destination == chosen.name
        )
        return named[:1] or chosen.intents[:1] or (chosen.name,)
    return ("unclear",) if any(opinion.missing for opinion in opinions) else ("unknown",)


def _priority(opinions: Sequence[Opinion], routing_map: RoutingMap, request: Request) -> tuple[Priority, str]:
    claims = [(opinion.priority, opinion.source) for opinion in opinions if opinion.priority]
    by_default = Priority.P3 if request.audience is Audience.MONITORING else Priority.P2
    priority, rule = min(claims, default=(by_default, "default"))
    customer = routing_map.customers.get(request.customer or "")
    if customer and customer.raises_priority and priority is not Priority.P0:
        return priority.raised(), f"customer:{customer.tier}"
    # Their priorities hold their customers' raise already: nobody is raised for both.
    precedents = precedents_of(opinions)
    if len(precedents) >= PRECEDENTS_MIN and all(one.priority < priority for one in precedents):
        return priority.raised(), "precedents"
    return priority, rule.removeprefix("priority:")


def _action(verdict: Verdict, request: Request) -> Action:
    if verdict in {Verdict.ESCALATE_HUMAN, Verdict.REQUIRE_APPROVAL}:
        return Action.ESCALATE_TO_HUMAN
    if verdict is Verdict.REQUEST_CLARIFICATION:
        return Action.ADD_COMMENT
    return Action.UPDATE_TASK if len(request.parts) > 1 else Action.CREATE_TASK
