package e2e_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/parley-im/parley/internal/testkit"
)

// actor does with a client what the SDK does with it, and what an application does
// that shows all of its conversations: it remembers what it heard, drops copies,
// and after a reconnect or a login reads what it missed.
type actor struct {
	tb     testing.TB
	user   string
	client *testkit.Client
	rng    *rand.Rand
	// reading is held by the reader for each push, and by whoever stops it.
	reading sync.Mutex
	// said counts the messages that were sent.
	said int
	// founder says that the user is in all groups from their beginning.
	founder bool

	mu sync.Mutex // guards all below
	// groups is what was heard in groups, also in those that the user has left; in
	// are those that he is in.
	groups map[string]*groupHeard
	in     map[string]bool
	// unanswered has the randoms of what was said to groups and not answered.
	unanswered map[int64]bool
	// pairs is what was heard from others, sent what they were told, by user.
	pairs map[string]*pairHeard
	sent  map[string][]string
	// cookie is how far getmsg has come.
	cookie string
	figures
}

// figures are what is no fault and worth knowing.
type figures struct {
	copies, pushed, read, beyond, reconnects, logins int
}

func (f *figures) add(other figures) {
	f.copies += other.copies
	f.pushed += other.pushed
	f.read += other.read
	f.beyond += other.beyond
	f.reconnects += other.reconnects
	f.logins += other.logins
}

// groupHeard is what a client heard in a group.
type groupHeard struct {
	items map[int64]identity
	// own is what the user said.
	own map[int64]string
	// last is the newest that the client holds, 0 after the user has left; pushed is
	// the newest that a push brought first; up to whole, nothing is missing.
	last, pushed, whole int64
}

// complete returns up to where nothing is missing.
func (g *groupHeard) complete() int64 {
	for g.whole > 0 {
		if _, heard := g.items[g.whole+1]; !heard {
			break
		}
		g.whole++
	}
	return g.whole
}

// pairHeard is what a client heard from one user.
type pairHeard struct {
	items map[identity]string
	// last is the newest; pushed is the number of the newest that a push brought.
	last   identity
	pushed int
}

// identity is by what the SDK knows a message again.
type identity struct {
	from, to    string
	random, seq int64
	time        int64
}

// newActor makes one that is not connected.
func newActor(tb testing.TB, i *testkit.Installation, user string, rng *rand.Rand, change func(*testkit.ClientOptions)) *actor {
	tb.Helper()
	a := &actor{
		tb: tb, user: user, rng: rng,
		groups: make(map[string]*groupHeard), in: make(map[string]bool), unanswered: make(map[int64]bool), pairs: make(map[string]*pairHeard), sent: make(map[string][]string),
	}
	o := i.ClientOptions(tb, user)
	o.OnPush = a.push
	if change != nil {
		change(&o)
	}
	a.client = testkit.NewClient(tb, o)
	return a
}

// push takes what the server pushes.
func (a *actor) push(frame []byte) {
	a.reading.Lock()
	defer a.reading.Unlock()
	var packet struct {
		Body struct {
			EventArray []struct {
				GroupMsgArray []testkit.GroupItem `json:"GroupMsgArray"`
				GroupTips     []testkit.GroupItem `json:"GroupTips"`
				C2cMsgArray   []testkit.C2cItem   `json:"C2cMsgArray"`
			} `json:"EventArray"`
		} `json:"body"`
	}
	if err := json.Unmarshal(frame, &packet); err != nil {
		a.tb.Errorf("%s was pushed what is no JSON: %v: %.300s", a.user, err, frame)
		return
	}
	for _, e := range packet.Body.EventArray {
		for i := range e.GroupMsgArray {
			a.hearGroup(&e.GroupMsgArray[i], true)
		}
		for i := range e.GroupTips {
			a.hearGroup(&e.GroupTips[i], true)
		}
		for i := range e.C2cMsgArray {
			a.hearPair(&e.C2cMsgArray[i], true)
		}
	}
}

// tipEvent is the number of tips that have a place in their conversation.
const tipEvent = 4

