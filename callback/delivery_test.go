package callback_test

import (
	"io"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-im/parley/callback"
)

func TestNewRequest(t *testing.T) {
	t.Parallel()
	now := time.Unix(hookTime, 0)
	endpoint := &url.URL{Scheme: "https", Host: "app.example", Path: "/callback"}
	for name, test := range map[string]struct {
		delivery callback.Delivery
		want     http.Header
	}{
		"as the protocol": {
			callback.Delivery{},
			http.Header{"Content-Type": {"application/json; charset=utf-8"}},
		},
		"unsigned": {
			callback.Delivery{EventID: hookID, Attempt: 12},
			http.Header{
				"Content-Type":      {"application/json; charset=utf-8"},
				"X-Parley-Event-Id": {hookID},
				"X-Parley-Attempt":  {"12"},
			},
		},
		"signed twice": {
			callback.Delivery{EventID: hookID, Attempt: 1, Secrets: []callback.Secret{secret(t, hookSecret), secret(t, hookSecret)}},
			http.Header{
				"Content-Type":      {"application/json; charset=utf-8"},
				"X-Parley-Event-Id": {hookID},
				"X-Parley-Attempt":  {"1"},
				"Webhook-Id":        {hookID},
				"Webhook-Timestamp": {"1614265330"},
				"Webhook-Signature": {hookSignature + " " + hookSignature},
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.delivery.Query = callback.Query{SDKAppID: 1, Command: "Parley.Ping"}
			test.delivery.Body = []byte(hookBody)
			r, err := test.delivery.NewRequest(t.Context(), endpoint, now)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, r.Header); diff != "" {
				t.Errorf("header (-want +got):\n%s", diff)
			}
			const wantURL = "https://app.example/callback?CallbackCommand=Parley.Ping&OptPlatform=Unknown&SdkAppid=1&contenttype=json"
			if got := r.URL.String(); got != wantURL {
				t.Errorf("URL %s, want %s", got, wantURL)
			}
			if r.Method != http.MethodPost || r.Host != "app.example" || r.ContentLength != int64(len(hookBody)) {
				t.Errorf("%s to %s with %d bytes", r.Method, r.Host, r.ContentLength)
			}
			if got, err := io.ReadAll(r.Body); string(got) != hookBody || err != nil {
				t.Errorf("body %q, %v", got, err)
			}
		})
	}
}

func TestNewRequestSignedWithoutEventID(t *testing.T) {
	t.Parallel()
	d := callback.Delivery{Secrets: []callback.Secret{secret(t, hookSecret)}}
	if _, err := d.NewRequest(t.Context(), &url.URL{}, time.Unix(hookTime, 0)); err == nil {
		t.Fatal("no error")
	}
}
