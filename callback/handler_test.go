package callback_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-im/parley/callback"
)

const (
	appID = 1400000000
	ackOK = `{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":""}`
)

// receiver is a Handler behind a real server, and what its functions saw.
type receiver struct {
	*callback.Handler

	endpoint *url.URL
	client   *http.Client
	log      *bytes.Buffer // read only after an answer
	now      time.Time
}

func newReceiver(t *testing.T, o callback.Options) *receiver {
	t.Helper()
	r := &receiver{log: new(bytes.Buffer), now: time.Unix(signTime, 0)}
	o.SDKAppID = appID
	o.Now = func() time.Time { return r.now }
	o.Logger = slog.New(slog.NewTextHandler(r.log, nil))
	var err error
	if r.Handler, err = callback.NewHandler(o); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(r)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.Start()
	t.Cleanup(server.Close)
	r.client = server.Client()
	if r.endpoint, err = url.Parse(server.URL + "/callback?own=1"); err != nil {
		t.Fatal(err)
	}
	return r
}

// delivery is what the server sends for body when all is well.
func delivery(t *testing.T, body callback.Body) callback.Delivery {
	t.Helper()
	text, err := callback.Encode(body)
	if err != nil {
		t.Fatal(err)
	}
	return callback.Delivery{
		Query: callback.Query{
			SDKAppID:    appID,
			Command:     body.Command(),
			ClientIP:    "192.0.2.1",
			OptPlatform: callback.PlatformWeb,
		},
		Body:    text,
		EventID: "event-1",
		Attempt: 2,
	}
}

func (r *receiver) deliver(t *testing.T, d callback.Delivery) (status int, reply string) {
	t.Helper()
	request, err := d.NewRequest(t.Context(), r.endpoint, r.now)
	if err != nil {
		t.Fatal(err)
	}
	return r.do(t, request)
}

func (r *receiver) do(t *testing.T, request *http.Request) (status int, reply string) {
	t.Helper()
	response, err := r.client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := response.Header.Get("Content-Type"), "application/json; charset=utf-8"; got != want {
		t.Errorf("content type %q, want %q", got, want)
	}
	return response.StatusCode, string(text)
}

// hearing is a function for an after-webhook that shows seen what it gets.
func hearing[B any](seen func(callback.Request, any)) func(context.Context, callback.Request, *B) error {
	return func(_ context.Context, r callback.Request, b *B) error {
		seen(r, b)
		return nil
	}
}

// allowing is hearing for a before-webhook.
func allowing[B any](seen func(callback.Request, any)) func(context.Context, callback.Request, *B) (*callback.Reply, error) {
	return func(_ context.Context, r callback.Request, b *B) (*callback.Reply, error) {
		seen(r, b)
		return nil, nil
	}
}

