package inbox

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// served runs one request against in and returns its answer and how long it took.
func served(ctx context.Context, in *Inbox, method, target string) (*httptest.ResponseRecorder, time.Duration) {
	start := time.Now()
	recorder := httptest.NewRecorder()
	in.ServeHTTP(recorder, httptest.NewRequestWithContext(ctx, method, target, strings.NewReader("{}")))
	return recorder, time.Since(start)
}

func TestDelayedAnswer(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, delay string
		want        time.Duration
	}{
		{"as long as asked", "3s", 3 * time.Second},
		{"at most 30 seconds", "1h", MaxDelay},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				answer, took := served(t.Context(), New(Options{}), http.MethodPost, "/inbox/a?reply_delay="+test.delay)
				if took != test.want || answer.Code != http.StatusOK {
					t.Errorf("got %d after %s, want 200 after %s", answer.Code, took, test.want)
				}
			})
		})
	}
}

func TestDelayedAnswerEndsEarly(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		end  func(in *Inbox, cancel func())
	}{
		{"sender is gone", func(_ *Inbox, cancel func()) { cancel() }},
		{"server stops", func(in *Inbox, _ func()) { in.Close() }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				in := New(Options{})
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				time.AfterFunc(time.Second, func() { test.end(in, cancel) })
				answer, took := served(ctx, in, http.MethodPost, "/inbox/a?reply_delay=20s")
				if took != time.Second || answer.Code != http.StatusServiceUnavailable {
					t.Errorf("got %d after %s, want 503 after 1s", answer.Code, took)
				}
				if got := len(in.memory.after("a", fromStart).received); got != 1 {
					t.Errorf("kept: got %d, want 1", got)
				}
			})
		})
	}
}

func TestLongPollEnds(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, wait string
		end        func(in *Inbox, cancel func())
		want       time.Duration
	}{
		{"when the time is over", "10s", nil, 10 * time.Second},
		{"after 30 seconds at most", "1h", nil, MaxWait},
		{"when the server stops", "10s", func(in *Inbox, _ func()) { in.Close() }, time.Second},
		{"when the reader is gone", "10s", func(_ *Inbox, cancel func()) { cancel() }, time.Second},
		{"not when it is cleared", "10s", func(in *Inbox, _ func()) { in.memory.clear("a") }, 10 * time.Second},
		{"with what arrives", "10s", func(in *Inbox, _ func()) { in.memory.add("a", &Received{}) }, time.Second},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				in := New(Options{})
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				if test.end != nil {
					time.AfterFunc(time.Second, func() { test.end(in, cancel) })
				}
				answer, took := served(ctx, in, http.MethodGet, "/inbox/a?wait="+test.wait)
				if took != test.want || answer.Code != http.StatusOK {
					t.Errorf("got %d after %s, want 200 after %s", answer.Code, took, test.want)
				}
				if len(in.memory.subscribers) != 0 {
					t.Error("the reader is still subscribed")
				}
			})
		})
	}
}

func TestStreamBeats(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		in := New(Options{})
		time.AfterFunc(2*heartbeat+time.Second, in.Close)
		answer, _ := served(t.Context(), in, http.MethodGet, "/inbox/a?stream")
		if got := strings.Count(answer.Body.String(), ":\n\n"); got != 2 {
			t.Errorf("got %d heartbeats, want 2, in\n%s", got, answer.Body)
		}
		if len(in.memory.subscribers) != 0 {
			t.Error("the reader is still subscribed")
		}
	})
}
