-- What users agree on beside the messages of a conversation, and what they attach
-- to them. Times are Unix milliseconds.

-- All attributes of a group as JSON: they are few, and read and pushed together.
CREATE TABLE attribute (
	conversation BIGINT PRIMARY KEY,
	version      BIGINT NOT NULL,
	body         TEXT NOT NULL
);

CREATE TABLE counter (
	conversation BIGINT PRIMARY KEY,
	version      BIGINT NOT NULL,
	body         TEXT NOT NULL
);

CREATE TABLE pin (
	id           {identity},
	conversation BIGINT NOT NULL,
	seq          BIGINT NOT NULL,
	user_id      TEXT NOT NULL,
	pinned_at    BIGINT NOT NULL,
	UNIQUE (conversation, seq)
);

CREATE TABLE reaction (
	id           {identity},
	sdkappid     BIGINT NOT NULL,
	conversation BIGINT NOT NULL,
	seq          BIGINT NOT NULL,
	name         TEXT NOT NULL,
	user_id      TEXT NOT NULL,
	UNIQUE (conversation, seq, name, user_id)
);
CREATE INDEX reaction_by_user ON reaction (sdkappid, user_id);

-- Key-value pairs of a message. A pair that was deleted stays without a value, so
-- that readers who know it learn of its end.
CREATE TABLE extension (
	conversation BIGINT NOT NULL,
	seq          BIGINT NOT NULL,
	name         TEXT NOT NULL,
	value        TEXT NOT NULL,
	version      BIGINT NOT NULL,
	PRIMARY KEY (conversation, seq, name)
) {clustered};

-- How often the pairs of a message were changed, and when all were deleted.
CREATE TABLE extended (
	conversation  BIGINT NOT NULL,
	seq           BIGINT NOT NULL,
	version       BIGINT NOT NULL,
	clear_version BIGINT NOT NULL,
	PRIMARY KEY (conversation, seq)
) {clustered};

-- Merged messages that are too long to be sent.
CREATE TABLE relay (
	id        {identity},
	sdkappid  BIGINT NOT NULL,
	name      TEXT NOT NULL,
	stored_at BIGINT NOT NULL,
	body      {bytes} NOT NULL,
	UNIQUE (sdkappid, name)
);
CREATE INDEX relay_by_app ON relay (sdkappid, id);
