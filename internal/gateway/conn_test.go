package gateway_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/gateway"
	"github.com/parley-im/parley/internal/testkit"
)

// dial opens a bare WebSocket.
func dial(f *fixture, path string) net.Conn {
	f.Helper()
	conn, _, _, err := ws.Dial(f.context(), "ws"+strings.TrimPrefix(f.server.URL, "http")+path)
	f.must(err)
	f.Cleanup(func() { _ = conn.Close() })
	f.must(conn.SetDeadline(time.Now().Add(patience)))
	return conn
}

const address = "/binfo?sdkappid=1400000001&platform=7&compress=gzip"

// readFrame reads one frame of at most a megabyte.
func readFrame(conn net.Conn) (ws.Frame, error) {
	h, err := ws.ReadHeader(conn)
	if err != nil || h.Length > 1<<20 {
		return ws.Frame{}, errors.Join(err, errors.New("no frame"))
	}
	payload := make([]byte, h.Length)
	_, err = io.ReadFull(conn, payload)
	return ws.NewFrame(h.OpCode, h.Fin, payload), err
}

// TestForms: each path has its kind of frames, and a proxy's prefix does not matter.
func TestForms(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	for path, want := range map[string]ws.OpCode{
		address: ws.OpBinary, "/a/prefix" + address: ws.OpBinary, strings.Replace(address, "binfo", "info", 1): ws.OpText,
	} {
		conn := dial(f, path)
		f.must(ws.WriteFrame(conn, ws.MaskFrame(ws.NewFrame(want, true, []byte(`{"head":{"servcmd":"heartbeat.alive","seq":9},"body":{}}`)))))
		got, err := readFrame(conn)
		f.must(err)
		equal(f, "frames of "+path, got.Header.OpCode, want)
		equal(f, "answer", string(got.Payload), `{"head":{"servcmd":"heartbeat.alive","seq":9},"body":{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":""}}`)
	}
}

// TestFrames: fragments are put together, pings answered, and what is no part of
// the protocol ends the connection with a reason.
func TestFrames(t *testing.T) {
	t.Parallel()
	f := start(t, func(o *gateway.Options) { o.MaxFrame = 1 << 10 })
	hello := []byte(`{"head":{"servcmd":"heartbeat.alive","seq":1},"body":{}}`)
	masked := func(op ws.OpCode, fin bool, p []byte) []byte {
		return ws.MustCompileFrame(ws.MaskFrame(ws.NewFrame(op, fin, bytes.Clone(p))))
	}
	for name, tt := range map[string]struct {
		sent   [][]byte
		answer ws.OpCode
		closed string
	}{
		"one frame":               {sent: [][]byte{masked(ws.OpBinary, true, hello)}, answer: ws.OpBinary},
		"fragments around a ping": {sent: [][]byte{masked(ws.OpBinary, false, hello[:9]), masked(ws.OpPing, true, []byte("p")), masked(ws.OpContinuation, true, hello[9:])}, answer: ws.OpPong},
		"no mask":                 {sent: [][]byte{ws.MustCompileFrame(ws.NewBinaryFrame(hello))}, closed: "not the protocol"},
		"a lone continuation":     {sent: [][]byte{masked(ws.OpContinuation, true, hello)}, closed: "not the protocol"},
		"a message in a message":  {sent: [][]byte{masked(ws.OpBinary, false, hello), masked(ws.OpBinary, true, hello)}, closed: "not the protocol"},
		"no JSON":                 {sent: [][]byte{masked(ws.OpBinary, true, []byte("hello"))}, closed: "not the protocol"},
		"no command":              {sent: [][]byte{masked(ws.OpBinary, true, []byte(`{"head":{}}`))}, closed: "not the protocol"},
		"an empty message":        {sent: [][]byte{masked(ws.OpBinary, true, nil)}, closed: "not the protocol"},
		"an unknown kind":         {sent: [][]byte{masked(3, true, hello)}, closed: "not the protocol"},
		"a negative length":       {sent: [][]byte{{0x82, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4}}, closed: "not the protocol"},
		"too large":               {sent: [][]byte{masked(ws.OpBinary, true, make([]byte, 1025))}, closed: "a frame is too large"},
		"too large in pieces":     {sent: [][]byte{masked(ws.OpBinary, false, make([]byte, 1000)), masked(ws.OpContinuation, true, make([]byte, 25))}, closed: "a frame is too large"},
		"a goodbye":               {sent: [][]byte{masked(ws.OpClose, true, ws.NewCloseFrameBody(ws.StatusNormalClosure, ""))}, closed: "closed by the client"},
	} {
		conn := dial(f, address)
		for _, frame := range tt.sent {
			_, err := conn.Write(frame)
			f.must(err)
		}
		got, err := readFrame(conn)
		f.must(err)
		if tt.closed == "" {
			equal(f, name, got.Header.OpCode, tt.answer)
			continue
		}
		equal(f, name, got.Header.OpCode, ws.OpClose)
		_, reason := ws.ParseCloseFrameData(got.Payload)
		equal(f, name, reason, tt.closed)
		if _, err := conn.Read(make([]byte, 1)); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%s: the connection is still there: %v", name, err)
		}
	}
}

