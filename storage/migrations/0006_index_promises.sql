-- When each of a case's promises breaks, or broke, whether it was kept or not: what fell due in a week is counted from
-- these. What the desk only observes is promised to nobody.

ALTER TABLE cases ADD COLUMN first_response_by INTEGER;
ALTER TABLE cases ADD COLUMN resolve_by INTEGER;

UPDATE cases
SET first_response_by = json_extract(body, '$.first_response_by'), resolve_by = json_extract(body, '$.resolve_by')
WHERE json_extract(body, '$.decision.autonomy') <> 'observe';

UPDATE cases
SET first_response_by = CAST(strftime('%s', substr(first_response_by, 1, 19)) AS INTEGER) * 1000000
    + CASE substr(first_response_by, 20, 1) WHEN '.' THEN CAST(substr(first_response_by, 21, 6) AS INTEGER) ELSE 0 END
WHERE first_response_by IS NOT NULL;

UPDATE cases
SET resolve_by = CAST(strftime('%s', substr(resolve_by, 1, 19)) AS INTEGER) * 1000000
    + CASE substr(resolve_by, 20, 1) WHEN '.' THEN CAST(substr(resolve_by, 21, 6) AS INTEGER) ELSE 0 END
WHERE resolve_by IS NOT NULL;

-- Which promises fell due in a span of time, and which were kept, without a look at the cases themselves.
CREATE INDEX cases_by_first_response ON cases (
    team_id, first_response_by, destination, status, responded_at, closed_at
) WHERE first_response_by IS NOT NULL;
CREATE INDEX cases_by_resolution ON cases (team_id, resolve_by, destination, status, closed_at)
WHERE resolve_by IS NOT NULL;

-- What was raised by a person, and what its asker sent to one, is found by its time as well.
INSERT INTO audit_by_type (team_id, type, at, seq, case_id)
SELECT team_id, json_extract(event, '$.type'), json_extract(event, '$.at'), seq, case_id
FROM audit
WHERE json_extract(event, '$.type') IN ('escalated', 'something_else');
