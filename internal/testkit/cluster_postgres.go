package testkit

import (
	"context"
	"net"
	"os"
	"testing"
	"time"
)

// Follow makes the server a synchronous standby of another: whatever is in its data
// directory is replaced by a copy, and from then on the primary commits nothing that
// the standby does not have on its disk. It follows over a new ToPrimary.
func (p *Postgres) Follow(tb testing.TB, primary *Postgres) {
	tb.Helper()
	p.Kill()
	if err := os.RemoveAll(p.Data); err != nil {
		tb.Fatal(err)
	}
	if p.ToPrimary != nil {
		p.ToPrimary.end()
	}
	p.ToPrimary = NewLink(tb, primary.Addr)
	host, port, err := net.SplitHostPort(p.ToPrimary.Addr)
	if err != nil {
		tb.Fatal(err)
	}
	// The copy asks for no standby of its own when it is promoted.
	primary.execute(tb, "ALTER SYSTEM RESET synchronous_standby_names", "SELECT pg_reload_conf()")
	backup := p.Command("pg_basebackup", "--host="+host, "--port="+port, "--username="+postgresUser, "--no-password",
		"--pgdata="+p.Data, "--write-recovery-conf", "--wal-method=stream", "--checkpoint=fast", "--no-sync")
	if output, err := backup.CombinedOutput(); err != nil {
		tb.Fatalf("pg_basebackup: %v\n%s", err, output)
	}
	p.Start(tb)
	primary.execute(tb, "ALTER SYSTEM SET synchronous_standby_names = '*'", "SELECT pg_reload_conf()")
	primary.WaitFollowed(tb)
}

// WaitFollowed waits until the standby has all that the primary has, and the primary
// waits for it at each commit.
func (p *Postgres) WaitFollowed(tb testing.TB) {
	tb.Helper()
	p.await(tb, "SELECT EXISTS (SELECT 1 FROM pg_stat_replication WHERE state = 'streaming' AND sync_state = 'sync')")
}

// FailOver kills the primary and has the standby take its place, at which it returns.
func (p *Postgres) FailOver(tb testing.TB, standby *Postgres) {
	tb.Helper()
	p.Kill()
	standby.await(tb, "SELECT pg_promote(true, 60)")
}

func (p *Postgres) execute(tb testing.TB, statements ...string) {
	tb.Helper()
	db := p.open(tb, "postgres")
	defer db.Close()
	for _, s := range statements {
		if _, err := db.ExecContext(context.Background(), s); err != nil {
			tb.Fatalf("%s: %v", s, err)
		}
	}
}

// await waits until a query answers true.
func (p *Postgres) await(tb testing.TB, query string) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), Patience)
	defer cancel()
	db := p.open(tb, "postgres")
	defer db.Close()
	for {
		var yes bool
		err := db.QueryRowContext(ctx, query).Scan(&yes)
		if yes {
			return
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			tb.Fatalf("%s: no, %v\n%s", query, err, p.log.last(8<<10))
		}
	}
}
