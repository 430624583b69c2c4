package e2e_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
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
	// pair says that it needs two PostgreSQL servers, several that it needs several of
	// NATS.
	pair, several bool
	// untold says that nodes are not told of what was taken meanwhile. It must reach all
	// clients without another message to show that there was one. deaf is the same for
	// what every node takes at the end of the fault.
	untold, deaf bool
}

var faultKinds = []faultKind{
	{name: "node killed", spread: 2 * time.Second, inject: (*faults).killNode},
	{name: "node killed for long", least: 3 * time.Second, spread: 3 * time.Second, inject: (*faults).killGhost},
	{name: "nodes stopped in turn", inject: (*faults).rollNodes},
	{name: "node paused", least: leaseOver, spread: 3 * time.Second, inject: (*faults).pauseNode},
	{name: "node cut from NATS", least: 6 * time.Second, spread: 4 * time.Second, inject: (*faults).cutNATS, deaf: true},
	{name: "node cut from PostgreSQL", least: leaseOver, spread: 3 * time.Second, inject: (*faults).cutPostgres},
	{name: "node cut from both", least: 4 * time.Second, spread: 10 * time.Second, inject: (*faults).cutBoth},
	{name: "commits without answer", inject: (*faults).loseAnswers, untold: true},
	{name: "NATS server killed", least: time.Second, spread: 2 * time.Second, inject: (*faults).killNATS},
	{name: "all NATS servers killed", least: 3 * time.Second, spread: 3 * time.Second, inject: (*faults).killAllNATS, deaf: true},
	{name: "NATS servers cut apart", least: 3 * time.Second, spread: 5 * time.Second, inject: (*faults).cutApart, several: true, deaf: true},
	{name: "nodes restarted with NATS cut apart", spread: 3 * time.Second, inject: (*faults).restartApart, several: true, deaf: true},
	{name: "PostgreSQL paused", least: 2 * time.Second, spread: 2 * time.Second, inject: (*faults).pausePostgres},
	{name: "PostgreSQL killed", spread: 2 * time.Second, inject: (*faults).killPostgres},
	{name: "standby paused", least: 2 * time.Second, spread: 2 * time.Second, inject: (*faults).pauseStandby, pair: true},
	{name: "standby cut off", least: 3 * time.Second, spread: 16 * time.Second, inject: (*faults).cutStandby, pair: true},
	{name: "standby takes over", inject: (*faults).failOver, pair: true},
	{name: "standby cut off takes over", inject: (*faults).failOverCut, pair: true},
}

