package e2e_test

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/parley-im/parley/callback"
	"github.com/parley-im/parley/internal/console/client"
	"github.com/parley-im/parley/internal/store"
	"github.com/parley-im/parley/internal/testkit"
)

// backupSends is how many messages are answered before, beside and after a backup.
const backupSends = 200

// TestBackup copies a database as docs/operate.md says while senders send, lets the
// original go on, and starts a server on the copy. The copy has everything that was
// acknowledged before, without holes, each message with its event; the server on it
// goes on numbering, delivers what waited, and gives no new event an ID that the
// original gave to another one.
func TestBackup(t *testing.T) {
	for _, kind := range []struct {
		name string
		make func(t *testing.T) backedUp
	}{
		{"SQLite, parley backup", func(*testing.T) backedUp { return embedded{} }},
		{"PostgreSQL, pg_dump", func(t *testing.T) backedUp {
			t.Helper()
			p := testkit.StartPostgres(t, "fsync=off")
			return &shared{server: p, original: p.Database(t), restored: p.Database(t)}
		}},
	} {
		t.Run(kind.name, func(t *testing.T) {
			b := backup{backedUp: kind.make(t)}
			b.original = newWorld(t, 1, b.args(false)...)
			b.copy = newWorld(t, 1, b.args(true)...)
			b.run(t)
			b.restore(t, b.copy)
			db := b.open(t, b.copy)
			contents := b.contents(t, db)
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			b.serve(t, contents)
		})
	}
}

// backedUp is a kind of database.
type backedUp interface {
	// args lead a server to the original or to the copy.
	args(copied bool) []string
	// save makes the backup of a running server.
	save(t *testing.T, w *world)
	// restore makes the copy from it.
	restore(t *testing.T, w *world)
	// open looks at the copy behind the server's back.
	open(t *testing.T, w *world) *sql.DB
}

type backup struct {
	backedUp

	original, copy *world
	// before are the newest numbers that were acknowledged before the backup.
	before map[string]int64
}

// run lets senders send while the backup is made. The receiver is down for a
// part of that time, so that there is something to deliver.
func (b *backup) run(t *testing.T) {
	t.Helper()
	w := b.original
	s := w.Start(t)
	w.furnish(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan struct{})
	go func() {
		defer close(done)
		w.send(ctx, t, 1, 8)
	}()
	w.awaitSends(t, backupSends)
	w.receiver.Down()
	w.awaitSends(t, 2*backupSends)
	b.before = w.ledger.newest()
	b.save(t, w)
	w.awaitSends(t, 3*backupSends)
	w.receiver.Up(t)
	w.check(t)
	w.awaitSends(t, 4*backupSends)
	cancel()
	<-done
	w.settle(t)
	w.verify(t)
	w.stop(t, s)
	w.receiver.Down()
}

// awaitSends waits until n messages are answered in all.
func (w *world) awaitSends(t *testing.T, n int) {
	t.Helper()
	last, since := 0, time.Now()
	for !t.Failed() {
		taken, _, _ := w.ledger.answered()
		switch {
		case taken >= n:
			return
		case taken != last:
			last, since = taken, time.Now()
		case time.Since(since) > testkit.Patience:
			t.Fatalf("%d messages are answered, and no more", taken)
		}
		kept(t.Context(), 5*time.Millisecond)
	}
	t.FailNow()
}

// newest returns the highest number of each conversation.
func (l *ledger) newest() map[string]int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	newest := make(map[string]int64)
	for conversation, of := range l.sent {
		for seq := range of {
			newest[conversation] = max(newest[conversation], seq)
		}
	}
	return newest
}

// content is what a copy has of one group: its newest number, and the numbers whose
// webhooks are still to be delivered.
type content struct {
	newest  int64
	pending []int64
}

// contents compares messages and events in the copy.
func (b *backup) contents(t *testing.T, db *sql.DB) map[string]content {
	t.Helper()
	found, waiting := make(map[string]content), 0
	for n := range worldGroups {
		group := groupID(n)
		seqs := b.messages(t, db, group)
		for i, seq := range seqs {
			if seq != int64(i+1) {
				t.Fatalf("%s has number %d in the copy where %d belongs", group, seq, i+1)
			}
		}
		c := content{newest: int64(len(seqs))}
		if c.newest < b.before[groupName(group)] {
			t.Errorf("%s has %d messages in the copy, and %d were acknowledged before it was made", group, c.newest, b.before[groupName(group)])
		}
		events, pending := b.events(t, db, group)
		if !slices.Equal(events, seqs) {
			t.Errorf("%s has events of the messages %v in the copy, want one of each up to %d", group, events, c.newest)
		}
		c.pending, waiting = pending, waiting+len(pending)
		found[group] = c
	}
	if waiting == 0 {
		t.Error("no event waits in the copy, though the receiver was down")
	}
	return found
}

func (b *backup) messages(t *testing.T, db *sql.DB, group string) []int64 {
	t.Helper()
	var seqs []int64
	b.query(t, db, `SELECT m.seq FROM message m JOIN conversation c ON c.id = m.conversation WHERE c.name = '`+group+`' ORDER BY m.seq`, func(rows *sql.Rows) error {
		var seq int64
		err := rows.Scan(&seq)
		seqs = append(seqs, seq)
		return err
	})
	return seqs
}

