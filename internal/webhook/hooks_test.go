package webhook

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/parley-im/parley/callback"
	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
)

// newHooks makes hooks for questions, without a store.
func newHooks(tb testing.TB) (*Hooks, *logged) {
	tb.Helper()
	log := new(logged)
	h, _ := New(Options{
		Store: installation{}, Apps: func(chat.SDKAppID) *chat.App { return nil }, Concurrency: 1, Reach: Loopback, Clock: time.Now,
		Log: slog.New(slog.NewTextHandler(log, nil)),
	})
	tb.Cleanup(func() {
		h.client.close()
		log.check(tb)
	})
	return h, log
}

// asking is an app that wants to be asked about everything.
func asking(url string) *chat.App {
	a := newApp(testApp, url)
	a.Webhook.On = []string{
		string(callback.CommandGroupBeforeSendMsg), string(callback.CommandOfficialAccountBeforeSendMsg),
		string(callback.CommandGroupBeforeInviteJoinGroup), string(callback.CommandSNSPrevFriendAdd),
	}
	return a
}

// inviteQuestion is one that is about no message.
func inviteQuestion(*chat.Message) event.Event {
	return event.BeforeGroupInvite{Group: groupEvent(chat.Caller{UserID: "alice"}), Members: []string{"bob", "carol"}}
}

// text is a message of one element of text.
func text(tb testing.TB, s string) *chat.Message {
	tb.Helper()
	raw, err := plainJSON([]callback.MsgElement{callback.TextElement(s)})
	if err != nil {
		tb.Fatal(err)
	}
	body, why := chat.ParseBody(raw)
	if why != "" {
		tb.Fatal(why)
	}
	return &chat.Message{Sender: "alice", Random: 4000000000, Body: body, Time: sentAt, Seq: 7}
}

var sentAt = time.UnixMilli(1670574414123)

func groupQuestion(m *chat.Message) event.Event {
	return event.BeforeGroupMessage{GroupMessage: groupMessage(m), At: sentAt}
}

func groupMessage(m *chat.Message) event.GroupMessage {
	return event.GroupMessage{
		Caller:  chat.Caller{UserID: "admin", Admin: true, Platform: chat.PlatformREST, ClientIP: "192.0.2.1"},
		GroupID: "@TGS#1", Type: chat.Public, Message: m,
	}
}

func officialQuestion(m *chat.Message) event.Event {
	return event.BeforeOfficialMessage{OfficialMessage: officialMessage(m), At: sentAt}
}

func officialMessage(m *chat.Message) event.OfficialMessage {
	return event.OfficialMessage{
		Caller: chat.Caller{UserID: "owner", Platform: chat.PlatformWeb, ClientIP: "192.0.2.1"}, OfficialID: "@TOA#1", Message: m,
	}
}

