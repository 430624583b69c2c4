package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/parley-im/parley/internal/store/sqlstore"
)

// Copy writes what is in the database at this moment into a new file, which a store
// can be opened on. A server may run on the database: it goes on writing, and while
// the copy is made its log grows. The copy is checked and on disk when Copy returns;
// if it fails, nothing is left of it. It does not replace a file.
func Copy(ctx context.Context, file, to string) (err error) {
	if _, err := os.Stat(file); err != nil {
		return fmt.Errorf("there is no database to copy: %w", err)
	}
	target, err := os.OpenFile(filepath.Clean(to), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("make the copy: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(to))
		}
	}()
	if err := target.Close(); err != nil {
		return fmt.Errorf("make the copy: %w", err)
	}
	if err := vacuumInto(ctx, file, to); err != nil {
		return err
	}
	if err := finish(ctx, to); err != nil {
		return err
	}
	return syncFile(filepath.Dir(to))
}

func vacuumInto(ctx context.Context, file, to string) (err error) {
	from, err := pool(file, 1)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	if _, err := from.ExecContext(ctx, "VACUUM INTO ?", fileURL(to)); err != nil {
		return translate(fmt.Errorf("copy the database: %w", err))
	}
	return nil
}

// finish marks and checks a copy.
func finish(ctx context.Context, file string) (err error) {
	db, err := sql.Open("sqlite", fileURL(file, "_pragma=synchronous(FULL)"))
	if err != nil {
		return fmt.Errorf("open the copy: %w", err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if _, err := db.ExecContext(ctx, sqlstore.MarkCopy); err != nil {
		return translate(fmt.Errorf("mark the copy: %w", err))
	}
	var verdict string
	if err := db.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&verdict); err != nil {
		return fmt.Errorf("check the copy: %w", err)
	}
	if verdict != "ok" {
		return fmt.Errorf("the copy is damaged: %s", verdict)
	}
	return syncFile(file)
}

// syncFile waits until a file or a directory is on disk.
func syncFile(name string) error {
	f, err := os.Open(filepath.Clean(name))
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
