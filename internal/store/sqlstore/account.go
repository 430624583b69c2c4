package sqlstore

import (
	"context"
	"database/sql"
	"slices"
	"strings"

	"github.com/parley-im/parley/internal/chat"
)

// PutAccounts imports or updates accounts.
func (t *tx) PutAccounts(ctx context.Context, app chat.SDKAppID, accounts []chat.AccountUpdate) error {
	for _, a := range accounts {
		if _, err := t.exec(ctx, "INSERT INTO account (sdkappid, user_id, created_at) VALUES (?, ?, ?) ON CONFLICT (sdkappid, user_id) DO NOTHING",
			int64(app), a.UserID, millis(t.now)); err != nil {
			return err
		}
		if a.Nick != nil {
			if _, err := t.exec(ctx, "UPDATE account SET nick = ? WHERE sdkappid = ? AND user_id = ?", *a.Nick, int64(app), a.UserID); err != nil {
				return err
			}
		}
		if a.FaceURL != nil {
			if _, err := t.exec(ctx, "UPDATE account SET face_url = ? WHERE sdkappid = ? AND user_id = ?", *a.FaceURL, int64(app), a.UserID); err != nil {
				return err
			}
		}
	}
	return nil
}

var selectAccounts = list("SELECT user_id FROM account WHERE sdkappid = ? AND user_id IN ", "")

// AccountsExisting returns which of ids are imported.
func (t *tx) AccountsExisting(ctx context.Context, app chat.SDKAppID, ids []string) (map[string]bool, error) {
	return t.existing(ctx, selectAccounts, ids, int64(app))
}

var (
	selectPersons         = list("SELECT user_id, nick, face_url FROM account WHERE sdkappid = ? AND user_id IN ", "")
	selectOfficialPersons = list(`SELECT c.name, o.name, o.face_url FROM conversation c JOIN official_account o ON o.conversation = c.id
		WHERE c.sdkappid = ? AND c.kind = 'official' AND c.name IN `, "")
)

// Persons returns how accounts are shown, official ones among them.
func (t *tx) Persons(ctx context.Context, app chat.SDKAppID, ids []string) (map[string]chat.Person, error) {
	found := make(map[string]chat.Person, len(ids))
	scan := func(rows *sql.Rows) error {
		var p chat.Person
		if err := rows.Scan(&p.UserID, &p.Nick, &p.FaceURL); err != nil {
			return err
		}
		found[p.UserID] = p
		return nil
	}
	var users, officials []string
	for _, id := range ids {
		if strings.HasPrefix(id, chat.OfficialPrefix) {
			officials = append(officials, id)
			continue
		}
		users = append(users, id)
	}
	if err := inList(ctx, t.session, selectPersons, []any{int64(app)}, users, scan); err != nil {
		return nil, err
	}
	err := inList(ctx, t.session, selectOfficialPersons, []any{int64(app)}, officials, scan)
	return found, err
}

// existing runs a query for the names among ids that it finds.
func (t *tx) existing(ctx context.Context, st *statements, ids []string, args ...any) (map[string]bool, error) {
	found := make(map[string]bool, len(ids))
	err := inList(ctx, t.session, st, args, ids, func(rows *sql.Rows) error {
		var id string
		if err := rows.Scan(&id); err != nil {
			return err
		}
		found[id] = true
		return nil
	})
	return found, err
}

// ownedInApp finds groups by their owner, and then checks that they are the app's.
const ownedInApp = " WHERE EXISTS (SELECT 1 FROM conversation c WHERE c.id = chat_group.conversation AND c.sdkappid = ?) AND owner IN "

