package testkit

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"
)

// What the server of these tests gives everybody who logs in.
const (
	testKey    = "key"
	testTinyID = "1441152100000000001"
	testInstID = 1574155779
)

// chatServer is a server of the client protocol for one user.
type chatServer struct {
	t   *testing.T
	url string
	// silent answers no heartbeats.
	silent bool

	mu      sync.Mutex // guards all below
	lines   []*line
	pending []string
	acks    []string
}

// line is a connection of it.
type line struct {
	conn  net.Conn
	query url.Values
	text  bool
	// asked are the requests that came, by servcmd and seq.
	asked []string
	// ended is how the client has closed it.
	ended chan ws.StatusCode
	mu    sync.Mutex // held while a frame is written
}

func newChatServer(t *testing.T) *chatServer {
	t.Helper()
	s := &chatServer{t: t}
	server := httptest.NewServer(s)
	s.url = "ws" + strings.TrimPrefix(server.URL, "http")
	t.Cleanup(server.Close)
	return s
}

func (s *chatServer) options() ClientOptions {
	return ClientOptions{URL: s.url, SDKAppID: SDKAppID, UserID: "alice", UserSig: "signature"}
}

func (s *chatServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	conn, _, _, err := ws.UpgradeHTTP(r, w)
	if err != nil {
		s.t.Errorf("upgrade: %v", err)
		return
	}
	defer conn.Close()
	l := &line{conn: conn, query: r.URL.Query(), text: r.URL.Path == "/info", ended: make(chan ws.StatusCode, 1)}
	s.mu.Lock()
	s.lines = append(s.lines, l)
	s.mu.Unlock()
	for {
		message, op, err := wsutil.ReadClientData(conn)
		if closed, ok := errors.AsType[wsutil.ClosedError](err); ok {
			l.ended <- closed.Code
			return
		}
		if err != nil {
			l.ended <- 0
			return
		}
		if want := l.op(); op != want {
			s.t.Errorf("a frame has op code %d, want %d", op, want)
		}
		s.answer(l, message)
	}
}

// ask is a request as it came.
type ask struct {
	Head struct {
		ServCmd    string `json:"servcmd"`
		Seq        int64  `json:"seq"`
		SDKAppID   int64  `json:"sdkappid"`
		Identifier string `json:"identifier"`
		UserSig    string `json:"usersig"`
		A2         string `json:"a2"`
		TinyID     string `json:"tinyid"`
		InstID     int64  `json:"status_instid"`
		CS         uint32 `json:"cs"`
	} `json:"head"`
	Body json.RawMessage `json:"body"`
}

func (s *chatServer) answer(l *line, message []byte) {
	var a ask
	if err := json.Unmarshal(message, &a); err != nil {
		s.t.Errorf("the request %q: %v", message, err)
		return
	}
	s.mu.Lock()
	l.asked = append(l.asked, fmt.Sprintf("%s %d", a.Head.ServCmd, a.Head.Seq))
	s.mu.Unlock()
	reply := func(body string) {
		l.send(fmt.Sprintf(`{"head":{"servcmd":%q,"seq":%d},"body":%s}`, a.Head.ServCmd, a.Head.Seq, body))
	}
	switch a.Head.ServCmd {
	case cmdHeartbeat:
		if !s.silent {
			reply(`{"ErrorCode":0}`)
		}
	case cmdLogin:
		s.login(l, &a, reply)
	case cmdLogout:
		reply(`{"ErrorCode":0}`)
	case cmdAck:
		s.acknowledge(a.Body)
	case "openim.echo":
		s.check(&a)
		reply(string(a.Body))
	case "openim.hold":
		if len(s.connections()) > 1 {
			reply(`{"ErrorCode":0,"MsgSeq":2}`)
		}
	case cmdReport:
		if a.Head.A2 != "" || a.Head.Identifier != "" {
			s.t.Error("a report tells who sends it")
		}
		reply(`{}`)
	default:
		reply(`{"ActionStatus":"FAIL","ErrorCode":60009,"ErrorInfo":"no such command","Hint":"none"}`)
	}
}

