"""The inbox in SQL: what Slack told us, byte for byte, until somebody has read it."""

from collections.abc import Sequence
from datetime import datetime

from routing.ports import UNREAD_AT_ONCE, Letter
from storage.driver import Driver
from storage.rows import micros, moment

_KEEP = """
INSERT INTO inbox (key, raw, received_at, state, attempts)
VALUES (?, ?, ?, 'unread', ?)
ON CONFLICT (key) DO NOTHING
RETURNING key
"""
HAS = "SELECT 1 FROM inbox WHERE key = ?"
UNREAD = """
SELECT key, raw, received_at, attempts
FROM inbox
WHERE state = 'unread' AND received_at < ? AND attempts < ?
    AND (received_at, rowid) > (?, coalesce((SELECT rowid FROM inbox WHERE key = ?), 0))
ORDER BY received_at, rowid
LIMIT ?
"""
HOWEVER_OFTEN = 2**62


class SqlInbox:
    """The port `Inbox`."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver

    async def keep(self, letter: Letter) -> bool:
        row = (letter.key, letter.raw, micros(letter.received_at), letter.attempts)
        return bool(await self._driver.write(lambda tx: tx.run(_KEEP, *row), or_refuse=True))

    async def has(self, key: str) -> bool:
        return bool(await self._driver.reading.run(HAS, key))

    async def done(self, key: str) -> None:
        """The key stays, to know the letter when it comes again; people's words do not."""
        sql = "UPDATE inbox SET state = 'done', raw = x'' WHERE key = ?"
        await self._driver.write(lambda tx: tx.run(sql, key))

    async def unread(
        self, before: datetime, *, attempts_below: int | None = None, after: Letter | None = None
    ) -> Sequence[Letter]:
        tried = HOWEVER_OFTEN if attempts_below is None else attempts_below
        last = (micros(after.received_at), after.key) if after else (-1, "")
        return [
            Letter(
                key=row["key"],
                raw=row["raw"],
                received_at=moment(row["received_at"]),
                attempts=row["attempts"],
            )
            for row in await self._driver.reading.run(UNREAD, micros(before), tried, *last, UNREAD_AT_ONCE)
        ]

    async def failed(self, key: str) -> int:
        sql = "UPDATE inbox SET attempts = attempts + 1 WHERE key = ? RETURNING attempts"
        rows = await self._driver.write(lambda tx: tx.run(sql, key))
        assert rows, "only a letter that was kept can fail to be read"
        return int(rows[0]["attempts"])
