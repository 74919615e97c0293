"""What the morning's digest counts, over all cases. Every query is a walk along an index, however old the desk is."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime

from routing.digests.daily import (
    ACT_FAST_MAX,
    OVERDUE_MAX,
    QUEUE_MAX,
    Approvals,
    Awaiting,
    Bounds,
    Broken,
    CameIn,
    Happened,
    OpenCase,
    Passed,
    Period,
    Standing,
)
from routing.kinds import (
    CaseId,
    DestinationName,
    PersonId,
    Priority,
    RoleName,
    Status,
    TeamId,
)
from storage.driver import Driver, Row, Statements
from storage.rows import micros, moment

LONGEST_ABSENCE = 31 * 24 * 3_600_000_000  # a bot that was down for longer tells of it too late to matter

OPEN = """
SELECT
    count(*) AS cases,
    coalesce(sum(promised_by <= ?), 0) AS overdue,
    coalesce(sum(promised_by > ? AND promised_by < ? AND (priority <> 'P0' OR promised_by < ?)), 0) AS act_fast,
    coalesce(sum(status = ?), 0) AS waiting
FROM cases
WHERE team_id = ? AND destination = ? AND is_open = 1
"""
_LISTED = """
SELECT
    id, number, priority, destination, owner, status, promised_by,
    priority = 'P0' AND json_extract(body, '$.priority_before') IS NULL AS is_around_the_clock
FROM cases
WHERE team_id = ? AND destination = ? AND is_open = 1
"""
LATE = (
    _LISTED
    + """
    AND promised_by <= ?
ORDER BY promised_by
LIMIT ?
"""
)
SOON = (
    _LISTED
    + """
    AND promised_by > ? AND promised_by < ? AND (priority <> 'P0' OR promised_by < ?)
ORDER BY promised_by
LIMIT ?
"""
)
# No place is closed for less than no time: what is soon for a P0 ends first.
LATER = (
    _LISTED
    + """
    AND promised_by >= ? AND (priority = 'P0' OR promised_by >= ?)
ORDER BY promised_by
LIMIT ?
"""
)
UNPROMISED = (
    _LISTED
    + """
    AND promised_by IS NULL
ORDER BY priority
LIMIT ?
"""
)
AWAITING = """
SELECT
    cases.id,
    cases.number,
    json_extract(gate.value, '$.opened_at') AS since,
    json_extract(gate.value, '$.need.role') AS role
FROM cases, json_each(cases.body, '$.gates') AS gate
WHERE cases.team_id = ? AND cases.destination = ? AND cases.is_open = 1 AND cases.status = ?
    AND json_extract(gate.value, '$.state') = 'pending'
ORDER BY since
LIMIT 1
"""
# What broke while the bot was down is written down when it is back, and told of the time at which it broke; if the
# digest of that time was not told, or before it was written down, in the next one.
BROKEN = """
SELECT cases.id, cases.number, cases.destination, cases.priority, entry.at, audit.event
FROM audit_by_type AS entry
CROSS JOIN cases ON cases.id = entry.case_id
CROSS JOIN audit ON audit.team_id = entry.team_id AND audit.seq = entry.seq
WHERE entry.team_id = ? AND entry.type = 'breached' AND entry.at >= ? AND entry.at < ?
    AND (
        entry.at - json_extract(audit.event, '$.data.minutes_late') * 60000000 BETWEEN ? AND ?
        OR (entry.at > ? AND entry.at - json_extract(audit.event, '$.data.minutes_late') * 60000000 < ?)
    )
    AND cases.destination IN (SELECT value FROM json_each(?))
ORDER BY entry.at, entry.seq
"""
# Who asked says that it is with the wrong team, and not with which: that stands on the label of the same moment.
PASSED = """
SELECT
    cases.id,
    cases.number,
    cases.destination,
    audit.event,
    (
        SELECT labels.was
        FROM labels
        WHERE labels.case_id = entry.case_id AND labels.code = entry.type AND labels.at = entry.at
        LIMIT 1
    ) AS was
FROM audit_by_type AS entry
CROSS JOIN cases ON cases.id = entry.case_id
CROSS JOIN audit ON audit.team_id = entry.team_id AND audit.seq = entry.seq
WHERE entry.team_id = ? AND entry.type IN ('reassigned', 'loop_stopped', 'wrong_team')
    AND entry.at >= ? AND entry.at < ?
ORDER BY entry.seq
"""
CAME_IN = """
SELECT count(*) AS cases
FROM cases
WHERE team_id = ? AND received_at >= ? AND received_at < ?
    AND destination IN (SELECT value FROM json_each(?))
