package e2e_test

import (
	"slices"
	"testing"
	"time"

	"github.com/parley-im/parley/internal/testkit"
)

// What a server on an empty store may take at most. What it should take is a
// tenth of the one and half of the other; machines that run tests have other
// things to do.
const (
	maxStart    = 3 * time.Second
	maxEmptyRSS = 80 << 20
)

// TestStartup measures how long a server takes until it is ready, and what
// memory it takes before anything happens.
func TestStartup(t *testing.T) {
	var times []time.Duration
	var sizes []int
	for range 5 {
		i := testkit.NewInstallation(t, program)
		begin := time.Now()
		s := i.Start(t)
		times = append(times, time.Since(begin))
		sizes = append(sizes, s.RSS(t))
		s.Stop(t)
	}
	t.Logf("ready after %s on an empty store, with %.1f MB of memory (best of 5: %s, %.1f MB)",
		slices.Max(times), megabytes(slices.Max(sizes)), slices.Min(times), megabytes(slices.Min(sizes)))
	if best := slices.Min(times); best > maxStart {
		t.Errorf("ready after %s at best, want at most %s", best, maxStart)
	}
	if best := slices.Min(sizes); best > maxEmptyRSS {
		t.Errorf("%.1f MB of memory at best, want at most %.1f MB", megabytes(best), megabytes(maxEmptyRSS))
	}
}

func megabytes(n int) float64 { return float64(n) / (1 << 20) }
