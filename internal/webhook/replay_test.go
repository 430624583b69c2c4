package webhook

import (
	"context"
	"slices"
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
		var slow *slowSettling
		w := newBubble(t)
		w.wrap = func(s store.Store) store.Store {
			slow = &slowSettling{Store: s, gate: make(chan struct{})}
			return slow
		}
		reopen(w)
		w.run()
		w.record(names("g", 5)...)
		w.record(names("g", 5)...)
		w.until("all", func() bool { return w.receiver.got("") == 10 })
		for range 10 {
			w.dispatcher.Replayed(testApp)
			time.Sleep(time.Second)
		}
		w.record("g000")
		w.until("one more", func() bool { return w.receiver.got("") == 11 })
		close(slow.gate)
		w.allStored()
		w.dispatcher.Replayed(testApp)
		w.forgotten()
		if got := len(w.receiver.called(all)); got != 11 {
			t.Errorf("%d calls, want 11", got)
		}
	})
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

// Update runs fn when the gate opens.
func (s *slowSettling) Update(ctx context.Context, fn func(store.Tx) error) error {
	<-s.gate
	return s.Store.Update(ctx, fn)
}