var (
	touchGroupsOf      = list("UPDATE conversation SET revision = revision + 1 WHERE id IN (SELECT conversation FROM member WHERE sdkappid = ? AND user_id IN ", ")")
	touchMutesOf       = list("UPDATE conversation SET revision = revision + 1 WHERE id IN (SELECT conversation FROM mute WHERE sdkappid = ? AND user_id IN ", ")")
	touchOwnedBy       = list("UPDATE conversation SET revision = revision + 1 WHERE id IN (SELECT conversation FROM chat_group"+ownedInApp, ")")
	clearOwner         = list("UPDATE chat_group SET owner = ''"+ownedInApp, "")
	selectMembershipOf = list("SELECT conversation FROM member WHERE sdkappid = ? AND user_id IN ", "")
	selectSubscribedOf = list("SELECT conversation FROM subscriber WHERE sdkappid = ? AND user_id IN ", "")
	deleteByUser       = []*statements{
		list("DELETE FROM session WHERE sdkappid = ? AND user_id IN ", ""),
		list("DELETE FROM notice WHERE sdkappid = ? AND user_id IN ", ""),
		list("DELETE FROM receipt WHERE sdkappid = ? AND user_id IN ", ""),
		list("DELETE FROM hidden WHERE sdkappid = ? AND user_id IN ", ""),
		list("DELETE FROM reaction WHERE sdkappid = ? AND user_id IN ", ""),
		list("DELETE FROM application WHERE sdkappid = ? AND joiner IN ", ""),
		list("DELETE FROM application WHERE sdkappid = ? AND applicant IN ", ""),
		list("DELETE FROM member WHERE sdkappid = ? AND user_id IN ", ""),
		list("DELETE FROM mute WHERE sdkappid = ? AND user_id IN ", ""),
		list("DELETE FROM ban WHERE sdkappid = ? AND user_id IN ", ""),
		list("DELETE FROM topic_member WHERE sdkappid = ? AND user_id IN ", ""),
		list("DELETE FROM room_mark WHERE sdkappid = ? AND user_id IN ", ""),
		list("DELETE FROM subscriber WHERE sdkappid = ? AND user_id IN ", ""),
		list("DELETE FROM contact WHERE sdkappid = ? AND user_id IN ", ""),
		list("DELETE FROM contact_group WHERE sdkappid = ? AND user_id IN ", ""),
		list("DELETE FROM do_not_disturb WHERE sdkappid = ? AND user_id IN ", ""),
		list("DELETE FROM friend WHERE sdkappid = ? AND user_id IN ", ""),
		list("DELETE FROM friend WHERE sdkappid = ? AND friend_id IN ", ""),
		list("DELETE FROM friend_group WHERE sdkappid = ? AND user_id IN ", ""),
		list("DELETE FROM friend_group_member WHERE sdkappid = ? AND user_id IN ", ""),
		list("DELETE FROM friend_group_member WHERE sdkappid = ? AND friend_id IN ", ""),
		list("DELETE FROM pendency WHERE sdkappid = ? AND asker IN ", ""),
		list("DELETE FROM pendency WHERE sdkappid = ? AND asked IN ", ""),
		list("DELETE FROM block WHERE sdkappid = ? AND user_id IN ", ""),
		list("DELETE FROM block WHERE sdkappid = ? AND blocked_id IN ", ""),
		list("DELETE FROM follow WHERE sdkappid = ? AND user_id IN ", ""),
		list("DELETE FROM follow WHERE sdkappid = ? AND followed_id IN ", ""),
		list("DELETE FROM account WHERE sdkappid = ? AND user_id IN ", ""),
	}
)

// DeleteAccounts removes accounts and all that hangs on them.
func (t *tx) DeleteAccounts(ctx context.Context, app chat.SDKAppID, ids []string) error {
	owner := []any{int64(app)}
	ids = slices.Compact(slices.Sorted(slices.Values(ids))) // what is counted is counted once
	for _, st := range []*statements{touchGroupsOf, touchMutesOf, touchOwnedBy, clearOwner} {
		if err := execList(ctx, t.session, st, owner, ids); err != nil {
			return err
		}
	}
	groups, err := t.countByConversation(ctx, selectMembershipOf, app, ids)
	if err != nil {
		return err
	}
	officials, err := t.countByConversation(ctx, selectSubscribedOf, app, ids)
	if err != nil {
		return err
	}
	for _, st := range deleteByUser {
		if err := execList(ctx, t.session, st, owner, ids); err != nil {
			return err
		}
	}
	for conversation, n := range groups {
		if _, err := t.exec(ctx, "UPDATE chat_group SET member_num = member_num - ? WHERE conversation = ?", n, conversation); err != nil {
			return err
		}
	}
	for conversation, n := range officials {
		if _, err := t.exec(ctx, "UPDATE official_account SET subscriber_num = subscriber_num - ? WHERE conversation = ?", n, conversation); err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) countByConversation(ctx context.Context, st *statements, app chat.SDKAppID, ids []string) (map[int64]int64, error) {
	n := make(map[int64]int64)
	err := inList(ctx, t.session, st, []any{int64(app)}, ids, func(rows *sql.Rows) error {
		var conversation int64
		if err := rows.Scan(&conversation); err != nil {
			return err
		}
		n[conversation]++
		return nil
	})
	return n, err
}
