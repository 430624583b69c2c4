package postgres_test

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/store"
	"github.com/parley-im/parley/internal/store/postgres"
	"github.com/parley-im/parley/internal/store/sqlite"
	"github.com/parley-im/parley/internal/store/sqlstore"
	"github.com/parley-im/parley/internal/testkit"
)

// bulk is how many rows the large tables of a filled database have: those that take
// several transactions.
const bulk = 12_000

// fill makes an embedded database with something in every table.
func fill(t *testing.T, bulk int) (file, installation string, g *chat.Group) {
	t.Helper()
	ctx := t.Context()
	file = filepath.Join(t.TempDir(), "parley.db")
	s, err := sqlite.Open(ctx, file, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	installation = s.InstallationID()
	a := &chat.App{SDKAppID: app, SecretKey: "secret", Administrators: []string{"administrator"}, Settings: chat.DefaultSettings(), Webhook: chat.DefaultWebhook()}
	nick := "Älice \x00 it's"
	if err := s.Update(ctx, func(tx store.Tx) error {
		return errors.Join(tx.CreateApp(ctx, a), tx.PutAccounts(ctx, app, []chat.AccountUpdate{{UserID: "alice", Nick: &nick}}))
	}); err != nil {
		t.Fatal(err)
	}
	g = createGroup(t, s, "g")
	for n := range 30 {
		m := message(g, "alice", fmt.Sprint("text ", n))
		m.Message.CloudCustomData = "\x00\u2603"
		if _, err := s.Append(ctx, m); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	fillTables(t, file, bulk)
	return file, installation, g
}

// fillTables adds rows to all tables behind the store's back.
func fillTables(t *testing.T, file string, bulk int) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+file+"?_pragma=journal_mode(WAL)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, table := range texts(t, db, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT IN ('parley_meta', 'node', 'lease', 'app')") {
		rows := 3
		if table == "message" || table == "event" || table == "contact" {
			rows = bulk
		}
		columns := texts(t, db, `SELECT name || ' ' || type FROM pragma_table_info('`+table+`')`)
		var names, values []string
		for _, c := range columns {
			name, kind, _ := strings.Cut(c, " ")
			names = append(names, `"`+name+`"`)
			switch {
			case name == "sent_at" || name == "recorded_at" || name == "started_at":
				values = append(values, fmt.Sprint(time.Now().Add(-100*24*time.Hour).UnixMilli())+" + 720000 * (n % 12000)")
			case kind == "INTEGER" || kind == "BIGINT":
				values = append(values, "1000 + n")
			case kind == "BLOB":
				values = append(values, "CASE n % 3 WHEN 0 THEN x'' ELSE x'00ff' END")
			default:
				values = append(values, "'ü' || n || CASE n % 3 WHEN 0 THEN '' ELSE char(9731) END")
			}
		}
		execute(t, db, fmt.Sprintf("WITH RECURSIVE counted(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < %d) INSERT INTO %s (%s) SELECT %s FROM counted",
			rows, table, strings.Join(names, ", "), strings.Join(values, ", ")))
	}
	// The last event is gone, but its ID must not come again.
	execute(t, db, "DELETE FROM event WHERE id = (SELECT MAX(id) FROM event)")
	execute(t, db, "PRAGMA wal_checkpoint(TRUNCATE)")
}

func texts(t *testing.T, db *sql.DB, query string) []string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var list []string
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			t.Fatal(err)
		}
		list = append(list, text)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return list
}

