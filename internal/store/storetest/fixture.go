package storetest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/store"
)

// app is the tenant of most tests, otherApp the one that must not notice.
const (
	app      chat.SDKAppID = 1400000001
	otherApp chat.SDKAppID = 1400000002
)

// many is a number of names that takes statements of every size.
const many = 256 + 64 + 16 + 4 + 1

// errWanted is what updates of the suite fail with.
var errWanted = errors.New("wanted")

// fixture is one test with its store.
type fixture struct {
	*testing.T

	open  func(testing.TB, func() time.Time) store.Store
	clock *clock
	store store.Store

	mu    sync.Mutex // guards heard
	heard []store.Event
}

func start(t *testing.T, open func(testing.TB, func() time.Time) store.Store) *fixture {
	t.Helper()
	f := &fixture{T: t, open: open, clock: &clock{now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}}
	f.openStore()
	t.Cleanup(f.closeStore)
	return f
}

func (f *fixture) openStore() {
	f.Helper()
	f.store = f.open(f.T, f.clock.Now)
	f.store.OnEvents(func(events []store.Event) {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.heard = append(f.heard, events...)
	})
}

func (f *fixture) closeStore() {
	f.Helper()
	if err := f.store.Close(); err != nil {
		f.Errorf("close: %v", err)
	}
}

func (f *fixture) reopen() {
	f.Helper()
	f.closeStore()
	f.openStore()
}

