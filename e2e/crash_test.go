package e2e_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parley-im/parley/api"
	"github.com/parley-im/parley/internal/console/client"
	"github.com/parley-im/parley/internal/testkit"
)

// crashSenders is how many senders are at work while servers are killed.
const crashSenders = 16

// TestCrash kills servers at random moments while many send, over REST and as
// clients, to other clients and to a receiver that fails now and then, and compares
// in the end. PARLEY_CRASH_SECONDS says for how
// long; PARLEY_CRASH_SEED repeats the choices of another run, as far as chance
// depends on them.
func TestCrash(t *testing.T) {
	seconds, seed := number(t, "PARLEY_CRASH_SECONDS", 8), uint64(number(t, "PARLEY_CRASH_SEED", int(rand.Uint32())))
	t.Logf("seed %d", seed)
	w := newWorld(t, seed)
	first := w.Start(t)
	w.furnish(t)
	w.attend(t, seed)

	ctx, cancel := context.WithTimeout(t.Context(), time.Duration(seconds)*time.Second)
	defer cancel()
	c := &crash{world: w, rng: newRand(seed, 1<<32), begin: time.Now()}
	var others sync.WaitGroup
	others.Go(func() { w.send(ctx, t, seed, crashSenders) })
	others.Go(func() { w.talk(ctx, t) })
	others.Go(func() { w.change(ctx, t, newRand(seed, 1<<33)) })
	others.Go(func() { w.operate(ctx, newRand(seed, 1<<34)) })
	c.killAll(ctx, t, first)

	last := w.Start(t)
	others.Wait()
	w.verifyClients(t)
	w.settle(t)
	w.verify(t)
	w.stop(t, last)
	c.report(t)
	c.complaints(t, last)
	w.integrity(t)
}

// number is the value of an environment variable.
func number(tb testing.TB, name string, standard int) int {
	tb.Helper()
	text := os.Getenv(name)
	if text == "" {
		return standard
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		tb.Fatalf("%s: %v", name, err)
	}
	return n
}

// change makes the receiver better and worse until ctx ends.
func (w *world) change(ctx context.Context, t *testing.T, rng *rand.Rand) {
	t.Helper()
	for kept(ctx, time.Duration(rng.IntN(1500))*time.Millisecond) {
		switch rng.IntN(6) {
		case 0:
			w.receiver.Down()
			kept(ctx, time.Duration(rng.IntN(1000))*time.Millisecond)
			w.receiver.Up(t)
		case 1:
			w.weather.set(1)
			kept(ctx, time.Duration(rng.IntN(700))*time.Millisecond)
		case 2:
			w.weather.set(0.05)
			kept(ctx, time.Duration(rng.IntN(700))*time.Millisecond)
		}
		w.weather.set(0.002)
	}
}

// operate lets somebody send into one group or another, and takes it back, and
// lets the receiver be asked before messages are sent, and no more, until ctx
// ends. Which of the changes reach a server is open.
func (w *world) operate(ctx context.Context, rng *rand.Rand) {
	before := []string{"before"}
	for kept(ctx, time.Duration(rng.IntN(50))*time.Millisecond) {
		switch rng.IntN(20) {
		case 0:
			_, _ = w.Admin().UpdateWebhook(ctx, testkit.SDKAppID, client.WebhookChange{On: before})
		case 1, 2, 3:
			_, _ = w.Admin().UpdateWebhook(ctx, testkit.SDKAppID, client.WebhookChange{Off: before})
		}
		_, _ = w.rest.ForbidSendMsg(ctx, &api.ForbidSendMsgRequest{
			GroupID: groupID(rng.IntN(worldGroups)), MembersAccount: []string{fickle}, MuteTime: new(uint32(rng.IntN(2) << 20)),
		})
	}
}

// crash is what happens to the servers.
type crash struct {
	*world
	rng   *rand.Rand
	begin time.Time
	// kills counts them, early those of servers that had a tenth of a second at
	// most to start, and stopping those of servers that were told to stop.
	kills, early, stopping int
	// slowest is the longest that a server took to be ready.
	slowest  time.Duration
	reported time.Time
}

// killAll kills one server after the other until ctx ends.
func (c *crash) killAll(ctx context.Context, t *testing.T, s *testkit.Server) {
	t.Helper()
	c.live(ctx, s)
	for {
		c.kill(s)
		c.kills++
		c.complaints(t, s)
		if ctx.Err() != nil || t.Failed() {
			return
		}
		if time.Since(c.reported) > 3*time.Second {
			c.report(t)
		}
		launched := time.Now()
		s = c.Launch(t)
		if c.rng.IntN(3) == 0 {
			c.early++
			kept(ctx, time.Duration(c.rng.IntN(100_000))*time.Microsecond)
			continue
		}
		s.WaitReady(t)
		c.slowest = max(c.slowest, time.Since(launched))
		c.live(ctx, s)
	}
}

// live lets a server be for a while, which may be short.
func (c *crash) live(ctx context.Context, s *testkit.Server) {
	span := 1500
	if c.rng.IntN(3) == 0 {
		span = 50
	}
	kept(ctx, time.Duration(c.rng.IntN(span))*time.Millisecond)
	if c.rng.IntN(6) == 0 {
		c.stopping++
		s.Terminate()
		kept(ctx, time.Duration(c.rng.IntN(100_000))*time.Microsecond)
	}
}

// report tells how far the test is.
func (c *crash) report(t *testing.T) {
	t.Helper()
	c.reported = time.Now()
	taken, refused, repeats := c.ledger.answered()
	calls, events := c.record.progress()
	t.Logf("%4.0f s: %d kills (%d during the start, %d while it stopped), ready after %s at most; "+
		"%d messages taken, %d refused, %d requests repeated; %d webhooks in %d calls",
		time.Since(c.begin).Seconds(), c.kills, c.early, c.stopping, c.slowest.Round(time.Millisecond), taken, refused, repeats, events, calls)
}

// complaints looks for what no server should have to log.
func (c *crash) complaints(t *testing.T, s *testkit.Server) {
	t.Helper()
	for line := range strings.Lines(s.Log()) {
		if strings.Contains(line, "level=ERROR") || strings.HasPrefix(line, "panic:") || strings.HasPrefix(line, "fatal error:") || strings.HasPrefix(line, "parley:") {
			t.Errorf("a server logged: %s", line)
		}
	}
}

// TestKillFirstStart kills servers while they make their first database. The
// next one must come up as if nothing had been.
func TestKillFirstStart(t *testing.T) {
	seed := uint64(number(t, "PARLEY_CRASH_SEED", int(rand.Uint32())))
	t.Logf("seed %d", seed)
	rng := newRand(seed, 0)
	for n := range 12 {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			w := newWorld(t, seed)
			for range 3 {
				s := w.Launch(t)
				kept(t.Context(), time.Duration(rng.IntN(80_000))*time.Microsecond)
				w.kill(s)
			}
			s := w.Start(t)
			w.furnish(t)
			sender := &sender{world: w, rng: newRand(seed, 1), most: 10}
			sender.deliver(t, sender.next())
			w.settle(t)
			w.verify(t)
			w.stop(t, s)
		})
	}
}
