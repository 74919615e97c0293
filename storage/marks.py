"""Marks in SQL: up to where each channel was kept, and where requests are still open."""

from collections.abc import Mapping, Sequence

from routing.kinds import ChannelId, MessageId, Status, TeamId
from storage.driver import Driver, Statements

_BEGIN = """
INSERT INTO channel_marks (team_id, channel, mark)
VALUES (?, ?, ?)
ON CONFLICT (team_id, channel) DO NOTHING
"""
_ADVANCE = """
INSERT INTO channel_marks (team_id, channel, mark)
VALUES (?, ?, ?)
ON CONFLICT (team_id, channel) DO UPDATE
SET mark = excluded.mark
WHERE channel_marks.mark < excluded.mark
"""
_OPEN = [status.value for status in Status if not status.is_final]
OPEN_THREADS = f"""
SELECT DISTINCT channel, thread
FROM (
    SELECT channel, thread
    FROM cases
    WHERE team_id = ? AND status IN ({", ".join("?" * len(_OPEN))})
    ORDER BY received_at DESC
    LIMIT ?
)
"""  # noqa: S608 - question marks, one for each status


class SqlMarks:
    """The port `Marks`, for one workspace. Message ids of one length are in the order of their time."""

    def __init__(self, driver: Driver, team: TeamId) -> None:
        self._driver = driver
        self._team = team

    async def begin(self, channels: Sequence[ChannelId], mark: MessageId) -> None:
        async def begun(tx: Statements) -> None:
            for channel in channels:
                await tx.run(_BEGIN, self._team, channel, mark)

        await self._driver.write(begun)

    async def all(self) -> Mapping[ChannelId, MessageId]:
        rows = await self._driver.reading.run("SELECT channel, mark FROM channel_marks WHERE team_id = ?", self._team)
        return {ChannelId(row["channel"]): MessageId(row["mark"]) for row in rows}

    async def advance(self, channel: ChannelId, mark: MessageId) -> None:
        await self._driver.write(lambda tx: tx.run(_ADVANCE, self._team, channel, mark))

    async def open_threads(self, limit: int) -> Sequence[tuple[ChannelId, MessageId]]:
        rows = await self._driver.reading.run(OPEN_THREADS, self._team, *_OPEN, limit)
        return [(ChannelId(row["channel"]), MessageId(row["thread"])) for row in rows]
