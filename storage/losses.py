"""What was given up and not told yet, in SQL: the port `Lost`."""

from collections.abc import Sequence

from routing.digests.losses import Loss, What
from routing.kinds import CaseId, NoticeKind, TeamId
from storage.driver import Driver, Statements
from storage.rows import moment, notice_of

UNTOLD_NOTICES = """
SELECT id, case_id, body, run_at, why
FROM notices
WHERE state = 'dead' AND told = 0 AND team_id = ?
ORDER BY id
LIMIT ?
"""
# So many readings, and the intake puts a letter aside: see MOST_READINGS there, and the index.
UNTOLD_LETTERS = """
SELECT key, received_at
FROM inbox
WHERE state = 'unread' AND told = 0 AND attempts >= 5
ORDER BY received_at, rowid
LIMIT ?
"""


class SqlLost:
    def __init__(self, driver: Driver, team: TeamId) -> None:
        self._driver = driver
        self._team = team

    async def untold(self, what: What, limit: int) -> Sequence[Loss]:
        return await (self._notices(limit) if what is What.NOTICE else self._letters(limit))

    async def told(self, what: What, ids: Sequence[str]) -> None:
        sql = "UPDATE inbox SET told = 1 WHERE key = ?"
        if what is What.NOTICE:
            sql = "UPDATE notices SET told = 1 WHERE id = CAST(? AS INTEGER)"

        async def marked(tx: Statements) -> None:
            for one in ids:
                await tx.run(sql, one)

        await self._driver.write(marked)

    async def _notices(self, limit: int) -> Sequence[Loss]:
        found = []
        for row in await self._driver.reading.run(UNTOLD_NOTICES, self._team, limit):
            notice = notice_of(row["body"])
            found.append(
                Loss(
                    what=What.NOTICE,
                    id=str(row["id"]),
                    at=moment(row["run_at"]),
                    why=row["why"],
                    case=None if row["case_id"] is None else CaseId(row["case_id"]),
                    kind=notice.kind,
                    about=notice.words[0] if notice.kind is NoticeKind.BULLETIN and notice.words else "",
                )
            )
        return found

    async def _letters(self, limit: int) -> Sequence[Loss]:
        return [
            Loss(what=What.LETTER, id=row["key"], at=moment(row["received_at"]))
            for row in await self._driver.reading.run(UNTOLD_LETTERS, limit)
        ]
