-- Up to where a channel's messages have certainly been kept: what is newer is asked for after every absence.
CREATE TABLE channel_marks (
    team_id TEXT NOT NULL,
    channel TEXT NOT NULL,
    mark TEXT NOT NULL,
    PRIMARY KEY (team_id, channel)
) WITHOUT ROWID;

-- What the desk proves its own hand with. Made once, never shown, and not part of any case.
CREATE TABLE desk_keys (
    team_id TEXT NOT NULL,
    name TEXT NOT NULL,
    key TEXT NOT NULL,
    PRIMARY KEY (team_id, name)
) WITHOUT ROWID;
