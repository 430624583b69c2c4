package gateway_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/group"
	"github.com/parley-im/parley/internal/store"
	"github.com/parley-im/parley/internal/testkit"
)

const (
	roomService = "group_open_avchatroom_http_svc."
	visitRoom   = "group_open_http_noauth_svc.apply_join_group"
	pollRoom    = "group_open_long_polling_http_noauth_svc.get_msg"
)

// room makes an AVChatRoom of alice's.
func (f *fixture) room(id string) {
	f.Helper()
	f.users("alice")
	name := "live"
	_, err := f.groups.Create(f.Context(), f.rest(), &group.CreateRequest{
		GroupID: id, Type: "AVChatRoom", Owner: "alice", Profile: group.Profile{Name: &name},
	})
	f.must(err)
}

// inRoom waits until a user is in a room, or is not.
func (f *fixture) inRoom(id, userID string, want bool) {
	f.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if f.visits(id, userID) == want {
			return
		}
	}
	f.Fatalf("%s is in %s: %t", userID, id, !want)
}

func (f *fixture) client(userID string) chat.Caller {
	return chat.Caller{App: f.app.Load(), UserID: userID, Platform: chat.PlatformWeb}
}

// visits reports whether a user is a member of a group.
func (f *fixture) visits(id, userID string) bool {
	f.Helper()
	found := false
	f.must(f.store.View(f.Context(), func(tx store.Tx) error {
		g, err := tx.Group(f.Context(), testkit.SDKAppID, id)
		if err != nil {
			return err
		}
		_, err = tx.Member(f.Context(), g.Conversation, userID)
		found = err == nil
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		return err
	}))
	return found
}

// TestRoomWire: lists, marks and bans, on the wire.
func TestRoomWire(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	f.room("room")
	f.users("bob", "carol")
	n := &notes{fixture: f}
	alice, bob, carol := f.login("alice"), f.login("bob"), f.login("carol")
	n.call(bob, groupService+"apply_join_group", fields{"GroupId": "room", "WebPushFlag": 1, "HugeGroupHistoryMsgFlag": 1})
	n.push("bob is there", alice, 4)
	f.ask(carol, "apply_join_group", fields{"GroupId": "room"})
	f.next(carol, 4) // she is there
	n.call(bob, groupService+"get_online_member_num", fields{"GroupId": "room"})
	n.call(bob, roomService+"get_members", fields{"GroupId": "room", "Timestamp": 0})
	n.call(alice, roomService+"modify_user_info", fields{
		"GroupId": "room", "CommandType": 1, "MemberList": []fields{{"Member_Account": "bob", "Marks": []int{1000}}, {"Member_Account": "dave", "Marks": []int{1000}}},
	})
	n.call(bob, roomService+"get_members", fields{"GroupId": "room", "Timestamp": 0, "Mark": 1000})
	n.tries(bob, roomService+"modify_user_info", fields{"GroupId": "room", "CommandType": 1, "MemberList": []fields{{"Member_Account": "bob", "Marks": []int{1000}}}}, chat.ErrNotPermitted)
	n.tries(alice, roomService+"modify_user_info", fields{"GroupId": "room", "CommandType": 3}, chat.ErrParameter)

	ban := fields{"GroupId": "room", "Members_Account": []string{"bob"}, "Duration": 60, "Description": "rude"}
	n.tries(carol, groupService+"ban_group_member", ban, chat.ErrNotPermitted)
	n.call(alice, groupService+"ban_group_member", ban)
	n.push("bob is told", bob, 5)
	n.push("carol sees it", carol, 4)
	n.tries(bob, groupService+"apply_join_group", fields{"GroupId": "room"}, chat.ErrBanned)
	n.tries(bob, groupService+"send_group_msg", fields{"GroupId": "room", "Random": 1, "MsgBody": textBody("still here")}, chat.ErrNotPermitted)
	n.call(alice, groupService+"unban_group_member", fields{"GroupId": "room", "Members_Account": []string{"bob"}})
	n.push("carol sees that too", carol, 4)
	f.ask(bob, "apply_join_group", fields{"GroupId": "room"})
	n.save("room.txt")
}

