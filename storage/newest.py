"""Finding cases the way somebody does who looks over the desk's shoulder. The desk itself never asks like this."""

from collections.abc import Sequence

from routing.kinds import CaseId, TeamId
from storage.driver import Driver

_NEWEST = """
SELECT id
FROM cases
ORDER BY received_at DESC, number DESC
LIMIT ?
"""
_NUMBERED = """
SELECT id
FROM cases
WHERE number = ?
ORDER BY team_id
"""
_HEAD = """
SELECT hash
FROM audit
ORDER BY team_id DESC, seq DESC
LIMIT 1
"""
_TEAM = """
SELECT team_id
FROM cases
ORDER BY rowid DESC
LIMIT 1
"""


async def newest_cases(driver: Driver, limit: int) -> Sequence[CaseId]:
    return [CaseId(row["id"]) for row in await driver.reading.run(_NEWEST, limit)]


async def cases_numbered(driver: Driver, number: int) -> Sequence[CaseId]:
    """One for every team that has counted so far; a bot in one workspace has one team."""
    return [CaseId(row["id"]) for row in await driver.reading.run(_NUMBERED, number)]


async def audit_head(driver: Driver) -> str:
    """The hash of the last entry; empty before the first."""
    rows = await driver.reading.run(_HEAD)
    return str(rows[0]["hash"]) if rows else ""


async def newest_team(driver: Driver) -> TeamId:
    """The team that asked last: a bot in one workspace has one. Empty before anybody asked."""
    rows = await driver.reading.run(_TEAM)
    return TeamId(rows[0]["team_id"]) if rows else TeamId("")
