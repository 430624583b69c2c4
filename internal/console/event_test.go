package console

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/console/client"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/store"
)

// conversation is an event of one.
func conversation(c chat.Conversation) event.Outgoing {
	return event.Outgoing{Conversation: c.String(), Platform: chat.PlatformREST}
}

func TestListEventsFilters(t *testing.T) {
	t.Parallel()
	f := start(t)
	group, news := conversation(chat.GroupConversation("club")), conversation(chat.OfficialConversation("club"))
	refused := group
	refused.Command = exception
	// An event a minute, beginning at 12:00.
	var ids []int64
	for _, e := range []event.Outgoing{group, news, refused, group, group, group, group} {
		ids = append(ids, f.record(e)...)
		f.clock.add(time.Minute)
	}
	f.settle(ids[0], store.Delivered, "")
	f.settle(ids[1], store.Failed, "refused")
	f.settle(ids[2], store.Dead, "refused")
	f.settle(ids[3], store.Parked, "refused")
	f.settle(ids[4], store.Pending, "refused")

	tests := []struct {
		name  string
		query client.EventQuery
		want  []int
	}{
		{"everything", client.EventQuery{}, []int{6, 5, 4, 3, 2, 1, 0}},
		{"command", client.EventQuery{Command: exception}, []int{2}},
		{"group", client.EventQuery{Conversation: "group:club"}, []int{6, 5, 4, 3, 2, 0}},
		{"official account", client.EventQuery{Conversation: "official:club"}, []int{1}},
		{"bare ID means both", client.EventQuery{Conversation: "club"}, []int{6, 5, 4, 3, 2, 1, 0}},
		{"unknown conversation", client.EventQuery{Conversation: "pub"}, []int{}},
		{"pending includes retrying", client.EventQuery{State: "pending"}, []int{6, 5, 4}},
		{"retrying", client.EventQuery{State: "retrying"}, []int{4}},
		{"parked", client.EventQuery{State: "parked"}, []int{3}},
		{"dead", client.EventQuery{State: "dead"}, []int{2}},
		{"failed", client.EventQuery{State: "failed"}, []int{1}},
		{"delivered", client.EventQuery{State: "delivered"}, []int{0}},
		{"since a time", client.EventQuery{Since: "2026-03-01T12:05:00Z"}, []int{6, 5}},
		{"since a duration ago", client.EventQuery{Since: "3m"}, []int{6, 5, 4}},
		{"until", client.EventQuery{Until: "2026-03-01T12:02:00Z"}, []int{1, 0}},
		{"span", client.EventQuery{Since: "5m", Until: "4m"}, []int{2}},
		{"behind an event", client.EventQuery{Before: f.name(ids[2])}, []int{1, 0}},
		{"behind a number", client.EventQuery{Before: "3"}, []int{1, 0}},
	}
	for _, test := range tests {
		page := ok(f.api.ListEvents(t.Context(), theApp, test.query))(t)
		want := []string{}
		for _, i := range test.want {
			want = append(want, f.name(ids[i]))
		}
		if diff := cmp.Diff(names(page.Events), want); diff != "" || page.Next != "" {
			t.Errorf("%s: next %q (-got +want):\n%s", test.name, page.Next, diff)
		}
	}
}

func TestListEventsRefuses(t *testing.T) {
	t.Parallel()
	f := start(t)
	tests := []struct{ query, setting, words string }{
		{"state=lost", "state", "there are: pending, retrying"},
		{"limit=0", "limit", "from 1 to 500"},
		{"limit=501", "limit", "from 1 to 500"},
		{"limit=many", "limit", "from 1 to 500"},
		{"since=yesterday", "since", "neither a time"},
		{"until=-1h", "until", "neither a time"},
		{"before=evt-other-1", "before", "no event ID"},
		{"command=Group", "command", "is no webhook"},
		{"comand=x", "comand", "there are: command, conversation"},
	}
	for _, test := range tests {
		f.refusedWith(http.MethodGet, appPath("/events?"+test.query), "", http.StatusBadRequest, test.setting, test.words)
	}
}

func TestListEventsPages(t *testing.T) {
	t.Parallel()
	f := start(t)
	var ids []int64
	for i := range 12 {
		c := chat.GroupConversation("club")
		if i%3 == 0 {
			c = chat.OfficialConversation("club")
		}
		ids = append(ids, f.record(conversation(c))...)
	}
	f.record(conversation(chat.GroupConversation("other")))
	slices.Reverse(ids)
	var want []string
	for _, id := range ids {
		want = append(want, f.name(id))
	}
	for limit := 1; limit <= 13; limit++ {
		var got []string
		query := client.EventQuery{Conversation: "club", Limit: limit}
		for range 20 {
			page := ok(f.api.ListEvents(t.Context(), theApp, query))(t)
			if len(page.Events) > limit {
				t.Fatalf("limit %d: a page has %d events", limit, len(page.Events))
			}
			got = append(got, names(page.Events)...)
			if query.Before = page.Next; query.Before == "" {
				break
			}
		}
		if diff := cmp.Diff(got, want); diff != "" {
			t.Errorf("limit %d (-got +want):\n%s", limit, diff)
		}
	}
}

