package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/store"
)

// createConversation makes the row that numbers messages.
func (t *tx) createConversation(ctx context.Context, app chat.SDKAppID, c chat.Conversation) (int64, error) {
	var id int64
	err := t.queryRow(ctx, "INSERT INTO conversation (sdkappid, kind, name) VALUES (?, ?, ?) RETURNING id",
		[]any{int64(app), string(c.Kind), c.ID}, &id)
	return id, err
}

// deleteConversation frees the name at once and leaves the rows to Purge.
func (t *tx) deleteConversation(ctx context.Context, id int64) error {
	if _, err := t.exec(ctx, "DELETE FROM conversation WHERE id = ?", id); err != nil {
		return err
	}
	_, err := t.exec(ctx, "INSERT INTO leftover (conversation) VALUES (?)", id)
	return err
}

// Touch grows the revision of a conversation.
func (t *tx) Touch(ctx context.Context, conversation int64) error {
	_, err := t.exec(ctx, "UPDATE conversation SET revision = revision + 1 WHERE id = ?", conversation)
	return err
}

// CreateGroup stores a new group without members.
func (t *tx) CreateGroup(ctx context.Context, app chat.SDKAppID, g *chat.Group) error {
	id, err := t.createConversation(ctx, app, chat.GroupConversation(g.ID))
	if err != nil {
		return err
	}
	g.Conversation = id
	_, err = t.exec(ctx, `INSERT INTO chat_group (`+profileColumns+`, type, owner, created_at, member_num, support_topic, conversation)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?)`,
		append(groupProfile(g), string(g.Type), g.Owner, millis(g.CreateTime), bit(g.SupportTopic), id)...)
	return err
}

const profileColumns = `name, introduction, notification, face_url, info_seq, last_info_at, max_member_num, apply_join_option,
	invite_join_option, mute_all, enable_permission, default_permission, history_before_join, app_defined_data`

// groupProfile is the values of profileColumns.
func groupProfile(g *chat.Group) []any {
	return []any{
		g.Name, g.Introduction, g.Notification, g.FaceURL, g.InfoSeq, millis(g.LastInfoTime), g.MaxMemberNum, g.ApplyJoinOption,
		g.InviteJoinOption, bit(g.MuteAll), bit(g.EnablePermission), g.DefaultPermission, bit(g.HistoryBeforeJoin),
		chat.EncodeCustomData(g.AppDefinedData),
	}
}

// Group reads a group's profile.
func (t *tx) Group(ctx context.Context, app chat.SDKAppID, groupID string) (*chat.Group, error) {
	g := &chat.Group{ID: groupID}
	var created, lastInfo, lastMsg int64
	var custom string
	err := t.queryRow(ctx, `SELECT c.id, c.next_seq, c.last_msg_at, c.revision, g.type, g.name, g.introduction, g.notification,
		g.face_url, g.owner, g.created_at, g.info_seq, g.last_info_at, g.member_num, g.max_member_num, g.apply_join_option,
		g.invite_join_option, g.mute_all, g.support_topic, g.enable_permission, g.default_permission, g.history_before_join, g.app_defined_data
		FROM conversation c JOIN chat_group g ON g.conversation = c.id WHERE c.sdkappid = ? AND c.kind = 'group' AND c.name = ?`,
		[]any{int64(app), groupID},
		&g.Conversation, &g.NextMsgSeq, &lastMsg, &g.Revision, &g.Type, &g.Name, &g.Introduction, &g.Notification,
		&g.FaceURL, &g.Owner, &created, &g.InfoSeq, &lastInfo, &g.MemberNum, &g.MaxMemberNum, &g.ApplyJoinOption,
		&g.InviteJoinOption, &g.MuteAll, &g.SupportTopic, &g.EnablePermission, &g.DefaultPermission, &g.HistoryBeforeJoin, &custom)
	if err != nil {
		return nil, notFound(err)
	}
	g.CreateTime, g.LastInfoTime, g.LastMsgTime = fromMillis(created), fromMillis(lastInfo), fromMillis(lastMsg)
	g.AppDefinedData, err = decodeCustomData(custom)
	return g, err
}

// Sender reads what a send must know.
func (t *tx) Sender(ctx context.Context, app chat.SDKAppID, groupID, userID string) (store.Sender, error) {
	var s store.Sender
	err := t.queryRow(ctx, `SELECT c.id, c.revision, g.type, g.mute_all, g.member_num, COALESCE(m.role, 'NotMember'), COALESCE(u.until, 0), a.user_id IS NOT NULL
		FROM conversation c JOIN chat_group g ON g.conversation = c.id
		LEFT JOIN member m ON m.conversation = c.id AND m.user_id = ?
		LEFT JOIN mute u ON u.conversation = c.id AND u.user_id = ?
		LEFT JOIN account a ON a.sdkappid = c.sdkappid AND a.user_id = ?
		WHERE c.sdkappid = ? AND c.kind = 'group' AND c.name = ?`,
		[]any{userID, userID, userID, int64(app), groupID},
		&s.Conversation, &s.Revision, &s.Type, &s.MuteAll, &s.MemberNum, &s.Role, &s.MuteUntil, &s.Imported)
	return s, notFound(err)
}

// UpdateGroup stores a group's profile.
func (t *tx) UpdateGroup(ctx context.Context, g *chat.Group) error {
	_, err := t.exec(ctx, `UPDATE chat_group SET name = ?, introduction = ?, notification = ?, face_url = ?, info_seq = ?, last_info_at = ?,
		max_member_num = ?, apply_join_option = ?, invite_join_option = ?, mute_all = ?, enable_permission = ?, default_permission = ?,
		history_before_join = ?, app_defined_data = ? WHERE conversation = ?`, append(groupProfile(g), g.Conversation)...)
	if err != nil {
		return err
	}
	return t.Touch(ctx, g.Conversation)
}

// SetOwner makes a user the group's owner.
func (t *tx) SetOwner(ctx context.Context, conversation int64, userID string) error {
	if _, err := t.exec(ctx, "UPDATE chat_group SET owner = ? WHERE conversation = ?", userID, conversation); err != nil {
		return err
	}
	return t.Touch(ctx, conversation)
}

// CountOwned returns how many groups of a type a user owns.
func (t *tx) CountOwned(ctx context.Context, app chat.SDKAppID, userID string, groupType chat.GroupType, most int) (int, error) {
	var n int
	err := t.queryRow(ctx, `SELECT COUNT(*) FROM (SELECT 1 FROM chat_group g JOIN conversation c ON c.id = g.conversation
		WHERE g.owner = ? AND g.type = ? AND c.sdkappid = ? LIMIT ?) AS owned`, []any{userID, string(groupType), int64(app), most}, &n)
	return n, err
}

// DeleteGroup removes a group with its topics.
func (t *tx) DeleteGroup(ctx context.Context, g *chat.Group) error {
	if err := t.deleteTopics(ctx, g.Conversation); err != nil {
		return err
	}
	if _, err := t.exec(ctx, "DELETE FROM chat_group WHERE conversation = ?", g.Conversation); err != nil {
		return err
	}
	return t.deleteConversation(ctx, g.Conversation)
}

func notFound(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return store.ErrNotFound
	}
	return err
}

func decodeCustomData(text string) ([]chat.KeyValue, error) {
	if text == "[]" || text == "" {
		return nil, nil
	}
	var data []chat.KeyValue
	if err := json.Unmarshal([]byte(text), &data); err != nil {
		return nil, fmt.Errorf("app-defined fields: %w", err)
	}
	return data, nil
}
