"""Where a team's chain ends, for whoever keeps that elsewhere: the port `Chain`."""

import json

from routing.checkpoints import Head
from routing.kinds import TeamId
from storage.driver import Driver, Statements

_HEAD = "SELECT seq, hash, event FROM audit WHERE team_id = ? ORDER BY seq DESC LIMIT 1"
_TEAMS = "SELECT DISTINCT team_id FROM audit ORDER BY team_id"


class SqlChain:
    def __init__(self, driver: Driver, team: TeamId) -> None:
        self._driver = driver
        self._team = team

    async def head(self) -> Head | None:
        return await head_of(self._driver.reading, self._team)


async def head_of(reading: Statements, team: TeamId) -> Head | None:
    rows = await reading.run(_HEAD, team)
    if not rows:
        return None
    return Head(tenant=team, seq=rows[0]["seq"], hash=rows[0]["hash"], type=json.loads(rows[0]["event"])["type"])


async def teams_in(reading: Statements) -> list[TeamId]:
    """Those that have entries. A bot in one workspace has one."""
    return [TeamId(row["team_id"]) for row in await reading.run(_TEAMS)]
