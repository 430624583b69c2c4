package webhook

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/store"
)

// poison matches the one event that nobody can digest.
func poison(c call) bool { return c.Conversation == "g000" && c.N == 1 }

// TestPoison lets one event fail while its endpoint works: beyond the head of
// line limit its successors proceed, and it comes when it can be digested.
func TestPoison(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newBubble(t)
		w.receiver.unordered = true
		w.receiver.behave(failing(poison))
		w.run()
		began := time.Now()
		for range 54 { // others live on
			w.record(names("g", 3)...)
			time.Sleep(10 * time.Second)
		}
		if got := w.receiver.order("g000"); !slices.Equal(got, []int{0}) {
			t.Errorf("before the limit the events %v of the conversation arrived, want only the first", got)
		}
		if got := w.receiver.got("g001"); got != 54 {
			t.Errorf("%d events of another conversation arrived, want %d", got, 54)
		}
		for w.receiver.got("g000") < 53 {
			w.record("g001")
			time.Sleep(5 * time.Second)
			if time.Since(began) > 2*maxPause {
				t.Fatalf("%d events of the conversation arrived after %s", w.receiver.got("g000"), time.Since(began))
			}
		}
		synctest.Wait()
		if got := w.event(3); got.State != store.Parked || got.NextAttempt.Before(time.Now()) {
			t.Errorf("the event is %s until %s, want it parked", got.State, got.NextAttempt)
		}
		if n := w.logged.count("parked"); n == 0 {
			t.Error("nothing is logged")
		}
		parked := time.Now()
		time.Sleep(time.Hour)
		if got := len(w.receiver.called(func(c call) bool { return poison(c) && c.at.After(parked) })); got < 4 || got > 9 {
			t.Errorf("%d calls in an hour, want one every ten minutes", got)
		}
		w.receiver.behave(fine)
		digestible := time.Now()
		w.until("the event itself", func() bool { return slices.Contains(w.receiver.order("g000"), 1) })
		if took := time.Since(digestible); took > maxPause*6/5+w.dispatcher.parkedEvery {
			t.Errorf("it came %s after it could be digested", took)
		}
		w.until("its outcome", func() bool { return w.event(3).State == store.Delivered })
		for i, c := range w.receiver.called(poison) {
			if c.attempt != i+1 {
				t.Fatalf("call %d says that it is attempt %d", i+1, c.attempt)
			}
		}
		w.forgotten()
	})
}

// TestPoisonWithoutWitnesses lets an event fail while nobody else calls the
// endpoint: whether it works is not known, so nothing is parked.
func TestPoisonWithoutWitnesses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newBubble(t)
		w.receiver.unordered = true
		w.receiver.behave(failing(poison))
		w.run()
		w.record("g000", "g000")
		time.Sleep(500 * time.Millisecond)
		w.record("other") // after the first failure and before the second
		time.Sleep(2 * time.Hour)
		if got := w.event(1).State; got != store.Pending {
			t.Errorf("the event is %s", got)
		}
		w.record("other")
		time.Sleep(maxPause * 6 / 5)
		if got := w.event(1).State; got != store.Parked {
			t.Errorf("when another event has arrived, the event is %s", got)
		}
	})
}

// TestParkedIsGivenUp lets a parked event fail for 72 hours.
func TestParkedIsGivenUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newBubble(t)
		w.receiver.unordered = true
		w.receiver.behave(failing(poison))
		w.run()
		w.record("g000", "g000")
		park(w)
		w.skew.Add(int64(70 * time.Hour))
		time.Sleep(100 * time.Minute)
		if got := w.event(1).State; got != store.Parked {
			t.Errorf("before 72 hours the event is %s", got)
		}
		time.Sleep(time.Hour)
		if got := w.event(1).State; got != store.Dead {
			t.Errorf("after 72 hours the event is %s", got)
		}
	})
}

// park lets others be answered until the second event is parked.
func park(w *world) {
	w.Helper()
	for w.event(1).State != store.Parked {
		w.record("other")
		time.Sleep(10 * time.Second)
	}
}

// TestParkedOfOthers lets an app whose events cannot be delivered have more
// parked ones than are looked at in a moment. Those of another app come up.
func TestParkedOfOthers(t *testing.T) {
	t.Parallel()
	for name, breakDown := range map[string]func(w *world){
		"no URL": func(w *world) { w.change(otherApp, func(a *chat.App) { a.Webhook.URL = "" }) },
		"silence": func(w *world) {
			w.receiver.behave(func(c call) reply {
				if c.Conversation == "other" {
					return reply{after: time.Hour}
				}
				return reply{}
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newBubble(t)
				w.receiver.unordered = true
				w.apps[otherApp] = newApp(otherApp, "http://other.example/")
				const many = 100
				for range many {
					w.recordFor(otherApp, "other")
				}
				w.record("g")
				var outcomes []store.Settlement
				for id := range int64(many + 1) {
					outcomes = append(outcomes, store.Settlement{
						EventID: id + 1, State: store.Parked, FirstAttempt: w.now(), NextAttempt: w.now().Add(time.Duration(id) * time.Millisecond),
						Attempt: store.Attempt{Number: 1, Time: w.now(), Reason: "test"},
					})
				}
				settle(w, outcomes...)
				breakDown(w)
				w.dispatcher.parkedEvery = parkedEvery
				w.run()
				began := time.Now()
				w.until("the event", func() bool { return w.receiver.got("g") == 1 })
				if took := time.Since(began); took > time.Minute {
					t.Errorf("it took %s", took)
				}
				w.change(otherApp, func(a *chat.App) { a.Webhook.URL = "http://other.example/" })
				w.receiver.behave(fine)
				w.until("those of the other app", func() bool { return w.receiver.got("other") == many })
			})
		})
	}
}

func settle(w *world, outcomes ...store.Settlement) {
	w.Helper()
	ctx := context.WithoutCancel(w.Context())
	if err := w.store.Update(ctx, func(tx store.Tx) error { return tx.Settle(ctx, outcomes) }); err != nil {
		w.Fatalf("settle: %v", err)
	}
}

// TestParkedIsTriedOnce lets the outcome of a parked event be stored just after
// the parked ones were read: it must not be tried again.
func TestParkedIsTriedOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.record("g")
	settle(w, store.Settlement{
		EventID: 1, State: store.Parked, FirstAttempt: w.now(), NextAttempt: w.now(),
		Attempt: store.Attempt{Number: 1, Time: w.now(), Reason: "test"},
	})
	d := w.dispatcher
	if got := d.dueParked(t.Context()); len(got) != 1 {
		t.Fatalf("%d events are due, want 1", len(got))
	}
	d.store = afterRead{w.store, func() {
		settle(w, store.Settlement{EventID: 1, State: store.Delivered, FirstAttempt: w.now(), Attempt: store.Attempt{Number: 2, Time: w.now()}})
		d.parkedSettled(1)
	}}
	if got := d.dueParked(t.Context()); len(got) != 0 {
		t.Errorf("while it is being tried, the event is due once more")
	}
	if len(d.parked) > 0 {
		t.Errorf("in the end %d events are being tried", len(d.parked))
	}
}

// afterRead is a store that does something right after somebody has read.
type afterRead struct {
	store.Store
	then func()
}

// View runs fn.
func (s afterRead) View(ctx context.Context, fn func(store.Tx) error) error {
	defer s.then()
	return s.Store.View(ctx, fn)
}

// Peek runs fn.
func (s afterRead) Peek(ctx context.Context, fn func(store.Tx) error) error {
	defer s.then()
	return s.Store.Peek(ctx, fn)
}
