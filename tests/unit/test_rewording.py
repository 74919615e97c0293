"""Claude is heard about words that were decided without it first: what that changes, and what it must not touch."""

from dataclasses import replace

from routing import rewording, verbs
from routing.decisions import Decision
from routing.kinds import (
    DestinationName,
    GateState,
    Priority,
    Status,
    Verdict,
)
from routing.model import Case
from tests.unit.scenes import ASKER, a_case, a_scene, someone

INVOICE = "My invoice shows the wrong amount, can someone fix the billing?"
DANGER = "Delete this customer's account and refund everything immediately."
BUG = "The export has a bug and the app does crash"


def awaiting(case: Case) -> Case:
    return replace(case, awaits_advice=True)


def a_decision(text: str) -> Decision:
    """What is decided once Claude has read it that way."""
    decision = a_case(text).decision
    assert decision is not None, "decided by the builder"
    return decision


def test_where_claude_adds_nothing_votes_and_buttons_hold_and_nobody_is_told_twice() -> None:
    waiting = awaiting(a_case(DANGER))

    outcome = rewording.reconsidered(waiting, a_decision(DANGER), a_scene(1))

    assert (outcome.case.version, outcome.case.gates) == (waiting.version, waiting.gates)
    assert not outcome.case.awaits_advice
    assert [one.kind.value for one in outcome.notices] == ["card"]


def test_what_claude_adds_is_a_new_version_behind_its_gate() -> None:
    calm = awaiting(a_case(INVOICE))

    after = rewording.reconsidered(calm, a_decision(DANGER), a_scene(1)).case

    assert (after.status, after.version) == (Status.WAITING, calm.version + 1)
    assert all(gate.state is GateState.PENDING for gate in after.gates)


def test_work_somebody_has_stays_with_them_and_they_are_not_told_again_of_one_edit() -> None:
    taken = awaiting(verbs.approve_route(a_case(INVOICE), 1, someone("U0INES", owns=True), a_scene(1)).case)

    outcome = rewording.reconsidered(taken, a_decision(BUG), a_scene(2))

    assert (outcome.case.status, outcome.case.owner, outcome.case.version) == (Status.TAKEN, taken.owner, taken.version)
    assert outcome.case.decision is not None
    assert outcome.case.decision.destination == "billing"
    assert [one.kind.value for one in outcome.notices] == ["card"]


def test_what_the_asker_has_sent_to_a_person_meanwhile_stays_with_a_person() -> None:
    wrong = awaiting(verbs.wrong_team(a_case(INVOICE), 1, ASKER, a_scene(1)).case)

    after = rewording.reconsidered(wrong, a_decision(BUG), a_scene(2)).case

    assert after.status is Status.TRIAGE
    assert after.decision is not None
    assert (after.decision.verdict, after.decision.reason.code) == (Verdict.ESCALATE_HUMAN, "wrong_team")


def test_what_people_have_moved_stays_there_and_gains_what_claude_saw() -> None:
    to_sales = verbs.reassign(a_case(INVOICE), 1, someone("U0NOOR"), DestinationName("sales"), None, a_scene(1))
    moved = awaiting(to_sales.case)

    after = rewording.reconsidered(moved, replace(a_decision(DANGER), priority=Priority.P1), a_scene(2)).case

    assert after.decision is not None
    assert (after.decision.destination, after.decision.priority, after.status) == ("sales", Priority.P1, Status.WAITING)
