package group_test

import (
	"strings"
	"testing"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/group"
)

// TestRefusedSend: what the app's backend hears of a message that was not sent.
func TestRefusedSend(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.create("g", "Meeting", "bob")
	f.create("av", chat.AVChatRoom)
	f.mute("g", 60, "bob")
	f.mute("av", 60, "bob")
	type told struct {
		GroupID, Type, Sender string
		Random                uint32
		OnlineOnly            bool
		Elements              []chat.Element
		CloudCustomData       string
		Code                  int
	}
	hello := []chat.Element{{MsgType: "TIMTextElem", MsgContent: []byte(`{"Text":"hello"}`)}}
	for _, tt := range []struct {
		name string
		send group.SendRequest
		want told
	}{
		{
			name: "nothing at all", send: group.SendRequest{},
			want: told{Sender: admin, Code: 10004},
		},
		{
			name: "malformed GroupId", send: group.SendRequest{GroupID: "g\n", Random: new(uint32(7)), MsgBody: body("hello")},
			want: told{GroupID: "g\n", Sender: admin, Random: 7, Elements: hello, Code: 10015},
		},
		{
			name: "GroupId of a megabyte", send: group.SendRequest{GroupID: strings.Repeat("ä", 1<<19)},
			want: told{GroupID: strings.Repeat("ä", 128), Sender: admin, Code: 10015},
		},
		{
			name: "unknown group", send: group.SendRequest{GroupID: "unknown", Random: new(uint32(7)), MsgBody: body("hello"), OnlineOnly: true},
			want: told{GroupID: "unknown", Sender: admin, Random: 7, OnlineOnly: true, Elements: hello, Code: 10010},
		},
		{
			name: "no Random", send: group.SendRequest{GroupID: "g", MsgBody: body("hello"), OnlineOnly: true},
			want: told{GroupID: "g", Type: "Meeting", Sender: admin, OnlineOnly: true, Elements: hello, Code: 10004},
		},
		{
			name: "no Random in an AVChatRoom", send: group.SendRequest{GroupID: "av", MsgBody: body("hello"), OnlineOnly: true},
			want: told{GroupID: "av", Type: "AVChatRoom", Sender: admin, Elements: hello, Code: 10004},
		},
		{
			name: "body that is no array", send: group.SendRequest{GroupID: "g", Random: new(uint32(7)), MsgBody: []byte(`{"MsgType":"TIMTextElem"}`)},
			want: told{GroupID: "g", Type: "Meeting", Sender: admin, Random: 7, Code: 10004},
		},
		{
			name: "body with things that are no elements",
			send: group.SendRequest{GroupID: "g", Random: new(uint32(7)), MsgBody: []byte(`[1, {"MsgType": "New", "MsgContent": {"A": [1]}, "x": 1}, null, [], {"MsgType": 5}]`)},
			want: told{GroupID: "g", Type: "Meeting", Sender: admin, Random: 7, Elements: []chat.Element{{MsgType: "New", MsgContent: []byte(`{"A":[1]}`)}, {}}, Code: 10004},
		},
		{
			name: "much too long", send: group.SendRequest{GroupID: "g", Random: new(uint32(7)), MsgBody: body(strings.Repeat("x", 1<<16)), CloudCustomData: "c"},
			want: told{GroupID: "g", Type: "Meeting", Sender: admin, Random: 7, Code: 80002},
		},
		{
			name: "muted", send: group.SendRequest{GroupID: "g", From: "bob", Random: new(uint32(8)), MsgBody: body("hello"), CloudCustomData: "c"},
			want: told{GroupID: "g", Type: "Meeting", Sender: "bob", Random: 8, Elements: hello, CloudCustomData: "c", Code: 10017},
		},
		{
			name: "muted in an AVChatRoom", send: group.SendRequest{GroupID: "av", From: "bob", Random: new(uint32(8)), MsgBody: body("hello"), OnlineOnly: true},
			want: told{GroupID: "av", Type: "AVChatRoom", Sender: "bob", Random: 8, Elements: hello, Code: 10017},
		},
		{
			name: "unknown sender", send: group.SendRequest{GroupID: "g", From: "nobody", Random: new(uint32(8)), MsgBody: body("hello")},
			want: told{GroupID: "g", Type: "Meeting", Sender: "nobody", Random: 8, Elements: hello, Code: 10019},
		},
		{
			name: "silenced webhooks", send: group.SendRequest{GroupID: "g", From: "bob", Random: new(uint32(8)), MsgBody: body("hello"), SkipBefore: true, SkipAfter: true},
			want: told{GroupID: "g", Type: "Meeting", Sender: "bob", Random: 8, Elements: hello, Code: 10017},
		},
	} {
		f.hooks.take()
		recorded := len(f.recorded())
		err := f.trySend(&tt.send)
		heard, asked := f.hooks.take()
		equal(f, tt.name+": questions", asked, 0)
		if len(heard) != 1 {
			t.Errorf("%s: %d events", tt.name, len(heard))
			continue
		}
		e := heard[0].(event.GroupMessageRefused)
		got := told{
			GroupID: e.GroupID, Type: string(e.Type), Sender: e.Message.Sender, Random: e.Message.Random, OnlineOnly: e.Message.OnlineOnly,
			Elements: e.Message.Body.Elements, CloudCustomData: e.Message.CloudCustomData, Code: e.Err.Code,
		}
		equal(f, tt.name, got, tt.want)
		equal(f, tt.name+": text", e.Err.Text, chat.AsError(err).Text)
		equal(f, tt.name+": operator", e.Caller.UserID, admin)
		equal(f, tt.name+": time", e.At, f.clock.Now())
		equal(f, tt.name+": rows in the outbox", len(f.recorded()), recorded+1)
	}
}

