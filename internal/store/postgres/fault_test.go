package postgres_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/store"
	"github.com/parley-im/parley/internal/store/postgres"
	"github.com/parley-im/parley/internal/testkit"
)

// TestServerKilled: the database dies and comes back while servers send.
func TestServerKilled(t *testing.T) {
	t.Parallel()
	server := testkit.StartPostgres(t)
	stores := openSeveral(t, server.Database(t), 2)
	l := startLoad(t, stores, createGroups(t, stores[0], 5), 8)
	for range 3 {
		l.wait(100)
		server.Kill()
		server.Start(t)
	}
	l.wait(100)
	l.stop()
	l.verify(stores[1])
	server.Kill()
	server.Start(t)
	for range 20 {
		for name, read := range map[string]func(context.Context, func(store.Tx) error) error{"view": stores[0].View, "peek": stores[1].Peek} {
			if err := read(t.Context(), func(tx store.Tx) error {
				_, err := tx.Group(t.Context(), app, "g0")
				return err
			}); err != nil && !errors.Is(err, store.ErrNotFound) {
				t.Errorf("a %s after the server is back: %v", name, err)
			}
		}
	}
}

// TestConnectionsTerminated: connections break at any point of a transaction.
func TestConnectionsTerminated(t *testing.T) {
	t.Parallel()
	url := testkit.StartPostgres(t, "fsync=off").Database(t)
	stores := openSeveral(t, url, 3)
	l := startLoad(t, stores, createGroups(t, stores[0], 5), 8)
	db := raw(t, url)
	for range 60 {
		l.wait(10)
		execute(t, db, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
			WHERE application_name = 'parley' AND datname = current_database() ORDER BY (state = 'idle'), random() LIMIT 2`)
	}
	l.wait(100)
	l.stop()
	l.verify(stores[2])
}

// TestFailover: the standby takes over, and has all that was acknowledged.
func TestFailover(t *testing.T) {
	t.Parallel()
	primary, standby := testkit.StartPostgres(t), testkit.StartPostgres(t)
	standby.Follow(t, primary)
	name := primary.Database(t)
	url := primary.URL(name[strings.LastIndex(name, "/")+1:], standby)
	stores := openSeveral(t, url, 2)
	l := startLoad(t, stores, createGroups(t, stores[0], 5), 8)
	l.wait(200)
	primary.FailOver(t, standby)
	l.wait(200)
	l.stop()
	l.verify(stores[1])
}

// TestUncertainCommit: whoever tells others of changes hears of one that is stored
// although the server did not learn that, and not before it is to be seen.
func TestUncertainCommit(t *testing.T) {
	t.Parallel()
	server := testkit.StartPostgres(t, "fsync=off")
	url, link := server.Database(t), testkit.NewLink(t, server.Addr)
	s := open(t, strings.Replace(url, server.Addr, link.Addr, 1))
	g := createGroup(t, s, "g")
	elsewhere := raw(t, url)
	stored := func() (n int) {
		if err := elsewhere.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM message").Scan(&n); err != nil {
			t.Error(err)
		}
		return n
	}
	var heard []time.Time
	s.OnUncertain(func(since time.Time) {
		if n := stored(); n != 1 {
			t.Errorf("%d messages are to be seen, want 1", n)
		}
		heard = append(heard, since)
	})

	begun := time.Now().Truncate(time.Millisecond)
	link.DropAnswers("COMMIT")
	failed := make(chan error)
	go func() {
		_, err := s.Append(context.Background(), message(g, "alice", "first"))
		failed <- err
	}()
	for deadline := time.Now().Add(testkit.Patience); stored() == 0; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the commit does not arrive")
		}
	}
	link.Refuse()
	if err := <-failed; !errors.Is(err, store.ErrUnreachable) {
		t.Errorf("a commit without an answer: got error %v, want %v", err, store.ErrUnreachable)
	}
	link.Heal(t)
	for range 2 {
		if err := s.Update(t.Context(), func(store.Tx) error { return nil }); err != nil {
			t.Fatal(err)
		}
	}
	if len(heard) != 1 || heard[0].Before(begun) || heard[0].After(time.Now()) {
		t.Errorf("heard %v, want one time since %v", heard, begun)
	}
}

// TestReadOnlyServer: a server that was made a standby is left for one that takes
// changes.
func TestReadOnlyServer(t *testing.T) {
	t.Parallel()
	url := testkit.StartPostgres(t, "fsync=off").Database(t)
	s := open(t, url)
	l := startLoad(t, openSeveral(t, url, 1), createGroups(t, s, 2), 4)
	l.wait(20)
	db := raw(t, url)
	execute(t, db, "ALTER SYSTEM SET default_transaction_read_only = on")
	execute(t, db, "SELECT pg_reload_conf()")
	time.Sleep(200 * time.Millisecond) // sends fail, or not yet
	execute(t, db, "ALTER SYSTEM RESET default_transaction_read_only")
	execute(t, db, "SELECT pg_reload_conf()")
	l.wait(20)
	l.stop()
	l.verify(s)
}

// TestServerAway: without a database, reads fail at once and writes after a while,
// and closing does not wait.
func TestServerAway(t *testing.T) {
	t.Parallel()
	server := testkit.StartPostgres(t, "fsync=off")
	stores := openSeveral(t, server.Database(t), 2)
	g := createGroup(t, stores[0], "g")
	server.Kill()
	err := stores[0].View(t.Context(), func(store.Tx) error { return nil })
	if !errors.Is(err, store.ErrUnreachable) {
		t.Errorf("a view: got error %v, want %v", err, store.ErrUnreachable)
	}
	if _, err := postgres.Open(t.Context(), postgres.Options{URL: server.URL("test_1")}); !errors.Is(err, store.ErrUnreachable) {
		t.Errorf("opening: got error %v, want %v", err, store.ErrUnreachable)
	}
	var callers sync.WaitGroup
	for i, s := range stores {
		for n := range 20 {
			callers.Go(func() {
				_, err := s.Append(context.Background(), message(g, "alice", fmt.Sprint(n)))
				if !errors.Is(err, store.ErrUnreachable) && (i == 0 || !errors.Is(err, store.ErrClosed)) {
					t.Errorf("a send: got error %v, want %v", err, store.ErrUnreachable)
				}
			})
		}
	}
	begun := time.Now()
	if err := stores[1].Close(); err != nil {
		t.Errorf("close: %v", err)
	}
	if took := time.Since(begun); took > 12*time.Second {
		t.Errorf("closing took %v", took)
	}
	callers.Wait()
	if took := time.Since(begun); took > 2*time.Minute {
		t.Errorf("sends were answered after %v", took)
	}
	server.Start(t)
	if _, err := stores[0].Append(t.Context(), message(g, "alice", "again")); err != nil {
		t.Errorf("a send after the database has come back: %v", err)
	}
}

// TestFullDisk: the server says that its disk is full; a trigger says it for a disk
// that is not.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	url := testkit.StartPostgres(t, "fsync=off").Database(t)
	s := open(t, url)
	g := createGroup(t, s, "g")
	db := raw(t, url)
	execute(t, db, `CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END $$`)
	execute(t, db, `CREATE TRIGGER full_disk BEFORE INSERT ON message FOR EACH ROW EXECUTE FUNCTION full_disk()`)
	if _, err := s.Append(t.Context(), message(g, "alice", "one")); !errors.Is(err, store.ErrFull) {
		t.Errorf("a send: got error %v, want %v", err, store.ErrFull)
	}
	execute(t, db, "DROP TRIGGER full_disk ON message")
	if got, err := s.Append(t.Context(), message(g, "alice", "one")); err != nil || got.Seq != 1 {
		t.Errorf("with space left: got %+v and error %v", got, err)
	}
}

// pausedURL is the variable that tells a process that it is the child of
// TestPausedProcess, and which database is its own.
const pausedURL = "PARLEY_TEST_DATABASE_URL"

// TestPausedProcess: a server that is stopped in the middle of a change does not
// stop the others, and makes its change when it goes on.
func TestPausedProcess(t *testing.T) {
	t.Parallel()
	if url := os.Getenv(pausedURL); url != "" {
		changeSlowly(t, url)
		return
	}
	url := testkit.StartPostgres(t, "fsync=off").Database(t)
	s := open(t, url)
	g := createGroup(t, s, "g")
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program, "-test.run=^TestPausedProcess$", "-test.count=1")
	cmd.Env = append(os.Environ(), pausedURL+"="+url)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(out)
	if line, err := lines.ReadString('\n'); line != "begun\n" {
		t.Fatalf("the child says %q, %v", line, err)
	}
	if err := cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Append(t.Context(), message(g, "alice", "meanwhile")); err != nil {
		t.Errorf("a send beside a server that is stopped: %v", err)
	}
	if err := cmd.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(in, "go on\n"); err != nil {
		t.Fatal(err)
	}
	rest, _ := io.ReadAll(lines)
	if err := cmd.Wait(); err != nil {
		t.Fatalf("the child: %v\n%s", err, rest)
	}
	var now *chat.Group
	if err := s.View(t.Context(), func(tx store.Tx) (err error) {
		now, err = tx.Group(t.Context(), app, "g")
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if want := "changed when 2 is next"; now.Notification != want {
		t.Errorf("the group was %q, want %q", now.Notification, want)
	}
}

// changeSlowly changes the group, and lets its parent stop it while it does so.
func changeSlowly(t *testing.T, url string) {
	t.Helper()
	s := open(t, url)
	first := true
	if err := s.Update(t.Context(), func(tx store.Tx) error {
		if first {
			first = false
			fmt.Println("begun") // to the parent
			if _, err := bufio.NewReader(os.Stdin).ReadString('\n'); err != nil {
				return err
			}
		}
		g, err := tx.Group(t.Context(), app, "g")
		if err != nil {
			return err
		}
		g.Notification = fmt.Sprintf("changed when %d is next", g.NextMsgSeq)
		return tx.UpdateGroup(t.Context(), g)
	}); err != nil {
		t.Fatal(err)
	}
}
