package webhook

import (
	"math/rand/v2"
	"testing"
)

func TestSmoke(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.run()
	for range 20 {
		w.record(names("g", 64)...)
	}
	w.until("all", func() bool { return w.receiver.got("") == 1280 })
	w.allStored()
	w.forgotten()
	_ = rand.N(3)
}
