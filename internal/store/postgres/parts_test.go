package postgres_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/store"
	"github.com/parley-im/parley/internal/store/postgres"
	"github.com/parley-im/parley/internal/store/sqlstore"
	"github.com/parley-im/parley/internal/testkit"
)

// partsFixture is a database whose time a test sets.
type partsFixture struct {
	*testing.T

	url   string
	store *sqlstore.Store
	mu    sync.Mutex // guards now
	now   time.Time
}

func startParts(t *testing.T) *partsFixture {
	t.Helper()
	f := &partsFixture{T: t, url: testkit.StartPostgres(t, "fsync=off").Database(t), now: time.Date(2026, 3, 30, 12, 0, 0, 0, time.UTC)}
	f.store = f.open()
	return f
}

func (f *partsFixture) open() *sqlstore.Store {
	f.Helper()
	s, err := postgres.Open(f.Context(), postgres.Options{URL: f.url, Clock: f.clock})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() {
		if err := s.Close(); err != nil {
			f.Errorf("close: %v", err)
		}
	})
	return s
}

func (f *partsFixture) clock() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.now
}

func (f *partsFixture) set(now time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now = now
}

func (f *partsFixture) createApp(set func(*chat.Settings)) {
	f.Helper()
	a := &chat.App{SDKAppID: app, SecretKey: "secret", Settings: chat.DefaultSettings(), Webhook: chat.DefaultWebhook()}
	set(&a.Settings)
	if err := f.store.Update(f.Context(), func(tx store.Tx) error { return tx.CreateApp(f.Context(), a) }); err != nil {
		f.Fatal(err)
	}
}

func (f *partsFixture) send(g *chat.Group, text string) {
	f.Helper()
	if _, err := f.store.Append(f.Context(), message(g, "alice", text)); err != nil {
		f.Fatal(err)
	}
}

// settleAll delivers what is pending.
func (f *partsFixture) settleAll() {
	f.Helper()
	if err := f.store.Update(f.Context(), func(tx store.Tx) error {
		pending, err := tx.PendingEvents(f.Context(), app, "group:g", 100)
		if err != nil {
			return err
		}
		var outcomes []store.Settlement
		for _, e := range pending {
			outcomes = append(outcomes, store.Settlement{
				EventID: e.ID, State: store.Delivered, FirstAttempt: f.clock(),
				Attempt: store.Attempt{Number: 1, Time: f.clock(), Status: 200},
			})
		}
		return tx.Settle(f.Context(), outcomes)
	}); err != nil {
		f.Fatal(err)
	}
}

func (f *partsFixture) purge() {
	f.Helper()
	for {
		more, err := f.store.Purge(f.Context(), 100)
		if err != nil {
			f.Fatal(err)
		}
		if !more {
			return
		}
	}
}

// parts are the parts of a table by their names' ends.
func (f *partsFixture) parts(table string) []string {
	f.Helper()
	names := texts(f.T, raw(f, f.url), "SELECT CAST(inhrelid::regclass AS TEXT) FROM pg_inherits WHERE inhparent = '"+table+"'::regclass")
	for i, name := range names {
		names[i] = strings.TrimPrefix(name, table+"_")
	}
	slices.Sort(names)
	return names
}

func (f *partsFixture) hasParts(table string, want ...string) {
	f.Helper()
	if diff := gocmp.Diff(want, f.parts(table)); diff != "" {
		f.Errorf("parts of %s (-want +got):\n%s", table, diff)
	}
}

func (f *partsFixture) count(query string, want int64) {
	f.Helper()
	if got := number(f, raw(f, f.url), "SELECT COUNT(*) FROM "+query); got != want {
		f.Errorf("%s: got %d rows, want %d", query, got, want)
	}
}

func TestPartsAreMade(t *testing.T) {
	t.Parallel()
	f := startParts(t)
	f.hasParts("message", "p202603", "p202604", "p202605", "rest")
	f.hasParts("event", "p20260330", "p20260331", "p20260401", "p20260402", "rest")
	f.hasParts("attempt", "p20260330", "p20260331", "p20260401", "p20260402", "rest")
	g := createGroup(t, f.store, "g")
	f.send(g, "one")
	f.settleAll()
	f.count("message_p202603", 1)
	f.count("event_p20260330", 1)
	f.count("attempt_p20260330", 1)

	f.set(time.Date(2026, 4, 2, 0, 0, 0, 0, time.UTC))
	several := []*sqlstore.Store{f.store, f.open(), f.open()}
	var purging sync.WaitGroup
	for _, s := range several {
		purging.Go(func() {
			if _, err := s.Purge(context.Background(), 10); err != nil {
				t.Errorf("purge: %v", err)
			}
		})
	}
	purging.Wait()
	f.hasParts("message", "p202603", "p202604", "p202605", "p202606", "rest")
	f.hasParts("event", "p20260330", "p20260331", "p20260401", "p20260402", "p20260403", "p20260404", "p20260405", "rest")
	f.send(g, "two")
	f.count("message_p202604", 1)
	f.count("event_p20260402", 1)
	if said, events, _ := read(t, f.store, g); len(said) != 2 || len(events) != 1 {
		t.Errorf("over all parts: got %d messages and %d pending events, want 2 and 1", len(said), len(events))
	}
}

