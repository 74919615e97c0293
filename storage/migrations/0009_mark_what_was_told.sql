-- What the desk gave up is told to those who run it, once: notices that can never arrive, and letters nobody could read.

ALTER TABLE notices ADD COLUMN told INTEGER NOT NULL DEFAULT 0;
CREATE INDEX notices_untold ON notices (id) WHERE state = 'dead' AND told = 0;
ALTER TABLE inbox ADD COLUMN told INTEGER NOT NULL DEFAULT 0;
CREATE INDEX inbox_untold ON inbox (received_at) WHERE state = 'unread' AND told = 0 AND attempts >= 5;
