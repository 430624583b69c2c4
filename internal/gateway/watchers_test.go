package gateway

import (
	"fmt"
	"testing"
)

func TestWatchers(t *testing.T) {
	t.Parallel()
	var w watchers
	a, b := new(session), new(session)
	user := func(i int) userKey { return userKey{1, fmt.Sprint("user", i)} }
	seen := func(i int) int { return len(w.appendTo(nil, user(i))) }
	check := func(what string, got, want int) {
		t.Helper()
		if got != want {
			t.Errorf("%s: got %d, want %d", what, got, want)
		}
	}
	w.drop(a) // of nothing
	for i := range maxWatched {
		w.watch(a, []userKey{user(i), user(i)})
	}
	w.watch(b, []userKey{user(0), user(1)})
	check("both watch the first", seen(0), 2)
	check("one watches the last", seen(maxWatched-1), 1)
	w.watch(a, []userKey{user(0), user(maxWatched)})
	check("the oldest was pushed out", seen(0), 1)
	check("the second is still watched", seen(1), 2)
	check("the newest is watched", seen(maxWatched), 1)
	check("as many as may be", len(w.by[a]), maxWatched)
	w.unwatch(a, []userKey{user(1), user(-1)})
	check("one less", seen(1), 1)
	w.drop(a)
	w.drop(b)
	check("sessions", len(w.by), 0)
	check("users", len(w.of), 0)
}
