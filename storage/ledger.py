"""The ledger of calls to Claude: what each cost, and what was said, as long as it may be kept."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from routing.budget import UNKNOWN, Limits
from routing.kinds import CaseId, TeamId
from routing.ports import Clock
from storage.driver import Driver
from storage.purse import SqlPurse, Terms
from storage.rows import micros
from storage.spending import Call, Spending, call_of, spending
from storage.words import forget_words

_END = """
UPDATE claude_calls
SET state = 'settled', outcome = ?, settled_at = ?
WHERE state = 'held'
RETURNING cost
"""
OF_CASE = "SELECT * FROM claude_calls WHERE case_id = ? ORDER BY id"

MONTH = timedelta(days=30)

log = structlog.get_logger(__name__)


class SqlLedger:
    """Everything here can be read beside a running bot; writing needs the bot's own store."""

    def __init__(self, driver: Driver, clock: Clock) -> None:
        self._driver = driver
        self._clock = clock

    def purse(self, *, team: TeamId, limits: Limits, keep: timedelta = MONTH) -> SqlPurse:
        """`keep` is how long questions and answers are kept; what a call cost is kept for good."""
        return SqlPurse(self._driver, self._clock, team, Terms(limits=limits, keep=keep))

    async def forget(self, now: datetime) -> int:
        return await forget_words(self._driver, now)

    async def calls_of(self, case: CaseId) -> Sequence[Call]:
        return [call_of(row) for row in await self._driver.reading.run(OF_CASE, case)]

    async def spending(self, since: datetime) -> Spending:
        return await spending(self._driver, since)

    async def end_calls(self, now: datetime) -> None:
        """At start no call is under way. What was, when the last run ended, may have been answered and is charged."""
        rows = await self._driver.write(lambda tx: tx.run(_END, UNKNOWN, micros(now)))
        if rows:
            log.warning("interrupted calls charged", calls=len(rows), cost=sum(row["cost"] for row in rows))
