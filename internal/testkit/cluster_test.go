package testkit

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
)

// echo answers whatever comes with the same, and returns its address.
func echo(t *testing.T) string {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				_, _ = io.Copy(conn, conn) // until either end goes
			}()
		}
	}()
	return listener.Addr().String()
}

func connect(t *testing.T, addr string) net.Conn {
	t.Helper()
	conn, err := (&net.Dialer{Timeout: Patience}).DialContext(t.Context(), "tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// say sends a text.
func say(t *testing.T, conn net.Conn, text string) {
	t.Helper()
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
}

// hear waits for a text.
func hear(t *testing.T, conn net.Conn, text string) {
	t.Helper()
	_ = conn.SetReadDeadline(time.Now().Add(Patience))
	got := make([]byte, len(text))
	if _, err := io.ReadFull(conn, got); err != nil || string(got) != text {
		t.Fatalf("heard %q and %v, want %q", got, err, text)
	}
}

func TestLinkDrops(t *testing.T) {
	t.Parallel()
	l := NewLink(t, echo(t))
	conn := connect(t, l.Addr)
	say(t, conn, "before")
	hear(t, conn, "before")

	l.Drop()
	say(t, conn, "meanwhile")
	late := connect(t, l.Addr)
	say(t, late, "late")
	for _, c := range []net.Conn{conn, late} {
		_ = c.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
		if n, err := c.Read(make([]byte, 10)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%d bytes and %v came over a link that drops, want silence", n, err)
		}
	}

	l.Heal(t)
	hear(t, conn, "meanwhile")
	hear(t, late, "late")
}

func TestLinkRefuses(t *testing.T) {
	t.Parallel()
	l := NewLink(t, echo(t))
	conn := connect(t, l.Addr)
	say(t, conn, "before")
	hear(t, conn, "before")

	l.Refuse()
	_ = conn.SetReadDeadline(time.Now().Add(Patience))
	if _, err := conn.Read(make([]byte, 10)); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("reading from a broken connection: %v", err)
	}
	if c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", l.Addr); err == nil {
		c.Close()
		t.Error("a link that refuses lets connections in")
	}

	l.Heal(t)
	again := connect(t, l.Addr)
	say(t, again, "again")
	hear(t, again, "again")
}

// TestLinkDropsAnswers: what is asked for arrives, and nobody learns of it.
func TestLinkDropsAnswers(t *testing.T) {
	t.Parallel()
	l := NewLink(t, echo(t))
	conn := connect(t, l.Addr)
	say(t, conn, "before")
	hear(t, conn, "before")
	l.DropAnswers("this", "COMMIT")
	for _, request := range []string{"COMMIT", "INSERT this"} {
		say(t, conn, request)
		hear(t, conn, request)
		if !l.Answers() {
			t.Fatalf("%q has no answer", request)
		}
	}

	say(t, conn, "SELECT 1; COMMIT")
	_ = conn.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
	if n, err := conn.Read(make([]byte, 10)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("%d bytes and %v were answered, want silence", n, err)
	}
	if l.Answers() {
		t.Error("answers pass after the request that is to have none")
	}
	l.Heal(t)
	hear(t, conn, "SELECT 1; COMMIT")
	say(t, conn, "COMMIT")
	hear(t, conn, "COMMIT")
}

// TestNATSCutApart: servers that are cut from each other keep their clients, and find
// each other again.
func TestNATSCutApart(t *testing.T) {
	t.Parallel()
	program, err := BuildNATS(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	servers := StartNATSProcesses(t, program, 3)
	conn, err := nats.Connect("nats://" + servers[0].Addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for _, s := range servers {
		s.FromOthers.Refuse()
	}
	for i, s := range servers {
		s.await(t, func(ctx context.Context) bool {
			n, err := s.peers(ctx)
			return err == nil && n == 0
		})
		s.WaitClients(t, map[int]int{0: 1}[i])
	}
	for _, s := range servers {
		s.FromOthers.Heal(t)
	}
	for _, s := range servers {
		s.waitRoutes(t, 2)
	}
}

// TestStandbyCutOff: a standby hears nothing while it is cut off, and everything when
// it no longer is.
func TestStandbyCutOff(t *testing.T) {
	t.Parallel()
	primary, standby := StartPostgres(t), StartPostgres(t, "wal_retrieve_retry_interval=200ms")
	standby.Follow(t, primary)
	primary.execute(t, "CREATE TABLE kept (n BIGINT)")
	for _, cut := range []func(){standby.ToPrimary.Drop, standby.ToPrimary.Refuse} {
		cut()
		db := primary.open(t, "postgres")
		done := make(chan error, 1)
		go func() {
			_, err := db.ExecContext(t.Context(), "INSERT INTO kept VALUES (1)")
			done <- err
		}()
		select {
		case err := <-done:
			t.Errorf("a commit does not wait for a standby that is cut off: %v", err)
		case <-time.After(200 * time.Millisecond):
		}
		standby.ToPrimary.Heal(t)
		if err := <-done; err != nil {
			t.Error(err)
		}
		db.Close()
	}
	primary.FailOver(t, standby)
	standby.await(t, "SELECT COUNT(*) = 2 FROM kept")
}

// TestFollow: a standby has what was committed, takes over, and the old primary
// follows it.
func TestFollow(t *testing.T) {
	t.Parallel()
	first, second := StartPostgres(t), StartPostgres(t)
	second.Follow(t, first)
	first.execute(t, "CREATE TABLE kept (n BIGINT)", "INSERT INTO kept VALUES (1)")
	first.FailOver(t, second)
	second.execute(t, "INSERT INTO kept VALUES (2)")
	first.Follow(t, second)
	second.execute(t, "INSERT INTO kept VALUES (3)")
	second.FailOver(t, first)
	first.await(t, "SELECT COUNT(*) = 3 FROM kept")
}

// TestPausedPostgres answers nobody, and goes on where it was.
func TestPausedPostgres(t *testing.T) {
	t.Parallel()
	p := StartPostgres(t)
	db := p.open(t, "postgres")
	defer db.Close()
	ask := func(within time.Duration) error {
		ctx, cancel := context.WithTimeout(t.Context(), within)
		defer cancel()
		return db.PingContext(ctx)
	}
	if err := ask(Patience); err != nil {
		t.Fatal(err)
	}
	p.PauseAll(t)
	if err := ask(200 * time.Millisecond); err == nil {
		t.Error("a paused server answers")
	}
	p.ResumeAll(t)
	if err := ask(Patience); err != nil {
		t.Errorf("a server that was paused: %v", err)
	}
}
