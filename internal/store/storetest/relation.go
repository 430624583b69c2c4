package storetest

import (
	"context"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/store"
)

// befriend puts friends into a list, each in a transaction of its own time.
func (f *fixture) befriend(owner string, friends ...chat.Friend) {
	f.Helper()
	for i := range friends {
		f.update(func(ctx context.Context, tx store.Tx) error { return tx.PutFriend(ctx, app, owner, &friends[i]) })
	}
}

func (f *fixture) friends(owner string, after int64, limit int) ([]chat.Friend, int64) {
	f.Helper()
	var last int64
	list := get(f, func(ctx context.Context, tx store.Tx) (list []chat.Friend, err error) {
		list, last, err = tx.ListFriends(ctx, app, owner, after, limit)
		return list, err
	})
	return list, last
}

func (f *fixture) friendIDs(owner string) []string {
	f.Helper()
	list, _ := f.friends(owner, 0, 1000)
	ids := []string{}
	for _, friend := range list {
		ids = append(ids, friend.UserID)
	}
	return ids
}

func (f *fixture) friendGroups(owner string) []chat.FriendGroup {
	f.Helper()
	return get(f, func(ctx context.Context, tx store.Tx) ([]chat.FriendGroup, error) {
		return tx.FriendGroups(ctx, app, owner)
	})
}

func friends(f *fixture) {
	at := f.clock.Now()
	f.update(func(ctx context.Context, tx store.Tx) error {
		return tx.AddFriendGroups(ctx, app, "alice", []string{"work", "club", "work"})
	})
	bob := chat.Friend{
		UserID: "bob", AddTime: at, Remark: "Bobby", AddSource: "AddSource_Type_Web", AddWording: "hello 爱", Groups: []string{"club", "work"},
		Custom: map[string]any{"Tag_SNS_Custom_A": "x", "Tag_SNS_Custom_B": int64(7)},
	}
	carol := chat.Friend{UserID: "carol", AddTime: at}
	f.befriend("alice", bob, carol, chat.Friend{UserID: "dave", AddTime: at})
	f.befriend("bob", chat.Friend{UserID: "alice", AddTime: at})
	f.befriend("erin", chat.Friend{UserID: "alice", AddTime: at})

	first, place := f.friends("alice", 0, 2)
	equal(f, "the first page", first, []chat.Friend{bob, carol})
	second, _ := f.friends("alice", place, 2)
	equal(f, "the second page", second, []chat.Friend{{UserID: "dave", AddTime: at}})
	equal(f, "the length of the list", get(f, func(ctx context.Context, tx store.Tx) (int, error) { return tx.CountFriends(ctx, app, "alice") }), 3)
	equal(f, "friendships", get(f, func(ctx context.Context, tx store.Tx) (map[string]chat.Tie, error) {
		return tx.Friendships(ctx, app, "alice", []string{"bob", "carol", "erin", "nobody"})
	}), map[string]chat.Tie{"bob": {Mine: true, Theirs: true}, "carol": {Mine: true}, "erin": {Theirs: true}})
	equal(f, "who has alice in his list", get(f, func(ctx context.Context, tx store.Tx) ([]string, error) {
		return tx.ListedBy(ctx, app, "alice", 10)
	}), []string{"bob", "erin"})

	carol.Remark, carol.Groups = "C", []string{"work"}
	bob.Groups, bob.Custom = nil, nil
	f.befriend("alice", carol, bob)
	equal(f, "changed entries", get(f, func(ctx context.Context, tx store.Tx) (map[string]*chat.Friend, error) {
		return tx.FriendsAmong(ctx, app, "alice", []string{"bob", "carol", "erin"})
	}), map[string]*chat.Friend{"bob": &bob, "carol": &carol})
	equal(f, "the order stays", f.friendIDs("alice"), []string{"bob", "carol", "dave"})

	f.update(func(ctx context.Context, tx store.Tx) error {
		return tx.DeleteFriends(ctx, app, "alice", []string{"carol", "erin"})
	})
	equal(f, "friends left", f.friendIDs("alice"), []string{"bob", "dave"})
	equal(f, "the other side", f.friendIDs("bob"), []string{"alice"})
	equal(f, "groups", f.friendGroups("alice"), []chat.FriendGroup{{Name: "work"}, {Name: "club"}})
}

