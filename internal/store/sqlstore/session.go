package sqlstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"time"

	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/store"
)

// Dialect is what differs between engines.
type Dialect struct {
	// Words replace the words in braces in migrations.
	Words map[string]string
	// Begin starts a writing transaction that no other one runs beside.
	Begin string
	// BeginAppend starts a writing transaction that only appends and settles; others
	// of its kind may run beside it, in other processes. It may be several statements.
	BeginAppend []string
	// BeginRead starts a reading transaction.
	BeginRead string
	// BeginMigration is Begin for changes of the schema, which may take long.
	BeginMigration string
	// Commit ends a transaction, with an error if a statement of it had failed.
	Commit string
	// Time, if not empty, reads the engine's time in Unix milliseconds.
	Time string
	// CommitLag is how long a transaction may take beside others; 0 if there is one at
	// a time.
	CommitLag time.Duration
	// ForUpdate stands where a query says {for update}: it locks the rows read.
	ForUpdate string
	// Rewrite turns a query with ? placeholders into the engine's form.
	Rewrite func(query string) string
	// Together, if not nil, runs statements in their order up to the first that fails,
	// and waits for the engine only once.
	Together func(ctx context.Context, conn *sql.Conn, list []Statement) error
	// Translate turns an engine's error into one of package store, where there
	// is a fitting one.
	Translate func(error) error
	// Again reports whether the engine broke off a transaction that may well succeed
	// when it is run again, as it does to end a deadlock.
	Again func(error) bool
	// Outdated reports whether a statement was prepared for a schema that somebody
	// has changed since.
	Outdated func(error) bool
	// Text, if not nil, turns a text into one that the engine can keep.
	Text func(string) string
	// AnyText is a value for a column of {any text}, which keeps every character.
	AnyText func(string) any
	// Arrays says that a statement for many rows takes an array for each column.
	Arrays bool
	// Parts, if not nil, is how tables are kept in parts by time.
	Parts *Parts
	// RaiseEvents makes the IDs of new events greater than the number that stands in
	// the place of %[1]d.
	RaiseEvents string
	// Patience, if not 0, is how long one statement may take.
	Patience time.Duration
}

// session is one connection with its prepared statements. One goroutine uses it
// at a time. The set of statements is bounded because lists come in few sizes.
type session struct {
	db      *sql.DB
	conn    *sql.Conn
	dialect *Dialect
	stmts   map[string]*sql.Stmt
	texts   map[string]string // the engine's form of queries
	// broken means that the connection is to be replaced before it is used again.
	broken bool
	// steady sessions run what they began even if the caller's context ends: an
	// interrupted write would roll back the whole batch, and where statements have
	// their own bound an interrupted read would cost the connection.
	steady bool
	// opening are statements that begin a transaction and wait for its first one, so
	// that all go together.
	opening changes
	// unhurried sessions let statements take as long as they need.
	unhurried bool
}

func newSession(ctx context.Context, db *sql.DB, d *Dialect, steady bool) (*session, error) {
	s := &session{db: db, dialect: d, steady: steady, texts: make(map[string]string)}
	return s, s.open(ctx)
}

func (s *session) open(ctx context.Context) error {
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return s.failed(fmt.Errorf("open connection: %w", err))
	}
	s.conn, s.stmts, s.broken = conn, make(map[string]*sql.Stmt), false
	return nil
}

// begin starts a transaction.
func (s *session) begin(ctx context.Context, text string) error {
	if err := s.connected(ctx); err != nil {
		return err
	}
	return s.plain(ctx, text)
}

// beginLate starts a transaction with its first statement.
func (s *session) beginLate(ctx context.Context, texts []string) error {
	if err := s.connected(ctx); err != nil {
		return err
	}
	s.opening = nil
	for _, text := range texts {
		s.opening = append(s.opening, Statement{Text: text})
	}
	return nil
}

// begun starts the transaction that waits for its first statement, if there is one.
func (s *session) begun(ctx context.Context) error {
	if len(s.opening) == 0 {
		return nil
	}
	return s.together(ctx, nil)
}

// connected sees to a new connection if the last one was lost.
func (s *session) connected(ctx context.Context) error {
	if s.broken {
		return s.reopen(ctx)
	}
	return nil
}

// reopen replaces the connection. The old one does not go back to the pool, even if
// it seems to be alive: it may lead to a server that takes no changes any more.
func (s *session) reopen(ctx context.Context) error {
	_ = s.conn.Raw(func(any) error { return driver.ErrBadConn }) // throws it away
	_ = s.close()                                                // nothing is left to be saved
	ctx, cancel := s.patient(ctx)
	defer cancel()
	return s.open(ctx)
}

// rollback ends a transaction that failed. An engine that has done so by itself
// refuses, which does no harm; a connection that is lost shows it at the latest now.
func (s *session) rollback(ctx context.Context) {
	s.opening = nil
	_ = s.plain(ctx, "ROLLBACK")
}

