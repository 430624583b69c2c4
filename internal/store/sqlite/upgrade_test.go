package sqlite_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/store"
	"github.com/parley-im/parley/internal/store/sqlite"
)

var update = flag.Bool("update", false, "write the data of the newest schema anew; those of released schemas stay as they are")

// TestOldData opens databases of every schema that there was, which lie in
// testdata as SQL, and goes on with them.
func TestOldData(t *testing.T) {
	t.Parallel()
	steps, err := filepath.Glob("../sqlstore/migrations/*.sql")
	if err != nil || len(steps) == 0 {
		t.Fatalf("no migrations: %v", err)
	}
	for i, step := range steps {
		name := filepath.Base(step)
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dump := filepath.Join("testdata", "written_by_"+name)
			if *update && i == len(steps)-1 {
				writeDump(t, dump)
			}
			text, err := os.ReadFile(dump)
			if err != nil {
				t.Fatalf("each schema leaves data for its successors: %v", err)
			}
			file := filepath.Join(t.TempDir(), "parley.db")
			execute(t, raw(t, file), string(text))
			want := wanted()
			if i > 0 { // since there are clients, who sends has read
				want.Members[0].ReadSeq = 2
			}
			if diff := cmp.Diff(want, goOn(t, file)); diff != "" {
				t.Errorf("what is read (-want +got):\n%s", diff)
			}
			fresh := filepath.Join(t.TempDir(), "parley.db")
			closeStore(t, open(t, fresh, sqlite.Options{}))
			if diff := cmp.Diff(schema(t, raw(t, fresh)), schema(t, raw(t, file))); diff != "" {
				t.Errorf("the schema is not that of a new database (-new +old); one that is not released is written anew with -update:\n%s", diff)
			}
		})
	}
}

// oldTime is when the old data was written.
var oldTime = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func oldClock() time.Time { return oldTime }

