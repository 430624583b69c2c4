package sns_test

import (
	"context"
	"errors"
	"testing"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/sns"
	"github.com/parley-im/parley/internal/store"
)

func TestBlock(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.add("alice", "bob")
	f.set("carol", chat.TagAllowType, chat.NeedConfirm)
	f.add("alice", "carol")
	f.hooks.Take()
	equal(f, "who is refused", f.block("alice", "bob", "carol", "alice", "nobody"), map[string]int{"alice": 30001, "nobody": 30003})
	equal(f, "what was heard", f.heard(), []event.Event{
		event.FriendsDeleted{Pairs: []event.FriendPair{{Owner: "alice", Friend: "bob"}, {Owner: "bob", Friend: "alice"}}},
		event.UsersBlocked{Blocked: []string{"bob", "carol"}},
		event.PendencyEnded{Asker: "alice", Asked: "carol"},
	})
	equal(f, "bob's list", f.friendIDs("bob"), []string{})
	equal(f, "blocked again", f.block("alice", "bob"), map[string]int{"bob": 30001})

	page, next, err := f.sns.ListBlocked(t.Context(), f.client("alice"), "alice", 0, 1)
	f.must(err)
	equal(f, "the first page", page, []chat.Since{{UserID: "bob"}})
	page, next, err = f.sns.ListBlocked(t.Context(), f.client("alice"), "alice", next, 1)
	f.must(err)
	equal(f, "the second page", page, []chat.Since{{UserID: "carol"}})
	equal(f, "the end", next, 0)

	f.hooks.Take()
	o, err := f.sns.Unblock(t.Context(), f.client("alice"), "alice", []string{"bob", "dave"})
	f.must(err)
	equal(f, "who is refused", codes(o), map[string]int{})
	equal(f, "what was heard", f.heard(), []event.Event{event.UsersUnblocked{Unblocked: []string{"bob"}}})
	equal(f, "bob may be a friend", f.add("bob", "alice"), map[string]int{})
}

func TestFullBlackList(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.update(func(ctx context.Context, tx store.Tx) error {
		return tx.AddBlocked(ctx, f.app.SDKAppID, "alice", names(chat.MaxBlocked-1))
	})
	equal(f, "one too many", f.block("alice", "bob", "carol"), map[string]int{"carol": 30013})
}

// groups are the groups of a user's friends.
func (f *fixture) groups(owner string) map[string][]string {
	f.Helper()
	list, err := f.sns.ListGroups(f.Context(), f.client(owner), owner, nil)
	f.must(err)
	groups := make(map[string][]string)
	for _, g := range list {
		groups[g.Name] = g.Friends
	}
	return groups
}

