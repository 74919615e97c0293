-- What is owed is found by how urgent it is and where it goes, without reading past what waits behind it. SQLite takes
-- no constraint away: the table is written anew, with every row and number.
CREATE TABLE notices_in_order (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL UNIQUE,
    team_id TEXT NOT NULL,
    case_id TEXT REFERENCES cases (id),
    kind TEXT NOT NULL,
    rank INTEGER NOT NULL DEFAULT 3,
    place TEXT NOT NULL DEFAULT '',
    lane TEXT NOT NULL,
    revision INTEGER NOT NULL,
    body TEXT NOT NULL,
    -- What is 'aside' is still owed, and waits for somebody to set it to 'ready' again.
    state TEXT NOT NULL CHECK (state IN ('ready', 'leased', 'aside', 'done', 'dead')),
    run_at INTEGER NOT NULL,
    lease_until INTEGER,
    due_at INTEGER GENERATED ALWAYS AS (CASE state WHEN 'leased' THEN lease_until ELSE run_at END) VIRTUAL,
    is_next INTEGER NOT NULL DEFAULT 1,
    attempt INTEGER NOT NULL DEFAULT 0,
    failures INTEGER NOT NULL DEFAULT 0,
    first_sent_at INTEGER,
    last_sent_at INTEGER,
    why TEXT NOT NULL DEFAULT ''
);
INSERT INTO notices_in_order (
    id, key, team_id, case_id, kind, rank, place, lane, revision, body, state, run_at, lease_until, attempt, failures,
    first_sent_at, last_sent_at, why
)
SELECT
    notices.id,
    notices.key,
    notices.team_id,
    notices.case_id,
    notices.kind,
    CASE
        WHEN notices.kind = 'receipt' THEN receipts.case_id IS NOT NULL
        WHEN notices.kind = 'card' AND (notices.lane = cards.channel OR notices.lane LIKE 'card:%') THEN 4
        WHEN notices.kind = 'card' THEN 3
        WHEN notices.kind = 'bulletin' THEN 5
        ELSE 2
    END,
    CASE
        WHEN notices.kind = 'receipt' THEN coalesce(cases.channel, '')
        WHEN notices.kind = 'ping' OR notices.lane LIKE 'card:%' THEN coalesce(cards.channel, cases.channel, '')
        ELSE notices.lane
    END,
    -- Lanes of one kind each: a digest that waits holds up no card.
    CASE
        WHEN notices.lane LIKE notices.kind || ':%' THEN notices.lane
        WHEN notices.kind = 'card' AND notices.lane = cards.channel THEN 'card:' || notices.case_id
        ELSE notices.kind || ':' || notices.lane
    END,
    notices.revision,
    notices.body,
    notices.state,
    notices.run_at,
    notices.lease_until,
    notices.attempt,
    CASE WHEN notices.state IN ('ready', 'leased') THEN notices.attempt ELSE 0 END,
    notices.first_sent_at,
    notices.first_sent_at,
    notices.why
FROM notices
LEFT JOIN cases ON cases.id = notices.case_id
LEFT JOIN postings AS cards ON cards.case_id = notices.case_id AND cards.kind = 'card'
LEFT JOIN postings AS receipts ON receipts.case_id = notices.case_id AND receipts.kind = 'receipt'
ORDER BY notices.id;
UPDATE sqlite_sequence
SET seq = (SELECT seq FROM sqlite_sequence WHERE name = 'notices')
WHERE name = 'notices_in_order' AND EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'notices');
DROP TABLE notices;
ALTER TABLE notices_in_order RENAME TO notices;
CREATE INDEX notices_live_by_lane ON notices (team_id, lane, id) WHERE state IN ('ready', 'leased');
CREATE INDEX notices_live_by_case ON notices (case_id, kind, id) WHERE state IN ('ready', 'leased');
CREATE INDEX notices_leased ON notices (lease_until) WHERE state = 'leased';
CREATE INDEX notices_aside ON notices (place, id) WHERE state = 'aside';
CREATE INDEX notices_dead ON notices (run_at) WHERE state = 'dead';

