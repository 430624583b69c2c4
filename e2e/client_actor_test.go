package e2e_test

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

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

	mu sync.Mutex // guards all below
	// groups is what was heard in groups, also in those that the user has left; in
	// are those that he is in.
	groups map[string]*groupHeard
	in     map[string]bool
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
	// the newest that a push brought first.
	last, pushed int64
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
		groups: make(map[string]*groupHeard), in: make(map[string]bool), pairs: make(map[string]*pairHeard), sent: make(map[string][]string),
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
	if pushed && i.MsgSeq < g.pushed {
		a.tb.Errorf("%s was pushed %s %d after %d", a.user, i.ToGroupID, i.MsgSeq, g.pushed)
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
	answer, err := sendToGroup(ctx, a.client, m)
	if err != nil {
		return answer, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	g := a.group(m.GroupID)
	id := identity{a.user, m.GroupID, int64(m.Random), answer.MsgSeq, answer.MsgTime}
	if known, ok := g.items[answer.MsgSeq]; ok && known != id {
		a.tb.Errorf("%s was told %+v of what it knows as %+v", a.user, id, known)
	}
	g.items[answer.MsgSeq], g.own[answer.MsgSeq] = id, m.Text
	g.last = max(g.last, answer.MsgSeq)
	return answer, nil
}

// tell sends a message to a user.
func (a *actor) tell(ctx context.Context, user string) error {
	a.said++
	text := fmt.Sprintf("%d of %s", a.said, a.user)
	_, err := sendToUser(ctx, a.client, pairMessage{To: user, Seq: int64(a.said), Random: a.rng.Uint32N(1e8), Text: text})
	if err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.sent[user] = append(a.sent[user], text)
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
	a.group(group).last = 0
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

// login connects and logs in, and reads the history of all conversations.
func (a *actor) login(ctx context.Context) error {
	if err := a.client.Dial(ctx); err != nil {
		return err
	}
	return a.enter(ctx)
}

// enter logs in on the connection that there is. The client then holds nothing, and
// the application reads what its user has not seen yet.
func (a *actor) enter(ctx context.Context) error {
	a.mu.Lock()
	a.cookie, a.logins = "", a.logins+1
	held := make(map[string]identity)
	for user, p := range a.pairs {
		held[user] = p.last
	}
	bases := make(map[string]int64)
	for id := range a.in {
		bases[id] = a.group(id).last
	}
	a.mu.Unlock()
	if err := a.client.Login(ctx); err != nil {
		return err
	}
	list, err := a.conversations(ctx)
	if err != nil {
		return err
	}
	for _, c := range list {
		switch base, member := bases[c.ToAccount]; {
		case c.Type == pairConversation:
			err = a.readPairBack(ctx, c.peer(), held[c.peer()])
		case member:
			err = a.readGroupBack(ctx, c.ToAccount, base)
		}
		if err != nil {
			return err
		}
	}
	return a.sync(ctx)
}

// reconnect makes a new connection until one is there, and reads what was missed as
// the SDK does.
func (a *actor) reconnect(ctx context.Context) error {
	for {
		err := a.client.Reconnect(ctx)
		if err == nil {
			if err = a.recover(ctx); err == nil {
				break
			}
		}
		if _, refused := errors.AsType[*testkit.AnswerError](err); refused || ctx.Err() != nil {
			return err
		}
		if !kept(ctx, 20*time.Millisecond) {
			return err
		}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.reconnects++
	return nil
}

// What the SDK does not recover by itself after a reconnect.
const (
	maxGroupGap = 299
	maxPairGap  = 600
	gapPage     = 15
)

// recover reads what was missed.
func (a *actor) recover(ctx context.Context) error {
	list, err := a.conversations(ctx)
	if err != nil {
		return err
	}
	for _, c := range list {
		if c.Type == pairConversation {
			err = a.readPairGap(ctx, &c)
		} else {
			err = a.readGroupGap(ctx, &c)
		}
		if err != nil {
			return err
		}
	}
	return a.sync(ctx)
}

// conversation is an item of the list of conversations.
type conversation struct {
	Type         int    `json:"Type"`
	ToAccount    string `json:"ToAccount"`
	Peer         string `json:"To_Account"`
	MsgSeq       int64  `json:"MsgSeq"`
	MsgTimeStamp int64  `json:"MsgTimeStamp"`
}

const pairConversation = 1

func (c *conversation) peer() string { return c.Peer }

// conversations reads the list.
func (a *actor) conversations(ctx context.Context) ([]conversation, error) {
	cursor := struct {
		FromAccount   string `json:"From_Account"`
		OrderType     int    `json:"OrderType"`
		TimeStamp     int64  `json:"TimeStamp"`
		StartIndex    int64  `json:"StartIndex"`
		TopTimeStamp  int64  `json:"TopTimeStamp"`
		TopStartIndex int64  `json:"TopStartIndex"`
	}{FromAccount: a.user, OrderType: 1}
	var all []conversation
	for {
		var page struct {
			SessionItem   []conversation `json:"SessionItem"`
			CompleteFlag  int            `json:"CompleteFlag"`
			TimeStamp     int64          `json:"TimeStamp"`
			StartIndex    int64          `json:"StartIndex"`
			TopTimeStamp  int64          `json:"TopTimeStamp"`
			TopStartIndex int64          `json:"TopStartIndex"`
		}
		if err := a.client.Call(ctx, "recentcontact.page_get", cursor, &page); err != nil {
			return nil, err
		}
		all = append(all, page.SessionItem...)
		if page.CompleteFlag == 1 {
			return all, nil
		}
		cursor.TimeStamp, cursor.StartIndex = page.TimeStamp, page.StartIndex
		cursor.TopTimeStamp, cursor.TopStartIndex = page.TopTimeStamp, page.TopStartIndex
	}
}

// readGroupGap reads upwards from what the client holds to the newest.
func (a *actor) readGroupGap(ctx context.Context, c *conversation) error {
	a.mu.Lock()
	held, member := a.group(c.ToAccount).last, a.in[c.ToAccount]
	a.mu.Unlock()
	switch missing := c.MsgSeq - held; {
	case held == 0, missing < 1, !member:
		return nil
	case missing > maxGroupGap:
		a.mu.Lock()
		a.beyond++
		a.mu.Unlock()
		return a.readGroupBack(ctx, c.ToAccount, held)
	}
	for ; held < c.MsgSeq; held += gapPage {
		if _, _, err := a.readGroup(ctx, c.ToAccount, held+gapPage); err != nil {
			return err
		}
	}
	return nil
}

// readGroupBack reads from the newest message back to what the user knows or to his
// coming.
func (a *actor) readGroupBack(ctx context.Context, group string, base int64) error {
	for seq := int64(0); ; {
		next, entered, err := a.readGroup(ctx, group, seq)
		if err != nil || entered || next <= base {
			return err
		}
		seq = next
	}
}

// readGroup reads a page of the history up to seq, 0 is the newest, and returns where
// the next begins, and whether the user's coming was on it.
func (a *actor) readGroup(ctx context.Context, group string, seq int64) (next int64, entered bool, err error) {
	page, err := readHistory(ctx, a.client, group, seq)
	if err != nil {
		return 0, false, err
	}
	for i := range page.RspMsgList {
		item := &page.RspMsgList[i]
		a.hearGroup(item, false)
		if tip := item.Tip(); item.Event == tipEvent && tip.OpType == tipJoined && slices.Contains(tip.ListAccount, a.user) {
			return 0, true, nil
		}
	}
	if page.IsFinished == historyFinished {
		return 0, false, nil
	}
	return page.NextReqMsgSeq, false, nil
}

// Kinds of tips.
const (
	tipJoined  = 1
	tipQuit    = 2
	tipRemoved = 3
)

// history is a page of a group's history, newest first.
type history struct {
	IsFinished    int                 `json:"IsFinished"`
	NextReqMsgSeq int64               `json:"NextReqMsgSeq"`
	RspMsgList    []testkit.GroupItem `json:"RspMsgList"`
}

const historyFinished = 2

func readHistory(ctx context.Context, c *testkit.Client, group string, seq int64) (page history, err error) {
	err = c.Call(ctx, "group_open_http_svc.group_msg_get", struct {
		GroupID         string `json:"GroupId"`
		ReqMsgNumber    int    `json:"ReqMsgNumber"`
		ReqMsgSeq       int64  `json:"ReqMsgSeq,omitempty"`
		WithRecalledMsg int    `json:"WithRecalledMsg"`
	}{group, gapPage, seq, 1}, &page)
	return page, err
}

type roam struct {
	MsgList     []testkit.C2cItem `json:"MsgList"`
	Complete    int               `json:"Complete"`
	LastMsgTime int64             `json:"LastMsgTime"`
	MsgKey      string            `json:"MsgKey"`
}

type roamRequest struct {
	PeerAccount     string `json:"Peer_Account"`
	MaxCnt          int    `json:"MaxCnt"`
	LastMsgTime     int64  `json:"LastMsgTime"`
	MsgKey          string `json:"MsgKey"`
	WithRecalledMsg int    `json:"WithRecalledMsg"`
	GetDirection    int    `json:"GetDirection"`
}

// readPairGap reads upwards from the newest message of a user.
func (a *actor) readPairGap(ctx context.Context, c *conversation) error {
	a.mu.Lock()
	var held int64
	if p := a.pairs[c.peer()]; p != nil {
		held = p.last.time
	}
	a.mu.Unlock()
	if gap := c.MsgTimeStamp - held; held == 0 || gap < 1 || gap > maxPairGap {
		return nil
	}
	request := roamRequest{PeerAccount: c.peer(), MaxCnt: gapPage, LastMsgTime: held, WithRecalledMsg: 1, GetDirection: 1}
	for {
		page, err := a.readPair(ctx, request)
		if err != nil || page.Complete == 1 || len(page.MsgList) == 0 {
			return err
		}
		request.LastMsgTime, request.MsgKey = page.LastMsgTime, page.MsgKey
	}
}

// readPairBack reads from the newest message back to one that is known.
func (a *actor) readPairBack(ctx context.Context, peer string, known identity) error {
	request := roamRequest{PeerAccount: peer, MaxCnt: gapPage, WithRecalledMsg: 1}
	for {
		page, err := a.readPair(ctx, request)
		if err != nil || page.Complete == 1 || len(page.MsgList) == 0 || page.LastMsgTime < known.time {
			return err
		}
		request.LastMsgTime, request.MsgKey = page.LastMsgTime, page.MsgKey
	}
}

func (a *actor) readPair(ctx context.Context, request roamRequest) (page roam, err error) {
	if err = a.client.Call(ctx, "openim.getroammsg", request, &page); err != nil {
		return page, err
	}
	for i := range page.MsgList {
		a.hearPair(&page.MsgList[i], false)
	}
	return page, nil
}

// sync reads the one-to-one messages since the last time.
func (a *actor) sync(ctx context.Context) error {
	const end = 2
	a.mu.Lock()
	cookie := a.cookie
	a.mu.Unlock()
	for {
		var page struct {
			SyncFlag int               `json:"SyncFlag"`
			Cookie   string            `json:"Cookie"`
			MsgList  []testkit.C2cItem `json:"MsgList"`
		}
		if err := a.client.Call(ctx, "openim.getmsg", map[string]any{"Cookie": cookie, "SyncFlag": 0, "IsOnlineSync": 0}, &page); err != nil {
			return err
		}
		for i := range page.MsgList {
			a.hearPair(&page.MsgList[i], false)
		}
		cookie = page.Cookie
		if page.SyncFlag == end {
			break
		}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.cookie = cookie
	return nil
}

// compare reports what the actor lacks or has too much of what was said in groups.
// Tips tell when he was a member.
func (a *actor) compare(groups map[string][]testkit.GroupItem) []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	var faults []string
	fault := func(format string, args ...any) {
		faults = append(faults, a.user+" "+fmt.Sprintf(format, args...))
	}
	for id, items := range groups {
		g, member, since := a.group(id), false, int64(0)
		for i := range items {
			item := &items[i]
			if tip := item.Tip(); item.Event == tipEvent && slices.Contains(tip.ListAccount, a.user) {
				switch tip.OpType {
				case tipJoined:
					member, since = true, item.MsgSeq
				case tipQuit, tipRemoved:
					member = false
				}
			}
			known, heard := g.items[item.MsgSeq]
			switch {
			case member && !heard:
				fault("never saw %s %d (%q of %s), a member since %d; it holds up to %d", id, item.MsgSeq, item.Text(), item.FromAccount, since, g.last)
			case !member && heard:
				fault("saw %s %d (%q of %s), and was no member", id, item.MsgSeq, item.Text(), item.FromAccount)
			case heard && known != (identity{item.FromAccount, id, item.MsgRandom, item.MsgSeq, item.MsgTimeStamp}):
				fault("has %s %d as %+v, and it is %+v", id, item.MsgSeq, known, item)
			case item.FromAccount == a.user && item.Text() != g.own[item.MsgSeq]:
				fault("is said to have said %q as %s %d, and said %q", item.Text(), id, item.MsgSeq, g.own[item.MsgSeq])
			}
		}
		for seq := range g.items {
			if seq > int64(len(items)) {
				fault("has %s %d, and there are %d", id, seq, len(items))
			}
		}
	}
	return faults
}

// comparePairs reports what the actor lacks or has too much of what others told it.
func (a *actor) comparePairs(others []*actor) []string {
	var faults []string
	for _, from := range others {
		from.mu.Lock()
		sent := slices.Clone(from.sent[a.user])
		from.mu.Unlock()
		a.mu.Lock()
		count := make(map[string]int)
		if p := a.pairs[from.user]; p != nil {
			for _, text := range p.items {
				count[text]++
			}
		}
		a.mu.Unlock()
		for _, text := range sent {
			if n := count[text]; n != 1 {
				faults = append(faults, fmt.Sprintf("%s saw %q of %s %d times", a.user, text, from.user, n))
			}
			delete(count, text)
		}
		for text, n := range count {
			faults = append(faults, fmt.Sprintf("%s saw %q of %s %d times, which was not acknowledged", a.user, text, from.user, n))
		}
	}
	slices.SortFunc(faults, cmp.Compare)
	return faults
}
