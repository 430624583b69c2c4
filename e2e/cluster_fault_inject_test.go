package e2e_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/parley-im/parley/internal/testkit"
)

// leaseOver is longer than any lease or heartbeat lasts: whoever was away for so long
// finds that others do what was his.
const leaseOver = 11 * time.Second

// faultKind is a kind of fault. inject makes one and returns whom it hit and how to
// remove its cause.
type faultKind struct {
	name string
	// least is how long it lasts the first time; later it lasts up to spread longer.
	least, spread time.Duration
	inject        func(f *faults, t *testing.T, rng *rand.Rand) (target string, remove func())
	// pair says that it needs two PostgreSQL servers.
	pair bool
}

var faultKinds = []faultKind{
	{name: "node killed", spread: 2 * time.Second, inject: (*faults).killNode},
	{name: "node killed for long", least: leaseOver, spread: 3 * time.Second, inject: (*faults).killGhost},
	{name: "nodes stopped in turn", inject: (*faults).rollNodes},
	{name: "node paused", least: leaseOver, spread: 3 * time.Second, inject: (*faults).pauseNode},
	{name: "node cut from NATS", least: 6 * time.Second, spread: 4 * time.Second, inject: (*faults).cutNATS},
	{name: "node cut from PostgreSQL", least: leaseOver, spread: 3 * time.Second, inject: (*faults).cutPostgres},
	{name: "node cut from both", least: leaseOver, spread: 3 * time.Second, inject: (*faults).cutBoth},
	{name: "NATS server killed", least: time.Second, spread: 2 * time.Second, inject: (*faults).killNATS},
	{name: "all NATS servers killed", least: 3 * time.Second, spread: 3 * time.Second, inject: (*faults).killAllNATS},
	{name: "PostgreSQL paused", least: 2 * time.Second, spread: 2 * time.Second, inject: (*faults).pausePostgres},
	{name: "PostgreSQL killed", spread: 2 * time.Second, inject: (*faults).killPostgres},
	{name: "standby paused", least: 2 * time.Second, spread: 2 * time.Second, inject: (*faults).pauseStandby, pair: true},
	{name: "standby takes over", inject: (*faults).failOver, pair: true},
}

// injectAll makes one fault after the other, each kind as often as the others, until
// ctx ends and each kind was made once.
func (f *faults) injectAll(ctx context.Context, t *testing.T, rng *rand.Rand) {
	t.Helper()
	for first := true; first || ctx.Err() == nil; first = false {
		for _, i := range rng.Perm(len(faultKinds)) {
			kind := faultKinds[i]
			if kind.pair && len(f.Databases) < 2 || len(f.only) > 0 && !slices.Contains(f.only, kind.name) {
				continue
			}
			if !first && ctx.Err() != nil {
				return
			}
			lasts := kind.least
			if !first {
				lasts += time.Duration(rng.Int64N(int64(kind.spread) + 1))
			}
			f.injectOne(t, kind, lasts, rng)
			kept(t.Context(), time.Duration(rng.IntN(1000))*time.Millisecond)
		}
	}
}

// heardWithin is how soon after a fault all clients must have heard what every node
// took.
const heardWithin = 30 * time.Second

// injectOne makes a fault, and waits until it is over and the cluster has recovered.
func (f *faults) injectOne(t *testing.T, kind faultKind, lasts time.Duration, rng *rand.Rand) {
	t.Helper()
	begin := f.histories.now()
	_, _, before := f.record.progress()
	target, remove := kind.inject(f, t, rng)
	f.status(t, "%s: %s", kind.name, target)
	kept(t.Context(), lasts)
	remove()
	removed := f.histories.now()
	f.probe(t)
	sends := f.histories.now()
	halt := f.answers.halt(begin, sends)
	if !f.heard(heardWithin) {
		f.violation(t, "%s after %s of %s some client has not heard what every node took", heardWithin, kind.name, target)
	}
	_, _, after := f.record.progress()
	seconds := func(from, to int64) float64 { return time.Duration(to - from).Seconds() }
	f.report.Faults = append(f.report.Faults, injected{
		Kind: kind.name, Target: target, At: seconds(0, begin), Lasted: seconds(begin, removed), Halt: halt.Seconds(),
		Sends: seconds(removed, sends), Heard: seconds(removed, f.histories.now()), Again: after - before,
	})
	f.status(t, "%s is over: sends after %.1f s, heard after %.1f s, longest halt %.1f s",
		kind.name, seconds(removed, sends), seconds(removed, f.histories.now()), halt.Seconds())
}

func (f *faults) anyNode(rng *rand.Rand) *testkit.Node { return f.Nodes[rng.IntN(len(f.Nodes))] }

func (f *faults) killNode(t *testing.T, rng *rand.Rand) (string, func()) {
	t.Helper()
	n := f.anyNode(rng)
	n.Server.Kill()
	return n.Name, func() {
		f.complaints(t, n)
		n.Begin(t)
		n.Server.WaitReady(t)
	}
}

// ghostWithin is how long a user may seem to be online whose node is gone: more than
// is promised, since the machine may be busy. The report has what it was.
const ghostWithin = 20 * time.Second

