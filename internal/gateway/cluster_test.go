package gateway_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/parley-im/parley/internal/bus"
	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/gateway"
	"github.com/parley-im/parley/internal/group"
	"github.com/parley-im/parley/internal/status"
	"github.com/parley-im/parley/internal/store"
	"github.com/parley-im/parley/internal/testkit"
)

// cluster is gateways on one database. Those with a name are at NATS; the other ones
// commit and tell nobody, as a node does that dies.
type cluster struct {
	*testing.T

	database string
	nats     *testkit.NATS
}

func newCluster(t *testing.T) *cluster {
	t.Helper()
	return &cluster{t, testkit.StartPostgres(t, "fsync=off").Database(t), testkit.StartNATS(t, 1)}
}

func (c *cluster) node(name string, change func(*gateway.Options)) *fixture {
	c.Helper()
	var f *fixture
	f = newFixture(c, func(o *gateway.Options) {
		if name != "" {
			f.must(f.store.Update(c.Context(), func(tx store.Tx) error { return tx.SeeNode(c.Context(), &store.Node{ID: name}) }))
			o.Bus, o.Node, o.Shared = c.dial(name), name, true
			o.Status = status.New(o.Store, &f.hooks, func() string { return name })
		}
		if change != nil {
			change(o)
		}
	})
	f.database = c.database
	f.open()
	f.run()
	c.Cleanup(f.close)
	app := f.app.Load()
	err := f.store.Update(c.Context(), func(tx store.Tx) error { return tx.CreateApp(c.Context(), app) })
	if err != nil && !errors.Is(err, store.ErrExists) {
		c.Fatal(err)
	}
	f.must(f.store.Update(c.Context(), func(tx store.Tx) error {
		return tx.PutAccounts(c.Context(), app.SDKAppID, []chat.AccountUpdate{{UserID: testkit.Administrator}})
	}))
	return f
}

