// Package roomtest is the ground on which the tests of operations stand: a database
// of their own, a time that they set, and hooks that keep what they hear.
package roomtest

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/store"
	"github.com/parley-im/parley/internal/store/sqlite"
)

// Clock is a time that a test sets. It is safe for concurrent use.
type Clock struct {
	mu  sync.Mutex // guards now
	now time.Time
}

// NewClock makes a clock that stands at noon of 1 March 2026.
func NewClock() *Clock { return &Clock{now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)} }

// Now is the time that was set.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Advance moves the time.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// OpenStore opens a new database and closes it when the test ends.
func OpenStore(t testing.TB, clock func() time.Time) store.Store {
	t.Helper()
	db, err := sqlite.Open(context.Background(), filepath.Join(t.TempDir(), "parley.db"), sqlite.Options{Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return db
}

// PutAccounts makes accounts.
func PutAccounts(t testing.TB, s store.Store, app chat.SDKAppID, ids ...string) {
	t.Helper()
	accounts := make([]chat.AccountUpdate, 0, len(ids))
	for _, id := range ids {
		accounts = append(accounts, chat.AccountUpdate{UserID: id})
	}
	if err := s.Update(t.Context(), func(tx store.Tx) error { return tx.PutAccounts(t.Context(), app, accounts) }); err != nil {
		t.Fatal(err)
	}
}

// MsgBody is the body of a message that says text.
func MsgBody(text string) json.RawMessage {
	quoted, err := json.Marshal(text)
	if err != nil {
		panic(err) // a string always encodes
	}
	return json.RawMessage(fmt.Sprintf(`[{"MsgType":"TIMTextElem","MsgContent":{"Text":%s}}]`, quoted))
}

// Hooks answers as a test wants and keeps what it hears. It is safe for concurrent
// use.
type Hooks struct {
	mu           sync.Mutex // guards all below
	answer       event.Answer
	asked, heard []event.Event
}

var _ event.Hooks = (*Hooks)(nil)

// Ask keeps the question.
func (h *Hooks) Ask(_ context.Context, _ *chat.App, question event.Event) event.Answer {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.asked = append(h.asked, question)
	return h.answer
}

// Record keeps what happened and makes a row of it, so that the store shows which
// transaction it came with.
func (h *Hooks) Record(app *chat.App, happened event.Event) []event.Outgoing {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.heard = append(h.heard, happened)
	return []event.Outgoing{{
		SDKAppID: app.SDKAppID, Command: fmt.Sprintf("%T", happened), Conversation: happened.Conversation().String(), Body: []byte("{}"),
	}}
}

// Answer sets what the app's backend says from now on.
func (h *Hooks) Answer(a event.Answer) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.answer = a
}

// Take returns what happened and what was asked since the last time.
func (h *Hooks) Take() (heard, asked []event.Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	heard, asked = h.heard, h.asked
	h.heard, h.asked = nil, nil
	return heard, asked
}
