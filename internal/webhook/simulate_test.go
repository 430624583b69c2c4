package webhook

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/store"
)

// TestRandomTroubles lets all kinds of trouble come at random: failing and slow
// receivers, outages, restarts, settings that change, replays. Whatever happens,
// every event arrives, in order, under one ID.
func TestRandomTroubles(t *testing.T) {
	t.Parallel()
	seeds, steps := uint64(6), 40
	if raceDetector {
		seeds, steps = 2, 10
	}
	for seed := range seeds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { randomTroubles(t, rand.New(rand.NewPCG(seed, 1)), steps) }) // to be repeated
		})
	}
}

func randomTroubles(t *testing.T, random *rand.Rand, steps int) {
	t.Helper()
	w := newBubble(t)
	w.change(testApp, func(a *chat.App) { a.Settings.HeadOfLine = 0 }) // nothing may overtake
	if random.IntN(2) == 0 {                                           // as if there were a million events
		w.limits = limits{lanes: 32, heldBytes: 4 << 10, unsettled: 8}
		reopen(w)
	}
	w.run()
	conversations := names("g", 70)
	chance := rand.New(rand.NewPCG(random.Uint64(), 2)) // used under the receiver's mutex
	flaky := func(call) reply {
		switch n := chance.IntN(20); {
		case n < 3:
			return reply{status: http.StatusBadGateway}
		case n < 5:
			return reply{body: "not json"}
		case n < 6:
			return reply{hangUp: true}
		case n < 7:
			return reply{after: 5 * time.Second}
		case n < 12:
			return reply{after: time.Duration(chance.IntN(50)) * time.Millisecond}
		}
		return reply{}
	}
	answers := []func(call) reply{fine, broken, flaky, flaky, flaky}
	recorded := 0
	for range steps {
		switch random.IntN(8) {
		case 0:
			w.receiver.behave(answers[random.IntN(len(answers))])
		case 1:
			w.pipes.setDown(random.IntN(3) == 0)
		case 2:
			url := ""
			if random.IntN(2) == 0 {
				url = "http://receiver.example/callback"
			}
			w.change(testApp, func(a *chat.App) { a.Webhook.URL = url })
		case 3:
			if random.IntN(3) == 0 {
				w.restart()
			}
		case 4:
			w.dispatcher.Replayed(testApp) // of nothing: no event may come twice
		}
		for range random.IntN(6) {
			some := conversations[random.IntN(len(conversations)):]
			some = some[:1+random.IntN(len(some))]
			w.record(some...)
			recorded += len(some)
		}
		time.Sleep(time.Duration(random.IntN(3000)) * time.Millisecond)
	}
	w.pipes.setDown(false)
	w.receiver.behave(fine)
	w.change(testApp, func(a *chat.App) { a.Webhook.URL = "http://receiver.example/callback" })
	recovered := time.Now()
	w.until("all", func() bool { return w.receiver.got("") == recorded })
	if took := time.Since(recovered); took > time.Minute {
		t.Errorf("the last event came %s after the recovery", took)
	}
	w.allStored()
	w.forgotten()
	if got := w.states()[store.Delivered]; got != recorded {
		t.Errorf("%d events are delivered in the store, want %d", got, recorded)
	}
}
