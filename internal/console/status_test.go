package console

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/console/client"
	"github.com/parley-im/parley/internal/store"
)

func TestStatusCounts(t *testing.T) {
	t.Parallel()
	f := start(t)
	ok(f.api.UpdateWebhook(t.Context(), theApp, client.WebhookChange{URL: new("http://127.0.0.1:1/")}))(t)
	for _, state := range []store.EventState{store.Delivered, store.Parked, store.Dead, store.Dead, store.Failed, store.Pending} {
		f.settle(f.record(conversation(chat.GroupConversation("club")))[0], state, "no answer")
		f.clock.add(time.Second)
	}
	f.record(conversation(chat.GroupConversation("club")))
	want := client.WebhookStatus{
		Summary: "the endpoint answers, but some events are being retried", URLSet: true,
		LastSuccess: time.Date(2026, 3, 1, 12, 0, 0, 30_000_000, time.UTC), LastReason: "no answer",
		Pending: 2, Parked: 1, Dead: 2, CountLimit: countLimit,
	}
	if diff := cmp.Diff(ok(f.api.GetStatus(t.Context(), theApp))(t), want); diff != "" {
		t.Errorf("status (-got +want):\n%s", diff)
	}
}

func TestStatusOfFailingEndpoint(t *testing.T) {
	t.Parallel()
	f := start(t)
	r := newReceiver(t)
	r.Close()
	ok(f.api.UpdateWebhook(t.Context(), theApp, client.WebhookChange{URL: &r.URL}))(t)
	f.run()
	id := f.record(conversation(chat.GroupConversation("club")))[0]
	var status client.WebhookStatus
	f.await("failing", func() bool {
		status = ok(f.api.GetStatus(t.Context(), theApp))(t)
		return status.Failing && status.LastReason != ""
	})
	if status.NextProbe.IsZero() || status.Pending != 1 {
		t.Errorf("got %+v, want the next probe and one that waits", status)
	}
	e := ok(f.api.GetEvent(t.Context(), theApp, f.name(id)))(t)
	if e.State != "retrying" || e.Reason == "" {
		t.Errorf("event: got %+v", e)
	}

	other := newReceiver(t)
	ok(f.api.UpdateWebhook(t.Context(), theApp, client.WebhookChange{URL: &other.URL}))(t)
	f.await("delivered", func() bool { return len(f.inState("delivered")) == 1 })
	if status = ok(f.api.GetStatus(t.Context(), theApp))(t); status.Failing || status.Summary != "everything is delivered" || status.LastSuccess.IsZero() {
		t.Errorf("after recovery: got %+v", status)
	}
}

func TestSummary(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	tests := []struct {
		status client.WebhookStatus
		off    bool
		want   string
	}{
		{client.WebhookStatus{}, false, "the webhook URL is not set, so nothing fires"},
		{client.WebhookStatus{Pending: 1}, false, "the webhook URL is not set; 1 event waits for it"},
		{client.WebhookStatus{URLSet: true}, true, "no webhook is switched on, so nothing fires"},
		{client.WebhookStatus{URLSet: true}, false, "everything is delivered"},
		{client.WebhookStatus{URLSet: true, Pending: 2}, false, "delivering"},
		{client.WebhookStatus{URLSet: true, Parked: 2}, false, "the endpoint answers, but some events are parked: they are retried by themselves"},
		{
			client.WebhookStatus{URLSet: true, Failing: true, NextProbe: now.Add(4 * time.Second), Pending: countLimit},
			false,
			"the endpoint fails; more than 100000 events wait and the next probe is in 4 s",
		},
	}
	for _, test := range tests {
		a := &chat.App{Webhook: chat.Webhook{On: []string{afterGroup}}}
		if test.off {
			a.Webhook.On = nil
		}
		if got := summary(&test.status, a, now); got != test.want {
			t.Errorf("\n got %s\nwant %s", got, test.want)
		}
	}
}

func TestStatusOfUnknownApp(t *testing.T) {
	t.Parallel()
	f := start(t)
	for _, path := range []string{"/webhook", "/webhook/status", "/webhook/explain", "/events", "/events/1"} {
		f.refusedWith(http.MethodGet, "/apps/7"+path, "", http.StatusNotFound, "", "no such app")
	}
}
