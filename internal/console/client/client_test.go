package client

import (
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// answering returns a client of a server that answers everything in one way.
func answering(t *testing.T, status int, header http.Header, body string) *Client {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		maps.Copy(w.Header(), header)
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}))
	t.Cleanup(server.Close)
	return &Client{BaseURL: server.URL, Token: "token"}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	text := http.Header{"Content-Type": {"text/plain; charset=utf-8"}}
	tests := []struct {
		name   string
		status int
		header http.Header
		body   string
		want   *Error
	}{
		{"fault", 400, nil, `{"error":"too many","setting":"limit"}`, &Error{400, "too many", "limit"}},
		{"reason in plain text", 401, text, "not this token\n", &Error{401, "not this token", ""}},
		{"page of a proxy", 502, http.Header{"Content-Type": {"text/html"}}, "<html>", &Error{502, "", ""}},
		{"redirect", 302, http.Header{"Location": {"http://127.0.0.1:1/"}}, "", &Error{302, "", ""}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := answering(t, test.status, test.header, test.body).ListApps(t.Context())
			got, _ := errors.AsType[*Error](err)
			if diff := cmp.Diff(got, test.want); diff != "" {
				t.Errorf("got %v (-got +want):\n%s", err, diff)
			}
			if got != nil && got.Error() == "" {
				t.Error("the error says nothing")
			}
		})
	}
}

func TestNotParley(t *testing.T) {
	t.Parallel()
	_, err := answering(t, http.StatusOK, nil, "<html>").ListApps(t.Context())
	if err == nil || !strings.Contains(err.Error(), "is not what Parley answers") {
		t.Errorf("got %v", err)
	}
}

func TestUnreachable(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.NotFoundHandler())
	c := &Client{BaseURL: server.URL, Token: "token"}
	server.Close()
	_, err := c.ListApps(t.Context())
	gone, ok := errors.AsType[*UnreachableError](err)
	if !ok || gone.URL != c.BaseURL || !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("got %v, want an UnreachableError because of a refused connection", err)
	}
}

func TestNoAddress(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"", "nonsense", "http://", "http://a b"} {
		if _, err := (&Client{BaseURL: url}).ListApps(t.Context()); err == nil || !strings.Contains(err.Error(), "no address of a server") {
			t.Errorf("%q: got %v", url, err)
		}
	}
}

func TestRequest(t *testing.T) {
	t.Parallel()
	var got *http.Request
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r
		_, _ = w.Write([]byte("{}"))
	}))
	t.Cleanup(server.Close)
	c := &Client{BaseURL: server.URL + "/", Token: "the token"}
	if _, err := c.GetEvent(t.Context(), 7, "a/b"); err != nil {
		t.Fatal(err)
	}
	if got.URL.EscapedPath() != "/admin/v1/apps/7/events/a%2Fb" || got.Header.Get("Authorization") != "Bearer the token" {
		t.Errorf("got %s with %s", got.URL, got.Header)
	}
	if _, err := c.ListEvents(t.Context(), 7, EventQuery{Conversation: "group:a&b", Limit: 5}); err != nil {
		t.Fatal(err)
	}
	if want := "conversation=group%3Aa%26b&limit=5"; got.URL.RawQuery != want {
		t.Errorf("got the query %s, want %s", got.URL.RawQuery, want)
	}
}
