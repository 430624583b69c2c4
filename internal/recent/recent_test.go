package recent_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/recent"
	"github.com/parley-im/parley/internal/store"
	"github.com/parley-im/parley/internal/testkit/roomtest"
)

// fixture is the operations on a database of their own, where alice, bob and carol
// have accounts.
type fixture struct {
	testing.TB

	clock  *roomtest.Clock
	store  store.Store
	recent *recent.Service
	app    *chat.App

	mu   sync.Mutex // guards told
	told []event.Event
}

func start(t testing.TB) *fixture {
	t.Helper()
	f := &fixture{TB: t, clock: roomtest.NewClock(), app: &chat.App{SDKAppID: 1400000001}}
	db := roomtest.OpenStore(t, f.clock.Now)
	db.OnAnnounce(func(batch []event.Event) {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.told = append(f.told, batch...)
	})
	f.store = db
	f.recent = recent.New(db)
	for _, id := range []string{"alice", "bob", "carol"} {
		f.update(func(ctx context.Context, tx store.Tx) error {
			return tx.PutAccounts(ctx, f.app.SDKAppID, []chat.AccountUpdate{{UserID: id, Nick: new("nick of " + id)}})
		})
	}
	return f
}

func (f *fixture) client(userID string) chat.Caller {
	return chat.Caller{App: f.app, UserID: userID, Platform: chat.PlatformWeb, Instance: 1}
}

func (f *fixture) update(fn func(ctx context.Context, tx store.Tx) error) {
	f.Helper()
	f.must(f.store.Update(f.Context(), func(tx store.Tx) error { return fn(f.Context(), tx) }))
}

func (f *fixture) must(err error) {
	f.Helper()
	if err != nil {
		f.Fatal(err)
	}
}

func (f *fixture) refused(what string, err error, want *chat.Error) {
	f.Helper()
	if !errors.Is(err, want) {
		f.Errorf("%s: got %v, want %v", what, err, want)
	}
}

// append says something in a conversation.
func (f *fixture) append(conversation int64, m *chat.Message) {
	f.Helper()
	f.clock.Advance(time.Second)
	f.update(func(ctx context.Context, tx store.Tx) error {
		return tx.AppendMessage(ctx, f.app.SDKAppID, conversation, store.Stored, m)
	})
}

func text(sender, text string) *chat.Message {
	quoted, err := json.Marshal(text)
	if err != nil {
		panic(err) // a string always encodes
	}
	return &chat.Message{Sender: sender, Priority: chat.PriorityNormal, Body: chat.Body{JSON: quoted}}
}

// say says something between two users.
func (f *fixture) say(from, to, what string, change ...func(*chat.Message)) {
	f.Helper()
	m := text(from, what)
	for _, c := range change {
		c(m)
	}
	f.update(func(ctx context.Context, tx store.Tx) error { return tx.OpenPair(ctx, f.app.SDKAppID, from, to) })
	f.append(f.contact(from, chat.PairConversation(from, to)).Conversation, m)
}

func (f *fixture) contact(userID string, of chat.Conversation) store.Contact {
	f.Helper()
	var c store.Contact
	f.update(func(ctx context.Context, tx store.Tx) error {
		found, err := tx.Contact(ctx, f.app.SDKAppID, userID, of)
		if err == nil {
			c = *found
		}
		return err
	})
	return c
}

// group makes a group with members and returns its conversation.
func (f *fixture) group(id string, kind chat.GroupType, members ...string) int64 {
	f.Helper()
	g := &chat.Group{ID: id, Type: kind, Name: "name of " + id}
	f.update(func(ctx context.Context, tx store.Tx) error {
		if err := tx.CreateGroup(ctx, f.app.SDKAppID, g); err != nil {
			return err
		}
		var list []chat.Member
		for _, m := range members {
			list = append(list, chat.Member{UserID: m, Role: chat.RoleMember, JoinTime: tx.Now(), MsgFlag: chat.FlagNotify})
		}
		_, err := tx.AddMembers(ctx, f.app.SDKAppID, g.Conversation, list)
		return err
	})
	return g.Conversation
}

// official makes an official account with subscribers and returns its conversation.
func (f *fixture) official(id string, subscribers ...string) int64 {
	f.Helper()
	o := &chat.OfficialAccount{ID: id, Name: "name of " + id}
	f.update(func(ctx context.Context, tx store.Tx) error {
		if err := tx.CreateOfficial(ctx, f.app.SDKAppID, o); err != nil {
			return err
		}
		var list []chat.Subscriber
		for _, s := range subscribers {
			list = append(list, chat.Subscriber{UserID: s, SubscribeTime: tx.Now(), MsgFlag: chat.FlagNotify})
		}
		_, err := tx.AddSubscribers(ctx, f.app.SDKAppID, o.Conversation, list)
		return err
	})
	return o.Conversation
}

func (f *fixture) list(userID string) []recent.Item {
	f.Helper()
	page, err := f.recent.List(f.Context(), f.client(userID), 0)
	f.must(err)
	return page.Items
}

// lines shows a list as "name: last message (unread)".
func (f *fixture) lines(userID string) []string {
	f.Helper()
	lines := []string{}
	for _, it := range f.list(userID) {
		line := it.Name + ":"
		if it.Last != nil {
			var last string
			f.must(json.Unmarshal(it.Last.Body.JSON, &last))
			line += " " + last
		}
		if n := it.Unread - it.Ignored; n > 0 {
			line += fmt.Sprintf(" (%d)", n)
		}
		lines = append(lines, line)
	}
	return lines
}

// hear returns the types of what was announced since the last time.
func (f *fixture) hear() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var names []string
	for _, e := range f.told {
		names = append(names, strings.TrimPrefix(fmt.Sprintf("%T", e), "event."))
	}
	f.told = nil
	return names
}

func equal[T any](f *fixture, what string, got, want T) {
	f.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		f.Errorf("%s (-want +got):\n%s", what, diff)
	}
}
