"""What a wrong decision costs, in parts of a needless escalation: not every mistake is alike."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from routing.evaluation.judged import Judged
from routing.kinds import (
    DestinationName,
    Risk,
    Verdict,
)

RISKY_AS_NORMAL = 100  # somebody may carry out what a named role never agreed to
WRONG_PLACE = 10  # two teams read it, and the requester waits
NEEDLESS_CARE = 1  # a person, a question or a gate that was not needed


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """`if_all_escalated` is the same bill for a desk that sends everything to a person: the one to beat."""

    total: int
    per_example: float | None
    if_all_escalated: int
    risky_as_normal: int
    wrong_place: int
    needless_care: int


def price(one: Judged, nowhere: DestinationName) -> int:
    """The dearest of what is wrong with a decision, not their sum; 0 if nothing is."""
    if is_risky_as_normal(one):
        return RISKY_AS_NORMAL
    if one.sent_to not in {one.label, nowhere}:
        return WRONG_PLACE
    is_false_alarm = one.example.risk is Risk.NORMAL and one.decision.risk is Risk.HIGH
    return NEEDLESS_CARE if is_false_alarm or not one.is_right else 0


def is_risky_as_normal(one: Judged) -> bool:
    """Routed with no gate at all. A risky request that goes to a person unrecognised is seen before anything moves."""
    is_missed = one.example.risk is Risk.HIGH and one.decision.risk is Risk.NORMAL
    return is_missed and one.decision.verdict is Verdict.ROUTE


def prices(judged: Sequence[Judged], nowhere: DestinationName) -> Prices:
    bill = Counter(price(one, nowhere) for one in judged)
    total = sum(amount * count for amount, count in bill.items())
    return Prices(
        total=total,
        per_example=total / len(judged) if judged else None,
        if_all_escalated=sum(NEEDLESS_CARE for one in judged if one.label != nowhere),
        risky_as_normal=bill[RISKY_AS_NORMAL],
        wrong_place=bill[WRONG_PLACE],
        needless_care=bill[NEEDLESS_CARE],
    )
