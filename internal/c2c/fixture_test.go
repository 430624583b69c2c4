package c2c_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-im/parley/internal/c2c"
	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/official"
	"github.com/parley-im/parley/internal/policy"
	"github.com/parley-im/parley/internal/store"
	"github.com/parley-im/parley/internal/testkit/roomtest"
)

// body is the body of a message that says text.
var body = roomtest.MsgBody

// fixture is the operations on a database of their own, in an app where alice, bob
// and carol have accounts and all webhooks of pairs are on.
type fixture struct {
	testing.TB

	clock     *roomtest.Clock
	hooks     *roomtest.Hooks
	store     store.Store
	pairs     *c2c.Service
	officials *official.Service
	app       *chat.App

	mu    sync.Mutex // guards told
	told  []event.Event
	nonce uint32
}

func start(t testing.TB) *fixture {
	t.Helper()
	f := &fixture{TB: t, clock: roomtest.NewClock(), hooks: new(roomtest.Hooks)}
	db := roomtest.OpenStore(t, f.clock.Now)
	db.OnAnnounce(func(batch []event.Event) {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.told = append(f.told, batch...)
	})
	f.store = db
	guard, log := policy.NewGuard(f.clock.Now), slog.New(slog.DiscardHandler)
	f.pairs = c2c.New(c2c.Options{Store: db, Hooks: f.hooks, Guard: guard, Clock: f.clock.Now, Log: log})
	f.officials = official.New(official.Options{Store: db, Hooks: f.hooks, Guard: guard, Clock: f.clock.Now, Log: log})
	f.app = &chat.App{SDKAppID: 1400000001, Administrators: []string{"administrator"}, Settings: chat.DefaultSettings(), Webhook: chat.DefaultWebhook()}
	f.app.Settings.OfficialRate = 0
	f.app.Webhook.URL = "http://receiver.example/"
	f.app.Webhook.On = []string{
		"C2C.CallbackBeforeSendMsg", "C2C.CallbackAfterSendMsg", "C2C.CallbackAfterMsgReport", "C2C.CallbackAfterMsgWithDraw",
	}
	f.imports("alice", "bob", "carol")
	return f
}

// change makes the app another one, as a change of its settings does.
func (f *fixture) change(fn func(*chat.App)) {
	changed := *f.app
	fn(&changed)
	f.app = &changed
}

// client is a user with a client.
func (f *fixture) client(userID string) chat.Caller {
	return chat.Caller{App: f.app, UserID: userID, Platform: chat.PlatformWeb, Instance: 1}
}

func (f *fixture) update(fn func(ctx context.Context, tx store.Tx) error) {
	f.Helper()
	f.must(f.store.Update(f.Context(), func(tx store.Tx) error { return fn(f.Context(), tx) }))
}

func (f *fixture) imports(ids ...string) {
	f.Helper()
	roomtest.PutAccounts(f, f.store, f.app.SDKAppID, ids...)
}

// account makes an official account that alice owns and users subscribe to.
func (f *fixture) account(id string, subscribers ...string) {
	f.Helper()
	admin := chat.Caller{App: f.app, UserID: "administrator", Admin: true, Platform: chat.PlatformREST}
	_, err := f.officials.Create(f.Context(), admin, official.CreateRequest{ID: id, Owner: "alice", Name: "news"})
	f.must(err)
	_, err = f.officials.Subscribe(f.Context(), admin, id, subscribers)
	f.must(err)
}

// broadcast says something to all subscribers.
func (f *fixture) broadcast(id, text string) {
	f.Helper()
	f.nonce++
	_, err := f.officials.Send(f.Context(), f.client("alice"), &official.SendRequest{ID: id, Random: new(f.nonce), MsgBody: body(text)})
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

// text is a message with a nonce of its own.
func (f *fixture) text(to, text string) *c2c.SendRequest {
	f.nonce++
	return &c2c.SendRequest{To: to, MsgSeq: new(2_000_000_000 + f.nonce), Random: new(f.nonce), ClientTime: 7, MsgBody: body(text)}
}

// say sends a message from one user to another.
func (f *fixture) say(from, to, text string) chat.PairKey {
	f.Helper()
	sent, err := f.pairs.Send(f.Context(), f.client(from), f.text(to, text))
	f.must(err)
	return sent.Key
}

func (f *fixture) trySend(from string, r *c2c.SendRequest) error {
	_, err := f.pairs.Send(f.Context(), f.client(from), r)
	return err
}

// history reads a page and shows it as "sender: text".
func (f *fixture) history(userID string, r c2c.HistoryRequest) (lines []string, h c2c.History) {
	f.Helper()
	if r.Limit == 0 {
		r.Limit = 100
	}
	r.Recalled = true
	h, err := f.pairs.History(f.Context(), f.client(userID), r)
	f.must(err)
	return said(f, h.Messages), h
}

// said shows messages as "sender: text", with a mark for those that were recalled.
func said(f *fixture, list []c2c.Said) []string {
	f.Helper()
	lines := []string{}
	for _, m := range list {
		var elements []struct {
			MsgContent struct {
				Text string `json:"Text"`
			} `json:"MsgContent"`
		}
		f.must(json.Unmarshal(m.Body.JSON, &elements))
		line := m.From + ": " + elements[0].MsgContent.Text
		if m.Place == chat.PlaceRecalled {
			line += " (recalled)"
		}
		lines = append(lines, line)
	}
	return lines
}

func (f *fixture) unread(userID string) map[string]int {
	f.Helper()
	sync, err := f.pairs.Sync(f.Context(), f.client(userID), "")
	f.must(err)
	counts := make(map[string]int)
	for _, u := range sync.Unread {
		counts[u.Name] += u.Count
	}
	return counts
}

// hear returns what those who are connected were told since the last time, as the
// types of the events.
func (f *fixture) hear() (told []event.Event, names []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	told, f.told = f.told, nil
	for _, e := range told {
		names = append(names, fmt.Sprintf("%T", e)[len("event."):])
	}
	return told, names
}

func equal[T any](f *fixture, what string, got, want T) {
	f.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		f.Errorf("%s (-want +got):\n%s", what, diff)
	}
}