// TestRoomMembership: to be in a room lasts as long as the login, over lost
// connections and restarts, and no longer.
func TestRoomMembership(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	f.room("room")
	alice, bob, carol := f.login("alice"), f.login("bob"), f.login("carol")
	for _, c := range []*testkit.Client{bob, carol} {
		f.ask(c, "apply_join_group", fields{"GroupId": "room"})
	}
	bob.Cut()
	f.lost("bob")
	f.must(bob.Reconnect(f.context()))
	f.send(alice, "room", "one", nil)
	hears(f, bob, "one")

	f.must(bob.Logout(f.context()))
	f.inRoom("room", "bob", false)
	f.must(bob.Login(f.context()))
	f.ask(bob, "apply_join_group", fields{"GroupId": "room"})
	second := f.login("bob") // which ends the first
	f.must(second.Logout(f.context()))
	f.inRoom("room", "bob", false)

	carols := carol.Session()
	f.restart()
	carol = testkit.NewClient(t, f.options("carol", time.Hour))
	carol.Resume(carols)
	f.must(carol.Reconnect(f.context()))
	f.say("room", "alice", "two")
	hears(f, carol, "two")
	carol.Cut()
	f.lost("carol")
	f.inRoom("room", "carol", true)
	f.skew.Store(int64(6 * time.Minute))
	f.inRoom("room", "carol", false)
	f.inRoom("room", "alice", true)
}

// TestRoomDeserted: who went for ever while the server was not there is no member
// when it is back.
func TestRoomDeserted(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	f.room("room")
	f.users("bob")
	_, err := f.groups.Join(f.Context(), f.client("bob"), group.JoinRequest{GroupID: "room"})
	f.must(err)
	f.restart()
	f.inRoom("room", "bob", false)
}

// visitor is somebody who follows a room without login.
type visitor struct {
	*testkit.Client

	key  string
	from int64
}

// visit makes a visitor of a room.
func (f *fixture) visit(c *testkit.Client, room string) *visitor {
	f.Helper()
	var a struct {
		JoinedStatus   string `json:"JoinedStatus"`
		HugeGroupFlag  int    `json:"HugeGroupFlag"`
		LongPollingKey string `json:"LongPollingKey"`
	}
	f.must(c.Call(f.context(), visitRoom, fields{"GroupId": room}, &a))
	if a.JoinedStatus != "JoinedSuccess" || a.HugeGroupFlag != 1 || a.LongPollingKey == "" {
		f.Errorf("answer is incomplete: %+v", a)
	}
	return &visitor{Client: c, key: a.LongPollingKey}
}

// unnamed is a client without login.
func (f *fixture) unnamed() *testkit.Client {
	f.Helper()
	c := testkit.NewClient(f, f.options("nobody", time.Hour))
	f.must(c.Dial(f.context()))
	return c
}

// poll asks once what was said.
func (v *visitor) poll(ctx context.Context) ([]testkit.GroupItem, error) {
	var a struct {
		Key        string              `json:"Key"`
		NextSeq    int64               `json:"NextSeq"`
		RspMsgList []testkit.GroupItem `json:"RspMsgList"`
	}
	err := v.Call(ctx, pollRoom, fields{"USP": 1, "StartSeq": v.from, "HoldTime": 90, "Key": v.key}, &a)
	if err == nil {
		v.key, v.from = a.Key, a.NextSeq
	}
	return a.RspMsgList, err
}

// reads polls until n items came, and shows what they are.
func (f *fixture) reads(v *visitor, n int) []string {
	f.Helper()
	var got []string
	for len(got) < n {
		items, err := v.poll(f.context())
		f.must(err)
		for i := range items {
			got = append(got, show(f, &items[i]))
		}
	}
	return got
}

