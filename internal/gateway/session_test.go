package gateway_test

import (
	"bytes"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/gobwas/ws"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/store"
	"github.com/parley-im/parley/internal/testkit"
)

// TestLogin: what a client needs to go on, and what it is refused for.
func TestLogin(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	c := f.login("alice")
	s := c.Session()
	if s.A2Key == "" || s.TinyID != chat.TinyID(testkit.SDKAppID, "alice") || s.InstID == 0 {
		t.Errorf("session is incomplete: %+v", s)
	}
	f.told("alice Login Register")

	for name, tt := range map[string]struct {
		change func(*testkit.ClientOptions)
		want   *chat.Error
	}{
		"expired":              {func(o *testkit.ClientOptions) { o.UserSig = f.options("bob", time.Second).UserSig }, chat.ErrUserSigExpired},
		"of another user":      {func(o *testkit.ClientOptions) { o.UserSig = f.options("carol", time.Hour).UserSig }, chat.ErrUserSigUser},
		"garbage":              {func(o *testkit.ClientOptions) { o.UserSig = "garbage" }, chat.ErrUserSigMalformed},
		"empty":                {func(o *testkit.ClientOptions) { o.UserSig = "" }, chat.ErrUserSigEmpty},
		"of nobody":            {func(o *testkit.ClientOptions) { o.UserID = "" }, chat.ErrIdentifier},
		"of an unknown app":    {func(o *testkit.ClientOptions) { o.SDKAppID = 1 }, chat.ErrAppNotFound},
		"of a reserved prefix": {func(o *testkit.ClientOptions) { *o = f.options("@TGS#x", time.Hour) }, chat.ErrUserSigUser},
	} {
		o := f.options("bob", time.Hour)
		tt.change(&o)
		bob := testkit.NewClient(t, o)
		f.must(bob.Dial(f.context()))
		if name == "expired" {
			f.skew.Store(int64(3 * time.Second))
		}
		f.refused(name, bob.Login(f.context()), tt.want)
		f.skew.Store(0)
	}
	f.told("alice Login Register")
}

// TestKicks: one login more than the user may have ends the oldest, which hears of
// it by a push, or when it asks.
func TestKicks(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	first := f.login("alice")
	phone := f.options("alice", time.Hour)
	phone.Platform = 2
	android := f.connect(phone)
	second := f.login("alice")

	e, err := first.WaitPush(f.context(), func(e *testkit.Event) bool { return len(e.C2cNotifyMsgArray()) > 0 })
	f.must(err)
	if e.Servcmd != "im_open_status.stat_forceoffline" {
		t.Errorf("kicked by %s", e.Servcmd)
	}
	f.refused("a request of the one that was ended", first.Call(f.context(), "im_open_status.wshello", nil, nil), chat.ErrKicked)
	f.must(first.Logout(f.context()))
	f.must(android.Call(f.context(), "im_open_status.wshello", nil, nil))
	f.must(second.Call(f.context(), "im_open_status.wshello", nil, nil))

	second.Cut()
	f.lost("alice")
	third := f.login("alice")
	f.refused("its return", second.Reconnect(f.context()), chat.ErrKicked)
	f.must(third.Call(f.context(), "im_open_status.wshello", nil, nil))
	f.told("alice Login Register", "alice Login Register", "alice Login Register -Web", "alice Login Register")

	f.set(func(s *chat.Settings) { s.MaxWebInstances = 2 })
	fourth := f.login("alice")
	for _, c := range []*testkit.Client{android, third, fourth} {
		f.must(c.Call(f.context(), "im_open_status.wshello", nil, nil))
	}
}

