package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/store"
)

// CreateSession stores a new login.
func (t *tx) CreateSession(ctx context.Context, app chat.SDKAppID, s *chat.Session) error {
	return t.queryRow(ctx, `INSERT INTO session (sdkappid, key_hash, user_id, platform, client_ip, login_at, expires_at, node)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
		[]any{int64(app), s.Key, s.UserID, string(s.Platform), s.ClientIP, millis(s.LoginTime), millis(s.ExpireTime), s.Node}, &s.Instance)
}

const sessionColumns = "SELECT id, key_hash, user_id, platform, client_ip, login_at, expires_at, seen_at, node, gone, kicked FROM session"

func scanSession(scan func(...any) error) (chat.Session, error) {
	var s chat.Session
	var login, expires, seen int64
	err := scan(&s.Instance, &s.Key, &s.UserID, &s.Platform, &s.ClientIP, &login, &expires, &seen, &s.Node, &s.Gone, &s.Kicked)
	s.LoginTime, s.ExpireTime, s.SeenTime = fromMillis(login), fromMillis(expires), fromMillis(seen)
	return s, err
}

// Session finds a login by its key.
func (t *tx) Session(ctx context.Context, app chat.SDKAppID, key string) (*chat.Session, error) {
	s, err := scanRow(ctx, t, scanSession, sessionColumns+" WHERE sdkappid = ? AND key_hash = ?", int64(app), key)
	if err != nil {
		return nil, notFound(err)
	}
	return &s, nil
}

// SessionsOf returns the logins of a user that hold.
func (t *tx) SessionsOf(ctx context.Context, app chat.SDKAppID, userID string) ([]chat.Session, error) {
	var sessions []chat.Session
	err := t.each(ctx, func(rows *sql.Rows) error {
		s, err := scanSession(rows.Scan)
		sessions = append(sessions, s)
		return err
	}, sessionColumns+" WHERE sdkappid = ? AND user_id = ? AND kicked = 0 AND expires_at > ? ORDER BY id",
		int64(app), userID, millis(t.now))
	return sessions, err
}

// onLiveNode is true of logins whose node is alive. The newest sign of life of all
// nodes stands for the present: the one that asks gives one every other moment.
var onLiveNode = fmt.Sprintf("(node = '' OR node IN (SELECT id FROM node WHERE seen_at >= (SELECT MAX(seen_at) FROM node) - %d))",
	store.NodeLifetime.Milliseconds())

var selectOnline = list("SELECT DISTINCT user_id FROM session WHERE sdkappid = ? AND kicked = 0 AND seen_at = 0 AND "+onLiveNode+" AND user_id IN ", "")

// Online returns which users have a client that is connected.
func (t *tx) Online(ctx context.Context, app chat.SDKAppID, ids []string) (map[string]bool, error) {
	return t.existing(ctx, selectOnline, ids, int64(app))
}

var selectConnectedSince = list("SELECT DISTINCT user_id FROM session WHERE sdkappid = ? AND kicked = 0 AND expires_at > ? AND (seen_at = 0 OR seen_at > ?) AND user_id IN ", "")

// ConnectedSince returns which users have a client that is connected, or was of late.
func (t *tx) ConnectedSince(ctx context.Context, app chat.SDKAppID, ids []string, since time.Time) (map[string]bool, error) {
	return t.existing(ctx, selectConnectedSince, ids, int64(app), millis(t.now), millis(since))
}

// KickSession ends a login.
func (t *tx) KickSession(ctx context.Context, app chat.SDKAppID, instance int64, why chat.KickType) error {
	_, err := t.exec(ctx, "UPDATE session SET kicked = ? WHERE id = ? AND sdkappid = ?", int64(why), instance, int64(app))
	return err
}

// DeleteSession forgets a login.
func (t *tx) DeleteSession(ctx context.Context, app chat.SDKAppID, instance int64) error {
	_, err := t.exec(ctx, "DELETE FROM session WHERE id = ? AND sdkappid = ?", instance, int64(app))
	return err
}

// ConnectSession stores that a client is connected.
func (t *tx) ConnectSession(ctx context.Context, app chat.SDKAppID, instance int64, node string) (gone bool, err error) {
	err = t.queryRow(ctx, "SELECT gone FROM session WHERE id = ? AND sdkappid = ?", []any{instance, int64(app)}, &gone)
	if notFound(err) == store.ErrNotFound { //nolint:errorlint // made on the left
		return false, nil
	}
	if err != nil {
		return false, err
	}
	_, err = t.exec(ctx, "UPDATE session SET seen_at = 0, gone = 0, lost = 0, node = ? WHERE id = ? AND sdkappid = ?", node, instance, int64(app))
	return gone, err
}

// SetSessionSeen stores that a client has lost its connection.
func (t *tx) SetSessionSeen(ctx context.Context, app chat.SDKAppID, instance int64, node string, seen time.Time) error {
	_, err := t.exec(ctx, "UPDATE session SET seen_at = ? WHERE id = ? AND sdkappid = ? AND node = ?", millis(seen), instance, int64(app), node)
	return err
}

// SetSessionGone stores that the app is told that a client is gone.
func (t *tx) SetSessionGone(ctx context.Context, app chat.SDKAppID, instance int64, node string) (bool, error) {
	n, err := t.deleted(ctx, "UPDATE session SET gone = 1 WHERE id = ? AND sdkappid = ? AND node = ? AND seen_at <> 0 AND gone = 0 AND kicked = 0",
		instance, int64(app), node)
	return n > 0, err
}

// ofForgottenNode is true of logins that no node looks after.
const ofForgottenNode = "(seen_at = 0 OR gone = 0) AND node NOT IN (SELECT id FROM node)"

// AbandonSessions gives the logins of forgotten nodes to another.
func (t *tx) AbandonSessions(ctx context.Context, heir string, seen time.Time) (map[chat.SDKAppID][]chat.Session, error) {
	sessions := make(map[chat.SDKAppID][]chat.Session)
	err := t.each(ctx, func(rows *sql.Rows) error {
		var app chat.SDKAppID
		s, err := scanSession(func(dest ...any) error { return rows.Scan(append([]any{&app}, dest...)...) })
		if s.SeenTime.IsZero() {
			s.SeenTime = seen
		}
		s.Node = heir
		sessions[app] = append(sessions[app], s)
		return err
	}, "SELECT sdkappid, "+strings.TrimPrefix(sessionColumns, "SELECT ")+" WHERE "+ofForgottenNode+" AND gone = 0 AND kicked = 0 AND expires_at > ? ORDER BY id",
		millis(t.now))
	if err != nil {
		return nil, err
	}
	_, err = t.exec(ctx, "UPDATE session SET node = ?, lost = 1, seen_at = CASE WHEN seen_at = 0 THEN CAST(? AS BIGINT) ELSE seen_at END WHERE "+ofForgottenNode,
		heir, millis(seen))
	return sessions, err
}

// purgeSessions forgets logins whose UserSig has run out.
func (t *tx) purgeSessions(ctx context.Context, limit int) (int, error) {
	return t.deleted(ctx, "DELETE FROM session WHERE id IN (SELECT id FROM session WHERE expires_at < ? ORDER BY expires_at LIMIT ?)",
		millis(t.now), limit)
}

// AddNotice stores a notice and drops the oldest of those that are too many.
func (t *tx) AddNotice(ctx context.Context, app chat.SDKAppID, n *chat.Notice) error {
	n.Time = t.now
	body, err := json.Marshal(n)
	if err != nil {
		return err
	}
	if err := t.queryRow(ctx, "INSERT INTO notice (sdkappid, user_id, sent_at, body) VALUES (?, ?, ?, ?) RETURNING id",
		[]any{int64(app), n.UserID, millis(t.now), string(body)}, &n.ID); err != nil {
		return err
	}
	_, err = t.exec(ctx, `DELETE FROM notice WHERE sdkappid = ? AND user_id = ? AND id <=
		(SELECT id FROM notice WHERE sdkappid = ? AND user_id = ? ORDER BY id DESC LIMIT 1 OFFSET ?)`,
		int64(app), n.UserID, int64(app), n.UserID, chat.MaxNotices)
	return err
}

// ListNotices returns a user's notices, oldest first.
func (t *tx) ListNotices(ctx context.Context, app chat.SDKAppID, userID string, after int64, limit int) ([]chat.Notice, error) {
	var notices []chat.Notice
	err := t.each(ctx, func(rows *sql.Rows) error {
		var n chat.Notice
		var id, at int64
		var body string
		if err := rows.Scan(&id, &at, &body); err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(body), &n); err != nil {
			return fmt.Errorf("notice %d: %w", id, err)
		}
		n.ID, n.UserID, n.Time = id, userID, fromMillis(at)
		notices = append(notices, n)
		return nil
	}, "SELECT id, sent_at, body FROM notice WHERE sdkappid = ? AND user_id = ? AND id > ? ORDER BY id LIMIT ?",
		int64(app), userID, after, limit)
	return notices, err
}

var deleteNotices = list("DELETE FROM notice WHERE sdkappid = ? AND user_id = ? AND id IN ", "")

// DeleteNotices forgets notices of a user.
func (t *tx) DeleteNotices(ctx context.Context, app chat.SDKAppID, userID string, ids []int64) error {
	return execList(ctx, t.session, deleteNotices, []any{int64(app), userID}, ids)
}

// Memberships returns the groups of a user.
func (t *tx) Memberships(ctx context.Context, app chat.SDKAppID, userID string) ([]store.Membership, error) {
	var memberships []store.Membership
	err := t.each(ctx, func(rows *sql.Rows) error {
		var m store.Membership
		var last int64
		if err := rows.Scan(&m.Conversation, &m.GroupID, &m.Type, &m.SupportTopic, &m.MsgFlag, &last, &m.NextMsgSeq); err != nil {
			return err
		}
		m.LastMsgTime = fromMillis(last)
		memberships = append(memberships, m)
		return nil
	}, `SELECT m.conversation, c.name, g.type, g.support_topic, m.msg_flag, c.last_msg_at, c.next_seq FROM member m
		JOIN conversation c ON c.id = m.conversation JOIN chat_group g ON g.conversation = m.conversation
		WHERE m.sdkappid = ? AND m.user_id = ? ORDER BY m.id`, int64(app), userID)
	return memberships, err
}
