//go:build unix

package sqlite_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/store"
	"github.com/parley-im/parley/internal/store/sqlite"
)

// TestDiskFull runs in a process that may write no more than so much into a
// file, which to the store is a disk that is full.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	if file := os.Getenv(childFile); file != "" {
		fillDisk(t, file)
		return
	}
	file := filepath.Join(t.TempDir(), "parley.db")
	if out, err := child(t, file).CombinedOutput(); err != nil {
		t.Fatalf("the child: %v\n%s", err, out)
	}
	if _, err := os.Stat(file + ".done"); err != nil {
		t.Fatalf("the child did not come to its end: %v", err)
	}
}

func fillDisk(t *testing.T, file string) {
	t.Helper()
	// Little cache, so that large transactions reach the disk before they end.
	s := open(t, file, sqlite.Options{CacheKiB: 64})
	g := createGroup(t, s, "g")
	heard := 0
	s.OnEvents(func(events []store.Event) { heard += len(events) })
	var mu sync.Mutex // guards told
	told := make(map[int64]string)
	send := func(text string) error {
		got, err := s.Append(t.Context(), message(g, []byte(text)))
		if err == nil {
			mu.Lock()
			defer mu.Unlock()
			told[got.Seq] = text
		}
		return err
	}
	for round := range 3 {
		if err := send(fmt.Sprint("space ", round)); err != nil {
			t.Fatalf("with space left: %v", err)
		}
		restore := limitFiles(t, file)
		var callers sync.WaitGroup
		for caller := range 8 {
			callers.Go(func() {
				var err error
				for n := 0; err == nil && n < 10_000; n++ {
					err = send(fmt.Sprint(round, caller, n, strings.Repeat("x", 1000)))
				}
				if !errors.Is(err, store.ErrFull) {
					t.Errorf("the last send ended with %v, want %v", err, store.ErrFull)
				}
			})
		}
		callers.Wait()
		if err := large(t, s, g); !errors.Is(err, store.ErrFull) {
			t.Errorf("a large transaction ended with %v, want %v", err, store.ErrFull)
		}
		check(t, s, g, told, heard) // reading goes on
		restore()
	}
	if err := large(t, s, createGroup(t, s, "large")); err != nil {
		t.Errorf("with space left: %v", err)
	}
	if err := send("last"); err != nil {
		t.Errorf("with space left: %v", err)
	}
	check(t, s, g, told, heard-largeRows)
	closeStore(t, s)
	s = open(t, file, sqlite.Options{})
	check(t, s, g, told, heard-largeRows)
	closeStore(t, s)
	if err := os.WriteFile(file+".done", nil, 0o600); err != nil {
		t.Fatal(err)
	}
}

// limitFiles keeps files from growing much beyond the store's log.
func limitFiles(t *testing.T, file string) (restore func()) {
	t.Helper()
	info, err := os.Stat(file + "-wal")
	if err != nil {
		t.Fatal(err)
	}
	var before syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
		t.Fatal(err)
	}
	set := func(l syscall.Rlimit) {
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &l); err != nil {
			t.Fatal(err)
		}
	}
	limit := before
	limit.Cur = uint64(info.Size()) + 100_000
	set(limit)
	return func() { set(before) }
}

const largeRows = 500

// large writes more than the cache holds, in one transaction.
func large(t *testing.T, s store.Store, g *chat.Group) error {
	t.Helper()
	rows := make([]event.Outgoing, largeRows)
	for i := range rows {
		rows[i] = event.Outgoing{SDKAppID: app, Command: "c", Conversation: "group:" + g.ID, Body: []byte(strings.Repeat("y", 4000))}
	}
	return s.Update(t.Context(), func(tx store.Tx) error { return tx.AddEvents(t.Context(), rows) })
}

// check looks for all that was told, and for nothing else.
func check(t *testing.T, s store.Store, g *chat.Group, told map[int64]string, heard int) {
	t.Helper()
	got := read(t, s, g)
	if diff := cmp.Diff(told, got.Messages); diff != "" {
		t.Errorf("messages (-told +stored):\n%s", diff)
	}
	if len(got.Events) != len(told) || heard != len(told) || got.Next != int64(len(told)+1) {
		t.Errorf("%d messages, %d events, %d of them heard, and %d is the next number", len(told), len(got.Events), heard, got.Next)
	}
}
