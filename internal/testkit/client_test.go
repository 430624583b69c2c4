package testkit

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"context"
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
	"sync/atomic"
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

func TestClient(t *testing.T) {
	t.Parallel()
	for name, form := range map[string]func(*ClientOptions){
		"binary frames":     func(*ClientOptions) {},
		"text frames":       func(o *ClientOptions) { o.Text = true },
		"compressed frames": func(o *ClientOptions) { o.Compress = true },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newChatServer(t)
			o := s.options()
			form(&o)
			c := enter(t, o)

			if got := c.Session(); got.A2Key != testKey || got.TinyID != testTinyID || got.InstID != testInstID || got.HelloInterval != 120 {
				t.Errorf("the session is %+v", got)
			}
			type text struct{ Text string }
			want := text{strings.Repeat("<é & \\\" 😀> ", 5000)}
			var got text
			if err := c.Call(t.Context(), "openim.echo", want, &got); err != nil || got != want {
				t.Errorf("the echo of %d bytes has %d: %v", len(want.Text), len(got.Text), err)
			}
			if err := c.Call(t.Context(), cmdReport, nil, nil); err != nil {
				t.Error(err)
			}

			s.push(1, `{"Event":3,"GroupMsgArray":[{"From_Account":"bob","MsgSeq":2,"MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"hello"}}]}]},`+
				`{"Event":4,"GroupTips":[{"MsgBody":{"OpType":1,"List_Account":["bob"]}}]}`)
			e, err := c.WaitPush(t.Context(), func(e *Event) bool { return e.Event == 3 })
			if err != nil {
				t.Fatal(err)
			}
			if items := e.GroupMsgArray(); len(items) != 1 || items[0].Text() != "hello" || items[0].MsgSeq != 2 || items[0].FromAccount != "bob" {
				t.Errorf("the message came as %s", e.Raw)
			}
			s.awaitAck(1)
			if rest := c.Events(); len(rest) != 1 || len(rest[0].GroupTips()) != 1 || rest[0].GroupTips()[0].Tip().OpType != 1 {
				t.Errorf("%d events are left, want the tip", len(rest))
			}
			if err := c.Logout(t.Context()); err != nil {
				t.Error(err)
			}
			if err := c.Login(t.Context()); err != nil {
				t.Errorf("log in again: %v", err)
			}
		})
	}
}

