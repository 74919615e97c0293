-- Times are microseconds since 1970 in UTC. JSON is TEXT. People's words are only in texts, inbox.raw and notices.body.

CREATE TABLE cases (
    id TEXT PRIMARY KEY,
    team_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    status TEXT NOT NULL,
    is_open INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    version INTEGER NOT NULL,
    asker TEXT NOT NULL,
    owner TEXT,
    channel TEXT NOT NULL,
    thread TEXT NOT NULL,
    received_at INTEGER NOT NULL,
    due_at INTEGER,
    body TEXT NOT NULL,
    UNIQUE (team_id, number)
);
CREATE INDEX cases_by_status ON cases (status, received_at);
CREATE INDEX cases_by_due ON cases (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX cases_by_asker ON cases (asker, is_open, received_at);
CREATE INDEX cases_by_owner ON cases (owner, is_open, received_at) WHERE owner IS NOT NULL;
CREATE INDEX cases_by_thread ON cases (team_id, channel, thread);

-- Apart from the case, so that erasing the key erases what it seals.
CREATE TABLE case_keys (
    case_id TEXT PRIMARY KEY REFERENCES cases (id),
    team_id TEXT NOT NULL,
    key TEXT NOT NULL
);

CREATE TABLE texts (
    id TEXT PRIMARY KEY,
    team_id TEXT NOT NULL,
    case_id TEXT NOT NULL REFERENCES cases (id),
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    at INTEGER NOT NULL
);
CREATE INDEX texts_by_case ON texts (case_id, kind);

CREATE TABLE messages (
    team_id TEXT NOT NULL,
    channel TEXT NOT NULL,
    message TEXT NOT NULL,
    case_id TEXT NOT NULL REFERENCES cases (id),
    PRIMARY KEY (team_id, channel, message)
);

-- WITHOUT ROWID: a hidden rowid would be a second key through which INSERT OR REPLACE could overwrite a line.
CREATE TABLE audit (
    team_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    case_id TEXT NOT NULL,
    event TEXT NOT NULL,
    hash TEXT NOT NULL,
    PRIMARY KEY (team_id, seq)
) WITHOUT ROWID;
CREATE INDEX audit_by_case ON audit (case_id, team_id, seq);

CREATE TRIGGER audit_is_never_changed
BEFORE UPDATE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit only grows');
END;

CREATE TRIGGER audit_is_never_shortened
BEFORE DELETE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit only grows');
END;

CREATE TRIGGER audit_is_never_replaced
BEFORE INSERT ON audit
WHEN EXISTS (SELECT 1 FROM audit WHERE team_id = NEW.team_id AND seq = NEW.seq)
BEGIN
    SELECT RAISE(ABORT, 'the audit only grows');
END;

CREATE TABLE notices (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL UNIQUE,
    team_id TEXT NOT NULL,
    case_id TEXT NOT NULL REFERENCES cases (id),
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
CREATE INDEX notices_live ON notices (id) WHERE state IN ('ready', 'leased');
CREATE INDEX notices_live_by_lane ON notices (team_id, lane, id) WHERE state IN ('ready', 'leased');
CREATE INDEX notices_live_by_case ON notices (case_id, kind, id) WHERE state IN ('ready', 'leased');

CREATE TABLE postings (
    team_id TEXT NOT NULL,
    case_id TEXT NOT NULL REFERENCES cases (id),
    kind TEXT NOT NULL,
    channel TEXT NOT NULL,
    message TEXT NOT NULL,
    revision INTEGER NOT NULL,
    PRIMARY KEY (case_id, channel, message)
);
CREATE UNIQUE INDEX postings_one_card ON postings (case_id) WHERE kind = 'card';
CREATE INDEX postings_by_message ON postings (channel, message);
CREATE UNIQUE INDEX postings_one_receipt ON postings (case_id) WHERE kind = 'receipt';

CREATE TABLE inbox (
    key TEXT PRIMARY KEY,
    raw BLOB NOT NULL,
    received_at INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('unread', 'done')),
    attempts INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX inbox_unread ON inbox (received_at) WHERE state = 'unread';

CREATE TABLE labels (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    team_id TEXT NOT NULL,
    case_id TEXT NOT NULL REFERENCES cases (id),
    code TEXT NOT NULL,
    was TEXT,
    now TEXT,
    by TEXT NOT NULL,
    at INTEGER NOT NULL,
    why TEXT
);
