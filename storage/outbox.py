"""The outbox in SQL: what is owed, to whom it is leased, and what became of it."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from routing.kinds import CaseId, Rank
from routing.ports import Admits, Arrival, Owed, Stale, anything
from storage.arrivals import arrive
from storage.driver import Driver, Row, Statements
from storage.rows import micros, micros_or_none, moment_or_none, notice_of

LEASE = timedelta(seconds=60)
# How many places are looked at in one statement, and in how many statements of one rank at most. Whoever was not
# looked at is first of its rank the next time.
PLACES_AT_ONCE = 128
LOOKS_MAX = 16
BEGINNING = ""


# From place to place, the most urgent rank first, without reading past what waits behind: one step of an index each.
# Due is what stands first in its lane and, with cards and pings, in its case: the triggers of migration 0008 keep
# `is_next` so.
DUE = """
WITH RECURSIVE walk (id, steps) AS (
    SELECT
        (
            SELECT first.id
            FROM notices AS first
            WHERE first.state IN ('ready', 'leased')
                AND first.is_next = 1
                AND (first.rank, first.place) >= (?, ?)
                AND first.rank <= ?
            ORDER BY first.rank, first.place, first.due_at, first.id
            LIMIT 1
        ),
        1
    UNION ALL
    SELECT
        coalesce(
            (
                SELECT beside.id
                FROM notices AS beside
                WHERE beside.state IN ('ready', 'leased')
                    AND beside.is_next = 1
                    AND beside.rank = here.rank
                    AND beside.place > here.place
                ORDER BY beside.place, beside.due_at, beside.id
                LIMIT 1
            ),
            (
                SELECT below.id
                FROM notices AS below
                WHERE below.state IN ('ready', 'leased')
                    AND below.is_next = 1
                    AND below.rank > here.rank
                    AND below.rank <= ?
                ORDER BY below.rank, below.place, below.due_at, below.id
                LIMIT 1
            )
        ),
        walk.steps + 1
    FROM walk
    JOIN notices AS here ON here.id = walk.id
    WHERE walk.steps < ?
)
SELECT
    here.rank,
    here.place,
    (
        SELECT json_array(min(due_at), json_group_array(id))
        FROM (
            SELECT due.id, due.due_at
            FROM notices AS due
            WHERE due.state IN ('ready', 'leased')
                AND due.is_next = 1
                AND due.rank = here.rank
                AND due.place = here.place
                AND due.due_at <= ?
            ORDER BY due.due_at, due.id
            LIMIT ?
        )
    ) AS due
