package mark_test

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

	"github.com/parley-im/parley/internal/c2c"
	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/group"
	"github.com/parley-im/parley/internal/mark"
	"github.com/parley-im/parley/internal/policy"
	"github.com/parley-im/parley/internal/store"
	"github.com/parley-im/parley/internal/store/sqlite"
)

// fixture is the operations on a database of their own, in an app where alice, bob,
// carol and dave have accounts. Alice, bob and carol are in group g.
type fixture struct {
	testing.TB

	clock  *clock
	hooks  *hooks
	store  store.Store
	marks  *mark.Service
	groups *group.Service
	pairs  *c2c.Service
	app    *chat.App
	nonces uint32
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
	guard, log := policy.NewGuard(f.clock.Now), slog.New(slog.DiscardHandler)
	f.marks = mark.New(db, f.hooks, guard)
	f.groups, err = group.New(group.Options{Store: db, Hooks: f.hooks, Guard: guard, Clock: f.clock.Now, Log: log})
	f.must(err)
	f.pairs = c2c.New(c2c.Options{Store: db, Hooks: f.hooks, Guard: guard, Clock: f.clock.Now, Log: log})
	f.app = &chat.App{SDKAppID: 1400000001, Settings: chat.DefaultSettings(), Webhook: chat.DefaultWebhook()}
	f.app.Settings.GroupRate = 0
	f.imports("alice", "bob", "carol", "dave")
	f.create("g", chat.Public, "bob", "carol")
	return f
}

func (f *fixture) imports(ids ...string) {
	f.Helper()
	accounts := make([]chat.AccountUpdate, 0, len(ids))
	for _, id := range ids {
		accounts = append(accounts, chat.AccountUpdate{UserID: id})
	}
	f.must(f.store.Update(f.Context(), func(tx store.Tx) error { return tx.PutAccounts(f.Context(), f.app.SDKAppID, accounts) }))
}

// rest is the administrator who calls the REST API.
func (f *fixture) rest() chat.Caller {
	return chat.Caller{App: f.app, UserID: "administrator", Admin: true, Platform: chat.PlatformREST}
}

// client is a user with a client.
func (f *fixture) client(userID string) chat.Caller {
	return chat.Caller{App: f.app, UserID: userID, Platform: chat.PlatformWeb, ClientIP: "192.0.2.2", Instance: 7}
}

// create makes a group that alice owns, with members.
func (f *fixture) create(id string, t chat.GroupType, members ...string) {
	f.Helper()
	name := "a group"
	r := &group.CreateRequest{GroupID: id, Type: string(t), Owner: "alice", Profile: group.Profile{Name: &name}}
	for _, m := range members {
		r.Members = append(r.Members, group.NewMember{UserID: m})
	}
	_, err := f.groups.Create(f.Context(), f.rest(), r)
	f.must(err)
}

func body(text string) json.RawMessage {
	return json.RawMessage(fmt.Sprintf(`[{"MsgType":"TIMTextElem","MsgContent":{"Text":%q}}]`, text))
}

// say sends a message of alice into a group.
func (f *fixture) say(groupID string, change func(*group.SendRequest)) mark.Target {
	f.Helper()
	f.nonces++
	random := f.nonces
	r := &group.SendRequest{GroupID: groupID, Random: &random, MsgBody: body("hello"), SupportExtension: true}
	if change != nil {
		change(r)
	}
	sent, err := f.groups.Send(f.Context(), f.client("alice"), r)
	f.must(err)
	return mark.Target{GroupID: groupID, TopicID: r.TopicID, Seq: sent.Seq}
}

// tell sends a message of alice to bob.
func (f *fixture) tell(support bool) mark.Target {
	f.Helper()
	f.nonces++
	random, seq := f.nonces, 2126350000+f.nonces
	sent, err := f.pairs.Send(f.Context(), f.client("alice"), &c2c.SendRequest{
		To: "bob", Random: &random, MsgSeq: &seq, MsgBody: body("hello"), SupportExtension: support,
	})
	f.must(err)
	return mark.Target{From: "alice", To: "bob", Key: sent.Key}
}

// targets is a message of each kind, on which everything works alike.
func (f *fixture) targets() map[string]mark.Target {
	f.Helper()
	return map[string]mark.Target{"group": f.say("g", nil), "pair": f.tell(true)}
}

func (f *fixture) must(err error) {
	f.Helper()
	if err != nil {
		f.Fatal(err)
	}
}

// refused checks that err is the refusal want.
func (f *fixture) refused(what string, err error, want *chat.Error) {
	f.Helper()
	if !errors.Is(err, want) {
		f.Errorf("%s: got %v, want %v", what, err, want)
	}
}

// equal compares what a test got with what it wants.
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

// hooks keeps what it hears.
type hooks struct {
	mu    sync.Mutex // guards heard
	heard []event.Event
}

var _ event.Hooks = (*hooks)(nil)

func (h *hooks) Ask(context.Context, *chat.App, event.Event) event.Answer { return event.Answer{} }

func (h *hooks) Record(_ *chat.App, happened event.Event) []event.Outgoing {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.heard = append(h.heard, happened)
	return nil
}

// take returns what was heard since it was last asked.
func (h *hooks) take() []event.Event {
	h.mu.Lock()
	defer h.mu.Unlock()
	heard := h.heard
	h.heard = nil
	return heard
}