// TestRefusedAfterRewrite: what the app's backend rewrote is what it hears of.
func TestRefusedAfterRewrite(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.create("g", chat.Public, "bob")
	rewritten, why := chat.ParseBody(body("***"))
	if why != "" {
		t.Fatal(why)
	}
	f.hooks.answer = func(event.BeforeGroupMessage) event.Answer {
		f.mute("g", 60, "bob") // while the backend thinks
		return event.Answer{Body: &rewritten}
	}
	r := f.say("g", "damn")
	r.From = "bob"
	f.refused("muted meanwhile", f.trySend(r), chat.ErrMuted)
	heard, _ := f.hooks.take()
	if len(heard) != 1 {
		t.Fatalf("%d events", len(heard))
	}
	equal(f, "told", heard[0].(event.GroupMessageRefused).Message.Body.JSON, body("***"))
}

// TestRefusedByApp: an app need not hear of what it refused itself.
func TestRefusedByApp(t *testing.T) {
	t.Parallel()
	custom := &chat.Error{Code: 10100, Text: "not today"}
	for _, tt := range []struct {
		name   string
		answer event.Answer
		report bool
		want   int
	}{
		{"refused, told", event.Answer{Refusal: custom, ByApp: true}, true, 1},
		{"refused, not told", event.Answer{Refusal: custom, ByApp: true}, false, 0},
		{"failed", event.Answer{Refusal: chat.ErrWebhookFailed}, false, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := start(t)
			f.create("g", chat.Public)
			f.change(func(a *chat.App) { a.Settings.ReportRefusals = tt.report })
			f.hooks.answers(tt.answer)
			r := f.say("g", "hello")
			f.refused("send", f.trySend(r), tt.answer.Refusal)
			heard, asked := f.hooks.take()
			equal(f, "events", len(heard), tt.want)
			equal(f, "questions", asked, 1)

			r.SkipBefore = true
			equal(f, "number of the message that nobody was asked about", f.send(r).Seq, 1)
			f.hooks.take()
			after := f.say("g", "quiet")
			after.SkipBefore, after.SkipAfter = true, true
			f.send(after)
			heard, asked = f.hooks.take()
			equal(f, "events and questions of a silent message", len(heard)+asked, 0)
		})
	}
}

// TestRefusedWhenStoreIsClosed: the sender is told even if nothing can be
// recorded.
func TestRefusedWhenStoreIsClosed(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.create("g", chat.Public)
	f.send(f.say("g", "hello"))
	f.must(f.store.Close())
	f.refused("send", f.trySend(f.say("g", "hello")), chat.ErrInternal)
	f.refused("wrong parameter", f.trySend(f.say("", "hello")), chat.ErrParameter)
	f.refused("mute", f.groups.Mute(f.Context(), f.rest(), "g", "", []string{"bob"}, new(uint32(1))), chat.ErrInternal)
	_, err := f.groups.History(f.Context(), f.rest(), group.HistoryRequest{GroupID: "g", Number: 1})
	f.refused("history", err, chat.ErrInternal)
}
