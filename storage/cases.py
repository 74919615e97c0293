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
from storage.driver import Driver, Row, Statements, Value
from storage.jobs import fire
from storage.notices import owe
from storage.rows import LINKS, PART, body_of, case_of, micros, micros_or_none, moment, words_of

FIRST_NUMBER = 1001

_CASE = """
SELECT
    cases.number,
    cases.revision,
    cases.body,
    case_keys.key,
    (
        SELECT json_group_object(texts.id, texts.body)
        FROM texts
        WHERE texts.case_id = cases.id AND texts.kind IN ('part', 'links')
    ) AS words
FROM cases
LEFT JOIN case_keys ON case_keys.case_id = cases.id
"""
BY_ID = _CASE + "WHERE cases.id = ?"
HOLDING = (
    _CASE
    + """
JOIN messages ON messages.case_id = cases.id
WHERE messages.team_id = ? AND messages.channel = ? AND messages.message = ?
"""
)
IN_THREAD = (
    _CASE
    + """
WHERE cases.team_id = ? AND cases.channel = ? AND cases.thread = ? AND cases.asker = ?
ORDER BY cases.received_at DESC, cases.number DESC
LIMIT 1
"""
)
OPEN_IN_THREAD = (
    _CASE
    + """
WHERE cases.team_id = ? AND cases.channel = ? AND cases.thread = ? AND cases.is_open = 1
ORDER BY cases.received_at, cases.number
"""
)
BURST = (
    _CASE
    + """
WHERE cases.asker = ? AND cases.is_open = 1 AND cases.received_at >= ? AND cases.channel = ? AND cases.status = ?
ORDER BY cases.received_at DESC, cases.number DESC
LIMIT 1
"""
)
OPEN_BY = (
    _CASE
    + """
WHERE cases.asker = ? AND cases.is_open = 1
ORDER BY cases.received_at, cases.number
"""
)
OWNED_BY = (
    _CASE
    + """
WHERE cases.owner = ? AND cases.is_open = 1
ORDER BY cases.received_at, cases.number
"""
)
WAITING = (
    _CASE
    + """
WHERE cases.status = ?
ORDER BY cases.received_at
LIMIT ?
"""
)
_OPEN = [status.value for status in Status if not status.is_final]
# Asked once, at the start. What awaits advice is decided already, and is read again.
UNDECIDED = f"""
SELECT id
FROM cases
WHERE status IN ({", ".join("?" * len(_OPEN))})
    AND ((status = ? AND due_at IS NULL) OR json_extract(body, '$.awaits_advice'))
ORDER BY received_at, rowid
"""  # noqa: S608 - question marks, one for each status
# What does not fit is still due at the next look, a few seconds later.
DUE = "SELECT id FROM cases WHERE due_at <= ? AND status <> ? ORDER BY due_at, rowid LIMIT 1000"
# What is received and due waits for its turn. Of everybody some, or one person's line would hold up all others'.
HELD = (
    _CASE  # noqa: S608 - our own columns
    + """
JOIN (
    SELECT id, due_at, row_number() OVER (PARTITION BY asker ORDER BY received_at, rowid) AS place
    FROM cases
    WHERE status = ? AND due_at <= ?
) AS waiting ON waiting.id = cases.id
WHERE waiting.place <= ?
ORDER BY waiting.due_at, cases.number
LIMIT 1000
"""
)
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

_INSERT = """
INSERT INTO cases (
    number, status, is_open, revision, version, asker, owner, channel, thread, received_at, due_at, body,
    destination, category, priority, promised_by, first_response_by, resolve_by, responded_at, closed_at, team_id, id
)
VALUES (
    (SELECT coalesce(max(number) + 1, ?) FROM cases WHERE team_id = ?), ?, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?,
    ?, ?, ?, ?, ?, ?, ?, ?, ?, ?
)
ON CONFLICT (id) DO NOTHING
RETURNING number, revision
"""
_UPDATE = """
UPDATE cases
SET status = ?, is_open = ?, version = ?, asker = ?, owner = ?, channel = ?, thread = ?, received_at = ?, due_at = ?,
    body = ?, destination = ?, category = ?, priority = ?, promised_by = ?, first_response_by = ?, resolve_by = ?,
    responded_at = ?, closed_at = ?, revision = revision + 1
WHERE team_id = ? AND id = ? AND revision = ?
RETURNING number, revision
"""
_CLAIM = """
INSERT INTO messages (team_id, channel, message, case_id)
VALUES (?, ?, ?, ?)
ON CONFLICT (team_id, channel, message) DO UPDATE
SET case_id = excluded.case_id
WHERE messages.case_id = excluded.case_id
RETURNING case_id
"""
_TEXT = """
INSERT INTO texts (id, team_id, case_id, kind, body, at)
VALUES (?, ?, ?, ?, ?, ?)
"""
_WORDS = (
    _TEXT
    + """
ON CONFLICT (id) DO UPDATE
SET body = excluded.body, at = excluded.at
"""
)
_LABEL = """
INSERT INTO labels (team_id, case_id, code, was, now, by, at, why, confidence)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
"""


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
        rows = await self._driver.reading.run(UNDECIDED, *_OPEN, Status.RECEIVED.value)
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
        rows = await tx.run(_INSERT, FIRST_NUMBER, team, *_columns(case), team, case.id)
    else:
        rows = await tx.run(_UPDATE, *_columns(case), team, case.id, case.revision)
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
        if not await tx.run(_CLAIM, request.team, request.channel, part.message, case.id):
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
            await tx.run(_WORDS, text_id, case.request.team, case.id, kind, body, micros(at))


async def _fire(tx: Statements, fired: Sequence[Fired], case: Case, at: datetime) -> None:
    for one in fired:
        if not await fire(tx, case.request.team, one.job, one.at, at):
            raise Stale(f"{one.job} was sent already")


async def _keep_texts(tx: Statements, texts: Sequence[Text], case: Case, at: datetime) -> None:
    for text in texts:
        assert text.kind not in {PART, LINKS}, "the request's own words come with the case"
        await tx.run(_TEXT, text.id, case.request.team, case.id, text.kind, text.body, micros(at))


async def _keep_labels(tx: Statements, labels: Sequence[Label], case: Case) -> None:
    for label in labels:
        said = (label.code, label.was, label.now, label.by, micros(label.at), label.why, label.confidence)
        await tx.run(_LABEL, case.request.team, case.id, *said)
