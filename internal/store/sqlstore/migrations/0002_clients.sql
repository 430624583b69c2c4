-- What clients bring: who is logged in, how messages are named on their side, and
-- what groups tell single users. Times are Unix milliseconds unless a column says
-- otherwise.

ALTER TABLE message ADD COLUMN client_time BIGINT NOT NULL DEFAULT 0; -- Unix seconds
ALTER TABLE message ADD COLUMN client_seq BIGINT NOT NULL DEFAULT 0;
ALTER TABLE message ADD COLUMN version BIGINT NOT NULL DEFAULT 0;
ALTER TABLE message ADD COLUMN recall TEXT NOT NULL DEFAULT '';
ALTER TABLE message ADD COLUMN recalled_at BIGINT NOT NULL DEFAULT 0;
CREATE INDEX message_recalled ON message (conversation, recalled_at) WHERE recalled_at > 0;

-- A login of a client. Its key is the hash of the token that the client holds.
CREATE TABLE session (
	id         {identity},
	sdkappid   BIGINT NOT NULL,
	key_hash   TEXT NOT NULL,
	user_id    TEXT NOT NULL,
	platform   TEXT NOT NULL,
	client_ip  TEXT NOT NULL,
	login_at   BIGINT NOT NULL,
	expires_at BIGINT NOT NULL,
	seen_at    BIGINT NOT NULL DEFAULT 0, -- 0 while connected
	gone       BIGINT NOT NULL DEFAULT 0,
	kicked     BIGINT NOT NULL DEFAULT 0,
	UNIQUE (sdkappid, key_hash)
);
CREATE INDEX session_by_user ON session (sdkappid, user_id, id);
CREATE INDEX session_by_end ON session (expires_at);

CREATE TABLE notice (
	id       {identity},
	sdkappid BIGINT NOT NULL,
	user_id  TEXT NOT NULL,
	sent_at  BIGINT NOT NULL,
	body     TEXT NOT NULL
);
CREATE INDEX notice_by_user ON notice (sdkappid, user_id, id);
