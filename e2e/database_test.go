package e2e_test

import (
	"database/sql"
	"path/filepath"
	"testing"

	_ "modernc.org/sqlite" //nolint:depguard // looks at the file from outside, as a tool of the operator would
)

// database opens the file in which a stopped server has everything.
func (w *world) database(t *testing.T) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(w.Data, "parley.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// integrity lets the engine look for damage.
func (w *world) integrity(t *testing.T) {
	t.Helper()
	var verdict string
	if err := w.database(t).QueryRowContext(t.Context(), "PRAGMA integrity_check").Scan(&verdict); err != nil || verdict != "ok" {
		t.Errorf("the database is damaged: %s, %v", verdict, err)
	}
}
