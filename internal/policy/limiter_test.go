package policy

import (
	"math/rand/v2"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// A fakeClock stands still until it is moved.
type fakeClock struct {
	mu  sync.Mutex
	now time.Time
}

func newFakeClock() *fakeClock {
	return &fakeClock{now: time.Date(2024, 2, 29, 23, 59, 59, 0, time.UTC)}
}

func (c *fakeClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *fakeClock) Move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// allowed counts how many of n events of key may happen.
func allowed[K comparable](l *Limiter[K], key K, limit, n int) int {
	count := 0
	for range n {
		if l.Allow(key, limit) {
			count++
		}
	}
	return count
}

func TestLimiterRules(t *testing.T) {
	t.Parallel()

	// Each step moves the clock, then sends a number of events.
	type step struct {
		move  time.Duration
		limit int
		send  int
		want  int
	}
	tests := []struct {
		name   string
		window time.Duration
		steps  []step
	}{
		{"group messages, 40 a second", time.Second, []step{
			{0, 40, 100, 40},
			{999 * time.Millisecond, 40, 10, 0},
			{time.Millisecond, 40, 100, 40},
		}},
		{"the window opens with its first event", time.Second, []step{
			{700 * time.Millisecond, 2, 1, 1},
			{999 * time.Millisecond, 2, 2, 1},
			{time.Millisecond, 2, 3, 2},
		}},
		{"broadcasts, one a second, lie a second apart", time.Second, []step{
			{0, 1, 1, 1},
			{999 * time.Millisecond, 1, 1, 0},
			{time.Millisecond, 1, 1, 1},
			{999 * time.Millisecond, 1, 1, 0},
			{time.Millisecond, 1, 1, 1},
		}},
		{"broadcasts, two an hour", time.Hour, []step{
			{0, 2, 1, 1},
			{30 * time.Minute, 2, 2, 1},
			{29 * time.Minute, 2, 1, 0},
			{time.Minute, 2, 3, 2},
		}},
		{"refusals do not keep a window open", time.Second, []step{
			{0, 1, 1, 1},
			{900 * time.Millisecond, 1, 50, 0},
			{100 * time.Millisecond, 1, 1, 1},
		}},
		{"zero is no limit", time.Second, []step{
			{0, 0, 1000, 1000},
		}},
		{"less than zero is no limit", time.Second, []step{
			{0, -1, 1000, 1000},
		}},
		{"unlimited events are not counted", time.Second, []step{
			{0, 0, 1000, 1000},
			{0, 3, 10, 3},
		}},
		{"a raised limit takes effect at once", time.Second, []step{
			{0, 2, 5, 2},
			{0, 5, 5, 3},
		}},
		{"a lowered limit takes effect at once", time.Second, []step{
			{0, 10, 6, 6},
			{0, 5, 5, 0},
			{time.Second, 5, 9, 5},
		}},
		{"a lifted limit takes effect at once", time.Second, []step{
			{0, 1, 5, 1},
			{0, 0, 5, 5},
		}},
		{"a small step back leaves the window open", time.Second, []step{
			{0, 2, 2, 2},
			{-time.Second, 2, 2, 0},
		}},
		{"a large step back closes it", time.Second, []step{
			{0, 2, 2, 2},
			{-time.Hour, 2, 3, 2},
			{time.Second, 2, 3, 2},
		}},
		{"no window limits nothing", 0, []step{
			{0, 1, 10, 10},
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			clock := newFakeClock()
			l := NewLimiter[string](clock.Now, tt.window, 10)
			for i, s := range tt.steps {
				clock.Move(s.move)
				if got := allowed(l, "key", s.limit, s.send); got != s.want {
					t.Fatalf("step %d: %d of %d events allowed, want %d", i, got, s.send, s.want)
				}
			}
		})
	}
}

func TestLimiterKeysAreApart(t *testing.T) {
	t.Parallel()
	type key struct {
		app     uint32
		command string
	}
	l := NewLimiter[key](newFakeClock().Now, time.Second, 100_000)
	for app := range uint32(50) {
		for _, command := range []string{"send_group_msg", "create_group"} {
			if got := allowed(l, key{app, command}, 3, 5); got != 3 {
				t.Fatalf("app %d, %s: %d events allowed, want 3", app, command, got)
			}
		}
	}
}

func TestLimiterFloodOfKeysResetsNoOpenWindow(t *testing.T) {
	t.Parallel()
	for _, maxKeys := range []int{1, 10, 5000} {
		t.Run(strconv.Itoa(maxKeys), func(t *testing.T) {
			t.Parallel()
			clock := newFakeClock()
			l := NewLimiter[int](clock.Now, time.Second, maxKeys)
			if got := allowed(l, -1, 1, 1); got != 1 {
				t.Fatal("the first event was refused")
			}
			for key := range 4 * maxKeys {
				if !l.Allow(key, 1) {
					t.Fatalf("the first event of key %d was refused", key)
				}
			}
			clock.Move(999 * time.Millisecond)
			if l.Allow(-1, 1) {
				t.Error("the flood has reset an open window")
			}
			if l.Uncounted() == 0 {
				t.Error("no event went uncounted although there were more keys than places")
			}
		})
	}
}

func TestLimiterForgetsClosedWindowsOnly(t *testing.T) {
	t.Parallel()
	clock := newFakeClock()
	l := NewLimiter[string](clock.Now, time.Second, 2)

	allowed(l, "a", 1, 1)
	clock.Move(600 * time.Millisecond)
	allowed(l, "b", 1, 1)
	if got := allowed(l, "c", 1, 5); got != 5 {
		t.Errorf("no place left: %d of 5 events allowed, want all", got)
	}
	if got := l.Uncounted(); got != 5 {
		t.Errorf("Uncounted() = %d, want 5", got)
	}

	clock.Move(400 * time.Millisecond) // closes the window of a, not that of b
	if got := allowed(l, "c", 1, 5); got != 1 {
		t.Errorf("in the place of a: %d events of c allowed, want 1", got)
	}
	if l.Allow("b", 1) {
		t.Error("b was forgotten while its window was open")
	}
	if got := allowed(l, "a", 1, 2); got != 2 {
		t.Errorf("no place for a: %d of 2 events allowed, want all", got)
	}
}

func TestLimiterPlaceOfTheOldestWindowIsTaken(t *testing.T) {
	t.Parallel()
	clock := newFakeClock()
	l := NewLimiter[string](clock.Now, time.Second, 3)
	for _, key := range []string{"a", "b", "c"} {
		allowed(l, key, 1, 1)
		clock.Move(100 * time.Millisecond)
	}
	clock.Move(700 * time.Millisecond) // the windows of a, b and c close one after the other
	for _, key := range []string{"a", "d", "e"} {
		if got := allowed(l, key, 1, 2); got != 1 {
			t.Errorf("%s: %d of 2 events allowed, want 1", key, got)
		}
		clock.Move(100 * time.Millisecond)
	}
	if got := l.Uncounted(); got != 0 {
		t.Errorf("Uncounted() = %d, want 0", got)
	}
}

func TestLimiterMemoryIsBounded(t *testing.T) {
	t.Parallel()
	const maxKeys = 1000
	clock := newFakeClock()
	l := NewLimiter[int](clock.Now, time.Second, maxKeys)
	for key := range 20 * maxKeys {
		l.Allow(key, 1)
		clock.Move(100 * time.Microsecond)
	}
	keys, slots := 0, 0
	for i := range l.shards {
		keys += len(l.shards[i].byKey)
		slots += len(l.shards[i].slots) - 1
	}
	if keys > maxKeys || slots > maxKeys {
		t.Errorf("%d keys in %d slots are remembered, want at most %d", keys, slots, maxKeys)
	}
}

// A naiveLimiter is the rule written down plainly.
type naiveLimiter struct {
	opened map[int]time.Time
	count  map[int]int
}

func (n *naiveLimiter) allow(key, limit int, now time.Time, window time.Duration) bool {
	if limit <= 0 {
		return true
	}
	if opened, ok := n.opened[key]; !ok || now.Sub(opened) >= window {
		n.opened[key], n.count[key] = now, 0
	}
	if n.count[key] >= limit {
		return false
	}
	n.count[key]++
	return true
}

func TestLimiterAgreesWithNaiveOne(t *testing.T) {
	t.Parallel()
	const keys = 300
	rnd := rand.New(rand.NewPCG(1, 2))
	clock := newFakeClock()
	l := NewLimiter[int](clock.Now, time.Second, keys)
	n := naiveLimiter{opened: map[int]time.Time{}, count: map[int]int{}}
	for i := range 100_000 {
		clock.Move(time.Duration(rnd.IntN(int(2 * time.Millisecond))))
		key, limit := rnd.IntN(keys), rnd.IntN(6)
		got, want := l.Allow(key, limit), n.allow(key, limit, clock.Now(), time.Second)
		if got != want {
			t.Fatalf("event %d: Allow(%d, %d) = %t, want %t", i, key, limit, got, want)
		}
	}
}

func TestLimiterConcurrentSenders(t *testing.T) {
	t.Parallel()
	const senders, groups, limit = 64, 7, 40
	clock := newFakeClock()
	l := NewLimiter[int](clock.Now, time.Second, 10_000)
	for range 3 {
		var got [groups]atomic.Int64
		var wg sync.WaitGroup
		for range senders {
			wg.Go(func() {
				for i := range 100 * groups {
					if l.Allow(i%groups, limit) {
						got[i%groups].Add(1)
					}
				}
			})
		}
		wg.Wait()
		for g := range got {
			if n := got[g].Load(); n != limit {
				t.Errorf("group %d: %d messages allowed, want %d", g, n, limit)
			}
		}
		clock.Move(time.Second)
	}
}

func TestLimiterDoesNotAllocate(t *testing.T) {
	type key struct {
		app   uint32
		group string
	}
	clock := newFakeClock()
	l := NewLimiter[key](clock.Now, time.Second, 10_000)
	k := key{1400000001, "@TGS#2J4SZEAEL"}
	l.Allow(k, 40)
	n := testing.AllocsPerRun(1000, func() {
		clock.Move(10 * time.Millisecond)
		l.Allow(k, 40)
	})
	if n != 0 {
		t.Errorf("%v allocations for each event, want none", n)
	}
}