func TestAsk(t *testing.T) {
	t.Parallel()
	const element = `{"MsgType":"TIMTextElem","MsgContent":{"Text":"<masked>"}}`
	long := strings.Repeat("x", 7000)
	replaced, longBody := text(t, "<masked>").Body, text(t, long).Body
	failed := event.Answer{Refusal: chat.ErrWebhookFailed}
	byApp := event.Answer{Refusal: chat.ErrRefusedByApp, ByApp: true}
	custom := func(code int, info string) event.Answer {
		return event.Answer{Refusal: &chat.Error{Code: code, Text: info}, ByApp: true}
	}
	data, empty := "data", ""
	for name, test := range map[string]struct {
		ask    func(*chat.Message) event.Event
		text   string // of the message
		data   string // of the message
		status int
		reply  string
		want   event.Answer
	}{
		"allowed":                                        {reply: allOK},
		"allowed with FAIL":                              {reply: `{"ActionStatus":"FAIL","ErrorInfo":"x","ErrorCode":0}`},
		"allowed as text":                                {reply: `{"ErrorCode":"0"}`},
		"nothing replaced":                               {reply: `{"ErrorCode":0,"MsgBody":null,"CloudCustomData":null}`},
		"refused":                                        {reply: `{"ActionStatus":"OK","ErrorInfo":"no","ErrorCode":1}`, want: byApp},
		"refused, official account":                      {ask: officialQuestion, reply: `{"ErrorCode":1}`, want: byApp},
		"discarded":                                      {reply: `{"ErrorCode":2}`, want: event.Answer{Discard: true}},
		"discarded, official account":                    {ask: officialQuestion, reply: `{"ErrorCode":2}`, want: event.Answer{Discard: true}},
		"lowest code of its own":                         {reply: `{"ErrorCode":10100,"ErrorInfo":"be nice"}`, want: custom(10100, "be nice")},
		"highest code of its own":                        {reply: `{"ErrorCode":10200,"ErrorInfo":""}`, want: custom(10200, "")},
		"below the codes of its own":                     {reply: `{"ErrorCode":10099,"ErrorInfo":"x"}`, want: byApp},
		"above the codes of its own":                     {reply: `{"ErrorCode":10201}`, want: byApp},
		"a code of official accounts":                    {reply: `{"ErrorCode":120001}`, want: byApp},
		"negative code":                                  {reply: `{"ErrorCode":-1}`, want: byApp},
		"official: lowest code":                          {ask: officialQuestion, reply: `{"ErrorCode":120001,"ErrorInfo":"x"}`, want: custom(120001, "x")},
		"official: highest code":                         {ask: officialQuestion, reply: `{"ErrorCode":130000}`, want: custom(130000, "")},
		"official: a code of groups":                     {ask: officialQuestion, reply: `{"ErrorCode":10100}`, want: byApp},
		"invitation: allowed":                            {ask: inviteQuestion, reply: `{"ErrorCode":0,"MsgBody":[` + element + `],"CloudCustomData":"x"}`},
		"invitation: some left out":                      {ask: inviteQuestion, reply: `{"ErrorCode":0,"RefusedMembers_Account":["bob"]}`, want: event.Answer{RefusedMembers: []string{"bob"}}},
		"invitation: refused":                            {ask: inviteQuestion, reply: `{"ErrorCode":1,"RefusedMembers_Account":["bob"]}`, want: byApp},
		"invitation: own code":                           {ask: inviteQuestion, reply: `{"ErrorCode":10150,"ErrorInfo":"no"}`, want: custom(10150, "no")},
		"invitation: discarded":                          {ask: inviteQuestion, reply: `{"ErrorCode":2}`, want: byApp},
		"friends: all may be asked":                      {ask: friendQuestion, reply: `{"ErrorCode":0}`},
		"friends: the code of the whole decides nothing": {ask: friendQuestion, reply: `{"ErrorCode":1,"ErrorInfo":"no"}`},
		"friends: one refused":                           {ask: friendQuestion, reply: `{"ErrorCode":0,"ResultItem":[{"To_Account":"bob","ResultCode":1},{"To_Account":"carol","ResultCode":0}]}`, want: event.Answer{ByApp: true, Refusals: map[string]*chat.Error{"bob": chat.ErrFriendRefusedByApp}}},
		"friends: own code":                              {ask: friendQuestion, reply: `{"ErrorCode":0,"ResultItem":[{"To_Account":"bob","ResultCode":38123,"ResultInfo":"no"}]}`, want: event.Answer{ByApp: true, Refusals: map[string]*chat.Error{"bob": {Code: 38123, Text: "no"}}}},
		"a refusal replaces nothing":                     {reply: `{"ErrorCode":1,"MsgBody":[` + element + `]}`, want: byApp},
		"body replaced":                                  {reply: `{"ErrorCode":0,"MsgBody":[ ` + element + ` ]}`, want: event.Answer{Body: &replaced}},
		"official: body replaced":                        {ask: officialQuestion, reply: `{"ErrorCode":0,"MsgBody":[` + element + `]}`, want: event.Answer{Body: &replaced}},
		"data replaced":                                  {reply: `{"ErrorCode":0,"CloudCustomData":"data"}`, want: event.Answer{CloudCustomData: &data}},
		"data removed":                                   {data: "x", reply: `{"ErrorCode":0,"CloudCustomData":""}`, want: event.Answer{CloudCustomData: &empty}},
		"both replaced":                                  {reply: `{"ErrorCode":0,"MsgBody":[` + element + `],"CloudCustomData":"data"}`, want: event.Answer{Body: &replaced, CloudCustomData: &data}},
		"empty body":                                     {reply: `{"ErrorCode":0,"MsgBody":[]}`, want: failed},
		"body of no array":                               {reply: `{"ErrorCode":0,"MsgBody":"masked"}`, want: failed},
		"unknown element":                                {reply: `{"ErrorCode":0,"MsgBody":[{"MsgType":"TIMNoElem","MsgContent":{}}]}`, want: failed},
		"element without its text":                       {reply: `{"ErrorCode":0,"MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{}}]}`, want: failed},
		"body too long":                                  {reply: `{"ErrorCode":0,"MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"` + long + long + `"}}]}`, want: failed},
		"data too long":                                  {reply: `{"ErrorCode":0,"CloudCustomData":"` + long + long + `"}`, want: failed},
		"data too long beside body":                      {reply: `{"ErrorCode":0,"MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"` + long + `"}}],"CloudCustomData":"` + long + `"}`, want: failed},
		"body too long beside old data": {
			data: long, reply: `{"ErrorCode":0,"MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"` + long + `"}}]}`, want: failed,
		},
		"long body instead of a long one": {
			text: long, reply: `{"ErrorCode":0,"MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"` + long + `"}}]}`, want: event.Answer{Body: &longBody},
		},
		"long body instead of long data": {
			data: long, reply: `{"ErrorCode":0,"MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"` + long + `"}}],"CloudCustomData":""}`,
			want: event.Answer{Body: &longBody, CloudCustomData: &empty},
		},
		"data of another type": {reply: `{"ErrorCode":0,"CloudCustomData":{}}`, want: failed},
		"no ErrorCode":         {reply: `{"ActionStatus":"OK"}`, want: failed},
		"no JSON":              {reply: `success`, want: failed},
		"nothing":              {reply: ``, want: failed},
		"status":               {status: 500, reply: allOK, want: failed},
		"redirect":             {status: 307, reply: allOK, want: failed},
		"too large":            {reply: `{"ErrorCode":0,"x":"` + strings.Repeat("x", callback.MaxReplyBytes) + `"}`, want: failed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, log := newHooks(t)
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				if test.status != 0 {
					w.WriteHeader(test.status)
				}
				_, _ = io.WriteString(w, test.reply) // the caller waits for it
			}))
			t.Cleanup(server.Close)
			if test.ask == nil {
				test.ask = groupQuestion
			}
			m := text(t, test.text)
			m.CloudCustomData = test.data
			question := test.ask(m)
			a := asking(server.URL)
			a.Webhook.OnFailure = chat.DenyOnFailure
			got := h.Ask(t.Context(), a, question)
			if diff := cmp.Diff(test.want, got, cmpopts.EquateErrors()); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
			if got.Refusal != nil && test.want.Refusal != nil && got.Refusal.Text != test.want.Refusal.Text {
				t.Errorf("the refusal says %q, want %q", got.Refusal.Text, test.want.Refusal.Text)
			}
			fails := test.want.Refusal == chat.ErrWebhookFailed // made in this test
			if logged := log.count("a before-webhook failed") > 0; logged != fails {
				t.Errorf("a failure is logged: %t, want %t", logged, fails)
			}

			// The same app, but failures let messages pass.
			a.Webhook.OnFailure = chat.AllowOnFailure
			want := test.want
			if fails {
				want = event.Answer{}
			}
			if diff := cmp.Diff(want, h.Ask(t.Context(), a, question), cmpopts.EquateErrors()); diff != "" {
				t.Errorf("answer if failures are let pass (-want +got):\n%s", diff)
			}
		})
	}
}

