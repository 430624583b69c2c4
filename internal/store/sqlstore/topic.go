package sqlstore

import (
	"context"
	"database/sql"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/store"
)

// CreateTopic stores a new topic.
func (t *tx) CreateTopic(ctx context.Context, app chat.SDKAppID, community int64, topic *chat.Topic) error {
	id, err := t.createConversation(ctx, app, chat.Conversation{Kind: chat.KindTopic, ID: topic.ID})
	if err != nil {
		return err
	}
	topic.Conversation = id
	_, err = t.exec(ctx, `INSERT INTO topic (name, face_url, introduction, notification, custom_string, mute_all, conversation, community, created_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`, append(topicProfile(topic), id, community, millis(topic.CreateTime))...)
	return err
}

// topicProfile is the values of what can change of a topic.
func topicProfile(t *chat.Topic) []any {
	return []any{t.Name, t.FaceURL, t.Introduction, t.Notification, t.CustomString, bit(t.MuteAll)}
}

const topicColumns = `SELECT t.conversation, c.name, t.name, t.face_url, t.introduction, t.notification, t.custom_string, t.mute_all,
	t.created_at, c.last_msg_at, c.next_seq FROM topic t JOIN conversation c ON c.id = t.conversation WHERE t.community = ?`

func scanTopic(scan func(...any) error) (chat.Topic, error) {
	var t chat.Topic
	var created, last int64
	err := scan(&t.Conversation, &t.ID, &t.Name, &t.FaceURL, &t.Introduction, &t.Notification, &t.CustomString, &t.MuteAll,
		&created, &last, &t.NextMsgSeq)
	t.CreateTime, t.LastMsgTime = fromMillis(created), fromMillis(last)
	return t, err
}

// Topic reads one topic of a community.
func (t *tx) Topic(ctx context.Context, community int64, topicID string) (*chat.Topic, error) {
	// The name is unique within its app only, which is the community's.
	topic, err := scanRow(ctx, t, scanTopic, topicColumns+` AND c.kind = 'topic' AND c.name = ?
		AND c.sdkappid = (SELECT sdkappid FROM conversation WHERE id = t.community)`, community, topicID)
	if err != nil {
		return nil, notFound(err)
	}
	return &topic, nil
}

// ListTopics returns the topics of a community.
func (t *tx) ListTopics(ctx context.Context, community int64) ([]chat.Topic, error) {
	topics := []chat.Topic{}
	err := t.each(ctx, func(rows *sql.Rows) error {
		topic, err := scanTopic(rows.Scan)
		topics = append(topics, topic)
		return err
	}, topicColumns+" ORDER BY t.conversation LIMIT ?", community, chat.MaxTopics)
	return topics, err
}

// CountTopics returns how many topics a community has.
func (t *tx) CountTopics(ctx context.Context, community int64) (int, error) {
	var n int
	err := t.queryRow(ctx, "SELECT COUNT(*) FROM topic WHERE community = ?", []any{community}, &n)
	return n, err
}

// UpdateTopic stores a topic's profile.
func (t *tx) UpdateTopic(ctx context.Context, topic *chat.Topic) error {
	_, err := t.exec(ctx, `UPDATE topic SET name = ?, face_url = ?, introduction = ?, notification = ?, custom_string = ?, mute_all = ?
		WHERE conversation = ?`, append(topicProfile(topic), topic.Conversation)...)
	if err != nil {
		return err
	}
	return t.Touch(ctx, topic.Conversation)
}

// DeleteTopic removes a topic.
func (t *tx) DeleteTopic(ctx context.Context, topic *chat.Topic) error {
	if _, err := t.exec(ctx, "DELETE FROM topic WHERE conversation = ?", topic.Conversation); err != nil {
		return err
	}
	return t.deleteConversation(ctx, topic.Conversation)
}

// deleteTopics removes all topics of a community.
func (t *tx) deleteTopics(ctx context.Context, community int64) error {
	for _, query := range []string{
		"INSERT INTO leftover (conversation) SELECT conversation FROM topic WHERE community = ?",
		"DELETE FROM conversation WHERE id IN (SELECT conversation FROM topic WHERE community = ?)",
		"DELETE FROM topic WHERE community = ?",
	} {
		if _, err := t.exec(ctx, query, community); err != nil {
			return err
		}
	}
	return nil
}

// TopicSender reads what a send into a topic must know.
func (t *tx) TopicSender(ctx context.Context, app chat.SDKAppID, groupID, topicID, userID string) (store.Sender, error) {
	var s store.Sender
	err := t.queryRow(ctx, `SELECT c.id, c.revision + o.revision, g.conversation, g.type, g.mute_all + t.mute_all > 0, g.member_num,
		COALESCE(m.role, 'NotMember'), CASE WHEN COALESCE(u.until, 0) > COALESCE(w.until, 0) THEN u.until ELSE COALESCE(w.until, 0) END,
		a.user_id IS NOT NULL
		FROM conversation c JOIN topic t ON t.conversation = c.id
		JOIN conversation o ON o.id = t.community JOIN chat_group g ON g.conversation = o.id
		LEFT JOIN member m ON m.conversation = o.id AND m.user_id = ?
		LEFT JOIN mute u ON u.conversation = o.id AND u.user_id = ?
		LEFT JOIN mute w ON w.conversation = c.id AND w.user_id = ?
		LEFT JOIN account a ON a.sdkappid = c.sdkappid AND a.user_id = ?
		WHERE c.sdkappid = ? AND c.kind = 'topic' AND c.name = ? AND o.name = ?`,
		[]any{userID, userID, userID, userID, int64(app), topicID, groupID},
		&s.Conversation, &s.Revision, &s.Community, &s.Type, &s.MuteAll, &s.MemberNum, &s.Role, &s.MuteUntil, &s.Imported)
	return s, notFound(err)
}

