package sqlstore

import (
	"context"
	"database/sql"
	"strings"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/store"
)

// AddMembers adds those who are no members yet.
func (t *tx) AddMembers(ctx context.Context, app chat.SDKAppID, conversation int64, members []chat.Member) ([]string, error) {
	added := make([]string, 0, len(members))
	for _, m := range members {
		isNew, err := t.addMember(ctx, app, conversation, &m)
		if err != nil {
			return nil, err
		}
		if isNew {
			added = append(added, m.UserID)
		}
	}
	return added, t.countMembers(ctx, conversation, len(added))
}

// addMember adds one who is no member yet, and says whether he was none.
func (t *tx) addMember(ctx context.Context, app chat.SDKAppID, conversation int64, m *chat.Member) (bool, error) {
	res, err := t.exec(ctx, `INSERT INTO member (conversation, sdkappid, user_id, role, joined_at, read_seq, msg_flag, name_card, app_defined_data)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (conversation, user_id) DO NOTHING`,
		conversation, int64(app), m.UserID, string(m.Role), millis(m.JoinTime), m.ReadSeq, m.MsgFlag, m.NameCard, chat.EncodeCustomData(m.AppDefinedData))
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n > 0, err
}

var (
	selectMembers = list("SELECT user_id FROM member WHERE conversation = ? AND user_id IN ", "")
	deleteMembers = list("DELETE FROM member WHERE conversation = ? AND user_id IN ", "")
	selectRoles   = list("SELECT user_id, role FROM member WHERE conversation = ? AND user_id IN ", "")
)

// RemoveMembers returns those who were members.
func (t *tx) RemoveMembers(ctx context.Context, conversation int64, ids []string) ([]string, error) {
	found, err := t.existing(ctx, selectMembers, ids, conversation)
	if err != nil {
		return nil, err
	}
	removed := only(ids, found)
	for _, st := range []*statements{deleteMembers, deleteTopicMembers, deleteRoomMarksOf} {
		if err := execList(ctx, t.session, st, []any{conversation}, removed); err != nil {
			return nil, err
		}
	}
	return removed, t.countMembers(ctx, conversation, -len(removed))
}

// only returns the items of ids that are in found, each once.
func only(ids []string, found map[string]bool) []string {
	kept := make([]string, 0, len(found))
	for _, id := range ids {
		if found[id] {
			kept = append(kept, id)
			delete(found, id)
		}
	}
	return kept
}

func (t *tx) countMembers(ctx context.Context, conversation int64, change int) error {
	if change == 0 {
		return nil
	}
	if _, err := t.exec(ctx, "UPDATE chat_group SET member_num = member_num + ? WHERE conversation = ?", change, conversation); err != nil {
		return err
	}
	return t.Touch(ctx, conversation)
}

const memberColumns = `m.id, m.user_id, m.role, m.joined_at, m.read_seq, m.msg_flag, m.last_send_at, m.name_card, m.app_defined_data, COALESCE(u.until, 0)
	FROM member m LEFT JOIN mute u ON u.conversation = m.conversation AND u.user_id = m.user_id`

func scanMember(scan func(...any) error) (chat.Member, int64, error) {
	var m chat.Member
	var place, joined, lastSend int64
	var custom string
	if err := scan(&place, &m.UserID, &m.Role, &joined, &m.ReadSeq, &m.MsgFlag, &lastSend, &m.NameCard, &custom, &m.MuteUntil); err != nil {
		return m, 0, err
	}
	m.JoinTime, m.LastSendTime = fromMillis(joined), fromMillis(lastSend)
	var err error
	m.AppDefinedData, err = decodeCustomData(custom)
	return m, place, err
}

// Member reads one member.
func (t *tx) Member(ctx context.Context, conversation int64, userID string) (*chat.Member, error) {
	m, err := scanRow(ctx, t, func(scan func(...any) error) (chat.Member, error) {
		m, _, err := scanMember(scan)
		return m, err
	}, "SELECT "+memberColumns+" WHERE m.conversation = ? AND m.user_id = ?", conversation, userID)
	if err != nil {
		return nil, notFound(err)
	}
	return &m, nil
}