func (s *chatServer) login(l *line, a *ask, reply func(string)) {
	first := a.Head.Identifier == "alice" && a.Head.UserSig == "signature" && a.Head.A2 == "" && a.Head.InstID == 0
	again := a.Head.A2 == testKey && a.Head.TinyID == testTinyID && a.Head.InstID == testInstID && a.Head.Identifier == ""
	if !first && !again {
		reply(`{"ErrorCode":70013,"ErrorInfo":"UserSig was made for another identifier"}`)
		return
	}
	key := testKey
	if again {
		key = "another"
	}
	reply(fmt.Sprintf(`{"ErrorCode":0,"A2Key":%q,"TinyId":%q,"InstId":%d,"TimeStamp":1795296389,"HelloInterval":120}`, key, testTinyID, testInstID))
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, push := range s.pending {
		l.send(push)
	}
}

// check looks at what every request of a session has.
func (s *chatServer) check(a *ask) {
	if a.Head.A2 != testKey || a.Head.TinyID != testTinyID || a.Head.InstID != testInstID || a.Head.Identifier != "" {
		s.t.Errorf("the head %+v is not of the session", a.Head)
	}
	if want := crc32.ChecksumIEEE(a.Body); a.Head.CS != want || a.Head.SDKAppID != SDKAppID {
		s.t.Errorf("cs and sdkappid are %d and %d, want %d and %d", a.Head.CS, a.Head.SDKAppID, want, SDKAppID)
	}
}

func (s *chatServer) acknowledge(body json.RawMessage) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.acks = append(s.acks, string(body))
	s.pending = slices.DeleteFunc(s.pending, func(push string) bool {
		return strings.Contains(push, strings.Trim(string(body), "{}"))
	})
}

// acknowledged are the bodies of the acknowledgements so far.
func (s *chatServer) acknowledged() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.acks)
}

// connections are those that were opened so far.
func (s *chatServer) connections() []*line {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.lines)
}

// last is the newest connection. It waits for the first.
func (s *chatServer) last() *line {
	s.t.Helper()
	s.await("a connection", func() bool { return len(s.connections()) > 0 })
	lines := s.connections()
	return lines[len(lines)-1]
}

// requests are what came on a connection.
func (s *chatServer) requests(l *line) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(l.asked)
}

// push sends events on the newest connection; they are to be acknowledged with n.
func (s *chatServer) push(n int, events string) {
	push := fmt.Sprintf(`{"head":{"servcmd":"im_open_push.msg_push","seq":%d},"body":{"EventArray":[%s],"NeedAck":1,"SessionData":"%d"}}`, n, events, n)
	s.mu.Lock()
	s.pending = append(s.pending, push)
	s.mu.Unlock()
	s.last().send(push)
}

// await waits until a condition holds.
func (s *chatServer) await(what string, holds func() bool) {
	s.t.Helper()
	for deadline := time.Now().Add(Patience); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			s.t.Fatalf("%s: not within %v", what, Patience)
		}
	}
}

func (s *chatServer) awaitAck(n int) {
	s.t.Helper()
	want := fmt.Sprintf(`{"SessionData":"%d"}`, n)
	s.await("acknowledge "+want, func() bool { return slices.Contains(s.acknowledged(), want) })
}

func (l *line) op() ws.OpCode {
	if l.text {
		return ws.OpText
	}
	return ws.OpBinary
}

// send sends a message, compressed if the client can inflate it: in one format if
// its length is even, in the other if it is odd.
func (l *line) send(message string) {
	payload := []byte(message)
	if l.query.Get("compress") == "gzip" && !l.text {
		var packed bytes.Buffer
		packed.WriteString("COMP")
		var w io.WriteCloser = zlib.NewWriter(&packed)
		if len(message)%2 == 1 {
			w = gzip.NewWriter(&packed)
		}
		_, _ = w.Write(payload)
		_ = w.Close()
		payload = packed.Bytes()
	}
	l.write(ws.NewFrame(l.op(), true, payload))
}

func (l *line) write(frames ...ws.Frame) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, f := range frames {
		_ = ws.WriteFrame(l.conn, f) // the client may have gone
	}
}

// enter makes a client that is logged in.
func enter(t *testing.T, o ClientOptions) *Client {
	t.Helper()
	c := NewClient(t, o)
	if err := c.Dial(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := c.Login(t.Context()); err != nil {
		t.Fatal(err)
	}
	return c
}

// anything wants every event.
func anything(*Event) bool { return true }
