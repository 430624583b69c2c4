-- Profiles and relations between users. Times are Unix milliseconds unless a column
-- says otherwise.

-- What a profile says beside nick and face: a JSON object of tags and values.
ALTER TABLE account ADD COLUMN profile TEXT NOT NULL DEFAULT '';
ALTER TABLE account ADD COLUMN custom_status TEXT NOT NULL DEFAULT '';
-- Until when the user has read the requests of those who want to be friends.
ALTER TABLE account ADD COLUMN pendency_read_at BIGINT NOT NULL DEFAULT 0;

-- Whose status the client wants to hear of: a JSON list of users.
ALTER TABLE session ADD COLUMN watched TEXT NOT NULL DEFAULT '';

-- One entry of a user's list of friends; the friend's own list may lack him.
CREATE TABLE friend (
	id        {identity},
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
CREATE INDEX friend_by_place ON friend (sdkappid, user_id, id);
CREATE INDEX friend_by_friend ON friend (sdkappid, friend_id, user_id);

CREATE TABLE friend_group (
	id       {identity},
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
) {clustered};
CREATE INDEX friend_group_member_by_friend ON friend_group_member (sdkappid, friend_id);

-- A request to be friends that waits for its answer, and what the asker wants to be
-- noted when it is accepted.
CREATE TABLE pendency (
	id         {identity},
	sdkappid   BIGINT NOT NULL,
	asker      TEXT NOT NULL,
	asked      TEXT NOT NULL,
	asked_at   BIGINT NOT NULL,
	source     TEXT NOT NULL,
	wording    TEXT NOT NULL,
	remark     TEXT NOT NULL,
	group_name TEXT NOT NULL,
	both       BIGINT NOT NULL,
	UNIQUE (sdkappid, asked, asker)
);
CREATE INDEX pendency_by_asker ON pendency (sdkappid, asker, id);
CREATE INDEX pendency_by_asked ON pendency (sdkappid, asked, id);

CREATE TABLE block (
	id         {identity},
	sdkappid   BIGINT NOT NULL,
	user_id    TEXT NOT NULL,
	blocked_id TEXT NOT NULL,
	blocked_at BIGINT NOT NULL,
	UNIQUE (sdkappid, user_id, blocked_id)
);
CREATE INDEX block_by_place ON block (sdkappid, user_id, id);
CREATE INDEX block_by_blocked ON block (sdkappid, blocked_id);

CREATE TABLE follow (
	id          {identity},
	sdkappid    BIGINT NOT NULL,
	user_id     TEXT NOT NULL,
	followed_id TEXT NOT NULL,
	followed_at BIGINT NOT NULL,
	UNIQUE (sdkappid, user_id, followed_id)
);
CREATE INDEX follow_by_place ON follow (sdkappid, user_id, id);
CREATE INDEX follow_by_followed ON follow (sdkappid, followed_id, id);
