"""Taken and idle: its owner is asked once, in private, and if nobody answers it is free for others again. Pure."""

from dataclasses import replace

from routing import attention
from routing.attention import QUESTION, Watch
from routing.kinds import NoticeKind, Status
from routing.model import (
    Case,
    Notice,
    Outcome,
)
from routing.outcome import Scene, Step, moved, pictures, ping, place


def elapsed(case: Case, scene: Scene) -> Outcome | None:
    if case.owner is None or case.snoozed_until:
        return None
    if case.release_at and case.release_at <= scene.now:
        return _released(case, scene)
    if case.release_at is None and case.ask_owner_at and case.ask_owner_at <= scene.now:
        return _asked(case, scene)
    return None


def _asked(case: Case, scene: Scene) -> Outcome:
    assert case.owner is not None, "nobody is asked about what nobody has"
    until = attention.release_at(case, Watch(now=scene.now, map=scene.map))
    after = replace(case, release_at=until, ask_owner_at=None)
    key = f"direct:{case.id}:{case.revision + 1}:{QUESTION}"
    question = Notice(key=key, kind=NoticeKind.DIRECT, to=case.owner, code=QUESTION)
    step = Step(type="owner_asked", facts={"owner": case.owner}, due_at=case.ask_owner_at)
    return moved(case, after, step, scene, (question,))


def _released(case: Case, scene: Scene) -> Outcome:
    assert case.decision is not None, "only a decided case is taken"
    assert case.owner is not None, "what nobody has cannot be let go"
    after = replace(case, owner=None, status=Status.ROUTED if case.status is Status.TAKEN else case.status)
    step = Step(type="let_go", facts={"owner": case.owner}, words=(case.owner,), due_at=case.release_at)
    whom = place(scene.map, case.decision.destination).owners
    return moved(case, after, step, scene, (*pictures(after, scene.map), *ping(after, "let_go", whom)))
