package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
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
	// of its kind may run beside it, in other processes.
	BeginAppend string
	// BeginRead starts a reading transaction.
	BeginRead string
	// Time, if not empty, reads the engine's time in Unix milliseconds.
	Time string
	// ForUpdate stands where a query says {for update}: it locks the rows read.
	ForUpdate string
	// Rewrite turns a query with ? placeholders into the engine's form.
	Rewrite func(query string) string
	// Translate turns an engine's error into one of package store, where there
	// is a fitting one.
	Translate func(error) error
	// Hopeless reports whether trying again at once cannot help, as with a full
	// disk.
	Hopeless func(error) bool
	// Again reports whether the engine broke off a transaction that may well succeed
	// when it is run again, as it does to end a deadlock.
	Again func(error) bool
	// Lost reports whether the connection is gone.
	Lost func(error) bool
	// Text, if not nil, turns a text into one that the engine can keep.
	Text func(string) string
	// AnyText is a value for a column of {any text}, which keeps every character.
	AnyText func(string) any
	// Arrays says that a statement for many rows takes an array for each column.
	Arrays bool
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
	// broken means that the connection cannot be used any more.
	broken bool
	// steady sessions run what they began even if the caller's context ends: an
	// interrupted write would roll back the whole batch, and where statements have
	// their own bound an interrupted read would cost the connection.
	steady bool
}

func newSession(ctx context.Context, db *sql.DB, d *Dialect, steady bool) (*session, error) {
	s := &session{db: db, dialect: d, steady: steady}
	return s, s.open(ctx)
}

func (s *session) open(ctx context.Context) error {
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return fmt.Errorf("open connection: %w", err)
	}
	s.conn, s.stmts, s.broken = conn, make(map[string]*sql.Stmt), false
	return nil
}

// begin starts a transaction. A connection that was lost is replaced first, and if
// its loss shows only now, nothing has begun and it is replaced as well.
func (s *session) begin(ctx context.Context, text string) error {
	if s.broken {
		if err := s.reopen(ctx); err != nil {
			return err
		}
	}
	err := s.plain(ctx, text)
	if err == nil || !s.dialect.Lost(err) {
		return err
	}
	if err := s.reopen(ctx); err != nil {
		return err
	}
	return s.plain(ctx, text)
}

func (s *session) reopen(ctx context.Context) error {
	s.broken = true
	_ = s.close() // nothing is left to be saved
	ctx, cancel := s.patient(ctx)
	defer cancel()
	return s.open(ctx)
}

// rollback ends a transaction that failed. If even that fails, the connection is
// given up, for what state it is in is not known.
func (s *session) rollback(ctx context.Context) {
	if err := s.plain(ctx, "ROLLBACK"); err != nil {
		s.broken = s.broken || s.dialect.Lost(err)
	}
}

// plain runs a text that is not worth preparing, of one statement or more.
func (s *session) plain(ctx context.Context, text string) error {
	ctx, cancel := s.patient(ctx)
	defer cancel()
	_, err := s.conn.ExecContext(ctx, text)
	return err
}

func (s *session) close() error {
	for _, stmt := range s.stmts {
		_ = stmt.Close() // the connection goes with it
	}
	return s.conn.Close()
}

// patient bounds how long a statement may take.
func (s *session) patient(ctx context.Context) (context.Context, context.CancelFunc) {
	if s.steady {
		ctx = context.WithoutCancel(ctx)
	}
	if s.dialect.Patience == 0 {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, s.dialect.Patience)
}

// stmt returns the statement of a query.
func (s *session) stmt(ctx context.Context, query string) (*sql.Stmt, error) {
	if stmt, ok := s.stmts[query]; ok {
		return stmt, nil
	}
	text := strings.ReplaceAll(query, "{for update}", s.dialect.ForUpdate)
	stmt, err := s.conn.PrepareContext(ctx, s.dialect.Rewrite(text))
	if err != nil {
		return nil, fmt.Errorf("prepare %q: %w", shorten(query), err)
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
	return stmt.ExecContext(ctx, s.values(args)...)
}

func (s *session) queryRow(ctx context.Context, query string, args []any, dest ...any) error {
	ctx, cancel := s.patient(ctx)
	defer cancel()
	stmt, err := s.stmt(ctx, query)
	if err != nil {
		return err
	}
	return stmt.QueryRowContext(ctx, s.values(args)...).Scan(dest...)
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
	return scan(stmt.QueryRowContext(ctx, t.values(args)...).Scan)
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
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
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