// TestReplacementIsPlain replaces a message by one with letters that JSON for web
// pages would escape.
func TestReplacementIsPlain(t *testing.T) {
	t.Parallel()
	const want = `[{"MsgType":"TIMTextElem","MsgContent":{"Text":"<&>"}}]`
	got, err := readAnswer(callback.CommandGroupBeforeSendMsg, text(t, "hello"), []byte(`{"ErrorCode":0, "MsgBody": `+want+`}`))
	if err != nil || got.Body == nil || string(got.Body.JSON) != want {
		t.Errorf("got %+v, %v, want %s", got, err, want)
	}
}

// TestAskTimeout asks a receiver that does not answer.
func TestAskTimeout(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		webhook func(*chat.Webhook)
		within  time.Duration
		want    event.Answer
	}{
		"let pass": {func(w *chat.Webhook) { w.Timeout = 200 * time.Millisecond }, 200 * time.Millisecond, event.Answer{}},
		"refused": {func(w *chat.Webhook) {
			w.Timeout, w.OnFailure = 200*time.Millisecond, chat.DenyOnFailure
		}, 200 * time.Millisecond, event.Answer{Refusal: chat.ErrWebhookFailed}},
		"settings of the command": {func(w *chat.Webhook) {
			w.Timeout = 5 * time.Second
			w.Commands = map[string]chat.CommandPolicy{
				string(callback.CommandGroupBeforeSendMsg): {Timeout: 100 * time.Millisecond, OnFailure: chat.DenyOnFailure},
			}
		}, 100 * time.Millisecond, event.Answer{Refusal: chat.ErrWebhookFailed}},
		"settings of another command": {func(w *chat.Webhook) {
			w.Timeout = 200 * time.Millisecond
			w.Commands = map[string]chat.CommandPolicy{
				string(callback.CommandOfficialAccountBeforeSendMsg): {Timeout: 10 * time.Second, OnFailure: chat.DenyOnFailure},
			}
		}, 200 * time.Millisecond, event.Answer{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, _ := newHooks(t)
			a := asking("http://" + socket(t, say("")))
			test.webhook(&a.Webhook)
			began := time.Now()
			got := h.Ask(t.Context(), a, groupQuestion(text(t, "hello")))
			if took := time.Since(began); took < test.within || took > test.within+2*time.Second {
				t.Errorf("it took %s, want %s", took, test.within)
			}
			if diff := cmp.Diff(test.want, got, cmpopts.EquateErrors()); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
		})
	}
}