// events returns the numbers of the messages that events tell of, in the order of
// the events, and those of which are pending.
func (b *backup) events(t *testing.T, db *sql.DB, group string) (all, pending []int64) {
	t.Helper()
	query := `SELECT body, state FROM event WHERE command = '` + string(callback.CommandGroupAfterSendMsg) + `' AND conversation = '` + groupName(group) + `' ORDER BY id`
	b.query(t, db, query, func(rows *sql.Rows) error {
		var body []byte
		var state store.EventState
		if err := rows.Scan(&body, &state); err != nil {
			return err
		}
		var message callback.GroupAfterSendMsg
		if err := json.Unmarshal(body, &message); err != nil {
			return err
		}
		if all = append(all, message.MsgSeq); state == store.Pending {
			pending = append(pending, message.MsgSeq)
		}
		return nil
	})
	return all, pending
}

func (b *backup) query(t *testing.T, db *sql.DB, query string, scan func(*sql.Rows) error) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			t.Fatal(err)
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
}

// serve starts a server on the copy and lets senders go on.
func (b *backup) serve(t *testing.T, contents map[string]content) {
	t.Helper()
	w := b.copy
	w.record.seed = b.original.record.seed
	s := w.Start(t)
	url := w.receiver.URL()
	if _, err := w.Admin().UpdateWebhook(t.Context(), testkit.SDKAppID, client.WebhookChange{URL: &url}); err != nil {
		t.Fatal(err)
	}
	for n := range worldGroups {
		group := groupID(n)
		w.adopt(t, b.original, group)
		if got := int64(len(w.ledger.sent[groupName(group)])); got != contents[group].newest {
			t.Errorf("the server on the copy shows %d messages of %s, and the copy has %d", got, group, contents[group].newest)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan struct{})
	go func() {
		defer close(done)
		w.send(ctx, t, 2, 8)
	}()
	w.awaitSends(t, backupSends)
	cancel()
	<-done
	w.settle(t)
	w.stop(t, s)

	for n := range worldGroups {
		group := groupID(n)
		b.arrived(t, group, contents[group])
	}
	b.unique(t)
	w.verifyRecord(t)
}

// adopt notes what a server on a copy has of a group. It must be what senders were
// told by the original.
func (w *world) adopt(t *testing.T, original *world, group string) {
	t.Helper()
	for _, m := range w.history(t, group) {
		told, ok := original.ledger.sent[groupName(group)][m.MsgSeq]
		if !ok || told.text != textOf(m) || told.time != m.MsgTimeStamp {
			t.Errorf("%s %d is %.20q at %d in the copy, and what was acknowledged is %s", group, m.MsgSeq, textOf(m), m.MsgTimeStamp, told)
		}
		if err := w.ledger.take(groupName(group), told); err != nil {
			t.Error(err)
		}
	}
	clear(w.ledger.taken) // senders count theirs
}

// arrived holds that what was pending in the copy and what was sent to it arrived,
// in order, and nothing else.
func (b *backup) arrived(t *testing.T, group string, c content) {
	t.Helper()
	want := slices.Clone(c.pending)
	for seq := c.newest + 1; seq <= int64(len(b.copy.ledger.sent[groupName(group)])); seq++ {
		want = append(want, seq)
	}
	var got []int64
	for _, e := range b.copy.record.order[groupName(group)] {
		if e.command == callback.CommandGroupAfterSendMsg {
			got = append(got, e.seq)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("the copy delivered the messages %v of %s, want %v", got, group, want)
	}
}

// unique holds that an ID means one event, whoever delivered it.
func (b *backup) unique(t *testing.T) {
	t.Helper()
	again := 0
	for id, e := range b.copy.record.events {
		first, ok := b.original.record.events[id]
		if !ok {
			continue
		}
		if again++; first.body != e.body {
			t.Errorf("%s is about %.20q, and from the copy about %.20q", id, first.text, e.text)
		}
	}
	if again == 0 {
		t.Error("no event came from both, though some waited in the copy")
	}
}

// embedded is a database in the data directory.
type embedded struct{}

func (embedded) args(bool) []string { return nil }

func (embedded) file(w *world) string { return filepath.Join(filepath.Dir(w.Data), "backup.db") }

func (e embedded) save(t *testing.T, w *world) {
	t.Helper()
	if out, complaints, code := w.Run(t, "backup", "--to", e.file(w)); code != 0 {
		t.Fatalf("parley backup ended with %d: %s%s", code, out, complaints)
	}
}

func (e embedded) restore(t *testing.T, w *world) {
	t.Helper()
	if err := os.Rename(e.file(w), filepath.Join(w.Data, "parley.db")); err != nil {
		t.Fatal(err)
	}
}

func (embedded) open(t *testing.T, w *world) *sql.DB {
	t.Helper()
	w.integrity(t)
	return w.database(t)
}

// shared is a database in PostgreSQL.
type shared struct {
	server             *testkit.Postgres
	original, restored string
	dump               bytes.Buffer
}

func (s *shared) args(copied bool) []string {
	if copied {
		return []string{"--store", s.restored}
	}
	return []string{"--store", s.original}
}

func (s *shared) save(t *testing.T, _ *world) {
	t.Helper()
	dump := s.server.Command("pg_dump", "--format=custom", "--dbname="+s.original)
	dump.Stdout = &s.dump
	s.execute(t, dump)
}

func (s *shared) restore(t *testing.T, _ *world) {
	t.Helper()
	restore := s.server.Command("pg_restore", "--exit-on-error", "--no-owner", "--dbname="+s.restored)
	restore.Stdin = &s.dump
	s.execute(t, restore)
	s.execute(t, s.server.Command("psql", "--dbname="+s.restored, "--command=INSERT INTO parley_meta (name, value) VALUES ('restored', 'new') ON CONFLICT (name) DO UPDATE SET value = 'new'"))
}

func (*shared) execute(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s", cmd.Args[0], err, &complaints)
	}
}

func (s *shared) open(t *testing.T, _ *world) *sql.DB {
	t.Helper()
	db, err := sql.Open("pgx", s.restored)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}
