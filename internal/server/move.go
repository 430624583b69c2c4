package server

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/parley-im/parley/internal/store/postgres"
	"github.com/parley-im/parley/internal/store/sqlite"
	"github.com/parley-im/parley/internal/store/sqlstore"
)

// Migrate brings the schema of a database up to date: that at the URL store, or if it
// is empty, that in the data directory. It returns the versions before and after; 0
// before is an empty database. No server may use the data directory.
func Migrate(ctx context.Context, store, data string) (before, after int, err error) {
	if store == "" {
		return migrateData(ctx, data)
	}
	s, err := postgres.Open(ctx, postgres.Options{URL: store})
	if err != nil {
		return 0, 0, err
	}
	before, after = s.Schema()
	return before, after, s.Close()
}

func migrateData(ctx context.Context, data string) (before, after int, err error) {
	file := filepath.Join(data, databaseFile)
	if _, err := os.Stat(file); err != nil {
		return 0, 0, fmt.Errorf("there is no database in the data directory: %w", err)
	}
	lock, err := lockData(data)
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, lock.release()) }()
	s, err := sqlite.Open(ctx, file, sqlite.Options{})
	if err != nil {
		return 0, 0, err
	}
	before, after = s.Schema()
	return before, after, s.Close()
}

// Copy options that are not understood.
var (
	errCopyFrom = errors.New("what is copied must be an embedded database, such as sqlite:///var/lib/parley/parley.db")
	errCopyTo   = errors.New("what is copied to must be a PostgreSQL database, such as postgres://user:password@host:5432/parley")
)

// CheckCopy tells what is wrong with the URLs of a copy.
func CheckCopy(from, to string) error {
	var err error
	if path, ok := strings.CutPrefix(from, "sqlite://"); !ok || path == "" {
		err = errCopyFrom
	}
	if !strings.HasPrefix(to, "postgres://") && !strings.HasPrefix(to, "postgresql://") {
		err = errors.Join(err, errCopyTo)
	}
	return err
}

// CopyStore copies everything that the embedded database at the URL from keeps into the
// PostgreSQL database at the URL to, which has to be empty or to hold what an earlier
// run has copied. Nothing in from is changed; no server may run on it meanwhile.
func CopyStore(ctx context.Context, from, to string, progress func(sqlstore.CopyProgress)) (done []sqlstore.CopiedTable, err error) {
	if err := CheckCopy(from, to); err != nil {
		return nil, err
	}
	file := filepath.Clean(strings.TrimPrefix(from, "sqlite://"))
	if _, err := os.Stat(file); err != nil {
		return nil, fmt.Errorf("what is copied: %w", err)
	}
	lock, err := lockData(filepath.Dir(file))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, lock.release()) }()
	source, err := sqlite.OpenSource(ctx, file)
	if err != nil {
		return nil, err
	}
	defer source.Close()
	return postgres.Copy(ctx, to, source, sqlite.LastID, progress)
}
