"""What time does to a case: it closes doors and wakes people; it never opens a gate. Pure."""

from dataclasses import replace

from routing import idling, promises
from routing.kinds import GateState, Status
from routing.lifecycle import to_triage
from routing.model import (
    Case,
    Gate,
    Outcome,
)
from routing.outcome import Scene, Step, card, moved, pictures, ping, role_references


def elapsed(case: Case, scene: Scene) -> Outcome | None:
    """The one thing whose time has come, or nothing."""
    question = case.clarification
    if case.status is Status.CLARIFYING and question and question.due_at <= scene.now:
        return to_triage(case, "unanswered", scene, due_at=question.due_at)
    for index, gate in enumerate(case.gates):
        if gate.state is GateState.PENDING:
            outcome = _gate_elapsed(case, index, scene)
            if outcome:
                return outcome
    if case.snoozed_until and case.snoozed_until <= scene.now:
        after = replace(case, snoozed_until=None, snoozed_by=None)
        who = tuple(one for one in (case.owner or case.snoozed_by,) if one)
        step = Step(type="woke", due_at=case.snoozed_until)
        return moved(case, after, step, scene, (*card(after, scene.map), *ping(after, "woke", who)))
    return promises.elapsed(case, scene) or idling.elapsed(case, scene)


def _gate_elapsed(case: Case, index: int, scene: Scene) -> Outcome | None:
    gate = case.gates[index]
    role = gate.need.role
    if gate.expires_at <= scene.now:
        return to_triage(case, "gate_expired", scene, due_at=gate.expires_at)
    if gate.backup_at <= scene.now and not gate.backed_up and gate.need.backup is not None:
        after = _with_gate(case, index, replace(gate, backed_up=True, reminded=True))
        step = Step(type="backup_asked", facts={"role": role, "backup": gate.need.backup}, due_at=gate.backup_at)
        whom = role_references(scene.map, gate.need.backup)
        return moved(case, after, step, scene, (*pictures(after, scene.map), *ping(after, f"backup:{role}", whom)))
    is_late = gate.backup_at <= scene.now and not gate.backed_up  # without a back-up, the role is asked once more
    if is_late or (gate.remind_at <= scene.now and not gate.reminded):
        after = _with_gate(case, index, replace(gate, reminded=True, backed_up=is_late))
        due_at = gate.backup_at if is_late else gate.remind_at
        step = Step(type="reminded", facts={"role": role}, due_at=due_at)
        return moved(case, after, step, scene, ping(after, f"reminder:{role}", role_references(scene.map, role)))
    return None


def _with_gate(case: Case, index: int, gate: Gate) -> Case:
    return replace(case, gates=(*case.gates[:index], gate, *case.gates[index + 1 :]))
