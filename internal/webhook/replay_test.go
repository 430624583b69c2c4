package webhook

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-im/parley/internal/store"
)

// TestReplay makes a delivered event pending again, whatever its lane is doing
// with later ones. It comes once more, and no other does.
func TestReplay(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]func(call) reply{
		"nothing else to do":    nil,
		"the next one is tried": func(call) reply { return reply{after: time.Second} },
		"the next one waits":    broken,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newBubble(t)
				w.run()
				w.record("g", "g", "g", "h")
				w.allStored()
				if answer != nil {
					w.receiver.behave(answer)
					w.record("g", "g", "g")
					w.until("the next call", func() bool { return len(w.receiver.called(of("g", 3))) > 0 })
					synctest.Wait()
				}
				w.receiver.mu.Lock()
				w.receiver.unordered = true
				w.receiver.accepted["g"] = slices.DeleteFunc(w.receiver.accepted["g"], func(n int) bool { return n == 1 })
				w.receiver.mu.Unlock()
				if n := w.replay(store.Replay{ID: w.event(1).ID}); n != 1 {
					t.Fatalf("%d events are replayed, want 1", n)
				}
				w.receiver.behave(fine)
				replayed := time.Now()
				w.until("it", func() bool { return slices.Contains(w.receiver.order("g"), 1) })
				if took := time.Since(replayed); took > 5*time.Second {
					t.Errorf("it came after %s", took)
				}
				w.allStored()
				w.forgotten()
				if got := w.receiver.called(of("g", 1)); len(got) != 2 || got[0].attempt != 1 || got[1].attempt != 2 || got[0].eventID != got[1].eventID {
					t.Errorf("the calls for the event are %+v, want the first and the second attempt under one ID", got)
				}
			})
		})
	}
}

// TestReplayAndUnsettled replays while the store has not been told of the events
// that were delivered: they must not come again.
func TestReplayAndUnsettled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, gate := newSlow(t)
		w.run()
		w.record("g000")
		gate <- struct{}{} // the first outcome is stored
		w.until("its outcome", func() bool { return w.event(0).State == store.Delivered })
		w.record(names("g", 5)...)
		w.record(names("g", 5)...)
		w.until("all", func() bool { return w.receiver.got("") == 11 })
		for range 10 {
			w.dispatcher.Replayed(testApp)
			time.Sleep(time.Second)
		}
		w.record("g000")
		w.until("one more", func() bool { return w.receiver.got("") == 12 })
		if got := len(w.receiver.called(all)); got != 12 {
			t.Errorf("%d calls, want 12", got)
		}
		w.receiver.mu.Lock()
		w.receiver.again = true
		w.receiver.mu.Unlock()
		w.replay(store.Replay{ID: w.event(0).ID})
		w.until("the first event", func() bool { return len(w.receiver.called(of("g000", 0))) == 2 })
		close(gate)
		w.allStored()
		w.dispatcher.Replayed(testApp)
		w.forgotten()
		if got := len(w.receiver.called(all)); got != 13 {
			t.Errorf("%d calls, want 13", got)
		}
	})
}

// TestFailedAndUnsettled lets an event fail again and again while the store has
// not been told. The dispatcher counts on.
func TestFailedAndUnsettled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, gate := newSlow(t)
		w.receiver.behave(broken)
		w.run()
		w.record("g", "g")
		time.Sleep(time.Minute)
		w.receiver.behave(fine)
		w.until("both", func() bool { return w.receiver.got("g") == 2 })
		for i, c := range w.receiver.called(of("g", 0)) {
			if c.attempt != i+1 {
				t.Errorf("call %d says that it is attempt %d", i+1, c.attempt)
			}
		}
		close(gate)
		w.allStored()
		if got := w.event(0); got.Attempts < 5 || len(w.attempts(got.ID)) != got.Attempts {
			t.Errorf("%d attempts are counted, %d are logged", got.Attempts, len(w.attempts(got.ID)))
		}
	})
}

// TestEventDuringRead stores an event just when its lane has read the store and
// does not know it yet.
func TestEventDuringRead(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newBubble(t)
		w.record("g")
		var once sync.Once
		w.wrap = func(s store.Store) store.Store {
			return afterRead{s, func() {
				if q := w.dispatcher.queue(testApp); q != nil {
					q.mu.Lock()
					l := q.lanes["group:g"]
					reading := l != nil && l.state == busy
					q.mu.Unlock()
					if reading {
						once.Do(func() { w.record("g") })
					}
				}
			}}
		}
		reopen(w)
		w.run()
		w.until("both", func() bool { return w.receiver.got("g") == 2 })
		w.allStored()
		w.forgotten()
	})
}

// TestReadBeforeHeard lets a lane read an event from the store before the
// dispatcher hears of it. It comes once.
func TestReadBeforeHeard(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newBubble(t)
		w.wrap = func(s store.Store) store.Store {
			return lateNews{s, func() {
				if w.end == nil {
					return
				}
				w.receiver.behave(fine)
				w.dispatcher.Kick(testApp)
				time.Sleep(5 * time.Second)
			}}
		}
		reopen(w)
		w.receiver.behave(broken)
		w.record("g")
		w.run()
		w.until("a call", func() bool { return len(w.receiver.called(all)) > 0 })
		time.Sleep(10 * time.Millisecond)
		w.record("g")
		if got := w.receiver.got("g"); got != 2 {
			t.Fatalf("%d events arrived before they were heard of, want 2", got)
		}
		w.allStored()
		w.forgotten()
	})
}

// lateNews is a store that does something before it tells of events.
type lateNews struct {
	store.Store
	first func()
}

// OnEvents sets who hears of events.
func (s lateNews) OnEvents(fn func([]store.Event)) {
	s.Store.OnEvents(func(events []store.Event) {
		s.first()
		fn(events)
	})
}

// newSlow is a world in which outcomes are stored only as the gate lets them.
func newSlow(tb testing.TB) (*world, chan struct{}) {
	tb.Helper()
	gate := make(chan struct{})
	w := newBubble(tb)
	w.wrap = func(s store.Store) store.Store { return &slowSettling{Store: s, gate: gate} }
	reopen(w)
	return w, gate
}

func reopen(w *world) {
	w.Helper()
	if err := w.store.Close(); err != nil {
		w.Fatalf("close the store: %v", err)
	}
	w.open()
}

// slowSettling is a store in which updates of the dispatcher wait for the gate.
type slowSettling struct {
	store.Store
	gate chan struct{}
}

// UpdateOwn runs fn when the gate opens.
func (s *slowSettling) UpdateOwn(ctx context.Context, fn func(store.Tx) error) error {
	<-s.gate
	return s.Store.UpdateOwn(ctx, fn)
}