// injectAll makes one fault after the other, each kind as often as the others, until
// ctx ends and each kind was made once.
func (f *faults) injectAll(ctx context.Context, t *testing.T, rng *rand.Rand) {
	t.Helper()
	for first := true; first || ctx.Err() == nil; first = false {
		for _, i := range rng.Perm(len(faultKinds)) {
			kind := faultKinds[i]
			if kind.pair && len(f.Databases) < 2 || kind.several && len(f.NATS) < 2 || len(f.only) > 0 && !slices.Contains(f.only, kind.name) {
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
			kept(t.Context(), time.Duration(rng.IntN(500))*time.Millisecond)
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
	if kind.deaf {
		f.probe(t)
	}
	remove()
	removed := f.histories.now()
	if (kind.deaf || kind.untold) && !f.heard(heardWithin) {
		f.violation(t, "%s after %s of %s some client has not heard what every node took meanwhile", heardWithin, kind.name, target)
	}
	caughtUp := f.histories.now()
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
		Sends: seconds(caughtUp, sends), Heard: seconds(removed, f.histories.now()), Again: after - before,
	})
	f.status(t, "%s is over: sends after %.1f s, heard after %.1f s, longest halt %.1f s",
		kind.name, seconds(caughtUp, sends), seconds(removed, f.histories.now()), halt.Seconds())
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

// cut cuts links in one of the manners of networks.
func (f *faults) cut(t *testing.T, rng *rand.Rand, links []*testkit.Link) (manner string, heal func()) {
	t.Helper()
	do, then := (*testkit.Link).Drop, func(*testkit.Link) {}
	switch rng.IntN(3) {
	case 0:
		manner, do = "refused", (*testkit.Link).Refuse
	case 1:
		manner = "in silence"
	case 2:
		manner, then = "in silence and for good", (*testkit.Link).Refuse
	}
	for _, l := range links {
		do(l)
	}
	return manner, func() {
		for _, l := range links {
			then(l)
			l.Heal(t)
		}
	}
}

// cutNode cuts links of a node.
func (f *faults) cutNode(t *testing.T, rng *rand.Rand, links func(*testkit.Node) []*testkit.Link) (string, func()) {
	t.Helper()
	n := f.anyNode(rng)
	manner, heal := f.cut(t, rng, links(n))
	return n.Name + ", " + manner, heal
}

func (f *faults) cutNATS(t *testing.T, rng *rand.Rand) (string, func()) {
	t.Helper()
	return f.cutNode(t, rng, func(n *testkit.Node) []*testkit.Link { return n.ToNATS })
}

func (f *faults) cutPostgres(t *testing.T, rng *rand.Rand) (string, func()) {
	t.Helper()
	return f.cutNode(t, rng, func(n *testkit.Node) []*testkit.Link { return n.ToDatabases })
}

func (f *faults) cutBoth(t *testing.T, rng *rand.Rand) (string, func()) {
	t.Helper()
	return f.cutNode(t, rng, func(n *testkit.Node) []*testkit.Link { return slices.Concat(n.ToNATS, n.ToDatabases) })
}

const (
	// lostAnswers is how many commits of each node get no answer in one fault.
	lostAnswers = 4
	// executed is how long PostgreSQL has for a commit before its connection breaks. It
	// needs less, but nothing depends on that.
	executed = 200 * time.Millisecond
)

// loseAnswers lets a message of each node be committed, and breaks the connection
// before the answer is back: it is stored, and its node cannot know.
func (f *faults) loseAnswers(t *testing.T, _ *rand.Rand) (string, func()) {
	t.Helper()
	for range lostAnswers {
		var lost sync.WaitGroup
		for i, n := range f.Nodes {
			s := &restSender{faults: f, rest: f.rest, rng: newRand(f.seed, 1<<51+uint64(f.probes.Add(1)))}
			text, link := fmt.Sprintf("p%d-%d", i, f.probes.Add(1)), n.ToDatabases[f.first]
			link.DropAnswers(text, "COMMIT")
			lost.Go(func() { s.deliver(t, probeGroup, text, 0, i) })
			lost.Go(func() {
				for limit := time.Now().Add(testkit.Patience); link.Answers(); kept(t.Context(), time.Millisecond) {
					if time.Now().After(limit) {
						t.Errorf("%s does not commit %s", n.Name, text)
						break
					}
				}
				kept(t.Context(), executed)
				link.Refuse()
				link.Heal(t)
			})
		}
		lost.Wait()
	}
	return fmt.Sprintf("%d of each node", lostAnswers), func() {}
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

// scatter leaves each node one server of NATS, and not all of them the same, until
// they are gathered again.
func (f *faults) scatter(t *testing.T) (gather func()) {
	t.Helper()
	clients := make([]int, len(f.NATS))
	var others []*testkit.Link
	for i, n := range f.Nodes {
		own := i % len(f.NATS)
		clients[own]++
		others = slices.Concat(others, n.ToNATS[:own], n.ToNATS[own+1:])
	}
	for _, l := range others {
		l.Refuse()
	}
	for i, s := range f.NATS {
		s.WaitClients(t, clients[i])
	}
	return func() {
		for _, l := range others {
			l.Heal(t)
		}
	}
}

// cutApart cuts all NATS servers from each other. Each node is connected to one of
// them, and does not hear the nodes at the others.
func (f *faults) cutApart(t *testing.T, rng *rand.Rand) (string, func()) {
	t.Helper()
	gather := f.scatter(t)
	var routes []*testkit.Link
	for _, s := range f.NATS {
		routes = append(routes, s.FromOthers)
	}
	manner, heal := f.cut(t, rng, routes)
	return "all NATS servers, " + manner, func() {
		heal()
		gather()
	}
}

// restartApart lets nodes hear of each other for the first time after they have
// taken messages.
func (f *faults) restartApart(t *testing.T, rng *rand.Rand) (string, func()) {
	t.Helper()
	target, heal := f.cutApart(t, rng)
	f.rollNodes(t, rng)
	return target, heal
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

// cutStandby cuts the standby from the primary, whose commits then wait. Callers that
// wait as well must be told that this takes too long, or be served late.
func (f *faults) cutStandby(t *testing.T, rng *rand.Rand) (string, func()) {
	t.Helper()
	_, standby := f.primaryAndStandby()
	manner, heal := f.cut(t, rng, []*testkit.Link{standby.ToPrimary})
	var waiting sync.WaitGroup
	waiting.Go(func() { f.probeBy(t, f.patient) })
	return f.databaseName(standby) + ", " + manner, func() {
		heal()
		waiting.Wait()
	}
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

// failOverCut does so when the standby has heard nothing for a while. What was
// committed meanwhile is lost, so nobody may have been told of it.
func (f *faults) failOverCut(t *testing.T, rng *rand.Rand) (string, func()) {
	t.Helper()
	_, standby := f.primaryAndStandby()
	standby.ToPrimary.Drop()
	kept(t.Context(), unheard)
	return f.failOver(t, rng)
}

// unheard is for how long a standby hears nothing before it takes over.
const unheard = 1500 * time.Millisecond

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
