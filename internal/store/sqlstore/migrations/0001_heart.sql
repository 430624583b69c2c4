-- Text in braces is replaced by each engine's own word. Times are Unix
-- milliseconds unless a column says otherwise.

CREATE TABLE app (
	sdkappid       BIGINT PRIMARY KEY,
	secret_key     {text} NOT NULL,
	administrators {text} NOT NULL,
	settings       {text} NOT NULL,
	webhook        {text} NOT NULL,
	created_at     BIGINT NOT NULL
);

CREATE TABLE account (
	sdkappid   BIGINT NOT NULL,
	user_id    {text} NOT NULL,
	nick       {text} NOT NULL DEFAULT '',
	face_url   {text} NOT NULL DEFAULT '',
	created_at BIGINT NOT NULL,
	PRIMARY KEY (sdkappid, user_id)
);

-- A stream of messages: its counters, and the revision of all that decides who
-- may send into it.
CREATE TABLE conversation (
	id              {identity},
	sdkappid        BIGINT NOT NULL,
	kind            {text} NOT NULL,
	name            {text} NOT NULL,
	next_seq        BIGINT NOT NULL DEFAULT 1,
	next_online_seq BIGINT NOT NULL DEFAULT 1,
	last_msg_at     BIGINT NOT NULL DEFAULT 0,
	revision        BIGINT NOT NULL DEFAULT 1,
	UNIQUE (sdkappid, kind, name)
);

CREATE TABLE chat_group (
	conversation        BIGINT PRIMARY KEY,
	type                {text} NOT NULL,
	name                {text} NOT NULL,
	introduction        {text} NOT NULL,
	notification        {text} NOT NULL,
	face_url            {text} NOT NULL,
	owner               {text} NOT NULL,
	created_at          BIGINT NOT NULL,
	info_seq            BIGINT NOT NULL,
	last_info_at        BIGINT NOT NULL,
	member_num          BIGINT NOT NULL,
	max_member_num      BIGINT NOT NULL,
	apply_join_option   {text} NOT NULL,
	invite_join_option  {text} NOT NULL,
	mute_all            BIGINT NOT NULL,
	support_topic       BIGINT NOT NULL,
	enable_permission   BIGINT NOT NULL,
	default_permission  BIGINT NOT NULL,
	history_before_join BIGINT NOT NULL,
	app_defined_data    {text} NOT NULL
);
CREATE INDEX chat_group_by_owner ON chat_group (owner);

CREATE TABLE member (
	id               {identity},
	conversation     BIGINT NOT NULL,
	sdkappid         BIGINT NOT NULL,
	user_id          {text} NOT NULL,
	role             {text} NOT NULL,
	joined_at        BIGINT NOT NULL,
	read_seq         BIGINT NOT NULL,
	msg_flag         {text} NOT NULL,
	last_send_at     BIGINT NOT NULL DEFAULT 0,
	name_card        {text} NOT NULL,
	app_defined_data {text} NOT NULL,
	UNIQUE (conversation, user_id)
);
CREATE INDEX member_by_place ON member (conversation, id);
CREATE INDEX member_by_user ON member (sdkappid, user_id);

-- A mute outlasts leaving and entering again.
CREATE TABLE mute (
	conversation BIGINT NOT NULL,
	sdkappid     BIGINT NOT NULL,
	user_id      {text} NOT NULL,
	until        BIGINT NOT NULL, -- Unix seconds
	PRIMARY KEY (conversation, user_id)
);
CREATE INDEX mute_by_user ON mute (sdkappid, user_id);

-- Rows stand in the order of sending, not clustered by conversation: a batch of
-- sends then dirties few pages.
CREATE TABLE message (
	id                {row id},
	sdkappid          BIGINT NOT NULL,
	conversation      BIGINT NOT NULL,
	seq               BIGINT NOT NULL,
	sent_at           BIGINT NOT NULL,
	sender            {text} NOT NULL,
	random            BIGINT NOT NULL,
	priority          BIGINT NOT NULL,
	flags             BIGINT NOT NULL,
	place             BIGINT NOT NULL,
	body              {bytes} NOT NULL,
	cloud_custom_data {any text} NOT NULL,
	extra             {text} NOT NULL,
	UNIQUE (conversation, seq{message key})
){message parts};
CREATE INDEX message_by_app ON message (sdkappid, id);

-- Sends of the last minutes, by the hash of who said what where. A slot is a
-- span of time, so that old rows leave together.
CREATE TABLE sent (
	slot         BIGINT NOT NULL,
	hash         BIGINT NOT NULL,
	conversation BIGINT NOT NULL,
	seq          BIGINT NOT NULL,
	sent_at      BIGINT NOT NULL,
	PRIMARY KEY (slot, hash)
) {clustered};

CREATE TABLE official_account (
	conversation   BIGINT PRIMARY KEY,
	owner          {text} NOT NULL,
	name           {text} NOT NULL,
	introduction   {text} NOT NULL,
	face_url       {text} NOT NULL,
	organization   {text} NOT NULL,
	custom_string  {text} NOT NULL,
	max_subscriber BIGINT NOT NULL,
	subscriber_num BIGINT NOT NULL,
	created_at     BIGINT NOT NULL
);

CREATE TABLE subscriber (
	id            {identity},
	conversation  BIGINT NOT NULL,
	sdkappid      BIGINT NOT NULL,
	user_id       {text} NOT NULL,
	subscribed_at BIGINT NOT NULL,
	msg_flag      {text} NOT NULL,
	custom_string {text} NOT NULL,
	UNIQUE (conversation, user_id)
);
CREATE INDEX subscriber_by_place ON subscriber (conversation, id);
CREATE INDEX subscriber_by_user ON subscriber (sdkappid, user_id);

-- The outbox and the delivery log. state: 0 pending, 1 parked, 2 delivered,
-- 3 failed, 4 dead.
CREATE TABLE event (
	id               {row id},
	sdkappid         BIGINT NOT NULL,
	command          {text} NOT NULL,
	conversation     {text} NOT NULL,
	client_ip        {text} NOT NULL,
	platform         {text} NOT NULL,
	body             {bytes} NOT NULL,
	recorded_at      BIGINT NOT NULL,
	state            BIGINT NOT NULL DEFAULT 0,
	attempts         BIGINT NOT NULL DEFAULT 0,
	first_attempt_at BIGINT NOT NULL DEFAULT 0,
	next_attempt_at  BIGINT NOT NULL DEFAULT 0,
	reason           {text} NOT NULL DEFAULT ''{event key}
){event parts};
-- state stands in these indexes too, so that counting reads nothing else.
CREATE INDEX event_pending ON event (sdkappid, conversation, id, state) WHERE state = 0;
CREATE INDEX event_parked ON event (next_attempt_at, sdkappid, state) WHERE state = 1;
CREATE INDEX event_given_up ON event (sdkappid, id, state) WHERE state >= 3;
CREATE INDEX event_by_app ON event (sdkappid, id);

CREATE TABLE attempt (
	event_id    BIGINT NOT NULL,
	number      BIGINT NOT NULL,
	started_at  BIGINT NOT NULL,
	duration_us BIGINT NOT NULL,
	status      BIGINT NOT NULL,
	reason      {text} NOT NULL,
	reply       {text} NOT NULL,
	PRIMARY KEY (event_id, number{attempt key})
) {clustered}{attempt parts};

-- Conversations that are gone and whose rows are still to be deleted.
CREATE TABLE leftover (
	conversation BIGINT PRIMARY KEY
);
