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
	// Begin starts a writing transaction.
	Begin string
	// BeginRead starts a reading transaction.
	BeginRead string
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
}

// session is one connection with its prepared statements. One goroutine uses it
// at a time. The set of statements is bounded because lists come in few sizes.
type session struct {
	conn    *sql.Conn
	dialect *Dialect
	stmts   map[string]*sql.Stmt
	// steady sessions run what they began even if the caller's context ends:
	// an interrupted write would roll back the whole batch.
	steady bool
}

func newSession(ctx context.Context, db *sql.DB, d *Dialect, steady bool) (*session, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("open connection: %w", err)
	}
	return &session{conn: conn, dialect: d, stmts: make(map[string]*sql.Stmt), steady: steady}, nil
}

func (s *session) close() error {
	for _, stmt := range s.stmts {
		_ = stmt.Close() // the connection goes with it
	}
	return s.conn.Close()
}

// stmt returns the statement of a query, and the context to run it with.
func (s *session) stmt(ctx context.Context, query string) (context.Context, *sql.Stmt, error) {
	if s.steady {
		ctx = context.WithoutCancel(ctx)
	}
	if stmt, ok := s.stmts[query]; ok {
		return ctx, stmt, nil
	}
	text := strings.ReplaceAll(query, "{for update}", s.dialect.ForUpdate)
	stmt, err := s.conn.PrepareContext(ctx, s.dialect.Rewrite(text))
	if err != nil {
		return nil, nil, fmt.Errorf("prepare %q: %w", shorten(query), err)
	}
	s.stmts[query] = stmt
	return ctx, stmt, nil
}

func (s *session) exec(ctx context.Context, query string, args ...any) (sql.Result, error) {
	ctx, stmt, err := s.stmt(ctx, query)
	if err != nil {
		return nil, err
	}
	return stmt.ExecContext(ctx, args...)
}

func (s *session) query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	ctx, stmt, err := s.stmt(ctx, query)
	if err != nil {
		return nil, err
	}
	return stmt.QueryContext(ctx, args...)
}

func (s *session) queryRow(ctx context.Context, query string, args []any, dest ...any) error {
	ctx, stmt, err := s.stmt(ctx, query)
	if err != nil {
		return err
	}
	return stmt.QueryRowContext(ctx, args...).Scan(dest...)
}

// each calls scan for every row of a query.
func (s *session) each(ctx context.Context, scan func(*sql.Rows) error, query string, args ...any) error {
	rows, err := s.query(ctx, query, args...)
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
