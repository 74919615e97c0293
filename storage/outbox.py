"""The outbox in SQL: what is owed, to whom it is leased, and what became of it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from routing.kinds import CaseId, NoticeKind
from routing.ports import Arrival, Owed, Page, Posting, PostingKind, Stale
from storage.driver import Driver, Row, Statements
from storage.rows import micros, moment, notice_of

LEASE = timedelta(seconds=60)
SETTLING = timedelta(seconds=3)

# A picture of a case and the posting it leaves.
PICTURES = {NoticeKind.CARD: PostingKind.CARD, NoticeKind.RECEIPT: PostingKind.RECEIPT}

# Due is what waits first in its lane. A card or a ping also waits for its case's cards and pings before it, wherever
# they go: a card moves from place to place in order, and a ping never overtakes the card it points at.
LEASE_DUE = """
UPDATE notices
SET state = 'leased', lease_until = ?, attempt = attempt + 1
WHERE id IN (
    SELECT due.id
    FROM notices AS due
    WHERE due.state IN ('ready', 'leased')
        AND CASE due.state WHEN 'ready' THEN due.run_at ELSE due.lease_until END <= ?
        AND NOT EXISTS (
            SELECT 1
            FROM notices AS ahead
            WHERE ahead.state IN ('ready', 'leased')
                AND ahead.team_id = due.team_id
                AND ahead.lane = due.lane
                AND ahead.id < due.id
        )
        AND NOT (
            due.kind IN ('card', 'ping')
            AND EXISTS (
                SELECT 1
                FROM notices AS ahead
                WHERE ahead.state IN ('ready', 'leased')
                    AND ahead.case_id = due.case_id
                    AND ahead.kind IN ('card', 'ping')
                    AND ahead.id < due.id
            )
        )
    ORDER BY due.id
    LIMIT ?
)
RETURNING id, case_id, body, attempt, first_sent_at
"""

# What the picture just put up already shows, unless the case's card has to go elsewhere in between.
_SUPERSEDE = """
UPDATE notices
SET state = 'done', why = 'superseded'
WHERE state = 'ready' AND case_id = ? AND kind = ? AND lane = ? AND revision <= ?
    AND NOT EXISTS (
        SELECT 1
        FROM notices AS waiting
        WHERE waiting.state IN ('ready', 'leased')
            AND waiting.case_id = notices.case_id
            AND waiting.kind = notices.kind
            AND waiting.lane <> notices.lane
            AND waiting.id < notices.id
    )
