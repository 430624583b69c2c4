-- What the program with this schema wrote. Once the schema is released, this stays as it is.

CREATE TABLE account (
	sdkappid   BIGINT NOT NULL,
	user_id    TEXT NOT NULL,
	nick       TEXT NOT NULL DEFAULT '',
	face_url   TEXT NOT NULL DEFAULT '',
	created_at BIGINT NOT NULL, profile TEXT NOT NULL DEFAULT '', custom_status TEXT NOT NULL DEFAULT '', pendency_read_at BIGINT NOT NULL DEFAULT 0,
	PRIMARY KEY (sdkappid, user_id)
);
CREATE TABLE app (
	sdkappid       BIGINT PRIMARY KEY,
	secret_key     TEXT NOT NULL,
	administrators TEXT NOT NULL,
	settings       TEXT NOT NULL,
	webhook        TEXT NOT NULL,
	created_at     BIGINT NOT NULL
);
CREATE TABLE application (
	id             INTEGER PRIMARY KEY AUTOINCREMENT,
	sdkappid       BIGINT NOT NULL,
	conversation   BIGINT NOT NULL,
	kind           BIGINT NOT NULL,
	applicant      TEXT NOT NULL,
	joiner         TEXT NOT NULL,
	note           TEXT NOT NULL,
	authentication TEXT NOT NULL,
	added_at       BIGINT NOT NULL,
	UNIQUE (conversation, kind, joiner)
);
CREATE TABLE attempt (
	event_id    BIGINT NOT NULL,
	number      BIGINT NOT NULL,
	started_at  BIGINT NOT NULL,
	duration_us BIGINT NOT NULL,
	status      BIGINT NOT NULL,
	reason      TEXT NOT NULL,
	reply       TEXT NOT NULL,
	PRIMARY KEY (event_id, number)
) WITHOUT ROWID;
CREATE TABLE attribute (
	conversation BIGINT PRIMARY KEY,
	version      BIGINT NOT NULL,
	body         TEXT NOT NULL
);
CREATE TABLE ban (
	conversation BIGINT NOT NULL,
	user_id      TEXT NOT NULL,
	sdkappid     BIGINT NOT NULL,
	until        BIGINT NOT NULL, -- Unix seconds
	PRIMARY KEY (conversation, user_id)
);
CREATE TABLE block (
	id         INTEGER PRIMARY KEY AUTOINCREMENT,
	sdkappid   BIGINT NOT NULL,
	user_id    TEXT NOT NULL,
	blocked_id TEXT NOT NULL,
	blocked_at BIGINT NOT NULL,
	UNIQUE (sdkappid, user_id, blocked_id)
);
CREATE TABLE chat_group (
	conversation        BIGINT PRIMARY KEY,
	type                TEXT NOT NULL,
	name                TEXT NOT NULL,
	introduction        TEXT NOT NULL,
	notification        TEXT NOT NULL,
	face_url            TEXT NOT NULL,
	owner               TEXT NOT NULL,
	created_at          BIGINT NOT NULL,
	info_seq            BIGINT NOT NULL,
	last_info_at        BIGINT NOT NULL,
	member_num          BIGINT NOT NULL,
	max_member_num      BIGINT NOT NULL,
	apply_join_option   TEXT NOT NULL,
	invite_join_option  TEXT NOT NULL,
	mute_all            BIGINT NOT NULL,
	support_topic       BIGINT NOT NULL,
	enable_permission   BIGINT NOT NULL,
	default_permission  BIGINT NOT NULL,
	history_before_join BIGINT NOT NULL,
	app_defined_data    TEXT NOT NULL
);
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
) WITHOUT ROWID;
CREATE TABLE contact_group (
	id       INTEGER PRIMARY KEY AUTOINCREMENT,
	sdkappid BIGINT NOT NULL,
	user_id  TEXT NOT NULL,
	name     TEXT NOT NULL,
	UNIQUE (sdkappid, user_id, name)
);
CREATE TABLE conversation (
	id              INTEGER PRIMARY KEY AUTOINCREMENT,
	sdkappid        BIGINT NOT NULL,
	kind            TEXT NOT NULL,
	name            TEXT NOT NULL,
	next_seq        BIGINT NOT NULL DEFAULT 1,
	next_online_seq BIGINT NOT NULL DEFAULT 1,
	last_msg_at     BIGINT NOT NULL DEFAULT 0,
	revision        BIGINT NOT NULL DEFAULT 1,
	UNIQUE (sdkappid, kind, name)
);
CREATE TABLE counter (
	conversation BIGINT PRIMARY KEY,
	version      BIGINT NOT NULL,
	body         TEXT NOT NULL
);
CREATE TABLE do_not_disturb (
	sdkappid BIGINT NOT NULL,
	user_id  TEXT NOT NULL,
	start_at BIGINT NOT NULL, -- seconds, as the client gave them
	end_at   BIGINT NOT NULL,
	repeated BIGINT NOT NULL,
	level    BIGINT NOT NULL,
	PRIMARY KEY (sdkappid, user_id)
) WITHOUT ROWID;
CREATE TABLE event (
	id               INTEGER PRIMARY KEY AUTOINCREMENT,
	sdkappid         BIGINT NOT NULL,
	command          TEXT NOT NULL,
	conversation     TEXT NOT NULL,
	client_ip        TEXT NOT NULL,
	platform         TEXT NOT NULL,
	body             BLOB NOT NULL,
	recorded_at      BIGINT NOT NULL,
	state            BIGINT NOT NULL DEFAULT 0,
	attempts         BIGINT NOT NULL DEFAULT 0,
	first_attempt_at BIGINT NOT NULL DEFAULT 0,
	next_attempt_at  BIGINT NOT NULL DEFAULT 0,
	reason           TEXT NOT NULL DEFAULT ''
);
CREATE TABLE extended (
	conversation  BIGINT NOT NULL,
	seq           BIGINT NOT NULL,
	version       BIGINT NOT NULL,
	clear_version BIGINT NOT NULL,
	PRIMARY KEY (conversation, seq)
) WITHOUT ROWID;
CREATE TABLE extension (
	conversation BIGINT NOT NULL,
	seq          BIGINT NOT NULL,
	name         TEXT NOT NULL,
	value        TEXT NOT NULL,
	version      BIGINT NOT NULL,
	PRIMARY KEY (conversation, seq, name)
) WITHOUT ROWID;
CREATE TABLE follow (
	id          INTEGER PRIMARY KEY AUTOINCREMENT,
	sdkappid    BIGINT NOT NULL,
	user_id     TEXT NOT NULL,
	followed_id TEXT NOT NULL,
	followed_at BIGINT NOT NULL,
	UNIQUE (sdkappid, user_id, followed_id)
);
CREATE TABLE friend (
	id        INTEGER PRIMARY KEY AUTOINCREMENT,
	sdkappid  BIGINT NOT NULL,
	user_id   TEXT NOT NULL,
	friend_id TEXT NOT NULL,
	added_at  BIGINT NOT NULL,
	remark    TEXT NOT NULL,
	source    TEXT NOT NULL,
	wording   TEXT NOT NULL,
	custom    TEXT NOT NULL, -- a JSON object of tags and values
	UNIQUE (sdkappid, user_id, friend_id)
);
CREATE TABLE friend_group (
	id       INTEGER PRIMARY KEY AUTOINCREMENT,
	sdkappid BIGINT NOT NULL,
	user_id  TEXT NOT NULL,
	name     TEXT NOT NULL,
	UNIQUE (sdkappid, user_id, name)
);
CREATE TABLE friend_group_member (
	sdkappid  BIGINT NOT NULL,
	user_id   TEXT NOT NULL,
	friend_id TEXT NOT NULL,
	name      TEXT NOT NULL,
	PRIMARY KEY (sdkappid, user_id, friend_id, name)
) WITHOUT ROWID;
CREATE TABLE hidden (
	conversation BIGINT NOT NULL,
	user_id      TEXT NOT NULL,
	seq          BIGINT NOT NULL,
	sdkappid     BIGINT NOT NULL,
	PRIMARY KEY (conversation, user_id, seq)
) WITHOUT ROWID;
CREATE TABLE lease (
	part BIGINT PRIMARY KEY,
	node TEXT NOT NULL
);
CREATE TABLE leftover (
	conversation BIGINT PRIMARY KEY
);
CREATE TABLE member (
	id               INTEGER PRIMARY KEY AUTOINCREMENT,
	conversation     BIGINT NOT NULL,
	sdkappid         BIGINT NOT NULL,
	user_id          TEXT NOT NULL,
	role             TEXT NOT NULL,
	joined_at        BIGINT NOT NULL,
	read_seq         BIGINT NOT NULL,
	msg_flag         TEXT NOT NULL,
	last_send_at     BIGINT NOT NULL DEFAULT 0,
	name_card        TEXT NOT NULL,
	app_defined_data TEXT NOT NULL,
	UNIQUE (conversation, user_id)
);
CREATE TABLE message (
	id                INTEGER PRIMARY KEY AUTOINCREMENT,
	sdkappid          BIGINT NOT NULL,
	conversation      BIGINT NOT NULL,
	seq               BIGINT NOT NULL,
	sent_at           BIGINT NOT NULL,
	sender            TEXT NOT NULL,
	random            BIGINT NOT NULL,
	priority          BIGINT NOT NULL,
	flags             BIGINT NOT NULL,
	place             BIGINT NOT NULL,
	body              BLOB NOT NULL,
	cloud_custom_data TEXT NOT NULL,
	extra             TEXT NOT NULL, client_time BIGINT NOT NULL DEFAULT 0, client_seq BIGINT NOT NULL DEFAULT 0, version BIGINT NOT NULL DEFAULT 0, recall TEXT NOT NULL DEFAULT '', recalled_at BIGINT NOT NULL DEFAULT 0,
	UNIQUE (conversation, seq)
);
CREATE TABLE mute (
	conversation BIGINT NOT NULL,
	sdkappid     BIGINT NOT NULL,
	user_id      TEXT NOT NULL,
	until        BIGINT NOT NULL, -- Unix seconds
	PRIMARY KEY (conversation, user_id)
);
CREATE TABLE node (
	id         TEXT PRIMARY KEY,
	address    TEXT NOT NULL,
	started_at BIGINT NOT NULL,
	seen_at    BIGINT NOT NULL,
	report     TEXT NOT NULL -- JSON
);
CREATE TABLE notice (
	id       INTEGER PRIMARY KEY AUTOINCREMENT,
	sdkappid BIGINT NOT NULL,
	user_id  TEXT NOT NULL,
	sent_at  BIGINT NOT NULL,
	body     TEXT NOT NULL
);
CREATE TABLE official_account (
	conversation   BIGINT PRIMARY KEY,
	owner          TEXT NOT NULL,
	name           TEXT NOT NULL,
	introduction   TEXT NOT NULL,
	face_url       TEXT NOT NULL,
	organization   TEXT NOT NULL,
	custom_string  TEXT NOT NULL,
	max_subscriber BIGINT NOT NULL,
	subscriber_num BIGINT NOT NULL,
	created_at     BIGINT NOT NULL
);
CREATE TABLE parley_meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE pendency (
	id         INTEGER PRIMARY KEY AUTOINCREMENT,
	sdkappid   BIGINT NOT NULL,
	asker      TEXT NOT NULL,
	asked      TEXT NOT NULL,
	asked_at   BIGINT NOT NULL,
	source     TEXT NOT NULL,
	wording    TEXT NOT NULL,
	remark     TEXT NOT NULL,
	group_name TEXT NOT NULL,
	"both"     BIGINT NOT NULL,
	UNIQUE (sdkappid, asked, asker)
);
CREATE TABLE pin (
	id           INTEGER PRIMARY KEY AUTOINCREMENT,
	conversation BIGINT NOT NULL,
	seq          BIGINT NOT NULL,
	user_id      TEXT NOT NULL,
	pinned_at    BIGINT NOT NULL,
	UNIQUE (conversation, seq)
);
CREATE TABLE reaction (
	id           INTEGER PRIMARY KEY AUTOINCREMENT,
	sdkappid     BIGINT NOT NULL,
	conversation BIGINT NOT NULL,
	seq          BIGINT NOT NULL,
	name         TEXT NOT NULL,
	user_id      TEXT NOT NULL,
	UNIQUE (conversation, seq, name, user_id)
);
CREATE TABLE receipt (
	conversation BIGINT NOT NULL,
	seq          BIGINT NOT NULL,
	user_id      TEXT NOT NULL,
	sdkappid     BIGINT NOT NULL,
	PRIMARY KEY (conversation, seq, user_id)
) WITHOUT ROWID;
CREATE TABLE relay (
	id        INTEGER PRIMARY KEY AUTOINCREMENT,
	sdkappid  BIGINT NOT NULL,
	name      TEXT NOT NULL,
	stored_at BIGINT NOT NULL,
	body      BLOB NOT NULL,
	UNIQUE (sdkappid, name)
);
CREATE TABLE room_mark (
	conversation BIGINT NOT NULL,
	user_id      TEXT NOT NULL,
	mark         BIGINT NOT NULL,
	sdkappid     BIGINT NOT NULL,
	PRIMARY KEY (conversation, user_id, mark)
) WITHOUT ROWID;
CREATE TABLE sent (
	slot         BIGINT NOT NULL,
	hash         BIGINT NOT NULL,
	conversation BIGINT NOT NULL,
	seq          BIGINT NOT NULL,
	sent_at      BIGINT NOT NULL,
	PRIMARY KEY (slot, hash)
) WITHOUT ROWID;
CREATE TABLE session (
	id         INTEGER PRIMARY KEY AUTOINCREMENT,
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
	watched    TEXT NOT NULL DEFAULT '', node TEXT NOT NULL DEFAULT '', lost BIGINT NOT NULL DEFAULT 0, -- a JSON list of users whose status the client wants to hear of
	UNIQUE (sdkappid, key_hash)
);
CREATE TABLE subscriber (
	id            INTEGER PRIMARY KEY AUTOINCREMENT,
	conversation  BIGINT NOT NULL,
	sdkappid      BIGINT NOT NULL,
	user_id       TEXT NOT NULL,
	subscribed_at BIGINT NOT NULL,
	msg_flag      TEXT NOT NULL,
	custom_string TEXT NOT NULL, since_seq BIGINT NOT NULL DEFAULT 0,
	UNIQUE (conversation, user_id)
);
CREATE TABLE topic (
	conversation  BIGINT PRIMARY KEY,
	community     BIGINT NOT NULL,
	name          TEXT NOT NULL,
	face_url      TEXT NOT NULL,
	introduction  TEXT NOT NULL,
	notification  TEXT NOT NULL,
	custom_string TEXT NOT NULL,
	mute_all      BIGINT NOT NULL,
	created_at    BIGINT NOT NULL
);
CREATE TABLE topic_member (
	community BIGINT NOT NULL,
	user_id   TEXT NOT NULL,
	topic     BIGINT NOT NULL,
	sdkappid  BIGINT NOT NULL,
	read_seq  BIGINT NOT NULL DEFAULT -1, -- -1 while it is that of when he joined
	msg_flag  TEXT NOT NULL DEFAULT '',
	PRIMARY KEY (community, user_id, topic)
) WITHOUT ROWID;
CREATE INDEX application_by_age ON application (added_at);
CREATE INDEX application_by_applicant ON application (sdkappid, applicant, id);
CREATE INDEX application_by_joiner ON application (sdkappid, joiner);
CREATE INDEX application_by_place ON application (conversation, id);
CREATE INDEX ban_by_end ON ban (until);
CREATE INDEX ban_by_user ON ban (sdkappid, user_id);
CREATE INDEX block_by_blocked ON block (sdkappid, blocked_id);
CREATE INDEX block_by_place ON block (sdkappid, user_id, id);
CREATE INDEX chat_group_by_owner ON chat_group (owner);
CREATE INDEX chat_group_room ON chat_group (conversation) WHERE type = 'AVChatRoom';
CREATE INDEX contact_by_conversation ON contact (conversation, user_id);
CREATE INDEX event_by_app ON event (sdkappid, id);
CREATE INDEX event_given_up ON event (sdkappid, id, state) WHERE state >= 3;
CREATE INDEX event_parked ON event (next_attempt_at, sdkappid, state) WHERE state = 1;
CREATE INDEX event_pending ON event (sdkappid, conversation, id, state) WHERE state = 0;
CREATE INDEX follow_by_followed ON follow (sdkappid, followed_id, id);
CREATE INDEX follow_by_place ON follow (sdkappid, user_id, id);
CREATE INDEX friend_by_friend ON friend (sdkappid, friend_id, user_id);
CREATE INDEX friend_by_place ON friend (sdkappid, user_id, id);
CREATE INDEX friend_group_member_by_friend ON friend_group_member (sdkappid, friend_id);
CREATE INDEX hidden_by_message ON hidden (conversation, seq);
CREATE INDEX hidden_by_user ON hidden (sdkappid, user_id);
CREATE INDEX member_by_place ON member (conversation, id);
CREATE INDEX member_by_user ON member (sdkappid, user_id);
CREATE INDEX message_by_app ON message (sdkappid, id);
CREATE INDEX message_recalled ON message (conversation, recalled_at) WHERE recalled_at > 0;
CREATE INDEX message_uncounted ON message (conversation, seq) WHERE (flags & 1) <> 0 OR place <> 0;
CREATE INDEX mute_by_user ON mute (sdkappid, user_id);
CREATE INDEX notice_by_user ON notice (sdkappid, user_id, id);
CREATE INDEX pendency_by_asked ON pendency (sdkappid, asked, id);
CREATE INDEX pendency_by_asker ON pendency (sdkappid, asker, id);
CREATE INDEX reaction_by_user ON reaction (sdkappid, user_id);
CREATE INDEX receipt_by_user ON receipt (sdkappid, user_id);
CREATE INDEX relay_by_app ON relay (sdkappid, id);
CREATE INDEX room_mark_by_user ON room_mark (sdkappid, user_id);
CREATE INDEX session_by_end ON session (expires_at);
CREATE INDEX session_by_user ON session (sdkappid, user_id, id);
CREATE INDEX session_here ON session (node) WHERE (seen_at = 0 OR gone = 0);
CREATE INDEX subscriber_by_place ON subscriber (conversation, id);
CREATE INDEX subscriber_by_user ON subscriber (sdkappid, user_id);
CREATE INDEX topic_by_community ON topic (community, conversation);
CREATE INDEX topic_member_by_topic ON topic_member (topic, user_id);
CREATE INDEX topic_member_by_user ON topic_member (sdkappid, user_id);

