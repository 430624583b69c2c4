package storetest

import (
	"context"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/store"
)

func installation(f *fixture) {
	id := f.store.InstallationID()
	if id == "" {
		f.Fatal("no installation ID")
	}
	f.reopen()
	equal(f, "installation ID after a restart", f.store.InstallationID(), id)
}

// transactionTime: one time for the whole transaction, in whole milliseconds.
func transactionTime(f *fixture) {
	f.clock.advance(123456 * time.Microsecond)
	want := f.clock.Now().Truncate(time.Millisecond)
	check := func(_ context.Context, tx store.Tx) error {
		first := tx.Now()
		f.clock.advance(time.Hour)
		defer f.clock.advance(-time.Hour)
		equal(f, "time at the beginning", first, want)
		equal(f, "time later in the transaction", tx.Now(), want)
		return nil
	}
	f.update(check)
	f.view(check)
}

func apps(f *fixture) {
	list := func() []*chat.App {
		return get(f, func(ctx context.Context, tx store.Tx) ([]*chat.App, error) { return tx.ListApps(ctx) })
	}
	if got := list(); len(got) != 0 {
		f.Fatalf("a new store has %d apps", len(got))
	}
	second := newApp(otherApp)
	first := newApp(app)
	first.Administrators = []string{"administrator", "root"}
	first.Settings.BlockedWords = []string{"spam", "ü<&>\u2028"}
	first.Settings.GroupRate = 0
	first.Settings.MessageRetention = 24 * time.Hour
	first.Webhook.URL = "https://hooks.example.com/im?a=1&b=2"
	first.Webhook.On = []string{"Group.CallbackAfterSendMsg"}
	first.Webhook.Commands = map[string]chat.CommandPolicy{
		"Group.CallbackBeforeSendMsg": {Timeout: time.Second, OnFailure: chat.DenyOnFailure},
	}
	for _, a := range []*chat.App{second, first} {
		f.update(func(ctx context.Context, tx store.Tx) error { return tx.CreateApp(ctx, a) })
		a.CreateTime = f.clock.Now()
		f.clock.advance(time.Minute)
	}
	equal(f, "apps, lowest number first", list(), []*chat.App{first, second})
	one := func(id chat.SDKAppID) (*chat.App, error) {
		return tryGet(f, func(ctx context.Context, tx store.Tx) (*chat.App, error) { return tx.App(ctx, id) })
	}
	found, err := one(app)
	f.fails("one app", err, nil)
	equal(f, "one app", found, first)
	_, err = one(app + 99)
	f.fails("an app that does not exist", err, store.ErrNotFound)

	err = f.tryUpdate(func(ctx context.Context, tx store.Tx) error { return tx.CreateApp(ctx, newApp(app)) })
	f.fails("creating an app again", err, store.ErrExists)

	changed := newApp(app)
	changed.SecretKey = "another"
	changed.Administrators = []string{"only one"}
	changed.Settings.ReportRefusals = false
	f.update(func(ctx context.Context, tx store.Tx) error { return tx.UpdateApp(ctx, changed) })
	changed.SecretKey, changed.CreateTime = first.SecretKey, first.CreateTime
	equal(f, "apps after a change", list(), []*chat.App{changed, second})
	f.reopen()
	equal(f, "apps after a restart", list(), []*chat.App{changed, second})
}

func newApp(id chat.SDKAppID) *chat.App {
	return &chat.App{
		SDKAppID: id, SecretKey: "key of the app", Administrators: []string{"administrator"},
		Settings: chat.DefaultSettings(), Webhook: chat.DefaultWebhook(),
	}
}
