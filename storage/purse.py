"""The purse in SQL: what is set aside is on disk before a call is made, and no two calls share the same money."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import structlog

from routing.budget import NOT_BEGUN, UNKNOWN, Ask, Bill, Hold, Limits, Spent, charge, objection, passes_alert
from routing.kinds import CaseId, TeamId
from routing.ports import Clock
from storage.driver import Driver, Row, Statements, Value
from storage.rows import micros
from storage.words import ANSWER, QUESTION, keep_words

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
# Nothing waits for Claude this long: whoever held it was interrupted, and no bill will come.
LOST = timedelta(minutes=10)
# An alarm nobody was told for this long is history.
ALARMING = timedelta(days=7)

LOSE = """
UPDATE claude_calls
SET state = 'settled', outcome = ?, settled_at = ?
WHERE team_id = ? AND state = 'held' AND asked_at <= ?
RETURNING id, cost
"""

# A call counts until an hour after its bill came, not after it was asked: whichever of the two moments one counts by,
# no hour and no day costs more than its limit.
SPENT_LATELY = """
SELECT
    coalesce(sum(cost), 0) AS day,
    coalesce(sum(CASE WHEN settled_at IS NULL OR settled_at > ? THEN cost END), 0) AS hour,
    count(CASE WHEN settled_at IS NULL OR settled_at > ? THEN 1 END) AS calls_hour
FROM (
    SELECT cost, settled_at FROM claude_calls WHERE team_id = ? AND settled_at > ?
    UNION ALL
    SELECT cost, NULL FROM claude_calls WHERE team_id = ? AND state = 'held'
) AS lately
"""
SPENT_ON_CASE = f"""
SELECT
    coalesce(sum(cost), 0) AS cost,
    count(CASE WHEN outcome NOT IN ({", ".join("?" * len(NOT_BEGUN))}) THEN 1 END) AS turns
FROM claude_calls
WHERE case_id = ?
"""  # noqa: S608 - question marks, one for each outcome
BILLED_ON_CASE = """
SELECT coalesce(sum(cost), 0) AS cost
FROM claude_calls
WHERE case_id = ? AND state = 'settled'
"""
_HOLD = """
INSERT INTO claude_calls (team_id, case_id, prompt, model, attempt, state, worst, cost, asked_at)
VALUES (?, ?, ?, ?, ?, 'held', ?, ?, ?)
RETURNING id
"""
_SETTLE = """
UPDATE claude_calls
SET state = 'settled', outcome = ?, cost = ?, latency_ms = ?, settled_at = ?,
    input_tokens = ?, output_tokens = ?, cache_read_tokens = ?, cache_write_tokens = ?
WHERE id = ? AND team_id = ? AND state = 'held'
RETURNING case_id
"""
ALARMS = """
SELECT case_id, sum(cost) AS cost
FROM claude_calls
WHERE state = 'settled'
    AND case_id IN (SELECT late.case_id FROM claude_calls AS late WHERE late.team_id = ? AND late.settled_at > ?)
    AND NOT EXISTS (SELECT 1 FROM claude_alerts WHERE claude_alerts.case_id = claude_calls.case_id)