// Every command reaches its function, with the body that was sent.
func TestHandlerDispatch(t *testing.T) {
	t.Parallel()
	r := newReceiver(t, callback.Options{})
	var got any
	var request callback.Request
	seen := func(r callback.Request, body any) { got, request = body, r }
	r.OnGroupBeforeSendMsg(func(_ context.Context, r callback.Request, b *callback.GroupBeforeSendMsg) (*callback.Reply, error) {
		seen(r, b)
		return nil, nil
	})
	r.OnGroupAfterSendMsg(func(_ context.Context, r callback.Request, b *callback.GroupAfterSendMsg) error {
		seen(r, b)
		return nil
	})
	r.OnGroupSendMsgException(func(_ context.Context, r callback.Request, b *callback.GroupSendMsgException) error {
		seen(r, b)
		return nil
	})
	r.OnGroupAfterRecallMsg(func(_ context.Context, r callback.Request, b *callback.GroupAfterRecallMsg) error {
		seen(r, b)
		return nil
	})
	r.OnGroupAfterReadReceipt(hearing[callback.GroupAfterReadReceipt](seen))
	r.OnGroupBeforeCreateGroup(allowing[callback.GroupBeforeCreateGroup](seen))
	r.OnGroupAfterCreateGroup(hearing[callback.GroupAfterCreateGroup](seen))
	r.OnGroupBeforeApplyJoinGroup(allowing[callback.GroupBeforeApplyJoinGroup](seen))
	r.OnGroupBeforeInviteJoinGroup(allowing[callback.GroupBeforeInviteJoinGroup](seen))
	r.OnGroupAfterNewMemberJoin(hearing[callback.GroupAfterNewMemberJoin](seen))
	r.OnGroupAfterMemberExit(hearing[callback.GroupAfterMemberExit](seen))
	r.OnGroupAfterGroupFull(hearing[callback.GroupAfterGroupFull](seen))
	r.OnGroupAfterGroupDestroyed(hearing[callback.GroupAfterGroupDestroyed](seen))
	r.OnGroupAfterGroupInfoChanged(hearing[callback.GroupAfterGroupInfoChanged](seen))
	r.OnGroupAfterMemberFieldChanged(hearing[callback.GroupAfterMemberFieldChanged](seen))
	r.OnGroupAfterChangeGroupOwner(hearing[callback.GroupAfterChangeGroupOwner](seen))
	r.OnGroupBeforeCreateTopic(allowing[callback.GroupBeforeCreateTopic](seen))
	r.OnGroupAfterCreateTopic(hearing[callback.GroupAfterCreateTopic](seen))
	r.OnGroupAfterTopicDestroyed(hearing[callback.GroupAfterTopicDestroyed](seen))
	r.OnGroupAfterTopicInfoChanged(hearing[callback.GroupAfterTopicInfoChanged](seen))
	r.OnGroupOnMemberStateChange(hearing[callback.GroupOnMemberStateChange](seen))
	r.OnGroupAfterGroupAttrChanged(hearing[callback.GroupAfterGroupAttrChanged](seen))
	r.OnGroupAfterGroupMsgExtension(hearing[callback.GroupAfterGroupMsgExtension](seen))
	r.OnC2CBeforeSendMsg(allowing[callback.C2CBeforeSendMsg](seen))
	r.OnC2CAfterSendMsg(hearing[callback.C2CAfterSendMsg](seen))
	r.OnC2CAfterMsgReport(hearing[callback.C2CAfterMsgReport](seen))
	r.OnC2CAfterMsgWithdraw(hearing[callback.C2CAfterMsgWithdraw](seen))
	r.OnC2CAfterC2CMsgExtension(hearing[callback.C2CAfterC2CMsgExtension](seen))
	r.OnStateChange(hearing[callback.StateChange](seen))
	r.OnProfilePortraitSet(hearing[callback.ProfilePortraitSet](seen))
	r.OnSNSPrevFriendAdd(allowing[callback.SNSPrevFriendAdd](seen))
	r.OnSNSPrevFriendResponse(allowing[callback.SNSPrevFriendResponse](seen))
	r.OnSNSFriendAdd(hearing[callback.SNSFriendAdd](seen))
	r.OnSNSFriendDelete(hearing[callback.SNSFriendDelete](seen))
	r.OnSNSBlackListAdd(hearing[callback.SNSBlackListAdd](seen))
	r.OnSNSBlackListDelete(hearing[callback.SNSBlackListDelete](seen))
	r.OnFollowAfterFollowAdd(hearing[callback.FollowAfterFollowAdd](seen))
	r.OnFollowAfterFollowDelete(hearing[callback.FollowAfterFollowDelete](seen))
	r.OnOfficialAccountBeforeSendMsg(func(_ context.Context, r callback.Request, b *callback.OfficialAccountBeforeSendMsg) (*callback.Reply, error) {
		seen(r, b)
		return nil, nil
	})
	r.OnOfficialAccountAfterSendMsg(func(_ context.Context, r callback.Request, b *callback.OfficialAccountAfterSendMsg) error {
		seen(r, b)
		return nil
	})
	r.OnOfficialAccountAfterMsgWithdraw(func(_ context.Context, r callback.Request, b *callback.OfficialAccountAfterMsgWithdraw) error {
		seen(r, b)
		return nil
	})
	r.OnPing(func(_ context.Context, r callback.Request, b *callback.Ping) error {
		seen(r, b)
		return nil
	})

	for name, body := range goldenBodies { // one after the other: they share got
		got = nil
		d := delivery(t, body)
		if status, reply := r.deliver(t, d); status != http.StatusOK || reply != ackOK {
			t.Errorf("%s: answer %d %s", name, status, reply)
		}
		want := body.Command().NewBody()
		if err := json.Unmarshal(d.Body, want); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(any(want), got); diff != "" {
			t.Errorf("%s: body (-want +got):\n%s", name, diff)
		}
		wantRequest := callback.Request{
			SDKAppID:    appID,
			Command:     body.Command(),
			EventID:     "event-1",
			Attempt:     2,
			ClientIP:    "192.0.2.1",
			OptPlatform: callback.PlatformWeb,
			Body:        d.Body,
		}
		if body.Command() == callback.CommandGroupOnMemberStateChange {
			wantRequest.ClientIP, wantRequest.OptPlatform = "", "" // no client asked for it
		}
		if diff := cmp.Diff(wantRequest, request); diff != "" {
			t.Errorf("%s: request (-want +got):\n%s", name, diff)
		}
	}
}

