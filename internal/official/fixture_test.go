package official_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/official"
	"github.com/parley-im/parley/internal/policy"
	"github.com/parley-im/parley/internal/store"
	"github.com/parley-im/parley/internal/store/sqlite"
)

// fixture is the operations on a database of their own, in an app without
// frequency limits where alice, bob and carol have accounts.
type fixture struct {
	testing.TB

	clock     *clock
	hooks     *hooks
	store     store.Store
	officials *official.Service
	app       *chat.App
}

func start(t testing.TB) *fixture {
	t.Helper()
	f := &fixture{TB: t, clock: &clock{now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}, hooks: &hooks{}}
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "parley.db"), sqlite.Options{Clock: f.clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
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
	var accounts []chat.AccountUpdate
	for _, id := range ids {
		accounts = append(accounts, chat.AccountUpdate{UserID: id})
	}
	f.must(f.store.Update(f.Context(), func(tx store.Tx) error { return tx.PutAccounts(f.Context(), f.app.SDKAppID, accounts) }))
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
	return f.repeat(id, text, f.hooks.nonce())
}

func (f *fixture) repeat(id, text string, random uint32) *official.SendRequest {
	return &official.SendRequest{ID: id, Random: &random, MsgBody: body(text)}
}

func body(text string) json.RawMessage {
	quoted, err := json.Marshal(text)
	if err != nil {
		panic(err)
	}
	return json.RawMessage(fmt.Sprintf(`[{"MsgType":"TIMTextElem","MsgContent":{"Text":%s}}]`, quoted))
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

// clock is a time that the test sets.
type clock struct {
	mu  sync.Mutex // guards now
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// hooks answers as the test wants and keeps what it hears.
type hooks struct {
	mu     sync.Mutex // guards all below
	answer event.Answer
	asked  int
	heard  []event.Event
	nonces uint32
}

func (h *hooks) Ask(context.Context, *chat.App, event.Event) event.Answer {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.asked++
	return h.answer
}

func (h *hooks) Record(app *chat.App, happened event.Event) []event.Outgoing {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.heard = append(h.heard, happened)
	return []event.Outgoing{{SDKAppID: app.SDKAppID, Command: fmt.Sprintf("%T", happened), Conversation: happened.Conversation().String(), Body: []byte("{}")}}
}

func (h *hooks) nonce() uint32 {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.nonces++
	return h.nonces
}

func (h *hooks) answers(a event.Answer) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.answer = a
}

func (h *hooks) take() (heard []event.Event, asked int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	heard, asked = h.heard, h.asked
	h.heard, h.asked = nil, 0
	return heard, asked
}