// TestLimits: requests a second, and connections of one address and one app.
func TestLimits(t *testing.T) {
	t.Parallel()
	f := start(t, func(o *gateway.Options) { o.RequestRate, o.MaxPerAddress = 1, 2 })
	first, second := f.login("alice"), f.login("bob")
	third := testkit.NewClient(t, f.options("carol", time.Hour))
	if err := third.Dial(f.context()); err == nil {
		t.Error("a third connection of one address")
	}
	for range 20 {
		go func() { _ = second.Call(t.Context(), "heartbeat.alive", nil, nil) }() // most are not answered
	}
	err := second.WaitLost(f.context())
	if lost, ok := errors.AsType[*testkit.CloseError](err); !ok || lost.Reason != "too many requests" {
		t.Errorf("20 requests at once: closed with %v", err)
	}
	f.must(first.Call(f.context(), "heartbeat.alive", nil, nil))
	first.Close()
	deadline := time.Now().Add(patience)
	for err = third.Dial(f.context()); err != nil && time.Now().Before(deadline); err = third.Dial(f.context()) {
		time.Sleep(10 * time.Millisecond)
	}
	f.must(err)
}

// TestFlood: control frames and fragments count as requests do, large requests as
// several, and acknowledgements that the server asked for not at all.
func TestFlood(t *testing.T) {
	t.Parallel()
	f := start(t, func(o *gateway.Options) { o.RequestRate = 1 })
	f.set(func(s *chat.Settings) { s.GroupRate = 0 })
	for name, frame := range map[string]ws.Frame{
		"pings": ws.NewPingFrame(nil), "pongs": ws.NewPongFrame(nil), "fragments": ws.NewFrame(ws.OpContinuation, false, nil),
	} {
		conn := dial(f, address)
		sent := ws.MustCompileFrame(ws.MaskFrame(ws.NewFrame(ws.OpBinary, false, nil)))
		if frame.Header.OpCode != ws.OpContinuation {
			sent = nil
		}
		sent = append(sent, bytes.Repeat(ws.MustCompileFrame(ws.MaskFrame(frame)), 30)...)
		_, err := conn.Write(sent)
		f.must(err)
		got, err := readFrame(conn)
		for err == nil && got.Header.OpCode == ws.OpPong {
			got, err = readFrame(conn)
		}
		f.must(err)
		_, reason := ws.ParseCloseFrameData(got.Payload)
		equal(f, name, reason, "too many requests")
	}

	conn := dial(f, address)
	large := ws.NewBinaryFrame([]byte(`{"head":{"servcmd":"nobody.knows","seq":1},"body":"` + strings.Repeat("x", 60<<10) + `"}`))
	_, err := conn.Write(bytes.Repeat(ws.MustCompileFrame(ws.MaskFrame(large)), 4))
	f.must(err)
	got, err := readFrame(conn)
	for err == nil && got.Header.OpCode == ws.OpBinary {
		got, err = readFrame(conn)
	}
	f.must(err)
	_, reason := ws.ParseCloseFrameData(got.Payload)
	equal(f, "large requests", reason, "too many requests")

	f.group("g", "bob")
	bob := f.login("bob")
	for i := range 40 {
		text := fmt.Sprint("message ", i)
		f.say("g", "alice", text)
		hears(f, bob, text)
	}
	f.must(bob.Call(f.context(), "heartbeat.alive", nil, nil))
}

