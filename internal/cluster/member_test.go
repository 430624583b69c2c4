package cluster_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/parley-im/parley/internal/cluster"
	"github.com/parley-im/parley/internal/store"
	"github.com/parley-im/parley/internal/store/postgres"
	"github.com/parley-im/parley/internal/testkit"
)

// patience is how long something may take that others have to notice first.
const patience = 30 * time.Second

// node is a member on a store of its own connection.
type node struct {
	*cluster.Member

	store store.Store
	stop  func() // leaves
	mu    sync.Mutex
	lost  []string // guarded by mu
	heirs []string // guarded by mu
	log   []byte   // guarded by mu
}

// Write takes what the node logs.
func (n *node) Write(line []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.log = append(n.log, line...)
	return len(line), nil
}

func (n *node) logs(text string) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return bytes.Contains(n.log, []byte(text))
}

// join starts a node on a database.
func join(t *testing.T, url, previous string) *node {
	t.Helper()
	db, err := postgres.Open(t.Context(), postgres.Options{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	n := &node{store: db}
	n.Member = cluster.New(cluster.Options{
		Store: db, Name: rand.Text(), Address: "here:1", Previous: previous, Log: slog.New(slog.NewTextHandler(io.MultiWriter(t.Output(), n), nil)),
		Lost: func(_ context.Context, _ store.Tx, heir string, _ time.Time) (func(), error) {
			return func() {
				n.mu.Lock()
				defer n.mu.Unlock()
				n.heirs = append(n.heirs, heir)
			}, nil
		},
	})
	n.OnNodeLost(func(other store.Node) {
		n.mu.Lock()
		defer n.mu.Unlock()
		n.lost = append(n.lost, other.ID)
	})
	if err := n.Join(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- n.Run(ctx) }()
	n.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(n.stop)
	return n
}

func (n *node) hears(id string) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Contains(n.lost, id)
}

func await(t *testing.T, what string, there func() bool) {
	t.Helper()
	for begun := time.Now(); !there(); time.Sleep(10 * time.Millisecond) {
		if time.Since(begun) > patience {
			t.Fatalf("%s: not within %s", what, patience)
		}
	}
}

// held is how many parts nodes hold; none may have two holders.
func held(t *testing.T, nodes ...*node) []int {
	t.Helper()
	counts := make([]int, len(nodes))
	for part := range cluster.Parts {
		holders := 0
		for i, n := range nodes {
			if n.Holds(part) {
				counts[i]++
				holders++
			}
		}
		if holders > 1 {
			t.Errorf("part %d has %d holders", part, holders)
		}
	}
	return counts
}

func TestNodesJoinAndLeave(t *testing.T) {
	t.Parallel()
	url := testkit.StartPostgres(t, "fsync=off").Database(t)
	a := join(t, url, "")
	if got := held(t, a); got[0] != cluster.Parts {
		t.Fatalf("the first node holds %d parts", got[0])
	}
	if !a.Alone() {
		t.Error("the first node is not alone")
	}
	// A turn in a part that is to be given away keeps it until it ends.
	turns := make([]cluster.Turn, cluster.Parts)
	for part := range cluster.Parts {
		turns[part], _ = a.Begin(part)
	}
	b := join(t, url, "")
	if a.Alone() || b.Alone() {
		t.Error("nodes do not know of each other when the second has joined")
	}
	await(t, "the first node begins nothing in half of the parts", func() bool { return held(t, a, b)[0] == cluster.Parts/2 })
	if got := held(t, a, b); got[1] != 0 {
		t.Errorf("the second node holds %d parts before the first is done with them", got[1])
	}
	for _, turn := range turns {
		turn.End()
	}
	await(t, "the parts are shared", func() bool { got := held(t, a, b); return got[0] == cluster.Parts/2 && got[1] == cluster.Parts/2 })
	await(t, "the log says that they cannot hear each other", func() bool { return a.logs("the setting cluster is empty") && b.logs("the setting cluster is empty") })

	a.stop()
	await(t, "the second node has everything", func() bool { return held(t, a, b)[1] == cluster.Parts })
	if !b.hears(a.ID()) {
		t.Error("the second node did not hear of the end of the first")
	}
	if died := b.State().Died; died != 0 {
		t.Errorf("%d nodes count as dead, though the first has left", died)
	}
	if b.Alone() {
		t.Error("a node that had company counts as alone")
	}
}

// TestNodeTakenForDead: a node that another has taken off the list begins nothing any
// more under its old ID, and goes on under one that begins with the same name.
func TestNodeTakenForDead(t *testing.T) {
	t.Parallel()
	url := testkit.StartPostgres(t, "fsync=off").Database(t)
	a := join(t, url, "")
	name := a.ID()
	turn, ok := a.Begin(0)
	if !ok || turn.Node() != name {
		t.Fatalf("a turn of %q, %v", turn.Node(), ok)
	}
	// Whoever comes onto the same data directory knows that its process has ended.
	b := join(t, url, name)
	b.mu.Lock()
	heirs := slices.Clone(b.heirs)
	b.mu.Unlock()
	if !slices.Equal(heirs, []string{b.ID()}) || !b.hears(name) {
		t.Errorf("the heirs of the first node are %v", heirs)
	}
	if died := b.State().Died; died != 1 {
		t.Errorf("%d nodes count as dead, want 1", died)
	}
	await(t, "the first node goes on under a new ID", func() bool { return a.ID() != name })
	if want := name + "-2"; a.ID() != want {
		t.Errorf("the node %s goes on as %s, want %s", name, a.ID(), want)
	}
	await(t, "the parts are shared", func() bool { got := held(t, a, b); return got[0] == cluster.Parts/2 && got[1] == cluster.Parts/2 })
	turn.End()
	if turn.Node() != name {
		t.Errorf("the turn has become that of %q", turn.Node())
	}
}

// TestOutageKillsNobody: when the database was away for longer than nodes live, none
// counts as dead after it.
func TestOutageKillsNobody(t *testing.T) {
	t.Parallel()
	pg := testkit.StartPostgres(t, "fsync=off")
	url := pg.Database(t)
	a, b := join(t, url, ""), join(t, url, "")
	await(t, "the parts are shared", func() bool { got := held(t, a, b); return got[0] == cluster.Parts/2 && got[1] == cluster.Parts/2 })
	names := []string{a.ID(), b.ID()}
	pg.Kill()
	down := time.Now()
	await(t, "nodes without a database begin nothing", func() bool { got := held(t, a, b); return got[0]+got[1] == 0 })
	await(t, "nodes would count as dead", func() bool { return time.Since(down) > store.NodeLifetime+time.Second })
	pg.Start(t)
	await(t, "the parts are held again", func() bool { got := held(t, a, b); return got[0] == cluster.Parts/2 && got[1] == cluster.Parts/2 })
	if got := []string{a.ID(), b.ID()}; !slices.Equal(got, names) {
		t.Errorf("nodes were taken for dead: %v are now %v", names, got)
	}
}
