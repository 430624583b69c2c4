package storetest

import (
	"context"
	"slices"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/store"
)

// importAccounts imports accounts without profiles.
func (f *fixture) importAccounts(app chat.SDKAppID, ids ...string) {
	f.Helper()
	list := make([]chat.AccountUpdate, 0, len(ids))
	for _, id := range ids {
		list = append(list, chat.AccountUpdate{UserID: id})
	}
	f.update(func(ctx context.Context, tx store.Tx) error { return tx.PutAccounts(ctx, app, list) })
}

func (f *fixture) existing(app chat.SDKAppID, ids ...string) map[string]bool {
	f.Helper()
	return get(f, func(ctx context.Context, tx store.Tx) (map[string]bool, error) {
		return tx.AccountsExisting(ctx, app, ids)
	})
}

func (f *fixture) deleteAccounts(ids ...string) {
	f.Helper()
	f.update(func(ctx context.Context, tx store.Tx) error { return tx.DeleteAccounts(ctx, app, ids) })
}

func accounts(f *fixture) {
	nick, face := "Alice", "https://example.com/a.png"
	f.update(func(ctx context.Context, tx store.Tx) error {
		return tx.PutAccounts(ctx, app, []chat.AccountUpdate{
			{UserID: "alice", Nick: &nick},
			{UserID: "alice", FaceURL: &face}, // named twice
			{UserID: "Bob"},
		})
	})
	f.importAccounts(app, "alice") // again
	f.importAccounts(otherApp, "carol")
	equal(f, "those who exist", f.existing(app, "alice", "bob", "Bob", "carol", "alice"), truth("alice", "Bob"))
	equal(f, "those who exist in the other app", f.existing(otherApp, "alice", "carol"), truth("carol"))
	equal(f, "nobody of nobody", f.existing(app), truth())
	f.deleteAccounts("alice", "nobody")
	equal(f, "those who are left", f.existing(app, "alice", "Bob"), truth("Bob"))
	f.deleteAccounts()
}

func manyAccounts(f *fixture) {
	users := names("user", many)
	f.importAccounts(app, users...)
	equal(f, "those who exist", f.existing(app, append(users, "nobody")...), truth(users...))
	f.deleteAccounts(users[1:]...)
	equal(f, "those who are left", f.existing(app, users...), truth(users[0]))
}

func deletedAccounts(f *fixture) {
	f.importAccounts(app, "alice", "bob", "carol")
	f.importAccounts(otherApp, "alice")
	joined, muted, untouched := f.group("joined"), f.group("muted"), f.group("untouched")
	f.join(joined, "alice", "bob", "carol")
	f.mute(muted, chat.MuteForever, "alice", "carol")
	f.join(untouched, "carol")
	owned := &chat.Group{ID: "owned", Type: chat.Public, Name: "owned", Owner: "alice", CreateTime: f.clock.Now()}
	foreign := &chat.Group{ID: "owned", Type: chat.Public, Name: "owned", Owner: "alice", CreateTime: f.clock.Now()}
	followed := f.official("@TOA#_followed")
	f.subscribe(followed, "alice", "bob", "carol")
	f.update(func(ctx context.Context, tx store.Tx) error {
		if err := tx.CreateGroup(ctx, app, owned); err != nil {
			return err
		}
		return tx.CreateGroup(ctx, otherApp, foreign)
	})
	before := map[string]int64{}
	for _, id := range []string{"joined", "muted", "owned", "untouched"} {
		before[id] = f.stored(id).Revision
	}

	// Names that come twice must not count twice, however they are cut up.
	f.deleteAccounts("alice", "bob", "bob", "nobody", "alice", "alice", "bob")

	equal(f, "accounts left", f.existing(app, "alice", "bob", "carol"), truth("carol"))
	equal(f, "accounts of the other app", f.existing(otherApp, "alice"), truth("alice"))
	equal(f, "members left", f.members(joined), []string{"carol"})
	equal(f, "number of members", f.stored("joined").MemberNum, 1)
	equal(f, "mutes left", f.mutes(muted), []store.Mute{{UserID: "carol", Until: chat.MuteForever}})
	equal(f, "subscribers left", f.subscribers(followed), []string{"carol"})
	equal(f, "number of subscribers", f.storedOfficial("@TOA#_followed").SubscriberNum, 1)
	equal(f, "owner of a group", f.stored("owned").Owner, "")
	kept := get(f, func(ctx context.Context, tx store.Tx) (*chat.Group, error) { return tx.Group(ctx, otherApp, "owned") })
	equal(f, "owner of the other app's group", kept.Owner, "alice")
	for id, revision := range before {
		grown := f.stored(id).Revision > revision
		equal(f, "the revision of group "+id+" has grown", grown, id != "untouched")
	}
	f.clock.advance(time.Hour)
	f.importAccounts(app, "alice")
	if slices.Contains(f.members(joined), "alice") {
		f.Error("an account that is imported again is a member again")
	}
}