// TestReturn: a session goes on after its connection was lost, and gets what was
// pushed meanwhile, once and in order, whether memory holds it or only storage.
func TestReturn(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]func(f *fixture){
		"at once":         func(*fixture) {},
		"after a restart": func(f *fixture) { f.restart() },
		"after being forgotten": func(f *fixture) {
			f.lost("bob")
			f.skew.Store(int64(6 * time.Minute))
			f.told("bob Login Register", "bob Disconnect TimeOut")
		},
		"after more than fits":   func(f *fixture) { f.fill(1100) },
		"and a server restarted": func(f *fixture) { f.restart(); f.restart() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := start(t, nil)
			f.set(func(s *chat.Settings) { s.GroupRate = 0 })
			f.group("g", "bob")
			bob := f.login("bob")
			f.say("g", "alice", "before")
			hears(f, bob, "before")
			session := bob.Session()

			bob.Cut()
			f.say("g", "alice", "one")
			tt(f)
			f.say("g", "alice", "two")
			o := f.options("bob", time.Hour)
			back := testkit.NewClient(t, o)
			back.Resume(session)
			f.must(back.Reconnect(f.context()))
			again := back.Session()
			again.TimeStamp = session.TimeStamp
			equal(f, "session", again, session)
			await := func(text string) { // copies may come, which clients drop
				for last := ""; last != text; {
					e, err := back.WaitPush(f.context(), func(e *testkit.Event) bool { return len(e.GroupMsgArray()) > 0 })
					f.must(err)
					for _, item := range e.GroupMsgArray() {
						last = item.Text()
					}
				}
			}
			await("two")
			f.say("g", "alice", "three")
			await("three")
		})
	}
}

// lost waits until the server knows that a client of a user is cut off.
func (f *fixture) lost(userID string) {
	f.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		var held []chat.Session
		f.must(f.store.View(f.Context(), func(tx store.Tx) (err error) {
			held, err = tx.SessionsOf(f.Context(), testkit.SDKAppID, userID)
			return err
		}))
		if slices.ContainsFunc(held, func(s chat.Session) bool { return !s.SeenTime.IsZero() }) {
			return
		}
	}
	f.Fatalf("%s still counts as connected", userID)
}

// fill says more than a session keeps for its client.
func (f *fixture) fill(n int) {
	for i := range n {
		f.say("g", "alice", fmt.Sprint("filler ", i))
	}
}

// TestPresence: the app is told of a client that says goodbye at once, of one that
// is cut off after a minute, also when the server restarted meanwhile, and of its
// return.
func TestPresence(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	alice := f.login("alice")
	alice.Close()
	f.told("alice Login Register", "alice Disconnect LinkClose")

	bob := f.login("bob")
	session := bob.Session()
	bob.Cut()
	f.lost("bob")
	f.restart()
	f.skew.Store(int64(61 * time.Second))
	f.told("alice Login Register", "alice Disconnect LinkClose", "bob Login Register", "bob Disconnect TimeOut")

	f.restart()
	back := testkit.NewClient(t, f.options("bob", time.Hour))
	back.Resume(session)
	f.must(back.Reconnect(f.context()))
	f.told("alice Login Register", "alice Disconnect LinkClose", "bob Login Register", "bob Disconnect TimeOut", "bob Login Register")
	f.must(back.Logout(f.context()))
	f.refused("a request after the logout", back.Call(f.context(), "im_open_status.wshello", nil, nil), chat.ErrUserSigEmpty)
	f.told("alice Login Register", "alice Disconnect LinkClose", "bob Login Register", "bob Disconnect TimeOut", "bob Login Register", "bob Logout Unregister")
}

// TestImpatientClient: a client that is gone before its login is answered does not
// count as connected, and finds its session when it tries again.
func TestImpatientClient(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	bob := f.login("bob")
	session := bob.Session()
	bob.Cut()
	login := []byte(`{"head":{"servcmd":"im_open_status.wslogin","seq":1,"a2":"` + session.A2Key + `","tinyid":"` + session.TinyID + `"},"body":{}}`)
	for range 20 {
		conn := dial(f, address)
		f.must(ws.WriteFrame(conn, ws.MaskFrame(ws.NewBinaryFrame(bytes.Clone(login)))))
		f.must(conn.Close())
	}
	f.lost("bob")
	f.must(bob.Reconnect(f.context()))
	f.must(bob.Call(f.context(), "im_open_status.wshello", nil, nil))
}
