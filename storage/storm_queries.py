"""What is asked of storms in SQL, and how cards are set aside: the texts alone."""

from storage.notices import URGENCY

# From channel to channel, by what is next there: one step of an index each, and no more of a lane than counts.
CROWDED = """
WITH RECURSIVE walk (place, steps) AS (
    SELECT
        (
            SELECT first.place
            FROM notices AS first
            WHERE first.state IN ('ready', 'leased') AND first.is_next = 1 AND first.rank = 3 AND first.place > ?
            ORDER BY first.place
            LIMIT 1
        ),
        1
    UNION ALL
    SELECT
        (
            SELECT beside.place
            FROM notices AS beside
            WHERE beside.state IN ('ready', 'leased')
                AND beside.is_next = 1
                AND beside.rank = 3
                AND beside.place > walk.place
            ORDER BY beside.place
            LIMIT 1
        ),
        walk.steps + 1
    FROM walk
    WHERE walk.place IS NOT NULL AND walk.steps < ?
)
SELECT
    walk.place,
    NOT EXISTS (SELECT 1 FROM storms WHERE storms.team_id = ? AND storms.place = walk.place)
    AND (
        SELECT count(*)
        FROM (
            SELECT 1
            FROM notices AS owed
            WHERE owed.state IN ('ready', 'leased') AND owed.team_id = ? AND owed.lane = 'card:' || walk.place
            LIMIT ?
        )
    ) > ? AS is_crowded
FROM walk
WHERE walk.place IS NOT NULL
"""
# First cards that wake nobody and may not have been sent: what hangs somewhere already is moved, and people wait there.
# What was set aside once is not set aside again. Of a lane only the beginning is looked at.
FOLDABLE = """
SELECT notices.case_id, notices.run_at
FROM (
    SELECT *
    FROM notices
    WHERE state IN ('ready', 'leased') AND team_id = ? AND lane = ?
    ORDER BY id
    LIMIT ?
) AS notices
JOIN cases ON cases.id = notices.case_id
WHERE notices.state = 'ready'
    AND notices.rank = 3
    AND notices.urgency = 0
    AND notices.first_sent_at IS NULL
    AND cases.priority <> 'P0'
    AND NOT EXISTS (SELECT 1 FROM postings WHERE postings.case_id = notices.case_id AND postings.kind = 'card')
    AND NOT EXISTS (
        SELECT 1
        FROM notices AS other
        WHERE other.state IN ('ready', 'leased')
            AND other.case_id = notices.case_id
            AND other.id <> notices.id
            AND (other.kind = 'ping' OR (other.kind = 'card' AND other.rank = 3))
    )
ORDER BY notices.id
LIMIT ?
"""
UNDER_WAY_THERE = """
SELECT count(*) AS count
FROM notices
WHERE state = 'leased' AND team_id = ? AND lane = ? AND rank = 3
"""
FOLD = f"""
UPDATE notices
SET state = 'aside',
    urgency = CASE rank WHEN 3 THEN (SELECT {URGENCY} FROM cases WHERE cases.id = notices.case_id) ELSE 0 END
WHERE state IN ('ready', 'leased')
    AND state = 'ready'
    AND kind = 'card'
    AND case_id IN (SELECT value FROM json_each(?))
"""  # noqa: S608 - our own columns
BEGIN = """
INSERT INTO storms (team_id, place, key, began_at, first_at, last_at, came)
VALUES (?, ?, ?, ?, ?, ?, ?)
"""
GROW = "UPDATE storms SET came = came + ?, last_at = max(last_at, ?) WHERE team_id = ? AND place = ?"
UNDER_WAY = """
SELECT
    storms.*,
    (SELECT count(*) FROM notices WHERE state = 'aside' AND rank = 3 AND place = storms.place) AS waiting,
    (
        SELECT newest.run_at
        FROM notices AS newest
        WHERE newest.state = 'aside' AND newest.place = storms.place AND newest.rank = 3
        ORDER BY newest.id DESC
        LIMIT 1 OFFSET ?
    ) AS burst_at,
    EXISTS (
        SELECT 1
        FROM bulletin_pages
        WHERE bulletin_pages.team_id = storms.team_id AND bulletin_pages.key = storms.key
    ) AS is_hung,
    EXISTS (
        SELECT 1
        FROM notices AS served
        WHERE served.state IN ('ready', 'leased')
            AND served.team_id = storms.team_id
            AND served.lane = 'card:' || storms.place
            AND served.urgency > 0
    ) AS is_served
FROM storms
WHERE storms.team_id = ?
"""
ONE = UNDER_WAY + "AND storms.place = ?"
LISTED = """
SELECT notices.case_id, cases.revision
FROM notices
JOIN cases ON cases.id = notices.case_id
WHERE notices.state = 'aside' AND notices.rank = 3 AND notices.place = ?
ORDER BY notices.urgency, notices.id
LIMIT ?
"""
MOST_URGENT = """
SELECT case_id
FROM notices
WHERE state = 'aside' AND rank = 3 AND place = ?
ORDER BY urgency, id
LIMIT 1
"""
NOBODY_NEEDS = """
SELECT case_id
FROM notices
WHERE state = 'aside' AND rank = 3 AND place = ? AND urgency >= ?
LIMIT ?
"""
IS_READY = """
SELECT 1
FROM notices
WHERE state IN ('ready', 'leased') AND state = 'ready' AND team_id = ? AND lane = ? AND urgency > 0
LIMIT 1
"""
AMEND = """
UPDATE bulletins
SET body = ?, revision = revision + 1
WHERE team_id = ? AND key = ? AND body <> ?
RETURNING revision
"""
