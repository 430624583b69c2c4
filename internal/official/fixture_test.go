package official_test

import (
	"errors"
	"log/slog"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/official"
	"github.com/parley-im/parley/internal/policy"
	"github.com/parley-im/parley/internal/store"
	"github.com/parley-im/parley/internal/testkit/roomtest"
)

// body is the body of a message that says text.
var body = roomtest.MsgBody

// fixture is the operations on a database of their own, in an app without
// frequency limits where alice, bob and carol have accounts.
type fixture struct {
	testing.TB

	clock     *roomtest.Clock
	hooks     *roomtest.Hooks
	store     store.Store
	officials *official.Service
	app       *chat.App
	nonces    atomic.Uint32
}

func start(t testing.TB) *fixture {
	t.Helper()
	f := &fixture{TB: t, clock: roomtest.NewClock(), hooks: new(roomtest.Hooks)}
	db := roomtest.OpenStore(t, f.clock.Now)
	f.store = db
	f.officials = official.New(official.Options{
		Store: db, Hooks: f.hooks, Guard: policy.NewGuard(f.clock.Now), Clock: f.clock.Now, Log: slog.New(slog.DiscardHandler),
	})
	f.app = &chat.App{SDKAppID: 1400000001, Administrators: []string{"administrator"}, Settings: chat.DefaultSettings(), Webhook: chat.DefaultWebhook()}
	f.app.Settings.OfficialRate = 0
	f.imports("alice", "bob", "carol")
	return f
}

// change makes the app another one, as a change of its settings does.
func (f *fixture) change(fn func(*chat.App)) {
	changed := *f.app
	fn(&changed)
	f.app = &changed
}

func (f *fixture) rest() chat.Caller {
	return chat.Caller{App: f.app, UserID: "administrator", Admin: true, Platform: chat.PlatformREST}
}

func (f *fixture) imports(ids ...string) {
	f.Helper()
	roomtest.PutAccounts(f, f.store, f.app.SDKAppID, ids...)
}

// create makes an official account that alice owns.
func (f *fixture) create(id string) {
	f.Helper()
	_, err := f.officials.Create(f.Context(), f.rest(), official.CreateRequest{ID: id, Owner: "alice", Name: "news"})
	f.must(err)
}

func (f *fixture) must(err error) {
	f.Helper()
	if err != nil {
		f.Fatal(err)
	}
}

// refused checks that err is the refusal want, nil for none.
func (f *fixture) refused(what string, err error, want *chat.Error) {
	f.Helper()
	if want == nil {
		if err != nil {
			f.Errorf("%s: %v", what, err)
		}
		return
	}
	if !errors.Is(err, want) {
		f.Errorf("%s: got %v, want %v", what, err, want)
	}
}

// say is a broadcast of text; every one has a nonce of its own.
func (f *fixture) say(id, text string) *official.SendRequest {
	return f.repeat(id, text, f.nonces.Add(1))
}

func (f *fixture) repeat(id, text string, random uint32) *official.SendRequest {
	return &official.SendRequest{ID: id, Random: &random, MsgBody: body(text)}
}

func (f *fixture) send(r *official.SendRequest) official.Sent {
	f.Helper()
	sent, err := f.officials.Send(f.Context(), f.rest(), r)
	f.must(err)
	return sent
}

func (f *fixture) trySend(r *official.SendRequest) error {
	_, err := f.officials.Send(f.Context(), f.rest(), r)
	return err
}

// stored returns what an official account has said, by number.
func (f *fixture) stored(id string) map[int64]chat.Message {
	f.Helper()
	found := make(map[int64]chat.Message)
	f.must(f.store.View(f.Context(), func(tx store.Tx) error {
		o, err := tx.Official(f.Context(), f.app.SDKAppID, id)
		if err != nil {
			return err
		}
		list, err := tx.ListMessages(f.Context(), o.Conversation, store.MessagePage{Limit: 1000})
		for _, m := range list {
			found[m.Seq] = m
		}
		return err
	}))
	return found
}

func (f *fixture) info(id string) *chat.OfficialAccount {
	f.Helper()
	infos, err := f.officials.Get(f.Context(), f.rest(), []string{id})
	f.must(err)
	if infos[0].Err != nil {
		f.Fatal(infos[0].Err)
	}
	return infos[0].Account
}

func equal[T any](f *fixture, what string, got, want T) {
	f.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		f.Errorf("%s (-want +got):\n%s", what, diff)
	}
}
