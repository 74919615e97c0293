"""A decision made again: what counts as a difference, and what people would say to it."""

from dataclasses import replace
from typing import Any

import pytest

from routing.decisions import GateNeed
from routing.evaluation.hindsight import Difference, First, Said, difference
from routing.kinds import (
    DestinationName,
    Priority,
    Risk,
    RoleName,
    Verdict,
)
from tests.make import NOW, a_decision
from tests.unit.scenes import MAP

HEAD = GateNeed(role=RoleName("head"), because=("payment",))
OFFICER = GateNeed(role=RoleName("officer"), because=("payment", "legal"))
GATED: dict[str, Any] = {"verdict": Verdict.REQUIRE_APPROVAL, "risk": Risk.HIGH, "gates": (HEAD,)}
LEFT: dict[str, Any] = {"verdict": Verdict.ESCALATE_HUMAN, "destination": MAP.unknown}


def first(**changes: Any) -> First:
    billing = DestinationName("billing")
    before = First(
        at=NOW,
        verdict=Verdict.ROUTE,
        destination=billing,
        candidate=billing,
        risk=Risk.NORMAL,
        priority=Priority.P2,
        reason="keyword",
        gates=(),
    )
    return replace(before, **changes)


def compared(before: First, said: Said | None = None, **now: Any) -> Difference | None:
    return difference(before, a_decision(**now), said, MAP)


def said(code: str, now: str | None, was: str = "billing") -> Said:
    return Said(code=code, was=DestinationName(was), now=DestinationName(now) if now else None, at=NOW)


@pytest.mark.parametrize(
    ("code", "now", "destination", "judgement"),
    [
        ("confirmed", "billing", "bugs", "worse"),
        ("taken", "billing", "bugs", "worse"),
        ("reassigned", "bugs", "bugs", "better"),
        ("reassigned", "bugs", "sales", "different"),
        ("answered", "bugs", "bugs", "better"),
        ("wrong_team", None, "bugs", "different"),
        ("wrong_team", None, "", "better"),
        ("not_a_request", None, "", "better"),
        ("not_a_request", None, "bugs", "different"),
        ("reviewed_right", "billing", "bugs", "worse"),
        ("reviewed_wrong", "bugs", "bugs", "better"),
        ("reviewed_wrong", None, "", "better"),
        ("confirmed", "billing", "", "worse"),
        ("confirmed", "gone", "bugs", "different"),
        ("reassigned", str(MAP.unknown), "", "better"),
    ],
)
def test_people_say_what_is_better(code: str, now: str | None, destination: str, judgement: str) -> None:
    there: dict[str, Any] = {"destination": DestinationName(destination)} if destination else LEFT

    found = compared(first(), said(code, now), **there)

    assert found is not None
    assert found.judgement == judgement


def test_where_it_stays_is_no_difference_whatever_people_say() -> None:
    assert compared(first(), said("reassigned", "bugs")) is None


def test_a_person_is_a_person_whatever_the_map_calls_them() -> None:
    before = first(verdict=Verdict.ESCALATE_HUMAN, destination=DestinationName("old_triage"))

    assert compared(before, **LEFT) is None


def test_a_lost_gate_is_worse_even_where_people_would_have_it() -> None:
    found = compared(first(**GATED), said("reassigned", "bugs"), destination=DestinationName("bugs"))

    assert found is not None
    assert (found.judgement, found.has_lost_gate, found.lost) == ("worse", True, ("head",))


def test_one_of_two_gates_can_be_lost() -> None:
    legal = replace(OFFICER, because=("legal",))

    found = compared(first(**{**GATED, "gates": (HEAD, legal)}), **GATED)

    assert found is not None
    assert (found.what, found.lost) == (("gates",), ("officer",))


def test_who_is_asked_for_the_same_cause_stands_in() -> None:
    found = compared(first(**GATED), **{**GATED, "gates": (OFFICER,)})

    assert found is not None
    assert (found.judgement, found.has_lost_gate) == ("different", False)


def test_fewer_approvals_are_a_difference() -> None:
    found = compared(first(**{**GATED, "gates": (replace(HEAD, approvals=2),)}), **GATED)

    assert found is not None
    assert (found.what, found.judgement) == (("gates",), "different")


def test_where_nobody_knows_which_gate_stood_any_gate_will_do_and_none_is_a_loss() -> None:
    unknown = first(**{**GATED, "gates": None})

    assert compared(unknown, **GATED) is None
    lost = compared(unknown)
    assert lost is not None
    assert (lost.has_lost_gate, lost.lost) == (True, ())


@pytest.mark.parametrize("gates", [None, (HEAD,)])
def test_the_gate_of_a_failure_stood_in_for_what_nobody_had_seen(gates: tuple[GateNeed, ...] | None) -> None:
    found = compared(first(**{**GATED, **LEFT, "gates": gates, "reason": "failure"}))

    assert found is not None
    assert (found.judgement, found.has_lost_gate) == ("different", False)
