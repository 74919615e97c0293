"""What the week's patterns are counted from, in SQL: the port `Trends`. Read from indexes, and all of one moment."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence

from routing.clocks import FIRST_RESPONSE, RESOLUTION
from routing.digests.trends import FellDue, Received, Record, Reviews, Ruled, Since, Week
from routing.kinds import (
    CaseId,
    DestinationName,
    Priority,
    Status,
    TeamId,
    Verdict,
)
from storage.driver import Driver, Row, Statements
from storage.rows import micros, moment

A_SECOND = 1_000_000  # micros

_BEGUN = """
SELECT received_at
FROM cases
WHERE team_id = ?
ORDER BY received_at
LIMIT 1
"""
# Places come as a list in JSON, so that every statement is the same however many there are.
_RECEIVED = """
SELECT category, priority, count(*) AS count
FROM cases
WHERE team_id = ? AND received_at >= ? AND received_at < ? AND destination IN (SELECT value FROM json_each(?))
GROUP BY category, priority
ORDER BY category, priority
"""
# A person's first word keeps the promise of an answer; closing the case keeps either. What its asker took back, or
# was no request, before its time was up was owed to nobody any more.
_ANSWERS = """
SELECT count(*) AS count, total(coalesce(min(responded_at, closed_at), responded_at, closed_at) <= first_response_by)
    AS kept
FROM cases
WHERE team_id = ? AND first_response_by >= ? AND first_response_by < ?
    AND destination IN (SELECT value FROM json_each(?))
    AND NOT (status IN ('withdrawn', 'not a request') AND closed_at <= first_response_by)
"""
_SOLUTIONS = """
SELECT count(*) AS count, total(closed_at <= resolve_by) AS kept
FROM cases
WHERE team_id = ? AND resolve_by >= ? AND resolve_by < ?
    AND destination IN (SELECT value FROM json_each(?))
    AND NOT (status IN ('withdrawn', 'not a request') AND closed_at <= resolve_by)
"""
_DECIDED = """
SELECT
    audit.case_id,
    json_extract(audit.event, '$.data.destination') AS destination,
    json_extract(audit.event, '$.data.candidate') AS candidate,
    json_extract(audit.event, '$.data.verdict') AS verdict,
    json_extract(audit.event, '$.data.status') AS status,
    audit_by_type.at - cases.received_at AS took,
    (SELECT coalesce(sum(cost), 0) FROM claude_calls WHERE claude_calls.case_id = audit.case_id) AS cost
FROM audit_by_type
JOIN audit ON audit.team_id = audit_by_type.team_id AND audit.seq = audit_by_type.seq
JOIN cases ON cases.id = audit_by_type.case_id
WHERE audit_by_type.team_id = ? AND audit_by_type.type = 'decided'
    AND audit_by_type.at >= ? AND audit_by_type.at < ?
    -- What nobody was shown, nobody left standing.
    AND json_extract(audit.event, '$.data.autonomy') IS NOT 'observe'
    AND coalesce(json_extract(audit.event, '$.data.candidate'), json_extract(audit.event, '$.data.destination'))
        IN (SELECT value FROM json_each(?))
ORDER BY audit.seq
"""
_HAPPENED = """
SELECT
    audit.case_id,
    audit_by_type.type,
    json_extract(audit.event, '$.data.from') AS source,
    json_extract(audit.event, '$.data.to') AS "to",
    json_extract(audit.event, '$.data.status') AS status
FROM audit_by_type
JOIN audit ON audit.team_id = audit_by_type.team_id AND audit.seq = audit_by_type.seq
WHERE audit_by_type.team_id = ? AND audit_by_type.at >= ?
    AND audit_by_type.type IN (
        'answered', 'breached', 'escalated', 'gate_expired', 'loop_stopped', 'not_a_request', 'reassigned',
        'something_else', 'unanswered', 'wrong_team'
    )
ORDER BY audit.seq
"""
# The last word on a case. It is about where the case was then, wherever it is now.
_REVIEWED = """
SELECT json_extract(audit.event, '$.data.verdict') AS verdict, max(audit.seq) AS seq
FROM audit_by_type
JOIN audit ON audit.team_id = audit_by_type.team_id AND audit.seq = audit_by_type.seq
WHERE audit_by_type.team_id = ? AND audit_by_type.type = 'reviewed'
    AND audit_by_type.at >= ? AND audit_by_type.at < ?
    AND json_extract(audit.event, '$.data.destination') IN (SELECT value FROM json_each(?))
GROUP BY audit.case_id
"""


class SqlTrends:
    """The port `Trends`."""

    def __init__(self, driver: Driver, team: TeamId) -> None:
        self._driver = driver
        self._team = team

    async def of(self, destinations: Sequence[DestinationName], weeks: Sequence[Week]) -> Record:
        places = json.dumps(list(destinations))
        spans = [(micros(week.begins), micros(week.ends)) for week in weeks]
        async with self._driver.snapshot() as now:
            begun = await now.run(_BEGUN, self._team)
            received: list[Received] = []
            fell_due: list[FellDue] = []
            for week, span in enumerate(spans):
                received += [_received(row, week) for row in await now.run(_RECEIVED, self._team, *span, places)]
                for promise, sql in ((FIRST_RESPONSE, _ANSWERS), (RESOLUTION, _SOLUTIONS)):
                    fell_due += [_fell_due(row, week, promise) for row in await now.run(sql, self._team, *span, places)]
            ruled = await self._ruled(now, spans[-1], places)
            reviewed = await now.run(_REVIEWED, self._team, *spans[-1], places)
        return Record(
            begun=moment(begun[0]["received_at"]) if begun else None,
            received=tuple(received),
            fell_due=tuple(fell_due),
            ruled=ruled,
            reviews=_reviews(reviewed),
        )

    async def _ruled(self, now: Statements, span: tuple[int, int], places: str) -> tuple[Ruled, ...]:
        decided = await now.run(_DECIDED, self._team, *span, places)
        ours = {row["case_id"] for row in decided}
        since: defaultdict[CaseId, list[Since]] = defaultdict(list)
        for row in await now.run(_HAPPENED, self._team, span[0]):
            if row["case_id"] in ours:
                since[CaseId(row["case_id"])].append(_happened(row))
        return tuple(_one_ruled(row, since) for row in decided)


def _received(row: Row, week: int) -> Received:
    return Received(week=week, category=row["category"], priority=Priority(row["priority"]), count=row["count"])


def _fell_due(row: Row, week: int, promise: str) -> FellDue:
    return FellDue(week=week, promise=promise, count=row["count"], kept=int(row["kept"]))


def _happened(row: Row) -> Since:
    return Since(
        type=row["type"],
        source=DestinationName(row["source"]) if row["source"] else None,
        to=row["to"],
        status=Status(row["status"]),
    )


def _one_ruled(row: Row, since: Mapping[CaseId, Sequence[Since]]) -> Ruled:
    return Ruled(
        destination=DestinationName(row["destination"]),
        candidate=DestinationName(row["candidate"]) if row["candidate"] else None,
        verdict=Verdict(row["verdict"]),
        status=Status(row["status"]),
        seconds=row["took"] / A_SECOND,
        cost=row["cost"],
        since=tuple(since.get(CaseId(row["case_id"]), ())),
    )


def _reviews(rows: Sequence[Row]) -> Reviews:
    said = [row["verdict"] for row in rows]
    return Reviews(right=said.count("right"), wrong=said.count("wrong"), unsure=said.count("unsure"))
