-- What single users did with the messages of a conversation.

-- Who acknowledged a message that asks for receipts.
CREATE TABLE receipt (
	conversation BIGINT NOT NULL,
	seq          BIGINT NOT NULL,
	user_id      TEXT NOT NULL,
	sdkappid     BIGINT NOT NULL,
	PRIMARY KEY (conversation, seq, user_id)
) {clustered};
CREATE INDEX receipt_by_user ON receipt (sdkappid, user_id);

-- Messages that a user has deleted for himself.
CREATE TABLE hidden (
	conversation BIGINT NOT NULL,
	user_id      TEXT NOT NULL,
	seq          BIGINT NOT NULL,
	sdkappid     BIGINT NOT NULL,
	PRIMARY KEY (conversation, user_id, seq)
) {clustered};
CREATE INDEX hidden_by_message ON hidden (conversation, seq);
CREATE INDEX hidden_by_user ON hidden (sdkappid, user_id);