// TestPartsAreRead: a time that a query names spares it the parts of other times;
// without one it looks into the index of each.
func TestPartsAreRead(t *testing.T) {
	t.Parallel()
	f := startParts(t)
	db := raw(t, f.url)
	for query, want := range map[string]int{
		fmt.Sprintf("SELECT id FROM event WHERE sdkappid = 1 AND id < 9 AND recorded_at >= %d", f.now.AddDate(0, 0, 2).UnixMilli()): 3, // two days and the rest
		"SELECT id FROM event WHERE id = 7 AND sdkappid = 1":                                                                        5,
		"SELECT seq FROM message WHERE conversation = 1 AND seq IN (7)":                                                             4,
		"SELECT number FROM attempt WHERE event_id = 7 ORDER BY number ":                                                            5,
	} {
		plan := texts(t, db, "EXPLAIN "+query)
		scans := 0
		for _, line := range plan {
			if !strings.Contains(line, "Bitmap Index") && (strings.Contains(line, " on event_") || strings.Contains(line, " on message_") || strings.Contains(line, " on attempt_")) {
				scans++
			}
		}
		if scans != want || strings.Contains(strings.Join(plan, " "), "Seq Scan") {
			t.Errorf("%s reads %d parts, want %d by their indexes:\n%s", query, scans, want, strings.Join(plan, "\n"))
		}
	}
}

func TestPartsOfEventsAreDropped(t *testing.T) {
	t.Parallel()
	f := startParts(t)
	f.createApp(func(s *chat.Settings) { s.EventRetention = 7 * 24 * time.Hour })
	g := createGroup(t, f.store, "g")
	f.send(g, "first day")
	f.settleAll()
	f.set(f.now.AddDate(0, 0, 1))
	f.send(g, "second day, delivered")
	f.settleAll()
	f.send(g, "second day, pending")
	f.set(f.now.AddDate(0, 0, 7)) // noon of the eighth day after the first
	f.purge()
	if parts := f.parts("event"); slices.Contains(parts, "p20260330") || !slices.Contains(parts, "p20260331") {
		t.Errorf("got parts %v, want all but that of the first day", parts)
	}
	if parts := f.parts("attempt"); slices.Contains(parts, "p20260330") || !slices.Contains(parts, "p20260331") {
		t.Errorf("got parts %v of the attempts, want all but that of the first day", parts)
	}
	f.set(f.now.AddDate(0, 0, 5)) // what cannot be dropped is deleted row by row
	f.purge()
	f.count("event_p20260331", 1)
	f.settleAll()
	f.set(f.now.Add(time.Hour))
	f.purge()
	if parts := f.parts("event"); slices.Contains(parts, "p20260331") {
		t.Errorf("got parts %v, want none whose events are all settled", parts)
	}
	f.count("message", 3) // kept for ever
}

func TestPartsOfMessagesAreDropped(t *testing.T) {
	t.Parallel()
	f := startParts(t)
	f.createApp(func(s *chat.Settings) { s.MessageRetention, s.EventRetention = 200*24*time.Hour, 0 })
	g := createGroup(t, f.store, "g")
	f.send(g, "old")
	db := raw(t, f.url)
	for _, mark := range []string{
		"receipt (conversation, seq, user_id, sdkappid) VALUES (%[1]d, 1, 'bob', 1), (%[1]d, 2, 'bob', 1)",
		"hidden (conversation, user_id, seq, sdkappid) VALUES (%[1]d, 'bob', 1, 1), (%[1]d, 'bob', 2, 1)",
		"pin (conversation, seq, user_id, pinned_at) VALUES (%[1]d, 1, 'bob', 1), (%[1]d, 2, 'bob', 1)",
		"reaction (sdkappid, conversation, seq, name, user_id) VALUES (1, %[1]d, 1, 'ok', 'bob'), (1, %[1]d, 2, 'ok', 'bob')",
		"extension (conversation, seq, name, value, version) VALUES (%[1]d, 1, 'k', 'v', 1), (%[1]d, 2, 'k', 'v', 1)",
		"extended (conversation, seq, version, clear_version) VALUES (%[1]d, 1, 1, 0), (%[1]d, 2, 1, 0)",
	} {
		execute(t, db, "INSERT INTO "+fmt.Sprintf(mark, g.Conversation))
	}
	f.set(time.Date(2026, 4, 10, 12, 0, 0, 0, time.UTC))
	f.send(g, "new")
	f.set(time.Date(2026, 10, 17, 12, 0, 0, 0, time.UTC)) // March has ended 200 days ago, all but one
	f.purge()
	f.count("message", 2)
	f.set(time.Date(2026, 10, 18, 12, 0, 0, 0, time.UTC))
	f.purge()
	if parts := f.parts("message"); slices.Contains(parts, "p202603") {
		t.Errorf("got parts %v, want not that of March", parts)
	}
	for _, table := range []string{"message", "receipt", "hidden", "pin", "reaction", "extension", "extended"} {
		f.count(table, 1)
		f.count(table+" WHERE seq = 2", 1)
	}
	f.count("event", 2) // kept for ever
}

// TestRestOfParts: rows of a time that had no part when they came hold up nothing.
func TestRestOfParts(t *testing.T) {
	t.Parallel()
	f := startParts(t)
	f.createApp(func(s *chat.Settings) { s.EventRetention = 7 * 24 * time.Hour })
	g := createGroup(t, f.store, "g")
	f.set(time.Date(2026, 6, 10, 12, 0, 0, 0, time.UTC)) // no server has looked after parts for long
	f.send(g, "early")
	f.settleAll()
	f.count("event_rest", 1)
	f.count("attempt_rest", 1)
	f.count("message_rest", 1)
	f.purge()
	if parts := f.parts("event"); slices.Contains(parts, "p20260610") || !slices.Contains(parts, "p20260611") {
		t.Errorf("got parts %v, want none for the day of the row that is in the rest, and one for the next day", parts)
	}
	f.send(g, "later")
	f.settleAll()
	f.count("event_rest", 2)
	f.set(time.Date(2026, 6, 20, 0, 0, 0, 0, time.UTC))
	f.purge()
	f.count("event", 0)
	f.count("attempt", 0)
	f.count("message", 2)
}
