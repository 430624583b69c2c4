package inbox

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// FuzzReceive holds that whatever is sent can be listed and streamed: as JSON,
// one event a line, and within the limits.
func FuzzReceive(f *testing.F) {
	f.Add("SdkAppid=1&CallbackCommand=Group.CallbackAfterSendMsg&Sign=x", "evt_1", []byte(`{"CallbackCommand":"A.B"}`))
	f.Add("reply_status=500&reply_code=-1&%zz=%", "\u2028", []byte("\xff\n\ndata: x"))
	f.Add(";;&&==&a", "", []byte(nil))
	f.Fuzz(func(t *testing.T, query, eventID string, body []byte) {
		in := New(Options{Verifier: verifier{}})
		request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/inbox/a", strings.NewReader(string(body)))
		request.URL.RawQuery = query
		request.Header.Set("X-Parley-Event-Id", eventID)
		if readReply(request.URL.Query()).Delay > 0 {
			t.Skip("waiting is tested elsewhere")
		}
		in.ServeHTTP(httptest.NewRecorder(), request)

		list := httptest.NewRecorder()
		in.ServeHTTP(list, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/inbox/a", nil))
		var listing Listing
		if err := json.Unmarshal(list.Body.Bytes(), &listing); err != nil || len(listing.Requests) != 1 {
			t.Fatalf("%d requests, %v: %s", len(listing.Requests), err, list.Body)
		}
		if got := listing.Requests[0]; len(got.Command) > maxWord || len(got.URL) > maxURL || len(got.Body) > MaxBody {
			t.Errorf("beyond the limits: %d, %d, %d", len(got.Command), len(got.URL), len(got.Body))
		}

		in.Close()
		stream := httptest.NewRecorder()
		in.ServeHTTP(stream, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/inbox/a?stream", nil))
		if got := strings.Count(stream.Body.String(), "\n\n"); got != 3 {
			t.Errorf("%d events, want hello, request and ready: %q", got, stream.Body)
		}
	})
}
