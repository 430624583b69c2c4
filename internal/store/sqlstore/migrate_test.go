package sqlstore

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

func TestLoadMigrations(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		files []string
		want  []int
		fails string
	}{
		{name: "none"},
		{name: "in a row", files: []string{"0001_a.sql", "0002_b.sql", "0003_c.sql"}, want: []int{1, 2, 3}},
		{name: "beyond nine", files: []string{
			"0001_a.sql", "0002_a.sql", "0003_a.sql", "0004_a.sql", "0005_a.sql", "0006_a.sql", "0007_a.sql", "0008_a.sql", "0009_a.sql", "0010_a.sql",
		}, want: []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}},
		{name: "a gap", files: []string{"0001_a.sql", "0003_c.sql"}, fails: "migrations/0003_c.sql: want number 0002"},
		{name: "a double", files: []string{"0001_a.sql", "0001_b.sql"}, fails: "migrations/0001_b.sql: want number 0002"},
		{name: "not from the first", files: []string{"0002_b.sql"}, fails: "migrations/0002_b.sql: want number 0001"},
		{name: "no number", files: []string{"heart.sql"}, fails: "migrations/heart.sql: want number 0001"},
		{name: "other files", files: []string{"0001_a.sql", "notes.txt"}, want: []int{1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			files := fstest.MapFS{}
			for _, name := range c.files {
				files["migrations/"+name] = &fstest.MapFile{Data: []byte("-- " + name)}
			}
			steps, err := loadMigrations(files)
			if c.fails != "" {
				if err == nil || !strings.Contains(err.Error(), c.fails) {
					t.Errorf("got error %v, want one with %q", err, c.fails)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var got []int
			for _, s := range steps {
				got = append(got, s.version)
				if s.text != "-- "+strings.TrimPrefix(s.name, "migrations/") {
					t.Errorf("step %d has the text %q of another file", s.version, s.text)
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("versions (-want +got):\n%s", diff)
			}
		})
	}
}

// TestMigrations: the embedded ones are in order.
func TestMigrations(t *testing.T) {
	t.Parallel()
	steps, err := loadMigrations(migrationFiles)
	if err != nil {
		t.Fatal(err)
	}
	if len(steps) == 0 {
		t.Fatal("no migrations")
	}
}

func TestChunks(t *testing.T) {
	t.Parallel()
	for n := range 700 {
		next := 0
		err := chunks(n, func(from, to int) error {
			if from != next || to <= from {
				t.Errorf("of %d rows, %d to %d come behind %d", n, from, to, next)
			}
			if _, ok := list("", "").bySize[to-from]; !ok {
				t.Errorf("of %d rows, there is no statement for %d", n, to-from)
			}
			next = to
			return nil
		})
		if err != nil || next != n {
			t.Errorf("%d rows end at %d: %v", n, next, err)
		}
	}
}