// killGhost kills a node, and with it the only client of a user, whom the other nodes
// must not take for being online much longer.
func (f *faults) killGhost(t *testing.T, rng *rand.Rand) (string, func()) {
	t.Helper()
	if len(f.Nodes) == 1 {
		return f.killNode(t, rng)
	}
	i := rng.IntN(len(f.Nodes))
	n, other := f.Nodes[i], f.Nodes[(i+1)%len(f.Nodes)]
	ghost, watcher := f.enter(t, n, ghostUser), f.enter(t, other, watcherUser)
	f.seen(t, watcher, true, ghostWithin)
	n.Server.Kill()
	ghost.Close()
	f.report.Ghost = max(f.report.Ghost, f.seen(t, watcher, false, ghostWithin).Seconds())
	watcher.Close()
	return n.Name, func() {
		f.complaints(t, n)
		n.Begin(t)
		n.Server.WaitReady(t)
	}
}

// rollNodes restarts one node after the other as an update does.
func (f *faults) rollNodes(t *testing.T, _ *rand.Rand) (string, func()) {
	t.Helper()
	for _, n := range f.Nodes {
		n.Server.Stop(t)
		f.complaints(t, n)
		n.Begin(t)
		n.Server.WaitReady(t)
	}
	return "all nodes", func() {}
}

func (f *faults) pauseNode(t *testing.T, rng *rand.Rand) (string, func()) {
	t.Helper()
	n := f.anyNode(rng)
	n.Pause(t)
	return n.Name, func() { n.Resume(t) }
}

// cut cuts links in one of the two manners.
func (f *faults) cut(t *testing.T, rng *rand.Rand, n *testkit.Node, links []*testkit.Link) (string, func()) {
	t.Helper()
	manner, do := "in silence", (*testkit.Link).Drop
	if rng.IntN(2) == 0 {
		manner, do = "refused", (*testkit.Link).Refuse
	}
	for _, l := range links {
		do(l)
	}
	return fmt.Sprintf("%s, %s", n.Name, manner), func() {
		for _, l := range links {
			l.Heal(t)
		}
	}
}

func (f *faults) cutNATS(t *testing.T, rng *rand.Rand) (string, func()) {
	t.Helper()
	n := f.anyNode(rng)
	return f.cut(t, rng, n, n.ToNATS)
}

func (f *faults) cutPostgres(t *testing.T, rng *rand.Rand) (string, func()) {
	t.Helper()
	n := f.anyNode(rng)
	return f.cut(t, rng, n, n.ToDatabases)
}

func (f *faults) cutBoth(t *testing.T, rng *rand.Rand) (string, func()) {
	t.Helper()
	n := f.anyNode(rng)
	return f.cut(t, rng, n, append(append([]*testkit.Link(nil), n.ToNATS...), n.ToDatabases...))
}

func (f *faults) killNATS(t *testing.T, rng *rand.Rand) (string, func()) {
	t.Helper()
	i := rng.IntN(len(f.NATS))
	f.NATS[i].Kill()
	return fmt.Sprintf("nats-%d", i), func() { f.NATS[i].Start(t) }
}

func (f *faults) killAllNATS(t *testing.T, _ *rand.Rand) (string, func()) {
	t.Helper()
	for _, s := range f.NATS {
		s.Kill()
	}
	return "all NATS servers", func() {
		for _, s := range f.NATS {
			s.Start(t)
		}
	}
}

// primary is the PostgreSQL server that takes changes, standby the one that follows
// it.
func (f *faults) primaryAndStandby() (primary, standby *testkit.Postgres) {
	return f.Databases[f.first], f.Databases[len(f.Databases)-1-f.first]
}

func (f *faults) pausePostgres(t *testing.T, _ *rand.Rand) (string, func()) {
	t.Helper()
	primary, _ := f.primaryAndStandby()
	primary.PauseAll(t)
	return f.databaseName(primary), func() { primary.ResumeAll(t) }
}

func (f *faults) pauseStandby(t *testing.T, _ *rand.Rand) (string, func()) {
	t.Helper()
	_, standby := f.primaryAndStandby()
	standby.PauseAll(t)
	return f.databaseName(standby), func() { standby.ResumeAll(t) }
}

func (f *faults) killPostgres(t *testing.T, _ *rand.Rand) (string, func()) {
	t.Helper()
	primary, _ := f.primaryAndStandby()
	primary.Kill()
	return f.databaseName(primary), func() {
		primary.Start(t)
		if len(f.Databases) > 1 {
			primary.WaitFollowed(t) // a standby that lacks something must not take over
		}
	}
}

// failOver makes the standby the primary, and once that takes changes, the old
// primary its standby.
func (f *faults) failOver(t *testing.T, _ *rand.Rand) (string, func()) {
	t.Helper()
	primary, standby := f.primaryAndStandby()
	primary.FailOver(t, standby)
	f.first = len(f.Databases) - 1 - f.first
	return f.databaseName(primary), func() {
		f.probe(t)
		primary.Follow(t, standby)
	}
}

func (f *faults) databaseName(p *testkit.Postgres) string {
	for i, other := range f.Databases {
		if p == other {
			return fmt.Sprintf("postgresql-%d", i)
		}
	}
	return p.Addr
}

// complaints looks for what no node should ever log, whatever happens to it.
func (f *faults) complaints(t *testing.T, n *testkit.Node) {
	t.Helper()
	for line := range strings.Lines(n.Server.Log()) {
		if strings.Contains(line, "panic") || strings.HasPrefix(line, "fatal error:") {
			f.violation(t, "%s logged: %s", n.Name, line)
		}
	}
}

// cleanUp lets go of what a failed test has left paused or cut, so that its end is
// not held up.
func (f *faults) cleanUp() {
	for _, n := range f.Nodes {
		if n.Server != nil && !n.Server.Ended() {
			_ = syscall.Kill(n.Server.PID(), syscall.SIGCONT) // it may have ended
		}
	}
}
