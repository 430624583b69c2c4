package webhook

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/store"
)

// probeLimit is how long after its recovery an endpoint is noticed at the latest.
const probeLimit = maxProbePause*6/5 + 2*time.Second

// TestOutage lets an endpoint be down for an hour. It is probed, one call at a
// time, and when it is back, everything arrives soon, in order.
func TestOutage(t *testing.T) {
	t.Parallel()
	for name, conversations := range map[string]int{"one conversation": 1, "many conversations": 20} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for name, breakDown := range map[string]func(w *world, down bool){
				"refused connections": func(w *world, down bool) { w.pipes.setDown(down) },
				"errors": func(w *world, down bool) {
					w.receiver.behave(fine)
					if down {
						w.receiver.behave(broken)
					}
				},
				"silence": func(w *world, down bool) {
					w.receiver.behave(fine)
					if down {
						w.receiver.behave(func(call) reply { return reply{after: time.Hour} })
					}
				},
			} {
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					synctest.Test(t, func(t *testing.T) { outage(t, names("g", conversations), breakDown) })
				})
			}
		})
	}
}

func outage(t *testing.T, conversations []string, breakDown func(w *world, down bool)) {
	t.Helper()
	w := newBubble(t)
	w.run()
	w.record(conversations...)
	w.allStored()
	breakDown(w, true)
	for range 12 {
		w.record(conversations...)
		time.Sleep(5 * time.Minute)
	}
	status := w.dispatcher.Status(testApp)
	if len(conversations) > 1 && !status.Failing {
		t.Error("the endpoint does not count as failing")
	}
	calls := 0
	for _, e := range w.events() {
		calls += e.Attempts
	}
	// Those on their way when it began, then about one a minute.
	if most := 2*len(conversations) + 80; calls > most {
		t.Errorf("%d calls while the endpoint was down, want at most %d", calls, most)
	}
	breakDown(w, false)
	recovered := time.Now()
	w.until("all", func() bool { return w.receiver.got("") == 13*len(conversations) })
	limit := probeLimit
	if len(conversations) == 1 && !status.Failing {
		limit = maxPause * 6 / 5 // a single conversation is no evidence against the endpoint
	}
	if took := time.Since(recovered); took > limit {
		t.Errorf("the last event came %s after the recovery", took)
	}
	w.allStored()
	if w.dispatcher.Status(testApp).Failing {
		t.Error("the endpoint counts as failing")
	}
	if n := w.logged.count("parked"); n > 0 {
		t.Errorf("%d events were parked", n)
	}
	w.forgotten()
}

// TestShortOutage lets calls of all conversations be on their way when an
// endpoint begins to fail: that is one failure, not many.
func TestShortOutage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newBubble(t)
		w.receiver.behave(func(call) reply { return reply{after: time.Second / 2, status: http.StatusBadGateway} })
		conversations := names("g", 200)
		w.run()
		w.record(conversations...)
		time.Sleep(time.Second)
		w.receiver.behave(fine)
		recovered := time.Now()
		w.until("all", func() bool { return w.receiver.got("") == len(conversations) })
		if took := time.Since(recovered); took > 2*time.Second {
			t.Errorf("the last event came %s after the recovery", took)
		}
	})
}

// TestNothingIsParkedForAnOutage lets an event fail once more when its endpoint
// has just come back from an outage longer than the head-of-line limit.
func TestNothingIsParkedForAnOutage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newBubble(t)
		w.receiver.behave(broken)
		conversations := names("g", 60)
		w.run()
		for range 3 {
			w.record(conversations...)
		}
		time.Sleep(time.Hour)
		stumbled := make(map[note]bool)
		w.receiver.behave(func(c call) reply {
			if c.N == 0 && !stumbled[c.note] && len(stumbled) < 30 && c.Conversation != "g000" {
				stumbled[c.note] = true
				return reply{status: http.StatusInternalServerError}
			}
			return reply{}
		})
		w.until("all", func() bool { return w.receiver.got("") == 3*len(conversations) })
		w.allStored()
		if n := w.logged.count("parked"); n > 0 {
			t.Errorf("%d events were parked", n)
		}
	})
}

