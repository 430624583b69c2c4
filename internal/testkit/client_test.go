package testkit

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gobwas/ws"
)

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
