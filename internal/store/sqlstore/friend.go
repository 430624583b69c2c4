package sqlstore

import (
	"context"
	"database/sql"

	"github.com/parley-im/parley/internal/chat"
)

const friendColumns = "SELECT id, friend_id, added_at, remark, source, wording, custom FROM friend"

var (
	selectFriends        = list("SELECT friend_id FROM friend WHERE sdkappid = ? AND user_id = ? AND friend_id IN ", "")
	selectFriendOf       = list("SELECT user_id FROM friend WHERE sdkappid = ? AND friend_id = ? AND user_id IN ", "")
	selectFriendEntries  = list(friendColumns+" WHERE sdkappid = ? AND user_id = ? AND friend_id IN ", "")
	selectGroupsOfFriend = list("SELECT friend_id, name FROM friend_group_member WHERE sdkappid = ? AND user_id = ? AND friend_id IN ", " ORDER BY name")
	deleteFriends        = list("DELETE FROM friend WHERE sdkappid = ? AND user_id = ? AND friend_id IN ", "")
	deleteFriendsGroups  = list("DELETE FROM friend_group_member WHERE sdkappid = ? AND user_id = ? AND friend_id IN ", "")
	deleteFriendGroups   = list("DELETE FROM friend_group WHERE sdkappid = ? AND user_id = ? AND name IN ", "")
	deleteGroupsMembers  = list("DELETE FROM friend_group_member WHERE sdkappid = ? AND user_id = ? AND name IN ", "")
)

// Friendships says who of others is a friend, and whose friend the user is.
func (t *tx) Friendships(ctx context.Context, app chat.SDKAppID, userID string, others []string) (map[string]chat.Tie, error) {
	return t.ties(ctx, selectFriends, selectFriendOf, app, userID, others)
}

func scanFriend(rows *sql.Rows) (f *chat.Friend, place int64, err error) {
	f = new(chat.Friend)
	var at int64
	var custom string
	if err := rows.Scan(&place, &f.UserID, &at, &f.Remark, &f.AddSource, &f.AddWording, &custom); err != nil {
		return nil, 0, err
	}
	f.AddTime = fromMillis(at)
	f.Custom, err = decodeFields(custom)
	return f, place, err
}

// FriendsAmong returns entries of a list.
func (t *tx) FriendsAmong(ctx context.Context, app chat.SDKAppID, owner string, ids []string) (map[string]*chat.Friend, error) {
	found := make(map[string]*chat.Friend, len(ids))
	if err := inList(ctx, t.session, selectFriendEntries, []any{int64(app), owner}, ids, func(rows *sql.Rows) error {
		f, _, err := scanFriend(rows)
		if err == nil {
			found[f.UserID] = f
		}
		return err
	}); err != nil {
		return nil, err
	}
	return found, t.addGroups(ctx, app, owner, found)
}

// addGroups completes entries with the groups that they are in.
func (t *tx) addGroups(ctx context.Context, app chat.SDKAppID, owner string, friends map[string]*chat.Friend) error {
	ids := make([]string, 0, len(friends))
	for id := range friends {
		ids = append(ids, id)
	}
	return inList(ctx, t.session, selectGroupsOfFriend, []any{int64(app), owner}, ids, func(rows *sql.Rows) error {
		var id, name string
		if err := rows.Scan(&id, &name); err != nil {
			return err
		}
		friends[id].Groups = append(friends[id].Groups, name)
		return nil
	})
}

// ListFriends returns a page of a list, oldest first.
func (t *tx) ListFriends(ctx context.Context, app chat.SDKAppID, owner string, after int64, limit int) ([]chat.Friend, int64, error) {
	var page []*chat.Friend
	byID := make(map[string]*chat.Friend)
	last := after
	if err := t.each(ctx, func(rows *sql.Rows) error {
		f, place, err := scanFriend(rows)
		if err != nil {
			return err
		}
		page, byID[f.UserID], last = append(page, f), f, place
		return nil
	}, friendColumns+" WHERE sdkappid = ? AND user_id = ? AND id > ? ORDER BY id LIMIT ?", int64(app), owner, after, limit); err != nil {
		return nil, 0, err
	}
	if err := t.addGroups(ctx, app, owner, byID); err != nil {
		return nil, 0, err
	}
	friends := make([]chat.Friend, 0, len(page))
	for _, f := range page {
		friends = append(friends, *f)
	}
	return friends, last, nil
}

// CountFriends is the length of a list.
func (t *tx) CountFriends(ctx context.Context, app chat.SDKAppID, owner string) (int, error) {
	return t.count(ctx, "SELECT COUNT(*) FROM friend WHERE sdkappid = ? AND user_id = ?", int64(app), owner)
}

// ListedBy returns who has a user in his list.
func (t *tx) ListedBy(ctx context.Context, app chat.SDKAppID, userID string, limit int) ([]string, error) {
	var ids []string
	err := t.each(ctx, func(rows *sql.Rows) error {
		var id string
		if err := rows.Scan(&id); err != nil {
			return err
		}
		ids = append(ids, id)
		return nil
	}, "SELECT user_id FROM friend WHERE sdkappid = ? AND friend_id = ? ORDER BY user_id LIMIT ?", int64(app), userID, limit)
	return ids, err
}