// failed translates an engine's error, and notes what it says of the connection.
func (s *session) failed(err error) error {
	if err == nil {
		return nil
	}
	err = s.dialect.Translate(err)
	if errors.Is(err, store.ErrUnreachable) || s.dialect.Outdated(err) {
		s.broken = true
	}
	return err
}

// plain runs a text that is not worth preparing, of one statement or more.
func (s *session) plain(ctx context.Context, text string) error {
	if err := s.begun(ctx); err != nil {
		return err
	}
	ctx, cancel := s.patient(ctx)
	defer cancel()
	_, err := s.conn.ExecContext(ctx, text)
	return s.failed(err)
}

func (s *session) close() error {
	for _, stmt := range s.stmts {
		_ = stmt.Close() // the connection goes with it
	}
	if err := s.conn.Close(); !errors.Is(err, sql.ErrConnDone) {
		return err
	}
	return nil // it was lost before
}

// patient bounds how long a statement may take.
func (s *session) patient(ctx context.Context) (context.Context, context.CancelFunc) {
	if s.steady {
		ctx = context.WithoutCancel(ctx)
	}
	if s.dialect.Patience == 0 || s.unhurried {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, s.dialect.Patience)
}

// stmt returns the statement of a query, to be run next.
func (s *session) stmt(ctx context.Context, query string) (*sql.Stmt, error) {
	if err := s.begun(ctx); err != nil {
		return nil, err
	}
	return s.prepared(ctx, query)
}

func (s *session) prepared(ctx context.Context, query string) (*sql.Stmt, error) {
	if stmt, ok := s.stmts[query]; ok {
		return stmt, nil
	}
	stmt, err := s.conn.PrepareContext(ctx, s.rewritten(query))
	if err != nil {
		return nil, s.failed(fmt.Errorf("prepare %q: %w", shorten(query), err))
	}
	s.stmts[query] = stmt
	return stmt, nil
}

func (s *session) exec(ctx context.Context, query string, args ...any) (sql.Result, error) {
	ctx, cancel := s.patient(ctx)
	defer cancel()
	stmt, err := s.stmt(ctx, query)
	if err != nil {
		return nil, err
	}
	res, err := stmt.ExecContext(ctx, s.values(args)...)
	return res, s.failed(err)
}

func (s *session) queryRow(ctx context.Context, query string, args []any, dest ...any) error {
	ctx, cancel := s.patient(ctx)
	defer cancel()
	stmt, err := s.stmt(ctx, query)
	if err != nil {
		return err
	}
	return s.failed(stmt.QueryRowContext(ctx, s.values(args)...).Scan(dest...))
}

// scanRow reads a query's one row; sql.ErrNoRows if there is none.
func scanRow[T any](ctx context.Context, t *tx, scan func(func(...any) error) (T, error), query string, args ...any) (T, error) {
	var v T
	ctx, cancel := t.patient(ctx)
	defer cancel()
	stmt, err := t.stmt(ctx, query)
	if err != nil {
		return v, err
	}
	v, err = scan(stmt.QueryRowContext(ctx, t.values(args)...).Scan)
	return v, t.failed(err)
}

// values are the arguments as the engine can keep them.
func (s *session) values(args []any) []any {
	if s.dialect.Text == nil {
		return args
	}
	for i, a := range args {
		switch a := a.(type) {
		case string:
			args[i] = s.dialect.Text(a)
		case []string:
			for j, text := range a {
				a[j] = s.dialect.Text(text)
			}
		}
	}
	return args
}

// each calls scan for every row of a query.
func (s *session) each(ctx context.Context, scan func(*sql.Rows) error, query string, args ...any) error {
	ctx, cancel := s.patient(ctx)
	defer cancel()
	stmt, err := s.stmt(ctx, query)
	if err != nil {
		return err
	}
	rows, err := stmt.QueryContext(ctx, s.values(args)...)
	if err != nil {
		return s.failed(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return s.failed(rows.Err())
}

// shorten keeps multi-row statements out of error texts.
func shorten(query string) string {
	const most = 120
	if len(query) > most {
		return query[:most] + "..."
	}
	return query
}

// tx is one transaction on a session.
type tx struct {
	*session
	now time.Time
	// added collects the events that a writing transaction adds.
	added []store.Event
	// announced collects what those who are connected are to hear.
	announced []event.Event
}

// Announce lets those who are connected hear of what happened.
func (t *tx) Announce(happened ...event.Event) { t.announced = append(t.announced, happened...) }

// CommitLag is how long others may not see what was stored before what they see.
func (t *tx) CommitLag() time.Duration { return t.dialect.CommitLag }

// Now is the transaction's one time, in whole milliseconds as it is stored.
func (t *tx) Now() time.Time { return t.now }

func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func fromMillis(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms)
}

func bit(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
