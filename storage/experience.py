"""What people have said about decisions: the port `Experience`. Read for learning; the only writing is to the audit."""

import json
from collections.abc import Sequence

from routing.decisions import Record
from routing.experience import Taught
from routing.kinds import (
    CaseId,
    Confidence,
    DestinationName,
    Priority,
    TeamId,
)
from routing.model import Entry
from storage import chain
from storage.driver import Driver, Row

CARDS_COUNTED = 40

# The last word on a case counts, if it was about the words that are there now, and not the asker's own.
_TAUGHT = """
SELECT labels.code, labels.now, cases.id, cases.number,
    coalesce(
        json_extract(cases.body, '$.priority_before'), json_extract(cases.body, '$.decision.priority')
    ) AS priority,
    (SELECT json_group_array(body) FROM (
        SELECT body FROM texts WHERE texts.case_id = cases.id AND texts.kind = 'part'
        ORDER BY length(texts.id), texts.id
    )) AS words
FROM labels
JOIN cases ON cases.id = labels.case_id
WHERE labels.team_id = ? AND labels.code IN (
        'confirmed', 'taken', 'reassigned', 'not_a_request', 'reviewed_right', 'reviewed_wrong'
    )
    AND NOT EXISTS (
        SELECT 1
        FROM labels AS later
        WHERE later.case_id = labels.case_id AND later.id > labels.id
    )
    AND NOT EXISTS (
        SELECT 1
        FROM texts
        WHERE texts.case_id = labels.case_id AND texts.kind = 'part' AND texts.at > labels.at
    )
    AND json_extract(cases.body, '$.decision.priority') IS NOT NULL
ORDER BY labels.id DESC
LIMIT ?
"""
# The newest first, so that a long history costs no more than a short one.
_RECORD = """
SELECT code
FROM labels
WHERE was = ? AND confidence = ? AND team_id = ?
    AND NOT EXISTS (
        SELECT 1
        FROM labels AS later
        WHERE later.case_id = labels.case_id AND later.was = labels.was AND later.id > labels.id
    )
ORDER BY id DESC
LIMIT ?
"""
_STANDING = frozenset({"confirmed", "taken", "reviewed_right"})


class SqlExperience:
    def __init__(self, driver: Driver, team: TeamId) -> None:
        self._driver = driver
        self._team = team

    async def newest(self) -> int:
        rows = await self._driver.reading.run("SELECT coalesce(max(id), 0) AS newest FROM labels")
        return int(rows[0]["newest"])

    async def taught(self, limit: int) -> Sequence[Taught]:
        return [_taught(row) for row in await self._driver.reading.run(_TAUGHT, self._team, limit)]

    async def record(self, destination: DestinationName, confidence: Confidence) -> Record:
        rows = await self._driver.reading.run(_RECORD, destination, confidence.value, self._team, CARDS_COUNTED)
        return Record(stood=sum(row["code"] in _STANDING for row in rows), of=len(rows))

    async def note(self, entry: Entry, map_version: str) -> None:
        await self._driver.write(lambda tx: chain.append_of_desk(tx, self._team, entry, map_version))


def _taught(row: Row) -> Taught:
    return Taught(
        case=CaseId(row["id"]),
        number=row["number"],
        text="\n".join(json.loads(row["words"])),
        destination=DestinationName(row["now"]) if row["now"] else None,
        priority=Priority(row["priority"]),
    )
