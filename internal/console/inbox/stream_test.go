package inbox

import (
	"bufio"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// event is one server-sent event.
type event struct{ name, id, data string }

// events reads a stream.
type events struct {
	t     *testing.T
	lines *bufio.Scanner
}

func follow(t *testing.T, url string, header ...string) events {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+"?stream", nil)
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
	t.Cleanup(func() { response.Body.Close() })
	if response.StatusCode != http.StatusOK {
		t.Fatalf("stream: status %d", response.StatusCode)
	}
	lines := bufio.NewScanner(response.Body)
	lines.Buffer(nil, 2*MaxBody)
	return events{t, lines}
}

// next returns the next event, or none when the stream ends.
func (e events) next() (event, bool) {
	e.t.Helper()
	var got event
	for e.lines.Scan() {
		line := e.lines.Text()
		if line == "" && got.name != "" {
			return got, true
		}
		key, value, _ := strings.Cut(line, ": ")
		switch key {
		case "event":
			got.name = value
		case "id":
			got.id = value
		case "data":
			got.data = value
		}
	}
	return got, false
}

// want reads events and compares their names and ids, as in "request 1".
func (e events) want(names ...string) {
	e.t.Helper()
	for _, want := range names {
		got, ok := e.next()
		if text := strings.TrimSpace(got.name + " " + got.id); !ok || text != want {
			e.t.Fatalf("event: got %q (%t), want %q", text, ok, want)
		}
	}
}

func TestStream(t *testing.T) {
	t.Parallel()
	in, url := opened(t, Options{Hints: []Hint{{"Try", "parley {url}"}}})
	do(t, http.MethodPost, url, "1")
	do(t, http.MethodPost, url, "2")

	all := follow(t, url)
	hello, _ := all.next()
	var greeting greeting
	if err := json.Unmarshal([]byte(hello.data), &greeting); err != nil || hello.name != "hello" {
		t.Fatalf("greeting: got %+v, %v", hello, err)
	}
	if greeting.Inbox != "demo" || greeting.Epoch != in.epoch || len(greeting.Hints) != 1 {
		t.Errorf("greeting: got %+v", greeting)
	}
	all.want("request 1", "request 2", "ready")

	again := follow(t, url, "Last-Event-ID", "1")
	again.want("hello", "request 2", "ready")

	do(t, http.MethodPost, url+"-other", "not for us")
	do(t, http.MethodPost, url, "line\nbreak\r\n\r\ndata: x")
	got, _ := all.next()
	var entry Entry
	if err := json.Unmarshal([]byte(got.data), &entry); err != nil {
		t.Fatal(err)
	}
	if got.id != "4" || entry.ID != 4 || entry.Body != "line\nbreak\r\n\r\ndata: x" {
		t.Errorf("live: got %+v", got)
	}
	do(t, http.MethodDelete, url, "")
	all.want("clear")
	again.want("request 4", "clear")

	in.Close()
	if got, ok := all.next(); ok {
		t.Errorf("after the end: got %+v", got)
	}
}

// TestStreamDropsAReaderThatDoesNotRead sends more than the connection can hold
// while nobody reads from it.
func TestStreamDropsAReaderThatDoesNotRead(t *testing.T) {
	t.Parallel()
	in, url := opened(t, Options{})
	in.memory.limits.queue = 4
	reader := follow(t, url)
	reader.want("hello", "ready")
	const sent = 100
	body := strings.Repeat("x", MaxBody)
	for range sent {
		if status, _, _ := do(t, http.MethodPost, url, body); status != http.StatusOK {
			t.Fatalf("status: got %d", status)
		}
	}

	last, heard := "", 0
	for got, ok := reader.next(); ok; got, ok = reader.next() {
		last = got.id
		heard++
	}
	if heard == 0 || heard == sent {
		t.Fatalf("heard %d of %d before the end", heard, sent)
	}
	again := follow(t, url, "Last-Event-ID", last)
	again.want("hello")
	for got, ok := again.next(); ok && got.name == "request"; got, ok = again.next() {
		heard++
	}
	if heard != sent {
		t.Errorf("heard %d of %d after coming back", heard, sent)
	}
}

func TestWaitingOutlivesTheServersTimeouts(t *testing.T) {
	t.Parallel()
	server := httptest.NewUnstartedServer(New(Options{}))
	server.Config.ReadTimeout, server.Config.WriteTimeout = 50*time.Millisecond, 50*time.Millisecond
	server.Start()
	t.Cleanup(server.Close)
	url := server.URL + "/inbox/demo"
	if status, _, text := do(t, http.MethodGet, url+"?wait=200ms", ""); status != http.StatusOK {
		t.Errorf("long poll: got %d %s", status, text)
	}
	if status, _, text := do(t, http.MethodPost, url+"?reply_delay=200ms", "{}"); status != http.StatusOK {
		t.Errorf("delayed answer: got %d %s", status, text)
	}
}

func TestTooManyReaders(t *testing.T) {
	t.Parallel()
	in, url := opened(t, Options{})
	in.memory.limits.subscribers = 1
	reader := follow(t, url)
	reader.want("hello", "ready")
	for _, query := range []string{"?stream", "?wait=1s"} {
		status, header, _ := do(t, http.MethodGet, url+query, "")
		if status != http.StatusServiceUnavailable || header.Get("Retry-After") == "" {
			t.Errorf("%s: got %d, want 503 with Retry-After", query, status)
		}
	}
}