// copyOnce copies and stops after some rows; 0 does not stop.
func copyOnce(t *testing.T, url, file string, most int64) ([]sqlstore.CopiedTable, error) {
	t.Helper()
	source, err := sqlite.OpenSource(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	return postgres.Copy(ctx, url, source, sqlite.LastID, func(p sqlstore.CopyProgress) {
		if p.Rows > p.Total {
			t.Errorf("%d of %d rows are done", p.Rows, p.Total)
		}
		if most > 0 && !p.Verifying && p.Rows-p.Resumed >= most {
			stop()
		}
	})
}

func TestCopy(t *testing.T) {
	t.Parallel()
	url := testkit.StartPostgres(t, "fsync=off").Database(t)
	file, installation, g := fill(t, bulk)
	before := digest(t, file)
	runs := 0
	var done []sqlstore.CopiedTable
	for ; ; runs++ {
		var err error
		if done, err = copyOnce(t, url, file, 4000); err == nil {
			break
		}
		if !errors.Is(err, context.Canceled) || runs > 100 {
			t.Fatalf("run %d: %v", runs, err)
		}
		if _, err := postgres.Open(t.Context(), postgres.Options{URL: url}); err == nil || !strings.Contains(err.Error(), "has not been finished") {
			t.Fatalf("opening a copy that is not finished: got error %v", err)
		}
	}
	if runs < 3 {
		t.Errorf("the copy was interrupted %d times, want more", runs)
	}
	if after := digest(t, file); after != before {
		t.Error("what was copied was changed")
	}
	source, err := sql.Open("sqlite", file)
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	target := raw(t, url)
	tables := texts(t, source, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT IN ('parley_meta', 'node', 'lease')")
	if len(done) != len(tables) {
		t.Errorf("%d tables were copied, want %d", len(done), len(tables))
	}
	for _, table := range tables {
		if got, want := number(t, target, "SELECT COUNT(*) FROM "+table), number(t, source, "SELECT COUNT(*) FROM "+table); got != want || want == 0 {
			t.Errorf("table %s has %d rows, want %d", table, got, want)
		}
	}
	if n := number(t, target, "SELECT COUNT(*) FROM message_rest"); n != 0 {
		t.Errorf("%d messages are in no part of their month", n)
	}
	lastEvent := number(t, source, "SELECT seq FROM sqlite_sequence WHERE name = 'event'")

	embedded, err := sqlite.Open(t.Context(), file, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer embedded.Close()
	shared := open(t, url)
	if shared.InstallationID() != installation {
		t.Errorf("the installation is %s, want %s", shared.InstallationID(), installation)
	}
	if diff := gocmp.Diff(seen(t, embedded, g), seen(t, shared, g)); diff != "" {
		t.Errorf("what both stores read (-embedded +shared):\n%s", diff)
	}
	var added []store.Event
	shared.OnEvents(func(events []store.Event) { added = append(added, events...) })
	if got, err := shared.Append(t.Context(), message(g, "alice", "next")); err != nil || got.Seq != 31 {
		t.Errorf("the next send: got %+v and error %v, want number 31", got, err)
	}
	if len(added) != 1 || added[0].ID != lastEvent+1 {
		t.Errorf("the next event: got %+v, want ID %d", added, lastEvent+1)
	}
	if _, err := copyOnce(t, url, file, 0); err == nil || !strings.Contains(err.Error(), "holds data already") {
		t.Errorf("copying into a database that is used: got error %v", err)
	}
}

// seen is what a store reads of the group.
func seen(t *testing.T, s store.Store, g *chat.Group) []any {
	t.Helper()
	ctx := t.Context()
	var all []any
	if err := s.View(ctx, func(tx store.Tx) error {
		var errs []error
		add := func(v any, err error) { all, errs = append(all, v), append(errs, err) }
		apps, err := tx.ListApps(ctx)
		add(apps, err)
		persons, err := tx.Persons(ctx, app, []string{"alice"})
		for id, p := range persons {
			p.Nick = strings.ReplaceAll(p.Nick, "\x00", "\uFFFD") // as PostgreSQL keeps it
			persons[id] = p
		}
		add(persons, err)
		group, err := tx.Group(ctx, app, "g")
		add(group, err)
		messages, err := tx.ListMessages(ctx, g.Conversation, store.MessagePage{Limit: 100})
		add(messages, err)
		events, err := tx.PendingEvents(ctx, app, "group:g", 100)
		add(events, err)
		sent, err := tx.Sent(ctx, message(g, "alice", "text 7").DuplicateKey)
		add(sent, err)
		return errors.Join(errs...)
	}); err != nil {
		t.Fatal(err)
	}
	return all
}

func digest(t *testing.T, file string) string {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%x", sha256.Sum256(content))
}

// TestCopyOfSomethingElse: a copy goes into no database that is in use, nor on where
// another was begun, and notices that a server has changed what it copies.
func TestCopyOfSomethingElse(t *testing.T) {
	t.Parallel()
	server := testkit.StartPostgres(t, "fsync=off")
	file, _, _ := fill(t, bulk)
	url := server.Database(t)
	if _, err := copyOnce(t, url, file, 1); !errors.Is(err, context.Canceled) {
		t.Fatalf("got error %v, want it interrupted", err)
	}
	other, _, _ := fill(t, 3)
	if _, err := copyOnce(t, url, other, 0); err == nil || !strings.Contains(err.Error(), "another installation") {
		t.Errorf("going on with the copy of another installation: got error %v", err)
	}
	db, err := sql.Open("sqlite", file)
	if err != nil {
		t.Fatal(err)
	}
	execute(t, db, "UPDATE app SET created_at = created_at + 1")
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := copyOnce(t, url, file, 0); err == nil || !strings.Contains(err.Error(), "table app") {
		t.Errorf("what is copied was changed meanwhile: got error %v", err)
	}
	used := server.Database(t)
	createGroup(t, open(t, used), "g")
	if _, err := copyOnce(t, used, file, 0); err == nil || !strings.Contains(err.Error(), "holds data already") {
		t.Errorf("copying into a database that is used: got error %v", err)
	}
}

// TestCopyOfAnotherSchema: what is copied is not changed, so it must have the schema
// already.
func TestCopyOfAnotherSchema(t *testing.T) {
	t.Parallel()
	for schema, want := range map[string]string{"1": "parley migrate", "9999": "newer version of Parley"} {
		file := filepath.Join(t.TempDir(), "parley.db")
		s, err := sqlite.Open(t.Context(), file, sqlite.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		db, err := sql.Open("sqlite", file)
		if err != nil {
			t.Fatal(err)
		}
		execute(t, db, "UPDATE parley_meta SET value = '"+schema+"' WHERE name = 'schema'")
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := sqlite.OpenSource(t.Context(), file); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("schema %s: got error %v, want one that says %q", schema, err, want)
		}
	}
}
