package storetest

import (
	"context"
	"fmt"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/store"
)

// applyTo stores the application of a user to join a group.
func (f *fixture) applyTo(g *chat.Group, userID string) chat.Application {
	f.Helper()
	return f.put(g, chat.Application{Kind: chat.ApplicationJoin, Applicant: userID, Joiner: userID, Text: "please", Authentication: "auth-" + userID})
}

func (f *fixture) put(g *chat.Group, a chat.Application) chat.Application {
	f.Helper()
	f.update(func(ctx context.Context, tx store.Tx) error { return tx.PutApplication(ctx, app, g.Conversation, &a) })
	a.GroupID, a.GroupName = g.ID, g.Name
	return a
}

// application finds what waits for a user, nil if nothing does.
func (f *fixture) application(g *chat.Group, kind chat.ApplicationKind, joiner string) *chat.Application {
	f.Helper()
	a, err := tryGet(f, func(ctx context.Context, tx store.Tx) (*chat.Application, error) {
		return tx.Application(ctx, g.Conversation, kind, joiner)
	})
	if err != nil {
		f.fails("application of "+joiner, err, store.ErrNotFound)
		return nil
	}
	return a
}

// waiting lists whose applications a handler has to decide on.
func (f *fixture) waiting(page store.ApplicationPage) []string {
	f.Helper()
	list := get(f, func(ctx context.Context, tx store.Tx) ([]chat.Application, error) {
		if page.Limit == 0 {
			page.Limit = 1000
		}
		return tx.ListApplications(ctx, app, page)
	})
	joiners := []string{}
	for i := range list {
		joiners = append(joiners, list[i].GroupID+" "+list[i].Joiner)
	}
	return joiners
}

// manage makes a user the owner of a group.
func (f *fixture) manage(g *chat.Group, userID string) {
	f.Helper()
	f.update(func(ctx context.Context, tx store.Tx) error {
		_, err := tx.AddMembers(ctx, app, g.Conversation, []chat.Member{{UserID: userID, Role: chat.RoleOwner, JoinTime: f.clock.Now()}})
		return err
	})
}

func applications(f *fixture) {
	g, other := f.group("g"), f.group("other")
	f.manage(g, "alice")
	f.join(g, "dave")
	bob := f.applyTo(g, "bob")
	if bob.ID == 0 || !bob.Time.Equal(f.clock.Now()) {
		f.Errorf("ID and time were not set: %+v", bob)
	}
	carol := f.put(g, chat.Application{Kind: chat.ApplicationInvite, Applicant: "dave", Joiner: "carol", Authentication: "c"})
	f.applyTo(other, "bob")
	equal(f, "an application", f.application(g, chat.ApplicationJoin, "bob"), &bob)
	equal(f, "an invitation", f.application(g, chat.ApplicationInvite, "carol"), &carol)
	equal(f, "an application of one who is invited", f.application(g, chat.ApplicationJoin, "carol"), nil)
	equal(f, "the same by its authentication", get(f, func(ctx context.Context, tx store.Tx) (*chat.Application, error) {
		return tx.ApplicationBy(ctx, g.Conversation, "auth-bob")
	}), &bob)
	_, err := tryGet(f, func(ctx context.Context, tx store.Tx) (*chat.Application, error) {
		return tx.ApplicationBy(ctx, other.Conversation, "c")
	})
	f.fails("by the authentication of another group's", err, store.ErrNotFound)

	f.clock.advance(time.Hour)
	again := f.applyTo(g, "bob")
	if again.ID <= carol.ID {
		f.Errorf("a repeated application has ID %d, behind %d", again.ID, carol.ID)
	}
	equal(f, "a repeated application", f.application(g, chat.ApplicationJoin, "bob"), &again)

	equal(f, "what waits for the owner", f.waiting(store.ApplicationPage{Handler: "alice"}), []string{"g carol", "g bob"})
	equal(f, "first page", f.waiting(store.ApplicationPage{Handler: "alice", Limit: 1}), []string{"g carol"})
	equal(f, "second page", f.waiting(store.ApplicationPage{Handler: "alice", After: carol.ID, Limit: 1}), []string{"g bob"})
	equal(f, "of communities", f.waiting(store.ApplicationPage{Handler: "alice", Communities: true}), []string{})
	equal(f, "what waits for a member", f.waiting(store.ApplicationPage{Handler: "dave"}), []string{})

	f.update(func(ctx context.Context, tx store.Tx) error {
		return tx.DeleteApplications(ctx, g.Conversation, []string{"bob", "nobody"})
	})
	equal(f, "a deleted application", f.application(g, chat.ApplicationJoin, "bob"), nil)
	if f.application(other, chat.ApplicationJoin, "bob") == nil {
		f.Error("the application to the other group is gone too")
	}
	f.update(func(ctx context.Context, tx store.Tx) error {
		return tx.DeleteAccounts(ctx, app, []string{"dave", "bob"})
	})
	equal(f, "an invitation of one whose account is gone", f.application(g, chat.ApplicationInvite, "carol"), nil)
	equal(f, "an application of one whose account is gone", f.application(other, chat.ApplicationJoin, "bob"), nil)
}