// TestRecoveryWakesAll lets single events fail for long, and then the endpoint as
// a whole. When it is back, they do not wait for their own next attempts.
func TestRecoveryWakesAll(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newBubble(t)
		w.change(testApp, func(a *chat.App) { a.Settings.HeadOfLine = 0 })
		w.receiver.behave(failing(func(c call) bool { return c.Conversation != "other" }))
		w.run()
		w.record(names("g", 20)...)
		for range 60 {
			w.record("other")
			time.Sleep(time.Minute)
		}
		w.pipes.setDown(true)
		w.record("other")
		time.Sleep(time.Second)
		w.pipes.setDown(false)
		w.receiver.behave(fine)
		recovered := time.Now()
		w.until("all", func() bool { return w.receiver.got("") == 20+61 })
		if took := time.Since(recovered); took > probeLimit {
			t.Errorf("the last event came %s after the recovery", took)
		}
	})
}

// TestDead keeps an endpoint down until its events are given up, and replays
// them afterwards.
func TestDead(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newBubble(t)
		w.pipes.setDown(true)
		w.run()
		conversations := names("g", 50)
		w.record(conversations...)
		time.Sleep(time.Minute)
		w.record(conversations...)
		w.skew.Add(int64(70 * time.Hour))
		w.record(conversations...)
		time.Sleep(100 * time.Minute)
		if got := w.states()[store.Dead]; got > 0 {
			t.Errorf("after less than 72 hours %d events are dead", got)
		}
		time.Sleep(30 * time.Minute)
		got := w.states()
		if got[store.Dead] != 100 || got[store.Pending] != 50 {
			t.Errorf("after 72 hours the events are %v, want 100 dead ones and 50 pending ones", got)
		}
		if n := w.logged.count("given up"); n < 100 {
			t.Errorf("it is logged of %d events that they were given up, want 100", n)
		}
		for _, e := range w.events()[:100] {
			attempts := w.attempts(e.ID)
			if len(attempts) == 0 || len(attempts) != e.Attempts || e.Reason == "" {
				t.Fatalf("event %d has %d attempts, logged are %+v", e.ID, e.Attempts, attempts)
			}
		}

		// Replayed too early, they have another 72 hours.
		if n := w.replay(store.Replay{States: []store.EventState{store.Dead}}); n != 100 {
			t.Errorf("%d events are replayed, want 100", n)
		}
		time.Sleep(10 * time.Minute)
		if got := w.states(); got[store.Pending] != 150 {
			t.Errorf("after a replay the events are %v, want 150 pending ones", got)
		}
		w.pipes.setDown(false)
		w.until("all", func() bool { return w.receiver.got("") == 150 })
		w.allStored()
		if got := w.states(); got[store.Delivered] != 150 {
			t.Errorf("in the end the events are %v, want 150 delivered ones", got)
		}
		w.forgotten()
	})
}

// TestDeadOneByOne lets one event of many fail for 72 hours.
func TestDeadOneByOne(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newBubble(t)
		w.receiver.unordered = true
		w.change(testApp, func(a *chat.App) { a.Settings.HeadOfLine = 0 })
		w.receiver.behave(failing(func(c call) bool { return c.N == 0 && c.Conversation == "g" }))
		w.run()
		w.record("g", "g", "g")
		time.Sleep(time.Minute)
		w.skew.Add(int64(69 * time.Hour))
		time.Sleep(2 * time.Hour)
		if got := w.receiver.got("g"); got != 0 {
			t.Errorf("%d events overtook the failing one", got)
		}
		time.Sleep(2 * time.Hour)
		if got := w.event(0); got.State != store.Dead || got.Attempts < 20 {
			t.Errorf("after 73 hours the event is %s with %d attempts", got.State, got.Attempts)
		}
		if got := w.receiver.got("g"); got != 2 {
			t.Errorf("%d events followed it, want 2", got)
		}
		// Replayed, it has all its time again.
		w.replay(store.Replay{ID: w.event(0).ID})
		time.Sleep(time.Hour)
		if got := w.event(0).State; got != store.Pending {
			t.Errorf("an hour after its replay the event is %s", got)
		}
		w.receiver.behave(fine)
		w.until("the last one", func() bool { return w.receiver.got("g") == 3 })
	})
}

