package sqlstore

import (
	"context"
	"database/sql"
	"math"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/store"
)

// AddVisitor adds a member without growing the revision.
func (t *tx) AddVisitor(ctx context.Context, app chat.SDKAppID, conversation int64, m *chat.Member) (bool, error) {
	added, err := t.addMember(ctx, app, conversation, m)
	if err != nil || !added {
		return false, err
	}
	_, err = t.exec(ctx, "UPDATE chat_group SET member_num = member_num + 1 WHERE conversation = ?", conversation)
	return true, err
}

// NewestMembers returns a page of members, last joined first.
func (t *tx) NewestMembers(ctx context.Context, conversation, before int64, limit int) ([]chat.Member, int64, error) {
	if before == 0 {
		before = math.MaxInt64
	}
	members, last := []chat.Member{}, int64(0)
	err := t.each(ctx, func(rows *sql.Rows) error {
		m, place, err := scanMember(rows.Scan)
		members, last = append(members, m), place
		return err
	}, "SELECT "+memberColumns+" WHERE m.conversation = ? AND m.id < ? ORDER BY m.id DESC LIMIT ?", conversation, before, limit)
	return members, last, err
}

// ListRooms returns a page of an app's AVChatRooms.
func (t *tx) ListRooms(ctx context.Context, app chat.SDKAppID, after int64, limit int) ([]store.Room, error) {
	rooms := []store.Room{}
	err := t.each(ctx, func(rows *sql.Rows) error {
		var r store.Room
		err := rows.Scan(&r.Conversation, &r.GroupID)
		rooms = append(rooms, r)
		return err
	}, `SELECT c.id, c.name FROM chat_group g JOIN conversation c ON c.id = g.conversation
		WHERE g.type = 'AVChatRoom' AND g.conversation > ? AND c.sdkappid = ? ORDER BY g.conversation LIMIT ?`, after, int64(app), limit)
	return rooms, err
}

var selectLoggedIn = list("SELECT user_id FROM session WHERE sdkappid = ? AND kicked = 0 AND expires_at > ? AND user_id IN ", "")

// LoggedIn returns which of ids have a login that holds.
func (t *tx) LoggedIn(ctx context.Context, app chat.SDKAppID, ids []string) (map[string]bool, error) {
	found := make(map[string]bool, len(ids))
	err := inList(ctx, t.session, selectLoggedIn, []any{int64(app), millis(t.now)}, ids, func(rows *sql.Rows) error {
		var id string
		err := rows.Scan(&id)
		found[id] = true
		return err
	})
	return found, err
}

var (
	deleteBans = list("DELETE FROM ban WHERE conversation = ? AND user_id IN ", "")
	selectBans = list("SELECT user_id, until FROM ban WHERE conversation = ? AND until > ? AND user_id IN ", "")
)

// SetBans bans users or lifts their bans.
func (t *tx) SetBans(ctx context.Context, conversation int64, ids []string, until int64) error {
	if until == 0 {
		return execList(ctx, t.session, deleteBans, []any{conversation}, ids)
	}
	for _, id := range ids {
		if _, err := t.exec(ctx, `INSERT INTO ban (conversation, sdkappid, user_id, until)
			SELECT id, sdkappid, CAST(? AS TEXT), CAST(? AS BIGINT) FROM conversation WHERE id = ?
			ON CONFLICT (conversation, user_id) DO UPDATE SET until = excluded.until`, id, until, conversation); err != nil {
			return err
		}
	}
	return nil
}

// Bans returns until when users are banned.
func (t *tx) Bans(ctx context.Context, conversation int64, ids []string) (map[string]int64, error) {
	bans := make(map[string]int64)
	err := inList(ctx, t.session, selectBans, []any{conversation, t.now.Unix()}, ids, func(rows *sql.Rows) error {
		var id string
		var until int64
		err := rows.Scan(&id, &until)
		bans[id] = until
		return err
	})
	return bans, err
}

// purgeBans forgets bans that have ended.
func (t *tx) purgeBans(ctx context.Context, limit int) (int, error) {
	return t.deleted(ctx, "DELETE FROM ban WHERE (conversation, user_id) IN (SELECT conversation, user_id FROM ban WHERE until <= ? ORDER BY until LIMIT ?)",
		t.now.Unix(), limit)
}
