-- What fired for which time, so that nothing fires twice: digests, and reminders, whose jobs name their case.
-- WITHOUT ROWID: the key is all there is to look up, and a lookup reads nothing else.
CREATE TABLE jobs (
    team_id TEXT NOT NULL,
    job TEXT NOT NULL,
    fire_at INTEGER NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (team_id, job, fire_at)
) WITHOUT ROWID;

-- Messages of the desk's own. `body` holds ids, codes and numbers, never people's words; `file` is its picture at Slack.
CREATE TABLE bulletins (
    team_id TEXT NOT NULL,
    key TEXT NOT NULL,
    job TEXT NOT NULL,
    kind TEXT NOT NULL,
    channel TEXT NOT NULL,
    body TEXT NOT NULL,
    pages INTEGER NOT NULL CHECK (pages >= 1),
    revision INTEGER NOT NULL DEFAULT 1,
    file TEXT NOT NULL DEFAULT '',
    at INTEGER NOT NULL,
    PRIMARY KEY (team_id, key)
);

-- Where its pages hang: page 0 in the channel, the others in its thread.
CREATE TABLE bulletin_pages (
    team_id TEXT NOT NULL,
    key TEXT NOT NULL,
    page INTEGER NOT NULL,
    message TEXT NOT NULL,
    PRIMARY KEY (team_id, key, page),
    FOREIGN KEY (team_id, key) REFERENCES bulletins (team_id, key)
) WITHOUT ROWID;

-- A notice may belong to no case. SQLite takes no constraint away: the table is written anew, with every row and number.
CREATE TABLE notices_of_anything (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL UNIQUE,
    team_id TEXT NOT NULL,
    case_id TEXT REFERENCES cases (id),
    kind TEXT NOT NULL,
    lane TEXT NOT NULL,
    revision INTEGER NOT NULL,
    body TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('ready', 'leased', 'done', 'dead')),
    run_at INTEGER NOT NULL,
    lease_until INTEGER,
    attempt INTEGER NOT NULL DEFAULT 0,
    first_sent_at INTEGER,
    why TEXT NOT NULL DEFAULT ''
);
INSERT INTO notices_of_anything (
    id, key, team_id, case_id, kind, lane, revision, body, state, run_at, lease_until, attempt, first_sent_at, why
)
SELECT id, key, team_id, case_id, kind, lane, revision, body, state, run_at, lease_until, attempt, first_sent_at, why
FROM notices
ORDER BY id;
UPDATE sqlite_sequence
SET seq = (SELECT seq FROM sqlite_sequence WHERE name = 'notices')
WHERE name = 'notices_of_anything' AND EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'notices');
DROP TABLE notices;
ALTER TABLE notices_of_anything RENAME TO notices;
CREATE INDEX notices_live ON notices (id) WHERE state IN ('ready', 'leased');
CREATE INDEX notices_live_by_lane ON notices (team_id, lane, id) WHERE state IN ('ready', 'leased');
CREATE INDEX notices_live_by_case ON notices (case_id, kind, id) WHERE state IN ('ready', 'leased');