func friendGroups(f *fixture) {
	at := f.clock.Now()
	f.update(func(ctx context.Context, tx store.Tx) error {
		return tx.AddFriendGroups(ctx, app, "alice", []string{"b", "a"})
	})
	f.update(func(ctx context.Context, tx store.Tx) error {
		return tx.AddFriendGroups(ctx, app, "bob", []string{"a"})
	})
	f.befriend("alice", chat.Friend{UserID: "bob", AddTime: at, Groups: []string{"a"}}, chat.Friend{UserID: "carol", AddTime: at, Groups: []string{"a"}})
	f.befriend("bob", chat.Friend{UserID: "alice", AddTime: at, Groups: []string{"a"}})
	group := func(name string, in bool, ids ...string) {
		f.update(func(ctx context.Context, tx store.Tx) error { return tx.GroupFriends(ctx, app, "alice", name, ids, in) })
	}
	group("b", true, "carol", "bob", "carol")
	group("a", false, "carol", "nobody")
	equal(f, "groups", f.friendGroups("alice"), []chat.FriendGroup{{Name: "b", Friends: []string{"bob", "carol"}}, {Name: "a", Friends: []string{"bob"}}})
	f.update(func(ctx context.Context, tx store.Tx) error { return tx.RenameFriendGroup(ctx, app, "alice", "a", "z") })
	f.update(func(ctx context.Context, tx store.Tx) error {
		return tx.DeleteFriendGroups(ctx, app, "alice", []string{"b", "none"})
	})
	equal(f, "groups after a change", f.friendGroups("alice"), []chat.FriendGroup{{Name: "z", Friends: []string{"bob"}}})
	equal(f, "groups of somebody else", f.friendGroups("bob"), []chat.FriendGroup{{Name: "a", Friends: []string{"alice"}}})
	equal(f, "friends stay", f.friendIDs("alice"), []string{"bob", "carol"})
}

func pendencies(f *fixture) {
	f.importAccounts(app, "alice", "bob", "carol")
	ask := func(asker, asked, wording string) chat.Pendency {
		f.clock.advance(time.Second)
		p := chat.Pendency{Asker: asker, Asked: asked, Time: f.clock.Now(), AddSource: "AddSource_Type_Web", AddWording: wording, Remark: "r", Group: "g", Both: true}
		f.update(func(ctx context.Context, tx store.Tx) error { return tx.PutPendency(ctx, app, &p) })
		return p
	}
	ask("alice", "bob", "first")
	carol := ask("carol", "bob", "hello")
	again := ask("alice", "bob", "second")
	back := ask("bob", "carol", "back")
	list := func(page store.PendencyPage) []chat.Pendency {
		return get(f, func(ctx context.Context, tx store.Tx) ([]chat.Pendency, error) {
			return tx.ListPendencies(ctx, app, "bob", page)
		})
	}
	equal(f, "all", list(store.PendencyPage{Received: true, Sent: true, Limit: 10}), []chat.Pendency{back, again, carol})
	equal(f, "received", list(store.PendencyPage{Received: true, Limit: 10}), []chat.Pendency{again, carol})
	equal(f, "sent", list(store.PendencyPage{Sent: true, Limit: 10}), []chat.Pendency{back})
	equal(f, "a page", list(store.PendencyPage{Received: true, Sent: true, Limit: 1, Before: back.ID}), []chat.Pendency{again})
	equal(f, "those of two askers", get(f, func(ctx context.Context, tx store.Tx) (map[string]*chat.Pendency, error) {
		return tx.PendenciesOf(ctx, app, "bob", []string{"alice", "dave"})
	}), map[string]*chat.Pendency{"alice": &again})

	count := func() [3]int {
		return get(f, func(ctx context.Context, tx store.Tx) ([3]int, error) {
			received, sent, unread, err := tx.CountPendencies(ctx, app, "bob")
			return [3]int{received, sent, unread}, err
		})
	}
	equal(f, "received, sent and unread", count(), [3]int{2, 1, 2})
	f.update(func(ctx context.Context, tx store.Tx) error { return tx.SetPendencyRead(ctx, app, "bob", carol.Time) })
	equal(f, "when one is read", count(), [3]int{2, 1, 1})
	remove := func(asker, asked string) bool {
		return set(f, func(ctx context.Context, tx store.Tx) (bool, error) { return tx.DeletePendency(ctx, app, asker, asked) })
	}
	equal(f, "deleted", remove("alice", "bob"), true)
	equal(f, "deleted again", remove("alice", "bob"), false)
	equal(f, "deleted the wrong way round", remove("carol", "alice"), false)
	equal(f, "those left", count(), [3]int{1, 1, 0})
}

