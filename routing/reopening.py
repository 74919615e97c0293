"""What was solved and is not: opened again, by whoever asked or by those who work there. Pure."""

from dataclasses import replace

from routing.authority import Actor, may_ask, may_work
from routing.kinds import PersonId, Status
from routing.lifecycle import guarded, holders_of
from routing.model import (
    Case,
    Outcome,
    Refusal,
)
from routing.outcome import Scene, Step, gate_lines, moved, pictures, ping, place, refused
from routing.verbs import stale


def still_broken(case: Case, version: int, by: PersonId, scene: Scene) -> Outcome:
    """The asker says that it is not solved."""
    refusal = may_ask(case, by) or _reopenable(case) or stale(case, version)
    if refusal:
        return refused(case, "reopen", by, refusal, scene)
    return _reopened(case, by, scene)


def reopen(case: Case, version: int, actor: Actor, scene: Scene) -> Outcome:
    """Somebody who works there says so, or closed it by mistake."""
    refusal = may_work(actor) or _reopenable(case) or stale(case, version)
    if refusal:
        return refused(case, "reopen", actor.id, refusal, scene)
    return _reopened(case, actor.id, scene)


def _reopenable(case: Case) -> Refusal | None:
    if case.decision is None or not case.status.is_final:
        return Refusal(code="not_now", words=(case.status.value,))
    return None if case.status is Status.RESOLVED else Refusal(code="closed", words=(case.status.value,))


def _reopened(case: Case, by: PersonId, scene: Scene) -> Outcome:
    """It goes on where it was, with whoever had it. What was approved once is done: again needs another yes."""
    decision = case.decision
    assert decision is not None, "only a decided case was ever solved"
    back = replace(case, closed_at=None, version=case.version + 1)
    if decision.destination == scene.map.unknown:
        after = replace(back, status=Status.TRIAGE)
    elif decision.gates:
        after = guarded(replace(back, owner=None), decision, scene)
    else:
        after = replace(back, status=Status.TAKEN if case.owner else Status.ROUTED)
    whom = (case.owner,) if case.owner else place(scene.map, decision.destination).owners
    told = ping(after, "reopened", tuple(one for one in whom if one != by))
    asked = ping(after, "gate_again", holders_of(after, scene)) if after.status is Status.WAITING else ()
    notices = (*pictures(after, scene.map), *gate_lines(after, scene.map), *told, *asked)
    return moved(case, after, Step(type="reopened", by=by), scene, notices)
