"""What becomes of a case: asked, decided, changed by its asker, left waiting. Pure; people's presses are in `verbs`."""

from dataclasses import replace
from datetime import datetime, timedelta

from routing import limits, promises
from routing.clocks import hours_at
from routing.decisions import (
    Decision,
    GateNeed,
    Reason,
)
from routing.kinds import (
    Autonomy,
    DestinationName,
    GateState,
    PersonId,
    Priority,
    Status,
    Verdict,
)
from routing.model import (
    Case,
    Clarification,
    Gate,
    Label,
    Notice,
    Outcome,
    Part,
    Request,
)
from routing.outcome import (
    Scene,
    Step,
    card,
    gate_lines,
    is_observed,
    line,
    moved,
    pictures,
    ping,
    place,
    receipt,
    role_references,
    words_of,
)

BREATH = timedelta(seconds=5)  # what is said further apart is two requests
NOW_AND_THEN = timedelta(minutes=30)
REMIND_AT = 0.5  # of a gate's wait: its holders are reminded
BACKUP_AT = 0.8  # of a gate's wait: the back-up role is asked, and may approve from then on


def asked(case: Case, scene: Scene) -> Outcome:
    request = case.request
    facts = {"channel": request.channel, "message": request.thread, "audience": request.audience.value}
    step = Step(type="asked", by=request.asker.id, facts={**facts, "words": words_of(case)})
    return limits.held(moved(case, case, step, scene), scene.map, scene.now)


def let_in(case: Case, scene: Scene) -> Outcome:
    """Its turn has come: it is decided like any other. What it is promised counts from now, as its asker was told."""
    after = replace(case, turn_at=scene.now, is_held=False)
    return moved(case, after, Step(type=limits.LET_IN), scene)


def decided(case: Case, decision: Decision, scene: Scene) -> Outcome:
    """The first decision on a case, or the next one after its words changed."""
    after = settled(case, decision, scene)
    step = Step(type="decided", facts=facts_of(decision), words=(decision.verdict.value,))
    return moved(case, after, step, scene, announcements(case, after, scene))


def answered(case: Case, choice: DestinationName, decision: Decision, scene: Scene) -> Outcome:
    """The asker chose one of the offered destinations, and the case was decided again."""
    after = settled(case, decision, scene)
    asker = case.request.asker.id
    facts = {**facts_of(decision), "choice": choice}
    label = Label(code="answered", was=None, now=choice, by=asker, at=scene.now)
    step = Step(type="answered", by=asker, facts=facts, words=(choice,), labels=(label,))
    return moved(case, after, step, scene, announcements(case, after, scene))


def is_one_burst(case: Case, request: Request) -> bool:
    """Said beside it, not in a thread, and within a breath of it; when and in what order they are read is no matter."""
    is_beside = request.thread == request.parts[0].message
    return is_beside and abs(request.asked_at - case.request.asked_at) <= BREATH


def joined(case: Case, part: Part, scene: Scene) -> Outcome:
    """Another message of a case that nobody has decided yet."""
    request = replace(case.request, parts=(*case.request.parts, part))
    after = replace(case, request=request)
    step = Step(type="joined", by=request.asker.id, facts={"message": part.message, "words": words_of(after)})
    return limits.not_held(moved(case, after, step, scene), scene.map)


def withdrawn(case: Case, by: PersonId, scene: Scene) -> Outcome:
    after = replace(
        case,
        status=Status.WITHDRAWN,
        gates=closed(case, GateState.VOID),
        clarification=None,
        closed_at=scene.now,
        is_held=False,
    )
    owner = (case.owner,) if case.owner else ()
    notices = (*pictures(after, scene.map), *ping(after, "withdrawn", owner))
    return moved(case, after, Step(type="withdrawn", by=by), scene, notices)


def answered_by(case: Case, by: PersonId, where: str, scene: Scene) -> Outcome | None:
    """Somebody else than the asker said something in its thread, or under its card: that is the first response, and
    whoever has it is still on it. Words that change neither are theirs alone.
    """
    if case.status.is_final or is_observed(case) or by == case.request.asker.id:
        return None
    is_first = case.responded_at is None
    is_quiet_owner = by == case.owner and _long_unheard(case, scene)
    if not is_first and not is_quiet_owner:
        return None
    after = replace(case, responded_at=case.responded_at or scene.now)
    step = Step(type="replied", by=by, facts={"where": where})
    if case.decision is None:
        return moved(case, after, step, scene)
    return moved(case, after, step, scene, pictures(after, scene.map) if is_first else card(after, scene.map))


