"""What the desk proves its own hand with: made once for each workspace, and never replaced by itself."""

from functools import partial

from routing.kinds import TeamId
from storage.driver import Driver, Statements

_KEEP = """
INSERT INTO desk_keys (team_id, name, key)
VALUES (?, ?, ?)
ON CONFLICT (team_id, name) DO NOTHING
"""
_KNOWN = "SELECT key FROM desk_keys WHERE team_id = ? AND name = ?"


class SqlKeys:
    def __init__(self, driver: Driver, team: TeamId) -> None:
        self._driver = driver
        self._team = team

    async def key(self, name: str, fresh: bytes) -> bytes:
        """The key that was kept under this name; the first time it is `fresh`, which is durable when this returns."""
        rows = await self._driver.reading.run(_KNOWN, self._team, name)
        return bytes.fromhex(rows[0]["key"]) if rows else await self._driver.write(partial(self._made, name, fresh))

    async def _made(self, name: str, fresh: bytes, tx: Statements) -> bytes:
        await tx.run(_KEEP, self._team, name, fresh.hex())
        rows = await tx.run(_KNOWN, self._team, name)
        return bytes.fromhex(rows[0]["key"])
