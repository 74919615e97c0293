"""Reading the ledger: single calls, and what a span of time has cost. Days are UTC's."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from routing.kinds import CaseId
from routing.tariff import Usage
from storage.driver import Driver, Row
from storage.rows import EPOCH, micros, moment

DEAREST = 5
DAY_MICROS = 86_400_000_000

_BY_DAY = """
SELECT
    asked_at / ? AS day,
    model,
    count(*) AS calls,
    sum(cost) AS cost,
    coalesce(sum(input_tokens), 0) AS input_tokens,
    coalesce(sum(output_tokens), 0) AS output_tokens,
    coalesce(sum(cache_read_tokens), 0) AS cache_read_tokens,
    coalesce(sum(cache_write_tokens), 0) AS cache_write_tokens
FROM claude_calls
WHERE asked_at >= ? AND state = 'settled'
GROUP BY asked_at / ?, model
ORDER BY day, model
"""
_OUTCOMES = """
SELECT outcome, count(*) AS calls
FROM claude_calls
WHERE asked_at >= ? AND state = 'settled'
GROUP BY outcome
ORDER BY calls DESC, outcome
"""
_DEAREST = """
SELECT cases.number, count(*) AS calls, sum(claude_calls.cost) AS cost
FROM claude_calls
JOIN cases ON cases.id = claude_calls.case_id
WHERE claude_calls.asked_at >= ? AND claude_calls.state = 'settled'
GROUP BY cases.id, cases.number
ORDER BY cost DESC, cases.number
LIMIT ?
"""
_HELD = """
SELECT count(*) AS calls, coalesce(sum(worst), 0) AS worst
FROM claude_calls
WHERE state = 'held'
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call as the ledger has it. While it is held, nothing is known but its worst, and that is its cost."""

    id: int
    case: CaseId | None
    prompt: str
    model: str
    attempt: int
    is_held: bool
    outcome: str
    worst: int
    cost: int
    usage: Usage | None
    latency_ms: int | None
    asked_at: datetime
    settled_at: datetime | None
    question_hash: str | None
    answer_hash: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DayOfModel:
    day: date
    model: str
    calls: int
    usage: Usage
    cost: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DearCase:
    number: int
    calls: int
    cost: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Spending:
    """What was settled of the calls asked since then; and what is set aside now, whenever it was asked."""

    days: tuple[DayOfModel, ...]
    outcomes: Mapping[str, int]
    dearest: tuple[DearCase, ...]
    held_calls: int
    held_worst: int

    @property
    def calls(self) -> int:
        return sum(each.calls for each in self.days)

    @property
    def cost(self) -> int:
        return sum(each.cost for each in self.days)


async def spending(driver: Driver, since: datetime) -> Spending:
    """All figures are of one moment."""
    start = micros(since)
    async with driver.snapshot() as now:
        days = await now.run(_BY_DAY, DAY_MICROS, start, DAY_MICROS)
        outcomes = await now.run(_OUTCOMES, start)
        dearest = await now.run(_DEAREST, start, DEAREST)
        (held,) = await now.run(_HELD)
    return Spending(
        days=tuple(_day_of(row) for row in days),
        outcomes={row["outcome"]: row["calls"] for row in outcomes},
        dearest=tuple(DearCase(number=row["number"], calls=row["calls"], cost=row["cost"]) for row in dearest),
        held_calls=held["calls"],
        held_worst=held["worst"],
    )


def call_of(row: Row) -> Call:
    return Call(
        id=row["id"],
        case=row["case_id"],
        prompt=row["prompt"],
        model=row["model"],
        attempt=row["attempt"],
        is_held=row["state"] == "held",
        outcome=row["outcome"],
        worst=row["worst"],
        cost=row["cost"],
        usage=None if row["input_tokens"] is None else _usage_of(row),
        latency_ms=row["latency_ms"],
        asked_at=moment(row["asked_at"]),
        settled_at=None if row["settled_at"] is None else moment(row["settled_at"]),
        question_hash=row["question_hash"],
        answer_hash=row["answer_hash"],
    )


def _day_of(row: Row) -> DayOfModel:
    return DayOfModel(
        day=(EPOCH + timedelta(days=row["day"])).date(),
        model=row["model"],
        calls=row["calls"],
        usage=_usage_of(row),
        cost=row["cost"],
    )


def _usage_of(row: Row) -> Usage:
    return Usage(
        input=row["input_tokens"],
        output=row["output_tokens"],
        cache_read=row["cache_read_tokens"],
        cache_write=row["cache_write_tokens"],
    )
