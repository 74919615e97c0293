"""What is asked of the cases in SQL, and how they are written: the texts alone."""

from routing.kinds import Status

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
OPEN = [status.value for status in Status if not status.is_final]
# Asked once, at the start. What awaits advice is decided already, and is read again.
UNDECIDED = f"""
SELECT id
FROM cases
WHERE status IN ({", ".join("?" * len(OPEN))})
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
INSERT = """
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
UPDATE = """
UPDATE cases
SET status = ?, is_open = ?, version = ?, asker = ?, owner = ?, channel = ?, thread = ?, received_at = ?, due_at = ?,
    body = ?, destination = ?, category = ?, priority = ?, promised_by = ?, first_response_by = ?, resolve_by = ?,
    responded_at = ?, closed_at = ?, revision = revision + 1
WHERE team_id = ? AND id = ? AND revision = ?
RETURNING number, revision
"""
CLAIM = """
INSERT INTO messages (team_id, channel, message, case_id)
VALUES (?, ?, ?, ?)
ON CONFLICT (team_id, channel, message) DO UPDATE
SET case_id = excluded.case_id
WHERE messages.case_id = excluded.case_id
RETURNING case_id
"""
TEXT = """
INSERT INTO texts (id, team_id, case_id, kind, body, at)
VALUES (?, ?, ?, ?, ?, ?)
"""
WORDS = (
    TEXT
    + """
ON CONFLICT (id) DO UPDATE
SET body = excluded.body, at = excluded.at
"""
)
LABEL = """
INSERT INTO labels (team_id, case_id, code, was, now, by, at, why, confidence)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
