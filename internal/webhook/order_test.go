package webhook

import (
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/parley-im/parley/internal/store"
)

// TestOrder delivers to a receiver that fails at random in every way. Everything
// arrives, and in each conversation in order.
func TestOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	chance := rand.New(rand.NewPCG(1, 2)) // used under the receiver's mutex
	w.receiver.behave(func(call) reply {
		switch chance.IntN(100) {
		case 0:
			return reply{status: http.StatusInternalServerError}
		case 1:
			return reply{hangUp: true}
		case 2:
			return reply{body: "success"}
		case 3:
			return reply{status: http.StatusFound}
		}
		return reply{after: time.Duration(chance.IntN(3)) * time.Millisecond}
	})
	w.run()
	conversations := names("g", 80)
	for range 10 {
		w.record(conversations...)
	}
	w.until("all", func() bool { return w.receiver.got("") == 800 })
	w.allStored()
	w.forgotten()
	for _, e := range w.events() {
		if e.State != store.Delivered || len(w.attempts(e.ID)) != e.Attempts {
			t.Fatalf("event %d is %s with %d attempts, logged are %+v", e.ID, e.State, e.Attempts, w.attempts(e.ID))
		}
	}
}

// TestSlowConversation lets the receiver take its time for one conversation.
func TestSlowConversation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.receiver.behave(func(c call) reply {
		if c.Conversation == "g000" {
			return reply{after: 1500 * time.Millisecond}
		}
		return reply{}
	})
	w.run()
	conversations := names("g", 70)
	for range 6 {
		w.record(conversations...)
	}
	w.until("the others", func() bool { return w.receiver.got("") >= 6*69 })
	if got := w.receiver.got("g000"); got > 5 {
		t.Errorf("the others came only after %d slow events", got)
	}
}

// TestSlowReceiver lets the receiver take its time for all: conversations go
// side by side.
func TestSlowReceiver(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.receiver.behave(func(call) reply { return reply{after: 50 * time.Millisecond} })
	w.run()
	began := time.Now()
	for range 5 {
		w.record(names("g", 64)...)
	}
	w.until("all", func() bool { return w.receiver.got("") == 320 })
	if took := time.Since(began); took < 250*time.Millisecond || took > 8*time.Second { // 16 s one by one
		t.Errorf("it took %s", took)
	}
}

// TestOtherApps lets the endpoint of one app be silent. Another app does not
// notice.
func TestOtherApps(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	release := make(chan struct{})
	silent := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-release:
		case <-r.Context().Done():
		}
	}))
	t.Cleanup(silent.Close)
	t.Cleanup(func() { close(release) })
	w.apps[otherApp] = newApp(otherApp, silent.URL)
	w.run()
	for range 5 {
		w.recordFor(otherApp, names("other", 200)...)
	}
	began := time.Now()
	for range 5 {
		w.record(names("g", 100)...)
	}
	w.until("all", func() bool { return w.receiver.got("") == 500 })
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("it took %s", took)
	}
}

// TestRestart restarts the program while it delivers. Nothing is lost and
// nothing comes twice.
func TestRestart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.receiver.behave(func(call) reply { return reply{after: 2 * time.Millisecond} })
	conversations := names("g", 70)
	w.run()
	for n := range 5 {
		for range 5 {
			w.record(conversations...)
		}
		w.until("some", func() bool { return w.receiver.got("") > n*5*len(conversations) })
		w.restart()
	}
	w.until("all", func() bool { return w.receiver.got("") == 25*len(conversations) })
	w.allStored()
	w.forgotten()
}

// TestCrash takes the store away in the middle of deliveries, so that outcomes
// are lost. What was delivered may come again, under the same ID.
func TestCrash(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.receiver.again = true
	w.receiver.behave(func(call) reply { return reply{after: 2 * time.Millisecond} })
	conversations := names("g", 70)
	w.run()
	for n := range 3 {
		for range 5 {
			w.record(conversations...)
		}
		w.until("some", func() bool { return w.receiver.got("") > n*5*len(conversations) })
		if err := w.store.Close(); err != nil {
			t.Errorf("close the store: %v", err)
		}
		w.restart()
	}
	w.until("all", func() bool { return w.receiver.got("") == 15*len(conversations) })
	w.allStored()
	w.forgotten()
}