// TestOnce tries each event of an app once, whatever happens.
func TestOnce(t *testing.T) {
	t.Parallel()
	for name, breakDown := range map[string]func(w *world){
		"refused connections": func(w *world) { w.pipes.setDown(true) },
		"errors":              func(w *world) { w.receiver.behave(broken) },
		"silence":             func(w *world) { w.receiver.behave(func(call) reply { return reply{after: time.Hour} }) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newBubble(t)
				w.receiver.unordered = true // what failed is missing
				w.change(testApp, func(a *chat.App) { a.Webhook.Mode = chat.ModeOnce })
				breakDown(w)
				w.run()
				began := time.Now()
				for range 10 {
					w.record(names("g", 20)...)
				}
				w.allStored()
				if took := time.Since(began); took > 10*chat.DefaultWebhookTimeout+time.Second {
					t.Errorf("it took %s to fail", took)
				}
				for _, e := range w.events() {
					if e.State != store.Failed || e.Attempts != 1 || e.Reason == "" {
						t.Fatalf("an event is %s after %d attempts: %q", e.State, e.Attempts, e.Reason)
					}
				}
				w.pipes.setDown(false)
				w.receiver.behave(fine)
				w.record("g000")
				w.until("the next one", func() bool { return w.receiver.got("g000") == 1 })
				if n := w.replay(store.Replay{States: []store.EventState{store.Failed}}); n != 200 {
					t.Errorf("%d events are replayed, want 200", n)
				}
				w.until("the others", func() bool { return w.receiver.got("") == 201 })
				w.allStored()
			})
		})
	}
}

// TestSettingsChange lets an app correct its URL while an event waits long for
// its next attempt, and while a call of the old one is still on its way.
func TestSettingsChange(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]func(call) reply{
		"while it waits":          broken,
		"while a call is running": func(call) reply { return reply{after: time.Minute} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newBubble(t)
				w.receiver.behave(answer)
				w.change(testApp, func(a *chat.App) { a.Webhook.Timeout = chat.MaxWebhookTimeout })
				w.run()
				w.record("g", "g")
				time.Sleep(time.Hour)
				before := len(w.receiver.called(all))
				w.until("a call", func() bool { return len(w.receiver.called(all)) > before })
				synctest.Wait()
				w.receiver.behave(fine)
				w.change(testApp, func(a *chat.App) { a.Webhook.URL = "http://elsewhere.example/" })
				changed := time.Now()
				w.until("both", func() bool { return w.receiver.got("g") == 2 })
				if took := time.Since(changed); took > chat.MaxWebhookTimeout+time.Second {
					t.Errorf("the events came %s after the change", took)
				}
			})
		})
	}
}

// TestNoURL lets an app without an address wait until it has one.
func TestNoURL(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newBubble(t)
		w.run()
		url := w.app(testApp).Webhook.URL
		w.record(names("g", 10)...)
		w.change(testApp, func(a *chat.App) { a.Webhook.URL = "" })
		w.record(names("g", 20)...)
		time.Sleep(time.Hour)
		calls := len(w.receiver.called(all))
		w.record(names("g", 30)...)
		time.Sleep(time.Hour)
		if got := len(w.receiver.called(all)); got > calls {
			t.Errorf("%d calls without an address", got-calls)
		}
		w.change(testApp, func(a *chat.App) { a.Webhook.URL = url })
		w.until("all", func() bool { return w.receiver.got("") == 60 })
		w.allStored()
		w.forgotten()
	})
}

// TestRestartDuringOutage restarts the program while its receiver is down.
func TestRestartDuringOutage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newBubble(t)
		w.pipes.setDown(true)
		w.run()
		for range 5 {
			w.record(names("g", 50)...)
			time.Sleep(10 * time.Minute)
			w.restart()
		}
		w.pipes.setDown(false)
		w.until("all", func() bool { return w.receiver.got("") == 250 })
		w.allStored()
		w.forgotten()
	})
}