def _long_unheard(case: Case, scene: Scene) -> bool:
    """One line of the audit now and then is enough to know that somebody is at work."""
    return case.release_at is not None or case.last is None or scene.now - case.last.at >= NOW_AND_THEN


def grown_dear(case: Case, cents: int, scene: Scene) -> Outcome:
    """Asking Claude about this case has cost so much. Nothing changes but that people are told, once."""
    told = tuple(replace(one, words=(str(cents),)) for one in line(case, scene.map.triage.channel, "grew_dear"))
    step = Step(type="grew_dear", facts={"cents": cents}, words=(str(cents),))
    return moved(case, case, step, scene, (*card(case, scene.map), *told))


def to_triage(
    case: Case, code: str, scene: Scene, *, by: PersonId | None = None, due_at: datetime | None = None
) -> Outcome:
    """A person must look. Where the case has been stays known; nothing about its risk is forgotten."""
    gates = GateState.EXPIRED if code == "gate_expired" else GateState.VOID
    after = in_triage(case, Reason(code=code, words=case.visited), scene, gates=gates)
    step = Step(type=code, by=by, facts={"to": scene.map.unknown}, due_at=due_at)
    return moved(case, after, step, scene, pictures(after, scene.map))


def in_triage(case: Case, reason: Reason, scene: Scene, *, gates: GateState = GateState.VOID) -> Case:
    assert case.decision is not None, "only a decided case can come back to triage"
    decision = replace(
        case.decision,
        verdict=Verdict.ESCALATE_HUMAN,
        destination=scene.map.unknown,
        reason=reason,
        # What time alone brings to triage stays as silent towards the asker as it was.
        autonomy=Autonomy.OBSERVE if is_observed(case) else scene.map.triage.autonomy,
    )
    return replace(
        at_a_new_place(case),
        status=Status.TRIAGE,
        decision=decision,
        # Who looks after a P0 while it waits for approval goes on looking after it.
        owner=case.owner if gates is GateState.EXPIRED else None,
        version=case.version + 1,
        gates=closed(case, gates),
    )


def at_a_new_place(case: Case) -> Case:
    """Another team begins at the bottom of its own chain, with nothing asked and nothing snoozed."""
    return replace(case, clarification=None, chain_step=0, raised_to=(), snoozed_until=None, snoozed_by=None)


def opened(need: GateNeed, decision: Decision, scene: Scene) -> Gate:
    """Its own clock runs through nights and weekends. Whoever may open it is reminded in the hours of the place, if
    there are any left before it expires; of a P0 at once.
    """
    wait = timedelta(minutes=need.expires_minutes)
    expires_at = scene.now + wait
    hours = hours_at(decision.destination, scene.map)

    def awake(moment: datetime) -> datetime:
        opening = hours.next_opening(moment)
        return opening if decision.priority is not Priority.P0 and opening < expires_at else moment

    return Gate(
        need=need,
        opened_at=scene.now,
        remind_at=awake(scene.now + wait * REMIND_AT),
        backup_at=awake(scene.now + wait * BACKUP_AT),
        expires_at=expires_at,
    )


def guarded(case: Case, decision: Decision, scene: Scene) -> Case:
    """The case behind its decision's gates: waiting, or in triage at once when nobody could open them."""
    gates = tuple(opened(need, decision, scene) for need in decision.gates)
    nobody = tuple(need.role for need in decision.gates if need.role in scene.unstaffed)
    if nobody:
        decision = replace(
            decision,
            verdict=Verdict.ESCALATE_HUMAN,
            destination=scene.map.unknown,
            reason=Reason(code="nobody_can_approve", words=nobody),
        )
        gates = tuple(replace(gate, state=GateState.VOID) for gate in gates)
        return replace(case, status=Status.TRIAGE, decision=decision, gates=gates)
    return replace(case, status=Status.WAITING, decision=decision, gates=gates)


