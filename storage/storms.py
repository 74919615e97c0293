"""Storms in SQL: the port `Storms`, for one team. Cards set aside are still owed, and each step keeps them so."""

import json
from collections.abc import Sequence
from datetime import datetime
from functools import partial

from routing import crowded
from routing.crowded import FOLDED_AT_ONCE, LISTED_MAX, MOST_CARDS, Listed, Storm
from routing.kinds import CaseId, ChannelId, Rank, TeamId
from storage import chain
from storage.bulletins import INSERT, Call, owe_page
from storage.driver import Driver, Row, Statements
from storage.notices import DROP, LET_GO, WITHDRAWN
from storage.rows import micros, micros_or_none, moment, moment_or_none
from storage.storm_queries import (
    AMEND,
    BEGIN,
    CROWDED,
    FOLD,
    FOLDABLE,
    GROW,
    IS_READY,
    LISTED,
    MOST_URGENT,
    NOBODY_NEEDS,
    ONE,
    UNDER_WAY,
    UNDER_WAY_THERE,
)

PLACES_MAX = 256
CARDS_LOOKED_AT = 1000


class SqlStorms:
    def __init__(self, driver: Driver, team: TeamId, map_version: str) -> None:
        self._driver = driver
        self._team = team
        self._version = map_version
        self._walked_to = ""

    async def crowded(self) -> Sequence[ChannelId]:
        """So many channels at a time; the next look goes on after them."""
        counted = (self._team, self._team, MOST_CARDS + 1, MOST_CARDS)
        rows = await self._driver.reading.run(CROWDED, self._walked_to, PLACES_MAX, *counted)
        self._walked_to = rows[-1]["place"] if len(rows) == PLACES_MAX else ""
        return [ChannelId(row["place"]) for row in rows if row["is_crowded"]]

    async def under_way(self) -> Sequence[Storm]:
        return [_storm_of(row) for row in await self._driver.reading.run(UNDER_WAY, MOST_CARDS, self._team)]

    async def begin(self, channel: ChannelId, now: datetime) -> bool:
        return await self._driver.write(partial(self._begin, channel=channel, now=now))

    async def gather(self, storm: Storm) -> int:
        async def gathered(tx: Statements) -> int:
            if not await self._known(tx, storm):
                return 0
            found = await self._fold(tx, storm.channel)
            if found:
                await tx.run(GROW, len(found), max(row["run_at"] for row in found), self._team, storm.channel)
            return len(found)

        return await self._driver.write(gathered)

    async def turn(self, storm: Storm, calm_at: datetime | None) -> None:
        sql = "UPDATE storms SET calm_at = ? WHERE team_id = ? AND key = ?"
        await self._driver.write(lambda tx: tx.run(sql, micros_or_none(calm_at), self._team, storm.key))

    async def let_go(self, storm: Storm) -> bool:
        return await self._driver.write(partial(self._let_go, storm=storm))

    async def tell(self, storm: Storm, now: datetime) -> None:
        async def told(tx: Statements) -> None:
            current = await self._known(tx, storm)
            if current:
                await self._amend(tx, current, now)

        await self._driver.write(told)

    async def end(self, storm: Storm, now: datetime) -> None:
        async def ended(tx: Statements) -> None:
            current = await self._known(tx, storm)
            if current is None or not crowded.is_over(current):
                return  # Another came in between.
            await self._amend(tx, current, now, is_over=True)
            await tx.run("DELETE FROM storms WHERE team_id = ? AND key = ?", self._team, storm.key)
            await chain.append_of_desk(tx, self._team, crowded.ended(current, now), self._version)

        await self._driver.write(ended)

    async def _begin(self, tx: Statements, *, channel: ChannelId, now: datetime) -> bool:
        key = crowded.key_for(channel, now)
        known = await tx.run("SELECT 1 FROM bulletins WHERE team_id = ? AND key = ?", self._team, key)
        (sent,) = await tx.run(UNDER_WAY_THERE, self._team, f"card:{channel}")
        enough = max(1, MOST_CARDS + 1 - sent["count"])
        found = await tx.run(FOLDABLE, self._team, f"card:{channel}", CARDS_LOOKED_AT, enough)
        if known or len(found) < enough:
            return False
        found = await self._fold(tx, channel)
        times = [row["run_at"] for row in found]
        await tx.run(BEGIN, self._team, channel, key, micros(now), min(times), max(times), len(found))
        current = await self._current(tx, channel)
        assert current is not None, "it was written just now"
        bulletin = crowded.card_of(current, await _listed(tx, channel))
        what = (bulletin.kind.value, channel, bulletin.body, bulletin.pages, micros(now))
        await tx.run(INSERT, self._team, key, crowded.PREFIX + channel, *what)
        await owe_page(tx, self._team, bulletin, _call(current, 1, now))
        await chain.append_of_desk(tx, self._team, crowded.began(current, now), self._version)
        return True

    async def _fold(self, tx: Statements, channel: ChannelId) -> Sequence[Row]:
        found = await tx.run(FOLDABLE, self._team, f"card:{channel}", CARDS_LOOKED_AT, FOLDED_AT_ONCE)
        if found:
            await tx.run(FOLD, json.dumps([row["case_id"] for row in found]))
        return found

    async def _let_go(self, tx: Statements, *, storm: Storm) -> bool:
        dropped = await tx.run(NOBODY_NEEDS, storm.channel, WITHDRAWN, FOLDED_AT_ONCE)
        for row in dropped:
            await tx.run(DROP, "withdrawn", row["case_id"])
        if dropped:
            sql = "UPDATE storms SET withdrawn = withdrawn + ? WHERE team_id = ? AND key = ?"
            await tx.run(sql, len(dropped), self._team, storm.key)
        if await tx.run(IS_READY, self._team, f"card:{storm.channel}"):
            return False
        first = await tx.run(MOST_URGENT, storm.channel)
        if first:
            await tx.run(LET_GO, first[0]["case_id"])
        return bool(first)

    async def _amend(self, tx: Statements, storm: Storm, now: datetime, *, is_over: bool = False) -> None:
        bulletin = crowded.card_of(storm, () if is_over else await _listed(tx, storm.channel), is_over=is_over)
        rows = await tx.run(AMEND, bulletin.body, self._team, bulletin.key, bulletin.body)
        if rows:
            await owe_page(tx, self._team, bulletin, _call(storm, rows[0]["revision"], now))

    async def _known(self, tx: Statements, storm: Storm) -> Storm | None:
        """As it is now; nothing if it is over, whatever else has begun there since."""
        current = await self._current(tx, storm.channel)
        return current if current and current.key == storm.key else None

    async def _current(self, tx: Statements, channel: ChannelId) -> Storm | None:
        rows = await tx.run(ONE, MOST_CARDS, self._team, channel)
        return _storm_of(rows[0]) if rows else None


async def _listed(tx: Statements, channel: ChannelId) -> Sequence[Listed]:
    rows = await tx.run(LISTED, channel, LISTED_MAX)
    return [Listed(case=CaseId(row["case_id"]), revision=row["revision"]) for row in rows]


def _call(storm: Storm, revision: int, now: datetime) -> Call:
    """Posted and edited like the cards that it stands for, and behind no digest of its channel."""
    rank = Rank.CARD_EDIT if storm.is_hung else Rank.CARD
    return Call(revision=revision, at=now, rank=rank, lane=f"storm:{storm.channel}")


def _storm_of(row: Row) -> Storm:
    return Storm(
        channel=ChannelId(row["place"]),
        key=row["key"],
        began_at=moment(row["began_at"]),
        first_at=moment(row["first_at"]),
        last_at=moment(row["last_at"]),
        came=row["came"],
        withdrawn=row["withdrawn"],
        waiting=row["waiting"],
        calm_at=moment_or_none(row["calm_at"]),
        burst_at=moment_or_none(row["burst_at"]),
        is_hung=bool(row["is_hung"]),
        is_served=bool(row["is_served"]),
    )