"""
FIRST = "SELECT min(received_at) AS at FROM cases WHERE team_id = ?"
TOLD = "SELECT at FROM jobs WHERE team_id = ? AND job = ? AND fire_at = ?"
PLACES = "SELECT DISTINCT destination FROM cases WHERE team_id = ? AND is_open = 1 AND destination <> ''"


class SqlFigures:
    """The port `Counted`, for one team."""

    def __init__(self, driver: Driver, team: TeamId) -> None:
        self._driver = driver
        self._team = team

    async def standing(self, now: datetime, bounds: Sequence[Bounds]) -> Standing:
        async with self._driver.snapshot() as tx:
            return _together([await self._at(tx, one, micros(now)) for one in bounds])

    async def begun(self) -> datetime | None:
        (first,) = await self._driver.reading.run(FIRST, self._team)
        return None if first["at"] is None else moment(first["at"])

    async def places(self) -> Sequence[DestinationName]:
        return [DestinationName(row["destination"]) for row in await self._driver.reading.run(PLACES, self._team)]

    async def happened(
        self, destinations: Sequence[DestinationName], periods: Sequence[Period], job: str = ""
    ) -> Happened:
        names = json.dumps(destinations)
        this, *earlier = [(micros(since), micros(until)) for since, until in periods]
        async with self._driver.snapshot() as tx:
            since, until = this
            told = [row["at"] for row in await tx.run(TOLD, self._team, job, since)]
            missed = (max([since, *told]), since)
            window = (since, until + LONGEST_ABSENCE, since, until - 1, *missed)
            broken = await tx.run(BROKEN, self._team, *window, names)
            passed = await tx.run(PASSED, self._team, *this)
            (first,) = await tx.run(FIRST, self._team)
            known = [one for one in earlier if first["at"] is not None and first["at"] <= one[0]]
            now, *before = [(await tx.run(CAME_IN, self._team, *one, names))[0]["cases"] for one in (this, *known)]
        return Happened(
            broken=tuple(map(_broken, broken)),
            passed=tuple(map(_passed, passed)),
            came_in=CameIn(count=now, before=tuple(before)),
        )

    async def _at(self, tx: Statements, at: Bounds, now: int) -> Standing:
        soon, soon_p0 = micros(at.soon), micros(at.soon_p0)
        here = (self._team, at.destination)
        (counts,) = await tx.run(OPEN, now, now, soon, soon_p0, Status.WAITING.value, *here)
        late = await tx.run(LATE, *here, now, OVERDUE_MAX)
        nearly = await tx.run(SOON, *here, now, soon, soon_p0, ACT_FAST_MAX)
        later = await tx.run(LATER, *here, soon_p0, soon, QUEUE_MAX)
        unpromised = await tx.run(UNPROMISED, *here, QUEUE_MAX - len(later))
        awaiting = await tx.run(AWAITING, *here, Status.WAITING.value) if counts["waiting"] else ()
        return Standing(
            overdue=counts["overdue"],
            act_fast=counts["act_fast"],
            queue=counts["cases"] - counts["overdue"] - counts["act_fast"],
            late=_cases(late),
            soon=_cases(nearly),
            later=_cases((*later, *unpromised)),
            approvals=Approvals(count=counts["waiting"], oldest=next(map(_awaiting, awaiting), None)),
        )


def _together(places: Sequence[Standing]) -> Standing:
    oldest = [one.approvals.oldest for one in places if one.approvals.oldest]
    return Standing(
        overdue=sum(one.overdue for one in places),
        act_fast=sum(one.act_fast for one in places),
        queue=sum(one.queue for one in places),
        late=tuple(case for one in places for case in one.late),
        soon=tuple(case for one in places for case in one.soon),
        later=tuple(case for one in places for case in one.later),
        approvals=Approvals(
            count=sum(one.approvals.count for one in places),
            oldest=min(oldest, key=lambda one: one.since, default=None),
        ),
    )


def _cases(rows: Iterable[Row]) -> tuple[OpenCase, ...]:
    return tuple(
        OpenCase(
            case=CaseId(row["id"]),
            number=row["number"],
            priority=Priority(row["priority"]),
            destination=DestinationName(row["destination"]),
            owner=PersonId(row["owner"]) if row["owner"] else None,
            status=Status(row["status"]),
            promised_by=None if row["promised_by"] is None else moment(row["promised_by"]),
            is_around_the_clock=bool(row["is_around_the_clock"]),
        )
        for row in rows
    )


def _awaiting(row: Row) -> Awaiting:
    return Awaiting(
        case=CaseId(row["id"]),
        number=row["number"],
        since=datetime.fromisoformat(row["since"]),
        role=RoleName(row["role"]),
    )


def _broken(row: Row) -> Broken:
    facts = json.loads(row["event"])["data"]
    return Broken(
        case=CaseId(row["id"]),
        number=row["number"],
        destination=DestinationName(row["destination"]),
        priority=Priority(row["priority"]),
        promise=facts["promise"],
        why=facts["why"],
        at=moment(row["at"]),
        minutes_late=facts["minutes_late"],
    )


def _passed(row: Row) -> Passed:
    facts = json.loads(row["event"])["data"]
    return Passed(
        case=CaseId(row["id"]),
        number=row["number"],
        destination=DestinationName(row["destination"]),
        was=facts.get("from") or row["was"],
        now=facts.get("to"),
    )
