package policy

import (
	"testing"
	"time"
)

// nodes are limiters that hold one limit together, by one clock.
type nodes struct {
	clock    *fakeClock
	limiters []*Limiter[string]
	urgent   int
}

func newNodes(n int, window time.Duration) *nodes {
	c := &nodes{clock: newFakeClock()}
	for range n {
		l := NewLimiter[string](c.clock.Now, window, 10)
		l.Share(func() { c.urgent++ })
		c.limiters = append(c.limiters, l)
	}
	return c
}

// tell lets all hear what they have not heard, and returns how many notes that took.
func (c *nodes) tell() int {
	count := 0
	for _, from := range c.limiters {
		for _, note := range from.Notes(100) {
			count++
			for _, to := range c.limiters {
				if to != from {
					to.Add(note)
				}
			}
		}
	}
	return count
}

func TestSharedLimit(t *testing.T) {
	t.Parallel()
	const limit = 40
	// Each step moves the clock, has a node send, and tells if tell is set.
	type step struct {
		move time.Duration
		node int
		send int
		want int
		tell bool
	}
	tests := []struct {
		name  string
		steps []step
	}{
		{"what others let pass counts", []step{
			{0, 0, 30, 30, true},
			{0, 1, 30, 10, true},
			{0, 2, 30, 0, true},
			{0, 0, 30, 0, true},
		}},
		{"the window closes everywhere with the one that opened first", []step{
			{0, 0, 30, 30, true},
			{900 * time.Millisecond, 1, 10, 10, true},
			{100 * time.Millisecond, 1, 50, 40, true},
			{0, 0, 50, 0, true},
			{999 * time.Millisecond, 2, 50, 0, true},
			{time.Millisecond, 2, 50, 40, true},
		}},
		{"windows that opened apart become one", []step{
			{0, 0, 10, 10, false},
			{400 * time.Millisecond, 1, 10, 10, true},
			{600 * time.Millisecond, 1, 50, 40, true},
			{0, 0, 50, 0, true},
		}},
		{"a surplus is taken from the windows that follow", []step{
			{0, 0, 50, 40, false},
			{0, 1, 50, 40, false},
			{0, 2, 50, 40, true},
			{time.Second, 0, 50, 0, true},
			{0, 1, 50, 0, true},
			{time.Second, 2, 50, 0, true},
			{time.Second, 1, 50, 40, true},
			{0, 0, 50, 0, true},
		}},
		{"a part of a window makes up for a small surplus", []step{
			{0, 0, 30, 30, false},
			{0, 1, 30, 30, true},
			{time.Second, 2, 50, 20, true},
			{0, 0, 50, 0, true},
			{time.Second, 0, 50, 40, true},
		}},
		{"a pause makes up for a surplus", []step{
			{0, 0, 50, 40, false},
			{0, 1, 50, 40, false},
			{0, 2, 50, 40, true},
			{3 * time.Second, 0, 50, 40, true},
		}},
		{"what was let pass here is no surplus", []step{
			{0, 0, 50, 40, true},
			{time.Second, 0, 50, 40, true},
			{time.Second, 1, 50, 40, true},
		}},
		{"few events are not worth a note", []step{
			{0, 0, 3, 3, true},
			{0, 1, 50, 40, true},
		}},
		{"once somebody is near the limit few events are told as well", []step{
			{0, 0, 3, 3, true},
			{0, 1, 4, 4, true},
			{0, 0, 0, 0, true}, // node 0 has heard of node 1, now node 1 hears of it
			{0, 1, 50, 33, true},
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := newNodes(3, time.Second)
			for i, s := range tt.steps {
				c.clock.Move(s.move)
				if got := allowed(c.limiters[s.node], "key", limit, s.send); got != s.want {
					t.Fatalf("step %d: %d of %d events allowed, want %d", i, got, s.send, s.want)
				}
				if s.tell {
					c.tell()
				}
			}
		})
	}
}

func TestLateNoteDoesNotEndTheNextWindow(t *testing.T) {
	t.Parallel()
	c := newNodes(2, time.Second)
	allowed(c.limiters[0], "key", 40, 30)
	c.tell()
	c.clock.Move(999 * time.Millisecond)
	allowed(c.limiters[0], "key", 40, 5)
	late := c.limiters[0].Notes(100)
	c.clock.Move(10 * time.Millisecond)
	if got := allowed(c.limiters[1], "key", 40, 10); got != 10 {
		t.Fatalf("in the next window %d of 10 events allowed", got)
	}
	c.limiters[1].Add(late[0])
	if got := allowed(c.limiters[1], "key", 40, 50); got != 25 {
		t.Errorf("after the late note: %d of 50 events allowed, want 25", got)
	}
	c.clock.Move(999 * time.Millisecond)
	if got := allowed(c.limiters[1], "key", 40, 50); got != 0 {
		t.Errorf("the late note has ended the window: %d of 50 events allowed", got)
	}
}

func TestQuarterOfALimitIsUrgent(t *testing.T) {
	t.Parallel()
	c := newNodes(1, time.Second)
	allowed(c.limiters[0], "key", 40, 9)
	if c.urgent != 0 {
		t.Error("less than a quarter is urgent")
	}
	allowed(c.limiters[0], "key", 40, 1)
	if c.urgent != 1 {
		t.Error("a quarter is not urgent")
	}
	if got := c.limiters[0].Notes(100); len(got) != 1 || got[0].Count != 10 || got[0].Limit != 40 {
		t.Errorf("notes: %+v", got)
	}
	if got := c.limiters[0].Notes(100); len(got) != 0 {
		t.Errorf("told twice: %+v", got)
	}
}

func TestNotesAreBounded(t *testing.T) {
	t.Parallel()
	l := NewLimiter[int](newFakeClock().Now, time.Second, 5000)
	l.Share(func() {})
	for key := range 1000 {
		allowed(l, key, 1, 1)
	}
	seen := make(map[int]bool)
	for range 10 {
		notes := l.Notes(100)
		if len(notes) != 100 {
			t.Fatalf("%d notes, want 100", len(notes))
		}
		for _, n := range notes {
			seen[n.Key] = true
		}
	}
	if len(seen) != 1000 || len(l.Notes(100)) != 0 {
		t.Errorf("%d keys were told, want all, once", len(seen))
	}
}

func TestAloneNothingIsKeptForOthers(t *testing.T) {
	t.Parallel()
	l := NewLimiter[int](newFakeClock().Now, time.Second, 10)
	allowed(l, 1, 40, 40)
	if got := l.Notes(100); len(got) != 0 {
		t.Errorf("a limiter that is alone has notes: %+v", got)
	}
}

func FuzzNotes(f *testing.F) {
	f.Add(appendNote(nil, 0, Note[countKey]{Key: countKey{1400000001, "group"}, Limit: 40, Count: 10, Age: time.Second / 2}))
	f.Add([]byte{0, 1, 1, 1, 1, 255})
	f.Fuzz(func(t *testing.T, data []byte) {
		guard := NewGuard(time.Now)
		guard.hear(data)
		kind, n, rest, ok := readNote(data)
		if !ok || kind >= uint64(len(guard.kinds())) || n.Count < 0 || n.Limit < 0 || n.Age < 0 {
			return
		}
		_, again, end, ok := readNote(appendNote(nil, int(kind), n))
		if !ok || len(end) != 0 || again != n || len(rest) >= len(data) {
			t.Errorf("%+v came back as %+v", n, again)
		}
	})
}