// TopicState reads what a user has in one topic.
func (t *tx) TopicState(ctx context.Context, community, topic int64, userID string) (store.TopicState, error) {
	s := store.TopicState{Topic: topic}
	err := t.queryRow(ctx, `SELECT COALESCE(m.read_seq, -1), COALESCE(m.msg_flag, ''), COALESCE(u.until, 0)
		FROM (SELECT CAST(? AS BIGINT) AS community, CAST(? AS BIGINT) AS topic, CAST(? AS TEXT) AS user_id) q
		LEFT JOIN topic_member m ON m.community = q.community AND m.user_id = q.user_id AND m.topic = q.topic
		LEFT JOIN mute u ON u.conversation = q.topic AND u.user_id = q.user_id`,
		[]any{community, topic, userID}, &s.ReadSeq, &s.MsgFlag, &s.MuteUntil)
	return s, err
}

// TopicStates reads what a user has in the topics of a community.
func (t *tx) TopicStates(ctx context.Context, community int64, userID string) (map[int64]store.TopicState, error) {
	states := make(map[int64]store.TopicState)
	err := t.each(ctx, func(rows *sql.Rows) error {
		var s store.TopicState
		err := rows.Scan(&s.Topic, &s.ReadSeq, &s.MsgFlag, &s.MuteUntil)
		states[s.Topic] = s
		return err
	}, `SELECT t.conversation, COALESCE(m.read_seq, -1), COALESCE(m.msg_flag, ''), COALESCE(u.until, 0)
		FROM topic t LEFT JOIN topic_member m ON m.community = t.community AND m.user_id = ? AND m.topic = t.conversation
		LEFT JOIN mute u ON u.conversation = t.conversation AND u.user_id = ?
		WHERE t.community = ? AND (m.topic IS NOT NULL OR u.conversation IS NOT NULL)`, userID, userID, community)
	return states, err
}

// RaiseTopicRead raises a member's read position in a topic.
func (t *tx) RaiseTopicRead(ctx context.Context, app chat.SDKAppID, community, topic int64, userID string, seq int64) (bool, error) {
	return t.changed(ctx, `INSERT INTO topic_member (community, user_id, topic, sdkappid, read_seq) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (community, user_id, topic) DO UPDATE SET read_seq = excluded.read_seq WHERE topic_member.read_seq < excluded.read_seq`,
		community, userID, topic, int64(app), seq)
}

// SetTopicFlag sets how a member wants the messages of a topic.
func (t *tx) SetTopicFlag(ctx context.Context, app chat.SDKAppID, community, topic int64, userID, msgFlag string) error {
	_, err := t.exec(ctx, `INSERT INTO topic_member (community, user_id, topic, sdkappid, msg_flag) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (community, user_id, topic) DO UPDATE SET msg_flag = excluded.msg_flag`, community, userID, topic, int64(app), msgFlag)
	return err
}

// TopicFlags returns how a user wants the messages of topics.
func (t *tx) TopicFlags(ctx context.Context, app chat.SDKAppID, userID string) ([]store.TopicFlag, error) {
	var flags []store.TopicFlag
	err := t.each(ctx, func(rows *sql.Rows) error {
		var f store.TopicFlag
		err := rows.Scan(&f.TopicID, &f.MsgFlag)
		flags = append(flags, f)
		return err
	}, `SELECT c.name, m.msg_flag FROM topic_member m JOIN conversation c ON c.id = m.topic
		WHERE m.sdkappid = ? AND m.user_id = ? AND m.msg_flag <> '' ORDER BY m.topic`, int64(app), userID)
	return flags, err
}

// Uncounted returns the numbers of messages that do not count as unread.
func (t *tx) Uncounted(ctx context.Context, conversation, after int64, limit int) ([]int64, error) {
	var seqs []int64
	err := t.each(ctx, func(rows *sql.Rows) error {
		var seq int64
		err := rows.Scan(&seq)
		seqs = append(seqs, seq)
		return err
	}, "SELECT seq FROM message WHERE conversation = ? AND seq > ? AND "+uncounted+" ORDER BY seq LIMIT ?", conversation, after, limit)
	return seqs, err
}

// deleteTopicMembers forgets what users have in the topics of a community.
var deleteTopicMembers = list("DELETE FROM topic_member WHERE community = ? AND user_id IN ", "")

// raiseTopicReads is RaiseTopicRead for those who send.
var raiseTopicReads = multiRow("INSERT INTO topic_member (community, user_id, topic, sdkappid, read_seq) VALUES ", "", "(?,?,?,?,?)",
	` ON CONFLICT (community, user_id, topic) DO UPDATE SET
	read_seq = CASE WHEN excluded.read_seq > topic_member.read_seq THEN excluded.read_seq ELSE topic_member.read_seq END`)
