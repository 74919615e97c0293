-- Money is nano-dollars. Cost is the worst case until the bill comes: whatever happens, that much is charged.

CREATE TABLE claude_calls (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    team_id TEXT NOT NULL,
    case_id TEXT REFERENCES cases (id),
    prompt TEXT NOT NULL,
    model TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('held', 'settled')),
    outcome TEXT NOT NULL DEFAULT '',
    worst INTEGER NOT NULL CHECK (worst >= 0),
    cost INTEGER NOT NULL CHECK (cost >= 0),
    input_tokens INTEGER,
    output_tokens INTEGER,
    cache_read_tokens INTEGER,
    cache_write_tokens INTEGER,
    latency_ms INTEGER,
    asked_at INTEGER NOT NULL,
    settled_at INTEGER,
    question_hash TEXT,
    answer_hash TEXT,
    CHECK ((state = 'held') = (settled_at IS NULL))
);
CREATE INDEX claude_calls_held ON claude_calls (team_id, asked_at) WHERE state = 'held';
CREATE INDEX claude_calls_by_settled ON claude_calls (team_id, settled_at, cost) WHERE settled_at IS NOT NULL;
CREATE INDEX claude_calls_by_asked ON claude_calls (asked_at);
CREATE INDEX claude_calls_by_case ON claude_calls (case_id) WHERE case_id IS NOT NULL;

-- What was said to Claude and what it said, masked. Rows are deleted in time; the hashes stay with the calls.
CREATE TABLE claude_words (
    call_id INTEGER NOT NULL REFERENCES claude_calls (id),
    kind TEXT NOT NULL CHECK (kind IN ('question', 'answer')),
    case_id TEXT REFERENCES cases (id),
    body TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (call_id, kind)
);
CREATE INDEX claude_words_by_expiry ON claude_words (expires_at);
CREATE INDEX claude_words_by_case ON claude_words (case_id) WHERE case_id IS NOT NULL;

-- The cases that somebody was told grow dear: each once.
CREATE TABLE claude_alerts (
    case_id TEXT PRIMARY KEY REFERENCES cases (id),
    at INTEGER NOT NULL
);
