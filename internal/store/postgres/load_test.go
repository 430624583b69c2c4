package postgres_test

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/store"
	"github.com/parley-im/parley/internal/store/postgres"
	"github.com/parley-im/parley/internal/store/sqlstore"
	"github.com/parley-im/parley/internal/testkit"
)

const app chat.SDKAppID = 1400000001

func open(t testing.TB, url string) *sqlstore.Store {
	t.Helper()
	s, err := postgres.Open(t.Context(), postgres.Options{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s
}

// openSeveral opens the stores of several servers on one database.
func openSeveral(t testing.TB, url string, n int) []*sqlstore.Store {
	t.Helper()
	stores := make([]*sqlstore.Store, n)
	for i := range stores {
		stores[i] = open(t, url)
	}
	return stores
}

// raw opens a database behind the store's back.
func raw(t testing.TB, url string) *sql.DB {
	t.Helper()
	db, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func execute(t testing.TB, db *sql.DB, query string) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), query); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

func number(t testing.TB, db *sql.DB, query string) int64 {
	t.Helper()
	var n int64
	if err := db.QueryRowContext(t.Context(), query).Scan(&n); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}

func createGroup(t testing.TB, s store.Store, id string) *chat.Group {
	t.Helper()
	g := &chat.Group{ID: id, Type: chat.Public, Name: id, CreateTime: time.Now()}
	if err := s.Update(t.Context(), func(tx store.Tx) error { return tx.CreateGroup(t.Context(), app, g) }); err != nil {
		t.Fatal(err)
	}
	g.Revision = 1
	return g
}

func createGroups(t testing.TB, s store.Store, n int) []*chat.Group {
	t.Helper()
	groups := make([]*chat.Group, n)
	for i := range groups {
		groups[i] = createGroup(t, s, fmt.Sprintf("g%03d", i))
	}
	return groups
}

// message is a send with one event of the same body. Sent again, it is a repeater.
func message(g *chat.Group, sender, text string) *store.Append {
	m := &chat.Message{Sender: sender, Random: 1, Priority: chat.PriorityNormal, Body: chat.Body{JSON: []byte(text)}}
	return &store.Append{
		App: app, Conversation: g.Conversation, Revision: g.Revision, Sequence: store.Stored, Message: m, DuplicateKey: m.DuplicateKey(g.Conversation),
		Events: func() []event.Outgoing {
			return []event.Outgoing{{SDKAppID: app, Command: "Group.CallbackAfterSendMsg", Conversation: "group:" + g.ID, Body: []byte(text)}}
		},
	}
}

// load is senders at work, and what they were told.
type load struct {
	*testing.T

	groups  []*chat.Group
	quit    chan struct{}
	working sync.WaitGroup
	sends   atomic.Int64 // those that were acknowledged
	refused atomic.Int64 // answers that the database cannot be reached

	mu   sync.Mutex                  // guards told
	told map[string]map[int64]string // texts by group and number
}

// startLoad lets several callers of each store send. Who is told that the database
// cannot be reached says the same again, as callers do.
func startLoad(t *testing.T, stores []*sqlstore.Store, groups []*chat.Group, callers int) *load {
	t.Helper()
	l := &load{T: t, groups: groups, quit: make(chan struct{}), told: make(map[string]map[int64]string)}
	for _, g := range groups {
		l.told[g.ID] = make(map[int64]string)
	}
	for i, s := range stores {
		for caller := range callers {
			l.working.Go(func() { l.send(s, i*callers+caller) })
		}
	}
	return l
}

func (l *load) send(s store.Store, caller int) {
	for n := 0; ; n++ {
		select {
		case <-l.quit:
			return
		default:
		}
		g, text := l.groups[(caller*7+n*3)%len(l.groups)], fmt.Sprintf("%d-%d", caller, n)
		if !l.sendOnce(s, g, text) {
			return
		}
	}
}

func (l *load) sendOnce(s store.Store, g *chat.Group, text string) bool {
	a := message(g, "alice", text)
	for begun := time.Now(); ; {
		got, err := s.Append(context.Background(), a)
		switch {
		case err == nil:
			l.sends.Add(1)
			l.mu.Lock()
			defer l.mu.Unlock()
			if first, ok := l.told[g.ID][got.Seq]; ok {
				l.Errorf("number %d of %s was told twice, for %s and %s", got.Seq, g.ID, first, text)
			}
			l.told[g.ID][got.Seq] = text
			return true
		case errors.Is(err, store.ErrStale):
			l.reread(s, g, a)
		case errors.Is(err, store.ErrUnreachable):
			l.refused.Add(1)
		default:
			l.Errorf("a send: %v", err)
			return false
		}
		if time.Since(begun) > 2*testkit.Patience {
			l.Errorf("a send does not come through: %v", err)
			return false
		}
	}
}

// reread gives a the revision that its group has now.
func (l *load) reread(s store.Store, g *chat.Group, a *store.Append) {
	err := s.View(context.Background(), func(tx store.Tx) error {
		sender, err := tx.Sender(context.Background(), app, g.ID, a.Message.Sender)
		a.Revision = sender.Revision
		return err
	})
	if err != nil && !errors.Is(err, store.ErrUnreachable) {
		l.Errorf("a view: %v", err)
	}
}

// wait waits until some more sends were acknowledged.
func (l *load) wait(more int64) {
	l.Helper()
	want, end := l.sends.Load()+more, time.Now().Add(2*testkit.Patience)
	for l.sends.Load() < want {
		if l.Failed() || time.Now().After(end) {
			l.stop()
			l.Fatalf("only %d of %d sends came through", l.sends.Load()-want+more, more)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func (l *load) stop() {
	close(l.quit)
	l.working.Wait()
}

// verify looks for all that was told, and for nothing else.
func (l *load) verify(s store.Store) {
	l.Helper()
	for _, g := range l.groups {
		said, events, next := read(l.T, s, g)
		if diff := gocmp.Diff(l.told[g.ID], said); diff != "" {
			l.Errorf("messages of %s (-told +stored):\n%s", g.ID, diff)
		}
		seqs := slices.Sorted(maps.Keys(said))
		if n := int64(len(seqs)); n > 0 && (seqs[0] != 1 || seqs[n-1] != n || next != n+1) {
			l.Errorf("%s has %d messages with numbers from %d to %d, and %d is next", g.ID, n, seqs[0], seqs[n-1], next)
		}
		var texts []string
		for _, seq := range seqs {
			texts = append(texts, said[seq])
		}
		if diff := gocmp.Diff(texts, events); diff != "" {
			l.Errorf("events of %s by their IDs differ from its messages by their numbers (-messages +events):\n%s", g.ID, diff)
		}
		if sorted := slices.Sorted(slices.Values(texts)); len(slices.Compact(sorted)) != len(texts) {
			l.Errorf("%s has messages twice", g.ID)
		}
	}
}

// read is what a group has: texts by number, bodies of events by their IDs, and the
// next number.
func read(t testing.TB, s store.Store, g *chat.Group) (said map[int64]string, events []string, next int64) {
	t.Helper()
	said = make(map[int64]string)
	err := s.View(t.Context(), func(tx store.Tx) error {
		list, err := tx.ListMessages(t.Context(), g.Conversation, store.MessagePage{Limit: 1 << 20})
		for _, m := range list {
			said[m.Seq] = string(m.Body.JSON)
		}
		pending, more := tx.PendingEvents(t.Context(), app, "group:"+g.ID, 1<<20)
		slices.SortFunc(pending, func(a, b store.Event) int { return cmp.Compare(a.ID, b.ID) })
		for _, e := range pending {
			events = append(events, string(e.Body))
		}
		seen, last := tx.Group(t.Context(), app, g.ID)
		if err = errors.Join(err, more, last); err == nil {
			next = seen.NextMsgSeq
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return said, events, next
}
