"""Decisions that nobody changed, for the audit sample: the port `Sampled`. The audit has every change."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from routing.digests.reviews import Unchanged
from routing.kinds import (
    CaseId,
    DestinationName,
    Status,
    TeamId,
)
from storage.driver import Driver
from storage.rows import micros, moment

# Sent somewhere and not taken back. What was withdrawn or denied says nothing about where it was sent.
_SENT = (Status.PROPOSED.value, Status.ROUTED.value, Status.TAKEN.value, Status.RESOLVED.value)
# After one of these a person has chosen the place, or said that it was not this one.
_CHANGES = ("answered", "loop_stopped", "not_a_request", "reassigned", "reviewed", "something_else", "wrong_team")
# After one of these the decision is a new one, though the desk's own.
_RENEWALS = ("added", "approved", "edited", "reconsidered")
# Cases are found by when they came: so long deciding may have taken, if the bot was down meanwhile.
_SLOWEST = timedelta(days=2)

_UNCHANGED = f"""
SELECT
    cases.id,
    json_extract(cases.body, '$.decision.destination') AS destination,
    json_extract(audit.event, '$.at') AS decided_at
FROM cases
JOIN audit ON audit.case_id = cases.id AND json_extract(audit.event, '$.type') = 'decided'
WHERE cases.team_id = ?
    AND cases.status IN ({", ".join("?" * len(_SENT))})
    AND cases.received_at > ?
    AND cases.received_at <= ?
    AND json_extract(audit.event, '$.at') > ?
    AND json_extract(audit.event, '$.at') <= ?
    AND json_extract(cases.body, '$.decision.verdict') IN ('ROUTE', 'REQUIRE_APPROVAL')
    AND json_extract(cases.body, '$.decision.autonomy') <> 'observe'
    AND NOT EXISTS (
        SELECT 1
        FROM audit AS later
        WHERE later.case_id = cases.id
            AND (
                json_extract(later.event, '$.type') IN ({", ".join("?" * len(_CHANGES))})
                OR (
                    json_extract(later.event, '$.type') IN ({", ".join("?" * len(_RENEWALS))})
                    AND json_extract(later.event, '$.at') > ?
                )
            )
    )
    AND EXISTS (SELECT 1 FROM texts WHERE texts.case_id = cases.id AND texts.kind = 'part')
ORDER BY decided_at, cases.number
"""  # noqa: S608 - question marks, one for each word


class SqlSampled:
    def __init__(self, driver: Driver, team: TeamId) -> None:
        self._driver = driver
        self._team = team

    async def unchanged(self, since: datetime, until: datetime) -> Sequence[Unchanged]:
        after, until_then = micros(since), micros(until)
        spans = (micros(since - _SLOWEST), until_then, after, until_then)
        words = (*_SENT, *spans, *_CHANGES, *_RENEWALS)
        rows = await self._driver.reading.run(_UNCHANGED, self._team, *words, until_then)
        return [
            Unchanged(
                case=CaseId(row["id"]),
                destination=DestinationName(row["destination"]),
                decided_at=moment(row["decided_at"]),
            )
            for row in rows
        ]
