"""What people do to a case with its buttons, gates apart. Pure: who may comes from `authority`."""

from dataclasses import replace
from datetime import timedelta

from routing import decide, promises
from routing.authority import Actor, may_ask, may_close, may_confirm, may_move, may_work
from routing.calendars import Calendar
from routing.clocks import hours_at, next_morning
from routing.decisions import Reason
from routing.kinds import (
    Autonomy,
    DestinationName,
    GateState,
    NoticeKind,
    PersonId,
    Status,
    Verdict,
)
from routing.lifecycle import at_a_new_place, closed, guarded, in_triage, to_triage, withdrawn
from routing.model import (
    Case,
    Entry,
    Label,
    Notice,
    Outcome,
    Refusal,
    Text,
)
from routing.outcome import (
    OPENED,
    Fact,
    Scene,
    Step,
    card,
    chain_of,
    gate_lines,
    is_p0,
    line,
    moved,
    pictures,
    ping,
    refused,
)

CONFIRMABLE = frozenset({Status.PROPOSED, Status.ROUTED})
WORKABLE = frozenset({Status.PROPOSED, Status.ROUTED, Status.TAKEN, Status.TRIAGE})
RESOLUTIONS = ("fixed", "answered", "duplicate", "not_ours")


def approve_route(case: Case, version: int, actor: Actor, scene: Scene) -> Outcome:
    """Yes, it belongs here. An owner who says so has it from now on."""
    refusal = may_confirm(case, actor) or _not_in(case, CONFIRMABLE) or stale(case, version)
    if refusal is None and not actor.owns and _confirmed_by(case, actor):
        refusal = Refusal(code="confirmed_already")
    if refusal:
        return refused(case, "approve_route", actor.id, refusal, scene)
    owner = actor.id if actor.owns else case.owner
    after = replace(case, status=Status.TAKEN if owner else Status.ROUTED, owner=owner, was_released=True)
    here = _here(case)
    label = _label(case, "confirmed", here, actor.id, scene)
    step = Step(type="route_approved", by=actor.id, facts={"destination": here}, labels=(label,))
    return _answered(case, after, step, actor, scene)


def reassign(case: Case, version: int, actor: Actor, to: DestinationName, reason: Text | None, scene: Scene) -> Outcome:
    """A person corrects the destination. The new one's risk and gate apply; a loop ends with a person."""
    allowed = may_reassign(case, version, actor, scene)
    if allowed.refusal:
        return allowed
    refusal = _bad_target(case, to, scene)
    if refusal:
        return refused(case, "reassign", actor.id, refusal, scene)
    label = replace(_label(case, "reassigned", to, actor.id, scene), why=reason.id if reason else None)
    texts = (reason,) if reason else ()
    facts: dict[str, Fact] = {"from": _here(case), "to": to, "hops": len(case.visited)}
    step = Step(type="reassigned", by=actor.id, facts=facts, words=(_here(case), to), texts=texts, labels=(label,))
    if _is_loop(case, to, scene):
        path = Reason(code="loop", words=(*case.visited, to))
        after = in_triage(case, path, scene)
        return _answered(case, after, replace(step, type="loop_stopped"), actor, scene)
    if to == scene.map.unknown:
        return _answered(case, in_triage(case, Reason(code="reassigned"), scene), step, actor, scene)
    after = _moved_to(case, to, actor, scene)
    stakeholders = scene.map.at(to).stakeholders if is_p0(after) else None
    told = (*gate_lines(after, scene.map), *line(after, stakeholders, "p0"))
    return _answered(case, after, step, actor, scene, *told)


def may_reassign(case: Case, version: int, actor: Actor, scene: Scene) -> Outcome:
    """Everything about a reassignment but where to: an outcome that changes nothing, or the refusal."""
    refusal = may_move(case, actor) or _closed(case) or stale(case, version)
    if refusal:
        return refused(case, "reassign", actor.id, refusal, scene)
    return Outcome(case=case, entries=())


