"""What fired for which time: a row each, so that nothing the clock asks for is done twice, whoever is asked."""

from datetime import datetime

from routing.kinds import TeamId
from storage.driver import Statements
from storage.rows import micros

FIRE = """
INSERT INTO jobs (team_id, job, fire_at, at)
VALUES (?, ?, ?, ?)
ON CONFLICT (team_id, job, fire_at) DO NOTHING
RETURNING job
"""
LAST_FIRED = "SELECT fire_at FROM jobs WHERE team_id = ? AND job = ? ORDER BY fire_at DESC LIMIT 1"


async def fire(tx: Statements, team: TeamId, job: str, fire_at: datetime, at: datetime) -> bool:
    """False: it fired for this time already."""
    return bool(await tx.run(FIRE, team, job, micros(fire_at), micros(at)))