func TestHandlerReplies(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		reply *callback.Reply
		want  string
	}{
		"nil":     {nil, ackOK},
		"zero":    {&callback.Reply{}, ackOK},
		"allow":   {callback.Allow(), ackOK},
		"refuse":  {callback.Refuse(), `{"ActionStatus":"OK","ErrorCode":1,"ErrorInfo":""}`},
		"discard": {callback.Discard(), `{"ActionStatus":"OK","ErrorCode":2,"ErrorInfo":""}`},
		"own code": {
			callback.RefuseWith(10101, "a < b"),
			`{"ActionStatus":"OK","ErrorCode":10101,"ErrorInfo":"a < b"}`,
		},
		"replacement": {
			callback.Replace(callback.TextElement("***")),
			`{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":"","MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"***"}}]}`,
		},
		"empty replacement": {
			callback.Replace(),
			`{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":"","MsgBody":[]}`,
		},
		"other custom data": {
			&callback.Reply{CloudCustomData: new("")},
			`{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":"","CloudCustomData":""}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newReceiver(t, callback.Options{})
			r.OnGroupBeforeSendMsg(func(context.Context, callback.Request, *callback.GroupBeforeSendMsg) (*callback.Reply, error) {
				return test.reply, nil
			})
			status, reply := r.deliver(t, delivery(t, callback.GroupBeforeSendMsg{}))
			if status != http.StatusOK || reply != test.want {
				t.Errorf("answer %d %s, want 200 %s", status, reply, test.want)
			}
			if _, err := callback.ParseReply([]byte(reply)); err != nil {
				t.Errorf("the server cannot read it: %v", err)
			}
		})
	}
}

func TestHandlerFunctionFails(t *testing.T) {
	t.Parallel()
	r := newReceiver(t, callback.Options{})
	r.OnGroupAfterSendMsg(func(context.Context, callback.Request, *callback.GroupAfterSendMsg) error {
		return errors.New("database password rejected")
	})
	r.OnGroupBeforeSendMsg(func(context.Context, callback.Request, *callback.GroupBeforeSendMsg) (*callback.Reply, error) {
		return nil, errors.New("no decision")
	})
	r.OnOfficialAccountBeforeSendMsg(func(context.Context, callback.Request, *callback.OfficialAccountBeforeSendMsg) (*callback.Reply, error) {
		return callback.Replace(callback.MsgElement{MsgType: "TIMTextElem", MsgContent: json.RawMessage("{")}), nil
	})
	for _, test := range []struct {
		body callback.Body
		log  string
	}{
		{callback.GroupAfterSendMsg{}, "database password rejected"},
		{callback.GroupBeforeSendMsg{}, "no decision"},
		{callback.OfficialAccountBeforeSendMsg{}, "encode reply"},
	} {
		status, reply := r.deliver(t, delivery(t, test.body))
		if want := `{"ActionStatus":"FAIL","ErrorCode":1,"ErrorInfo":"Internal Server Error"}`; status != http.StatusInternalServerError || reply != want {
			t.Errorf("%s: answer %d %s, want 500 %s", test.body.Command(), status, reply, want)
		}
		if !strings.Contains(r.log.String(), test.log) || !strings.Contains(r.log.String(), "event_id=event-1") {
			t.Errorf("%s: log does not say %q:\n%s", test.body.Command(), test.log, r.log)
		}
	}
}

func TestHandlerPanicClosesConnection(t *testing.T) {
	t.Parallel()
	r := newReceiver(t, callback.Options{})
	r.OnPing(func(context.Context, callback.Request, *callback.Ping) error { panic("a bug") })
	request, err := delivery(t, callback.Ping{}).NewRequest(t.Context(), r.endpoint, r.now)
	if err != nil {
		t.Fatal(err)
	}
	response, err := r.client.Do(request)
	if err == nil {
		response.Body.Close()
		t.Fatalf("answered %s", response.Status)
	}
}

func TestHandlerAcknowledgesTheRest(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		command callback.Command
		body    string
	}{
		"report without function":   {callback.CommandGroupAfterSendMsg, `{"CallbackCommand":"Group.CallbackAfterSendMsg"}`},
		"question without function": {callback.CommandGroupBeforeSendMsg, `{"CallbackCommand":"Group.CallbackBeforeSendMsg"}`},
		"unknown":                   {"State.StateChange", `{"CallbackCommand":"State.StateChange","Info":{}}`},
		"unknown, unnamed in body":  {"Push.OfflinePush", `{"Events":[]}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := delivery(t, callback.Ping{})
			d.Query.Command, d.Body = test.command, []byte(test.body)

			r := newReceiver(t, callback.Options{})
			if status, reply := r.deliver(t, d); status != http.StatusOK || reply != ackOK {
				t.Errorf("answer %d %s, want 200 %s", status, reply, ackOK)
			}

			var got callback.Request
			r = newReceiver(t, callback.Options{})
			r.OnPing(func(context.Context, callback.Request, *callback.Ping) error { return errors.New("not a ping") })
			r.OnOther(func(_ context.Context, request callback.Request) error {
				got = request
				return nil
			})
			if status, reply := r.deliver(t, d); status != http.StatusOK || reply != ackOK {
				t.Errorf("with OnOther: answer %d %s, want 200 %s", status, reply, ackOK)
			}
			if got.Command != test.command || string(got.Body) != test.body {
				t.Errorf("OnOther got %s %s", got.Command, got.Body)
			}

			r = newReceiver(t, callback.Options{})
			r.OnOther(func(context.Context, callback.Request) error { return errors.New("queue full") })
			if status, _ := r.deliver(t, d); status != http.StatusInternalServerError {
				t.Errorf("with OnOther failing: answer %d, want 500", status)
			}
		})
	}
}