-- What stands first in its lane is next. A card or a ping also waits for its case's cards and pings before it, wherever
-- they go: a card moves from place to place in order, and a ping never overtakes the card it points at.
UPDATE notices
SET is_next = 0
WHERE state IN ('ready', 'leased')
    AND (
        EXISTS (
            SELECT 1
            FROM notices AS ahead
            WHERE ahead.state IN ('ready', 'leased')
                AND ahead.team_id = notices.team_id
                AND ahead.lane = notices.lane
                AND ahead.id < notices.id
        )
        OR (
            notices.kind IN ('card', 'ping')
            AND EXISTS (
                SELECT 1
                FROM notices AS ahead
                WHERE ahead.state IN ('ready', 'leased')
                    AND ahead.case_id = notices.case_id
                    AND ahead.kind IN ('card', 'ping')
                    AND ahead.id < notices.id
            )
        )
    );
CREATE INDEX notices_next ON notices (rank, place, due_at, id) WHERE state IN ('ready', 'leased') AND is_next = 1;

CREATE TRIGGER notices_get_in_line
AFTER INSERT ON notices
WHEN NEW.state IN ('ready', 'leased')
BEGIN
    UPDATE notices
    SET is_next = NOT (
            EXISTS (
                SELECT 1
                FROM notices AS ahead
                WHERE ahead.state IN ('ready', 'leased')
                    AND ahead.team_id = NEW.team_id
                    AND ahead.lane = NEW.lane
                    AND ahead.id < NEW.id
            )
            OR (
                NEW.kind IN ('card', 'ping')
                AND EXISTS (
                    SELECT 1
                    FROM notices AS ahead
                    WHERE ahead.state IN ('ready', 'leased')
                        AND ahead.case_id = NEW.case_id
                        AND ahead.kind IN ('card', 'ping')
                        AND ahead.id < NEW.id
                )
            )
        )
    WHERE id = NEW.id;
END;

-- Whoever waited behind what is done, given up or set aside moves up.
CREATE TRIGGER notices_move_up
AFTER UPDATE OF state ON notices
WHEN OLD.state IN ('ready', 'leased') AND NEW.state NOT IN ('ready', 'leased')
BEGIN
    UPDATE notices
    SET is_next = 1
    WHERE id IN (
            (
                SELECT min(first.id)
                FROM notices AS first
                WHERE first.state IN ('ready', 'leased')
                    AND first.team_id = OLD.team_id
                    AND first.lane = OLD.lane
            ),
            (
                SELECT min(first.id)
                FROM notices AS first
                WHERE first.state IN ('ready', 'leased')
                    AND first.case_id = OLD.case_id
                    AND first.kind IN ('card', 'ping')
            )
        )
        AND is_next = 0
        AND NOT EXISTS (
            SELECT 1
            FROM notices AS ahead
            WHERE ahead.state IN ('ready', 'leased')
                AND ahead.team_id = notices.team_id
                AND ahead.lane = notices.lane
                AND ahead.id < notices.id
        )
        AND NOT (
            kind IN ('card', 'ping')
            AND EXISTS (
                SELECT 1
                FROM notices AS ahead
                WHERE ahead.state IN ('ready', 'leased')
                    AND ahead.case_id = notices.case_id
                    AND ahead.kind IN ('card', 'ping')
                    AND ahead.id < notices.id
            )
        );
END;

-- What was set aside comes back to where it stood, and whoever had moved up waits behind it again.
CREATE TRIGGER notices_come_back
AFTER UPDATE OF state ON notices
WHEN OLD.state NOT IN ('ready', 'leased') AND NEW.state IN ('ready', 'leased')
BEGIN
    UPDATE notices
    SET is_next = 0
    WHERE state IN ('ready', 'leased')
        AND state = 'ready'
        AND team_id = NEW.team_id
        AND lane = NEW.lane
        AND id > NEW.id
        AND is_next = 1;
    UPDATE notices
    SET is_next = 0
    WHERE state IN ('ready', 'leased')
        AND state = 'ready'
        AND NEW.kind IN ('card', 'ping')
        AND case_id = NEW.case_id
        AND kind IN ('card', 'ping')
        AND id > NEW.id
        AND is_next = 1;
    UPDATE notices
    SET is_next = NOT (
        EXISTS (
            SELECT 1
            FROM notices AS ahead
            WHERE ahead.state IN ('ready', 'leased')
                AND ahead.team_id = NEW.team_id
                AND ahead.lane = NEW.lane
                AND ahead.id < NEW.id
        )
        OR (
            NEW.kind IN ('card', 'ping')
            AND EXISTS (
                SELECT 1
                FROM notices AS ahead
                WHERE ahead.state IN ('ready', 'leased')
                    AND ahead.case_id = NEW.case_id
                    AND ahead.kind IN ('card', 'ping')
                    AND ahead.id < NEW.id
            )
        )
    )
    WHERE id = NEW.id;
END;