GROUP BY case_id
HAVING sum(cost) >= ?
ORDER BY case_id
"""
_TELL = """
INSERT INTO claude_alerts (case_id, at)
VALUES (?, ?)
ON CONFLICT (case_id) DO NOTHING
RETURNING case_id
"""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """A case whose bills have passed the alert."""

    case: CaseId
    cost: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    limits: Limits
    keep: timedelta


class SqlPurse:
    """The port `Purse`, for one team within its limits."""

    def __init__(self, driver: Driver, clock: Clock, team: TeamId, terms: Terms) -> None:
        self._driver = driver
        self._clock = clock
        self._team = team
        self._limits = terms.limits
        self._keep = terms.keep

    async def reserve(self, ask: Ask) -> Hold | None:
        """Reads what is spent and sets the worst aside in one transaction: of two at once, the second sees the first.

        A caller who is cancelled in here may leave a hold behind. It counts at its worst, and ends as lost.
        """
        lost, why, hold = await self._driver.write(partial(self._reserve, ask=ask))
        for row in lost:
            log.warning("call lost", call=row["id"], cost=row["cost"])
        if why is not None:
            log.warning("call not made", why=why, case=ask.case, model=ask.model, worst=ask.worst)
        return hold

    async def settle(self, hold: Hold, bill: Bill) -> None:
        """A second bill, or one for a call already taken for lost, changes nothing."""
        cost = charge(hold, bill)

        async def charged(tx: Statements) -> tuple[bool, str | None, Row]:
            now = self._clock()
            settled = await tx.run(_SETTLE, *_columns(bill, cost, now), hold.call, self._team)
            if settled:
                await keep_words(tx, hold.call, ANSWER, bill.answer, now + self._keep)
            case = settled[0]["case_id"] if settled else None
            return bool(settled), case, await _one(tx, BILLED_ON_CASE, case)

        is_settled, case, billed = await self._driver.write(charged)
        if not is_settled:
            log.warning("late bill ignored", call=hold.call, outcome=bill.outcome, cost=cost)
        elif cost > hold.worst:
            log.error("call cost more than its worst", call=hold.call, cost=cost, worst=hold.worst)
        if case is not None and passes_alert(billed["cost"] - cost, billed["cost"], self._limits):
            log.warning("case grows dear", case=case, cost=billed["cost"])

    async def alarms(self) -> Sequence[Alarm]:
        """Cases whose bills have passed the alert and about which nobody was told, after a restart too."""
        since = micros(self._clock() - ALARMING)
        rows = await self._driver.reading.run(ALARMS, self._team, since, self._limits.alert)
        return [Alarm(case=CaseId(row["case_id"]), cost=row["cost"]) for row in rows]

    async def told(self, alarm: Alarm) -> bool:
        """Never raise this alarm again. True for the first who says so, and for nobody else."""
        return bool(await self._driver.write(lambda tx: tx.run(_TELL, alarm.case, micros(self._clock()))))

    async def _reserve(self, tx: Statements, *, ask: Ask) -> tuple[Sequence[Row], str | None, Hold | None]:
        # Read inside: holds are dated in the order they are made.
        now = self._clock()
        lost = await tx.run(LOSE, UNKNOWN, micros(now), self._team, micros(now - LOST))
        why = objection(await self._spent(tx, ask.case, now), ask.worst, self._limits)
        return lost, why, await self._hold(tx, ask, now) if why is None else None

    async def _spent(self, tx: Statements, case: CaseId | None, now: datetime) -> Spent:
        hour, day = micros(now - HOUR), micros(now - DAY)
        lately = await _one(tx, SPENT_LATELY, hour, hour, self._team, day, self._team)
        on_case = await _one(tx, SPENT_ON_CASE, *sorted(NOT_BEGUN), case)
        return Spent(
            case=on_case["cost"],
            turns=on_case["turns"],
            hour=lately["hour"],
            day=lately["day"],
            calls_hour=lately["calls_hour"],
        )

    async def _hold(self, tx: Statements, ask: Ask, now: datetime) -> Hold:
        what = (ask.case, ask.prompt, ask.model, ask.attempt, ask.worst, ask.worst)
        row = await _one(tx, _HOLD, self._team, *what, micros(now))
        await keep_words(tx, row["id"], QUESTION, ask.question, now + self._keep)
        return Hold(call=row["id"], worst=ask.worst)


def _columns(bill: Bill, cost: int, now: datetime) -> tuple[Value, ...]:
    used = bill.usage
    tokens = (used.input, used.output, used.cache_read, used.cache_write) if used else (None, None, None, None)
    return (bill.outcome, cost, bill.latency_ms, micros(now), *tokens)


async def _one(tx: Statements, sql: str, *values: Value) -> Row:
    (row,) = await tx.run(sql, *values)
    return row
