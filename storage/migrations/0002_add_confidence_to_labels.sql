-- How sure the desk had been when a person judged it: what its confidence is worth is counted from these.
ALTER TABLE labels ADD COLUMN confidence TEXT;
CREATE INDEX labels_by_place ON labels (was, confidence, id);
CREATE INDEX labels_by_case ON labels (case_id, id);
