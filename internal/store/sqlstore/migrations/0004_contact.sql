-- How users see their conversations. Times are Unix milliseconds unless a column
-- says otherwise.

-- A user's own view of a conversation. Of two users both have a row from the first
-- message on; of a group or an official account, who does something with the
-- conversation.
CREATE TABLE contact (
	sdkappid       BIGINT NOT NULL,
	user_id        TEXT NOT NULL,
	conversation   BIGINT NOT NULL,
	kind           TEXT NOT NULL,
	name           TEXT NOT NULL, -- the peer, the group or the official account
	read_seq       BIGINT NOT NULL DEFAULT 0,
	read_time      BIGINT NOT NULL DEFAULT 0, -- Unix seconds
	cleared_seq    BIGINT NOT NULL DEFAULT 0,
	hidden_seq     BIGINT NOT NULL DEFAULT 0,
	pinned_at      BIGINT NOT NULL DEFAULT 0,
	recv_option    BIGINT NOT NULL DEFAULT 0,
	standard_mark  BIGINT NOT NULL DEFAULT 0, -- 64 bits
	custom_mark    TEXT NOT NULL DEFAULT '',
	contact_groups TEXT NOT NULL DEFAULT '',
	PRIMARY KEY (sdkappid, user_id, conversation)
) {clustered};
CREATE INDEX contact_by_conversation ON contact (conversation, user_id);

CREATE TABLE contact_group (
	id       {identity},
	sdkappid BIGINT NOT NULL,
	user_id  TEXT NOT NULL,
	name     TEXT NOT NULL,
	UNIQUE (sdkappid, user_id, name)
);

CREATE TABLE do_not_disturb (
	sdkappid BIGINT NOT NULL,
	user_id  TEXT NOT NULL,
	start_at BIGINT NOT NULL, -- seconds, as the client gave them
	end_at   BIGINT NOT NULL,
	repeated BIGINT NOT NULL,
	level    BIGINT NOT NULL,
	PRIMARY KEY (sdkappid, user_id)
) {clustered};

-- The last broadcast before the subscription.
ALTER TABLE subscriber ADD COLUMN since_seq BIGINT NOT NULL DEFAULT 0;
UPDATE subscriber SET since_seq = (SELECT next_seq - 1 FROM conversation WHERE id = subscriber.conversation)
	WHERE EXISTS (SELECT 1 FROM conversation WHERE id = subscriber.conversation);

-- Messages that do not count as unread though they are numbered.
CREATE INDEX message_uncounted ON message (conversation, seq) WHERE (flags & 1) <> 0 OR place <> 0;