"""
_POST = """
INSERT INTO postings (team_id, case_id, kind, channel, message, revision)
VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (case_id, channel, message) DO UPDATE
SET kind = excluded.kind, revision = excluded.revision
"""

_PIN = """
INSERT INTO bulletin_pages (team_id, key, page, message)
VALUES (?, ?, ?, ?)
ON CONFLICT (team_id, key, page) DO UPDATE
SET message = excluded.message
"""
_FIRST_PAGE = "SELECT message FROM bulletin_pages WHERE team_id = ? AND key = ? AND page = 0"
_UNPIN = "DELETE FROM bulletin_pages WHERE team_id = ? AND key = ?"
# The picture of a body that was amended in between is not the bulletin's any more.
_PICTURE = "UPDATE bulletins SET file = ? WHERE team_id = ? AND key = ? AND revision = ?"

log = structlog.get_logger(__name__)


class SqlOutbox:
    """The port `Outbox`. Answers count only from the one who holds the lease: same notice, same attempt."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver

    async def owed(self, now: datetime, limit: int) -> Sequence[Owed]:
        rows = await self._driver.write(lambda tx: tx.run(LEASE_DUE, micros(now + LEASE), micros(now), limit))
        return sorted((_owed_of(row) for row in rows), key=lambda owed: owed.id)

    async def sending(self, owed: Owed, now: datetime) -> None:
        """Raises Stale when the lease is lost: somebody else may be sending it now."""
        sql = """
            UPDATE notices
            SET first_sent_at = coalesce(first_sent_at, ?)
            WHERE id = ? AND attempt = ? AND state = 'leased'
            RETURNING id
        """
        if not await self._driver.write(lambda tx: tx.run(sql, micros(now), owed.id, owed.attempt)):
            raise Stale(f"notice {owed.id} is leased to somebody else")

    async def delivered(self, owed: Owed, arrival: Arrival) -> None:
        sql = """
            UPDATE notices
            SET state = 'done', lease_until = NULL, why = ''
            WHERE id = ? AND attempt = ? AND state = 'leased'
            RETURNING team_id, case_id, kind, lane
        """

        async def hung(tx: Statements) -> bool:
            rows = await tx.run(sql, owed.id, owed.attempt)
            for row in rows:
                await _hang(tx, row, arrival.postings)
                await _supersede(tx, row, arrival.postings)
                if arrival.page:
                    await _pin(tx, row, arrival.page)
            return bool(rows)

        if not await self._driver.write(hung):
            _too_late(owed)

    async def postponed(self, owed: Owed, until: datetime, why: str) -> None:
        sql = """
            UPDATE notices
            SET state = 'ready', run_at = ?, lease_until = NULL, why = ?
            WHERE id = ? AND attempt = ? AND state = 'leased'
            RETURNING id
        """
        if not await self._driver.write(lambda tx: tx.run(sql, micros(until), why, owed.id, owed.attempt)):
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

    async def end_leases(self, now: datetime) -> None:
        """At start nobody holds a lease. What may have been sent waits a moment: a slow Slack may be at it still."""
        sql = """
            UPDATE notices
            SET state = 'ready',
                run_at = CASE WHEN first_sent_at IS NULL THEN run_at ELSE min(lease_until, ?) END,
                lease_until = NULL
            WHERE state IN ('ready', 'leased') AND state = 'leased'
        """
        await self._driver.write(lambda tx: tx.run(sql, micros(now + SETTLING)))


def _owed_of(row: Row) -> Owed:
    sent = row["first_sent_at"]
    return Owed(
        id=row["id"],
        case=None if row["case_id"] is None else CaseId(row["case_id"]),
        notice=notice_of(row["body"]),
        attempt=row["attempt"],
        first_sent_at=None if sent is None else moment(sent),
    )


async def _hang(tx: Statements, notice: Row, postings: Sequence[Posting]) -> None:
    """Remember where pictures hang. There is one live card and one receipt: a former one makes room."""
    case_id = notice["case_id"]
    for new in postings:
        place = (new.channel, new.message)
        if new.kind is PostingKind.CARD:
            sql = (
                "UPDATE postings SET kind = 'stub' WHERE case_id = ? AND kind = 'card' AND (channel, message) <> (?, ?)"
            )
            await tx.run(sql, case_id, *place)
        if new.kind in {PostingKind.RECEIPT, PostingKind.QUESTION}:
            sql = "DELETE FROM postings WHERE case_id = ? AND kind = ? AND (channel, message) <> (?, ?)"
            await tx.run(sql, case_id, new.kind.value, *place)
        await tx.run(_POST, notice["team_id"], case_id, new.kind.value, *place, new.revision)


async def _supersede(tx: Statements, notice: Row, postings: Sequence[Posting]) -> None:
    picture = PICTURES.get(NoticeKind(notice["kind"]))
    drawn = max((new.revision for new in postings if new.kind is picture), default=0)
    if drawn:
        await tx.run(_SUPERSEDE, notice["case_id"], notice["kind"], notice["lane"], drawn)


async def _pin(tx: Statements, notice: Row, page: Page) -> None:
    """Remember where a page hangs. The pages in the thread of a first one that had to be posted anew are lost to it."""
    place = (notice["team_id"], page.bulletin)
    if page.number == 0:
        first = await tx.run(_FIRST_PAGE, *place)
        if first and first[0]["message"] != page.message:
            await tx.run(_UNPIN, *place)
        await tx.run(_PICTURE, page.file, *place, page.revision)
    await tx.run(_PIN, *place, page.number, page.message)


def _too_late(owed: Owed) -> None:
    log.warning("late answer ignored", notice=owed.id, attempt=owed.attempt, case=owed.case)
