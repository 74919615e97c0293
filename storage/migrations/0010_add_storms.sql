-- Where more cards were owed at once than people read: while its row is there, the channel's new cards are set aside and
-- listed on one card, whose bulletin is `key`. `came` counts them from `first_at` to `last_at`; `calm_at`: since when they
-- go out again.
CREATE TABLE storms (
    team_id TEXT NOT NULL,
    place TEXT NOT NULL,
    key TEXT NOT NULL,
    began_at INTEGER NOT NULL,
    first_at INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    came INTEGER NOT NULL,
    withdrawn INTEGER NOT NULL DEFAULT 0,
    calm_at INTEGER,
    PRIMARY KEY (team_id, place)
) WITHOUT ROWID;

-- The smaller, the sooner it has its own card. 0: it never was on a storm card.
ALTER TABLE notices ADD COLUMN urgency INTEGER NOT NULL DEFAULT 0;
CREATE INDEX notices_aside_by_urgency ON notices (place, urgency, id) WHERE state = 'aside' AND rank = 3;
CREATE INDEX notices_aside_by_case ON notices (case_id, id) WHERE state = 'aside';
