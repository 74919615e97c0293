"""Past cases that people have judged, to be decided again: the port `Archive`."""

from collections.abc import Sequence
from datetime import datetime

from routing.digests.drift import JUDGED_BY, Judged
from routing.kinds import CaseId, TeamId
from storage.driver import Driver
from storage.hindsight import looked_back
from storage.rows import micros

_JUDGED = f"""
SELECT cases.id
FROM labels
JOIN cases ON cases.id = labels.case_id
WHERE labels.id IN (SELECT max(id) FROM labels GROUP BY case_id)
    AND labels.team_id = ?
    AND cases.received_at >= ?
    AND labels.code IN ({", ".join("?" * len(JUDGED_BY))})
    AND NOT EXISTS (
        SELECT 1
        FROM claude_calls
        WHERE claude_calls.case_id = cases.id AND claude_calls.outcome = 'answered'
    )
ORDER BY cases.received_at DESC, cases.number DESC
LIMIT ?
"""  # noqa: S608 - question marks, one for each code


class SqlArchive:
    def __init__(self, driver: Driver, team: TeamId) -> None:
        self._driver = driver
        self._team = team

    async def judged(self, since: datetime, most: int) -> Sequence[Judged]:
        rows = await self._driver.reading.run(_JUDGED, self._team, micros(since), *JUDGED_BY, most)
        past = await looked_back(self._driver, since, [CaseId(row["id"]) for row in rows])
        return [
            Judged(case=one.case.id, request=one.case.request, first=one.first, said=one.said)
            for one in past.cases
            if one.said
        ]
