// Package sqlite keeps a store in one file of the data directory, with no
// engine to install.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	driver "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/parley-im/parley/internal/store"
	"github.com/parley-im/parley/internal/store/sqlstore"
)

// readers is how many reads run at once; each has a page cache of its own.
const readers = 4

// Options of the embedded store.
type Options struct {
	// CacheKiB is the page cache of the writer; 0 means 4 MiB.
	CacheKiB int
	// Clock gives transactions their time; nil means the system's.
	Clock func() time.Time
}

// Open opens the database in file, making it if it does not exist. The file is
// readable by its owner only, since it holds keys.
func Open(ctx context.Context, file string, opt Options) (*sqlstore.Store, error) {
	if opt.CacheKiB == 0 {
		opt.CacheKiB = 4 << 10
	}
	if opt.Clock == nil {
		opt.Clock = time.Now
	}
	f, err := os.OpenFile(filepath.Clean(file), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	if err := f.Close(); err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	write, err := pool(file, 1, "_pragma=synchronous(FULL)", "_pragma=wal_autocheckpoint(16384)",
		"_pragma=journal_size_limit(67108864)", fmt.Sprintf("_pragma=cache_size(-%d)", opt.CacheKiB))
	if err != nil {
		return nil, err
	}
	read, err := pool(file, readers, "_pragma=query_only(1)", "_pragma=cache_size(-1024)")
	if err != nil {
		return nil, errors.Join(err, write.Close())
	}
	s, err := sqlstore.Open(ctx, sqlstore.Options{
		Dialect: dialect, Write: write, Read: read, Readers: readers, Clock: opt.Clock,
		OnClose: func() error { return errors.Join(read.Close(), write.Close()) },
	})
	if err != nil {
		return nil, errors.Join(err, read.Close(), write.Close())
	}
	return s, nil
}

// LastID is a query for the last ID that a table has given out.
const LastID = "SELECT seq FROM sqlite_sequence WHERE name = ?"

// OpenSource opens a database of the program's schema to copy from. Nothing in it is
// changed. The caller sees to it that no server runs on it.
func OpenSource(ctx context.Context, file string) (*sql.DB, error) {
	db, err := sql.Open("sqlite", (&url.URL{
		Scheme: "file", Opaque: (&url.URL{Path: file}).EscapedPath(), RawQuery: "mode=ro&_pragma=query_only(1)&_pragma=busy_timeout(10000)",
	}).String())
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	if err := sqlstore.SourceSchema(ctx, db); err != nil {
		return nil, errors.Join(fmt.Errorf("database %s: %w", file, err), db.Close())
	}
	return db, nil
}

// pool opens connections of one kind. Write-ahead logging lets readers see the
// last commit while the next one is written.
func pool(file string, size int, pragmas ...string) (*sql.DB, error) {
	pragmas = append([]string{"_pragma=journal_mode(WAL)", "_pragma=busy_timeout(10000)", "_pragma=foreign_keys(0)"}, pragmas...)
	db, err := sql.Open("sqlite", fileURL(file, pragmas...))
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	db.SetMaxOpenConns(size)
	db.SetMaxIdleConns(size)
	return db, nil
}

// fileURL names a file for the engine, whatever characters its name has.
func fileURL(file string, pragmas ...string) string {
	return (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: file}).EscapedPath(), RawQuery: strings.Join(pragmas, "&")}).String()
}

var dialect = sqlstore.Dialect{
	Words: map[string]string{
		"identity":  "INTEGER PRIMARY KEY AUTOINCREMENT",
		"bytes":     "BLOB",
		"clustered": "WITHOUT ROWID",
		"text":      "TEXT",
		"any text":  "TEXT",
		"row id":    "INTEGER PRIMARY KEY AUTOINCREMENT",

		// Nothing is partitioned.
		"message key": "", "message parts": "",
		"event key": "", "event parts": "",
		"attempt key": "", "attempt parts": "",
	},
	Begin:          "BEGIN IMMEDIATE",
	BeginAppend:    []string{"BEGIN IMMEDIATE"},
	BeginMigration: "BEGIN IMMEDIATE",
	BeginRead:      "BEGIN",
	Commit:         "COMMIT",
	AnyText:        func(text string) any { return text },
	RaiseEvents: `DELETE FROM sqlite_sequence WHERE name = 'event' AND seq < %[1]d;
		INSERT INTO sqlite_sequence (name, seq) SELECT 'event', %[1]d WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'event')`,
	Rewrite:   func(query string) string { return query },
	Translate: translate,
	Again:     func(error) bool { return false },
	Outdated:  func(error) bool { return false },
}

// translate turns the engine's errors into those of package store.
func translate(err error) error {
	e, ok := errors.AsType[*driver.Error](err)
	if !ok || errors.Is(err, store.ErrExists) || errors.Is(err, store.ErrFull) {
		return err
	}
	switch e.Code() {
	case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY:
		return fmt.Errorf("%w: %w", store.ErrExists, err)
	case sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_SHMSIZE:
		// A full disk shows as either, depending on which file could not grow.
		return fmt.Errorf("%w: %w", store.ErrFull, err)
	}
	return err
}