// TestLargeRequests: large requests of all clients share so much memory; who finds
// no room is told so, and small requests need none.
func TestLargeRequests(t *testing.T) {
	t.Parallel()
	f := start(t, func(o *gateway.Options) { o.MaxFrame, o.MaxLarge = 64<<10, 64<<10 })
	request := []byte(`{"head":{"servcmd":"nobody.knows","seq":1},"body":"` + strings.Repeat("x", 60<<10) + `"}`)
	whole := ws.MustCompileFrame(ws.MaskFrame(ws.NewBinaryFrame(bytes.Clone(request))))
	ask := func() string {
		conn := dial(f, address)
		_, err := conn.Write(whole)
		f.must(err)
		got, err := readFrame(conn)
		f.must(err)
		if got.Header.OpCode == ws.OpClose {
			_, reason := ws.ParseCloseFrameData(got.Payload)
			return reason
		}
		return "answered"
	}
	// A request counts for a moment more after its answer.
	await := func(what, want string) {
		deadline := time.Now().Add(patience)
		for got := ask(); got != want; got = ask() {
			if time.Now().After(deadline) {
				f.Fatalf("%s: got %q, want %q", what, got, want)
			}
			time.Sleep(5 * time.Millisecond)
		}
	}
	for range 20 {
		await("one after the other", "answered")
	}
	time.Sleep(50 * time.Millisecond)

	half := dial(f, address)
	_, err := half.Write(whole[:50<<10])
	f.must(err)
	await("beside half of another", "too many large requests of all clients")
	f.must(f.login("bob").Call(f.context(), "heartbeat.alive", nil, nil))
	f.must(half.Close())
	await("when that is gone", "answered")
}

// TestUnknown: what nobody knows is answered too, and needs no session.
func TestUnknown(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	c := testkit.NewClient(t, f.options("alice", time.Hour))
	f.must(c.Dial(f.context()))
	f.refused("an unknown command", c.Call(f.context(), "nobody.knows", nil, nil), chat.ErrUnknownCommand)
	f.refused("a request before login", c.Call(f.context(), "profile.portrait_get_all", nil, nil), chat.ErrUserSigEmpty)
	f.must(c.Login(f.context()))
	err := c.Call(f.context(), "group_open_http_svc.send_group_msg", json.RawMessage(`{"GroupId":7}`), nil)
	f.refused("a field of the wrong type", err, chat.ErrParameter)
	err = c.Call(f.context(), "group_open_http_svc.send_group_msg", json.RawMessage(`"text"`), nil)
	if want := "the body is no JSON object"; !strings.Contains(fmt.Sprint(err), want) {
		t.Errorf("a body of the wrong type: got %v, want %s", err, want)
	}
}

// TestSlowClient: a client that does not read is disconnected, the others hear all,
// and it has lost nothing when it comes back.
func TestSlowClient(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	f.set(func(s *chat.Settings) { s.GroupRate = 0 })
	f.group("g", "bob", "carol")
	bob, carol := f.login("bob"), f.login("carol")
	session := bob.Session()
	bob.Cut()

	// A client that goes on with the session and then reads no more.
	deaf := dial(f, address)
	f.must(deaf.(*net.TCPConn).SetReadBuffer(4096))
	login := `{"head":{"servcmd":"im_open_status.wslogin","seq":1,"a2":"` + session.A2Key + `","tinyid":"` + session.TinyID + `"},"body":{}}`
	f.must(ws.WriteFrame(deaf, ws.MaskFrame(ws.NewBinaryFrame([]byte(login)))))
	_, err := readFrame(deaf)
	f.must(err)

	long := strings.Repeat("x", 10<<10)
	const n = 1500
	for range n {
		f.say("g", "alice", long)
	}
	f.say("g", "alice", "the end")
	heard := 0
	for {
		e, err := carol.WaitPush(f.context(), func(e *testkit.Event) bool { return len(e.GroupMsgArray()) > 0 })
		f.must(err)
		if e.GroupMsgArray()[0].Text() == "the end" {
			break
		}
		heard++
	}
	equal(f, "messages that the other member heard", heard, n)

	back := testkit.NewClient(t, f.options("bob", time.Hour))
	back.Resume(session)
	f.must(back.Reconnect(f.context()))
	f.say("g", "alice", "after the end") // comes after all that was pushed before
	seen, last := make(map[int64]bool), int64(0)
	for !seen[n+2] {
		e, err := back.WaitPush(f.context(), func(e *testkit.Event) bool { return len(e.GroupMsgArray()) > 0 })
		f.must(err)
		for _, item := range e.GroupMsgArray() {
			if !seen[item.MsgSeq] && item.MsgSeq < last {
				t.Errorf("message %d was pushed after %d", item.MsgSeq, last)
			}
			seen[item.MsgSeq], last = true, max(last, item.MsgSeq)
		}
	}
	// What is too much to be pushed again is in the history.
	for seq := int64(1); seq <= n+1; seq++ {
		if !seen[seq] && seq > n+1-300 {
			t.Errorf("message %d was not pushed again", seq)
		}
	}
}

// TestStop: a stopping server answers what it began, says goodbye, and tells the
// app of nobody's leaving.
func TestStop(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	c := f.login("alice")
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	f.gateway.Stop(ctx)
	err := c.WaitLost(f.context())
	if lost, ok := errors.AsType[*testkit.CloseError](err); !ok || lost.Code != int(ws.StatusGoingAway) {
		t.Errorf("closed with %v", err)
	}
	f.told("alice Login Register")
}