// Roles returns the roles of those of ids who are members.
func (t *tx) Roles(ctx context.Context, conversation int64, ids []string) (map[string]chat.Role, error) {
	roles := make(map[string]chat.Role, len(ids))
	err := inList(ctx, t.session, selectRoles, []any{conversation}, ids, func(rows *sql.Rows) error {
		var id string
		var role chat.Role
		if err := rows.Scan(&id, &role); err != nil {
			return err
		}
		roles[id] = role
		return nil
	})
	return roles, err
}

// ListMembers returns a page of members in the order in which they joined.
func (t *tx) ListMembers(ctx context.Context, conversation int64, page store.MemberPage) ([]chat.Member, int64, error) {
	query := "SELECT " + memberColumns + " WHERE m.conversation = ? AND m.id > ?"
	args := []any{conversation, page.After}
	if len(page.Roles) > 0 {
		query += " AND m.role IN (?" + strings.Repeat(",?", len(page.Roles)-1) + ")"
		args = withItems(args, page.Roles)
		for i := len(args) - len(page.Roles); i < len(args); i++ {
			args[i] = string(args[i].(chat.Role)) //nolint:errcheck,forcetypeassert // put there on the line above
		}
	}
	query += " ORDER BY m.id LIMIT ? OFFSET ?"
	limit, offset := int64(page.Limit), page.Offset
	if limit == 0 {
		limit = 1 << 40 // both engines take it for "all"
	}
	if page.After > 0 {
		offset = 0
	}
	members := []chat.Member{}
	last := page.After
	err := t.each(ctx, func(rows *sql.Rows) error {
		m, place, err := scanMember(rows.Scan)
		if err != nil {
			return err
		}
		members, last = append(members, m), place
		return nil
	}, query, append(args, limit, offset)...)
	return members, last, err
}

// UpdateMember stores what can change of a member.
func (t *tx) UpdateMember(ctx context.Context, conversation int64, m *chat.Member) error {
	if _, err := t.exec(ctx, "UPDATE member SET role = ?, msg_flag = ?, name_card = ?, app_defined_data = ? WHERE conversation = ? AND user_id = ?",
		string(m.Role), m.MsgFlag, m.NameCard, chat.EncodeCustomData(m.AppDefinedData), conversation, m.UserID); err != nil {
		return err
	}
	return t.Touch(ctx, conversation)
}

// SetMutes mutes users or lifts their mutes.
func (t *tx) SetMutes(ctx context.Context, conversation int64, ids []string, until int64) error {
	for _, id := range ids {
		var err error
		if until == 0 {
			_, err = t.exec(ctx, "DELETE FROM mute WHERE conversation = ? AND user_id = ?", conversation, id)
		} else {
			_, err = t.exec(ctx, `INSERT INTO mute (conversation, sdkappid, user_id, until)
				SELECT id, sdkappid, CAST(? AS TEXT), CAST(? AS BIGINT) FROM conversation WHERE id = ?
				ON CONFLICT (conversation, user_id) DO UPDATE SET until = excluded.until`, id, until, conversation)
		}
		if err != nil {
			return err
		}
	}
	return t.Touch(ctx, conversation)
}

// Mutes returns the mutes that have not ended.
func (t *tx) Mutes(ctx context.Context, conversation int64) ([]store.Mute, error) {
	mutes := []store.Mute{}
	err := t.each(ctx, func(rows *sql.Rows) error {
		var m store.Mute
		if err := rows.Scan(&m.UserID, &m.Until); err != nil {
			return err
		}
		mutes = append(mutes, m)
		return nil
	}, "SELECT user_id, until FROM mute WHERE conversation = ? AND until > ? ORDER BY user_id", conversation, t.now.Unix())
	return mutes, err
}
