"""What a reviewer says of a decision that nobody changed. Pure. It is written down and learned from; it moves nothing.

Who may: whoever may move the case, but neither who asked nor who had a hand in it: a place is judged by somebody who
did not choose it, agree to it or do the work there. Once per case, open or closed, and only of what still stands.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from routing.authority import Actor, may_move
from routing.bulletins import page_notice
from routing.kinds import (
    CaseId,
    ChannelId,
    DestinationName,
    Finding,
    PersonId,
    Status,
)
from routing.model import (
    Case,
    Entry,
    Label,
    Notice,
    Outcome,
    Refusal,
    Review,
)
from routing.outcome import Fact, Scene, Step, moved, refused

PREFIX = "review:"
# Whoever did one of these has said already that it was in the right place, or has acted as if it were.
_HANDS = frozenset({"approved", "resolved", "route_approved", "taken", "voted"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewer:
    """Who presses, and who had a hand in the case before."""

    actor: Actor
    hands: frozenset[PersonId] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """`to`: where it belongs, if it was wrong; nothing where it was nobody's request at all."""

    finding: Finding
    to: DestinationName | None = None


def key_of(case: CaseId) -> str:
    """A case is put to a reviewer once, so its card is known by it."""
    return f"{PREFIX}{case}"


def hands_on(entries: Iterable[Entry]) -> frozenset[PersonId]:
    return frozenset(one.by for one in entries if one.type in _HANDS and one.by)


def reviewed(case: Case, version: int, said: Said, reviewer: Reviewer, scene: Scene) -> Outcome:
    """Right and wrong are labels, unsure is none. Status, version and promises of the case stay as they are."""
    allowed = may_review(case, version, reviewer, scene)
    if allowed.refusal:
        return allowed
    by = reviewer.actor.id
    refusal = _bad_target(case, said, scene)
    if refusal:
        return refused(case, "review", by, refusal, scene)
    to = said.to if said.finding is Finding.WRONG else None
    after = replace(case, review=Review(finding=said.finding, by=by, at=scene.now, to=to))
    facts: dict[str, Fact] = {"verdict": said.finding.value, "to": to, "destination": _here(case)}
    step = Step(type="reviewed", by=by, facts=facts, labels=_labels(case, after.review, scene))
    outcome = moved(case, after, step, scene, _redrawn(case, f"case{case.revision + 1}", scene))
    # The card goes on telling of the work: what somebody made of it afterwards is no step of it.
    return replace(outcome, case=replace(outcome.case, last=case.last))


def may_review(case: Case, version: int, reviewer: Reviewer, scene: Scene) -> Outcome:
    """Everything about a review but its finding: an outcome that changes nothing, or the refusal."""
    refusal = _refusal(case, version, reviewer)
    if refusal is None:
        return Outcome(case=case, entries=())
    by = reviewer.actor.id
    outcome = refused(case, "review", by, refusal, scene)
    # An old picture is owed anew; it is the review card that was pressed, not the case's own.
    mark = f"{by}:{int(scene.now.timestamp() * 1_000_000)}"
    is_old = refusal.code in {"stale", "changed_since", "reviewed_already"}
    return replace(outcome, notices=_redrawn(case, mark, scene) if is_old else ())


def is_standing(case: Case) -> bool:
    """Whether the desk's own decision still stands: nobody chose another place, or said that it is no request."""
    decision = case.decision
    return decision is not None and not decision.is_by_people and case.status not in _UNSENT


# In triage a person decides, and what is withdrawn or denied is no longer anywhere.
_UNSENT = frozenset(
    {
        Status.RECEIVED,
        Status.CLARIFYING,
        Status.WAITING,
        Status.TRIAGE,
        Status.DENIED,
        Status.WITHDRAWN,
        Status.NOT_A_REQUEST,
    }
)


def _refusal(case: Case, version: int, reviewer: Reviewer) -> Refusal | None:
    actor = reviewer.actor
    refusal = may_move(case, actor)
    if refusal is None and actor.id == case.request.asker.id:
        refusal = Refusal(code="own_review")
    if refusal is None and (actor.id in reviewer.hands or actor.id == case.owner):
        refusal = Refusal(code="had_a_hand")
    if refusal is None and case.review:
        refusal = Refusal(code="reviewed_already", words=(case.review.by,))
    if refusal is None and not is_standing(case):
        refusal = Refusal(code="changed_since")
    if refusal is None and version != case.version:
        refusal = Refusal(code="stale", words=(case.changed_by,))
    return refusal


def _bad_target(case: Case, said: Said, scene: Scene) -> Refusal | None:
    if said.finding is not Finding.WRONG or said.to is None:
        return None
    if said.to not in scene.map.destinations:
        return Refusal(code="unknown_destination")
    return Refusal(code="there_already", words=(said.to,)) if said.to == _here(case) else None


def _labels(case: Case, review: Review | None, scene: Scene) -> tuple[Label, ...]:
    assert review is not None, "labels are of a review that was given"
    assert case.decision is not None, "what nobody decided nobody reviews"
    if review.finding is Finding.UNSURE:
        return ()
    here = _here(case)
    now = here if review.finding is Finding.RIGHT else review.to
    code = f"reviewed_{review.finding.value}"
    sure = case.decision.confidence
    return (Label(code=code, was=here, now=now, by=review.by, at=scene.now, confidence=sure),)


def _redrawn(case: Case, mark: str, scene: Scene) -> tuple[Notice, ...]:
    """Review cards hang in triage."""
    triage = scene.map.triage.channel
    return (page_notice(key_of(case.id), ChannelId(triage), 0, mark),) if triage else ()


def _here(case: Case) -> DestinationName:
    assert case.decision is not None, "what nobody decided nobody reviews"
    return case.decision.destination