INSERT INTO account VALUES (1400000001, 'alice', 'Alice', '', 1772366400000, '', '', 0);
INSERT INTO account VALUES (1400000001, 'bob', '', '', 1772366400000, '', '', 0);
INSERT INTO app VALUES (1400000001, 'secret', '["administrator"]', '{"blocked_words":[],"group_rate":77,"official_rate":1,"official_hourly":0,"rest_rate":-1,"max_web_instances":1,"head_of_line":600000000000,"report_refusals":true,"private_addresses":false,"message_retention":0,"event_retention":604800000000000,"attempt_retention":0}', '{"url":"https://example.com/","on":[],"mode":"retry","token":"","signing_secret":"","timeout":2000000000,"on_failure":"allow","commands":{}}', 1772366400000);
INSERT INTO attempt VALUES (1, 1, 1772366400000, 1000, 200, '', '{}');
INSERT INTO chat_group VALUES (1, 'Public', 'group', '', '', '', 'alice', 1772366400000, 0, 0, 1, 0, '', '', 0, 0, 0, 0, 0, '[{"Key":"k","Value":"it''s"}]');
INSERT INTO conversation VALUES (1, 1400000001, 'group', 'g', 3, 1, 1772366400000, 3);
INSERT INTO conversation VALUES (2, 1400000001, 'official', '@TOA#_o', 1, 1, 0, 1);
INSERT INTO event VALUES (1, 1400000001, 'c', 'group:g', '', 'RESTAPI', X'6F6E65', 1772366400000, 2, 1, 1772366400000, 0, '');
INSERT INTO event VALUES (2, 1400000001, 'c', 'group:g', '', 'RESTAPI', X'74776F', 1772366400000, 0, 0, 0, 0, '');
INSERT INTO member VALUES (1, 1, 1400000001, 'alice', 'Owner', 1772366400000, 2, 'AcceptAndNotify', 1772366400000, '', '[]');
INSERT INTO message VALUES (1, 1400000001, 1, 1, 1772366400000, 'alice', 7, 1, 1, 0, X'226F6E6522', 'it''s', '{"at":[{"all":true}],"push":"e30="}', 1772366400, 0, 0, '', 0);
INSERT INTO message VALUES (2, 1400000001, 1, 2, 1772366400000, 'alice', 7, 1, 1, 0, X'2274776F22', 'it''s', '{"at":[{"all":true}],"push":"e30="}', 1772366400, 0, 0, '', 0);
INSERT INTO mute VALUES (1, 1400000001, 'bob', 4294967295);
INSERT INTO official_account VALUES (2, '', 'official', '', '', '', '', 10, 1, 1772366400000);
INSERT INTO parley_meta VALUES ('installation', 'abcdefgh');
INSERT INTO parley_meta VALUES ('schema', '3');
INSERT INTO sent VALUES (5907888, -9062361144447773182, 1, 1, 1772366400000);
INSERT INTO sent VALUES (5907888, 1987966022748161676, 1, 2, 1772366400000);
INSERT INTO subscriber VALUES (1, 2, 1400000001, 'bob', 1772366400000, 'AcceptAndNotify', '', 0);
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES ('conversation', 2);
INSERT INTO sqlite_sequence VALUES ('event', 2);
INSERT INTO sqlite_sequence VALUES ('member', 1);
INSERT INTO sqlite_sequence VALUES ('message', 2);
INSERT INTO sqlite_sequence VALUES ('subscriber', 1);
