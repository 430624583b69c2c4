package gateway

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-im/parley/internal/chat"
)

// pollFixture are polls whose answers are kept.
type pollFixture struct {
	*testing.T
	*polls

	room groupKey
	conn *conn

	mu      sync.Mutex // guards answers
	answers []string
}

func startPolls(t *testing.T) *pollFixture {
	t.Helper()
	f := &pollFixture{T: t, room: groupKey{1, "room"}, conn: new(conn)}
	f.polls = newPolls(time.Now, func(_ *conn, h *head, a *pollAnswer) {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.answers = append(f.answers, fmt.Sprintf("%d %s", h.Seq, slices.Concat([]byte("["), joined(a.RspMsgList), []byte("]"))))
	})
	return f
}

func joined(items []json.RawMessage) []byte {
	var all []byte
	for i, b := range items {
		if i > 0 {
			all = append(all, ',')
		}
		all = append(all, b...)
	}
	return all
}

// visit makes a visitor known and returns where he begins.
func (f *pollFixture) visit(key string) int64 {
	f.Helper()
	start, err := f.enter(f.room, key, f.conn)
	if err != nil {
		f.Fatal(err)
	}
	return start
}

// say lets the room tell something.
func (f *pollFixture) say(items ...string) {
	var raw []json.RawMessage
	for _, s := range items {
		raw = append(raw, json.RawMessage(s))
	}
	f.add(f.room, raw)
}

// answered checks what was answered since it was last asked.
func (f *pollFixture) answered(want ...string) {
	f.Helper()
	synctest.Wait()
	f.mu.Lock()
	defer f.mu.Unlock()
	if diff := cmp.Diff(want, f.answers); diff != "" {
		f.Errorf("answers (-want +got):\n%s", diff)
	}
	f.answers = nil
}

// TestPolls: a poll is answered with what is there, or as soon as there is something,
// or after a while with nothing.
func TestPolls(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := startPolls(t)
		f.say(`"before anybody came"`)
		start := f.visit("a")
		f.say("1", "2")
		f.poll("a", f.conn, head{Seq: 10}, 0)
		f.answered("10 [1,2]")
		f.poll("a", f.conn, head{Seq: 11}, start+1)
		f.answered("11 [2]")
		f.poll("a", f.conn, head{Seq: 12}, start+2)
		time.Sleep(pollHold - time.Millisecond)
		f.answered()
		f.say("3")
		f.answered("12 [3]")

		f.poll("a", f.conn, head{Seq: 13}, start+3)
		time.Sleep(pollHold)
		f.answered("13 []")
		f.poll("a", f.conn, head{Seq: 14}, start+3)
		f.poll("a", f.conn, head{Seq: 15}, start+3)
		f.answered("14 []") // its connection may be lost
		f.say("4")
		f.answered("15 [4]")

		f.poll("a", f.conn, head{Seq: 16}, start+1<<40) // from a server whose clock was ahead
		f.say("5")
		f.answered("16 [5]")
		for i := range maxPolled + 1 {
			f.say(fmt.Sprint(1000 + i))
		}
		f.poll("a", f.conn, head{Seq: 17}, 1)
		synctest.Wait()
		if got := len(strings.Split(f.answers[0], ",")); got != maxPolled {
			t.Errorf("%d items are kept, want %d", got, maxPolled)
		}
	})
}

// TestIdleVisitors: who does not poll any more is forgotten, and his room with him.
func TestIdleVisitors(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := startPolls(t)
		f.visit("a")
		f.visit("b")
		time.Sleep(visitorIdle - time.Second)
		f.poll("a", f.conn, head{Seq: 1}, 0)
		time.Sleep(time.Second)
		synctest.Wait()
		if f.count(f.room) != 1 || f.poll("b", f.conn, head{Seq: 2}, 0) {
			t.Error("b is still known")
		}
		time.Sleep(pollHold + visitorIdle)
		f.answered("1 []")
		if len(f.rooms)+len(f.visitors)+len(f.perApp)+len(f.perConn) != 0 {
			t.Errorf("something is left: %+v", f.polls)
		}
	})
}