func TestFriendGroups(t *testing.T) {
	t.Parallel()
	f := start(t)
	ctx, alice := t.Context(), f.client("alice")
	f.add("alice", "bob", "carol")
	o, err := f.sns.AddGroups(ctx, alice, "alice", []string{"Work", "Club"}, []string{"bob", "dave"})
	f.must(err)
	equal(f, "who is no friend", codes(o), map[string]int{"dave": 32216})
	equal(f, "new groups", f.groups("alice"), map[string][]string{"Work": {"bob"}, "Club": {"bob"}})

	f.hooks.Take()
	o, err = f.sns.UpdateGroup(ctx, alice, "alice", sns.GroupUpdate{Name: "Work", NewName: "Job", Add: []string{"carol", "dave"}})
	f.must(err)
	equal(f, "who is no friend", codes(o), map[string]int{"dave": 32216})
	equal(f, "a renamed group", f.groups("alice"), map[string][]string{"Job": {"bob", "carol"}, "Club": {"bob"}})
	equal(f, "what was heard", f.heard(), []event.Event{event.FriendsUpdated{Changes: []event.FriendChange{
		{UserID: "carol", Fields: []chat.Field{{Tag: chat.TagFriendGroups, Value: []string{"Job"}}}},
		{UserID: "bob", Fields: []chat.Field{{Tag: chat.TagFriendGroups, Value: []string{"Club", "Job"}}}},
	}}})
	_, err = f.sns.UpdateGroup(ctx, alice, "alice", sns.GroupUpdate{Name: "Job", Remove: []string{"bob"}})
	f.must(err)
	equal(f, "a smaller group", f.groups("alice"), map[string][]string{"Job": {"carol"}, "Club": {"bob"}})

	for name, u := range map[string]sns.GroupUpdate{
		"no such group":   {Name: "Work"},
		"a name in use":   {Name: "Job", NewName: "Club"},
		"a name too long": {Name: "Job", NewName: string(make([]byte, 31))},
	} {
		if _, err := f.sns.UpdateGroup(ctx, alice, "alice", u); !errors.Is(err, chat.ErrRelationParameter) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if _, err := f.sns.AddGroups(ctx, alice, "alice", names(chat.MaxFriendGroups-1), nil); !errors.Is(err, chat.ErrFriendGroupsFull) {
		t.Errorf("too many groups: got %v", err)
	}
	f.must(f.sns.DeleteGroups(ctx, alice, "alice", []string{"Job", "none"}))
	equal(f, "the groups left", f.groups("alice"), map[string][]string{"Club": {"bob"}})
	equal(f, "friends stay", f.friendIDs("alice"), []string{"bob", "carol"})
}

func TestFollow(t *testing.T) {
	t.Parallel()
	f := start(t)
	ctx := t.Context()
	follow := func(user string, ids ...string) map[string]int {
		o, err := f.sns.Follow(ctx, f.client(user), user, ids)
		f.must(err)
		return codes(o)
	}
	equal(f, "who is refused", follow("alice", "bob", "alice", "nobody", "carol"), map[string]int{"alice": 30001, "nobody": 30003})
	equal(f, "followed back", follow("bob", "alice"), map[string]int{})
	equal(f, "followed again", follow("bob", "alice"), map[string]int{})
	equal(f, "what was heard", f.heard(), []event.Event{
		event.UsersFollowed{Follows: []event.Follow{{UserID: "bob"}, {UserID: "carol"}}},
		event.UsersFollowed{Follows: []event.Follow{{UserID: "alice", Mutual: true}}},
	})
	ties, o, err := f.sns.CheckFollows(ctx, f.client("alice"), "alice", []string{"bob", "carol", "dave", "nobody"})
	f.must(err)
	equal(f, "ties", ties, map[string]chat.Tie{"bob": {Mine: true, Theirs: true}, "carol": {Mine: true}})
	equal(f, "who does not exist", codes(o), map[string]int{"nobody": 30003})
	counts, _, err := f.sns.CountFollows(ctx, f.client("dave"), []string{"alice", "carol"})
	f.must(err)
	equal(f, "counts", counts, map[string]chat.FollowCount{"alice": {Followers: 1, Following: 2, Mutual: 1}, "carol": {Followers: 1}})

	page, next, err := f.sns.ListFollows(ctx, f.client("alice"), "alice", chat.Following, 0, 1)
	f.must(err)
	equal(f, "the first page", page[0].UserID, "carol")
	page, next, err = f.sns.ListFollows(ctx, f.client("alice"), "alice", chat.Following, next, 1)
	f.must(err)
	equal(f, "the second page", page[0].UserID, "bob")
	equal(f, "the end", next, 0)
	for name, err := range map[string]error{
		"no such kind":   third(f.sns.ListFollows(ctx, f.client("alice"), "alice", 4, 0, 0)),
		"too large page": third(f.sns.ListFollows(ctx, f.client("alice"), "alice", chat.Mutual, 0, 1001)),
		"too many":       second(f.sns.Follow(ctx, f.client("alice"), "alice", names(21))),
	} {
		if !errors.Is(err, chat.ErrRelationParameter) {
			t.Errorf("%s: got %v", name, err)
		}
	}

	o, err = f.sns.Unfollow(ctx, f.client("alice"), "alice", []string{"bob", "dave"})
	f.must(err)
	equal(f, "who is refused", codes(o), map[string]int{})
	equal(f, "what was heard", f.heard(), []event.Event{event.UsersUnfollowed{Follows: []event.Follow{{UserID: "bob", Mutual: true}}}})

	f.update(func(ctx context.Context, tx store.Tx) error {
		return tx.AddFollows(ctx, f.app.SDKAppID, "dave", names(chat.MaxFollowing-1))
	})
	equal(f, "one too many", follow("dave", "alice", "bob"), map[string]int{"bob": 32100})
}

func third[T, U any](_ T, _ U, err error) error { return err }
