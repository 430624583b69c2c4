-- What only AVChatRooms have.

CREATE INDEX chat_group_room ON chat_group (conversation) WHERE type = 'AVChatRoom';

-- Who must not enter.
CREATE TABLE ban (
	conversation BIGINT NOT NULL,
	user_id      TEXT NOT NULL,
	sdkappid     BIGINT NOT NULL,
	until        BIGINT NOT NULL, -- Unix seconds
	PRIMARY KEY (conversation, user_id)
);
CREATE INDEX ban_by_user ON ban (sdkappid, user_id);
CREATE INDEX ban_by_end ON ban (until);