// writeOld fills a database with some of everything.
func writeOld(t *testing.T, file string) {
	t.Helper()
	ctx := t.Context()
	s := open(t, file, sqlite.Options{Clock: oldClock})
	defer closeStore(t, s)
	nick := "Alice"
	g := &chat.Group{ID: "g", Type: chat.Public, Name: "group", Owner: "alice", CreateTime: oldTime, AppDefinedData: []chat.KeyValue{{Key: "k", Value: "it's"}}}
	o := &chat.OfficialAccount{ID: "@TOA#_o", Name: "official", MaxSubscriber: 10, CreateTime: oldTime}
	if err := s.Update(ctx, func(tx store.Tx) error {
		a := &chat.App{SDKAppID: app, SecretKey: "secret", Administrators: []string{"administrator"}, Settings: chat.DefaultSettings(), Webhook: chat.DefaultWebhook()}
		a.Settings.GroupRate, a.Webhook.URL = 77, "https://example.com/"
		for _, do := range []func() error{
			func() error { return tx.CreateApp(ctx, a) },
			func() error {
				return tx.PutAccounts(ctx, app, []chat.AccountUpdate{{UserID: "alice", Nick: &nick}, {UserID: "bob"}})
			},
			func() error { return tx.CreateGroup(ctx, app, g) },
			func() error {
				_, err := tx.AddMembers(ctx, app, g.Conversation, []chat.Member{{UserID: "alice", Role: chat.RoleOwner, JoinTime: oldTime, MsgFlag: chat.FlagNotify}})
				return err
			},
			func() error { return tx.SetMutes(ctx, g.Conversation, []string{"bob"}, chat.MuteForever) },
			func() error { return tx.CreateOfficial(ctx, app, o) },
			func() error {
				_, err := tx.AddSubscribers(ctx, app, o.Conversation, []chat.Subscriber{{UserID: "bob", SubscribeTime: oldTime, MsgFlag: chat.FlagNotify}})
				return err
			},
		} {
			if err := do(); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	g.Revision = createOrGet(t, s, "g").Revision
	for _, text := range []string{"one", "two"} {
		if _, err := s.Append(ctx, oldMessage(g, text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Update(ctx, func(tx store.Tx) error {
		pending, err := tx.PendingEvents(ctx, app, "group:g", 1)
		if err != nil {
			return err
		}
		return tx.Settle(ctx, []store.Settlement{{
			EventID: pending[0].ID, State: store.Delivered, FirstAttempt: oldTime,
			Attempt: store.Attempt{Number: 1, Time: oldTime, Duration: time.Millisecond, Status: 200, Reply: "{}"},
		}})
	}); err != nil {
		t.Fatal(err)
	}
}

func oldMessage(g *chat.Group, text string) *store.Append {
	m := &chat.Message{
		Sender: "alice", Random: 7, Priority: chat.PriorityHigh, Body: chat.Body{JSON: json.RawMessage(`"` + text + `"`)}, NoUnread: true,
		Mentions: []chat.Mention{{All: true}}, OfflinePush: []byte(`{}`), CloudCustomData: "it's",
	}
	return &store.Append{
		App: app, Conversation: g.Conversation, Revision: g.Revision, Sequence: store.Stored, Message: m, Member: true,
		DuplicateKey: m.DuplicateKey(g.Conversation),
		Events: func() []event.Outgoing {
			return []event.Outgoing{{SDKAppID: app, Command: "c", Conversation: "group:" + g.ID, Platform: chat.PlatformREST, Body: []byte(text)}}
		},
	}
}

// oldData is what a program finds in a database that writeOld filled.
type oldData struct {
	Apps        []string
	Accounts    map[string]bool
	Group       chat.Group
	Members     []chat.Member
	Mutes       []store.Mute
	Official    chat.OfficialAccount
	Subscribers []chat.Subscriber
	Messages    []chat.Message
	Event       store.Event
	Attempts    []store.Attempt
	Pending     []string
	Repeated    store.Appended
	Next        store.Appended
}

func wanted() oldData {
	message := func(seq int64, text string) chat.Message {
		m := *oldMessage(&chat.Group{}, text).Message
		m.Seq, m.Time, m.ClientTime = seq, oldTime, oldTime.Unix()
		return m
	}
	return oldData{
		Apps:     []string{"1400000001 secret [administrator] 77 https://example.com/"},
		Accounts: map[string]bool{"alice": true, "bob": true},
		Group: chat.Group{
			Conversation: 1, ID: "g", Type: chat.Public, Name: "group", Owner: "alice", CreateTime: oldTime, LastMsgTime: oldTime,
			NextMsgSeq: 3, MemberNum: 1, Revision: 3, AppDefinedData: []chat.KeyValue{{Key: "k", Value: "it's"}},
		},
		Members:     []chat.Member{{UserID: "alice", Role: chat.RoleOwner, JoinTime: oldTime, MsgFlag: chat.FlagNotify, LastSendTime: oldTime}},
		Mutes:       []store.Mute{{UserID: "bob", Until: chat.MuteForever}},
		Official:    chat.OfficialAccount{Conversation: 2, ID: "@TOA#_o", Name: "official", MaxSubscriber: 10, SubscriberNum: 1, CreateTime: oldTime, Revision: 1},
		Subscribers: []chat.Subscriber{{UserID: "bob", SubscribeTime: oldTime, MsgFlag: chat.FlagNotify}},
		Messages:    []chat.Message{message(2, "two"), message(1, "one")},
		Event: store.Event{
			Outgoing: event.Outgoing{SDKAppID: app, Command: "c", Conversation: "group:g", Platform: chat.PlatformREST, Body: []byte("one")},
			ID:       1, Time: oldTime, State: store.Delivered, Attempts: 1, FirstAttempt: oldTime,
		},
		Attempts: []store.Attempt{{Number: 1, Time: oldTime, Duration: time.Millisecond, Status: 200, Reply: "{}"}},
		Pending:  []string{"two"},
		Repeated: store.Appended{Seq: 2, Time: oldTime, Duplicate: true},
		Next:     store.Appended{Seq: 3, Time: oldTime},
	}
}

// goOn reads everything, and then sends.
func goOn(t *testing.T, file string) oldData {
	t.Helper()
	s := open(t, file, sqlite.Options{Clock: oldClock})
	defer closeStore(t, s)
	var d oldData
	if err := s.View(t.Context(), func(tx store.Tx) error { return d.read(t.Context(), tx) }); err != nil {
		t.Fatal(err)
	}
	for _, send := range []struct {
		text string
		told *store.Appended
	}{{"two", &d.Repeated}, {"three", &d.Next}} {
		got, err := s.Append(t.Context(), oldMessage(&d.Group, send.text))
		if err != nil {
			t.Fatal(err)
		}
		*send.told = got
	}
	return d
}

func (d *oldData) read(ctx context.Context, tx store.Tx) (err error) {
	apps, err := tx.ListApps(ctx)
	if err != nil {
		return err
	}
	for _, a := range apps {
		d.Apps = append(d.Apps, fmt.Sprintf("%d %s %v %d %s", a.SDKAppID, a.SecretKey, a.Administrators, a.Settings.GroupRate, a.Webhook.URL))
	}
	if d.Accounts, err = tx.AccountsExisting(ctx, app, []string{"alice", "bob", "carol"}); err != nil {
		return err
	}
	g, err := tx.Group(ctx, app, "g")
	if err != nil {
		return err
	}
	d.Group = *g
	if d.Members, _, err = tx.ListMembers(ctx, g.Conversation, store.MemberPage{}); err != nil {
		return err
	}
	if d.Mutes, err = tx.Mutes(ctx, g.Conversation); err != nil {
		return err
	}
	o, err := tx.Official(ctx, app, "@TOA#_o")
	if err != nil {
		return err
	}
	d.Official = *o
	if d.Subscribers, _, err = tx.ListSubscribers(ctx, o.Conversation, 0, 10); err != nil {
		return err
	}
	if d.Messages, err = tx.ListMessages(ctx, g.Conversation, store.MessagePage{Limit: 10}); err != nil {
		return err
	}
	e, err := tx.Event(ctx, app, 1)
	if err != nil {
		return err
	}
	d.Event = *e
	if d.Attempts, err = tx.Attempts(ctx, 1); err != nil {
		return err
	}
	pending, err := tx.PendingEvents(ctx, app, "group:g", 10)
	for _, p := range pending {
		d.Pending = append(d.Pending, string(p.Body))
	}
	return err
}

// writeDump writes a database that writeOld filled as SQL.
func writeDump(t *testing.T, dump string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "parley.db")
	writeOld(t, file)
	db := raw(t, file)
	execute(t, db, `UPDATE parley_meta SET value = 'abcdefgh' WHERE name = 'installation'`) // random otherwise
	var text strings.Builder
	text.WriteString("-- What the program with this schema wrote. Once the schema is released, this stays as it is.\n\n")
	for _, s := range schema(t, db) {
		text.WriteString(s + ";\n")
	}
	var tables []string
	query(t, db, `SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'sqlite_sequence' ORDER BY name`, func(values []string) {
		tables = append(tables, values[0])
	})
	text.WriteString("\n")
	for _, table := range append(tables, "sqlite_sequence") {
		var columns []string
		query(t, db, `SELECT 'quote("' || name || '")' FROM pragma_table_info('`+table+`')`, func(values []string) {
			columns = append(columns, values[0])
		})
		if table == "sqlite_sequence" {
			text.WriteString("DELETE FROM sqlite_sequence;\n")
		}
		query(t, db, "SELECT "+strings.Join(columns, " || ', ' || ")+" FROM "+table+" ORDER BY 1", func(values []string) {
			fmt.Fprintf(&text, "INSERT INTO %s VALUES (%s);\n", table, values[0])
		})
	}
	if err := os.WriteFile(dump, []byte(text.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

// schema is the statements that make the tables and indexes of a database.
func schema(t *testing.T, db *sql.DB) []string {
	t.Helper()
	var statements []string
	query(t, db, `SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY type DESC, name`, func(values []string) {
		statements = append(statements, values[0])
	})
	return statements
}

// query calls use with each row of a query.
func query(t *testing.T, db *sql.DB, text string, use func(values []string)) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), text)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		values := make([]string, len(columns))
		into := make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		use(values)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
}