func TestHandlerRefuses(t *testing.T) {
	t.Parallel()
	type change func(*http.Request)
	param := func(name, value string) change {
		return func(r *http.Request) {
			q := r.URL.Query()
			q.Set(name, value)
			r.URL.RawQuery = q.Encode()
		}
	}
	body := func(text string) change {
		return func(r *http.Request) {
			r.Body, r.ContentLength = io.NopCloser(strings.NewReader(text)), int64(len(text))
		}
	}
	for name, test := range map[string]struct {
		change change
		status int
		log    string
	}{
		"GET":                    {func(r *http.Request) { r.Method = http.MethodGet; body("")(r) }, 405, "method is not POST"},
		"no query":               {func(r *http.Request) { r.URL.RawQuery = "" }, 403, "SdkAppid"},
		"another app":            {param("SdkAppid", "1400000001"), 403, "SdkAppid"},
		"app with leading zero":  {param("SdkAppid", "01400000000"), 403, "SdkAppid"},
		"no command":             {param("CallbackCommand", ""), 400, "CallbackCommand missing"},
		"command of another":     {param("CallbackCommand", "Group.CallbackAfterRecallMsg"), 400, "CallbackCommand differs"},
		"unknown, body known":    {param("CallbackCommand", "State.StateChange"), 400, "CallbackCommand differs"},
		"too large, announced":   {body(strings.Repeat(" ", 1025)), 413, "more than 1024 bytes"},
		"too large, chunked":     {func(r *http.Request) { body(strings.Repeat(" ", 5000))(r); r.ContentLength = -1 }, 413, "more than 1024 bytes"},
		"empty":                  {body(""), 400, "not a JSON object"},
		"not JSON":               {body("CallbackCommand=Parley.Ping"), 400, "not a JSON object"},
		"null":                   {body("null"), 400, "not a JSON object"},
		"body without command":   {body(`{}`), 400, "CallbackCommand differs"},
		"command not a string":   {body(`{"CallbackCommand":1}`), 400, "cannot unmarshal"},
		"field of another type":  {body(`{"CallbackCommand":"Parley.Ping","EventTime":"1670574414123"}`), 400, "cannot unmarshal"},
		"number beyond 64 bits":  {body(`{"CallbackCommand":"Parley.Ping","EventTime":99999999999999999999}`), 400, "cannot unmarshal"},
		"something after object": {body(`{"CallbackCommand":"Parley.Ping"} {}`), 400, "not a JSON object"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newReceiver(t, callback.Options{MaxBody: 1024})
			r.OnPing(func(context.Context, callback.Request, *callback.Ping) error {
				t.Error("function called")
				return nil
			})
			request, err := delivery(t, callback.Ping{EventTime: 1}).NewRequest(t.Context(), r.endpoint, r.now)
			if err != nil {
				t.Fatal(err)
			}
			test.change(request)
			status, reply := r.do(t, request)
			if status != test.status {
				t.Errorf("status %d, want %d", status, test.status)
			}
			if want := `{"ActionStatus":"FAIL","ErrorCode":1,"ErrorInfo":"` + http.StatusText(test.status) + `"}`; reply != want {
				t.Errorf("reply %s, want %s", reply, want)
			}
			if !strings.Contains(r.log.String(), test.log) {
				t.Errorf("log does not say %q:\n%s", test.log, r.log)
			}
		})
	}
}

