package gateway_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/gateway"
	"github.com/parley-im/parley/internal/store"
	"github.com/parley-im/parley/internal/testkit"
)

// gate is a store that holds up one of its views.
type gate struct {
	store.Store

	// left is how many views come until that one has begun.
	left atomic.Int64
	// reached is closed when it begins; it fails with what comes over open, if that is
	// an error.
	reached chan struct{}
	open    chan error
}

func (g *gate) View(ctx context.Context, fn func(store.Tx) error) error {
	if g.left.Add(-1) == 0 {
		close(g.reached)
		if err := <-g.open; err != nil {
			return err
		}
	}
	return g.Store.View(ctx, fn)
}

// holdUp restarts with a gate before the view of that number. Nobody is told
// anything until run is called.
func (f *fixture) holdUp(view int64) *gate {
	f.Helper()
	g := &gate{reached: make(chan struct{}), open: make(chan error, 1)}
	f.close()
	f.change = func(o *gateway.Options) { g.Store, o.Store = o.Store, g }
	f.open()
	g.left.Store(view) // those of opening do not count
	return g
}

// again is a client that goes on with a session and is not connected.
func (f *fixture) again(userID string, session testkit.LoginAnswer, manualAck bool) *testkit.Client {
	f.Helper()
	o := f.options(userID, time.Hour)
	o.ManualAck = manualAck
	c := testkit.NewClient(f, o)
	c.Resume(session)
	return c
}

// The views of a gateway that knows no sessions yet, when a client returns.
const (
	viewOfGroups = 1 + iota // which groups its user is in
	viewOfMissed            // where something was said meanwhile
)

// TestReturnTwice: a client that returns after a restart repeats a request and logs
// in at once. What is said while the request still looks for the session is not
// lost.
func TestReturnTwice(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	f.group("g", "bob", "carol")
	session := f.login("bob").Session()
	g := f.holdUp(viewOfGroups)
	bob := f.again("bob", session, false)
	f.must(bob.Dial(f.context()))
	ctx := f.context()
	called, back := make(chan error, 1), make(chan error, 1)
	go func() { called <- bob.Call(ctx, "im_open_status.wshello", nil, nil) }()
	<-g.reached
	f.run()
	carol := f.login("carol")
	go func() { back <- bob.Relogin(ctx) }()
	select {
	case err := <-back:
		t.Errorf("the client is back before the server knows its groups: %v", err)
		back <- err
	case <-time.After(200 * time.Millisecond):
	}
	f.say("g", "alice", "one")
	hears(f, carol, "one") // so it is pushed to all
	g.open <- nil
	f.must(<-called)
	f.must(<-back)
	f.say("g", "alice", "two")
	hears(f, bob, "one", "two")
}

// TestUnacknowledgedTwice: what was read from storage for a client that did not
// acknowledge it is read again after another restart, however late that comes.
func TestUnacknowledgedTwice(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	f.group("g", "bob")
	bob := f.login("bob")
	session := bob.Session()
	bob.Cut()
	f.lost("bob")
	f.say("g", "alice", "one")
	texts := []string{"one"}
	for n := range 3 {
		f.restart()
		f.skew.Add(int64(time.Minute))
		bob = f.again("bob", session, true)
		f.must(bob.Reconnect(f.context()))
		hears(f, bob, texts...)
		bob.Cut()
		f.lost("bob")
		texts = append(texts, fmt.Sprint("another ", n))
		f.say("g", "alice", texts[n+1])
	}
}

// TestReturnFails: a client that could not be told what it missed is told the next
// time.
func TestReturnFails(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	f.group("g", "bob")
	bob := f.login("bob")
	session := bob.Session()
	bob.Cut()
	f.lost("bob")
	f.say("g", "alice", "one")
	g := f.holdUp(viewOfMissed)
	g.open <- errors.New("the disk is broken")
	bob = f.again("bob", session, false)
	f.refused("a return that fails", bob.Reconnect(f.context()), chat.ErrInternal)
	f.run()
	f.must(bob.Relogin(f.context()))
	f.say("g", "alice", "two")
	hears(f, bob, "one", "two")
}

// TestReturnTooSlow: when more is pushed than a session keeps, while it is still
// read what its client has missed, the client has to return once more, and then
// gets what was said last in its order.
func TestReturnTooSlow(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	f.set(func(s *chat.Settings) { s.GroupRate = 0 })
	f.group("g", "bob")
	f.group("other", "carol")
	bob := f.login("bob")
	session := bob.Session()
	bob.Cut()
	f.lost("bob")
	g := f.holdUp(viewOfMissed)
	bob = f.again("bob", session, false)
	f.must(bob.Dial(f.context()))
	back := make(chan error, 1)
	go func() { back <- bob.Relogin(t.Context()) }()
	<-g.reached
	f.run()
	carol := f.login("carol")
	var texts []string
	for i := range 450 {
		texts = append(texts, fmt.Sprint(i, strings.Repeat("x", 10<<10)))
		f.say("g", "alice", texts[i])
	}
	f.say("other", "alice", "all is pushed")
	hears(f, carol, "all is pushed")
	g.open <- nil
	if err := bob.WaitLost(f.context()); errors.Is(err, context.DeadlineExceeded) {
		t.Fatal("a client that lacks pushes stays")
	}
	f.must(bob.Reconnect(f.context()))
	f.must(<-back)
	hears(f, bob, texts[len(texts)-300:]...)
}

// TestReturnLate: a client that returns in the moment in which its session would be
// forgotten keeps it, and the app is not told that it is gone.
func TestReturnLate(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	f.group("g", "bob")
	bob := f.login("bob")
	session := bob.Session()
	bob.Cut()
	f.lost("bob")
	g := f.holdUp(viewOfMissed)
	bob = f.again("bob", session, false)
	f.must(bob.Dial(f.context()))
	back := make(chan error, 1)
	go func() { back <- bob.Relogin(t.Context()) }()
	<-g.reached
	carol := f.login("carol")
	carol.Cut()
	f.lost("carol")
	f.run()
	f.skew.Store(int64(6 * time.Minute))
	f.told("bob Login Register", "carol Login Register", "carol Disconnect TimeOut") // the sessions were swept
	g.open <- nil
	f.must(<-back)
	f.say("g", "alice", "one")
	hears(f, bob, "one")
	f.told("bob Login Register", "carol Login Register", "carol Disconnect TimeOut")
}
