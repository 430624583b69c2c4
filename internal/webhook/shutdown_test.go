package webhook

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/store"
)

// TestStop ends the program while calls are on their way: those that end soon
// count, those that do not are made again after the next start.
func TestStop(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newBubble(t)
		w.change(testApp, func(a *chat.App) { a.Webhook.Timeout = chat.MaxWebhookTimeout })
		w.receiver.behave(func(c call) reply {
			if c.Conversation == "slow" {
				return reply{after: time.Minute}
			}
			return reply{after: time.Second}
		})
		w.run()
		w.record("slow", "g000")
		w.record("slow", "g000")
		time.Sleep(time.Second / 2)
		began := time.Now()
		w.stop()
		if took := time.Since(began); took != drainTime {
			t.Errorf("it took %s, want %s", took, drainTime)
		}
		if got := w.event(0); got.State != store.Pending || got.Attempts != 0 {
			t.Errorf("the event whose call was broken off is %s with %d attempts", got.State, got.Attempts)
		}
		if got := w.event(1); got.State != store.Delivered {
			t.Errorf("the event whose call ended is %s", got.State)
		}
		w.record("g000") // nobody delivers it now
		w.dispatcher.Kick(testApp)
		w.dispatcher.Replayed(testApp)
		if w.dispatcher.Status(testApp) != (Status{}) {
			t.Error("there is a status after the end")
		}
		w.receiver.behave(fine)
		w.restart()
		w.until("all", func() bool { return w.receiver.got("") == 5 })
		for _, c := range w.receiver.called(of("slow", 0)) {
			if c.attempt != 1 {
				t.Errorf("attempt %d, want 1", c.attempt)
			}
		}
	})
}

// TestStopAtOnce ends the program when it has hardly begun, and between tries.
func TestStopAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newBubble(t)
		w.receiver.behave(broken)
		w.record(names("g", 100)...)
		for _, pause := range []time.Duration{0, 0, time.Millisecond, time.Second, time.Minute} {
			w.run()
			time.Sleep(pause)
			w.stop()
			reopen(w)
		}
		w.receiver.behave(fine)
		w.run()
		w.until("all", func() bool { return w.receiver.got("") == 100 })
	})
}

// TestNothingIsLeft looks for goroutines after the end. It does not run beside
// others, whose goroutines it would find.
func TestNothingIsLeft(t *testing.T) { //nolint:paralleltest // see above
	w := newWorld(t)
	w.receiver.behave(failing(func(c call) bool { return c.Conversation == "g000" }))
	w.run()
	for range 5 {
		w.record(names("g", 100)...)
	}
	w.until("most", func() bool { return w.receiver.got("") >= 5*99 })
	w.change(testApp, func(a *chat.App) { a.Webhook.On = append(a.Webhook.On, "Group.CallbackBeforeSendMsg") })
	w.hooks.Ask(t.Context(), w.app(testApp), event.BeforeGroupMessage{GroupMessage: event.GroupMessage{Message: &chat.Message{}}})
	if _, err := w.dispatcher.Check(t.Context(), w.app(testApp), w.app(testApp).Webhook.URL); err != nil {
		t.Errorf("check: %v", err)
	}
	w.stop()
	http.DefaultTransport.(*http.Transport).CloseIdleConnections() // it is one
	noGoroutines(t)
}
