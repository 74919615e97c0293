"""What becomes of a decided case whose words change, or of which more is heard later. Pure."""

from dataclasses import replace
from datetime import timedelta

from routing import limits
from routing.choose import union
from routing.decide import cautious, own_risks, reassigned
from routing.decisions import Decision
from routing.kinds import (
    RELEASED,
    NoticeKind,
    PersonId,
    Priority,
    Risk,
    Status,
    Verdict,
)
from routing.lifecycle import announcements, facts_of, guarded, settled
from routing.model import (
    Case,
    Entry,
    Notice,
    Outcome,
    Part,
    Request,
)
from routing.outcome import Scene, Step, card, moved, ping, place, words_of
from routing.promises import made

EDITS_TOLD_EVERY = timedelta(minutes=5)


def reworded(parts: tuple[Part, ...], words: Part) -> tuple[Part, ...]:
    """The parts after an edit of one of them. Slack may tell us of edits in any order, and of an old one much later:
    what is older than the words that are there changes nothing. Of what nobody can tell apart, the one told last holds.
    """
    return tuple(_reworded(one, words) if one.message == words.message else one for one in parts)


def _reworded(part: Part, words: Part) -> Part:
    if words.edited_at and part.edited_at and words.edited_at < part.edited_at:
        return part
    edited_at = words.edited_at or part.edited_at
    if part.text == words.text:
        return replace(part, edited_at=edited_at)
    return replace(part, text=words.text, edited_at=edited_at, found_at=words.found_at)


def confirmed(case: Case, request: Request, by: PersonId, scene: Scene) -> Outcome:
    """They were edited, into what they say already: from now on no older wording counts. Nothing else changes, and
    votes and buttons hold.
    """
    entry = Entry(type="same_words", at=scene.now, by=by, facts={"version": case.version})
    return Outcome(case=replace(case, request=request), entries=(entry,))


def amended(case: Case, request: Request, by: PersonId, decision: Decision | None, scene: Scene) -> Outcome:
    """The words changed. Whatever was agreed to is no longer what is asked: approvals fall, a new version begins."""
    changed = replace(
        case,
        request=request,
        last_editor=by,
        editors=tuple(dict.fromkeys((*case.editors, by))),
        version=case.version + 1,
    )
    how = "added" if len(request.parts) > len(case.request.parts) else "edited"
    step = Step(type=how, by=by, facts={"parts": len(request.parts), "words": words_of(changed)})
    if decision is None or case.decision is None or case.status.is_final:
        if case.status is Status.RECEIVED:
            return limits.not_held(moved(case, changed, step, scene), scene.map)
        return moved(case, changed, step, scene, card(case, scene.map))
    after = _decided_again(case, changed, decision, scene)
    notices = (*announcements(case, after, scene), *_tell_owner(case, after, how, scene))
    after, notices = _now_and_then(case, after, notices, scene)
    return moved(case, after, step, scene, notices)


def reconsidered(case: Case, decision: Decision, scene: Scene) -> Outcome:
    """Claude was heard about words that were decided without it first. Where it adds nothing, nothing changes hands:
    votes and buttons hold, and nobody is told twice of one edit.
    """
    before = case.decision
    assert before is not None, "only what was decided is reconsidered"
    heard = replace(case, awaits_advice=False)
    if before.is_by_people:
        decision = _as_people_chose(before, decision, scene)
    step = Step(type="reconsidered", facts=facts_of(decision))
    if {before.verdict, decision.verdict} == {Verdict.REQUEST_CLARIFICATION}:
        # A second question is none: the first still stands.
        return moved(case, heard, step, scene, card(case, scene.map))
    after = _decided_again(case, heard, decision, scene)
    if _stands(case, after):
        kept = replace(after.decision or decision, gates=before.gates)
        return moved(case, replace(heard, decision=kept), step, scene, card(case, scene.map))
    after = replace(after, version=case.version + 1)
    notices = (*announcements(case, after, scene), *_tell_owner(case, after, "edited", scene))
    return moved(case, after, step, scene, notices)


def _decided_again(case: Case, changed: Case, decision: Decision, scene: Scene) -> Case:
    assert case.decision is not None, "only what was decided is decided again"
    held = _held(case.decision, decision, scene) if _stays(case) else None
    if held is not None:
        changed = made(changed, held, scene)
    if held is not None and not held.gates and not decision.gates:
        return _going_on(case.decision, replace(changed, decision=held, gates=()))
    if held is not None and not decision.gates:
        # Its words are harmless now, but the place it was released to asks for approval of its own.
        return guarded(changed, held, scene)
    return settled(changed, decision, scene)


