package sqlstore

import (
	"context"
	"crypto/rand"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// migration is one numbered step of the schema.
type migration struct {
	version int
	name    string
	text    string
}

// loadMigrations reads the steps and refuses gaps and doubles.
func loadMigrations(files fs.FS) ([]migration, error) {
	names, err := fs.Glob(files, "migrations/*.sql")
	if err != nil {
		return nil, err
	}
	steps := make([]migration, 0, len(names))
	for i, name := range names { // Glob sorts
		number, _, _ := strings.Cut(strings.TrimPrefix(name, "migrations/"), "_")
		version, err := strconv.Atoi(number)
		if err != nil || version != i+1 {
			return nil, fmt.Errorf("migration %s: want number %04d", name, i+1)
		}
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		steps = append(steps, migration{version: version, name: name, text: string(text)})
	}
	return steps, nil
}

// SchemaNewerError means that the database was written by a newer program.
type SchemaNewerError struct{ Database, Program int }

// Error says what to do about it.
func (e *SchemaNewerError) Error() string {
	return fmt.Sprintf("the database has schema %d and this program knows only %d: start a newer version of Parley on it, or restore a backup made with this one",
		e.Database, e.Program)
}

// migrate brings the database up to the program's schema, all or nothing, and returns
// what it was and is. Of several programs that start at once the first one does it.
func migrate(ctx context.Context, s *session) (before, now int, err error) {
	steps, err := loadMigrations(migrationFiles)
	if err != nil {
		return 0, 0, err
	}
	steady := s.steady
	s.steady, s.unhurried = false, true
	defer func() { s.steady, s.unhurried = steady, false }()
	if err := s.begin(ctx, s.dialect.BeginMigration); err != nil {
		return 0, 0, fmt.Errorf("begin: %w", err)
	}
	before, err = applyAll(ctx, s, steps)
	if err == nil {
		err = s.plain(ctx, s.dialect.Commit)
	}
	if err != nil {
		s.rollback(context.WithoutCancel(ctx))
		return 0, 0, err
	}
	return before, len(steps), nil
}

// applyAll applies the steps that the database lacks and returns its version before.
func applyAll(ctx context.Context, s *session, steps []migration) (before int, err error) {
	if err := s.plain(ctx, `CREATE TABLE IF NOT EXISTS parley_meta (name TEXT PRIMARY KEY, value TEXT NOT NULL)`); err != nil {
		return 0, fmt.Errorf("create table parley_meta: %w", err)
	}
	version, err := schemaVersion(ctx, s)
	if err != nil {
		return 0, err
	}
	if version > len(steps) {
		return 0, &SchemaNewerError{Database: version, Program: len(steps)}
	}
	for _, step := range steps[version:] {
		if err := apply(ctx, s, step); err != nil {
			return 0, fmt.Errorf("migration %s: %w", step.name, err)
		}
	}
	if err := beginCopy(ctx, s); err != nil {
		return 0, err
	}
	return version, nil
}

func schemaVersion(ctx context.Context, s *session) (int, error) {
	var value string
	err := s.queryRow(ctx, `SELECT value FROM parley_meta WHERE name = 'schema'`, nil, &value)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("read schema version: %w", err)
	}
	version, err := strconv.Atoi(value)
	if err != nil || version < 0 {
		return 0, fmt.Errorf("schema version %q is no number", value)
	}
	return version, nil
}

func apply(ctx context.Context, s *session, step migration) error {
	text := step.text
	for word, engine := range s.dialect.Words {
		text = strings.ReplaceAll(text, "{"+word+"}", engine)
	}
	if err := s.plain(ctx, text); err != nil {
		return err
	}
	_, err := s.exec(ctx, `INSERT INTO parley_meta (name, value) VALUES ('schema', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
		strconv.Itoa(step.version))
	return err
}

// installationID returns the database's random name, making it the first time.
func installationID(ctx context.Context, s *session) (string, error) {
	if _, err := s.exec(ctx, `INSERT INTO parley_meta (name, value) VALUES ('installation', ?) ON CONFLICT (name) DO NOTHING`,
		strings.ToLower(rand.Text()[:8])); err != nil {
		return "", fmt.Errorf("store installation ID: %w", err)
	}
	var id string
	if err := s.queryRow(ctx, `SELECT value FROM parley_meta WHERE name = 'installation'`, nil, &id); err != nil {
		return "", fmt.Errorf("read installation ID: %w", err)
	}
	return id, nil
}
