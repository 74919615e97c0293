-- What is counted over many cases stands in columns: where a case is, what it is about, how urgent it is, when the
-- promise still to be kept breaks, and when it was answered and closed. Cases that are there already get theirs from
-- their body, whose moments are written like 2026-11-20T09:00:00Z or 2026-11-20T09:00:00.123456Z.

ALTER TABLE cases ADD COLUMN destination TEXT NOT NULL DEFAULT '';
ALTER TABLE cases ADD COLUMN category TEXT NOT NULL DEFAULT '';
ALTER TABLE cases ADD COLUMN priority TEXT NOT NULL DEFAULT '';
ALTER TABLE cases ADD COLUMN promised_by INTEGER;
ALTER TABLE cases ADD COLUMN responded_at INTEGER;
ALTER TABLE cases ADD COLUMN closed_at INTEGER;

UPDATE cases
SET destination = coalesce(json_extract(body, '$.decision.destination'), ''),
    category = coalesce(
        json_extract(body, '$.decision.intents[0]'), json_extract(body, '$.decision.destination'), ''
    ),
    priority = coalesce(json_extract(body, '$.decision.priority'), ''),
    promised_by = CASE
        WHEN is_open = 0 OR json_extract(body, '$.decision.autonomy') = 'observe' THEN NULL
        WHEN json_extract(body, '$.responded_at') IS NULL THEN json_extract(body, '$.first_response_by')
        ELSE json_extract(body, '$.resolve_by')
    END,
    responded_at = json_extract(body, '$.responded_at'),
    closed_at = json_extract(body, '$.closed_at');

UPDATE cases
SET promised_by = CAST(strftime('%s', substr(promised_by, 1, 19)) AS INTEGER) * 1000000
    + CASE substr(promised_by, 20, 1) WHEN '.' THEN CAST(substr(promised_by, 21, 6) AS INTEGER) ELSE 0 END
WHERE promised_by IS NOT NULL;

UPDATE cases
SET responded_at = CAST(strftime('%s', substr(responded_at, 1, 19)) AS INTEGER) * 1000000
    + CASE substr(responded_at, 20, 1) WHEN '.' THEN CAST(substr(responded_at, 21, 6) AS INTEGER) ELSE 0 END
WHERE responded_at IS NOT NULL;

UPDATE cases
SET closed_at = CAST(strftime('%s', substr(closed_at, 1, 19)) AS INTEGER) * 1000000
    + CASE substr(closed_at, 20, 1) WHEN '.' THEN CAST(substr(closed_at, 21, 6) AS INTEGER) ELSE 0 END
WHERE closed_at IS NOT NULL;

-- What is late, and what soon will be, at one place. It ends in what it is limited to, or counting would read each case.
CREATE INDEX cases_open_by_promise ON cases (team_id, destination, promised_by, priority, status, is_open)
WHERE is_open = 1;
-- What came in, of every kind, without a look at the cases themselves.
CREATE INDEX cases_by_received ON cases (team_id, received_at, destination, category, priority);
-- What happened in a span of time: an index of the audit, kept by hand. SQLite would not look into an entry for one of
-- its own: no function that reads JSON is trusted in a schema.
CREATE TABLE audit_by_type (
    team_id TEXT NOT NULL,
    type TEXT NOT NULL,
    at INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    case_id TEXT NOT NULL,
    PRIMARY KEY (team_id, type, at, seq)
) WITHOUT ROWID;

INSERT INTO audit_by_type (team_id, type, at, seq, case_id)
SELECT team_id, json_extract(event, '$.type'), json_extract(event, '$.at'), seq, case_id
FROM audit
WHERE json_extract(event, '$.type') IN (
    'decided', 'answered', 'breached', 'warned', 'reassigned', 'loop_stopped', 'wrong_team', 'gate_expired',
    'unanswered', 'resolved', 'not_a_request', 'reviewed'
);
