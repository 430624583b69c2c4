package console

import (
	"slices"
	"strings"
	"testing"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/console/client"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/store"
)

func TestExplain(t *testing.T) {
	t.Parallel()
	url := client.WebhookChange{URL: new("http://user:word@127.0.0.1:1/hook?secret=1")}
	off := url
	off.Off = []string{"all"}
	asks := url
	asks.On = []string{beforeGroup}
	tests := []struct {
		name                  string
		change                *client.WebhookChange
		command, conversation string
		events                []event.Outgoing
		verdict               string
		findings, hints       []string
		wantEvents            int
	}{
		{
			name: "no URL", verdict: "the webhook URL is not set, so nothing fires",
			findings: []string{"every webhook is switched off"}, hints: []string{"parley webhook set --sdkappid 1400000001 --url URL"},
		},
		{
			name: "all off", change: &off, verdict: "every webhook is switched off", hints: []string{"--on after"},
		},
		{
			name: "one off", change: &url, command: beforeGroup, verdict: beforeGroup + " is switched off", hints: []string{"--on " + beforeGroup},
		},
		{
			name: "unknown command", change: &url, command: "Group.Callback", verdict: `"Group.Callback" is no webhook; there are: Group.CallbackBeforeSendMsg`,
		},
		{
			name: "before-webhook", change: &asks, command: beforeGroup, verdict: "before-webhooks are asked at once and leave no trace",
			findings: []string{"waits 2 s for an answer; without one the policy is allow"}, hints: []string{"a before-webhook failed"},
		},
		{
			name: "nothing recorded", change: &url, command: afterGroup, verdict: "no such event was recorded",
			findings: []string{afterGroup + " is switched on", "the webhook URL is http://127.0.0.1:1/hook"},
			hints:    []string{"kept for 7 d", "ForbidAfterSendMsgCallback", exception},
		},
		{
			name: "unknown group", change: &url, conversation: "pub", verdict: "no such event was recorded",
			findings: []string{"there is no group:pub or official:pub"}, hints: []string{"fires " + exception + " only"},
		},
		{
			name: "group and its events", change: &url, conversation: "club",
			events: []event.Outgoing{
				conversation(chat.GroupConversation("club")), conversation(chat.GroupConversation("pub")), conversation(chat.GroupConversation("club")),
			},
			verdict:  "of Group.CallbackAfterSendMsg: waiting behind evt-",
			findings: []string{"group:club exists", "switched on: Group.CallbackAfterSendMsg", "switched off: Group.CallbackBeforeSendMsg"}, wantEvents: 2,
		},
		{
			name: "only the newest", change: &url, events: slices.Repeat([]event.Outgoing{conversation(chat.GroupConversation("club"))}, explained+1),
			verdict: "the newest event, evt-", wantEvents: explained,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := start(t)
			f.update(func(tx store.Tx) error {
				return tx.CreateGroup(t.Context(), theApp, &chat.Group{ID: "club", Type: "Public", Name: "Club"})
			})
			if test.change != nil {
				ok(f.api.UpdateWebhook(t.Context(), theApp, *test.change))(t)
			}
			f.record(test.events...)
			got := ok(f.api.Explain(t.Context(), theApp, test.command, test.conversation))(t)
			if !strings.Contains(got.Verdict, test.verdict) {
				t.Errorf("verdict: got %s, want %s", got.Verdict, test.verdict)
			}
			for _, want := range test.findings {
				if !slices.ContainsFunc(got.Findings, func(x client.Finding) bool { return strings.Contains(x.Text, want) }) {
					t.Errorf("findings: got %+v, want %q", got.Findings, want)
				}
			}
			for _, want := range test.hints {
				if !slices.ContainsFunc(got.Hints, func(x string) bool { return strings.Contains(x, want) }) {
					t.Errorf("hints: got %q, want %q", got.Hints, want)
				}
			}
			if len(got.Events) != test.wantEvents {
				t.Errorf("got %d events, want %d", len(got.Events), test.wantEvents)
			}
			for _, e := range got.Events {
				if e.Explanation == "" {
					t.Errorf("%s is not explained", e.EventID)
				}
			}
		})
	}
}

func TestExplainFailingEndpoint(t *testing.T) {
	t.Parallel()
	f := start(t)
	r := newReceiver(t)
	r.Close()
	ok(f.api.UpdateWebhook(t.Context(), theApp, client.WebhookChange{URL: &r.URL}))(t)
	f.run()
	f.record(conversation(chat.GroupConversation("club")))
	var got client.Explanation
	f.await("failing", func() bool {
		got = ok(f.api.Explain(t.Context(), theApp, "", ""))(t)
		return strings.HasPrefix(got.Verdict, "the endpoint fails as a whole") && got.Events[0].Reason != ""
	})
	if e := got.Events[0]; !strings.HasPrefix(e.Explanation, "endpoint failing, next probe") || !strings.Contains(e.Explanation, "connection refused") {
		t.Errorf("event: got %s", e.Explanation)
	}
}