func TestClientRefused(t *testing.T) {
	t.Parallel()
	s := newChatServer(t)
	o := s.options()
	o.UserID = "bob"
	c := NewClient(t, o)
	if err := c.Call(t.Context(), "openim.echo", nil, nil); !errors.Is(err, errNotDialed) {
		t.Errorf("a call before Dial: %v", err)
	}
	if err := c.Dial(t.Context()); err != nil {
		t.Fatal(err)
	}
	refusal, ok := errors.AsType[*AnswerError](c.Login(t.Context()))
	if !ok || refusal.Code != 70013 || !strings.HasPrefix(refusal.Info, "UserSig") {
		t.Errorf("the login is refused with %v", refusal)
	}
	refusal, ok = errors.AsType[*AnswerError](c.Call(t.Context(), "openim.unknown", nil, nil))
	if !ok || refusal.Code != 60009 || !bytes.Contains(refusal.Body, []byte(`"Hint":"none"`)) {
		t.Errorf("the command is refused with %v", refusal)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if err := c.Call(ctx, "openim.hold", nil, nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a call without answer: %v", err)
	}
	go c.Close()
	if err := c.Call(t.Context(), "openim.hold", nil, nil); !errors.Is(err, errClosed) {
		t.Errorf("a call while the client is closed: %v", err)
	}
	if code := <-s.last().ended; code != closeDestroyed {
		t.Errorf("the client closed with %d", code)
	}
}

func TestClientReconnects(t *testing.T) {
	t.Parallel()
	s := newChatServer(t)
	c := enter(t, s.options())
	answered := make(chan error, 1)
	var answer struct{ MsgSeq int }
	go func() { answered <- c.Call(t.Context(), "openim.hold", nil, &answer) }()
	first := s.last()
	s.await("the request", func() bool { return len(s.requests(first)) == 2 })

	c.Cut()
	if code := <-first.ended; code != 0 {
		t.Errorf("the client closed with %d, want a cut", code)
	}
	if err := c.WaitLost(t.Context()); !errors.Is(err, net.ErrClosed) {
		t.Errorf("the connection was lost with: %v", err)
	}
	if err := c.Reconnect(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-answered; err != nil || answer.MsgSeq != 2 {
		t.Errorf("the request that was repeated: MsgSeq %d, %v", answer.MsgSeq, err)
	}
	second := s.last()
	got, held := s.requests(second), s.requests(first)[1]
	if len(got) != 2 || got[0] != held || !strings.HasPrefix(got[1], cmdLogin) {
		t.Errorf("the new connection has %q, want %q and a login", got, held)
	}
	if first.query.Get("instanceid") != second.query.Get("instanceid") || len(first.query.Get("instanceid")) != 32 {
		t.Errorf("instanceid changed: %v, %v", first.query, second.query)
	}
	if c.Session().A2Key != testKey {
		t.Error("the client took over another A2Key")
	}

	if err := c.Reconnect(t.Context()); err != nil {
		t.Fatal(err)
	}
	if code := <-second.ended; code != closeReconnect {
		t.Errorf("a living connection was left with %d", code)
	}
}

func TestClientReplays(t *testing.T) {
	t.Parallel()
	s := newChatServer(t)
	o := s.options()
	o.ManualAck = true
	c := enter(t, o)
	s.push(1, `{"Event":9,"C2cMsgArray":[{"From_Account":"bob","MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"hi"}}]}]}`)
	if _, err := c.WaitPush(t.Context(), anything); err != nil {
		t.Fatal(err)
	}
	c.Cut()
	if err := c.Reconnect(t.Context()); err != nil {
		t.Fatal(err)
	}
	e, err := c.WaitPush(t.Context(), anything)
	if err != nil {
		t.Fatal(err)
	}
	if items := e.C2cMsgArray(); len(items) != 1 || items[0].Text() != "hi" {
		t.Errorf("the message came again as %s", e.Raw)
	}
	if acks := s.acknowledged(); len(acks) != 0 {
		t.Errorf("the client acknowledged %v by itself", acks)
	}
	if err := c.Ack(e.SessionData); err != nil {
		t.Error(err)
	}
	s.awaitAck(1)
}

func TestClientPushes(t *testing.T) {
	t.Parallel()
	s := newChatServer(t)
	c := enter(t, s.options())

	s.last().send(`{"head":{"servcmd":"im_open_status.stat_forceoffline","seq":1},"body":{"EventArray":[{"Event":10,` +
		`"C2cNotifyMsgArray":[{"KickoutMsgNotify":{"KickType":1,"NewInstInfo":{"InstId":5,"Platform":"Web"}}}]}]}}`)
	e, err := c.WaitPush(t.Context(), anything)
	if err != nil {
		t.Fatal(err)
	}
	notices := e.C2cNotifyMsgArray()
	if len(notices) != 1 || notices[0].KickoutMsgNotify == nil || notices[0].KickoutMsgNotify.NewInstInfo.InstID != 5 || e.SessionData != nil {
		t.Errorf("the kick came as %s", e.Raw)
	}
	if e.GroupMsgArray() != nil {
		t.Error("the kick has group messages")
	}

	s.last().send(`{"head":{"servcmd":"im_sdk_config_mgr.push_configv2","seq":1},"body":{"str_json_config":"{}"}}`)
	e, err = c.WaitPush(t.Context(), anything)
	if err != nil || e.Servcmd != "im_sdk_config_mgr.push_configv2" || string(e.Raw) != `{"str_json_config":"{}"}` || e.Event != 0 {
		t.Errorf("the push without events came as %+v, %v", e, err)
	}

	const surplus = 10
	for i := range maxEvents + surplus {
		s.last().send(fmt.Sprintf(`{"head":{"servcmd":"im_open_push.msg_push","seq":1},"body":{"EventArray":[{"Event":%d}]}}`, i))
	}
	if _, err := c.WaitPush(t.Context(), func(e *Event) bool { return e.Event == maxEvents+surplus-1 }); err != nil {
		t.Fatal(err)
	}
	if c.Dropped() != surplus || len(c.Events()) != maxEvents-1 {
		t.Errorf("%d events are kept and %d dropped", len(c.Events()), c.Dropped())
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(io.ErrUnexpectedEOF)
	if _, err := c.WaitPush(ctx, func(*Event) bool { return false }); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a push that never comes: %v", err)
	}
}

func TestClientOnPush(t *testing.T) {
	t.Parallel()
	s := newChatServer(t)
	const clients, rounds = 200, 5
	var arrived atomic.Int64
	for i := range clients {
		o := s.options()
		o.Source = net.IPv4(127, 0, 0, byte(2+i%2))
		o.OnPush = func(frame []byte) {
			if !json.Valid(frame) {
				t.Errorf("the push is %q", frame)
			}
			arrived.Add(1)
		}
		c := enter(t, o)
		if from, _, _ := net.SplitHostPort(s.last().conn.RemoteAddr().String()); from != o.Source.String() {
			t.Errorf("the connection is from %s, want %s", from, o.Source)
		}
		if len(c.Events()) > 0 {
			t.Error("events are kept")
		}
	}
	for i := range rounds {
		for _, l := range s.connections() {
			l.send(fmt.Sprintf(`{"head":{"servcmd":"im_open_push.msg_push","seq":1},"body":{"EventArray":[],"NeedAck":1,"SessionData":%d}}`, i))
		}
	}
	s.await("all pushes", func() bool { return arrived.Load() == clients*rounds })
	s.await("all acknowledgements", func() bool { return len(s.acknowledged()) == clients*rounds })
}

func TestClientHeartbeat(t *testing.T) {
	t.Parallel()
	s := newChatServer(t)
	o := s.options()
	o.Heartbeat = 20 * time.Millisecond
	c := NewClient(t, o)
	if err := c.Dial(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.await("several heartbeats", func() bool { return len(s.requests(s.last())) >= 5 })

	silent := newChatServer(t)
	silent.silent = true
	o.URL = silent.url
	c = NewClient(t, o)
	if err := c.Dial(t.Context()); err != nil {
		t.Fatal(err)
	}
	if code := <-silent.last().ended; code != closeReconnect {
		t.Errorf("the client left the silent server with %d", code)
	}
}

func TestClientFrames(t *testing.T) {
	t.Parallel()
	s := newChatServer(t)
	c := enter(t, s.options())
	first := ws.NewFrame(ws.OpBinary, false, []byte(`{"head":{"servcmd":"im_open_push.msg_push","seq":1},`))
	rest := ws.NewFrame(ws.OpContinuation, true, []byte(`"body":{"EventArray":[{"Event":7}]}}`))
	s.last().write(first, ws.NewPingFrame([]byte("there?")), rest)
	if _, err := c.WaitPush(t.Context(), func(e *Event) bool { return e.Event == 7 }); err != nil {
		t.Error(err)
	}
	s.last().write(ws.NewCloseFrame(ws.NewCloseFrameBody(4321, "overrun")))
	lost, ok := errors.AsType[*CloseError](c.WaitLost(t.Context()))
	if !ok || lost.Code != 4321 || lost.Reason != "overrun" {
		t.Errorf("the connection was lost with: %v", lost)
	}
}

// verdict is a test that takes note of its failure.
type verdict struct {
	testing.TB

	failed chan string
}

func (v verdict) Errorf(format string, args ...any) { v.failed <- fmt.Sprintf(format, args...) }

func TestClientFaults(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		frame ws.Frame
		want  string
	}{
		"text at binfo":         {ws.NewTextFrame([]byte(`{}`)), "op code 1"},
		"compressed all alone":  {ws.NewBinaryFrame([]byte("COMPx")), "not asked for"},
		"no servcmd":            {ws.NewBinaryFrame([]byte(`{"head":{},"body":{}}`)), "without servcmd"},
		"no JSON":               {ws.NewBinaryFrame([]byte(`{"head":{"servcmd":"a.b"},"body":{"Event"}}`)), "no JSON"},
		"no events":             {ws.NewBinaryFrame([]byte(`{"head":{"servcmd":"a.b"},"body":{"EventArray":{}}}`)), "EventArray"},
		"masked":                {ws.MaskFrame(ws.NewBinaryFrame([]byte(`{}`))), "masked"},
		"longer than a message": {ws.Frame{Header: ws.Header{Fin: true, OpCode: ws.OpBinary, Length: maxMessage + 1}}, "more than"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newChatServer(t)
			v := verdict{t, make(chan string, 1)}
			c := NewClient(v, s.options())
			if err := c.Dial(t.Context()); err != nil {
				t.Fatal(err)
			}
			s.last().write(test.frame)
			if got := <-v.failed; !strings.Contains(got, test.want) {
				t.Errorf("the test fails with %q, want %q", got, test.want)
			}
			if _, ok := errors.AsType[*faultError](c.WaitLost(t.Context())); !ok {
				t.Error("the connection goes on")
			}
		})
	}
}

// BenchmarkClientPush is what a push costs one client of thousands, without the
// network.
func BenchmarkClientPush(b *testing.B) {
	push := []byte(`{"head":{"servcmd":"im_open_push.msg_push","seq":7},"body":{"EventArray":[{"Event":3,"GroupMsgArray":[{"Event":3,"From_Account":"bob",` +
		`"ToGroupId":"room","MsgSeq":12,"MsgRandom":345,"MsgTimeStamp":1795296395,"MsgClientTime":1795296394,"ClientSeq":12,"TinyId":"1441152100000000001",` +
		`"MsgPriority":"Normal","IsSystemMsg":0,"MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"` + strings.Repeat("a few words ", 15) + `"}}],` +
		`"CloudCustomData":"","GroupInfo":{"GroupId":"room","GroupName":"Room","GroupType":"Public","From_AccountNick":"Bob","From_AccountHeadurl":""}}]}],` +
		`"NeedAck":0,"SessionData":"30"}}`)
	c := NewClient(b, ClientOptions{OnPush: func([]byte) {}})
	b.SetBytes(int64(len(push)))
	b.ReportAllocs()
	for b.Loop() {
		if err := c.take(push); err != nil {
			b.Fatal(err)
		}
	}
}