// applicationLimits: strangers cannot fill the store.
func applicationLimits(f *fixture) {
	g := f.group("g")
	f.manage(g, "alice")
	users := names("user", chat.MaxApplications+3)
	for _, u := range users {
		f.applyTo(g, u)
	}
	got := f.waiting(store.ApplicationPage{Handler: "alice"})
	if len(got) != chat.MaxApplications || got[0] != "g "+users[3] {
		f.Errorf("%d applications of a group are kept, the first is %s", len(got), got[0])
	}
	kept := 0
	for i := range chat.MaxApplications + 3 {
		f.put(f.group(fmt.Sprint("group", i)), chat.Application{Kind: chat.ApplicationJoin, Applicant: "bob", Joiner: "bob"})
	}
	for i := range chat.MaxApplications + 3 {
		if f.application(f.stored(fmt.Sprint("group", i)), chat.ApplicationJoin, "bob") != nil {
			kept++
		}
	}
	equal(f, "applications of a user that are kept", kept, chat.MaxApplications)
}

// applicationAge: who has waited too long waits no more.
func applicationAge(f *fixture) {
	g := f.group("g")
	f.manage(g, "alice")
	f.applyTo(g, "bob")
	f.clock.advance(chat.ApplicationLifetime - time.Second)
	f.applyTo(g, "carol")
	equal(f, "what waits in the last second", f.waiting(store.ApplicationPage{Handler: "alice"}), []string{"g bob", "g carol"})
	f.clock.advance(time.Second)
	equal(f, "what waits after it", f.waiting(store.ApplicationPage{Handler: "alice"}), []string{"g carol"})
	equal(f, "an old application", f.application(g, chat.ApplicationJoin, "bob"), nil)
	_, err := tryGet(f, func(ctx context.Context, tx store.Tx) (*chat.Application, error) {
		return tx.ApplicationBy(ctx, g.Conversation, "auth-bob")
	})
	f.fails("an old application by its authentication", err, store.ErrNotFound)
	if more, err := f.store.Purge(f.Context(), 10); err != nil || more {
		f.Errorf("purge: %t, %v", more, err)
	}
	f.clock.advance(-time.Hour) // what purging left would be seen again
	equal(f, "what is left", f.waiting(store.ApplicationPage{Handler: "alice"}), []string{"g carol"})
	f.update(func(ctx context.Context, tx store.Tx) error { return tx.DeleteGroup(ctx, g) })
	equal(f, "what waits for a group that is gone", f.waiting(store.ApplicationPage{Handler: "alice"}), []string{})
}

// owners: the owner is changed apart from roles.
func owners(f *fixture) {
	g := f.group("g")
	owner := func(userID string) {
		before := f.stored("g")
		f.update(func(ctx context.Context, tx store.Tx) error { return tx.SetOwner(ctx, g.Conversation, userID) })
		after := f.stored("g")
		equal(f, "owner", after.Owner, userID)
		if after.Revision <= before.Revision {
			f.Error("the revision did not grow")
		}
	}
	owned := func(userID string, t chat.GroupType, most int) int {
		return get(f, func(ctx context.Context, tx store.Tx) (int, error) { return tx.CountOwned(ctx, app, userID, t, most) })
	}
	owner("alice")
	f.update(func(ctx context.Context, tx store.Tx) error {
		return tx.CreateGroup(ctx, app, &chat.Group{ID: "second", Type: chat.Public, Owner: "alice"})
	})
	f.update(func(ctx context.Context, tx store.Tx) error {
		return tx.CreateGroup(ctx, otherApp, &chat.Group{ID: "third", Type: chat.Public, Owner: "alice"})
	})
	equal(f, "owned", owned("alice", chat.Public, 10), 2)
	equal(f, "owned, counted to one", owned("alice", chat.Public, 1), 1)
	equal(f, "owned of another type", owned("alice", chat.Private, 10), 0)
	owner("")
	equal(f, "owned after one was given up", owned("alice", chat.Public, 10), 1)
}
