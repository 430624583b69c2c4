package server

import (
	"context"
	"path/filepath"

	"github.com/parley-im/parley/internal/store/sqlite"
)

// Backup copies the embedded database of a data directory into a new file while a
// server may run on it. To restore it, the file becomes the database of an empty data
// directory.
func Backup(ctx context.Context, data, to string) error {
	return sqlite.Copy(ctx, filepath.Join(data, databaseFile), to)
}
