-- What clients bring. Times are Unix milliseconds unless a column says otherwise.

-- How messages are named on the clients' side.

ALTER TABLE message ADD COLUMN client_time BIGINT NOT NULL DEFAULT 0; -- Unix seconds
ALTER TABLE message ADD COLUMN client_seq BIGINT NOT NULL DEFAULT 0;
ALTER TABLE message ADD COLUMN version BIGINT NOT NULL DEFAULT 0;
ALTER TABLE message ADD COLUMN recall {text} NOT NULL DEFAULT '';
ALTER TABLE message ADD COLUMN recalled_at BIGINT NOT NULL DEFAULT 0;
CREATE INDEX message_recalled ON message (conversation, recalled_at) WHERE recalled_at > 0;

-- A login of a client. Its key is the hash of the token that the client holds.
CREATE TABLE session (
	id         {identity},
	sdkappid   BIGINT NOT NULL,
	key_hash   {text} NOT NULL,
	user_id    {text} NOT NULL,
	platform   {text} NOT NULL,
	client_ip  {text} NOT NULL,
	login_at   BIGINT NOT NULL,
	expires_at BIGINT NOT NULL,
	seen_at    BIGINT NOT NULL DEFAULT 0, -- 0 while connected
	gone       BIGINT NOT NULL DEFAULT 0,
	kicked     BIGINT NOT NULL DEFAULT 0,
	watched    {text} NOT NULL DEFAULT '', -- a JSON list of users whose status the client wants to hear of
	UNIQUE (sdkappid, key_hash)
);
CREATE INDEX session_by_user ON session (sdkappid, user_id, id);
CREATE INDEX session_by_end ON session (expires_at);

CREATE TABLE notice (
	id       {identity},
	sdkappid BIGINT NOT NULL,
	user_id  {text} NOT NULL,
	sent_at  BIGINT NOT NULL,
	body     {text} NOT NULL
);
CREATE INDEX notice_by_user ON notice (sdkappid, user_id, id);

-- What a profile says beside nick and face: a JSON object of tags and values.
ALTER TABLE account ADD COLUMN profile {text} NOT NULL DEFAULT '';
ALTER TABLE account ADD COLUMN custom_status {text} NOT NULL DEFAULT '';
-- Until when the user has read the requests of those who want to be friends.
ALTER TABLE account ADD COLUMN pendency_read_at BIGINT NOT NULL DEFAULT 0;

-- One entry of a user's list of friends; the friend's own list may lack him.
CREATE TABLE friend (
	id        {identity},
	sdkappid  BIGINT NOT NULL,
	user_id   {text} NOT NULL,
	friend_id {text} NOT NULL,
	added_at  BIGINT NOT NULL,
	remark    {text} NOT NULL,
	source    {text} NOT NULL,
	wording   {text} NOT NULL,
	custom    {text} NOT NULL, -- a JSON object of tags and values
	UNIQUE (sdkappid, user_id, friend_id)
);
CREATE INDEX friend_by_place ON friend (sdkappid, user_id, id);
CREATE INDEX friend_by_friend ON friend (sdkappid, friend_id, user_id);

CREATE TABLE friend_group (
	id       {identity},
	sdkappid BIGINT NOT NULL,
	user_id  {text} NOT NULL,
	name     {text} NOT NULL,
	UNIQUE (sdkappid, user_id, name)
);

CREATE TABLE friend_group_member (
	sdkappid  BIGINT NOT NULL,
	user_id   {text} NOT NULL,
	friend_id {text} NOT NULL,
	name      {text} NOT NULL,
	PRIMARY KEY (sdkappid, user_id, friend_id, name)
) {clustered};
CREATE INDEX friend_group_member_by_friend ON friend_group_member (sdkappid, friend_id);

