"""Cases in SQL: one transaction per outcome, and reads that each see one moment."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from routing.clocks import next_due, promised_by, resolved_by, response_by
from routing.kinds import (
    CaseId,
    ChannelId,
    MessageId,
    PersonId,
    Status,
    TeamId,
)
from routing.model import (
    Case,
    Entry,
    Fired,
    Label,
    Outcome,
    Text,
)
from routing.ports import Picture, Posting, PostingKind, Stale
from storage import chain
from storage.case_queries import (
    BURST,
    BY_ID,
    CLAIM,
    DUE,
    HELD,
    HOLDING,
    IN_THREAD,
    INSERT,
    LABEL,
    OPEN,
    OPEN_BY,
    OPEN_IN_THREAD,
    OWNED_BY,
    TEXT,
    UNDECIDED,
    UPDATE,
    WAITING,
    WORDS,
)
from storage.driver import Driver, Row, Statements, Value
from storage.jobs import fire
from storage.notices import owe
from storage.rows import LINKS, PART, body_of, case_of, micros, micros_or_none, moment, words_of

FIRST_NUMBER = 1001

# Open and closed ones apart: so each half is the end of an index, however much this person has asked.
_SOME_TURNS = """
SELECT * FROM (
    SELECT rowid AS place, received_at
    FROM cases
    WHERE asker = ? AND is_open = {is_open} AND received_at >= ? AND number < ?
        AND NOT (status = ? AND destination = '')
    ORDER BY received_at DESC, rowid DESC
    LIMIT ?
)
"""
_NEWEST = f"""
    SELECT place, received_at
    FROM ({_SOME_TURNS.format(is_open=1)} UNION ALL {_SOME_TURNS.format(is_open=0)})
    ORDER BY received_at DESC, place DESC
    LIMIT ?
"""  # noqa: S608 - the same question about open and closed ones
# What was found late had its turn when it was asked.
TURNS = f"""
SELECT
    newest.received_at,
    coalesce(
        json_extract(body, '$.turn_at'),
        iif(json_extract(body, '$.request.found_at') IS NULL, NULL, json_extract(body, '$.request.asked_at'))
    ) AS turn_at
