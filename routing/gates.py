"""Opening, closing and asking again: what happens at a gate. Pure; time's part in it is in `lifecycle`."""

from dataclasses import replace

from routing.authority import Actor, may_ask, seat
from routing.decisions import Reason
from routing.kinds import (
    Autonomy,
    GateState,
    PersonId,
    Status,
    Verdict,
)
from routing.lifecycle import at_a_new_place, closed, guarded, holders_of
from routing.model import (
    Case,
    Gate,
    Outcome,
    Refusal,
    Text,
    Vote,
)
from routing.outcome import Fact, Scene, Step, content_of, gate_lines, is_p0, moved, pictures, ping, place, refused


def approve(case: Case, version: int, actor: Actor, reason: Text | None, scene: Scene) -> Outcome:
    """One holder's yes, to exactly this version. The case moves when every gate has all it needs."""
    refusal = _gate_refusal(case, version, scene)
    if refusal:
        return refused(case, "approve", actor.id, refusal, scene)
    content = content_of(case, scene.map)
    agreed = replace(case, gates=tuple(_still_agreed(gate, case.version, content) for gate in case.gates))
    where = seat(agreed, actor, scene.map)
    if isinstance(where, Refusal):
        return refused(case, "approve", actor.id, where, scene)
    if reason is None and any(gate.need.reason_required for gate in case.gates):
        return refused(case, "approve", actor.id, Refusal(code="reason_required"), scene)
    vote = Vote(
        by=actor.id,
        role=where.role,
        version=case.version,
        content=content,
        at=scene.now,
        deputy_for=where.deputy_for,
    )
    gates = tuple(_counted(gate, vote) for gate in agreed.gates)
    is_open = all(gate.lacks == 0 for gate in gates)
    facts: dict[str, Fact] = {
        "content": vote.content,
        "deputy": where.is_deputy,
        "lacks": sum(gate.lacks for gate in gates),
    }
    texts = (reason,) if reason else ()
    step = Step(
        type="approved" if is_open else "voted",
        by=actor.id,
        roles=(where.role,),
        facts=facts,
        words=() if is_open else (str(facts["lacks"]),),
        texts=texts,
    )
    after = _released(case, gates) if is_open else replace(case, gates=gates)
    return moved(case, after, step, scene, pictures(after, scene.map))


def deny(case: Case, version: int, actor: Actor, reason: Text | None, scene: Scene) -> Outcome:
    """One holder's no ends it. For whoever asked it is the answer; a yes is none yet, for the work is still to come."""
    refusal = _gate_refusal(case, version, scene)
    where = refusal or seat(case, actor, scene.map)
    if isinstance(where, Refusal):
        return refused(case, "deny", actor.id, where, scene)
    if reason is None:
        return refused(case, "deny", actor.id, Refusal(code="reason_required"), scene)
    after = replace(
        case,
        status=Status.DENIED,
        gates=closed(case, GateState.DENIED),
        closed_at=scene.now,
        responded_at=case.responded_at or scene.now,
    )
    step = Step(type="denied", by=actor.id, roles=(where.role,), texts=(reason,))
    return moved(case, after, step, scene, pictures(after, scene.map))


def ask_again(case: Case, version: int, by: PersonId, scene: Scene) -> Outcome:
    """The asker of an expired request opens a new gate: new votes, a new version."""
    refusal = may_ask(case, by)
    if refusal is None and not can_ask_again(case):
        refusal = Refusal(code="not_now")
    if refusal is None and version != case.version:
        refusal = Refusal(code="stale", words=(case.changed_by,))
    if refusal:
        return refused(case, "ask_again", by, refusal, scene)
    assert case.decision is not None, "an expired gate belongs to a decided case"
    back = place(scene.map, case.visited[-1] if case.visited else case.decision.destination)
    decision = replace(
        case.decision,
        verdict=Verdict.REQUIRE_APPROVAL,
        destination=back.name,
        reason=Reason(code="gated", words=tuple(word for need in case.decision.gates for word in need.because)),
        autonomy=Autonomy.SUGGEST if back.autonomy is Autonomy.OBSERVE else back.autonomy,
    )
    asked = replace(at_a_new_place(case), version=case.version + 1, owner=case.owner if is_p0(case) else None)
    after = guarded(asked, decision, scene)
    notices = (
        *pictures(after, scene.map),
        *gate_lines(after, scene.map),
        *ping(after, "gate_again", holders_of(after, scene)),
    )
    return moved(case, after, Step(type="asked_again", by=by), scene, notices)


def can_ask_again(case: Case) -> bool:
    return case.status is Status.TRIAGE and any(gate.state is GateState.EXPIRED for gate in case.gates)


def _gate_refusal(case: Case, version: int, scene: Scene) -> Refusal | None:
    if case.status is not Status.WAITING:
        return Refusal(code="not_waiting", words=(case.status.value,))
    if version != case.version:
        return Refusal(code="stale", words=(case.changed_by,))
    if any(gate.expires_at <= scene.now for gate in case.gates if gate.state is GateState.PENDING):
        return Refusal(code="expired")
    return None


def _still_agreed(gate: Gate, version: int, content: str) -> Gate:
    """Whoever said yes to something else than what is asked now has not said yes to this."""
    same = tuple(vote for vote in gate.votes if (vote.version, vote.content) == (version, content))
    if same == gate.votes:
        return gate
    return replace(gate, votes=same, state=GateState.PENDING if gate.state is GateState.OPEN else gate.state)


def _counted(gate: Gate, vote: Vote) -> Gate:
    if gate.need.role != vote.role or gate.state is not GateState.PENDING:
        return gate
    counted = replace(gate, votes=(*gate.votes, vote))
    return replace(counted, state=GateState.OPEN) if counted.lacks == 0 else counted


def _released(case: Case, gates: tuple[Gate, ...]) -> Case:
    status = Status.TAKEN if case.owner else Status.ROUTED
    return replace(case, status=status, gates=gates, was_released=True)