func TestHandlerAuthenticates(t *testing.T) {
	t.Parallel()
	other := callback.NewSecret()
	for name, test := range map[string]struct {
		tokens, secrets []string // of the receiver
		token           string   // of the sender
		sign            []string
		late            time.Duration
		status          int
	}{
		"nothing asked, nothing given":   {nil, nil, "", nil, 0, 200},
		"nothing asked, all given":       {nil, nil, "t", []string{hookSecret}, time.Hour, 200},
		"token":                          {[]string{"t"}, nil, "t", nil, 0, 200},
		"token, a minute late":           {[]string{"t"}, nil, "t", nil, time.Minute, 200},
		"token, two minutes late":        {[]string{"t"}, nil, "t", nil, 2 * time.Minute, 401},
		"old token":                      {[]string{"new", "t"}, nil, "t", nil, 0, 200},
		"another token":                  {[]string{"t"}, nil, "u", nil, 0, 401},
		"token missing":                  {[]string{"t"}, nil, "", nil, 0, 401},
		"token missing, but signed":      {[]string{"t"}, []string{hookSecret}, "", []string{hookSecret}, 0, 401},
		"signed":                         {nil, []string{hookSecret}, "", []string{hookSecret}, 0, 200},
		"signed, five minutes late":      {nil, []string{hookSecret}, "", []string{hookSecret}, 5 * time.Minute, 200},
		"signed, six minutes late":       {nil, []string{hookSecret}, "", []string{hookSecret}, 6 * time.Minute, 401},
		"signed twice":                   {nil, []string{hookSecret}, "", []string{other, hookSecret}, 0, 200},
		"old secret":                     {nil, []string{other, hookSecret}, "", []string{hookSecret}, 0, 200},
		"another secret":                 {nil, []string{hookSecret}, "", []string{other}, 0, 401},
		"signature missing":              {nil, []string{hookSecret}, "", nil, 0, 401},
		"signature missing, but a token": {[]string{"t"}, []string{hookSecret}, "t", nil, 0, 401},
		"both":                           {[]string{"t"}, []string{hookSecret}, "t", []string{hookSecret}, 0, 200},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newReceiver(t, callback.Options{Tokens: test.tokens, SigningSecrets: test.secrets})
			called := false
			r.OnPing(func(context.Context, callback.Request, *callback.Ping) error {
				called = true
				return nil
			})
			d := delivery(t, callback.Ping{})
			d.Query.Token = test.token
			for _, text := range test.sign {
				d.Secrets = append(d.Secrets, secret(t, text))
			}
			request, err := d.NewRequest(t.Context(), r.endpoint, r.now.Add(-test.late))
			if err != nil {
				t.Fatal(err)
			}
			status, _ := r.do(t, request)
			if status != test.status || called != (test.status == http.StatusOK) {
				t.Errorf("status %d, called %t, want %d", status, called, test.status)
			}
		})
	}
}

// The header that is not signed must not choose the key by which receivers
// recognize repeated events.
func TestHandlerTakesTheSignedEventID(t *testing.T) {
	t.Parallel()
	r := newReceiver(t, callback.Options{SigningSecrets: []string{hookSecret}})
	var got string
	r.OnPing(func(_ context.Context, request callback.Request, _ *callback.Ping) error {
		got = request.EventID
		return nil
	})
	d := delivery(t, callback.Ping{})
	d.Secrets = []callback.Secret{secret(t, hookSecret)}
	request, err := d.NewRequest(t.Context(), r.endpoint, r.now)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set(callback.HeaderEventID, "forged")
	if status, reply := r.do(t, request); status != http.StatusOK {
		t.Fatalf("answer %d %s", status, reply)
	}
	if got != "event-1" {
		t.Errorf("EventID %q, want %q", got, "event-1")
	}
}

