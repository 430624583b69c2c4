package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-im/parley/internal/console/inbox"
)

// started is a program that serves inside the test.
type started struct {
	lines *bufio.Scanner
	stop  context.CancelFunc
	// code is the exit code, once it has ended.
	code chan int
	log  *lockedBuffer
}

// lockedBuffer is a buffer for several goroutines.
type lockedBuffer struct {
	mu   sync.Mutex // guards text
	text strings.Builder
}

// Write appends.
func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

// String returns everything written.
func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

func serve(t *testing.T, args ...string) *started {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	reader, writer := io.Pipe()
	s := &started{lines: bufio.NewScanner(reader), stop: stop, code: make(chan int, 1), log: &lockedBuffer{}}
	p := &program{name: "parley", stdout: writer, stderr: s.log, clock: time.Now}
	var running sync.WaitGroup
	running.Go(func() {
		s.code <- p.run(ctx, append([]string{"serve", "--listen", "127.0.0.1:0"}, args...))
		_ = writer.Close()
	})
	t.Cleanup(func() {
		stop()
		_ = reader.Close()
		running.Wait()
		if t.Failed() {
			t.Logf("the log:\n%s", s.log)
		}
	})
	return s
}

// next reads a line of standard output.
func (s *started) next(t *testing.T) string {
	t.Helper()
	if !s.lines.Scan() {
		t.Fatalf("the server ended:\n%s", s.log)
	}
	return s.lines.Text()
}

// value reads lines up to the one that begins with label, and returns the rest
// of that.
func (s *started) value(t *testing.T, label string) string {
	t.Helper()
	for {
		if rest, ok := strings.CutPrefix(strings.TrimSpace(s.next(t)), label); ok {
			return strings.TrimSpace(rest)
		}
	}
}

// TestFirstStart does what a new user does: he copies the lines that the server
// prints.
func TestFirstStart(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data of parley")
	s := serve(t, "--data", data)
	address := s.value(t, "Parley is ready at")
	printed := make(map[string]string)
	for _, fact := range []string{"SDKAppID", "Secret key", "Administrator", "Address"} {
		printed[fact] = s.value(t, fact)
	}
	for _, label := range []string{"Set the webhook URL", "Send group messages"} {
		line := s.value(t, label)
		if got := run(t.Context(), nil, words(t, line)...); got.code != 0 {
			t.Fatalf("%s: got %+v", line, got)
		}
	}
	shown := run(t.Context(), nil, "app", "show", "--data", data)
	secret := regexp.MustCompile(`SecretKey +(\S+)`).FindStringSubmatch(shown.stdout)
	if secret == nil {
		t.Fatalf("app show has no key: %+v", shown)
	}
	if diff := cmp.Diff(printed, map[string]string{
		"SDKAppID": "1400000001", "Secret key": secret[1], "Administrator": "administrator", "Address": address,
	}); diff != "" {
		t.Errorf("printed, and as it is: %s", diff)
	}
	commands := map[string]bool{}
	for _, entry := range listen(t, s.value(t, "See their webhooks"), 3) {
		commands[entry.Command] = true
	}
	for _, want := range []string{"Group.CallbackAfterSendMsg", "Group.CallbackSendMsgException", "OfficialAccount.CallbackAfterSendMsg"} {
		if !commands[want] {
			t.Errorf("%s did not arrive: %v", want, commands)
		}
	}
	s.stop()
	if code := <-s.code; code != 0 {
		t.Errorf("got exit code %d, want 0", code)
	}
}

// TestConfiguredSecret: a key that the operator knows is not printed, since what a
// container prints is kept.
func TestConfiguredSecret(t *testing.T) {
	t.Parallel()
	s := serve(t, "--data", t.TempDir(), "--bootstrap-secret", "the secret key")
	if got := s.value(t, "Secret key"); got != "as bootstrap_secret says" {
		t.Errorf("got %s", got)
	}
	s.value(t, "See their webhooks")
	s.stop()
	if code := <-s.code; code != 0 {
		t.Errorf("got exit code %d, want 0", code)
	}
}

// words splits a line as a shell would and drops the name of the program.
func words(t *testing.T, line string) []string {
	t.Helper()
	var list []string
	for i, part := range strings.Split(line, "'") {
		if i%2 == 1 {
			list = append(list, part)
		} else {
			list = append(list, strings.Fields(part)...)
		}
	}
	if len(list) == 0 || list[0] != "parley" {
		t.Fatalf("%q does not begin with the program's name", line)
	}
	return list[1:]
}

// listen waits until so many webhooks are in an inbox.
func listen(t *testing.T, url string, n int) []inbox.Entry {
	t.Helper()
	var all []inbox.Entry
	since := "0"
	for len(all) < n {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+"?format=json&wait=10s&since="+since, nil)
		if err != nil {
			t.Fatal(err)
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		var listing inbox.Listing
		err = json.NewDecoder(response.Body).Decode(&listing)
		_ = response.Body.Close()
		if err != nil || len(listing.Requests) == 0 {
			t.Fatalf("%d webhooks arrived, want %d: %v", len(all), n, err)
		}
		all = append(all, listing.Requests...)
		since = strconv.FormatInt(listing.Next, 10)
	}
	return all
}

func TestLaterStartSaysLess(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	first := serve(t, "--data", data)
	first.value(t, "See their webhooks")
	first.stop()
	<-first.code

	second := serve(t, "--data", data)
	if line := second.next(t); !strings.HasPrefix(line, "Parley is ready at http://127.0.0.1:") {
		t.Errorf("got %q", line)
	}
	second.stop()
	if second.lines.Scan() {
		t.Errorf("got another line: %q", second.lines.Text())
	}
}

func TestServeFails(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	first := serve(t, "--data", data)
	first.next(t)
	got := run(t.Context(), nil, "serve", "--listen", "127.0.0.1:0", "--data", data)
	if got.code != 1 || !strings.Contains(got.stderr, "another parley is running") {
		t.Errorf("got %+v, want code 1, since another server has the directory", got)
	}
}

func TestWelcomeWithoutInbox(t *testing.T) {
	t.Parallel()
	s := serve(t, "--data", t.TempDir(), "--inbox", "off")
	if line := s.value(t, "Set the webhook URL"); !strings.Contains(line, "--url https://YOUR-BACKEND/webhook") {
		t.Errorf("got %s", line)
	}
	if line := s.value(t, "See their webhooks"); !strings.HasPrefix(line, "parley webhook log --data ") {
		t.Errorf("got %s", line)
	}
}
