"""The ledger of calls to Claude: what each cost, and what was said, as long as it may be kept."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

import structlog

from routing.budget import UNKNOWN, Limits
from routing.model import CaseId, TeamId
from routing.ports import Clock
from storage.driver import Driver
from storage.purse import SqlPurse
from storage.rows import micros
from storage.spending import Call, Spending, call_of, spending

QUESTION = "question"
ANSWER = "answer"
FORGOTTEN_AT_ONCE = 500

_END = """
UPDATE claude_calls
SET state = 'settled', outcome = ?, settled_at = ?
WHERE state = 'held'
RETURNING cost
"""
_SEAL = {
    QUESTION: "UPDATE claude_calls SET question_hash = ? WHERE id = ? AND question_hash IS NULL RETURNING case_id",
    ANSWER: "UPDATE claude_calls SET answer_hash = ? WHERE id = ? AND answer_hash IS NULL RETURNING case_id",
}
_KEEP = "INSERT INTO claude_words (call_id, kind, case_id, body, expires_at) VALUES (?, ?, ?, ?, ?)"
FORGET = """
DELETE FROM claude_words
WHERE (call_id, kind) IN (SELECT call_id, kind FROM claude_words WHERE expires_at <= ? LIMIT ?)
RETURNING call_id
"""
OF_CASE = "SELECT * FROM claude_calls WHERE case_id = ? ORDER BY id"
SINCE = "SELECT * FROM claude_calls WHERE asked_at >= ? ORDER BY asked_at, id"

log = structlog.get_logger(__name__)


class SqlLedger:
    """Everything here can be read beside a running bot; writing needs the bot's own store."""

    def __init__(self, driver: Driver, clock: Clock) -> None:
        self._driver = driver
        self._clock = clock

    def purse(self, *, team: TeamId, limits: Limits) -> SqlPurse:
        return SqlPurse(self._driver, self._clock, team, limits)

    async def keep(self, call: int, kind: str, body: str, expires_at: datetime) -> None:
        """Keep one side of a call, masked before it comes here, until then; its hash for good. The first one counts."""
        seal = sha256(body.encode(errors="surrogatepass")).hexdigest()
        async with self._driver.writing() as tx:
            rows = await tx.run(_SEAL[kind], seal, call)
            if rows:
                await tx.run(_KEEP, call, kind, rows[0]["case_id"], body, micros(expires_at))

    async def forget(self, now: datetime) -> int:
        """Delete what has been kept long enough, a little at a time: others want to write too."""
        count = FORGOTTEN_AT_ONCE
        forgotten = 0
        while count == FORGOTTEN_AT_ONCE:
            async with self._driver.writing() as tx:
                count = len(await tx.run(FORGET, micros(now), FORGOTTEN_AT_ONCE))
            forgotten += count
        return forgotten

    async def calls_of(self, case: CaseId) -> Sequence[Call]:
        return [call_of(row) for row in await self._driver.reading.run(OF_CASE, case)]

    async def since(self, moment: datetime) -> Sequence[Call]:
        return [call_of(row) for row in await self._driver.reading.run(SINCE, micros(moment))]

    async def spending(self, since: datetime) -> Spending:
        return await spending(self._driver, since)

    async def end_calls(self, now: datetime) -> None:
        """At start no call is under way. What was, when the last run ended, may have been answered and is charged."""
        async with self._driver.writing() as tx:
            rows = await tx.run(_END, UNKNOWN, micros(now))
        if rows:
            log.warning("interrupted calls charged", calls=len(rows), cost=sum(row["cost"] for row in rows))
