-- What several servers on one database need. Times are the database's own.

CREATE TABLE node (
	id         {text} PRIMARY KEY,
	address    {text} NOT NULL,
	started_at BIGINT NOT NULL,
	seen_at    BIGINT NOT NULL
);

-- Which node delivers the webhook events of a lane, which is a part of all
-- conversations.
CREATE TABLE lease (
	lane       BIGINT PRIMARY KEY,
	node       {text} NOT NULL,
	expires_at BIGINT NOT NULL
);

-- The node to which a client is connected, or was last.
ALTER TABLE session ADD COLUMN node {text} NOT NULL DEFAULT '';
CREATE INDEX session_connected ON session (node, sdkappid) WHERE seen_at = 0;