// hearGroup takes a message or a tip of a group.
func (a *actor) hearGroup(i *testkit.GroupItem, pushed bool) {
	if i.MsgSeq == 0 || (i.FromAccount == "@TIM#SYSTEM" && i.Event != tipEvent) {
		return // a notice
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	g := a.group(i.ToGroupID)
	id := identity{i.FromAccount, i.ToGroupID, i.MsgRandom, i.MsgSeq, i.MsgTimeStamp}
	if known, ok := g.items[i.MsgSeq]; ok {
		a.copies++
		if known != id {
			a.tb.Errorf("%s has two versions of %s %d: %+v and %+v", a.user, i.ToGroupID, i.MsgSeq, known, id)
		}
		return
	}
	if pushed && i.MsgSeq < g.pushed && !a.saying(i) {
		a.tb.Errorf("%s was pushed %s %d of %s after %d", a.user, i.ToGroupID, i.MsgSeq, i.FromAccount, g.pushed)
	}
	g.items[i.MsgSeq] = id
	g.last = max(g.last, i.MsgSeq)
	if !pushed {
		a.read++
		return
	}
	a.pushed++
	g.pushed = max(g.pushed, i.MsgSeq)
}

// saying reports whether a message is one that the client has sent and shows already,
// but has no answer for: its number comes with a push if the server that took it was
// killed before it answered. a.mu is held.
func (a *actor) saying(i *testkit.GroupItem) bool {
	return i.FromAccount == a.user && a.unanswered[i.MsgRandom]
}

// group is what was heard in a group. a.mu is held.
func (a *actor) group(id string) *groupHeard {
	g := a.groups[id]
	if g == nil {
		g = &groupHeard{items: make(map[int64]identity), own: make(map[int64]string)}
		a.groups[id] = g
	}
	return g
}

// hearPair takes a message of another user.
func (a *actor) hearPair(i *testkit.C2cItem, pushed bool) {
	if i.FromAccount == a.user {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	p := a.pairs[i.FromAccount]
	if p == nil {
		p = &pairHeard{items: make(map[identity]string)}
		a.pairs[i.FromAccount] = p
	}
	id := identity{i.FromAccount, i.ToAccount, i.MsgRandom, i.MsgSeq, i.MsgTimeStamp}
	if _, known := p.items[id]; known {
		a.copies++
		return
	}
	p.items[id] = i.Text()
	if id.time >= p.last.time {
		p.last = id
	}
	if !pushed {
		a.read++
		return
	}
	a.pushed++
	var n int
	if _, err := fmt.Sscanf(i.Text(), "%d", &n); err != nil || n < p.pushed {
		a.tb.Errorf("%s was pushed number %d of %s after %d: %q", a.user, n, i.FromAccount, p.pushed, i.Text())
	}
	p.pushed = max(p.pushed, n)
}

// think makes a message to a group that nobody has sent yet.
func (a *actor) think(group, text string) groupMessage {
	a.said++
	return groupMessage{GroupID: group, Random: a.rng.Uint32N(1e8), Text: fmt.Sprintf("%d of %s %s", a.said, a.user, text)}
}

// say sends a message to a group.
func (a *actor) say(ctx context.Context, m groupMessage) (groupAnswer, error) {
	a.mu.Lock()
	a.unanswered[int64(m.Random)] = true
	a.mu.Unlock()
	answer, err := sendToGroup(ctx, a.client, m)
	if err != nil {
		return answer, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.unanswered, int64(m.Random))
	g := a.group(m.GroupID)
	id := identity{a.user, m.GroupID, int64(m.Random), answer.MsgSeq, answer.MsgTime}
	if known, ok := g.items[answer.MsgSeq]; ok && known != id {
		a.tb.Errorf("%s was told %+v of what it knows as %+v", a.user, id, known)
	}
	g.items[answer.MsgSeq], g.own[answer.MsgSeq] = id, m.Text
	g.last = max(g.last, answer.MsgSeq)
	return answer, nil
}

// thinkOf makes a message to a user that nobody has sent yet.
func (a *actor) thinkOf(user string) pairMessage {
	a.said++
	return pairMessage{To: user, Seq: int64(a.said), Random: a.rng.Uint32N(1e8), Text: fmt.Sprintf("%d of %s", a.said, a.user)}
}

// tell sends a message to a user.
func (a *actor) tell(ctx context.Context, m pairMessage) error {
	if _, err := sendToUser(ctx, a.client, m); err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.sent[m.To] = append(a.sent[m.To], m.Text)
	return nil
}

// join enters a group.
func (a *actor) join(ctx context.Context, group string) error {
	if err := a.client.Call(ctx, "group_open_http_svc.apply_join_group", map[string]string{"GroupId": group}, nil); err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.in[group] = true
	return nil
}

// quit leaves a group, of which the client then holds nothing any more.
func (a *actor) quit(ctx context.Context, group string) error {
	a.mu.Lock()
	delete(a.in, group)
	a.mu.Unlock()
	if err := a.client.Call(ctx, "group_open_http_svc.quit_group", map[string]string{"GroupId": group}, nil); err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	g := a.group(group)
	g.last, g.whole = 0, 0
	return nil
}

// member returns the groups that the user is in, in order.
func (a *actor) member() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	var ids []string
	for id := range a.in {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}
