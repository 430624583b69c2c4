package inbox

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

var arrival = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// verifier finds the signature "good" valid.
type verifier struct{}

func (verifier) Verify(sdkAppID string, r *Received) (Verdict, string) {
	if r.Query().Get("Sign") == "good" {
		return Valid, "app " + sdkAppID
	}
	return Invalid, "app " + sdkAppID
}

// opened returns a served inbox and the address of "demo" in it.
func opened(t *testing.T, options Options) (*Inbox, string) {
	t.Helper()
	options.Now = func() time.Time { return arrival }
	in := New(options)
	server := httptest.NewServer(in)
	t.Cleanup(func() {
		in.Close()
		server.Close()
	})
	return in, server.URL + "/inbox/demo"
}

// do sends a request and returns status, header and body of the answer.
func do(t *testing.T, method, url, body string, header ...string) (int, http.Header, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, response.Header, string(text)
}

// listed returns the listing at url.
func listed(t *testing.T, url string) Listing {
	t.Helper()
	status, _, text := do(t, http.MethodGet, url, "")
	if status != http.StatusOK {
		t.Fatalf("%s: status %d: %s", url, status, text)
	}
	var listing Listing
	if err := json.Unmarshal([]byte(text), &listing); err != nil {
		t.Fatal(err)
	}
	return listing
}

func TestReceiveAndList(t *testing.T) {
	t.Parallel()
	_, url := opened(t, Options{Verifier: verifier{}})
	const body = `{"CallbackCommand":"Group.CallbackAfterSendMsg","MsgSeq":3,"Text":"<b>&"}`
	status, header, answer := do(t, http.MethodPost,
		url+"?SdkAppid=1400000001&CallbackCommand=Group.CallbackAfterSendMsg&contenttype=json&Sign=good&RequestTime=1", body,
		"X-Parley-Event-Id", "evt_1", "X-Parley-Attempt", "2", "User-Agent", "test")
	if status != http.StatusOK || answer != `{"ActionStatus":"OK","ErrorInfo":"","ErrorCode":0}`+"\n" {
		t.Errorf("answer: got %d %s", status, answer)
	}
	if got := header.Get("Content-Type"); got != "application/json; charset=utf-8" {
		t.Errorf("content type: got %s", got)
	}

	got := listed(t, url+"?format=json")
	want := Listing{
		Inbox: "demo", Next: 1,
		Requests: []Entry{{
			ID: 1, Time: arrival, Command: "Group.CallbackAfterSendMsg", SDKAppID: "1400000001",
			EventID: "evt_1", Attempt: "2",
			URL:   "/inbox/demo?SdkAppid=1400000001&CallbackCommand=Group.CallbackAfterSendMsg&contenttype=json&Sign=good&RequestTime=1",
			Query: []Pair{{"SdkAppid", "1400000001"}, {"CallbackCommand", "Group.CallbackAfterSendMsg"}, {"contenttype", "json"}, {"Sign", "good"}, {"RequestTime", "1"}},
			Header: []Pair{
				{"Accept-Encoding", "gzip"},
				{"Content-Length", "73"},
				{"User-Agent", "test"},
				{"X-Parley-Attempt", "2"},
				{"X-Parley-Event-Id", "evt_1"},
			},
			Body: body, Size: int64(len(body)),
			Signature: Signature{Valid, "app 1400000001"},
			Reply:     Reply{Status: http.StatusOK},
		}},
	}
	ignored := cmp.Options{cmpopts.IgnoreFields(Listing{}, "Epoch"), cmpopts.IgnoreFields(Entry{}, "Host", "RemoteAddr")}
	if diff := cmp.Diff(got, want, ignored); diff != "" {
		t.Errorf("listing (-got +want):\n%s", diff)
	}
	if got.Epoch == "" {
		t.Error("the listing has no epoch")
	}
}

