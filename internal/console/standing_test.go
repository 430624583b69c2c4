package console

import (
	"fmt"
	"testing"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/store"
)

func TestSentence(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	recorded := now.Add(-time.Minute)
	attempt := func(n int, after time.Duration) store.Attempt {
		return store.Attempt{Number: n, Time: recorded.Add(after), Duration: 500 * time.Millisecond}
	}
	fresh := store.Event{ID: 7, State: store.Pending}
	retried := store.Event{ID: 7, State: store.Pending, Attempts: 3, FirstAttempt: recorded, NextAttempt: now.Add(4 * time.Second), Reason: "connection refused"}
	first := store.Event{ID: 5, State: store.Pending}
	firstRetried := retried
	firstRetried.ID = 5
	failing := Endpoint{Failing: true, NextProbe: now.Add(4 * time.Second)}

	tests := []struct {
		name     string
		event    store.Event
		attempts []store.Attempt
		head     *store.Event
		endpoint Endpoint
		noURL    bool
		want     string
	}{
		{
			name: "delivered at once", event: store.Event{ID: 7, State: store.Delivered, Attempts: 1}, attempts: []store.Attempt{attempt(1, 0)},
			want: "delivered at the first attempt after 500 ms",
		},
		{
			name: "delivered later", event: store.Event{ID: 7, State: store.Delivered, Attempts: 3},
			attempts: []store.Attempt{attempt(1, 0), attempt(2, time.Second), attempt(3, 12*time.Second)},
			want:     "delivered at the 3rd attempt after 12 s",
		},
		{
			name: "delivered, attempts not kept", event: store.Event{ID: 7, State: store.Delivered, Attempts: 12},
			want: "delivered at the 12th attempt",
		},
		{
			name: "failed", event: store.Event{ID: 7, State: store.Failed, Attempts: 1, Reason: "connection refused"},
			want: "tried once and not delivered, as the app's delivery mode was once: connection refused",
		},
		{
			name: "dead", event: store.Event{ID: 7, State: store.Dead, Attempts: 433, Reason: "connection refused"},
			want: "given up after 433 attempts: connection refused",
		},
		{
			name:  "parked",
			event: store.Event{ID: 7, State: store.Parked, Attempts: 9, Reason: "no answer", NextAttempt: now.Add(5 * time.Minute)},
			want: "parked: it failed for longer than 10 min while the endpoint answered for others, so it is retried by itself, next in 5 min, " +
				"and later events of its conversation go on without it; the last attempt failed because no answer",
		},
		{name: "about to be delivered", event: fresh, head: &fresh, want: "about to be delivered"},
		{
			name: "made pending again", event: store.Event{ID: 7, State: store.Pending, Attempts: 3}, head: &fresh,
			want: "about to be delivered again",
		},
		{
			name: "retried", event: retried, head: &retried,
			want: "3rd attempt failed because connection refused; the next one is in 4 s",
		},
		{
			name: "due", event: store.Event{ID: 7, Attempts: 1, FirstAttempt: recorded, NextAttempt: now, Reason: "no answer"},
			want: "first attempt failed because no answer; the next one is due now",
		},
		{
			name: "behind another", event: fresh, head: &first,
			want: "waiting behind evt-5 of the same conversation, which is about to be delivered",
		},
		{
			name: "behind one that fails", event: fresh, head: &firstRetried,
			want: "waiting behind evt-5 of the same conversation, which fails since 2026-03-01T11:59:00Z because connection refused",
		},
		{
			name: "no URL", event: retried, head: &firstRetried, endpoint: failing, noURL: true,
			want: "waiting: the webhook URL is not set; it is delivered as soon as there is one",
		},
		{
			name: "endpoint failing", event: retried, head: &retried, endpoint: failing,
			want: "endpoint failing, next probe in 4 s; the last attempt failed because connection refused",
		},
		{
			name: "endpoint failing, never tried", event: fresh, head: &fresh, endpoint: failing,
			want: "endpoint failing, next probe in 4 s",
		},
		{
			name: "endpoint failing and behind another", event: fresh, head: &firstRetried, endpoint: failing,
			want: "endpoint failing, next probe in 4 s; the last attempt failed because connection refused; before it, evt-5 of the same conversation must be delivered",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			a := &chat.App{Settings: chat.DefaultSettings(), Webhook: chat.Webhook{URL: "http://example.com"}}
			if test.noURL {
				a.Webhook.URL = ""
			}
			test.event.Time = recorded
			s := standing{
				now: now, app: a, endpoint: test.endpoint, event: &test.event, attempts: test.attempts, head: test.head,
				name: func(id int64) string { return fmt.Sprintf("evt-%d", id) },
			}
			if got := s.sentence(); got != test.want {
				t.Errorf("\n got %s\nwant %s", got, test.want)
			}
		})
	}
}

func TestOrdinal(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]string{1: "first", 2: "2nd", 3: "3rd", 4: "4th", 11: "11th", 12: "12th", 13: "13th", 21: "21st", 111: "111th", 122: "122nd"} {
		if got := ordinal(n); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
