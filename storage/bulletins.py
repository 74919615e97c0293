"""Bulletins in SQL: what the desk says of its own accord is said once, because having fired and owing it are one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from routing.bulletins import Bulletin, BulletinKind, page_notice, page_prefix
from routing.kinds import (
    ChannelId,
    MessageId,
    NoticeKind,
    Rank,
    TeamId,
)
from routing.model import Entry
from routing.publishing import Posted
from storage import chain
from storage.driver import Driver, Row, Statements
from storage.jobs import LAST_FIRED, fire
from storage.rows import micros, moment, notice_body

# Sorts after every key that begins the same way.
LAST_CHARACTER = "\U0010ffff"

BY_KEY = "SELECT key, kind, channel, body, pages, revision, file FROM bulletins WHERE team_id = ? AND key = ?"
PAGES_OF = "SELECT page, message FROM bulletin_pages WHERE team_id = ? AND key = ? ORDER BY page"
# Few to a day, and only presses ask: no index of its own.
BY_MESSAGE = """
SELECT bulletins.key, kind, channel, body, pages
FROM bulletin_pages
JOIN bulletins ON bulletins.team_id = bulletin_pages.team_id AND bulletins.key = bulletin_pages.key
WHERE bulletin_pages.team_id = ? AND message = ? AND channel = ?
LIMIT 1
"""
BY_PREFIX = """
SELECT key, kind, channel, body, pages
FROM bulletins
WHERE team_id = ? AND key >= ? AND key < ?
ORDER BY at DESC, rowid DESC
LIMIT ?
"""
INSERT = """
INSERT INTO bulletins (team_id, key, job, kind, channel, body, pages, at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (team_id, key) DO NOTHING
RETURNING revision
"""
# The picture belongs to the numbers it was drawn from.
_AMEND = """
UPDATE bulletins
SET body = ?, pages = ?, revision = revision + 1, file = CASE body WHEN ? THEN file ELSE '' END
WHERE team_id = ? AND key = ? AND channel = ? AND pages <= ?
RETURNING revision
"""
# What waits to be drawn is drawn as the bulletin is by then: it need not be owed twice. What is leased is not meant:
# `IN` stands before it word for word, because SQLite reaches the partial index by nothing else.
OWE = """
INSERT INTO notices (key, team_id, case_id, kind, rank, place, lane, revision, body, state, run_at)
SELECT ?, ?, NULL, ?, ?, ?, ?, ?, ?, 'ready', ?
WHERE NOT EXISTS (
    SELECT 1
    FROM notices AS waiting
    WHERE waiting.state IN ('ready', 'leased')
        AND waiting.state = 'ready'
        AND waiting.team_id = ?
        AND waiting.lane = ?
        AND waiting.key >= ?
        AND waiting.key < ?
)
ON CONFLICT (key) DO NOTHING
"""


class SqlBulletins:
    """The port `Bulletins`, for one team."""

    def __init__(self, driver: Driver, team: TeamId) -> None:
        self._driver = driver
        self._team = team

    async def publish(
        self, job: str, fire_at: datetime, bulletins: Sequence[Bulletin], entry: Entry, map_version: str
    ) -> bool:
        async def published(tx: Statements) -> bool:
            if not await fire(tx, self._team, job, fire_at, entry.at):
                return False
            for bulletin in bulletins:
                await self._keep(tx, job, bulletin, entry.at)
            await chain.append_of_desk(tx, self._team, entry, map_version)
            return True

        return await self._driver.write(published)

    async def amend(self, bulletin: Bulletin, entry: Entry, map_version: str) -> None:
        changed = (bulletin.body, bulletin.pages, bulletin.body)

        async def amended(tx: Statements) -> None:
            rows = await tx.run(_AMEND, *changed, self._team, bulletin.key, bulletin.to, bulletin.pages)
            assert rows, "what is amended was published, to the same channel, and loses no page"
            await self._owe(tx, bulletin, rows[0]["revision"], entry.at)
            await chain.append_of_desk(tx, self._team, entry, map_version)

        await self._driver.write(amended)

    async def bulletin(self, key: str) -> Bulletin | None:
        rows = await self._driver.reading.run(BY_KEY, self._team, key)
        return _bulletin_of(rows[0]) if rows else None

    async def posted(self, key: str) -> Posted | None:
        rows = await self._driver.reading.run(BY_KEY, self._team, key)
        if not rows:
            return None
        pages = await self._driver.reading.run(PAGES_OF, self._team, key)
        messages = {row["page"]: MessageId(row["message"]) for row in pages}
        found = rows[0]
        return Posted(bulletin=_bulletin_of(found), revision=found["revision"], messages=messages, file=found["file"])

    async def page_at(self, channel: ChannelId, message: MessageId) -> Bulletin | None:
        rows = await self._driver.reading.run(BY_MESSAGE, self._team, message, channel)
        return _bulletin_of(rows[0]) if rows else None

    async def of_job(self, prefix: str, limit: int) -> Sequence[Bulletin]:
        rows = await self._driver.reading.run(BY_PREFIX, self._team, prefix, prefix + LAST_CHARACTER, limit)
        return [_bulletin_of(row) for row in rows]

    async def last_fired(self, job: str) -> datetime | None:
        rows = await self._driver.reading.run(LAST_FIRED, self._team, job)
        return moment(rows[0]["fire_at"]) if rows else None

    async def _keep(self, tx: Statements, job: str, bulletin: Bulletin, at: datetime) -> None:
        """A bulletin whose key is known was published before: a case is put to a reviewer once."""
        what = (bulletin.key, job, bulletin.kind.value, bulletin.to, bulletin.body, bulletin.pages)
        rows = await tx.run(INSERT, self._team, *what, micros(at))
        if rows:
            await self._owe(tx, bulletin, rows[0]["revision"], at)

    async def _owe(self, tx: Statements, bulletin: Bulletin, revision: int, at: datetime) -> None:
        call = Call(revision=revision, at=at, rank=Rank.BULLETIN, lane=f"{NoticeKind.BULLETIN.value}:{bulletin.to}")
        for page in range(bulletin.pages):
            await owe_page(tx, self._team, bulletin, call, page)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """Which revision of a bulletin is owed since when, how urgently, and in which order with what else."""

    revision: int
    at: datetime
    rank: Rank
    lane: str


async def owe_page(tx: Statements, team: TeamId, bulletin: Bulletin, call: Call, page: int = 0) -> None:
    notice = page_notice(bulletin.key, bulletin.to, page, str(call.revision))
    where = (notice.kind.value, call.rank.value, notice.to, call.lane)
    begins = page_prefix(bulletin.key, page)
    what = (call.revision, notice_body(notice), micros(call.at))
    known = (team, call.lane, begins, begins + LAST_CHARACTER)
    await tx.run(OWE, notice.key, team, *where, *what, *known)


def _bulletin_of(row: Row) -> Bulletin:
    return Bulletin(
        key=row["key"],
        kind=BulletinKind(row["kind"]),
        to=ChannelId(row["channel"]),
        body=row["body"],
        pages=row["pages"],
    )
