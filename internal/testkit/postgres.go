package testkit

import (
	"context"
	"database/sql"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver pgx
)

// Postgres is a PostgreSQL server of its own for tests.
type Postgres struct {
	// Addr is the host and port that it listens on.
	Addr string
	// Data is its data directory.
	Data string
	// ToPrimary is the way of a standby to the server that it follows.
	ToPrimary *Link

	bin       string
	settings  []string
	process   *exec.Cmd
	ended     chan struct{}
	log       *tail
	databases atomic.Int64
}

// postgresUser is the superuser of the servers.
const postgresUser = "parley"

// StartPostgres makes an empty server that runs until the test ends. settings are
// like "fsync=off". PostgreSQL must be installed, with its Debian package for
// example.
func StartPostgres(tb testing.TB, settings ...string) *Postgres {
	tb.Helper()
	p := &Postgres{Addr: Reserve(tb), Data: postgresDirectory(tb), bin: postgresPrograms(tb), settings: settings}
	initialise := p.Command("initdb", "--no-sync", "--auth=trust", "--username="+postgresUser, "--encoding=UTF8", "--locale=C", "--pgdata="+p.Data)
	if output, err := initialise.CombinedOutput(); err != nil {
		tb.Fatalf("initdb: %v\n%s", err, output)
	}
	p.Start(tb)
	tb.Cleanup(p.Kill)
	return p
}

func (p *Postgres) hostPort(tb testing.TB) (host, port string) {
	tb.Helper()
	host, port, err := net.SplitHostPort(p.Addr)
	if err != nil {
		tb.Fatal(err)
	}
	return host, port
}

// Start starts the server, after Kill or Stop, and waits until it answers.
func (p *Postgres) Start(tb testing.TB) {
	tb.Helper()
	host, port := p.hostPort(tb)
	args := []string{"-D", p.Data, "-h", host, "-p", port, "-k", "", "-c", "max_connections=200"}
	for _, s := range p.settings {
		args = append(args, "-c", s)
	}
	p.log = new(tail)
	p.process = p.Command("postgres", args...)
	p.process.Stdout, p.process.Stderr = p.log, p.log
	if err := p.process.Start(); err != nil {
		tb.Fatalf("start PostgreSQL: %v", err)
	}
	ended := make(chan struct{})
	p.ended = ended
	go func() {
		_ = p.process.Wait() // how it ended does not matter
		close(ended)
	}()
	p.waitReady(tb)
}

func (p *Postgres) waitReady(tb testing.TB) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), Patience)
	defer cancel()
	db := p.open(tb, "postgres")
	defer db.Close()
	for db.PingContext(ctx) != nil {
		select {
		case <-time.After(20 * time.Millisecond):
		case <-p.ended:
			tb.Fatalf("PostgreSQL has ended\n%s", p.log.last(8<<10))
		case <-ctx.Done():
			tb.Fatalf("PostgreSQL does not answer\n%s", p.log.last(8<<10))
		}
	}
}

// Kill ends the server and all its processes at once, as a power cut would.
func (p *Postgres) Kill() {
	pid := p.process.Process.Pid
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid)) // none if it has ended
	_ = p.process.Process.Kill()                                               // it may have ended
	<-p.ended
	// Its processes watch for the end of the first one and then end as well, but one
	// that is busy would hold the shared memory that the next start needs.
	for field := range strings.FieldsSeq(string(text)) {
		if child, err := strconv.Atoi(field); err == nil {
			_ = syscall.Kill(child, syscall.SIGKILL) // it may have ended
			waitGone(child)
		}
	}
}

// waitGone waits, not for ever, until a process that was killed has ended.
func waitGone(pid int) {
	for range 1000 {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil {
			return
		}
		// The state stands behind the name, which may have any characters.
		if _, state, _ := strings.Cut(string(stat), ") "); strings.HasPrefix(state, "Z") {
			return
		}
		time.Sleep(time.Millisecond)
	}
}

// PID is the number of the server's first process.
func (p *Postgres) PID() int { return p.process.Process.Pid }

// Signal sends a signal to the server's first process.
func (p *Postgres) Signal(s syscall.Signal) error { return p.process.Process.Signal(s) }

// Database makes an empty database and returns its URL.
func (p *Postgres) Database(tb testing.TB) string {
	tb.Helper()
	name := fmt.Sprintf("test_%d", p.databases.Add(1))
	db := p.open(tb, "postgres")
	defer db.Close()
	if _, err := db.ExecContext(context.Background(), "CREATE DATABASE "+name+" STRATEGY file_copy"); err != nil {
		tb.Fatalf("create a database: %v", err)
	}
	return p.URL(name)
}

// URL is the address of a database, on this server or on one of others.
func (p *Postgres) URL(database string, others ...*Postgres) string {
	hosts := p.Addr
	for _, o := range others {
		hosts += "," + o.Addr
	}
	return "postgres://" + postgresUser + "@" + hosts + "/" + database
}

func (p *Postgres) open(tb testing.TB, database string) *sql.DB {
	tb.Helper()
	db, err := sql.Open("pgx", p.URL(database))
	if err != nil {
		tb.Fatal(err)
	}
	return db
}

// Command is one of PostgreSQL's programs, run as somebody who may: PostgreSQL
// refuses to be run by root.
func (p *Postgres) Command(name string, args ...string) *exec.Cmd {
	c := exec.CommandContext(context.Background(), filepath.Join(p.bin, name), args...)
	c.Dir = os.TempDir()
	if os.Getuid() == 0 {
		uid, gid := nobody()
		c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: gid}}
	}
	return c
}

// nobody is the user who runs PostgreSQL in the place of root.
func nobody() (uid, gid uint32) {
	for _, name := range []string{"postgres", "nobody"} {
		if u, err := user.Lookup(name); err == nil {
			id, _ := strconv.ParseUint(u.Uid, 10, 32)    // numbers, where there is a root
			group, _ := strconv.ParseUint(u.Gid, 10, 32) // the same
			return uint32(id), uint32(group)
		}
	}
	return 65534, 65534
}

// postgresDirectory is a directory that the user who runs PostgreSQL owns and can
// reach.
func postgresDirectory(tb testing.TB) string {
	tb.Helper()
	dir, err := os.MkdirTemp("", "parley-postgres-") //nolint:usetesting // others cannot enter t.TempDir
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = os.RemoveAll(dir) }) // the next start of the machine does it otherwise
	if os.Getuid() == 0 {
		uid, gid := nobody()
		if err := os.Chown(dir, int(uid), int(gid)); err != nil {
			tb.Fatal(err)
		}
	}
	return filepath.Join(dir, "data")
}

// postgresPrograms is where PostgreSQL's programs are.
func postgresPrograms(tb testing.TB) string {
	tb.Helper()
	if path, err := exec.LookPath("initdb"); err == nil {
		if path, err = filepath.EvalSymlinks(path); err == nil {
			return filepath.Dir(path)
		}
	}
	places, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb") // the pattern is right
	if len(places) == 0 {
		tb.Fatal("PostgreSQL is not installed: the tests start a server of their own (Debian package postgresql)")
	}
	return filepath.Dir(places[len(places)-1])
}