func TestMerged(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		found    []int64
		end      int64 // the highest of the ends of the listings
		limit    int
		want     []int64
		wantNext int64
	}{
		{"all of both", []int64{9, 5, 8, 2}, 0, 5, []int64{9, 8, 5, 2}, 0},
		{"one of them looked down to 5 only", []int64{9, 5, 8, 2}, 5, 5, []int64{9, 8, 5}, 5},
		{"nothing as far down as both looked", []int64{2}, 5, 5, []int64{}, 5},
		{"more than wanted", []int64{9, 5, 8, 2}, 0, 3, []int64{9, 8, 5}, 5},
		{"just as many as wanted", []int64{9, 8}, 0, 2, []int64{9, 8}, 0},
		{"as many as wanted above the end", []int64{9, 8}, 8, 2, []int64{9, 8}, 8},
	}
	for _, test := range tests {
		var found []store.Event
		for _, id := range test.found {
			found = append(found, store.Event{ID: id})
		}
		page, next := merged(found, test.end, test.limit)
		got := []int64{}
		for _, e := range page {
			got = append(got, e.ID)
		}
		if diff := cmp.Diff(got, test.want); diff != "" || next != test.wantNext {
			t.Errorf("%s: next %d, want %d (-got +want):\n%s", test.name, next, test.wantNext, diff)
		}
	}
}

func TestGetEvent(t *testing.T) {
	t.Parallel()
	f := start(t)
	ok(f.api.UpdateWebhook(t.Context(), theApp, client.WebhookChange{URL: new("https://user:word@example.com/hook?secret=1")}))(t)
	body := `{"CallbackCommand":"Group.CallbackAfterSendMsg","Text":"<&> é "}`
	id := f.record(event.Outgoing{Conversation: "group:club", ClientIP: "192.0.2.7", Platform: chat.PlatformREST, Body: []byte(body)})[0]
	f.settle(id, store.Pending, "no answer")
	f.clock.add(12 * time.Second)
	f.settle(id, store.Delivered, "")

	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	want := client.EventDetail{
		Event: client.Event{
			EventID: f.name(id), Command: afterGroup, Conversation: "group:club", Time: at, State: "delivered", Attempts: 2,
			ClientIP: "192.0.2.7", Platform: "RESTAPI", Explanation: "delivered at the 2nd attempt after 12 s",
		},
		URL: "https://example.com/hook", Body: body,
		AttemptLog: []client.Attempt{
			{Number: 1, Time: at, Duration: client.Duration(30 * time.Millisecond), Status: 200, Reason: "no answer"},
			{Number: 2, Time: at.Add(12 * time.Second), Duration: client.Duration(30 * time.Millisecond), Status: 200},
		},
	}
	for _, name := range []string{f.name(id), "1"} {
		if diff := cmp.Diff(ok(f.api.GetEvent(t.Context(), theApp, name))(t), want); diff != "" {
			t.Errorf("event %s (-got +want):\n%s", name, diff)
		}
	}
	f.refusedWith(http.MethodGet, appPath("/events/99"), "", http.StatusNotFound, "", f.name(99)+": not found")
	f.refusedWith(http.MethodGet, appPath("/events/evt-x"), "", http.StatusBadRequest, "", "no event ID")
}

func TestDelivery(t *testing.T) {
	t.Parallel()
	f := start(t)
	r := newReceiver(t)
	ok(f.api.UpdateWebhook(t.Context(), theApp, client.WebhookChange{URL: &r.URL}))(t)
	f.run()
	id := f.record(conversation(chat.GroupConversation("club")))[0]
	var e client.EventDetail
	f.await("delivered", func() bool {
		e = ok(f.api.GetEvent(t.Context(), theApp, f.name(id)))(t)
		return e.State == "delivered"
	})
	if len(e.AttemptLog) != 1 || e.AttemptLog[0].Status != http.StatusOK || !strings.HasPrefix(e.Explanation, "delivered at the first attempt after ") {
		t.Errorf("event: got %+v", e)
	}
	if diff := cmp.Diff(r.got(), []string{f.name(id)}); diff != "" {
		t.Errorf("the receiver (-got +want):\n%s", diff)
	}
}
