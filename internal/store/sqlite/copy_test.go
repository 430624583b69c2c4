package sqlite_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/parley-im/parley/internal/store"
	"github.com/parley-im/parley/internal/store/sqlite"
)

// TestCopyWhileItIsWritten: a copy has everything that was stored when it was begun,
// each message with its event, and what a store on it adds has IDs that the original
// does not give out.
func TestCopyWhileItIsWritten(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "parley.db")
	s := open(t, file, sqlite.Options{})
	g := createGroup(t, s, "g")
	before := appendUntil(t, s, 500, func(n int) bool { return n == 500 })

	copied := make(chan error, 1)
	to := filepath.Join(dir, "a copy?mode=memory#.db")
	go func() { copied <- sqlite.Copy(t.Context(), file, to) }()
	var err error
	appendUntil(t, s, 1_000_000, func(int) bool {
		select {
		case err = <-copied:
			return true
		default:
			return false
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	original := newestEvent(t, s)
	all := read(t, s, g)
	closeStore(t, s)
	if info, err := os.Stat(to); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the copy: %v, %v, want a file with mode 0600", info, err)
	}

	c := open(t, to, sqlite.Options{})
	got := read(t, c, g)
	if len(got.Messages) < before || len(got.Messages) > len(all.Messages) {
		t.Errorf("the copy has %d messages, want at least %d and at most %d", len(got.Messages), before, len(all.Messages))
	}
	if len(got.Events) != len(got.Messages) || got.Next != int64(len(got.Messages))+1 {
		t.Errorf("the copy has %d messages and %d events, and goes on with %d", len(got.Messages), len(got.Events), got.Next)
	}
	appendUntil(t, c, 1, func(n int) bool { return n == 1 })
	first := newestEvent(t, c)
	if first <= original {
		t.Errorf("the first new event of the copy has ID %d, which the original, at %d, may have given out", first, original)
	}
	closeStore(t, c)

	c = open(t, to, sqlite.Options{})
	defer closeStore(t, c)
	appendUntil(t, c, 1, func(n int) bool { return n == 1 })
	if second := newestEvent(t, c); second != first+1 {
		t.Errorf("after another start the next event has ID %d, want %d: a copy is new only once", second, first+1)
	}
}

// appendUntil sends into the group g, most times at most, and returns how often.
func appendUntil(t *testing.T, s store.Store, most int, enough func(n int) bool) int {
	t.Helper()
	g := createOrGet(t, s, "g")
	for n := range most {
		if _, err := s.Append(t.Context(), message(g, []byte(strconv.Itoa(n)))); err != nil {
			t.Fatal(err)
		}
		if enough(n + 1) {
			return n + 1
		}
	}
	t.Fatalf("%d messages were not enough", most)
	return 0
}

func newestEvent(t *testing.T, s store.Store) int64 {
	t.Helper()
	var newest int64
	err := s.View(t.Context(), func(tx store.Tx) error {
		list, _, err := tx.ListEvents(t.Context(), store.EventQuery{App: app, Limit: 1})
		if len(list) > 0 {
			newest = list[0].ID
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return newest
}

// TestCopyOfAnUnusedStore: also where the original had no event yet, it gives out
// IDs after it was copied.
func TestCopyOfAnUnusedStore(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file, to := filepath.Join(dir, "parley.db"), filepath.Join(dir, "copy.db")
	closeStore(t, open(t, file, sqlite.Options{}))
	if err := sqlite.Copy(t.Context(), file, to); err != nil {
		t.Fatal(err)
	}
	c := open(t, to, sqlite.Options{})
	defer closeStore(t, c)
	createGroup(t, c, "g")
	appendUntil(t, c, 1, func(n int) bool { return n == 1 })
	if id := newestEvent(t, c); id < 1e15 {
		t.Errorf("the first event of the copy has ID %d, which the original may give out", id)
	}
}

func TestCopyFails(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "parley.db")
	closeStore(t, open(t, file, sqlite.Options{}))
	garbage := filepath.Join(dir, "garbage.db")
	if err := os.WriteFile(garbage, []byte("no database, but long enough to look at it"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		from, to string
		want     error
	}{
		"there is a file":   {file, garbage, fs.ErrExist},
		"no database":       {filepath.Join(dir, "none.db"), filepath.Join(dir, "1.db"), fs.ErrNotExist},
		"no such directory": {file, filepath.Join(dir, "none", "2.db"), fs.ErrNotExist},
		"garbage":           {garbage, filepath.Join(dir, "3.db"), nil},
	} {
		err := sqlite.Copy(t.Context(), c.from, c.to)
		if err == nil || c.want != nil && !errors.Is(err, c.want) {
			t.Errorf("%s: got error %v, want %v", name, err, c.want)
		}
		if _, err := os.Stat(c.to); c.to != garbage && !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: something is left: %v", name, err)
		}
	}
}