// TestManyVisitors: all who wait hear the same, and nobody takes more than his part.
func TestManyVisitors(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := startPolls(t)
		const n = 1000
		for i := range n {
			f.conn = new(conn)
			f.visit(fmt.Sprint(i))
			f.poll(fmt.Sprint(i), f.conn, head{Seq: int64(i)}, 0)
		}
		f.say("1")
		synctest.Wait()
		if len(f.answers) != n {
			t.Errorf("%d polls were answered, want %d", len(f.answers), n)
		}
		f.conn = new(conn)
		for i := range maxVisits + 1 {
			f.visit(fmt.Sprint("greedy", i))
		}
		if f.poll("greedy0", f.conn, head{}, 0) || !f.poll("greedy1", f.conn, head{}, 0) {
			t.Error("the oldest visitor of the connection is the one who had to go")
		}
		f.rooms[f.room].visitors += maxRoomVisitors
		if _, err := f.enter(f.room, "late", new(conn)); !errors.Is(err, chat.ErrGroupFull) {
			t.Errorf("a full room: %v", err)
		}
		f.rooms[f.room].visitors -= maxRoomVisitors
		f.perApp[f.room.app] += maxAppVisitors
		if _, err := f.enter(f.room, "late", new(conn)); !errors.Is(err, chat.ErrClientOverloaded) {
			t.Errorf("a full app: %v", err)
		}
		f.perApp[f.room.app] -= maxAppVisitors
		for i := range 8 {
			f.say(`"` + strings.Repeat("x", maxPolledBytes/5) + fmt.Sprint(i) + `"`)
		}
		if got := len(f.rooms[f.room].items); got != 4 {
			t.Errorf("%d large items are kept", got)
		}
	})
}

// TestVisitorKeys: a key is good for one room of one app.
func TestVisitorKeys(t *testing.T) {
	t.Parallel()
	app, other := &chat.App{SDKAppID: 1, SecretKey: "secret"}, &chat.App{SDKAppID: 2, SecretKey: "other"}
	key := newVisitorKey(app, "room")
	for text, want := range map[string]string{
		key: "room", key + "2": "", key[:len(key)-1] + "n": "", "": "", key[:58]: "", "room": "",
		strings.Replace(key, key[40:41], "!", 1): "",
		newVisitorKey(other, "room"):             "",
	} {
		if got := roomOfKey(app, text); got != want {
			t.Errorf("%q is a key of %q, want %q", text, got, want)
		}
	}
	if key == newVisitorKey(app, "room") {
		t.Error("two visitors have the same key")
	}
}

// TestAttendance: whose connections are lost is offline to the app until he is back.
func TestAttendance(t *testing.T) {
	t.Parallel()
	now := time.Now()
	g := &Gateway{Options: Options{Clock: func() time.Time { return now }}, hub: &hub{users: make(map[userKey]*user)}}
	a, err := newAttendance(g)
	if err != nil {
		t.Fatal(err)
	}
	bob := &user{key: userKey{1, "bob"}, groups: map[groupKey]bool{{1, "room"}: true}}
	tab, phone := &session{conn: new(conn)}, &session{conn: new(conn)}
	bob.sessions = []*session{tab, phone}
	g.hub.users[bob.key] = bob
	g.hub.users[userKey{1, "carol"}] = &user{key: userKey{1, "carol"}, sessions: []*session{{left: now.Add(-time.Hour)}}}
	check := func(what string, wantLost, wantBack []string) {
		t.Helper()
		lost, back := a.changes(1)
		if diff := cmp.Diff([][]string{wantLost, wantBack}, [][]string{lost, back}); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
	}
	check("both are connected", nil, nil)
	tab.detach(tab.conn, now)
	now = now.Add(chat.LostTime)
	check("one is lost", nil, nil)
	phone.detach(phone.conn, now)
	now = now.Add(chat.LostTime - time.Second)
	check("both are lost, not long ago", nil, nil)
	now = now.Add(time.Second)
	check("both are lost", []string{"bob"}, nil)
	check("nothing is new", nil, nil)
	tab.attach(new(conn))
	check("one is back", nil, []string{"bob"})
	tab.detach(tab.conn, now)
	now = now.Add(chat.LostTime)
	check("it is lost again", []string{"bob"}, nil)
	delete(g.hub.users, bob.key)
	a.leavers[bob.key] = chat.Caller{App: &chat.App{SDKAppID: 1}, UserID: "bob"}
	check("he is on his way out", nil, nil)
	if _, leavers := a.take(); len(leavers) != 1 || !leavers[0].Lost {
		t.Errorf("leavers: %+v", leavers)
	}
}