def escalate(case: Case, version: int, actor: Actor, package: tuple[Text, ...], scene: Scene) -> Outcome:
    """Raised to whoever stands above. It lowers nothing: gates and risk stay as they are."""
    refusal = may_move(case, actor) or _closed(case) or stale(case, version)
    chain = chain_of(case, scene)
    if refusal is None and case.chain_step >= len(chain):
        refusal = Refusal(code="top_of_chain", words=case.raised_to[-1:])
    if refusal:
        return refused(case, "escalate", actor.id, refusal, scene)
    who = chain[case.chain_step].who
    after = replace(case, chain_step=case.chain_step + 1, raised_to=(*case.raised_to, who))
    step = Step(
        type="escalated", by=actor.id, facts={"to": who, "step": case.chain_step + 1}, words=(who,), texts=package
    )
    return _answered(case, after, step, actor, scene, *ping(after, "escalated", (who,)))


def take(case: Case, version: int, actor: Actor, scene: Scene) -> Outcome:
    """It is mine now. On a P0 this is allowed while the gate is pending; nothing is released by it."""
    refusal = may_work(actor) or _closed(case) or stale(case, version)
    if refusal is None and case.status is Status.WAITING and not is_p0(case):
        refusal = Refusal(code="gated_first")
    if refusal is None and case.status is Status.PROPOSED:
        refusal = may_confirm(case, actor)
    if refusal is None and case.status is Status.CLARIFYING:
        refusal = Refusal(code="not_now")
    if refusal is None and case.owner:
        refusal = Refusal(code="yours_already") if case.owner == actor.id else _has_it(case.owner)
    if refusal:
        return refused(case, "take", actor.id, refusal, scene)
    status = case.status if case.status in {Status.WAITING, Status.TRIAGE} else Status.TAKEN
    after = replace(case, owner=actor.id, status=status, was_released=case.was_released or status is Status.TAKEN)
    is_confirmed = case.status in CONFIRMABLE and actor.owns
    labels = (_label(case, "taken", _here(case), actor.id, scene),) if is_confirmed else ()
    return _answered(case, after, Step(type="taken", by=actor.id, labels=labels), actor, scene)


def release(case: Case, version: int, actor: Actor, scene: Scene) -> Outcome:
    refusal = may_work(actor) or _closed(case) or stale(case, version)
    if refusal is None and case.owner is None:
        refusal = Refusal(code="nobody_has_it")
    if refusal:
        return refused(case, "release", actor.id, refusal, scene)
    after = replace(case, owner=None, status=Status.ROUTED if case.status is Status.TAKEN else case.status)
    return _answered(case, after, Step(type="released", by=actor.id), actor, scene)


def let_go(case: Case, version: int, actor: Actor, scene: Scene) -> Outcome:
    """The answer of whoever was asked whether they are still on it: meanwhile somebody else may have it."""
    if case.owner and case.owner != actor.id:
        return refused(case, "release", actor.id, Refusal(code="not_the_owner"), scene)
    return release(case, version, actor, scene)


def resolve(case: Case, version: int, actor: Actor, how: str, what: Text | None, scene: Scene) -> Outcome:
    refusal = may_close(case, actor, scene.map) or _not_in(case, WORKABLE) or stale(case, version)
    if refusal is None and how not in RESOLUTIONS:
        refusal = Refusal(code="reason_required")
    if refusal:
        return refused(case, "resolve", actor.id, refusal, scene)
    after = replace(case, status=Status.RESOLVED, closed_at=scene.now, snoozed_until=None)
    texts = (what,) if what else ()
    step = Step(type="resolved", by=actor.id, facts={"how": how}, words=(how,), texts=texts)
    return _answered(case, after, step, actor, scene)


