package sqlite_test

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/parley-im/parley/internal/store/sqlite"
	"github.com/parley-im/parley/internal/store/sqlstore"
)

// TestFileMode: the database holds keys, and so do its companions.
func TestFileMode(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, filepath.Join(dir, "parley.db"), sqlite.Options{})
	defer closeStore(t, s)
	createGroup(t, s, "g")
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 3 {
		t.Errorf("got %d files, want the database, its log and its index", len(files))
	}
	for _, f := range files {
		info, err := f.Info()
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v, want 0600", f.Name(), info.Mode().Perm())
		}
	}
}

// TestFileName: the name is a path, not an address with parameters.
func TestFileName(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"with space.db", "a%41b?mode=memory#x.db", "ü&c=d.db", "file:x.db"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), name)
			s := open(t, file, sqlite.Options{})
			createGroup(t, s, "g")
			closeStore(t, s)
			if info, err := os.Stat(file); err != nil || info.Size() == 0 {
				t.Errorf("the data is not in the file of that name: %v, %v", info, err)
			}
		})
	}
}

func TestOpenFails(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	garbage := filepath.Join(dir, "garbage.db")
	if err := os.WriteFile(garbage, []byte(strings.Repeat("no database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, file := range map[string]string{
		"no such directory": filepath.Join(dir, "none", "parley.db"),
		"a directory":       dir,
		"no database":       garbage,
	} {
		s, err := sqlite.Open(t.Context(), file, sqlite.Options{})
		if err == nil {
			t.Errorf("%s: opened", name)
			closeStore(t, s)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := sqlite.Open(ctx, filepath.Join(dir, "parley.db"), sqlite.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("a caller who has left: got error %v, want %v", err, context.Canceled)
	}
}

// raw opens a database behind the store's back.
func raw(t testing.TB, file string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", file)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func execute(t testing.TB, db *sql.DB, query string, args ...any) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), query, args...); err != nil {
		t.Fatal(err)
	}
}

// TestSchemaOfAnotherProgram: a database that this program cannot understand is
// left alone.
func TestSchemaOfAnotherProgram(t *testing.T) {
	t.Parallel()
	for _, schema := range []string{"9999", "-1", "one", ""} {
		t.Run(schema, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "parley.db")
			closeStore(t, open(t, file, sqlite.Options{}))
			db := raw(t, file)
			execute(t, db, `UPDATE parley_meta SET value = ? WHERE name = 'schema'`, schema)
			execute(t, db, `DROP TABLE message`)

			s, err := sqlite.Open(t.Context(), file, sqlite.Options{})
			if err == nil {
				closeStore(t, s)
				t.Fatal("opened")
			}
			if !strings.Contains(err.Error(), schema) {
				t.Errorf("error %q does not name the schema", err)
			}
			var newer *sqlstore.SchemaNewerError
			if got := errors.As(err, &newer); got != (schema == "9999") {
				t.Errorf("error %v says that the schema is newer: %v", err, got)
			}
			if newer != nil && (newer.Database != 9999 || newer.Program < 1 || !strings.Contains(err.Error(), "newer version of Parley")) {
				t.Errorf("got %+v and the text %q", newer, err)
			}
			var tables int
			if err := db.QueryRowContext(t.Context(), `SELECT COUNT(*) FROM sqlite_schema WHERE name = 'message'`).Scan(&tables); err != nil {
				t.Fatal(err)
			}
			if tables != 0 {
				t.Error("the database was changed")
			}
		})
	}
}

// TestEngine: SQLite up to 3.51.2 can corrupt a database that is written and
// checkpointed by two connections.
func TestEngine(t *testing.T) {
	t.Parallel()
	var version string
	if err := raw(t, ":memory:").QueryRowContext(t.Context(), "SELECT sqlite_version()").Scan(&version); err != nil {
		t.Fatal(err)
	}
	least := []int{3, 51, 3}
	for i, part := range strings.SplitN(version, ".", 3) {
		n, err := strconv.Atoi(part)
		if err != nil {
			t.Fatalf("SQLite version %q: %v", version, err)
		}
		if n < least[i] {
			t.Fatalf("SQLite is %s, want at least 3.51.3", version)
		}
		if n > least[i] {
			break
		}
	}
}

// TestLibc: the engine is translated to Go together with one version of its C
// library; another dependency must not raise that.
func TestLibc(t *testing.T) {
	t.Parallel()
	list := func(format, module string) string {
		out, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", format, module).CombinedOutput()
		if err != nil {
			t.Fatalf("go list: %v\n%s", err, out)
		}
		return strings.TrimSpace(string(out))
	}
	wanted, err := os.ReadFile(list("{{.GoMod}}", "modernc.org/sqlite"))
	if err != nil {
		t.Fatal(err)
	}
	line := regexp.MustCompile(`(?m)^\s*(?:require\s+)?modernc\.org/libc\s+(v\S+)`).FindSubmatch(wanted)
	if line == nil {
		t.Fatal("modernc.org/sqlite names no version of modernc.org/libc")
	}
	if got := list("{{.Version}}", "modernc.org/libc"); got != string(line[1]) {
		t.Errorf("modernc.org/libc is %s, want %s as modernc.org/sqlite does", got, line[1])
	}
}
