BEGIN TRANSACTION;
CREATE TABLE audit (
    team_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    case_id TEXT NOT NULL,
    event TEXT NOT NULL,
    hash TEXT NOT NULL,
    PRIMARY KEY (team_id, seq)
) WITHOUT ROWID;
INSERT INTO "audit" VALUES('T_OFFICE',1,'case-1','{"actor":{"id":null,"kind":"desk","roles":[],"team":"T_OFFICE","via":"desk"},"at":1795165200000000,"data":{},"policy_sha":"","prev":"0000000000000000000000000000000000000000000000000000000000000000","request":"case-1","seq":1,"subject":"U_ASKER","tenant":"T_OFFICE","type":"asked","v":2}','6944c905214ebfcbb19c83aa6aee02bf5a9f6fc1bc104cf7f2f151303df31277');
INSERT INTO "audit" VALUES('T_OFFICE',2,'case-1','{"actor":{"id":"U_OWNER","kind":"person","roles":[],"team":"T_OFFICE","via":"desk"},"at":1795165200000000,"data":{"mac":"b47a915bde0ce8b4e936927eb7e8da684427b2f7fc23133771d76193c744720b","text":"text-1","texts":"text-1=8b108bc1b786e3a02353ae086522f9526296097172e015f22af896e137cdfc5c","version":1},"policy_sha":"map-1","prev":"6944c905214ebfcbb19c83aa6aee02bf5a9f6fc1bc104cf7f2f151303df31277","request":"case-1","seq":2,"subject":"U_ASKER","tenant":"T_OFFICE","type":"taken","v":2}','23a4b910fe0e8302b395162ccd13ce432d1c0f1a58eaa4d7921b72b89bcc3eaf');
INSERT INTO "audit" VALUES('T_OFFICE',3,'case-2','{"actor":{"id":null,"kind":"desk","roles":[],"team":"T_OFFICE","via":"desk"},"at":1795165200000000,"data":{},"policy_sha":"","prev":"23a4b910fe0e8302b395162ccd13ce432d1c0f1a58eaa4d7921b72b89bcc3eaf","request":"case-2","seq":3,"subject":"U_ASKER","tenant":"T_OFFICE","type":"asked","v":2}','dc015413ef573fd856b9f3641c5b4fae9a8a3085de5a055555baa8d2e7f8cb15');
INSERT INTO "audit" VALUES('T_OFFICE',4,'','{"actor":{"id":null,"kind":"desk","roles":[],"team":"T_OFFICE","via":"desk"},"at":1795165200000000,"data":{"job":"daily:C_LEADS","pages":1},"policy_sha":"map-1","prev":"dc015413ef573fd856b9f3641c5b4fae9a8a3085de5a055555baa8d2e7f8cb15","request":"","seq":4,"subject":"","tenant":"T_OFFICE","type":"bulletin_posted","v":2}','22ef3490073129a3e1fe3e7b3a2d7ebbd26ee553c2c8f1bf2af64454e817953e');
CREATE TABLE audit_by_type (
    team_id TEXT NOT NULL,
    type TEXT NOT NULL,
    at INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    case_id TEXT NOT NULL,
    PRIMARY KEY (team_id, type, at, seq)
) WITHOUT ROWID;
CREATE TABLE bulletin_pages (
    team_id TEXT NOT NULL,
    key TEXT NOT NULL,
    page INTEGER NOT NULL,
    message TEXT NOT NULL,
    PRIMARY KEY (team_id, key, page),
    FOREIGN KEY (team_id, key) REFERENCES bulletins (team_id, key)
) WITHOUT ROWID;
INSERT INTO "bulletin_pages" VALUES('T_OFFICE','daily:C_LEADS@2026-11-20T08:00Z',0,'300.3');
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
INSERT INTO "bulletins" VALUES('T_OFFICE','daily:C_LEADS@2026-11-20T08:00Z','daily:C_LEADS','daily','C_LEADS','{}',1,1,'',1795165200000000);
CREATE TABLE case_keys (
    case_id TEXT PRIMARY KEY REFERENCES cases (id),
    team_id TEXT NOT NULL,
    key TEXT NOT NULL
);
INSERT INTO "case_keys" VALUES('case-1','T_OFFICE','abababababababababababababababababababababababababababababababab');
INSERT INTO "case_keys" VALUES('case-2','T_OFFICE','abababababababababababababababababababababababababababababababab');
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
    body TEXT NOT NULL, destination TEXT NOT NULL DEFAULT '', category TEXT NOT NULL DEFAULT '', priority TEXT NOT NULL DEFAULT '', promised_by INTEGER, responded_at INTEGER, closed_at INTEGER, first_response_by INTEGER, resolve_by INTEGER,
    UNIQUE (team_id, number)
);
INSERT INTO "cases" VALUES('case-1','T_OFFICE',1001,'taken',1,2,1,'U_ASKER','U_OWNER','C_INTAKE','100.1',1795165200000000,NULL,'{"id":"case-1","key":"","request":{"team":"T_OFFICE","channel":"C_INTAKE","thread":"100.1","asker":{"id":"U_ASKER","standing":"member","team":"T_OFFICE"},"parts":[{"message":"100.1","text":"","links":[]}],"asked_at":"2026-11-20T09:00:00Z","audience":"staff","is_private":false,"is_shared":false,"customer":null,"found_at":null},"received_at":"2026-11-20T09:00:00Z","number":0,"status":"taken","revision":0,"version":1,"decision":{"verdict":"ROUTE","destination":"billing","candidate":"billing","candidates":[],"intents":["billing_issue"],"score":0.9,"confidence":"high","risk":"normal","risks":[],"categories":[],"priority":"P2","priority_rule":"default","reason":{"code":"keyword","words":[]},"autonomy":"suggest","action":"create_task","map_version":"map-1","gates":[],"tags":[],"missing":[],"against":[],"without_claude":"","prompt":"","remembers":false,"record":null},"gates":[],"owner":"U_OWNER","visited":[],"clarification":null,"questions_asked":0,"last_editor":null,"editors":[],"first_response_by":null,"responded_at":null,"resolve_by":null,"warn_response_at":null,"warn_resolution_at":null,"last_hour_response_at":null,"last_hour_resolution_at":null,"priority_before":null,"warned_of":[],"breached":[],"paused_since":null,"counted_in_hours":[],"stood_since":null,"waits_since":null,"hours_of":null,"solution_hours_of":null,"waited_on_asker":0,"ask_owner_at":null,"release_at":null,"still_on_it":0,"chain_step":0,"raised_to":[],"snoozed_until":null,"snoozed_by":null,"closed_at":null,"last":null,"changed_by":"","was_released":false,"awaits_advice":false,"review":null,"turn_at":null,"is_held":false}','billing','billing_issue','P2',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "cases" VALUES('case-2','T_OFFICE',1002,'received',1,1,1,'U_ASKER',NULL,'C_INTAKE','200.2',1795165200000000,NULL,'{"id":"case-2","key":"","request":{"team":"T_OFFICE","channel":"C_INTAKE","thread":"200.2","asker":{"id":"U_ASKER","standing":"member","team":"T_OFFICE"},"parts":[{"message":"200.2","text":"","links":[]}],"asked_at":"2026-11-20T09:00:00Z","audience":"staff","is_private":false,"is_shared":false,"customer":null,"found_at":null},"received_at":"2026-11-20T09:00:00Z","number":0,"status":"received","revision":0,"version":1,"decision":null,"gates":[],"owner":null,"visited":[],"clarification":null,"questions_asked":0,"last_editor":null,"editors":[],"first_response_by":null,"responded_at":null,"resolve_by":null,"warn_response_at":null,"warn_resolution_at":null,"last_hour_response_at":null,"last_hour_resolution_at":null,"priority_before":null,"warned_of":[],"breached":[],"paused_since":null,"counted_in_hours":[],"stood_since":null,"waits_since":null,"hours_of":null,"solution_hours_of":null,"waited_on_asker":0,"ask_owner_at":null,"release_at":null,"still_on_it":0,"chain_step":0,"raised_to":[],"snoozed_until":null,"snoozed_by":null,"closed_at":null,"last":null,"changed_by":"","was_released":false,"awaits_advice":false,"review":null,"turn_at":null,"is_held":false}','','','',NULL,NULL,NULL,NULL,NULL);
CREATE TABLE channel_marks (
    team_id TEXT NOT NULL,
    channel TEXT NOT NULL,
    mark TEXT NOT NULL,
    PRIMARY KEY (team_id, channel)
) WITHOUT ROWID;
CREATE TABLE claude_alerts (
    case_id TEXT PRIMARY KEY REFERENCES cases (id),
    at INTEGER NOT NULL
);
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
INSERT INTO "claude_calls" VALUES(1,'T_OFFICE','case-1','route/v1','claude-haiku-5-5',1,'settled','answered',2000000,255000,900,250,4000,0,812,1795165200000000,1795165200000000,'e3afd37a2fde8c6f50760ac3e59bb096885874b45f347ddaf76504b6f1baa6f3',NULL);
INSERT INTO "claude_calls" VALUES(2,'T_OFFICE','case-1','route/v1','claude-haiku-5-5',2,'held','',2000000,2000000,NULL,NULL,NULL,NULL,NULL,1795165200000000,NULL,'e3afd37a2fde8c6f50760ac3e59bb096885874b45f347ddaf76504b6f1baa6f3',NULL);
CREATE TABLE claude_words (
    call_id INTEGER NOT NULL REFERENCES claude_calls (id),
    kind TEXT NOT NULL CHECK (kind IN ('question', 'answer')),
    case_id TEXT REFERENCES cases (id),
    body TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (call_id, kind)
);
INSERT INTO "claude_words" VALUES(1,'question','case-1','my invoice is wrong',1797757200000000);
INSERT INTO "claude_words" VALUES(2,'question','case-1','my invoice is wrong',1797757200000000);
CREATE TABLE desk_keys (
    team_id TEXT NOT NULL,
    name TEXT NOT NULL,
    key TEXT NOT NULL,
    PRIMARY KEY (team_id, name)
) WITHOUT ROWID;
CREATE TABLE inbox (
    key TEXT PRIMARY KEY,
    raw BLOB NOT NULL,
    received_at INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('unread', 'done')),
    attempts INTEGER NOT NULL DEFAULT 0
, told INTEGER NOT NULL DEFAULT 0);
INSERT INTO "inbox" VALUES('slack:T_OFFICE:Ev1',X'7B7D',1795165200000000,'unread',0,0);
CREATE TABLE jobs (
    team_id TEXT NOT NULL,
    job TEXT NOT NULL,
    fire_at INTEGER NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (team_id, job, fire_at)
) WITHOUT ROWID;
INSERT INTO "jobs" VALUES('T_OFFICE','daily:C_LEADS',1795161600000000,1795165200000000);
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
, confidence TEXT);
INSERT INTO "labels" VALUES(1,'T_OFFICE','case-1','taken','billing','billing','U_OWNER',1795165200000000,NULL,NULL);
CREATE TABLE messages (
    team_id TEXT NOT NULL,
    channel TEXT NOT NULL,
    message TEXT NOT NULL,
    case_id TEXT NOT NULL REFERENCES cases (id),
    PRIMARY KEY (team_id, channel, message)
);
INSERT INTO "messages" VALUES('T_OFFICE','C_INTAKE','100.1','case-1');
INSERT INTO "messages" VALUES('T_OFFICE','C_INTAKE','200.2','case-2');
CREATE TABLE migrations (
    number INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    applied_at INTEGER NOT NULL
);
INSERT INTO "migrations" VALUES(1,'0001_create_tables.sql','cadbc3c315c62ef7c2f50077ada0dcbbf6d2bdacb8622a080410ed2c57dbf9ac',1795165200000000);
INSERT INTO "migrations" VALUES(2,'0002_add_confidence_to_labels.sql','e9affeb0926ec95ee9308267b4a8c69e2dc8e5ae1174f032db9dbc3132d3f6b5',1795165200000000);
INSERT INTO "migrations" VALUES(3,'0003_add_claude_calls.sql','47d7cbefefe2106cb18b471f13f259d3a04a16b492041c19678d4a8fb4d84161',1795165200000000);
INSERT INTO "migrations" VALUES(4,'0004_add_figures.sql','2e78dd6c12f4e12a91a5f78fb9e73f2155268f41842ed1624016888415495497',1795165200000000);
INSERT INTO "migrations" VALUES(5,'0005_add_bulletins.sql','1b07dac4d984ef16f5eb8eb58a0dfca117cc7292202a52cc561b3caf1f8f668d',1795165200000000);
INSERT INTO "migrations" VALUES(6,'0006_index_promises.sql','17da989be29995a4eb05c6c8f1067dfa319ef67282d70b3a7e7354ddce0f79bd',1795165200000000);
INSERT INTO "migrations" VALUES(7,'0007_add_marks_and_keys.sql','28f6a50b8ccf4a49844f2408e7776033df9196fe5a931e334fe89f59c6ad8fdf',1795165200000000);
INSERT INTO "migrations" VALUES(8,'0008_order_notices.sql','ce60ba086c08566a550f41bd02b574e2c296a94b4164b463eceaa7998d75fdc8',1795165200000000);
INSERT INTO "migrations" VALUES(9,'0009_mark_what_was_told.sql','b4ca0f49b81bc13fb4a6a823a0b99ab512e71e70a86facce4f8158d1dfeb0484',1795165200000000);
INSERT INTO "migrations" VALUES(10,'0010_add_storms.sql','39079f3462d4baee87979c93490ea5f22f3a473feab896a1d0c314914675b030',1795165200000000);
CREATE TABLE "notices" (
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
, told INTEGER NOT NULL DEFAULT 0, urgency INTEGER NOT NULL DEFAULT 0);
INSERT INTO "notices" VALUES(1,'card:case-1:1','T_OFFICE','case-1','card',3,'C_BILLING','card:C_BILLING',2,'{"key":"card:case-1:1","kind":"card","to":"C_BILLING","code":"","people":[],"words":[]}','done',1795165200000000,NULL,1,1,0,NULL,NULL,'',0,0);
INSERT INTO "notices" VALUES(2,'receipt:case-1:2','T_OFFICE','case-1','receipt',0,'C_INTAKE','receipt:case-1',2,'{"key":"receipt:case-1:2","kind":"receipt","to":"","code":"","people":[],"words":[]}','leased',1795165200000000,1795165260000000,1,1,0,NULL,NULL,'',0,0);
INSERT INTO "notices" VALUES(3,'bulletin:daily:C_LEADS@2026-11-20T08:00Z#0#1','T_OFFICE',NULL,'bulletin',5,'C_LEADS','bulletin:C_LEADS',1,'{"key":"bulletin:daily:C_LEADS@2026-11-20T08:00Z#0#1","kind":"bulletin","to":"C_LEADS","code":"","people":[],"words":["daily:C_LEADS@2026-11-20T08:00Z","0"]}','done',1795165200000000,NULL,1,1,0,1795165200000000,1795165200000000,'',0,0);
CREATE TABLE postings (
    team_id TEXT NOT NULL,
    case_id TEXT NOT NULL REFERENCES cases (id),
    kind TEXT NOT NULL,
    channel TEXT NOT NULL,
    message TEXT NOT NULL,
    revision INTEGER NOT NULL,
    PRIMARY KEY (case_id, channel, message)
);
INSERT INTO "postings" VALUES('T_OFFICE','case-1','card','C_INTAKE','100.1',2);
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
CREATE TABLE texts (
    id TEXT PRIMARY KEY,
    team_id TEXT NOT NULL,
    case_id TEXT NOT NULL REFERENCES cases (id),
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    at INTEGER NOT NULL
);
INSERT INTO "texts" VALUES('case-1:part:0','T_OFFICE','case-1','part','my invoice is wrong',1795165200000000);
INSERT INTO "texts" VALUES('case-1:links:0','T_OFFICE','case-1','links','["https://files.example/1"]',1795165200000000);
INSERT INTO "texts" VALUES('text-1','T_OFFICE','case-1','reason','they pay the bills',1795165200000000);
INSERT INTO "texts" VALUES('case-2:part:0','T_OFFICE','case-2','part','it is broken',1795165200000000);
CREATE INDEX cases_by_status ON cases (status, received_at);
CREATE INDEX cases_by_due ON cases (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX cases_by_asker ON cases (asker, is_open, received_at);
CREATE INDEX cases_by_owner ON cases (owner, is_open, received_at) WHERE owner IS NOT NULL;
CREATE INDEX cases_by_thread ON cases (team_id, channel, thread);
CREATE INDEX texts_by_case ON texts (case_id, kind);
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
CREATE UNIQUE INDEX postings_one_card ON postings (case_id) WHERE kind = 'card';
CREATE INDEX postings_by_message ON postings (channel, message);
CREATE UNIQUE INDEX postings_one_receipt ON postings (case_id) WHERE kind = 'receipt';
CREATE INDEX inbox_unread ON inbox (received_at) WHERE state = 'unread';
CREATE INDEX labels_by_place ON labels (was, confidence, id);
CREATE INDEX labels_by_case ON labels (case_id, id);
CREATE INDEX claude_calls_held ON claude_calls (team_id, asked_at) WHERE state = 'held';
CREATE INDEX claude_calls_by_settled ON claude_calls (team_id, settled_at, cost) WHERE settled_at IS NOT NULL;
CREATE INDEX claude_calls_by_asked ON claude_calls (asked_at);
CREATE INDEX claude_calls_by_case ON claude_calls (case_id) WHERE case_id IS NOT NULL;
CREATE INDEX claude_words_by_expiry ON claude_words (expires_at);
CREATE INDEX claude_words_by_case ON claude_words (case_id) WHERE case_id IS NOT NULL;
CREATE INDEX cases_open_by_promise ON cases (team_id, destination, promised_by, priority, status, is_open)
WHERE is_open = 1;
CREATE INDEX cases_by_received ON cases (team_id, received_at, destination, category, priority);
CREATE INDEX cases_by_first_response ON cases (
    team_id, first_response_by, destination, status, responded_at, closed_at
) WHERE first_response_by IS NOT NULL;
CREATE INDEX cases_by_resolution ON cases (team_id, resolve_by, destination, status, closed_at)
WHERE resolve_by IS NOT NULL;
CREATE INDEX notices_live_by_lane ON notices (team_id, lane, id) WHERE state IN ('ready', 'leased');
CREATE INDEX notices_live_by_case ON notices (case_id, kind, id) WHERE state IN ('ready', 'leased');
CREATE INDEX notices_leased ON notices (lease_until) WHERE state = 'leased';
CREATE INDEX notices_aside ON notices (place, id) WHERE state = 'aside';
CREATE INDEX notices_dead ON notices (run_at) WHERE state = 'dead';
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
CREATE INDEX notices_untold ON notices (id) WHERE state = 'dead' AND told = 0;
CREATE INDEX inbox_untold ON inbox (received_at) WHERE state = 'unread' AND told = 0 AND attempts >= 5;
CREATE INDEX notices_aside_by_urgency ON notices (place, urgency, id) WHERE state = 'aside' AND rank = 3;
CREATE INDEX notices_aside_by_case ON notices (case_id, id) WHERE state = 'aside';
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('notices',3);
INSERT INTO "sqlite_sequence" VALUES('labels',1);
INSERT INTO "sqlite_sequence" VALUES('claude_calls',2);
COMMIT;