def not_a_request(case: Case, version: int, actor: Actor, scene: Scene) -> Outcome:
    refusal = may_close(case, actor, scene.map) or _closed(case) or stale(case, version)
    if refusal:
        return refused(case, "not_a_request", actor.id, refusal, scene)
    after = replace(
        case,
        status=Status.NOT_A_REQUEST,
        closed_at=scene.now,
        clarification=None,
        gates=closed(case, GateState.VOID),
    )
    label = _label(case, "not_a_request", None, actor.id, scene)
    return _answered(case, after, Step(type="not_a_request", by=actor.id, labels=(label,)), actor, scene)


def still_on_it(case: Case, version: int, actor: Actor, scene: Scene) -> Outcome:
    """Whoever has it says so. They are asked again after twice the time."""
    refusal = may_work(actor) or _closed(case) or stale(case, version)
    if refusal is None and case.owner != actor.id:
        refusal = Refusal(code="not_the_owner")
    if refusal is None and case.release_at is None:
        refusal = Refusal(code="answered_already")
    if refusal:
        return refused(case, "still_on_it", actor.id, refusal, scene)
    after = replace(case, still_on_it=case.still_on_it + 1)
    return moved(case, after, Step(type="still_on_it", by=actor.id), scene, card(after, scene.map))


def snooze(case: Case, version: int, actor: Actor, minutes: int | None, scene: Scene) -> Outcome:
    """For so long; without a number, until its place is open tomorrow or later."""
    refusal = may_work(actor) or _not_in(case, WORKABLE) or stale(case, version)
    if refusal:
        return refused(case, "snooze", actor.id, refusal, scene)
    until = scene.now + timedelta(minutes=minutes) if minutes else next_morning(scene.now, _hours(case, scene))
    after = replace(case, snoozed_until=until, snoozed_by=actor.id)
    step = Step(type="snoozed", by=actor.id, facts={"minutes": (until - scene.now) // timedelta(minutes=1)})
    return moved(case, after, step, scene, card(after, scene.map))


def wrong_team(case: Case, version: int, by: PersonId, scene: Scene) -> Outcome:
    """The asker says it is with the wrong people: back to a person, priority kept, and a label."""
    refusal = may_ask(case, by) or _not_in(case, WORKABLE - {Status.TRIAGE}) or stale(case, version)
    if refusal:
        return refused(case, "wrong_team", by, refusal, scene)
    label = _label(case, "wrong_team", None, by, scene)
    outcome = to_triage(case, "wrong_team", scene, by=by)
    return replace(outcome, labels=(label,))


def something_else(case: Case, version: int, by: PersonId, scene: Scene) -> Outcome:
    """None of the offered destinations: a person asks on."""
    refusal = may_answer(case, version, by)
    if refusal:
        return refused(case, "answer", by, refusal, scene)
    return to_triage(case, "something_else", scene, by=by)


def may_answer(case: Case, version: int, by: PersonId) -> Refusal | None:
    return may_ask(case, by) or _not_in(case, {Status.CLARIFYING}) or stale(case, version)


def not_offered(case: Case, by: PersonId, scene: Scene) -> Outcome:
    """A destination nobody was asked about: pressed on something that is not ours any more."""
    return refused(case, "answer", by, Refusal(code="stale", words=(case.changed_by,)), scene)


def not_counted(case: Case, verb: str, by: PersonId, why: str, scene: Scene) -> Outcome:
    """A press that names this case, and that we did not draw as it came, or there, or for them."""
    return refused(case, verb, by, Refusal(code=why), scene)


def withdraw(case: Case, by: PersonId, scene: Scene) -> Outcome:
    refusal = may_ask(case, by)
    if refusal is None and case.status.is_final:
        refusal = Refusal(code="closed", words=(case.status.value,))
    if refusal:
        return refused(case, "withdraw", by, refusal, scene)
    return withdrawn(case, by, scene)


def look(case: Case, actor: Actor, scene: Scene) -> Outcome:
    refusal = may_move(case, actor)
    if refusal:
        return refused(case, "details", actor.id, refusal, scene)
    return Outcome(case=case, entries=())


def open_card(case: Case, actor: Actor, scene: Scene) -> Outcome:
    """Its card waits on a list no longer. Asked again, or later, it asks for what is so already."""
    refusal = may_move(case, actor)
    if refusal is None and case.status is Status.WITHDRAWN:
        refusal = Refusal(code="closed", words=(case.status.value,))
    if refusal:
        return refused(case, "open_card", actor.id, refusal, scene)
    entry = Entry(type=OPENED, at=scene.now, by=actor.id, facts={"status": case.status.value, "version": case.version})
    key = f"{OPENED}:{case.id}:{case.revision + 1}"
    return Outcome(case=case, entries=(entry,), notices=(Notice(key=key, kind=NoticeKind.CARD, code=OPENED),))


def _has_it(owner: PersonId) -> Refusal:
    """Nobody's work is taken from their hands unseen: they let it go, or it is passed on."""
    return Refusal(code="taken_already", words=(owner,))


def stale(case: Case, version: int) -> Refusal | None:
    """Drawn for another version of the case than there is now."""
    return None if version == case.version else Refusal(code="stale", words=(case.changed_by,))


def _answered(case: Case, after: Case, step: Step, actor: Actor, scene: Scene, *more: Notice) -> Outcome:
    """A person acted: if they are not the asker, that is the first response."""
    is_response = case.responded_at is None and actor.id != case.request.asker.id
    after = replace(after, responded_at=scene.now if is_response else case.responded_at)
    return moved(case, after, step, scene, (*pictures(after, scene.map), *more))


def _moved_to(case: Case, to: DestinationName, actor: Actor, scene: Scene) -> Case:
    assert case.decision is not None, "a case without a decision has no card to reassign"
    decision = decide.reassigned(case.decision, scene.map.at(to), scene.map)
    case = promises.made(case, decision, scene)
    after = replace(
        at_a_new_place(case), decision=decision, version=case.version + 1, visited=(*case.visited, to), owner=None
    )
    if decision.verdict is Verdict.REQUIRE_APPROVAL:
        return guarded(after, decision, scene)
    if actor.is_one_of({case.request.asker.id}) and decision.autonomy is Autonomy.SUGGEST:
        # Nobody confirms the route of their own request, neither by pressing Approve nor by moving it.
        return replace(after, status=Status.PROPOSED, gates=())
    return replace(after, status=Status.ROUTED, gates=(), was_released=True)


def _confirmed_by(case: Case, actor: Actor) -> bool:
    return case.last is not None and (case.last.code, case.last.by) == ("route_approved", actor.id)


def _bad_target(case: Case, to: DestinationName, scene: Scene) -> Refusal | None:
    if to not in scene.map.destinations:
        return Refusal(code="unknown_destination")
    if to == _here(case):
        return Refusal(code="there_already", words=(to,))
    return None


def _is_loop(case: Case, to: DestinationName, scene: Scene) -> bool:
    """In triage a person has looked: from there even a place already visited is a decision, not a bounce."""
    if case.status is Status.TRIAGE or to == scene.map.unknown:
        return False
    return to in case.visited or case.hops + 1 > scene.map.max_hops


def _label(case: Case, code: str, now: DestinationName | None, by: PersonId, scene: Scene) -> Label:
    """What this person says about where the case was; how sure the desk had been, if it chose the place."""
    decision = case.decision
    sure = decision.confidence if decision and not decision.is_by_people else None
    return Label(code=code, was=_here(case), now=now, by=by, at=scene.now, confidence=sure)


def _hours(case: Case, scene: Scene) -> Calendar:
    return hours_at(_here(case), scene.map)


def _here(case: Case) -> DestinationName:
    assert case.decision is not None, "a case without a decision has no card"
    return case.decision.destination


def _closed(case: Case) -> Refusal | None:
    if case.decision is None:
        return Refusal(code="not_now")
    return Refusal(code="closed", words=(case.status.value,)) if case.status.is_final else None


def _not_in(case: Case, states: frozenset[Status] | set[Status]) -> Refusal | None:
    closed = _closed(case)
    if closed:
        return closed
    return None if case.status in states else Refusal(code="not_now", words=(case.status.value,))
