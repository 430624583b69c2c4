package callback_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/parley-im/parley/callback"
)

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
