package policy_test

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/parley-im/parley/internal/bus"
	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/policy"
	"github.com/parley-im/parley/internal/testkit"
)

// cluster is the guards of three nodes, each connected to a NATS server of its own.
type cluster struct {
	testing.TB

	nats   *testkit.NATS
	buses  []*bus.Bus
	guards []*policy.Guard
	app    *chat.App
}

func startCluster(tb testing.TB) *cluster {
	tb.Helper()
	c := &cluster{TB: tb, nats: testkit.StartNATS(tb, 3), app: &chat.App{SDKAppID: 1400000001, Settings: chat.DefaultSettings()}}
	c.nats.WaitFormed(tb)
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	for i := range 3 {
		b, err := bus.Dial(bus.Options{URL: c.nats.ServerURL(i), Installation: "test", Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			tb.Fatal(err)
		}
		tb.Cleanup(b.Close)
		g := policy.NewGuard(time.Now)
		c.buses, c.guards = append(c.buses, b), append(c.guards, g)
		running.Go(func() {
			if err := g.Run(ctx, b); err != nil {
				tb.Errorf("run: %v", err)
			}
		})
	}
	tb.Cleanup(func() { stop(); running.Wait() })
	c.waitJoined()
	return c
}

// waitJoined waits until all hear each other.
func (c *cluster) waitJoined() {
	c.Helper()
	for i, from := range c.guards {
		name := string(rune('a' + i))
		for j, to := range c.guards {
			c.eventually("the guards hear each other", func() bool {
				_ = from.GroupMessage(c.app, name) // sooner or later they hear of one
				return i == j || to.CountedMessages(c.app.SDKAppID, name) > 0
			})
		}
	}
}

func (c *cluster) eventually(what string, ok func() bool) {
	c.Helper()
	for deadline := time.Now().Add(testkit.Patience); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			c.Fatalf("not so: %s", what)
		}
	}
}

// broadcast lets n broadcasts come to a node and returns how many may pass.
func (c *cluster) broadcast(node, n int) int {
	passed := 0
	for range n {
		if c.guards[node].Broadcast(c.app, "official") == nil {
			passed++
		}
	}
	return passed
}

func TestLimitHoldsAcrossNodes(t *testing.T) {
	t.Parallel()
	c := startCluster(t)
	c.app.Settings.OfficialRate, c.app.Settings.OfficialHourly = 0, 60
	if got := c.broadcast(0, 20); got != 20 {
		t.Fatalf("%d of 20 passed the first node", got)
	}
	c.heard(20)
	if got := c.broadcast(1, 1); got != 1 {
		t.Fatal("the second node refuses the 21st of 60")
	}
	c.heard(21)
	if got := c.broadcast(2, 100); got != 39 {
		t.Fatalf("%d passed the third node, want what is left of 60: 39", got)
	}
	c.heard(60)
	for node := range c.guards {
		if got := c.broadcast(node, 10); got != 0 {
			t.Errorf("%d passed node %d beyond the limit", got, node)
		}
	}
}

// heard waits until all know of n broadcasts.
func (c *cluster) heard(n int) {
	c.Helper()
	for _, g := range c.guards {
		c.eventually("all have heard", func() bool { return g.CountedBroadcasts(c.app.SDKAppID, "official") == n })
	}
}

// TestNodesWithoutNATS: each node holds the limit by itself, and together with the
// others again when they can hear each other.
func TestNodesWithoutNATS(t *testing.T) {
	t.Parallel()
	c := startCluster(t)
	c.app.Settings.OfficialRate, c.app.Settings.OfficialHourly = 0, 60
	c.broadcast(0, 30)
	c.heard(30)
	for i := range c.buses {
		c.nats.Stop(i)
	}
	for _, b := range c.buses {
		c.eventually("the node notices", func() bool { return !b.Connected() })
	}
	for node := range c.guards {
		if got := c.broadcast(node, 100); got != 30 {
			t.Errorf("%d passed node %d, want the 30 that are left as far as it knows", got, node)
		}
	}
	for i := range c.buses {
		c.nats.Start(t, i)
	}
	c.waitJoined()
}

// TestFloodOnAllNodes: however hard all nodes are pressed, over some seconds no more
// passes than the limit and, once, what they let pass before they heard of each other.
func TestFloodOnAllNodes(t *testing.T) {
	t.Parallel()
	c := startCluster(t)
	var passed atomic.Int64
	begun := time.Now()
	var flood sync.WaitGroup
	for _, g := range c.guards {
		flood.Go(func() {
			for time.Since(begun) < 4*time.Second {
				if g.GroupMessage(c.app, "group") == nil {
					passed.Add(1)
				}
				time.Sleep(time.Millisecond) // a thousand a second on each node
			}
		})
	}
	flood.Wait()
	windows := int64(time.Since(begun)/time.Second) + 1
	limit := int64(c.app.Settings.GroupRate)
	t.Logf("%d messages in %d windows of %d", passed.Load(), windows, limit)
	if got, most := passed.Load(), (windows+1)*limit; got > most {
		t.Errorf("%d messages passed in %d windows of %d, want at most %d", got, windows, limit, most)
	}
	if got := passed.Load(); got < limit {
		t.Errorf("%d messages passed, want at least one window of %d", got, limit)
	}
}