func show(f *fixture, item *testkit.GroupItem) string {
	f.Helper()
	if item.ToGroupID != "room" || item.GroupInfo.GroupID != "room" {
		f.Errorf("not of the room: %+v", item)
	}
	var recalled struct {
		RevokeMsgList []json.RawMessage `json:"RevokeMsgList"`
	}
	switch item.Event {
	case 3:
		return item.Text()
	case 4:
		return "tip " + strings.Join(item.Tip().ListAccount, " ")
	case 5:
		return "the end"
	case 20:
		f.must(json.Unmarshal(item.MsgBody, &recalled))
		return "recall"
	}
	return "something else"
}

// TestVisitors: somebody who is not logged in follows a room, over lost connections
// and restarts.
func TestVisitors(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	f.room("room")
	f.group("g")
	alice, bob := f.login("alice"), f.login("bob")
	c := f.unnamed()
	f.refused("another group", c.Call(f.context(), visitRoom, fields{"GroupId": "g"}, nil), chat.ErrNotPermitted)
	f.refused("no group", c.Call(f.context(), visitRoom, fields{"GroupId": "nowhere"}, nil), chat.ErrGroupNotFound)
	f.refused("a made-up key", c.Call(f.context(), pollRoom, fields{"Key": strings.Repeat("a", 58) + "room"}, nil), chat.ErrParameter)
	f.refused("no key", c.Call(f.context(), pollRoom, nil, nil), chat.ErrParameter)

	v := f.visit(c, "room")
	var online struct {
		OnlineMemberNum int `json:"OnlineMemberNum"`
	}
	f.must(json.Unmarshal(f.ask(alice, "get_online_member_num", fields{"GroupId": "room"}), &online))
	equal(f, "online", online.OnlineMemberNum, 2)
	seq := f.send(alice, "room", "one", nil)
	f.ask(bob, "apply_join_group", fields{"GroupId": "room"})
	f.ask(alice, "group_msg_recall", fields{"GroupId": "room", "MsgSeqList": []fields{{"MsgSeq": seq}}})
	equal(f, "what was missed", f.reads(v, 3), []string{"one", "tip bob", "recall"})

	held := make(chan []string)
	go func() {
		items, err := v.poll(f.context())
		if err != nil {
			t.Errorf("poll: %v", err)
		}
		var got []string
		for i := range items {
			got = append(got, show(f, &items[i]))
		}
		held <- got
	}()
	time.Sleep(20 * time.Millisecond) // either way it must come
	f.send(alice, "room", "two", nil)
	equal(f, "what a poll waited for", <-held, []string{"two"})

	v.Cut()
	f.must(v.Dial(f.context()))
	f.send(alice, "room", "three", nil)
	equal(f, "after a cut", f.reads(v, 1), []string{"three"})
	f.refused("anything else", v.Call(f.context(), groupService+"quit_group", fields{"GroupId": "room"}, nil), chat.ErrUserSigEmpty)

	key, from := v.key, v.from
	f.restart()
	v = &visitor{Client: f.unnamed(), key: key, from: from}
	second := &visitor{Client: f.unnamed(), key: key, from: from}
	waits := make(chan error)
	go func() {
		_, err := second.poll(f.context())
		waits <- err
	}()
	time.Sleep(20 * time.Millisecond) // either may be the first
	go func() {
		time.Sleep(20 * time.Millisecond)
		f.say("room", "alice", "four")
	}()
	equal(f, "after a restart", f.reads(v, 1), []string{"four"})
	if err := <-waits; err != nil {
		t.Errorf("the same visitor's other poll: %v", err)
	}
	f.must(f.groups.Destroy(f.Context(), f.rest(), "room"))
	equal(f, "the end", f.reads(v, 1), []string{"the end"})
}

// TestStopWithHeldPolls: who waits for something to be said does not keep the server
// from stopping.
func TestStopWithHeldPolls(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	f.room("room")
	v := f.visit(f.unnamed(), "room")
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		_, _ = v.poll(ctx) // it gets no answer
	}()
	time.Sleep(20 * time.Millisecond) // either way it must stop
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	began := time.Now()
	f.gateway.Stop(ctx)
	if took := time.Since(began); took > 3*time.Second {
		t.Errorf("stopping took %v", took)
	}
	v.Close()
	<-ended
}
