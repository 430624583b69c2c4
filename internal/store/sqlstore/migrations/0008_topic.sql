-- Topics of communities. Their messages are those of a conversation of their own,
-- their members the community's. Times are Unix milliseconds.

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
CREATE INDEX topic_by_community ON topic (community, conversation);

-- What a member of a community has of his own in a topic, as far as he has anything.
CREATE TABLE topic_member (
	community BIGINT NOT NULL,
	user_id   TEXT NOT NULL,
	topic     BIGINT NOT NULL,
	sdkappid  BIGINT NOT NULL,
	read_seq  BIGINT NOT NULL DEFAULT -1, -- -1 while it is that of when he joined
	msg_flag  TEXT NOT NULL DEFAULT '',
	PRIMARY KEY (community, user_id, topic)
) {clustered};
CREATE INDEX topic_member_by_topic ON topic_member (topic, user_id);
CREATE INDEX topic_member_by_user ON topic_member (sdkappid, user_id);