func blackLists(f *fixture) {
	at := f.clock.Now()
	block := func(owner string, ids ...string) {
		f.update(func(ctx context.Context, tx store.Tx) error { return tx.AddBlocked(ctx, app, owner, ids) })
	}
	block("alice", "bob", "carol", "bob")
	block("bob", "alice")
	block("alice", "dave")
	blocked := func(app chat.SDKAppID, owner, other string) bool {
		return get(f, func(ctx context.Context, tx store.Tx) (bool, error) { return tx.Blocked(ctx, app, owner, other) })
	}
	equal(f, "blocked", blocked(app, "alice", "carol"), true)
	equal(f, "the other way round", blocked(app, "carol", "alice"), false)
	equal(f, "in the other app", blocked(otherApp, "alice", "carol"), false)
	equal(f, "both ways", get(f, func(ctx context.Context, tx store.Tx) (map[string]chat.Tie, error) {
		return tx.BlocksBetween(ctx, app, "alice", []string{"bob", "carol", "erin"})
	}), map[string]chat.Tie{"bob": {Mine: true, Theirs: true}, "carol": {Mine: true}})
	var place int64
	page := func(after int64) []chat.Since {
		return get(f, func(ctx context.Context, tx store.Tx) (list []chat.Since, err error) {
			list, place, err = tx.ListBlocked(ctx, app, "alice", after, 2)
			return list, err
		})
	}
	equal(f, "the first page", page(0), []chat.Since{{UserID: "bob", Time: at}, {UserID: "carol", Time: at}})
	equal(f, "the second page", page(place), []chat.Since{{UserID: "dave", Time: at}})
	f.update(func(ctx context.Context, tx store.Tx) error {
		return tx.DeleteBlocked(ctx, app, "alice", []string{"carol", "nobody"})
	})
	equal(f, "no more blocked", blocked(app, "alice", "carol"), false)
	equal(f, "the length of the list", get(f, func(ctx context.Context, tx store.Tx) (int, error) { return tx.CountBlocked(ctx, app, "alice") }), 2)
}

func follows(f *fixture) {
	at := f.clock.Now()
	follow := func(user string, ids ...string) {
		f.update(func(ctx context.Context, tx store.Tx) error { return tx.AddFollows(ctx, app, user, ids) })
	}
	follow("alice", "bob", "carol", "bob")
	follow("bob", "alice")
	follow("dave", "alice")
	equal(f, "both ways", get(f, func(ctx context.Context, tx store.Tx) (map[string]chat.Tie, error) {
		return tx.FollowsBetween(ctx, app, "alice", []string{"bob", "carol", "dave", "erin"})
	}), map[string]chat.Tie{"bob": {Mine: true, Theirs: true}, "carol": {Mine: true}, "dave": {Theirs: true}})
	var place int64
	page := func(kind chat.FollowKind, before int64, limit int) []chat.Since {
		return get(f, func(ctx context.Context, tx store.Tx) (list []chat.Since, err error) {
			list, place, err = tx.ListFollows(ctx, app, "alice", kind, before, limit)
			return list, err
		})
	}
	equal(f, "followers", page(chat.Followers, 0, 10), []chat.Since{{UserID: "dave", Time: at}, {UserID: "bob", Time: at}})
	equal(f, "followed, first page", page(chat.Following, 0, 1), []chat.Since{{UserID: "carol", Time: at}})
	equal(f, "followed, second page", page(chat.Following, place, 1), []chat.Since{{UserID: "bob", Time: at}})
	equal(f, "mutual", page(chat.Mutual, 0, 10), []chat.Since{{UserID: "bob", Time: at}})
	count := func() chat.FollowCount {
		return get(f, func(ctx context.Context, tx store.Tx) (chat.FollowCount, error) {
			return tx.CountFollows(ctx, app, "alice")
		})
	}
	equal(f, "counts", count(), chat.FollowCount{Followers: 2, Following: 2, Mutual: 1})
	f.update(func(ctx context.Context, tx store.Tx) error {
		return tx.DeleteFollows(ctx, app, "alice", []string{"bob", "dave"})
	})
	equal(f, "counts after a change", count(), chat.FollowCount{Followers: 2, Following: 1})
}

func deletedRelations(f *fixture) {
	at := f.clock.Now()
	f.importAccounts(app, "alice", "bob")
	both := [][2]string{{"alice", "bob"}, {"bob", "alice"}}
	f.update(func(ctx context.Context, tx store.Tx) error {
		for _, p := range both {
			for _, err := range []error{
				tx.AddFriendGroups(ctx, app, p[0], []string{"g"}),
				tx.PutFriend(ctx, app, p[0], &chat.Friend{UserID: p[1], AddTime: at, Groups: []string{"g"}}),
				tx.PutPendency(ctx, app, &chat.Pendency{Asker: p[0], Asked: p[1], Time: at}),
				tx.AddBlocked(ctx, app, p[0], p[1:]),
				tx.AddFollows(ctx, app, p[0], p[1:]),
			} {
				if err != nil {
					return err
				}
			}
		}
		return nil
	})
	f.deleteAccounts("alice")
	for _, user := range []string{"alice", "bob"} {
		equal(f, "friends of "+user, f.friendIDs(user), []string{})
		f.update(func(ctx context.Context, tx store.Tx) error {
			received, sent, _, err := tx.CountPendencies(ctx, app, user)
			if err != nil {
				return err
			}
			blocked, err := tx.CountBlocked(ctx, app, user)
			if err != nil {
				return err
			}
			follows, err := tx.CountFollows(ctx, app, user)
			equal(f, "what is left of "+user, [4]int{received, sent, blocked, follows.Followers + follows.Following}, [4]int{})
			return err
		})
	}
	equal(f, "groups of alice", f.friendGroups("alice"), nil)
	equal(f, "groups of bob", f.friendGroups("bob"), []chat.FriendGroup{{Name: "g"}})
}