func (c *cluster) dial(name string) *bus.Bus {
	c.Helper()
	b, err := bus.Dial(bus.Options{URL: c.nats.URL(), Installation: "test", Node: name, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		c.Fatal(err)
	}
	c.Cleanup(b.Close)
	return b
}

// TestNodeThatTellsNobody: what a node committed and could not tell is told by the
// others when they catch up: messages, memberships, recalls and the ends of logins.
func TestNodeThatTellsNobody(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	mute, here := c.node("", nil), c.node("here", nil)
	mute.group("g", "bob", "carol")
	mute.group("later", "carol")
	bob, carol := here.login("bob"), here.login("carol")
	here.say("g", "alice", "heard at once")
	hears(here, bob, "heard at once")
	hears(here, carol, "heard at once")

	since := time.Now()
	mute.say("g", "alice", "first")
	mute.say("g", "alice", "second")
	_, err := mute.groups.AddMembers(mute.Context(), mute.rest(), group.AddRequest{GroupID: "later", UserIDs: []string{"bob"}})
	mute.must(err)
	mute.say("later", "alice", "to bob as well")
	_, err = mute.groups.Recall(mute.Context(), mute.rest(), group.RecallRequest{GroupID: "g", Seqs: []int64{1}})
	mute.must(err)
	mute.login("carol")
	dave := mute.login("dave")
	mute.must(dave.Call(mute.context(), "openim.sendmsg", map[string]any{
		"To_Account": "bob", "MsgSeq": 1, "MsgRandom": 1, "MsgClientTime": time.Now().Unix(),
		"MsgBody": []any{map[string]any{"MsgType": "TIMTextElem", "MsgContent": map[string]any{"Text": "hello bob"}}},
	}, nil))

	here.gateway.CatchUp(since.Add(-time.Second))
	var heard []string
	for len(heard) < 3 {
		e, err := bob.WaitPush(here.context(), func(e *testkit.Event) bool { return len(e.GroupMsgArray()) > 0 })
		if err != nil {
			t.Fatalf("heard %q: %v", heard, err)
		}
		for _, item := range e.GroupMsgArray() {
			if !slices.Contains(heard, item.Text()) { // else it is a copy
				heard = append(heard, item.Text())
			}
		}
	}
	if slices.Index(heard, "first") > slices.Index(heard, "second") {
		t.Errorf("heard %q, not in the order of the group", heard)
	}
	slices.Sort(heard)
	equal(here, "what bob heard", heard, []string{"first", "second", "to bob as well"})
	if _, err := bob.WaitPush(here.context(), func(e *testkit.Event) bool {
		return slices.ContainsFunc(e.C2cMsgArray(), func(i testkit.C2cItem) bool { return i.Text() == "hello bob" })
	}); err != nil {
		t.Errorf("the message between two: %v", err)
	}
	if _, err := bob.WaitPush(here.context(), func(e *testkit.Event) bool {
		return slices.ContainsFunc(e.GroupTips(), func(i testkit.GroupItem) bool { return len(i.Tip().GroupWithdrawInfoArray) > 0 })
	}); err != nil {
		t.Errorf("the recall: %v", err)
	}
	if _, err := carol.WaitPush(here.context(), func(e *testkit.Event) bool { return e.Servcmd == "im_open_status.stat_forceoffline" }); err != nil {
		t.Errorf("the end of carol's login: %v", err)
	}
	here.say("later", "alice", "of which bob is a member")
	if _, err := bob.WaitPush(here.context(), func(e *testkit.Event) bool { // behind copies
		return slices.ContainsFunc(e.GroupMsgArray(), func(i testkit.GroupItem) bool { return i.Text() == "of which bob is a member" })
	}); err != nil {
		t.Errorf("what is said then: %v", err)
	}
}

// TestTopicsOfNodeThatTellsNobody: what a node said in topics and could not tell is told
// by the others when they catch up, also in topics of which they never heard, and then
// what follows it.
func TestTopicsOfNodeThatTellsNobody(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	mute, here := c.node("", nil), c.node("here", nil)
	mute.town()
	bob := here.login("bob")
	here.sayInTopic(news, "heard at once")
	hears(here, bob, "heard at once")

	since := time.Now()
	mute.sayInTopic(news, "lost")
	mute.sayInTopic(walk, "lost as well")
	here.gateway.CatchUp(since)
	var heard []string
	hear := func(until int) {
		t.Helper()
		for len(heard) < until {
			e, err := bob.WaitPush(here.context(), func(e *testkit.Event) bool { return len(e.GroupMsgArray()) > 0 })
			if err != nil {
				t.Fatalf("heard %q: %v", heard, err)
			}
			for _, item := range e.GroupMsgArray() {
				if !slices.Contains(heard, item.Text()) { // else it is a copy
					heard = append(heard, item.Text())
				}
			}
		}
	}
	hear(2)
	slices.Sort(heard)
	equal(here, "what was lost", heard, []string{"lost", "lost as well"})
	mute.sayInTopic(news, "lost again")
	here.sayInTopic(news, "behind it")
	here.sayInTopic(walk, "behind it in the other topic")
	hear(5)
	if slices.Index(heard, "lost again") > slices.Index(heard, "behind it") {
		t.Errorf("heard %q, not in the order of the topic", heard)
	}
}

// TestNodeThatIsStuck: a node whose database does not answer while others say more than
// it can take in tells its clients what it lost.
func TestNodeThatIsStuck(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	g := &gate{reached: make(chan struct{}), open: make(chan error, 1)}
	arrived := make(chan struct{})
	here := c.node("here", func(o *gateway.Options) {
		g.Store, o.Store = o.Store, g
		l := o.Bus.Listen(func(string, []byte) { close(arrived) }, func(time.Time) {})
		c.Cleanup(l.Close)
		if err := errors.Join(l.Add("arrived"), l.Flush(patience)); err != nil {
			c.Fatal(err)
		}
	})
	mute := c.node("", nil)
	mute.group("g", "bob")
	bob, dave := here.login("bob"), mute.login("dave")
	g.left.Store(1)
	here.say("g", "alice", "stuck") // while her name is read
	<-g.reached

	loud := c.dial("loud")
	deleted, err := event.Encode(event.AccountDeleted{Caller: here.rest(), UserID: "nobody"})
	here.must(err)
	for n := range 3 * bus.ListenerQueue { // the first ones fill the gateway's own queue
		var body []byte
		if n < 2048 {
			body = deleted
		}
		loud.Publish("gateway.all", fmt.Appendf(nil, "event loud %d\n%s", n+1, body))
	}
	loud.Publish("arrived", nil)
	select {
	case <-arrived:
	case <-here.context().Done():
		t.Fatal("the node's connection is stuck as well")
	}
	// Of this it hears nothing, as of what it dropped.
	mute.say("g", "alice", "lost")
	mute.must(dave.Call(mute.context(), "openim.sendmsg", map[string]any{
		"To_Account": "bob", "MsgSeq": 1, "MsgRandom": 1, "MsgClientTime": time.Now().Unix(), "MsgBody": textBody("lost, bob"),
	}, nil))
	g.open <- nil
	hears(here, bob, "stuck", "lost")
	if _, err := bob.WaitPush(here.context(), func(e *testkit.Event) bool {
		return slices.ContainsFunc(e.C2cMsgArray(), func(i testkit.C2cItem) bool { return i.Text() == "lost, bob" })
	}); err != nil {
		t.Errorf("the message between two: %v", err)
	}
}

// TestStatusAcrossNodes: who watches a user hears that he comes and goes at another
// node, also when that node dies and he does not come back in time, and when he does
// later.
func TestStatusAcrossNodes(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	var cut func()
	here, there := c.node("here", nil), c.node("there", func(o *gateway.Options) { cut = o.Bus.Close })
	bob, carol := there.login("bob"), here.login("carol")
	here.must(carol.Call(here.context(), "im_open_status.ws_status_subscribe", fields{"To_Account": []string{"bob"}}, nil))
	hears := func(what, want string) {
		t.Helper()
		equal(here, what, here.next(carol, 19), `{"Event":19,"UserStatusList":[{"To_Account":"bob","Status":`+want+`,"CustomStatus":""}]}`)
	}
	const online, offline, loggedOut = "1", "2", "3"
	there.must(bob.Logout(there.context()))
	hears("a logout", loggedOut)
	bob = there.login("bob")
	hears("a login", online)

	cut()
	var committed func()
	here.must(here.store.Update(t.Context(), func(tx store.Tx) (err error) {
		if err := tx.ForgetNode(t.Context(), "there"); err != nil {
			return err
		}
		committed, err = here.gateway.Abandon(t.Context(), tx, "here", tx.Now())
		return err
	}))
	committed()
	here.skew.Store(int64(chat.GhostTime))
	hears("the death of his node", offline)
	here.told("carol Login Register", "bob Disconnect TimeOut")

	back := here.again("bob", bob.Session(), false)
	here.must(back.Reconnect(here.context()))
	hears("his return", online)
}

// TestMarksAcrossNodes: what a member of a room is marked with at one node is known at
// the other, also after both were started again, until he goes.
func TestMarksAcrossNodes(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	here, there := c.node("here", nil), c.node("there", nil)
	here.room("room")
	here.users("bob")
	alice, bob := here.login("alice"), there.login("bob")
	there.ask(bob, "apply_join_group", fields{"GroupId": "room"})
	carry := func(what string, f *fixture, want ...string) {
		t.Helper()
		var answer struct {
			MemberList []struct {
				Account string `json:"Member_Account"`
			} `json:"MemberList"`
		}
		// The login ends the one before.
		f.must(f.login("alice").Call(f.context(), roomService+"get_members", fields{"GroupId": "room", "Mark": 1000}, &answer))
		var got []string
		for _, m := range answer.MemberList {
			got = append(got, m.Account)
		}
		equal(f, what, got, want)
	}
	here.must(alice.Call(here.context(), roomService+"modify_user_info", fields{
		"GroupId": "room", "CommandType": 1, "MemberList": []fields{{"Member_Account": "bob", "Marks": []int{1000}}},
	}, nil))
	carry("marked where the mark was set", here, "bob")
	carry("marked at the other node", there, "bob")

	session := bob.Session()
	here.restart()
	there.restart()
	bob = there.again("bob", session, false)
	there.must(bob.Reconnect(there.context()))
	carry("still marked where the mark was set", here, "bob")
	carry("still marked at the other node", there, "bob")

	here.must(here.groups.Quit(t.Context(), here.client("bob"), "room"))
	there.ask(bob, "apply_join_group", fields{"GroupId": "room"})
	carry("marked when he has gone and come back", there)
}

// TestGap: a message that follows others which did not come waits for them; they are
// read from storage.
func TestGap(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	mute, here, there := c.node("", nil), c.node("here", nil), c.node("there", nil)
	mute.group("g", "bob")
	bob := here.login("bob")
	var want []string
	for i := range 5 {
		mute.say("g", "alice", "lost "+strconv.Itoa(i))
		there.say("g", "alice", "came "+strconv.Itoa(i))
		want = append(want, "lost "+strconv.Itoa(i), "came "+strconv.Itoa(i))
	}
	hears(here, bob, want...)
}

// TestLoginsAndMessages: who logs in while others talk hears everything that is said
// from then on, once and in order.
func TestLoginsAndMessages(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	here, there := c.node("here", nil), c.node("there", nil)
	for i := range 10 {
		g := "g" + strconv.Itoa(i)
		there.group(g, "bob")
		ctx, stop := context.WithCancel(t.Context())
		said := make(chan int)
		go func() {
			n := 0
			for ; ctx.Err() == nil; n++ {
				there.say(g, "alice", strconv.Itoa(n))
				time.Sleep(30 * time.Millisecond)
			}
			said <- n
		}()
		bob := here.login("bob")
		time.Sleep(50 * time.Millisecond)
		stop()
		n := <-said
		there.say(g, "alice", strconv.Itoa(n)) // at least this one after the login
		last := strconv.Itoa(n)
		var heard []string
		for !slices.Contains(heard, last) {
			e, err := bob.WaitPush(here.context(), func(e *testkit.Event) bool { return len(e.GroupMsgArray()) > 0 })
			if err != nil {
				t.Fatalf("heard %q and not %q: %v", heard, last, err)
			}
			for _, item := range e.GroupMsgArray() {
				heard = append(heard, item.Text())
			}
		}
		first, _ := strconv.Atoi(heard[0])
		for j, text := range heard {
			if text != strconv.Itoa(first+j) {
				t.Fatalf("heard %q", heard)
			}
		}
		bob.Close()
	}
}
