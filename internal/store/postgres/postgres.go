// Package postgres keeps a store in a PostgreSQL database that several servers
// share.
//
// Changes take turns: one that is more than a send has the database's one advisory
// lock for itself, so it finds everything as it would in an embedded store. Sends
// share that lock and are kept apart by the rows of their conversations, which each
// batch locks in the order of their IDs; sends of several servers into different
// conversations do not wait for each other.
package postgres

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/parley-im/parley/internal/store/sqlstore"
)

const (
	// readers is how many reads of one server run at once.
	readers = 8
	// patience is how long one statement may take, waiting for others included. Only
	// migrations may take longer.
	patience = 15 * time.Second
	// idle is after how long the database ends the transaction of a server that does
	// not go on with it, because it was paused or cut off, so that the others can.
	idle = 5 * time.Second
	// lockWithin is how long a change of the schema waits for those who read.
	lockWithin = 500 * time.Millisecond
	// connectWithin bounds the making of one connection to one host.
	connectWithin = 5 * time.Second
)

// turns is the key of the advisory lock.
const turns = 0x5061726c6579 // Parley

// byIndex makes the statements of appends and settlements find rows by their keys. All
// of them can; but the plan of a prepared statement is made when a table is small, or
// by statistics of when it was, and would read all of it long after it has grown. So
// none has to be planned again for each batch either.
const byIndex = `set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true),
	set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true),
	set_config('plan_cache_mode', 'force_generic_plan', true)`

// Options of a store in PostgreSQL.
type Options struct {
	// URL is postgres://user:password@host:port/database, with several hosts where
	// there are standbys.
	URL string
	// Clock gives transactions their time; nil means the system's.
	Clock func() time.Time
}

// Open connects and brings the schema up to date.
func Open(ctx context.Context, opt Options) (*sqlstore.Store, error) { return open(ctx, opt, false) }

// open opens even a database whose copy was not finished, if that is wanted.
func open(ctx context.Context, opt Options, unfinished bool) (*sqlstore.Store, error) {
	if opt.Clock == nil {
		opt.Clock = time.Now
	}
	db, err := connect(opt.URL)
	if err != nil {
		return nil, err
	}
	if err := checkEncoding(ctx, db); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	s, err := sqlstore.Open(ctx, sqlstore.Options{
		Dialect: dialect, Write: db, Read: db, Readers: readers, Clock: opt.Clock, OnClose: db.Close, Unfinished: unfinished,
	})
	if code(err) == insufficientPrivilege {
		err = fmt.Errorf("the database must belong to the role that Parley has (ALTER DATABASE ... OWNER TO ...): %w", err)
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return s, nil
}

// connect makes the pool of connections; none is made yet.
func connect(address string) (*sql.DB, error) {
	config, err := parse(address)
	if err != nil {
		return nil, err
	}
	keep := config.RuntimeParams["synchronous_commit"] != "" // the operator knows better
	db := sql.OpenDB(connector{stdlib.GetConnector(*config, stdlib.OptionAfterConnect(func(ctx context.Context, conn *pgx.Conn) error {
		if err := prepare(ctx, conn, keep); err != nil {
			return errors.Join(fmt.Errorf("prepare a connection: %w", err), conn.Close(ctx))
		}
		return nil
	}))})
	db.SetMaxOpenConns(readers + 2) // the writer, and one for upkeep
	db.SetMaxIdleConns(readers + 2)
	return db, nil
}

// parse reads a URL and adds what every connection is to have.
func parse(address string) (*pgx.ConnConfig, error) {
	config, err := pgx.ParseConfig(address)
	if err != nil {
		return nil, unclear(address, err)
	}
	if config.RuntimeParams["application_name"] == "" {
		config.RuntimeParams["application_name"] = "parley"
	}
	config.ValidateConnect = writable
	config.ConnectTimeout = connectWithin
	dialer := &net.Dialer{Timeout: connectWithin, KeepAlive: idle}
	config.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
		if ctx.Value(connecting{}) == nil {
			return nil, errors.New("the driver may not cancel statements")
		}
		return dialer.DialContext(ctx, network, address)
	}
	return config, nil
}

// unclear says what is wrong with an address that the driver refuses. The driver's
// own error may quote it, and with it the password; its cause does not if the address
// can be read at all.
func unclear(address string, err error) error {
	if _, unreadable := url.Parse(address); unreadable == nil && errors.Unwrap(err) != nil {
		return fmt.Errorf("the address of the database: %w", errors.Unwrap(err))
	}
	return errors.New("the address of the database is no URL like postgres://user:password@host:5432/database, in which a password has %40 for @, %2F for / and so on")
}

// connecting marks the context in which a connection is made.
type connecting struct{}

// connector keeps the driver from cancelling what the server does on a connection
// that is given up. A commit that waits for its standby would be cut short, and what
// only the primary has would be shown to others, who rely on it. Statements end by
// the timeouts that prepare sets.
type connector struct{ driver.Connector }

