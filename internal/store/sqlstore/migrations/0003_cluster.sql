-- What several servers on one database need. Times are the database's own.

CREATE TABLE node (
	id         {text} PRIMARY KEY,
	address    {text} NOT NULL,
	started_at BIGINT NOT NULL,
	seen_at    BIGINT NOT NULL,
	report     {text} NOT NULL -- JSON
);

-- Which node delivers the webhook events of a part of all conversations. It holds
-- the part for as long as it has a row in node.
CREATE TABLE lease (
	part BIGINT PRIMARY KEY,
	node {text} NOT NULL
);

-- The node to which a client is connected, or was last.
ALTER TABLE session ADD COLUMN node {text} NOT NULL DEFAULT '';
-- 1 from the loss of that node until the client is back: meanwhile it is offline.
ALTER TABLE session ADD COLUMN lost BIGINT NOT NULL DEFAULT 0;
CREATE INDEX session_here ON session (node) WHERE (seen_at = 0 OR gone = 0);

-- What members of AVChatRooms carry while they are members.
CREATE TABLE room_mark (
	conversation BIGINT NOT NULL,
	user_id      {text} NOT NULL,
	mark         BIGINT NOT NULL,
	sdkappid     BIGINT NOT NULL,
	PRIMARY KEY (conversation, user_id, mark)
) {clustered};
CREATE INDEX room_mark_by_user ON room_mark (sdkappid, user_id);