// PutFriend adds or replaces an entry.
func (t *tx) PutFriend(ctx context.Context, app chat.SDKAppID, owner string, f *chat.Friend) error {
	custom, err := encodeFields(f.Custom)
	if err != nil {
		return err
	}
	if _, err := t.exec(ctx, `INSERT INTO friend (sdkappid, user_id, friend_id, added_at, remark, source, wording, custom) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (sdkappid, user_id, friend_id) DO UPDATE SET added_at = excluded.added_at, remark = excluded.remark,
		source = excluded.source, wording = excluded.wording, custom = excluded.custom`,
		int64(app), owner, f.UserID, millis(f.AddTime), f.Remark, f.AddSource, f.AddWording, custom); err != nil {
		return err
	}
	ids := []string{f.UserID}
	if err := execList(ctx, t.session, deleteFriendsGroups, []any{int64(app), owner}, ids); err != nil {
		return err
	}
	for _, name := range f.Groups {
		if err := t.GroupFriends(ctx, app, owner, name, ids, true); err != nil {
			return err
		}
	}
	return nil
}

// DeleteFriends removes entries.
func (t *tx) DeleteFriends(ctx context.Context, app chat.SDKAppID, owner string, ids []string) error {
	if err := execList(ctx, t.session, deleteFriendsGroups, []any{int64(app), owner}, ids); err != nil {
		return err
	}
	return execList(ctx, t.session, deleteFriends, []any{int64(app), owner}, ids)
}

// FriendGroups returns the groups of a list, oldest first.
func (t *tx) FriendGroups(ctx context.Context, app chat.SDKAppID, owner string) ([]chat.FriendGroup, error) {
	names, err := t.FriendGroupNames(ctx, app, owner)
	if err != nil || len(names) == 0 {
		return nil, err
	}
	groups := make([]chat.FriendGroup, 0, len(names))
	place := make(map[string]int, len(names))
	for _, name := range names {
		place[name] = len(groups)
		groups = append(groups, chat.FriendGroup{Name: name})
	}
	return groups, t.each(ctx, func(rows *sql.Rows) error {
		var id, name string
		if err := rows.Scan(&id, &name); err != nil {
			return err
		}
		g := &groups[place[name]]
		g.Friends = append(g.Friends, id)
		return nil
	}, "SELECT friend_id, name FROM friend_group_member WHERE sdkappid = ? AND user_id = ? ORDER BY friend_id", int64(app), owner)
}

// FriendGroupNames returns the names of groups, oldest first.
func (t *tx) FriendGroupNames(ctx context.Context, app chat.SDKAppID, owner string) ([]string, error) {
	var names []string
	err := t.each(ctx, func(rows *sql.Rows) error {
		var name string
		if err := rows.Scan(&name); err != nil {
			return err
		}
		names = append(names, name)
		return nil
	}, "SELECT name FROM friend_group WHERE sdkappid = ? AND user_id = ? ORDER BY id", int64(app), owner)
	return names, err
}

// AddFriendGroups makes groups that do not exist yet.
func (t *tx) AddFriendGroups(ctx context.Context, app chat.SDKAppID, owner string, names []string) error {
	for _, name := range names {
		if _, err := t.exec(ctx, `INSERT INTO friend_group (sdkappid, user_id, name) VALUES (?, ?, ?) ON CONFLICT (sdkappid, user_id, name) DO NOTHING`,
			int64(app), owner, name); err != nil {
			return err
		}
	}
	return nil
}

// DeleteFriendGroups removes groups and keeps the friends.
func (t *tx) DeleteFriendGroups(ctx context.Context, app chat.SDKAppID, owner string, names []string) error {
	for _, st := range []*statements{deleteGroupsMembers, deleteFriendGroups} {
		if err := execList(ctx, t.session, st, []any{int64(app), owner}, names); err != nil {
			return err
		}
	}
	return nil
}

// RenameFriendGroup renames a group.
func (t *tx) RenameFriendGroup(ctx context.Context, app chat.SDKAppID, owner, from, to string) error {
	if _, err := t.exec(ctx, "UPDATE friend_group SET name = ? WHERE sdkappid = ? AND user_id = ? AND name = ?", to, int64(app), owner, from); err != nil {
		return err
	}
	_, err := t.exec(ctx, "UPDATE friend_group_member SET name = ? WHERE sdkappid = ? AND user_id = ? AND name = ?", to, int64(app), owner, from)
	return err
}

// GroupFriends puts friends into a group or takes them out.
func (t *tx) GroupFriends(ctx context.Context, app chat.SDKAppID, owner, group string, ids []string, in bool) error {
	query := "DELETE FROM friend_group_member WHERE sdkappid = ? AND user_id = ? AND friend_id = ? AND name = ?"
	if in {
		query = "INSERT INTO friend_group_member (sdkappid, user_id, friend_id, name) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"
	}
	for _, id := range ids {
		if _, err := t.exec(ctx, query, int64(app), owner, id, group); err != nil {
			return err
		}
	}
	return nil
}