// TestAskTooMuch asks more questions than may wait for answers at once. Another
// app's questions do not wait for them.
func TestAskTooMuch(t *testing.T) {
	t.Parallel()
	h, log := newHooks(t)
	var called atomic.Int64
	silent := asking("http://" + socket(t, func(conn net.Conn, head string) {
		called.Add(1)
		say("")(conn, head)
	}))
	silent.Webhook.Timeout = chat.MaxWebhookTimeout
	ctx, cancel := context.WithCancel(t.Context())
	var asked sync.WaitGroup
	for range maxQuestions {
		asked.Go(func() { h.Ask(ctx, silent, groupQuestion(text(t, "hello"))) })
	}
	for began := time.Now(); called.Load() < maxQuestions; time.Sleep(time.Millisecond) {
		if time.Since(began) > 5*time.Second {
			t.Fatalf("%d questions have arrived, want %d", called.Load(), maxQuestions)
		}
	}
	hasty := *silent
	hasty.Webhook.Timeout, hasty.Webhook.OnFailure = chat.MinWebhookTimeout, chat.DenyOnFailure
	if got := h.Ask(ctx, &hasty, groupQuestion(text(t, "hello"))); !errors.Is(got.Refusal, chat.ErrWebhookFailed) {
		t.Errorf("the answer to one more is %+v", got)
	}
	if log.count("questions wait for the receiver's answer already") != 1 || called.Load() != maxQuestions {
		t.Error("the question that was too much was asked")
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"ErrorCode":1}`) // the caller waits for it
	}))
	t.Cleanup(server.Close)
	other := asking(server.URL)
	other.SDKAppID = otherApp
	if got := h.Ask(ctx, other, groupQuestion(text(t, "hello"))); !got.ByApp {
		t.Errorf("another app's answer is %+v", got)
	}
	cancel()
	asked.Wait()
}

// TestNotWanted asks and records what the app does not want to hear of.
func TestNotWanted(t *testing.T) {
	t.Parallel()
	h, _ := newHooks(t)
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a call came") }))
	t.Cleanup(server.Close)
	m := text(t, "hello")
	off, without := newApp(testApp, server.URL), asking("")
	off.Webhook.On = []string{}
	without.Webhook.On = append(without.Webhook.On, string(callback.CommandGroupAfterSendMsg))
	for name, a := range map[string]*chat.App{"switched off": off, "no URL": without} {
		if diff := cmp.Diff(event.Answer{}, h.Ask(t.Context(), a, groupQuestion(m))); diff != "" {
			t.Errorf("%s: answer (-want +got):\n%s", name, diff)
		}
		if got := h.Record(a, event.GroupMessageSent{GroupMessage: groupMessage(m)}); len(got) > 0 {
			t.Errorf("%s: %d rows are recorded", name, len(got))
		}
	}
}