// Connect makes a connection.
func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	return c.Connector.Connect(context.WithValue(ctx, connecting{}, true))
}

// prepare sets what a connection needs of the server. These are no parameters of the
// startup message, for proxies refuse those that they do not know.
func prepare(ctx context.Context, conn *pgx.Conn, keepCommit bool) error {
	settings := fmt.Sprintf("SET idle_in_transaction_session_timeout = %d; SET statement_timeout = %d", idle.Milliseconds(), patience.Milliseconds())
	if !keepCommit {
		// A commit must outlast the loss of power; a server that is stricter by itself stays so.
		settings += "; SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
	}
	_, err := conn.PgConn().Exec(ctx, settings).ReadAll()
	return err
}

// checkEncoding refuses a database that cannot keep every text.
func checkEncoding(ctx context.Context, db *sql.DB) error {
	var encoding string
	if err := db.QueryRowContext(ctx, "SHOW server_encoding").Scan(&encoding); err != nil {
		return translate(fmt.Errorf("connect to the database: %w", err))
	}
	if encoding != "UTF8" {
		return fmt.Errorf("the database has the encoding %s: make one with ENCODING 'UTF8'", encoding)
	}
	return nil
}

var dialect = sqlstore.Dialect{
	Words: map[string]string{
		"identity":  "BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY",
		"bytes":     "BYTEA",
		"clustered": "",
		// Bytes are compared, as elsewhere in the program, and faster than words.
		"text":     `TEXT COLLATE "C"`,
		"any text": "BYTEA",
		"row id":   "BIGSERIAL",

		// The key of a partitioned table has the time that tells the partition.
		"message key": ", sent_at), PRIMARY KEY (id, sent_at", "message parts": " PARTITION BY RANGE (sent_at);\nCREATE TABLE message_rest PARTITION OF message DEFAULT",
		"event key": ",\n\tPRIMARY KEY (id, recorded_at)", "event parts": " PARTITION BY RANGE (recorded_at);\nCREATE TABLE event_rest PARTITION OF event DEFAULT",
		"attempt key": ", started_at", "attempt parts": " PARTITION BY RANGE (started_at);\nCREATE TABLE attempt_rest PARTITION OF attempt DEFAULT",
	},
	Begin:          fmt.Sprintf("BEGIN; SELECT pg_advisory_xact_lock(%d)", turns),
	BeginAppend:    []string{"BEGIN", fmt.Sprintf("SELECT %s, pg_advisory_xact_lock_shared(%d)", byIndex, turns)},
	BeginMigration: fmt.Sprintf("BEGIN; SET LOCAL statement_timeout = 0; SELECT pg_advisory_xact_lock(%d)", turns),
	BeginRead:      "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
	// Without the query, to commit after a failed statement rolls back and says
	// nothing of it.
	Commit:      "SELECT 1; COMMIT",
	Time:        "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)",
	CommitLag:   patience + idle,
	ForUpdate:   "FOR UPDATE",
	RaiseEvents: "SELECT setval('event_id_seq', GREATEST(nextval('event_id_seq'), %[1]d))",
	Rewrite:     numbered,
	Text:        withoutNUL,
	AnyText:     func(text string) any { return []byte(text) },
	Together:    together,
	Arrays:      true,
	Translate:   translate,
	Again:       again,
	Outdated:    outdated,
	Parts: &sqlstore.Parts{
		List:   "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = CAST(CAST(? AS TEXT) AS regclass)",
		Create: createPart,
		Drop:   func(part string) string { return briefly("DROP TABLE " + part) },
		Busy:   func(err error) bool { return code(err) == lockNotAvailable },
	},
	Patience: patience,
}

func createPart(table, part string, from, to int64) string {
	return briefly(fmt.Sprintf("CREATE TABLE IF NOT EXISTS %s PARTITION OF %s FOR VALUES FROM (%d) TO (%d)", part, table, from, to))
}

// briefly lets a change of the schema wait no longer for those who read than others
// can wait behind it.
func briefly(change string) string {
	return fmt.Sprintf("SET LOCAL lock_timeout = %d; %s; SET LOCAL lock_timeout = 0", lockWithin.Milliseconds(), change)
}

// numbered replaces each ? by $1, $2 and so on. No query has one in a literal.
func numbered(query string) string {
	var b strings.Builder
	b.Grow(len(query) + len(query)/4)
	for n := 1; ; n++ {
		before, after, found := strings.Cut(query, "?")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		b.WriteByte('$')
		b.WriteString(strconv.Itoa(n))
		query = after
	}
}

// withoutNUL replaces the one character that PostgreSQL cannot keep in a text.
func withoutNUL(text string) string {
	if strings.IndexByte(text, 0) < 0 {
		return text
	}
	return strings.ReplaceAll(text, "\x00", "\uFFFD")
}