-- A request to be friends that waits for its answer, and what the asker wants to be
-- noted when it is accepted.
CREATE TABLE pendency (
	id         {identity},
	sdkappid   BIGINT NOT NULL,
	asker      {text} NOT NULL,
	asked      {text} NOT NULL,
	asked_at   BIGINT NOT NULL,
	source     {text} NOT NULL,
	wording    {text} NOT NULL,
	remark     {text} NOT NULL,
	group_name {text} NOT NULL,
	"both"     BIGINT NOT NULL,
	UNIQUE (sdkappid, asked, asker)
);
CREATE INDEX pendency_by_asker ON pendency (sdkappid, asker, id);
CREATE INDEX pendency_by_asked ON pendency (sdkappid, asked, id);

CREATE TABLE block (
	id         {identity},
	sdkappid   BIGINT NOT NULL,
	user_id    {text} NOT NULL,
	blocked_id {text} NOT NULL,
	blocked_at BIGINT NOT NULL,
	UNIQUE (sdkappid, user_id, blocked_id)
);
CREATE INDEX block_by_place ON block (sdkappid, user_id, id);
CREATE INDEX block_by_blocked ON block (sdkappid, blocked_id);

CREATE TABLE follow (
	id          {identity},
	sdkappid    BIGINT NOT NULL,
	user_id     {text} NOT NULL,
	followed_id {text} NOT NULL,
	followed_at BIGINT NOT NULL,
	UNIQUE (sdkappid, user_id, followed_id)
);
CREATE INDEX follow_by_place ON follow (sdkappid, user_id, id);
CREATE INDEX follow_by_followed ON follow (sdkappid, followed_id, id);

-- A user's own view of a conversation. Of two users both have a row from the first
-- message on; of a group or an official account, who does something with the
-- conversation.
CREATE TABLE contact (
	sdkappid       BIGINT NOT NULL,
	user_id        {text} NOT NULL,
	conversation   BIGINT NOT NULL,
	kind           {text} NOT NULL,
	name           {text} NOT NULL, -- the peer, the group or the official account
	read_seq       BIGINT NOT NULL DEFAULT 0,
	read_time      BIGINT NOT NULL DEFAULT 0, -- Unix seconds
	cleared_seq    BIGINT NOT NULL DEFAULT 0,
	hidden_seq     BIGINT NOT NULL DEFAULT 0,
	pinned_at      BIGINT NOT NULL DEFAULT 0,
	recv_option    BIGINT NOT NULL DEFAULT 0,
	standard_mark  BIGINT NOT NULL DEFAULT 0, -- 64 bits
	custom_mark    {text} NOT NULL DEFAULT '',
	contact_groups {text} NOT NULL DEFAULT '',
	PRIMARY KEY (sdkappid, user_id, conversation)
) {clustered};
CREATE INDEX contact_by_conversation ON contact (conversation, user_id);

CREATE TABLE contact_group (
	id       {identity},
	sdkappid BIGINT NOT NULL,
	user_id  {text} NOT NULL,
	name     {text} NOT NULL,
	UNIQUE (sdkappid, user_id, name)
);