FROM ({_NEWEST}) AS newest
CROSS JOIN cases ON cases.rowid = newest.place
ORDER BY newest.received_at DESC, newest.place DESC
"""  # noqa: S608 - the newest, as above
ASKED = f"""
SELECT json_extract(body, '$.request.asked_at') AS asked_at
FROM ({_NEWEST}) AS newest
CROSS JOIN cases ON cases.rowid = newest.place
"""  # noqa: S608 - the newest, as above
NEWER_THAN_ANY = 2**62


class SqlCases:
    """The port `Cases`."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver

    async def settle(self, outcome: Outcome) -> Case:
        assert outcome.entries, "nothing becomes true, and nothing is refused, without an entry"
        return await self._driver.write(partial(_settle, outcome=outcome))

    async def case(self, case_id: CaseId) -> Case | None:
        return await self._one(BY_ID, case_id)

    async def holding(self, team: TeamId, channel: ChannelId, message: MessageId) -> Case | None:
        return await self._one(HOLDING, team, channel, message)

    async def in_thread(self, team: TeamId, channel: ChannelId, thread: MessageId, asker: PersonId) -> Case | None:
        return await self._one(IN_THREAD, team, channel, thread, asker)

    async def open_in_thread(self, team: TeamId, channel: ChannelId, thread: MessageId) -> Sequence[Case]:
        return [case_of(row) for row in await self._driver.reading.run(OPEN_IN_THREAD, team, channel, thread)]

    async def burst(self, person: PersonId, channel: ChannelId, since: datetime) -> Case | None:
        return await self._one(BURST, person, micros(since), channel, Status.RECEIVED.value)

    async def undecided(self) -> Sequence[CaseId]:
        rows = await self._driver.reading.run(UNDECIDED, *OPEN, Status.RECEIVED.value)
        return [CaseId(row["id"]) for row in rows]

    async def due(self, now: datetime) -> Sequence[CaseId]:
        rows = await self._driver.reading.run(DUE, micros(now), Status.RECEIVED.value)
        return [CaseId(row["id"]) for row in rows]

    async def turns(self, person: PersonId, limit: int, before: int | None = None) -> Sequence[datetime]:
        some = (person, 0, before or NEWER_THAN_ANY, Status.WITHDRAWN.value, limit)
        return [_turn_of(row) for row in await self._driver.reading.run(TURNS, *some, *some, limit)]

    async def asked(self, person: PersonId, since: datetime, limit: int) -> Sequence[datetime]:
        some = (person, micros(since), NEWER_THAN_ANY, Status.WITHDRAWN.value, limit)
        rows = await self._driver.reading.run(ASKED, *some, *some, limit)
        return [datetime.fromisoformat(row["asked_at"]) for row in rows]

    async def held(self, now: datetime, each: int) -> Sequence[Case]:
        rows = await self._driver.reading.run(HELD, Status.RECEIVED.value, micros(now), each)
        return [case_of(row) for row in rows]

    async def open_by(self, person: PersonId) -> Sequence[Case]:
        return [case_of(row) for row in await self._driver.reading.run(OPEN_BY, person)]

    async def owned_by(self, person: PersonId) -> Sequence[Case]:
        return [case_of(row) for row in await self._driver.reading.run(OWNED_BY, person)]

    async def waiting(self, limit: int) -> Sequence[Case]:
        return [case_of(row) for row in await self._driver.reading.run(WAITING, Status.WAITING.value, limit)]

    async def entries(self, case_id: CaseId) -> Sequence[Entry]:
        sql = "SELECT event FROM audit WHERE case_id = ? ORDER BY team_id, seq"
        return [chain.entry_of(json.loads(row["event"])) for row in await self._driver.reading.run(sql, case_id)]

    async def texts(self, case_id: CaseId) -> Sequence[Text]:
        """What was written about the case. The request's own words are in the case."""
        sql = "SELECT id, kind, body FROM texts WHERE case_id = ? AND kind NOT IN ('part', 'links') ORDER BY at, rowid"
        rows = await self._driver.reading.run(sql, case_id)
        return [Text(id=row["id"], kind=row["kind"], body=row["body"]) for row in rows]

    async def postings(self, case_id: CaseId) -> Sequence[Posting]:
        sql = "SELECT kind, channel, message, revision FROM postings WHERE case_id = ? ORDER BY rowid"
        return [
            Posting(
                kind=PostingKind(row["kind"]),
                channel=ChannelId(row["channel"]),
                message=MessageId(row["message"]),
                revision=row["revision"],
            )
            for row in await self._driver.reading.run(sql, case_id)
        ]

    async def shown_at(self, channel: ChannelId, message: MessageId) -> CaseId | None:
        picture = await self.picture_at(channel, message)
        return picture.case if picture else None

    async def picture_at(self, channel: ChannelId, message: MessageId) -> Picture | None:
        sql = "SELECT case_id, kind FROM postings WHERE channel = ? AND message = ? LIMIT 1"
        rows = await self._driver.reading.run(sql, channel, message)
        return Picture(case=CaseId(rows[0]["case_id"]), kind=PostingKind(rows[0]["kind"])) if rows else None

    async def _one(self, sql: str, *values: Value) -> Case | None:
        rows = await self._driver.reading.run(sql, *values)
        return case_of(rows[0]) if rows else None


async def _settle(tx: Statements, *, outcome: Outcome) -> Case:
    at = outcome.entries[0].at
    if outcome.refusal is None:
        case = await _save(tx, outcome.case)
        await _claim_messages(tx, case)
        await _keep_words(tx, case, at)
        await _keep_labels(tx, outcome.labels, case)
    else:
        case = await _as_stored(tx, outcome.case)
    await _fire(tx, outcome.fired, case, at)
    await owe(tx, outcome.notices, case, at)
    await _keep_texts(tx, outcome.texts, case, at)
    await chain.append(tx, outcome)
    return case


