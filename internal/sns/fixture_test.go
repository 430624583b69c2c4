package sns_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/sns"
	"github.com/parley-im/parley/internal/store"
	"github.com/parley-im/parley/internal/testkit/roomtest"
)

// fixture is the operations on a database of their own, in an app where alice, bob,
// carol and dave have accounts.
type fixture struct {
	testing.TB

	clock *roomtest.Clock
	hooks *roomtest.Hooks
	store store.Store
	sns   *sns.Service
	app   *chat.App
}

func start(t testing.TB) *fixture {
	t.Helper()
	f := &fixture{TB: t, clock: roomtest.NewClock(), hooks: new(roomtest.Hooks)}
	db := roomtest.OpenStore(t, f.clock.Now)
	f.store = db
	f.sns = sns.New(db, f.hooks, f.clock.Now)
	f.app = &chat.App{SDKAppID: 1400000001, Settings: chat.DefaultSettings(), Webhook: chat.DefaultWebhook()}
	f.imports("alice", "bob", "carol", "dave")
	return f
}

func (f *fixture) imports(ids ...string) {
	f.Helper()
	roomtest.PutAccounts(f, f.store, f.app.SDKAppID, ids...)
}

func (f *fixture) update(fn func(ctx context.Context, tx store.Tx) error) {
	f.Helper()
	f.must(f.store.Update(f.Context(), func(tx store.Tx) error { return fn(f.Context(), tx) }))
}

// set gives a user one field of his profile.
func (f *fixture) set(userID, tag string, value any) {
	f.Helper()
	f.update(func(ctx context.Context, tx store.Tx) error {
		return tx.PutProfile(ctx, f.app.SDKAppID, &chat.Profile{Person: chat.Person{UserID: userID}, Fields: map[string]any{tag: value}})
	})
}

// client is a user with a client.
func (f *fixture) client(userID string) chat.Caller {
	return chat.Caller{App: f.app, UserID: userID, Platform: chat.PlatformWeb, ClientIP: "192.0.2.2", Instance: 7}
}

func (f *fixture) must(err error) {
	f.Helper()
	if err != nil {
		f.Fatal(err)
	}
}

// codes are the codes of an outcome.
func codes(o sns.Outcome) map[string]int {
	m := make(map[string]int, len(o))
	for id, err := range o {
		m[id] = err.Code
	}
	return m
}

// wants describes those whom a user wants as friends.
func wants(ids ...string) []event.NewFriend {
	friends := make([]event.NewFriend, 0, len(ids))
	for _, id := range ids {
		friends = append(friends, event.NewFriend{UserID: id, AddSource: "AddSource_Type_Web"})
	}
	return friends
}

// add lets a user add friends on both sides and returns who was refused.
func (f *fixture) add(owner string, ids ...string) map[string]int {
	f.Helper()
	o, err := f.sns.AddFriends(f.Context(), f.client(owner), owner, wants(ids...), true)
	f.must(err)
	return codes(o)
}

func (f *fixture) block(owner string, ids ...string) map[string]int {
	f.Helper()
	o, err := f.sns.Block(f.Context(), f.client(owner), owner, ids)
	f.must(err)
	return codes(o)
}

// friends are the entries of a list without times.
func (f *fixture) friends(owner string) []chat.Friend {
	f.Helper()
	page, total, _, err := f.sns.ListFriends(f.Context(), f.client(owner), owner, 0)
	f.must(err)
	if total != len(page) {
		f.Errorf("%s has %d friends and %d are listed", owner, total, len(page))
	}
	list := []chat.Friend{}
	for _, p := range page {
		list = append(list, p.Friend)
	}
	return list
}

func (f *fixture) friendIDs(owner string) []string {
	f.Helper()
	ids := []string{}
	for _, friend := range f.friends(owner) {
		ids = append(ids, friend.UserID)
	}
	return ids
}

// pendencies are who waits for whom in a user's list of requests, newest first.
func (f *fixture) pendencies(owner string) []string {
	f.Helper()
	l, err := f.sns.ListPendencies(f.Context(), f.client(owner), owner, store.PendencyPage{Received: true, Sent: true})
	f.must(err)
	list := []string{}
	for _, p := range l.Items {
		list = append(list, p.Asker+" asks "+p.Asked)
	}
	return list
}

// heard returns what happened since it was last asked.
func (f *fixture) heard() []event.Event {
	heard, _ := f.hooks.Take()
	return heard
}

func equal[T any](f *fixture, what string, got, want T) {
	f.Helper()
	if diff := cmp.Diff(want, got, cmpopts.IgnoreTypes(time.Time{}, event.Relation{}), cmpopts.IgnoreFields(chat.Pendency{}, "ID")); diff != "" {
		f.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// names returns n names.
func names(n int) []string {
	ids := make([]string, 0, n)
	for i := range n {
		ids = append(ids, "user"+string(rune('a'+i/676))+string(rune('a'+i/26%26))+string(rune('a'+i%26)))
	}
	return slices.Clip(ids)
}
