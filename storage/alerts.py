"""How the desk itself does, counted for its operators: the port `Watched`."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from routing.digests.watch import Counted, Spell
from routing.kinds import TeamId
from storage.driver import Driver
from storage.rows import micros, moment

_CAME = """
FROM cases
WHERE cases.team_id = ?
    AND cases.received_at >= ?
    AND cases.received_at < ?
"""
# A request's first decision counts, and what people have made of it by now. Sent on to where it had been decided to go,
# as triage may do, is no objection.
_DECIDED = f"""
WITH first AS (
    SELECT
        cases.id,
        min(audit.seq) AS seq,
        json_extract(audit.event, '$.data.verdict') AS verdict,
        json_extract(audit.event, '$.data.status') AS status,
        json_extract(audit.event, '$.data.destination') AS destination,
        json_extract(audit.event, '$.data.autonomy') AS autonomy
    FROM (SELECT cases.id {_CAME}) AS cases
    JOIN audit ON audit.case_id = cases.id AND json_extract(audit.event, '$.type') = 'decided'
    GROUP BY cases.id
)
SELECT
    count(*) AS decided,
    total(
        verdict = 'ESCALATE_HUMAN' OR status = 'in triage' OR EXISTS (
            SELECT 1
            FROM audit
            WHERE audit.case_id = first.id
                AND json_extract(audit.event, '$.type') IN (
                    'answered', 'gate_expired', 'loop_stopped', 'something_else', 'unanswered'
                )
                AND json_extract(audit.event, '$.data.status') = 'in triage'
        )
    ) AS to_people,
    total(verdict IN ('ROUTE', 'REQUIRE_APPROVAL') AND autonomy IS NOT 'observe') AS placed,
    total(
        verdict IN ('ROUTE', 'REQUIRE_APPROVAL') AND autonomy IS NOT 'observe' AND NOT EXISTS (
            SELECT 1
            FROM audit
            WHERE audit.case_id = first.id
                AND (
                    json_extract(audit.event, '$.type') IN ('not_a_request', 'wrong_team')
                    OR (
                        json_extract(audit.event, '$.type') IN ('loop_stopped', 'reassigned')
                        AND json_extract(audit.event, '$.data.to') <> first.destination
                    )
                )
        )
    ) AS stood
FROM first
"""  # noqa: S608 - question marks, one for each state
_BY_CATEGORY = f"""
SELECT cases.category, count(*) AS count
{_CAME}
    AND cases.category <> ''
GROUP BY cases.category
"""


class SqlWatched:
    def __init__(self, driver: Driver, team: TeamId) -> None:
        self._driver = driver
        self._team = team

    async def decided(self, spells: Sequence[Spell]) -> Sequence[Counted]:
        async with self._driver.snapshot() as now:
            found = [(await now.run(_DECIDED, *self._within(spell)))[0] for spell in spells]
        return [
            Counted(
                decided=row["decided"],
                to_people=round(row["to_people"]),
                placed=round(row["placed"]),
                stood=round(row["stood"]),
            )
            for row in found
        ]

    async def came(self, spells: Sequence[Spell]) -> Sequence[Mapping[str, int]]:
        async with self._driver.snapshot() as now:
            found = [await now.run(_BY_CATEGORY, *self._within(spell)) for spell in spells]
        return [{row["category"]: row["count"] for row in rows} for rows in found]

    async def begun(self) -> datetime | None:
        sql = "SELECT received_at FROM cases WHERE team_id = ? ORDER BY number LIMIT 1"
        rows = await self._driver.reading.run(sql, self._team)
        return moment(rows[0]["received_at"]) if rows else None

    def _within(self, spell: Spell) -> tuple[str | int, ...]:
        return (self._team, micros(spell[0]), micros(spell[1]))
