package console

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/console/client"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/store"
)

// inState returns the names of the events in a state, newest first.
func (f *fixture) inState(state string) []string {
	f.Helper()
	page := ok(f.api.ListEvents(f.Context(), theApp, client.EventQuery{State: state, Limit: maxLimit}))(f)
	return names(page.Events)
}

func TestReplayOne(t *testing.T) {
	t.Parallel()
	f := start(t)
	ids := f.record(conversation(chat.GroupConversation("club")), conversation(chat.GroupConversation("club")))
	f.settle(ids[0], store.Delivered, "")
	replay := func(id int64) client.ReplayRequest { return client.ReplayRequest{EventID: f.name(id)} }
	if n := ok(f.api.Replay(t.Context(), theApp, replay(ids[0])))(t); n != 1 {
		t.Errorf("got %d, want 1", n)
	}
	if e := ok(f.api.GetEvent(t.Context(), theApp, f.name(ids[0])))(t); e.State != "pending" || e.Attempts != 1 {
		t.Errorf("got %+v, want it pending, its attempt not forgotten", e)
	}
	const post = http.MethodPost
	path := appPath("/events/replay")
	f.refusedWith(post, path, `{"EventID":"`+f.name(ids[1])+`"}`, http.StatusConflict, "", "waits to be delivered already")
	f.refusedWith(post, path, `{"EventID":"99"}`, http.StatusNotFound, "", "not found")
	f.refusedWith(post, path, `{"EventID":"evt"}`, http.StatusBadRequest, "", "no event ID")
	f.refusedWith(post, path, `{"EventID":"1","Dead":true}`, http.StatusBadRequest, "", "stands alone")
}

func TestReplayRefuses(t *testing.T) {
	t.Parallel()
	f := start(t)
	const post = http.MethodPost
	path := appPath("/events/replay")
	f.refusedWith(post, path, `{}`, http.StatusBadRequest, "", "say which events")
	f.refusedWith(post, path, `{"Until":"1h"}`, http.StatusBadRequest, "", "say which events")
	f.refusedWith(post, path, `{"Since":"today"}`, http.StatusBadRequest, "since", "neither a time")
	f.refusedWith(post, path, `{"Since":"1h","Until":"now"}`, http.StatusBadRequest, "until", "neither a time")
}

func TestReplaySpan(t *testing.T) {
	t.Parallel()
	states := []store.EventState{store.Delivered, store.Failed, store.Dead, store.Parked, store.Pending, store.Dead, store.Delivered}
	tests := []struct {
		name    string
		request client.ReplayRequest
		want    []int // minutes after twelve, when the events were recorded
	}{
		{"since", client.ReplayRequest{Since: "2026-03-01T12:02:00Z"}, []int{2, 5, 6}},
		{"since, and until in the past", client.ReplayRequest{Since: "2026-03-01T12:01:00Z", Until: "2026-03-01T12:06:00Z"}, []int{1, 2, 5}},
		{"nothing in the span", client.ReplayRequest{Since: "2026-03-01T12:03:00Z", Until: "2026-03-01T12:05:00Z"}, nil},
		{"empty span", client.ReplayRequest{Since: "1m", Until: "1h"}, nil},
		{"until in the future", client.ReplayRequest{Since: "1h", Until: "2027-01-01T00:00:00Z"}, []int{0, 1, 2, 5, 6}},
		{"dead", client.ReplayRequest{Dead: true}, []int{2, 5}},
		{"dead since", client.ReplayRequest{Dead: true, Since: "2026-03-01T12:03:00Z"}, []int{5}},
		{"dead until", client.ReplayRequest{Dead: true, Until: "2026-03-01T12:03:00Z"}, []int{2}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := start(t)
			var ids []int64
			for _, state := range states {
				id := f.record(conversation(chat.GroupConversation("club")))[0]
				if ids = append(ids, id); state != store.Pending {
					f.settle(id, state, "reason")
				}
				f.clock.add(time.Minute)
			}
			if n := ok(f.api.Replay(t.Context(), theApp, test.request))(t); n != len(test.want) {
				t.Errorf("got %d, want %d", n, len(test.want))
			}
			again := map[string]bool{f.name(ids[4]): true} // was pending before
			for _, i := range test.want {
				again[f.name(ids[i])] = true
			}
			got := map[string]bool{}
			for _, name := range f.inState("pending") {
				got[name] = true
			}
			if diff := cmp.Diff(got, again); diff != "" {
				t.Errorf("pending (-got +want):\n%s", diff)
			}
		})
	}
}

func TestReplayInSteps(t *testing.T) {
	t.Parallel()
	for _, n := range []int{replayStep - 1, replayStep, 2*replayStep + 100} {
		f := start(t)
		f.fill(n, store.Dead)
		f.clock.add(time.Minute)
		f.fill(3, store.Dead)
		if got := ok(f.api.Replay(t.Context(), theApp, client.ReplayRequest{Since: "1h", Until: "30s"}))(t); got != n {
			t.Errorf("got %d, want %d", got, n)
		}
		if got := len(f.inState("dead")); got != 3 {
			t.Errorf("%d are left, want 3", got)
		}
		if got := ok(f.api.Replay(t.Context(), theApp, client.ReplayRequest{Dead: true}))(t); got != 3 {
			t.Errorf("the rest: got %d, want 3", got)
		}
	}
}

// fill records n events in one transaction and settles them in another.
func (f *fixture) fill(n int, state store.EventState) {
	f.Helper()
	rows := make([]event.Outgoing, n)
	for i := range rows {
		rows[i] = event.Outgoing{SDKAppID: theApp, Command: afterGroup, Conversation: "group:club", Body: []byte("{}")}
	}
	f.update(func(tx store.Tx) error { return tx.AddEvents(f.Context(), rows) })
	last := f.newest()
	outcomes := make([]store.Settlement, n)
	for i := range outcomes {
		outcomes[i] = store.Settlement{
			EventID: last - int64(n-1-i), State: state, FirstAttempt: f.clock.Now(),
			Attempt: store.Attempt{Number: 1, Time: f.clock.Now(), Reason: "no answer"},
		}
	}
	f.update(func(tx store.Tx) error { return tx.Settle(f.Context(), outcomes) })
}

func TestReplayIsDelivered(t *testing.T) {
	t.Parallel()
	f := start(t)
	r := newReceiver(t)
	f.fill(3, store.Dead)
	ok(f.api.UpdateWebhook(t.Context(), theApp, client.WebhookChange{URL: &r.URL}))(t)
	f.run()
	if n := ok(f.api.Replay(t.Context(), theApp, client.ReplayRequest{Dead: true}))(t); n != 3 {
		t.Errorf("got %d, want 3", n)
	}
	f.await("delivered", func() bool { return len(f.inState("delivered")) == 3 })
	if diff := cmp.Diff(r.got(), []string{f.name(1), f.name(2), f.name(3)}); diff != "" {
		t.Errorf("the receiver (-got +want):\n%s", diff)
	}
}
