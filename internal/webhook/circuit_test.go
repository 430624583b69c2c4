package webhook

import (
	"testing"
	"time"
)

func TestCircuit(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	at := func(seconds float64) time.Time { return noon.Add(time.Duration(seconds * float64(time.Second))) }
	// fail is a call that begins and fails at a second.
	fail := func(c *circuit, lane string, endpoint bool, second float64) bool {
		return c.failure(lane, endpoint, at(second), at(second))
	}
	for name, test := range map[string]struct {
		happens func(t *testing.T, c *circuit)
		open    bool
	}{
		"five failures of one conversation": {func(_ *testing.T, c *circuit) {
			for i := range 50 {
				fail(c, "a", false, float64(i))
			}
		}, false},
		"four failures of two": {func(_ *testing.T, c *circuit) {
			for i, lane := range []string{"a", "b", "a", "b"} {
				fail(c, lane, false, float64(i))
			}
		}, false},
		"five failures of two": {func(t *testing.T, c *circuit) {
			t.Helper()
			for i, lane := range []string{"a", "a", "a", "b"} {
				fail(c, lane, false, float64(i))
			}
			if !fail(c, "b", false, 4) || fail(c, "b", false, 4) {
				t.Error("it is not reported once that the circuit opened")
			}
		}, true},
		"a success in between": {func(_ *testing.T, c *circuit) {
			for i, lane := range []string{"a", "a", "b", "b"} {
				fail(c, lane, false, float64(i))
			}
			c.success(at(4))
			for i, lane := range []string{"a", "a", "b", "b"} {
				fail(c, lane, false, float64(i))
			}
		}, false},
		"no connection": {func(_ *testing.T, c *circuit) { fail(c, "a", true, 0) }, true},
		"a success": {func(t *testing.T, c *circuit) {
			t.Helper()
			fail(c, "a", true, 0)
			if !c.success(at(1)) || c.success(at(1)) {
				t.Error("it is not reported once that the circuit closed")
			}
		}, false},
		"a failure of before a kick": {func(_ *testing.T, c *circuit) {
			c.retry(at(1))
			c.failure("a", true, at(0.5), at(2))
		}, false},
		"a failure that was under way at the recovery": {func(_ *testing.T, c *circuit) {
			fail(c, "a", true, 0)
			c.success(at(2))
			c.failure("b", true, at(1.9), at(4))
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var c circuit
			test.happens(t, &c)
			if c.open != test.open {
				t.Errorf("open is %t, want %t", c.open, test.open)
			}
		})
	}
}

func TestCircuitProbes(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	var c circuit
	c.failure("a", true, now, now)
	began := now
	for range 100 {
		// Those that were on their way when it opened say nothing new.
		c.failure("b", true, began, now.Add(time.Second/2))
	}
	wantProbe(t, &c, now, time.Second)
	for _, wait := range []time.Duration{2 * time.Second, 4 * time.Second, 8 * time.Second, 16 * time.Second, 32 * time.Second, time.Minute, time.Minute} {
		now = c.nextProbe
		c.failure("a", false, now, now)
		wantProbe(t, &c, now, wait)
	}
	c.retry(now)
	if c.nextProbe.After(now) {
		t.Error("after a kick the next probe is not at once")
	}
	c.failure("a", false, now, now)
	wantProbe(t, &c, now, 2*time.Second)
}

func wantProbe(t *testing.T, c *circuit, now time.Time, want time.Duration) {
	t.Helper()
	if got := c.nextProbe.Sub(now); got < want*4/5 || got > want*6/5 {
		t.Errorf("the next probe is in %s, want %s", got, want)
	}
}

func TestPause(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]time.Duration{
		-1: time.Second, 0: time.Second, 1: time.Second, 2: 2 * time.Second, 10: 512 * time.Second, 11: 10 * time.Minute, 100: 10 * time.Minute, 1 << 40: 10 * time.Minute,
	} {
		different := make(map[time.Duration]bool)
		for range 1000 {
			got := pause(n, maxPause)
			if got < want*4/5 || got >= want*6/5 {
				t.Fatalf("after %d failures the pause is %s, want about %s", n, got, want)
			}
			different[got] = true
		}
		if len(different) < 500 {
			t.Errorf("after %d failures only %d of 1000 pauses differ", n, len(different))
		}
	}
}

func TestAnsweredOthers(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	at := func(minutes int) time.Time { return noon.Add(time.Duration(minutes) * time.Minute) }
	const limit = 10 * time.Minute
	for name, test := range map[string]struct {
		c             circuit
		first, failed time.Time
		now           int
		want          bool
	}{
		"others were answered all the time":        {circuit{answersSince: at(-60), lastSuccess: at(9)}, at(0), at(8), 10, true},
		"not for long enough":                      {circuit{answersSince: at(-60), lastSuccess: at(8)}, at(0), at(7), 9, false},
		"nobody was ever answered":                 {circuit{}, at(0), at(8), 10, false},
		"nobody was answered since the first call": {circuit{answersSince: at(-60), lastSuccess: at(-1)}, at(0), at(8), 10, false},
		"nobody was answered since the last call":  {circuit{answersSince: at(-60), lastSuccess: at(7)}, at(0), at(8), 10, false},
		"the endpoint has just come back":          {circuit{answersSince: at(9), lastSuccess: at(9)}, at(0), at(8), 10, false},
		"it came back long ago":                    {circuit{answersSince: at(9), lastSuccess: at(18)}, at(0), at(10), 19, true},
		"it fails as a whole":                      {circuit{open: true, answersSince: at(-60), lastSuccess: at(9)}, at(0), at(8), 10, false},
		"after a restart":                          {circuit{answersSince: at(9), lastSuccess: at(20)}, at(-99), time.Time{}, 21, true},
		"soon after a restart":                     {circuit{answersSince: at(9), lastSuccess: at(12)}, at(-99), time.Time{}, 13, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := test.c.answeredOthers(test.first, test.failed, at(test.now), limit); got != test.want {
				t.Errorf("got %t, want %t", got, test.want)
			}
		})
	}
}

// TestCircuitHint: a sign of life lets a failing endpoint be tried at once, but not
// more often than once a second.
func TestCircuitHint(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	c := new(circuit)
	if c.hint(now) {
		t.Error("a hint about an endpoint that works")
	}
	for range 5 {
		c.failure("a", true, now, now)
		now = c.nextProbe
	}
	now = now.Add(-10 * time.Second)
	if !c.hint(now) || c.nextProbe.After(now) {
		t.Error("a sign of life did not bring the probe forward")
	}
	c.failure("a", true, now, now)
	if c.hint(now.Add(hintEvery - 1)) {
		t.Error("a second hint within a second")
	}
	if !c.hint(now.Add(hintEvery)) {
		t.Error("no hint after a second")
	}
}