CREATE TABLE do_not_disturb (
	sdkappid BIGINT NOT NULL,
	user_id  {text} NOT NULL,
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

-- Who waits to be let into a group. kind: 0 applies, 2 is invited by applicant.
CREATE TABLE application (
	id             {identity},
	sdkappid       BIGINT NOT NULL,
	conversation   BIGINT NOT NULL,
	kind           BIGINT NOT NULL,
	applicant      {text} NOT NULL,
	joiner         {text} NOT NULL,
	note           {text} NOT NULL,
	authentication {text} NOT NULL,
	added_at       BIGINT NOT NULL,
	UNIQUE (conversation, kind, joiner)
);
CREATE INDEX application_by_place ON application (conversation, id);
CREATE INDEX application_by_joiner ON application (sdkappid, joiner);
CREATE INDEX application_by_applicant ON application (sdkappid, applicant, id);
CREATE INDEX application_by_age ON application (added_at);

-- Who acknowledged a message that asks for receipts.
CREATE TABLE receipt (
	conversation BIGINT NOT NULL,
	seq          BIGINT NOT NULL,
	user_id      {text} NOT NULL,
	sdkappid     BIGINT NOT NULL,
	PRIMARY KEY (conversation, seq, user_id)
) {clustered};
CREATE INDEX receipt_by_user ON receipt (sdkappid, user_id);

-- Messages that a user has deleted for himself.
CREATE TABLE hidden (
	conversation BIGINT NOT NULL,
	user_id      {text} NOT NULL,
	seq          BIGINT NOT NULL,
	sdkappid     BIGINT NOT NULL,
	PRIMARY KEY (conversation, user_id, seq)
) {clustered};
CREATE INDEX hidden_by_message ON hidden (conversation, seq);
CREATE INDEX hidden_by_user ON hidden (sdkappid, user_id);

-- All attributes of a group as JSON: they are few, and read and pushed together.
CREATE TABLE attribute (
	conversation BIGINT PRIMARY KEY,
	version      BIGINT NOT NULL,
	body         {text} NOT NULL
);

CREATE TABLE counter (
	conversation BIGINT PRIMARY KEY,
	version      BIGINT NOT NULL,
	body         {text} NOT NULL
);

CREATE TABLE pin (
	id           {identity},
	conversation BIGINT NOT NULL,
	seq          BIGINT NOT NULL,
	user_id      {text} NOT NULL,
	pinned_at    BIGINT NOT NULL,
	UNIQUE (conversation, seq)
);

CREATE TABLE reaction (
	id           {identity},
	sdkappid     BIGINT NOT NULL,
	conversation BIGINT NOT NULL,
	seq          BIGINT NOT NULL,
	name         {text} NOT NULL,
	user_id      {text} NOT NULL,
	UNIQUE (conversation, seq, name, user_id)
);
CREATE INDEX reaction_by_user ON reaction (sdkappid, user_id);

-- Key-value pairs of a message. A pair that was deleted stays without a value, so
-- that readers who know it learn of its end.
CREATE TABLE extension (
	conversation BIGINT NOT NULL,
	seq          BIGINT NOT NULL,
	name         {text} NOT NULL,
	value        {text} NOT NULL,
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
	name      {text} NOT NULL,
	stored_at BIGINT NOT NULL,
	body      {bytes} NOT NULL,
	UNIQUE (sdkappid, name)
);
CREATE INDEX relay_by_app ON relay (sdkappid, id);

-- Topics of communities. Their messages are those of a conversation of their own,
-- their members the community's.
CREATE TABLE topic (
	conversation  BIGINT PRIMARY KEY,
	community     BIGINT NOT NULL,
	name          {text} NOT NULL,
	face_url      {text} NOT NULL,
	introduction  {text} NOT NULL,
	notification  {text} NOT NULL,
	custom_string {text} NOT NULL,
	mute_all      BIGINT NOT NULL,
	created_at    BIGINT NOT NULL
);
CREATE INDEX topic_by_community ON topic (community, conversation);

-- What a member of a community has of his own in a topic, as far as he has anything.
CREATE TABLE topic_member (
	community BIGINT NOT NULL,
	user_id   {text} NOT NULL,
	topic     BIGINT NOT NULL,
	sdkappid  BIGINT NOT NULL,
	read_seq  BIGINT NOT NULL DEFAULT -1, -- -1 while it is that of when he joined
	msg_flag  {text} NOT NULL DEFAULT '',
	PRIMARY KEY (community, user_id, topic)
) {clustered};
CREATE INDEX topic_member_by_topic ON topic_member (topic, user_id);
CREATE INDEX topic_member_by_user ON topic_member (sdkappid, user_id);

CREATE INDEX chat_group_room ON chat_group (conversation) WHERE type = 'AVChatRoom';

-- Who must not enter an AVChatRoom.
CREATE TABLE ban (
	conversation BIGINT NOT NULL,
	user_id      {text} NOT NULL,
	sdkappid     BIGINT NOT NULL,
	until        BIGINT NOT NULL, -- Unix seconds
	PRIMARY KEY (conversation, user_id)
);
CREATE INDEX ban_by_user ON ban (sdkappid, user_id);
CREATE INDEX ban_by_end ON ban (until);
