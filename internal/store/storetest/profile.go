package storetest

import (
	"context"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/store"
)

func (f *fixture) profiles(app chat.SDKAppID, ids ...string) map[string]*chat.Profile {
	f.Helper()
	return get(f, func(ctx context.Context, tx store.Tx) (map[string]*chat.Profile, error) {
		return tx.Profiles(ctx, app, ids)
	})
}

func profiles(f *fixture) {
	f.importAccounts(app, "alice", "bob")
	f.importAccounts(otherApp, "alice")
	f.official("@TOA#_news")
	alice := &chat.Profile{Person: chat.Person{UserID: "alice", Nick: "Al", FaceURL: "https://example.com/a.png"}, Fields: map[string]any{
		chat.TagGender: "Gender_Type_Female", chat.TagLevel: int64(1<<32 - 1), chat.TagRole: int64(0), "Tag_Profile_Custom_Text": `"<爱>`,
	}}
	nobody := &chat.Profile{Person: chat.Person{UserID: "nobody", Nick: "No"}}
	f.update(func(ctx context.Context, tx store.Tx) error {
		if err := tx.PutProfile(ctx, app, nobody); err != nil {
			return err
		}
		return tx.PutProfile(ctx, app, alice)
	})
	equal(f, "profiles", f.profiles(app, "alice", "bob", "nobody", "@TOA#_news", "@TOA#_gone", "alice"), map[string]*chat.Profile{
		"alice": alice, "bob": {Person: chat.Person{UserID: "bob"}}, "@TOA#_news": {Person: chat.Person{UserID: "@TOA#_news", Nick: "name of @TOA#_news"}},
	})
	equal(f, "profiles of the other app", f.profiles(otherApp, "alice", "@TOA#_news"), map[string]*chat.Profile{
		"alice": {Person: chat.Person{UserID: "alice"}},
	})
	alice.Fields = nil
	f.update(func(ctx context.Context, tx store.Tx) error { return tx.PutProfile(ctx, app, alice) })
	equal(f, "a profile without fields", f.profiles(app, "alice")["alice"], alice)
	f.deleteAccounts("alice")
	f.importAccounts(app, "alice")
	equal(f, "an account that is imported again", f.profiles(app, "alice")["alice"], &chat.Profile{Person: chat.Person{UserID: "alice"}})
}

func userStatuses(f *fixture) {
	f.importAccounts(app, "alice", "bob", "carol")
	f.importAccounts(otherApp, "alice")
	session := func(user, key string) *chat.Session {
		s := &chat.Session{Key: key, UserID: user, Platform: chat.PlatformWeb, LoginTime: f.clock.Now(), ExpireTime: f.clock.Now().AddDate(0, 0, 1)}
		f.update(func(ctx context.Context, tx store.Tx) error { return tx.CreateSession(ctx, app, s) })
		return s
	}
	session("alice", "one")
	session("alice", "two")
	kicked := session("bob", "three")
	f.update(func(ctx context.Context, tx store.Tx) error {
		if err := tx.KickSession(ctx, app, kicked.Instance, chat.KickedByREST); err != nil {
			return err
		}
		return tx.SetCustomStatus(ctx, app, "bob", "忙")
	})
	statuses := func(app chat.SDKAppID) map[string]chat.UserStatus {
		return get(f, func(ctx context.Context, tx store.Tx) (map[string]chat.UserStatus, error) {
			return tx.UserStatuses(ctx, app, []string{"alice", "bob", "carol", "nobody"})
		})
	}
	equal(f, "statuses", statuses(app), map[string]chat.UserStatus{"alice": {LoggedIn: true, Online: true}, "bob": {Custom: "忙"}, "carol": {}})
	equal(f, "statuses of the other app", statuses(otherApp), map[string]chat.UserStatus{"alice": {}})
	f.clock.advance(25 * time.Hour)
	equal(f, "a session that ran out", statuses(app)["alice"], chat.UserStatus{})

	watched := func(instance int64) []string {
		return get(f, func(ctx context.Context, tx store.Tx) ([]string, error) { return tx.Watched(ctx, app, instance) })
	}
	watch := func(ids ...string) {
		f.update(func(ctx context.Context, tx store.Tx) error { return tx.SetWatched(ctx, app, kicked.Instance, ids) })
	}
	equal(f, "whom a new session watches", watched(kicked.Instance), nil)
	watch("carol", "alice")
	equal(f, "whom a session watches", watched(kicked.Instance), []string{"carol", "alice"})
	watch()
	equal(f, "when it watches nobody", watched(kicked.Instance), nil)
	equal(f, "whom no session watches", watched(kicked.Instance+1), nil)
}