FROM walk
JOIN notices AS here ON here.id = walk.id
"""
LEASE_DUE = """
UPDATE notices
SET state = 'leased', lease_until = ?, attempt = attempt + 1
WHERE id IN (SELECT value FROM json_each(?)) AND state IN ('ready', 'leased') AND is_next = 1 AND due_at <= ?
RETURNING id, case_id, body, attempt, first_sent_at, last_sent_at, place, rank, failures
"""

log = structlog.get_logger(__name__)


class SqlOutbox:
    """The port `Outbox`. Answers count only from the one who holds the lease: same notice, same attempt."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver
        self._walked_to: dict[Rank, str] = {}

    async def owed(self, now: datetime, limit: int, admits: Admits = anything) -> Sequence[Owed]:
        """Looked for while others write, and leased only if nobody else was faster."""
        rows: Sequence[Row] = ()
        while not rows and (due := await self._due(now, limit, admits)):
            picked = json.dumps(due)
            rows = await self._driver.write(
                lambda tx, picked=picked: tx.run(LEASE_DUE, micros(now + LEASE), picked, micros(now))  # type: ignore[misc]
            )
        return sorted((_owed_of(row) for row in rows), key=lambda owed: owed.id)

    async def sending(self, owed: Owed, now: datetime) -> None:
        sql = """
            UPDATE notices
            SET first_sent_at = coalesce(first_sent_at, ?), last_sent_at = ?
            WHERE id = ? AND attempt = ? AND state = 'leased'
            RETURNING id
        """
        if not await self._driver.write(lambda tx: tx.run(sql, micros(now), micros(now), owed.id, owed.attempt)):
            raise Stale(f"notice {owed.id} is leased to somebody else")

    async def unsent(self, owed: Owed) -> None:
        sql = """
            UPDATE notices
            SET first_sent_at = ?, last_sent_at = ?
            WHERE id = ? AND attempt = ? AND state = 'leased'
            RETURNING id
        """
        before = (micros_or_none(owed.first_sent_at), micros_or_none(owed.last_sent_at))
        if not await self._driver.write(lambda tx: tx.run(sql, *before, owed.id, owed.attempt)):
            _too_late(owed)

    async def delivered(self, owed: Owed, arrival: Arrival) -> None:
        sql = """
            UPDATE notices
            SET state = 'done', lease_until = NULL, why = ''
            WHERE id = ? AND attempt = ? AND state = 'leased'
            RETURNING team_id, case_id, kind, place
        """

        async def hung(tx: Statements) -> bool:
            rows = await tx.run(sql, owed.id, owed.attempt)
            for row in rows:
                await arrive(tx, row, arrival)
            return bool(rows)

        if not await self._driver.write(hung):
            _too_late(owed)

    async def postponed(self, owed: Owed, until: datetime, why: str, *, failed: bool = True) -> None:
        sql = """
            UPDATE notices
            SET state = 'ready', run_at = ?, lease_until = NULL, why = ?, failures = failures + ?
            WHERE id = ? AND attempt = ? AND state = 'leased'
            RETURNING id
        """
        if not await self._driver.write(lambda tx: tx.run(sql, micros(until), why, int(failed), owed.id, owed.attempt)):
            _too_late(owed)

    async def given_up(self, owed: Owed, why: str) -> None:
        sql = """
            UPDATE notices
            SET state = 'dead', lease_until = NULL, why = ?
            WHERE id = ? AND attempt = ? AND state = 'leased'
            RETURNING id
        """
        if not await self._driver.write(lambda tx: tx.run(sql, why, owed.id, owed.attempt)):
            _too_late(owed)

    async def end_leases(self) -> None:
        """At start nobody holds a lease. What may have been sent is looked for at once, and sent again later."""
        sql = "UPDATE notices SET state = 'ready', lease_until = NULL WHERE state = 'leased'"
        await self._driver.write(lambda tx: tx.run(sql))

    async def _due(self, now: datetime, limit: int, admits: Admits) -> list[int]:
        """However many places there are: no rank before the more urgent one is looked through, and each place in its
        turn.
        """
        rows = await self._places(now, limit, (min(Rank), BEGINNING), max(Rank))
        is_all = len(rows) <= PLACES_AT_ONCE
        # The rank in which the look ended was not seen whole.
        partly = max(Rank) + 1 if is_all else rows[-1]["rank"]
        found = _admitted([row for row in rows if row["rank"] < partly], limit, admits)
        for rank in Rank:
            if rank >= partly and len(found) < limit:
                found += await self._due_of(rank, now, limit - len(found), admits)
        return found

    async def _due_of(self, rank: Rank, now: datetime, limit: int, admits: Admits) -> list[int]:
        """Once around, from where the last walk through this rank ended."""
        found: list[int] = []
        start = at = self._walked_to.get(rank, BEGINNING)
        has_turned = False
        for _ in range(LOOKS_MAX):
            rows = await self._places(now, limit, (rank, at), rank)
            is_end = len(rows) <= PLACES_AT_ONCE
            ahead = [row for row in rows[:PLACES_AT_ONCE] if not has_turned or row["place"] < start]
            found += _admitted(ahead, limit - len(found), admits)
            at = BEGINNING if is_end else rows[-1]["place"]
            is_over = (is_end or at >= start) if has_turned else (is_end and start == BEGINNING)
            if len(found) == limit or is_over:
                break
            has_turned = has_turned or is_end
        self._walked_to[rank] = at
        return found

    async def _places(self, now: datetime, limit: int, start: tuple[int, str], last: int) -> Sequence[Row]:
        """What is due at these places; where there are more than are looked at, the last row is the next place."""
        return await self._driver.reading.run(DUE, *start, last, last, PLACES_AT_ONCE + 1, micros(now), limit)


def _admitted(rows: Sequence[Row], limit: int, admits: Admits) -> list[int]:
    """The most urgent rank first, and in it the place that waits longest."""
    found: list[int] = []
    waiting = [(Rank(row["rank"]), *json.loads(row["due"]), row["place"]) for row in rows]
    for rank, _, notices, place in sorted(one for one in waiting if one[2]):
        for notice in notices:
            if len(found) == limit or not admits(place, rank):
                break
            found.append(notice)
    return found


def _owed_of(row: Row) -> Owed:
    return Owed(
        id=row["id"],
        case=None if row["case_id"] is None else CaseId(row["case_id"]),
        notice=notice_of(row["body"]),
        attempt=row["attempt"],
        first_sent_at=moment_or_none(row["first_sent_at"]),
        last_sent_at=moment_or_none(row["last_sent_at"]),
        place=row["place"],
        rank=Rank(row["rank"]),
        failures=row["failures"],
    )


def _too_late(owed: Owed) -> None:
    log.warning("late answer ignored", notice=owed.id, attempt=owed.attempt, case=owed.case)
