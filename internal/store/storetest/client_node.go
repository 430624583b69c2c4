package storetest

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/store"
)

// nodeSessions: a login belongs to the node that its client is connected to, and what
// another node still wants to say of it does not count.
func nodeSessions(f *fixture) {
	see := func(id string) {
		f.update(func(ctx context.Context, tx store.Tx) error { return tx.SeeNode(ctx, &store.Node{ID: id}) })
	}
	forget := func(id string) {
		f.update(func(ctx context.Context, tx store.Tx) error { return tx.ForgetNode(ctx, id) })
	}
	login := func(user, node string) *chat.Session {
		s := &chat.Session{Key: user, UserID: user, LoginTime: f.clock.Now(), ExpireTime: f.clock.Now().Add(time.Hour), Node: node}
		f.update(func(ctx context.Context, tx store.Tx) error { return tx.CreateSession(ctx, app, s) })
		return s
	}
	connect := func(s *chat.Session, node string) bool {
		return set(f, func(ctx context.Context, tx store.Tx) (bool, error) {
			return tx.ConnectSession(ctx, app, s.Instance, node)
		})
	}
	leave := func(s *chat.Session, node string) {
		f.update(func(ctx context.Context, tx store.Tx) error {
			return tx.SetSessionSeen(ctx, app, s.Instance, node, f.clock.Now())
		})
	}
	gone := func(s *chat.Session, node string) bool {
		return set(f, func(ctx context.Context, tx store.Tx) (bool, error) {
			return tx.SetSessionGone(ctx, app, s.Instance, node)
		})
	}
	online := func() []string {
		return get(f, func(ctx context.Context, tx store.Tx) ([]string, error) {
			found, err := tx.Online(ctx, app, []string{"alice", "bob", "carol"})
			return slices.Sorted(maps.Keys(found)), err
		})
	}
	status := func(user string) chat.UserStatus {
		return get(f, func(ctx context.Context, tx store.Tx) (chat.UserStatus, error) {
			found, err := tx.UserStatuses(ctx, app, []string{user})
			return found[user], err
		})
	}
	connectedSince := func(ago time.Duration) []string {
		return get(f, func(ctx context.Context, tx store.Tx) ([]string, error) {
			found, err := tx.ConnectedSince(ctx, app, []string{"alice", "bob", "carol", "nobody"}, tx.Now().Add(-ago))
			return slices.Sorted(maps.Keys(found)), err
		})
	}
	f.importAccounts(app, "alice", "bob", "carol", "dave")
	see("one")
	see("two")
	alice, bob, carol := login("alice", "one"), login("bob", "one"), login("carol", "two")
	equal(f, "all on live nodes", online(), []string{"alice", "bob", "carol"})

	equal(f, "a move to another node of one who was not gone", connect(alice, "two"), false)
	leave(alice, "one")
	equal(f, "a leave from the node before it", online(), []string{"alice", "bob", "carol"})
	equal(f, "gone from the node before it", gone(alice, "one"), false)
	equal(f, "gone while connected", gone(alice, "two"), false)
	leave(alice, "two")
	equal(f, "one has left", online(), []string{"bob", "carol"})
	equal(f, "left a moment ago", status("alice"), chat.UserStatus{LoggedIn: true, Online: true})
	equal(f, "gone", gone(alice, "two"), true)
	equal(f, "gone twice", gone(alice, "two"), false)
	equal(f, "long gone", status("alice"), chat.UserStatus{LoggedIn: true})
	f.clock.advance(time.Minute)
	equal(f, "connected less than a minute ago", connectedSince(time.Minute), []string{"bob", "carol"})
	equal(f, "connected a moment longer ago", connectedSince(time.Minute+time.Millisecond), []string{"alice", "bob", "carol"})
	equal(f, "back", connect(alice, "two"), true)
	equal(f, "back twice", connect(alice, "two"), false)

	dave := login("dave", "one")
	leave(dave, "one")
	abandoned := func(heir string) []string {
		return set(f, func(ctx context.Context, tx store.Tx) ([]string, error) {
			found, err := tx.AbandonSessions(ctx, heir, f.clock.Now())
			list := []string{}
			for _, s := range found[app] {
				list = append(list, fmt.Sprint(s.UserID, " ", s.Node, " ", s.SeenTime.IsZero()))
			}
			return list, err
		})
	}
	equal(f, "while all nodes live", abandoned("two"), []string{})
	forget("one")
	equal(f, "after the loss of a node", online(), []string{"alice", "carol"})
	equal(f, "connected to a node that is alive or was lost", connectedSince(0), []string{"alice", "bob", "carol"})
	equal(f, "sessions of a lost node", abandoned("two"), []string{"bob two false", "dave two false"})
	equal(f, "abandoned twice", abandoned("two"), []string{})
	equal(f, "one whose server was lost with his connection", status("bob"), chat.UserStatus{LoggedIn: true})
	equal(f, "one who had left his server before it was lost", status("dave"), chat.UserStatus{LoggedIn: true})
	equal(f, "back at the heir", connect(dave, "two"), false)
	leave(dave, "two")
	equal(f, "left the heir a moment ago", status("dave"), chat.UserStatus{LoggedIn: true, Online: true})
	equal(f, "gone from the heir", gone(bob, "two"), true)
	forget("two")
	equal(f, "how many are online after the loss of all nodes", len(online()), 0)
	equal(f, "status after that", status("carol"), chat.UserStatus{LoggedIn: true})
	see("three")
	equal(f, "sessions that nobody looks after", abandoned("three"), []string{"alice three false", "carol three false", "dave three false"})
	equal(f, "gone at last", gone(carol, "three"), true)
}