// reopenHearing is reopen with somebody who hears announcements.
func (f *fixture) reopenHearing(fn func([]event.Event)) {
	f.Helper()
	f.reopen()
	f.store.OnAnnounce(fn)
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

// update changes the store.
func (f *fixture) update(fn func(ctx context.Context, tx store.Tx) error) {
	f.Helper()
	if err := f.tryUpdate(fn); err != nil {
		f.Fatalf("update: %v", err)
	}
}

func (f *fixture) tryUpdate(fn func(ctx context.Context, tx store.Tx) error) error {
	return f.store.Update(f.Context(), func(tx store.Tx) error { return fn(f.Context(), tx) })
}

// set is update for functions that return a value.
func set[T any](f *fixture, fn func(ctx context.Context, tx store.Tx) (T, error)) T {
	f.Helper()
	var v T
	f.update(func(ctx context.Context, tx store.Tx) (err error) {
		v, err = fn(ctx, tx)
		return err
	})
	return v
}

// get reads a value.
func get[T any](f *fixture, fn func(ctx context.Context, tx store.Tx) (T, error)) T {
	f.Helper()
	v, err := tryGet(f, fn)
	if err != nil {
		f.Fatalf("view: %v", err)
	}
	return v
}

func tryGet[T any](f *fixture, fn func(ctx context.Context, tx store.Tx) (T, error)) (T, error) {
	var v T
	err := f.store.View(f.Context(), func(tx store.Tx) (err error) {
		v, err = fn(f.Context(), tx)
		return err
	})
	return v, err
}

// equal compares what a test got with what it wants.
func equal[T any](f *fixture, what string, got, want T) {
	f.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		f.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// fails checks an error.
func (f *fixture) fails(what string, err, want error) {
	f.Helper()
	if !errors.Is(err, want) {
		f.Errorf("%s: got error %v, want %v", what, err, want)
	}
}

// group makes a group.
func (f *fixture) group(id string) *chat.Group {
	f.Helper()
	g := &chat.Group{ID: id, Type: chat.Public, Name: "name of " + id, CreateTime: f.clock.Now()}
	f.update(func(ctx context.Context, tx store.Tx) error { return tx.CreateGroup(ctx, app, g) })
	return f.stored(id)
}

// stored reads a group.
func (f *fixture) stored(id string) *chat.Group {
	f.Helper()
	return get(f, func(ctx context.Context, tx store.Tx) (*chat.Group, error) { return tx.Group(ctx, app, id) })
}

func (f *fixture) official(id string) *chat.OfficialAccount {
	f.Helper()
	o := &chat.OfficialAccount{ID: id, Name: "name of " + id, CreateTime: f.clock.Now()}
	f.update(func(ctx context.Context, tx store.Tx) error { return tx.CreateOfficial(ctx, app, o) })
	return f.storedOfficial(id)
}

func (f *fixture) storedOfficial(id string) *chat.OfficialAccount {
	f.Helper()
	return get(f, func(ctx context.Context, tx store.Tx) (*chat.OfficialAccount, error) {
		return tx.Official(ctx, app, id)
	})
}

// join adds ordinary members.
func (f *fixture) join(g *chat.Group, ids ...string) []string {
	f.Helper()
	list := make([]chat.Member, 0, len(ids))
	for _, id := range ids {
		list = append(list, chat.Member{UserID: id, Role: chat.RoleMember, JoinTime: f.clock.Now(), MsgFlag: chat.FlagNotify})
	}
	return set(f, func(ctx context.Context, tx store.Tx) ([]string, error) {
		return tx.AddMembers(ctx, app, g.Conversation, list)
	})
}

func (f *fixture) mute(g *chat.Group, until int64, ids ...string) {
	f.Helper()
	f.update(func(ctx context.Context, tx store.Tx) error { return tx.SetMutes(ctx, g.Conversation, ids, until) })
}

func (f *fixture) members(g *chat.Group) []string {
	f.Helper()
	return get(f, func(ctx context.Context, tx store.Tx) ([]string, error) {
		list, _, err := tx.ListMembers(ctx, g.Conversation, store.MemberPage{})
		ids := []string{}
		for _, m := range list {
			ids = append(ids, m.UserID)
		}
		return ids, err
	})
}

func (f *fixture) mutes(g *chat.Group) []store.Mute {
	f.Helper()
	return get(f, func(ctx context.Context, tx store.Tx) ([]store.Mute, error) { return tx.Mutes(ctx, g.Conversation) })
}

// said is the texts of a conversation by sequence number.
func (f *fixture) said(conversation int64) map[int64]string {
	f.Helper()
	return get(f, func(ctx context.Context, tx store.Tx) (map[int64]string, error) {
		list, err := tx.ListMessages(ctx, conversation, store.MessagePage{Limit: 1 << 20})
		texts := make(map[int64]string)
		for _, m := range list {
			var text string
			err = errors.Join(err, json.Unmarshal(m.Body.JSON, &text))
			texts[m.Seq] = text
		}
		return texts, err
	})
}

// send is a message into a group, with one event that names both.
func send(g *chat.Group, text string) *store.Append {
	m := message(text)
	return &store.Append{
		App: app, Conversation: g.Conversation, Revision: g.Revision, Sequence: store.Stored, Message: m,
		Events: func() []event.Outgoing { return []event.Outgoing{sentEvent(g.ID, m.Seq, text)} },
	}
}

// once is send with a duplicate key, that of the text.
func once(g *chat.Group, text string) *store.Append {
	a := send(g, text)
	a.DuplicateKey = a.Message.DuplicateKey(g.Conversation)
	return a
}

func message(text string) *chat.Message {
	body, err := json.Marshal(text)
	if err != nil {
		panic(err) // a string always encodes
	}
	return &chat.Message{Sender: "alice", Random: 7, Priority: chat.PriorityNormal, Body: chat.Body{JSON: body}}
}

func sentEvent(groupID string, seq int64, text string) event.Outgoing {
	return outgoing(groupID, fmt.Sprintf("%s %d %s", groupID, seq, text))
}

// outgoing is an event of a group whose body is text.
func outgoing(groupID, text string) event.Outgoing {
	return event.Outgoing{
		SDKAppID: app, Command: "Group.CallbackAfterSendMsg", Conversation: chat.GroupConversation(groupID).String(),
		ClientIP: "192.0.2.1", Platform: chat.PlatformREST, Body: []byte(text),
	}
}

func (f *fixture) append(a *store.Append) store.Appended {
	f.Helper()
	got, err := f.store.Append(f.Context(), a)
	if err != nil {
		f.Fatalf("append: %v", err)
	}
	return got
}

// add puts events into the outbox and returns them as they were heard of.
func (f *fixture) add(rows ...event.Outgoing) []store.Event {
	f.Helper()
	f.mu.Lock()
	before := len(f.heard)
	f.mu.Unlock()
	f.update(func(ctx context.Context, tx store.Tx) error { return tx.AddEvents(ctx, rows) })
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.heard[before:])
}

func (f *fixture) settle(outcomes ...store.Settlement) {
	f.Helper()
	f.update(func(ctx context.Context, tx store.Tx) error { return tx.Settle(ctx, outcomes) })
}

// event reads one event.
func (f *fixture) event(id int64) store.Event {
	f.Helper()
	return *get(f, func(ctx context.Context, tx store.Tx) (*store.Event, error) { return tx.Event(ctx, app, id) })
}

func (f *fixture) attempts(id int64) []store.Attempt {
	f.Helper()
	return get(f, func(ctx context.Context, tx store.Tx) ([]store.Attempt, error) { return tx.Attempts(ctx, id) })
}

// log is all events of an app, first one first, read page by page.
func (f *fixture) log(app chat.SDKAppID) []store.Event {
	f.Helper()
	all := f.search(store.EventQuery{App: app, Limit: 1000})
	slices.Reverse(all)
	return all
}

// search reads all pages of a query.
func (f *fixture) search(q store.EventQuery) []store.Event {
	f.Helper()
	all := []store.Event{}
	for {
		var page []store.Event
		var next int64
		f.view(func(ctx context.Context, tx store.Tx) (err error) {
			page, next, err = tx.ListEvents(ctx, q)
			return err
		})
		all = append(all, page...)
		switch {
		case len(page) > q.Limit:
			f.Fatalf("a page has %d events, want at most %d", len(page), q.Limit)
		case next == 0:
			return all
		case q.Before != 0 && next >= q.Before:
			f.Fatalf("a page behind %d ends at %d: this has no end", q.Before, next)
		}
		q.Before = next
	}
}

func (f *fixture) view(fn func(ctx context.Context, tx store.Tx) error) {
	f.Helper()
	if err := f.store.View(f.Context(), func(tx store.Tx) error { return fn(f.Context(), tx) }); err != nil {
		f.Fatalf("view: %v", err)
	}
}

// heardOf is the bodies of the events heard so far.
func (f *fixture) heardOf() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return bodies(f.heard)
}

func bodies(events []store.Event) []string {
	texts := []string{}
	for _, e := range events {
		texts = append(texts, string(e.Body))
	}
	return texts
}

func ids(events []store.Event) []int64 {
	list := []int64{}
	for _, e := range events {
		list = append(list, e.ID)
	}
	return list
}

// names makes n names.
func names(prefix string, n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf("%s%04d", prefix, i)
	}
	return list
}

// truth is a set of names as maps of existing ones show it.
func truth(names ...string) map[string]bool {
	set := make(map[string]bool, len(names))
	for _, n := range names {
		set[n] = true
	}
	return set
}

// long is text that takes more than a page of most databases.
func long(n int) string { return strings.Repeat("0123456789abcdef", n/16) }