func TestHandlerWithoutParleyHeaders(t *testing.T) {
	t.Parallel()
	r := newReceiver(t, callback.Options{})
	var got callback.Request
	r.OnPing(func(_ context.Context, request callback.Request, _ *callback.Ping) error {
		got = request
		return nil
	})
	for _, attempt := range []string{"", "-1", "x"} {
		d := delivery(t, callback.Ping{})
		d.EventID, d.Attempt, d.Query.ClientIP = "", 0, ""
		request, err := d.NewRequest(t.Context(), r.endpoint, r.now)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set(callback.HeaderAttempt, attempt)
		if status, reply := r.do(t, request); status != http.StatusOK {
			t.Fatalf("answer %d %s", status, reply)
		}
		if got.EventID != "" || got.Attempt != 0 || got.ClientIP != "" {
			t.Errorf("attempt %q: request %+v", attempt, got)
		}
	}
}

func TestNewHandlerFails(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]callback.Options{
		"no app":           {},
		"empty token":      {SDKAppID: appID, Tokens: []string{"t", ""}},
		"empty secret":     {SDKAppID: appID, SigningSecrets: []string{""}},
		"malformed secret": {SDKAppID: appID, SigningSecrets: []string{hookSecret, "whsec_short"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := callback.NewHandler(o); err == nil {
				t.Error("no error")
			}
		})
	}
}

func TestRegisterPanics(t *testing.T) {
	t.Parallel()
	after := func(context.Context, callback.Request, *callback.Ping) error { return nil }
	other := func(context.Context, callback.Request) error { return nil }
	for name, register := range map[string]func(*callback.Handler){
		"nil before":   func(h *callback.Handler) { h.OnGroupBeforeSendMsg(nil) },
		"nil after":    func(h *callback.Handler) { h.OnPing(nil) },
		"nil other":    func(h *callback.Handler) { h.OnOther(nil) },
		"second after": func(h *callback.Handler) { h.OnPing(after); h.OnPing(after) },
		"second other": func(h *callback.Handler) { h.OnOther(other); h.OnOther(other) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, err := callback.NewHandler(callback.Options{SDKAppID: appID})
			if err != nil {
				t.Fatal(err)
			}
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			register(h)
		})
	}
}

func FuzzHandler(f *testing.F) {
	for _, body := range goldenBodies {
		text, err := callback.Encode(body)
		if err != nil {
			f.Fatal(err)
		}
		f.Add("SdkAppid=1400000000&CallbackCommand="+string(body.Command()), text)
	}
	f.Add("SdkAppid=1400000000&CallbackCommand=State.StateChange", []byte(`{}`))
	f.Add("SdkAppid=%zz;", []byte(`null`))

	h, err := callback.NewHandler(callback.Options{SDKAppID: appID, MaxBody: 4096, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		f.Fatal(err)
	}
	echo := func(msgBody []callback.MsgElement) (*callback.Reply, error) {
		return callback.Replace(msgBody...), nil
	}
	h.OnGroupBeforeSendMsg(func(_ context.Context, _ callback.Request, b *callback.GroupBeforeSendMsg) (*callback.Reply, error) {
		return echo(b.MsgBody)
	})
	h.OnOfficialAccountBeforeSendMsg(func(_ context.Context, _ callback.Request, b *callback.OfficialAccountBeforeSendMsg) (*callback.Reply, error) {
		return echo(b.MsgBody)
	})
	h.OnGroupAfterSendMsg(func(context.Context, callback.Request, *callback.GroupAfterSendMsg) error { return nil })
	h.OnGroupAfterRecallMsg(func(context.Context, callback.Request, *callback.GroupAfterRecallMsg) error { return nil })
	h.OnPing(func(context.Context, callback.Request, *callback.Ping) error { return nil })

	f.Fuzz(func(t *testing.T, query string, body []byte) {
		request := httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(body))
		request.URL.RawQuery = query
		recorder := httptest.NewRecorder()
		h.ServeHTTP(recorder, request)
		if recorder.Code >= http.StatusInternalServerError {
			t.Errorf("status %d", recorder.Code)
		}
		if !callback.Acknowledged(recorder.Body.Bytes()) {
			t.Errorf("reply is no object: %q", recorder.Body)
		}
		if recorder.Code == http.StatusOK && !callback.Acknowledged(body) {
			t.Errorf("accepted %q", body)
		}
	})
}