func TestReplyParameters(t *testing.T) {
	t.Parallel()
	_, url := opened(t, Options{})
	tests := []struct {
		name, query string
		status      int
		answer      string
	}{
		{"code", "reply_code=10100&reply_info=not+here", 200, `{"ActionStatus":"FAIL","ErrorInfo":"not here","ErrorCode":10100}`},
		{"status", "reply_status=503", 503, `{"ActionStatus":"OK","ErrorInfo":"","ErrorCode":0}`},
		{"status without a body", "reply_status=204", 204, ``},
		{"delay", "reply_delay=1ms", 200, `{"ActionStatus":"OK","ErrorInfo":"","ErrorCode":0}`},
		{"code that is no number", "reply_code=x", 400, `{"ActionStatus":"OK","ErrorInfo":"reply_code must be a whole number such as 10100","ErrorCode":0}`},
		{"status that is none", "reply_status=101", 400, `{"ActionStatus":"OK","ErrorInfo":"reply_status must be an HTTP status from 200 to 599","ErrorCode":0}`},
		{"delay without a unit", "reply_delay=3", 400, `{"ActionStatus":"OK","ErrorInfo":"reply_delay must be a duration such as 3s or 500ms","ErrorCode":0}`},
		{"delay into the past", "reply_delay=-3s", 400, `{"ActionStatus":"OK","ErrorInfo":"reply_delay must be a duration such as 3s or 500ms","ErrorCode":0}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			status, _, answer := do(t, http.MethodPost, url+"?"+test.query, "{}")
			if status != test.status || strings.TrimSpace(answer) != test.answer {
				t.Errorf("got %d %s, want %d %s", status, answer, test.status, test.answer)
			}
		})
	}
}

func TestBodies(t *testing.T) {
	t.Parallel()
	_, url := opened(t, Options{})
	euro := strings.Repeat("x", MaxBody-1) + "€"
	tests := []struct {
		name, body string
		want       Entry
	}{
		{"empty", "", Entry{}},
		{"no JSON", "hello", Entry{Body: "hello", Size: 5}},
		{"command in the body only", `{"CallbackCommand":"A.B"}`, Entry{Command: "A.B", Body: `{"CallbackCommand":"A.B"}`, Size: 25}},
		{"not UTF-8", "\xff\x00", Entry{BodyBase64: "/wA=", Size: 2}},
		{"largest", strings.Repeat("x", MaxBody), Entry{Body: strings.Repeat("x", MaxBody), Size: MaxBody}},
		{"one byte more", strings.Repeat("x", MaxBody+1), Entry{Body: strings.Repeat("x", MaxBody), Size: MaxBody + 1, Truncated: true}},
		{"cut inside a character", euro, Entry{Body: euro[:MaxBody-1], Size: MaxBody + 2, Truncated: true}},
		{"more than is counted", strings.Repeat("x", MaxBody+maxDrain+9), Entry{Body: strings.Repeat("x", MaxBody), Size: MaxBody + maxDrain, Truncated: true}},
	}
	for i, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			own := url + string(rune('a'+i))
			do(t, http.MethodPost, own, test.body)
			requests := listed(t, own).Requests
			if len(requests) != 1 {
				t.Fatalf("got %d requests, want 1", len(requests))
			}
			got := requests[0]
			got = Entry{Command: got.Command, Body: got.Body, BodyBase64: got.BodyBase64, Size: got.Size, Truncated: got.Truncated}
			if diff := cmp.Diff(got, test.want); diff != "" {
				t.Errorf("-got +want:\n%.500s", diff)
			}
		})
	}
}

func TestLargeHeaderAndURLAreCut(t *testing.T) {
	t.Parallel()
	_, url := opened(t, Options{})
	long := strings.Repeat("y", 20<<10)
	header := []string{"A-Long", long}
	for _, name := range []string{"B", "C", "D", "E", "F", "G", "H", "I"} {
		header = append(header, "X-"+name, long)
	}
	do(t, http.MethodPost, url+"?CallbackCommand="+long, "", header...)
	got := listed(t, url).Requests[0]
	size := 0
	for _, pair := range got.Header {
		size += len(pair.Name) + len(pair.Value)
	}
	if len(got.URL) != maxURL || len(got.Command) != maxWord || size > maxHeader || size < maxHeader/2 {
		t.Errorf("got %d bytes of URL, %d of command, %d of header", len(got.URL), len(got.Command), size)
	}
}

func TestSignatureVerdicts(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		verifier Verifier
		query    string
		header   []string
		want     Verdict
	}{
		{"nothing signed", verifier{}, "SdkAppid=1", nil, Unsigned},
		{"good query", verifier{}, "SdkAppid=1&Sign=good", nil, Valid},
		{"bad query", verifier{}, "SdkAppid=1&Sign=bad", nil, Invalid},
		{"header only", verifier{}, "SdkAppid=1", []string{"Webhook-Signature", "v1,x"}, Invalid},
		{"nobody to ask", nil, "SdkAppid=1&Sign=good", nil, Unjudged},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, url := opened(t, Options{Verifier: test.verifier})
			do(t, http.MethodPost, url+"?"+test.query, "{}", test.header...)
			if got := listed(t, url).Requests[0].Signature; got.Verdict != test.want || got.Explanation == "" {
				t.Errorf("got %+v, want %s", got, test.want)
			}
		})
	}
}

func TestDeleteForgets(t *testing.T) {
	t.Parallel()
	_, url := opened(t, Options{})
	do(t, http.MethodPost, url, "{}")
	do(t, http.MethodPost, url+"2", "{}")
	if status, _, _ := do(t, http.MethodDelete, url, ""); status != http.StatusNoContent {
		t.Errorf("status: got %d", status)
	}
	if got := listed(t, url); len(got.Requests) != 0 || got.Next != 2 {
		t.Errorf("got %+v", got)
	}
	if got := listed(t, url+"2"); len(got.Requests) != 1 {
		t.Errorf("another inbox: got %d requests, want 1", len(got.Requests))
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	_, url := opened(t, Options{})
	base := strings.TrimSuffix(url, "demo")
	tests := []struct {
		name, method, url string
		want              int
	}{
		{"no name", http.MethodGet, base, 404},
		{"two names", http.MethodGet, base + "a/b", 404},
		{"odd character", http.MethodPost, base + "a%20b", 404},
		{"long name", http.MethodPost, base + strings.Repeat("a", 65), 404},
		{"longest name", http.MethodPost, base + strings.Repeat("a", 64), 200},
		{"another method", http.MethodPut, url, 405},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got, _, _ := do(t, test.method, test.url, ""); got != test.want {
				t.Errorf("got %d, want %d", got, test.want)
			}
		})
	}
}

func TestForms(t *testing.T) {
	t.Parallel()
	_, url := opened(t, Options{})
	const browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
	tests := []struct {
		name, query, accept, want string
	}{
		{"browser", "", browser, "text/html; charset=utf-8"},
		{"browser that wants JSON", "?format=json", browser, "application/json; charset=utf-8"},
		{"program", "", "application/json", "application/json; charset=utf-8"},
		{"curl", "", "*/*", "application/json; charset=utf-8"},
		{"event source", "", "text/event-stream", "text/event-stream; charset=utf-8"},
		{"stream by name", "?stream", browser, "text/event-stream; charset=utf-8"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+test.query, nil)
			if err != nil {
				t.Fatal(err)
			}
			request.Header.Set("Accept", test.accept)
			response, err := http.DefaultClient.Do(request)
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			if got := response.Header.Get("Content-Type"); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func TestLocalOnly(t *testing.T) {
	t.Parallel()
	in := New(Options{LocalOnly: true})
	tests := []struct {
		name, remote, host string
		header             http.Header
		want               int
	}{
		{"this machine", "127.0.0.1:1", "127.0.0.1:8080", nil, 200},
		{"this machine by name", "127.0.0.1:1", "localhost:8080", nil, 200},
		{"this machine over IPv6", "[::1]:1", "[::1]", nil, 200},
		{"another machine", "192.0.2.1:1", "127.0.0.1:8080", nil, 403},
		{"a name that somebody else chose", "127.0.0.1:1", "rebound.example.com:8080", nil, 403},
		{"through a proxy", "127.0.0.1:1", "127.0.0.1:8080", http.Header{"X-Forwarded-For": {"192.0.2.1"}}, 403},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for _, method := range []string{http.MethodGet, http.MethodPost} {
				request := httptest.NewRequestWithContext(t.Context(), method, "/inbox/demo", nil)
				request.RemoteAddr, request.Host = test.remote, test.host
				maps.Copy(request.Header, test.header)
				recorder := httptest.NewRecorder()
				in.ServeHTTP(recorder, request)
				if recorder.Code != test.want {
					t.Errorf("%s: got %d, want %d", method, recorder.Code, test.want)
				}
			}
		})
	}
}
