package callback_test

import (
	"bytes"
	"context"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

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