def holders_of(case: Case, scene: Scene) -> tuple[str, ...]:
    """Whom to ask for the approvals a case still lacks."""
    roles = (gate.need.role for gate in case.gates if gate.state is GateState.PENDING)
    return tuple(dict.fromkeys(who for role in roles for who in role_references(scene.map, role)))


def closed(case: Case, state: GateState) -> tuple[Gate, ...]:
    return tuple(replace(gate, state=state) if gate.state is GateState.PENDING else gate for gate in case.gates)


def settled(case: Case, decision: Decision, scene: Scene) -> Case:
    if case.decision is not None and not is_observed(case) and decision.autonomy is Autonomy.OBSERVE:
        decision = replace(decision, autonomy=Autonomy.SUGGEST)  # Who was told something once is not left alone now.
    if case.decision is not None and case.decision.destination != decision.destination:
        owner = case.owner if decision.priority is Priority.P0 else None
        case = replace(at_a_new_place(case), owner=owner)
    case = promises.made(case, decision, scene)
    decision = promises.as_urgent(case, decision)
    case = replace(
        case,
        decision=decision,
        visited=case.visited or _first_stop(decision, scene),
        clarification=None,
        gates=(),
    )
    if decision.verdict is Verdict.REQUIRE_APPROVAL:
        return guarded(case, decision, scene)
    if decision.verdict is Verdict.ROUTE:
        if case.owner:
            # Who looked after a P0 while it waited for approval goes on with it, now that it needs none.
            return replace(case, status=Status.TAKEN, was_released=True)
        is_released = decision.autonomy is Autonomy.AUTO
        status = Status.ROUTED if is_released else Status.PROPOSED
        return replace(case, status=status, was_released=case.was_released or is_released)
    if decision.verdict is Verdict.REQUEST_CLARIFICATION and case.questions_asked == 0:
        return _asking(case, decision, scene)
    unclear = decision.verdict is Verdict.REQUEST_CLARIFICATION
    if unclear:
        # A second unclear answer is enough: from here a person asks.
        decision = replace(decision, verdict=Verdict.ESCALATE_HUMAN, reason=Reason(code="still_unclear"))
    return replace(case, status=Status.TRIAGE, decision=decision)


def _asking(case: Case, decision: Decision, scene: Scene) -> Case:
    question = Clarification(
        asked_at=scene.now,
        due_at=scene.now + timedelta(minutes=scene.map.clarification_minutes),
        options=tuple(one.destination for one in decision.candidates),
    )
    return replace(case, status=Status.CLARIFYING, clarification=question, questions_asked=case.questions_asked + 1)


def _first_stop(decision: Decision, scene: Scene) -> tuple[DestinationName, ...]:
    """Human triage is where loops end, not a stop on the way."""
    return () if decision.destination == scene.map.unknown else (decision.destination,)


def announcements(before: Case, after: Case, scene: Scene) -> tuple[Notice, ...]:
    decision = after.decision
    assert decision is not None, "only a decided case is announced"
    here = place(scene.map, decision.destination)
    notices = pictures(after, scene.map)
    if after.status is Status.CLARIFYING and before.decision is None:
        notices = receipt(after)
    notices += gate_lines(after, scene.map)
    if decision.priority is Priority.P0:
        notices += line(after, here.stakeholders or scene.map.triage.stakeholders, "p0")
        if before.decision is not None and before.decision.priority is not Priority.P0:
            notices += ping(after, "raised_to_p0", here.on_call)
    if after.status is Status.WAITING and before.decision is not None:
        notices += ping(after, "gate_again", holders_of(after, scene))
    return notices


def facts_of(decision: Decision) -> dict[str, str | int | bool | None]:
    return {
        "verdict": decision.verdict.value,
        "destination": decision.destination,
        "candidate": decision.candidate,
        "intents": "+".join(decision.intents),
        "risk": decision.risk.value,
        "priority": decision.priority.value,
        "priority_rule": decision.priority_rule,
        "score_percent": round(decision.score * 100),
        "reason": decision.reason.code,
        "autonomy": decision.autonomy.value,
        "prompt": decision.prompt or None,
        "without_claude": decision.without_claude or None,
    }
