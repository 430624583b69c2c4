package main

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver pgx

	"github.com/parley-im/parley/internal/bench"
	"github.com/parley-im/parley/internal/store/postgres"
	"github.com/parley-im/parley/internal/store/sqlite"
	"github.com/parley-im/parley/internal/store/sqlstore"
)

// engine makes and opens databases.
type engine interface {
	name() string
	// make makes an empty database.
	make(ctx context.Context, name string) error
	// open opens it as the product does.
	open(ctx context.Context, name string) (*sqlstore.Store, error)
	// raw opens it for what the store has no operation for.
	raw(name string) (*sql.DB, error)
	// bytes is the type of a column of bytes.
	bytes() string
	// settle is done once a database is full.
	settle() string
	// time is the processor time that a database server has used so far.
	time() time.Duration
	// clean deletes what was made.
	clean()
}

const sqliteStore = "sqlite"

func newEngine(ctx context.Context, text, dir string) (engine, error) {
	if text == sqliteStore {
		dir, err := os.MkdirTemp(dir, "growth-")
		return embedded{dir}, err
	}
	u, err := url.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("--store: %w", err)
	}
	s := &server{url: *u}
	if s.db, err = sql.Open("pgx", text); err != nil {
		return nil, err
	}
	if s.pid, err = s.process(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

// embedded is SQLite in a directory.
type embedded struct{ dir string }

func (embedded) name() string                       { return "SQLite" }
func (embedded) make(context.Context, string) error { return nil }
func (embedded) bytes() string                      { return "BLOB" }
func (embedded) settle() string                     { return "PRAGMA wal_checkpoint(TRUNCATE)" }
func (embedded) time() time.Duration                { return 0 }
func (e embedded) clean()                           { _ = os.RemoveAll(e.dir) }
func (e embedded) file(name string) string          { return filepath.Join(e.dir, name+".db") }
func (e embedded) open(ctx context.Context, name string) (*sqlstore.Store, error) {
	return sqlite.Open(ctx, e.file(name), sqlite.Options{})
}

func (e embedded) raw(name string) (*sql.DB, error) {
	return sql.Open("sqlite", "file:"+e.file(name)+"?_pragma=journal_mode(WAL)&_pragma=synchronous(OFF)&_pragma=cache_size(-262144)")
}

// server is a PostgreSQL server.
type server struct {
	url   url.URL
	db    *sql.DB
	pid   int
	mu    sync.Mutex // guards names
	names []string
}

func (*server) name() string          { return "PostgreSQL" }
func (*server) bytes() string         { return "BYTEA" }
func (*server) settle() string        { return "VACUUM (ANALYZE)" }
func (s *server) time() time.Duration { return bench.EngineTime(s.pid) }

func (s *server) make(ctx context.Context, name string) error {
	if _, err := s.db.ExecContext(ctx, "CREATE DATABASE "+name); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.names = append(s.names, name)
	return nil
}

func (s *server) address(name string) string {
	u := s.url
	u.Path = name
	return u.String()
}

func (s *server) open(ctx context.Context, name string) (*sqlstore.Store, error) {
	return postgres.Open(ctx, postgres.Options{URL: s.address(name)})
}

func (s *server) raw(name string) (*sql.DB, error) {
	u := s.url
	u.Path = name
	q := u.Query()
	q.Set("synchronous_commit", "off")
	u.RawQuery = q.Encode()
	return sql.Open("pgx", u.String())
}

func (s *server) clean() {
	for _, name := range s.names {
		_, _ = s.db.ExecContext(context.Background(), "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)") // what stays is named growth
	}
	_ = s.db.Close()
}

// process is the first process of the server, if it runs on this machine: the parent
// of the one that serves a connection.
func (s *server) process(ctx context.Context) (int, error) {
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	var pid int
	if err := conn.QueryRowContext(ctx, "SELECT pg_backend_pid()").Scan(&pid); err != nil {
		return 0, err
	}
	status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid)) // it is elsewhere
	for line := range strings.Lines(string(status)) {
		if parent, ok := strings.CutPrefix(line, "PPid:"); ok {
			return strconv.Atoi(strings.TrimSpace(parent))
		}
	}
	return 0, nil
}
