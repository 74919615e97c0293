"""How much may be spent on Claude, and what is set aside before it is. Pure: same figures, same answer.

Money is integer nano-dollars. The worst case of a call is set aside before it is made and counts as spent until the
bill comes; a bill that never comes leaves it spent. So no order of calls, answers and crashes passes a limit.
"""

from dataclasses import dataclass, field
from typing import Protocol

from routing.kinds import CaseId
from routing.tariff import Usage

DOLLAR = 1_000_000_000
UNKNOWN = "unknown"

# The model never began: no reasoning turn, and nothing to pay unless the bill says so.
NOT_BEGUN = frozenset({"rejected", "overloaded", "rate_limited", "spend_limit", "unreachable"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One call somebody wants to make; every attempt is a call of its own. `question` is masked and kept with it."""

    case: CaseId | None
    model: str
    prompt: str
    worst: int
    attempt: int
    question: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """The leave to make one call, with its worst case set aside."""

    call: int
    worst: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """What became of a call: "answered", "refused_answer", "unusable", "unknown", or one of NOT_BEGUN."""

    outcome: str
    usage: Usage | None
    cost: int
    latency_ms: int
    answer: str = field(default="", repr=False)


class Purse(Protocol):
    async def reserve(self, ask: Ask) -> Hold | None:
        """Set the worst case aside, durably, before the call is made. Nothing: it would pass a limit."""
        ...

    async def settle(self, hold: Hold, bill: Bill) -> None:
        """Put the bill in the hold's place. The first bill counts."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """An hour and a day are the last sixty minutes and the last twenty-four hours, not the calendar's."""

    per_case: int = 180_000_000
    turns: int = 6
    alert: int = 120_000_000
    per_hour: int = 3 * DOLLAR
    per_day: int = 20 * DOLLAR
    calls_per_hour: int = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What bills say, plus what is set aside for calls whose bill has not come."""

    case: int
    turns: int
    hour: int
    day: int
    calls_hour: int


def objection(spent: Spent, worst: int, limits: Limits) -> str | None:
    """Why a call that may cost `worst` must not be made."""
    assert worst >= 0, "no call earns money"
    exceeded = {
        "case_cost": spent.case + worst > limits.per_case,
        "case_turns": spent.turns + 1 > limits.turns,
        "hour_cost": spent.hour + worst > limits.per_hour,
        "day_cost": spent.day + worst > limits.per_day,
        "hour_calls": spent.calls_hour + 1 > limits.calls_per_hour,
    }
    return next((code for code, is_exceeded in exceeded.items() if is_exceeded), None)


def charge(hold: Hold, bill: Bill) -> int:
    """What a call costs: what its bill says, or the worst when nobody can know."""
    assert bill.cost >= 0, "no call earns money"
    is_counted = bill.usage is not None or bill.outcome in NOT_BEGUN
    return bill.cost if is_counted and bill.outcome != UNKNOWN else hold.worst


def passes_alert(before: int, after: int, limits: Limits) -> bool:
    """Whether this step is the one. Costs of a case only grow, so there is one such step at most."""
    return before < limits.alert <= after