def _turn_of(row: Row) -> datetime:
    return datetime.fromisoformat(row["turn_at"]) if row["turn_at"] else moment(row["received_at"])


async def _save(tx: Statements, case: Case) -> Case:
    """Write the row if it still is the one that was read."""
    team = case.request.team
    if case.revision == 0:
        rows = await tx.run(INSERT, FIRST_NUMBER, team, *_columns(case), team, case.id)
    else:
        rows = await tx.run(UPDATE, *_columns(case), team, case.id, case.revision)
    if not rows:
        raise Stale(f"case {case.id} is no longer at revision {case.revision}")
    if case.revision == 0:
        await tx.run("INSERT INTO case_keys (case_id, team_id, key) VALUES (?, ?, ?)", case.id, team, case.key)
    return replace(case, number=rows[0]["number"], revision=rows[0]["revision"])


def _columns(case: Case) -> tuple[Value, ...]:
    request = case.request
    return (
        case.status.value,
        int(not case.status.is_final),
        case.version,
        request.asker.id,
        case.owner,
        request.channel,
        request.thread,
        micros(case.received_at),
        micros_or_none(next_due(case)),
        body_of(case),
        *_figures(case),
    )


def _figures(case: Case) -> tuple[Value, ...]:
    """What is counted over many cases. A case is about the first thing its decision says it wants."""
    decision = case.decision
    return (
        decision.destination if decision else "",
        next(iter(decision.intents), decision.destination) if decision else "",
        decision.priority.value if decision else "",
        micros_or_none(promised_by(case)),
        micros_or_none(response_by(case)),
        micros_or_none(resolved_by(case)),
        micros_or_none(case.responded_at),
        micros_or_none(case.closed_at),
    )


async def _as_stored(tx: Statements, case: Case) -> Case:
    rows = await tx.run(BY_ID, case.id)
    if not rows:
        raise Stale(f"case {case.id} is not stored")
    return case_of(rows[0])


async def _claim_messages(tx: Statements, case: Case) -> None:
    """A message belongs to one case for good: two cases for one message is a race, and the second loses it."""
    request = case.request
    for part in request.parts:
        if not await tx.run(CLAIM, request.team, request.channel, part.message, case.id):
            raise Stale(f"message {part.message} already belongs to another case")


async def _keep_words(tx: Statements, case: Case, at: datetime) -> None:
    """Make the stored words those of the request as it is now: edits replace them, deletions remove them."""
    sql = "SELECT id, body FROM texts WHERE case_id = ? AND kind IN ('part', 'links')"
    known = {row["id"]: row["body"] for row in await tx.run(sql, case.id)}
    words = words_of(case)
    for text_id in known.keys() - words.keys():
        await tx.run("DELETE FROM texts WHERE id = ?", text_id)
    for text_id, (kind, body) in words.items():
        if known.get(text_id) != body:
            await tx.run(WORDS, text_id, case.request.team, case.id, kind, body, micros(at))


async def _fire(tx: Statements, fired: Sequence[Fired], case: Case, at: datetime) -> None:
    for one in fired:
        if not await fire(tx, case.request.team, one.job, one.at, at):
            raise Stale(f"{one.job} was sent already")


async def _keep_texts(tx: Statements, texts: Sequence[Text], case: Case, at: datetime) -> None:
    for text in texts:
        assert text.kind not in {PART, LINKS}, "the request's own words come with the case"
        await tx.run(TEXT, text.id, case.request.team, case.id, text.kind, text.body, micros(at))


async def _keep_labels(tx: Statements, labels: Sequence[Label], case: Case) -> None:
    for label in labels:
        said = (label.code, label.was, label.now, label.by, micros(label.at), label.why, label.confidence)
        await tx.run(LABEL, case.request.team, case.id, *said)
