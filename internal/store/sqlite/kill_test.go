package sqlite_test

import (
	"bufio"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/store"
	"github.com/parley-im/parley/internal/store/sqlite"
)

const killGroups = 4

// TestKill kills a process while many callers send, twice, and looks for what
// they were told.
func TestKill(t *testing.T) {
	t.Parallel()
	if file := os.Getenv(childFile); file != "" {
		sendUntilKilled(t, file)
		return
	}
	if testing.Short() {
		t.Skip("a long one")
	}
	file := filepath.Join(t.TempDir(), "parley.db")
	told := make(map[string]map[int64]string)
	for _, sends := range []int{500, 1500} {
		cmd := child(t, file)
		cmd.Stderr = os.Stderr
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for n := 0; lines.Scan(); n++ {
			var group, text string
			var seq int64
			if _, err := fmt.Sscan(lines.Text(), &group, &seq, &text); err != nil {
				t.Fatalf("line %q: %v", lines.Text(), err)
			}
			if told[group] == nil {
				told[group] = make(map[int64]string)
			}
			if first, ok := told[group][seq]; ok {
				t.Errorf("%s %d is told twice: %s and %s", group, seq, first, text)
			}
			told[group][seq] = text
			if n == sends {
				if err := cmd.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := cmd.Wait(); err == nil {
			t.Fatal("the child ended by itself")
		}
		checkTold(t, file, told)
	}
}

// sendUntilKilled prints what each caller was told.
func sendUntilKilled(t *testing.T, file string) {
	t.Helper()
	s := open(t, file, sqlite.Options{})
	defer closeStore(t, s)
	var callers sync.WaitGroup
	for caller := range 16 {
		g := createOrGet(t, s, fmt.Sprintf("g%d", caller%killGroups))
		callers.Go(func() {
			for n := 0; ; n++ {
				text := fmt.Sprintf("%d-%d-%d", os.Getpid(), caller, n)
				got, err := s.Append(t.Context(), message(g, []byte(text)))
				if err != nil {
					t.Errorf("append: %v", err)
					return
				}
				// One write of a short line is not torn apart.
				if _, err := fmt.Fprintf(os.Stdout, "%s %d %s\n", g.ID, got.Seq, text); err != nil {
					return
				}
			}
		})
	}
	callers.Wait()
}

func createOrGet(t *testing.T, s store.Store, id string) *chat.Group {
	t.Helper()
	var g *chat.Group
	err := s.View(t.Context(), func(tx store.Tx) (err error) {
		g, err = tx.Group(t.Context(), app, id)
		return err
	})
	if err == nil {
		return g
	}
	return createGroup(t, s, id)
}

func checkTold(t *testing.T, file string, told map[string]map[int64]string) {
	t.Helper()
	s := open(t, file, sqlite.Options{})
	defer closeStore(t, s)
	for n := range killGroups {
		g := createOrGet(t, s, fmt.Sprintf("g%d", n))
		got := read(t, s, g)
		for seq, text := range told[g.ID] {
			if got.Messages[seq] != text {
				t.Errorf("%s %d was told to be %q and is %q", g.ID, seq, text, got.Messages[seq])
			}
		}
		seqs := slices.Sorted(maps.Keys(got.Messages))
		if len(seqs) == 0 || seqs[0] != 1 || seqs[len(seqs)-1] != int64(len(seqs)) || got.Next != int64(len(seqs)+1) {
			t.Errorf("%s has %d messages with numbers from %d to %d, and %d is next", g.ID, len(seqs), seqs[0], seqs[len(seqs)-1], got.Next)
		}
		var texts []string
		for _, seq := range seqs {
			texts = append(texts, got.Messages[seq])
		}
		if diff := cmp.Diff(texts, got.Events); diff != "" {
			t.Errorf("events of %s differ from its messages (-messages +events):\n%s", g.ID, diff)
		}
		if twice := len(texts) - len(slices.Compact(slices.Sorted(slices.Values(texts)))); twice != 0 {
			t.Errorf("%d messages of %s are there twice: %s", twice, g.ID, strings.Join(texts, " "))
		}
	}
}