def _going_on(kept: Decision, case: Case) -> Case:
    """Where it is. What nobody has looked at yet, and is found late to be risky, is a proposal from now on."""
    held = case.decision
    assert held is not None, "only what was decided is held where it is"
    is_p0 = held.priority is Priority.P0 is not kept.priority
    if not (is_p0 or set(held.risks) - set(kept.risks) or set(held.categories) - set(kept.categories)):
        return case
    decision = cautious(held, case.request)
    is_proposed = case.status is Status.ROUTED and decision.autonomy is not held.autonomy
    return replace(case, decision=decision, status=Status.PROPOSED if is_proposed else case.status)


def _as_people_chose(kept: Decision, fresh: Decision, scene: Scene) -> Decision:
    """People have sent it somewhere meanwhile: there it stays, and what was seen besides counts."""
    here = place(scene.map, kept.destination)
    risks, categories = union([kept.risks, fresh.risks]), union([kept.categories, fresh.categories])
    seen = replace(kept, risks=risks, categories=categories, priority=min(kept.priority, fresh.priority))
    chosen = reassigned(seen, here, scene.map)
    # Human triage is no place a request is routed to: a person still decides there.
    verdict = kept.verdict if here.name == scene.map.unknown else chosen.verdict
    return replace(chosen, reason=kept.reason, verdict=verdict)


def _stands(case: Case, after: Case) -> bool:
    """It is where it was, as urgent, and whoever must agree is the same."""

    def asked(decided: Case) -> tuple[object, ...]:
        assert decided.decision is not None, "both are decided"
        gates = {need.role: need for need in decided.decision.gates}
        return (decided.status, decided.decision.destination, decided.decision.priority, gates)

    return asked(case) == asked(after)


def _stays(case: Case) -> bool:
    """Released work, and what a person already holds in triage, is not moved about by an edit."""
    return case.status in RELEASED or (case.status is Status.TRIAGE and case.owner is not None)


def _held(kept: Decision, fresh: Decision, scene: Scene) -> Decision:
    """Where people already work on it, an edit changes what is said of it, not where it is."""
    here = place(scene.map, kept.destination)
    urgent = min(kept, fresh, key=lambda one: one.priority)
    risks = union([fresh.risks, own_risks(here, scene.map)])
    needs = scene.map.gates_for(risks, fresh.categories, is_privileged=here.is_privileged)
    return replace(
        kept,
        priority=urgent.priority,
        priority_rule=urgent.priority_rule,
        gates=needs,
        risks=risks,
        categories=fresh.categories,
        risk=Risk.HIGH if needs else Risk.NORMAL,
    )


def _now_and_then(
    before: Case, after: Case, notices: tuple[Notice, ...], scene: Scene
) -> tuple[Case, tuple[Notice, ...]]:
    """The card always shows the newest words; whoever edits thirty times wakes nobody thirty times."""
    if all(one.kind is not NoticeKind.PING for one in notices):
        return after, notices
    told_at = before.edit_told_at
    is_fresh = told_at is not None and timedelta() <= scene.now - told_at < EDITS_TOLD_EVERY
    if is_fresh and not _is_news(before, after):
        return after, tuple(one for one in notices if one.kind is not NoticeKind.PING)
    return replace(after, edit_told_at=scene.now), notices


def _is_news(before: Case, after: Case) -> bool:
    """It is elsewhere now, more urgent or more dangerous, or somebody's approval no longer counts."""
    was, now = before.decision, after.decision
    assert was is not None, "both are decided"
    assert now is not None, "both are decided"
    return (
        (before.status, was.destination) != (after.status, now.destination)
        or now.priority < was.priority
        or not set(now.risks) <= set(was.risks)
        or any(gate.votes for gate in before.gates)
    )


def _tell_owner(before: Case, after: Case, how: str, scene: Scene) -> tuple[Notice, ...]:
    """Whoever has it. What was released and not taken yet is its destination's."""
    if before.owner or before.status not in RELEASED or before.decision is None:
        return ping(after, how, (before.owner,) if before.owner else ())
    return ping(after, how, place(scene.map, before.decision.destination).owners)
