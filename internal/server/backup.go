package server

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/parley-im/parley/internal/store/sqlite"
)

// Backup copies the embedded database of a data directory into a new file while a
// server may run on it. To restore it, the file becomes the database of an empty data
// directory. It refuses a database that was left for PostgreSQL.
func Backup(ctx context.Context, data, to string) error {
	if left(data) {
		return fmt.Errorf("the server on %s keeps its data in PostgreSQL, which pg_dump saves; a database in that directory is what it left behind", data)
	}
	return sqlite.Copy(ctx, filepath.Join(data, databaseFile), to)
}
