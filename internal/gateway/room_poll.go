package gateway

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"sync"
	"time"

	"github.com/parley-im/parley/internal/chat"
)

// What visitors of AVChatRooms who are not logged in may cost.
const (
	// pollHold is how long a poll waits for something to be said; clients give up
	// after 15 s.
	pollHold = 10 * time.Second
	// visitorIdle is after how long without a poll a visitor is forgotten.
	visitorIdle = 60 * time.Second
	// maxPolled and maxPolledBytes bound what a room keeps for those who poll.
	maxPolled      = 256
	maxPolledBytes = 512 << 10
	// Bounds of the visitors of a connection, a room and an app.
	maxVisits         = 4
	maxRoomVisitors   = 20_000
	maxAppVisitors    = 100_000
	visitorNonceChars = 26
	visitorMACChars   = 32
)

// polls are the visitors who ask again and again what was said in a room, and what
// they have not fetched yet. A room is kept only as long as it has such visitors.
//
// A poll that has to wait holds no goroutine and no place among the requests of its
// connection: it is answered by whoever brings something to say, or by a timer.
type polls struct {
	answer func(c *conn, h *head, a *pollAnswer)
	clock  func() time.Time
	// began and ended hear of the first and the last visitor of a room, if not nil.
	began, ended func(groupKey)

	mu       sync.Mutex // guards all below and what hangs on it
	rooms    map[groupKey]*polledRoom
	visitors map[string]*visitor
	perApp   map[chat.SDKAppID]int
	perConn  map[*conn][]*visitor
}

// polledRoom is a room with visitors who poll.
type polledRoom struct {
	key      groupKey
	visitors int
	// items were told in the room, oldest first; next is the position of what comes
	// next. Positions begin with the time, so that one from before a restart is never
	// ahead.
	items []json.RawMessage
	bytes int
	next  int64
	// waiting are the visitors whose polls are held.
	waiting map[*visitor]bool
	serving bool
}

// visitor is somebody who polls a room.
type visitor struct {
	key  string
	room *polledRoom
	conn *conn
	// start is the position at which he came.
	start int64
	// held is his poll that waits, nil if none does.
	held *heldPoll
	// timer ends the wait, or the visit; due is when.
	timer *time.Timer
	due   time.Time
	gone  bool
}

// heldPoll is a poll that waits for something behind a position.
type heldPoll struct {
	conn *conn
	head head
	from int64
}

func newPolls(clock func() time.Time, answer func(*conn, *head, *pollAnswer)) *polls {
	return &polls{
		answer: answer, clock: clock, rooms: make(map[groupKey]*polledRoom), visitors: make(map[string]*visitor),
		perApp: make(map[chat.SDKAppID]int), perConn: make(map[*conn][]*visitor),
	}
}

// newVisitorKey makes the key of a new visitor of a room. Nobody can make one up, and
// it still holds after a restart.
func newVisitorKey(app *chat.App, groupID string) string {
	nonce := rand.Text()
	return visitorMAC(app, nonce, groupID) + nonce + groupID
}

// roomOfKey returns the room of a visitor's key, "" if the key is none of the app's.
func roomOfKey(app *chat.App, key string) string {
	const from = visitorMACChars + visitorNonceChars
	if len(key) <= from || len(key) > from+chat.MaxGroupIDBytes {
		return ""
	}
	groupID := key[from:]
	if !hmac.Equal([]byte(key[:visitorMACChars]), []byte(visitorMAC(app, key[visitorMACChars:from], groupID))) {
		return ""
	}
	return groupID
}

func visitorMAC(app *chat.App, nonce, groupID string) string {
	mac := hmac.New(sha256.New, []byte(app.SecretKey))
	mac.Write([]byte("visitor of a room\x00" + nonce + "\x00" + groupID))
	return hex.EncodeToString(mac.Sum(nil))[:visitorMACChars]
}

// enter makes a visitor known and returns the position at which he begins. On a
// connection with too many, the oldest is forgotten.
func (p *polls) enter(room groupKey, key string, c *conn) (int64, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if v := p.visitors[key]; v != nil {
		return v.start, nil // another poll of his was faster
	}
	r := p.rooms[room]
	switch {
	case p.perApp[room.app] >= maxAppVisitors:
		return 0, chat.ErrClientOverloaded
	case r != nil && r.visitors >= maxRoomVisitors:
		return 0, chat.ErrGroupFull
	case r == nil:
		r = &polledRoom{key: room, next: p.clock().UnixMicro(), waiting: make(map[*visitor]bool)}
		p.rooms[room] = r
		if p.began != nil {
			p.began(room)
		}
	}
	v := &visitor{key: key, room: r, start: r.next}
	r.visitors++
	p.visitors[key] = v
	p.perApp[room.app]++
	p.seat(v, c)
	v.due = time.Now().Add(visitorIdle)
	v.timer = time.AfterFunc(visitorIdle, func() { p.expire(v) })
	return v.start, nil
}

// seat makes c the connection of a visitor. p.mu is held.
func (p *polls) seat(v *visitor, c *conn) {
	if v.conn == c {
		return
	}
	p.unseat(v)
	if others := p.perConn[c]; len(others) >= maxVisits {
		p.remove(others[0])
	}
	v.conn = c
	p.perConn[c] = append(p.perConn[c], v)
}

// unseat takes the connection from a visitor. p.mu is held.
func (p *polls) unseat(v *visitor) {
	if v.conn == nil {
		return
	}
	others := slices.DeleteFunc(p.perConn[v.conn], func(other *visitor) bool { return other == v })
	if p.perConn[v.conn] = others; len(others) == 0 {
		delete(p.perConn, v.conn)
	}
	v.conn = nil
}

// remove forgets a visitor, and his room with the last one. p.mu is held.
func (p *polls) remove(v *visitor) {
	v.gone, v.held = true, nil
	v.timer.Stop()
	p.unseat(v)
	delete(p.visitors, v.key)
	delete(v.room.waiting, v)
	if p.perApp[v.room.key.app]--; p.perApp[v.room.key.app] == 0 {
		delete(p.perApp, v.room.key.app)
	}
	if v.room.visitors--; v.room.visitors == 0 {
		delete(p.rooms, v.room.key)
		if p.ended != nil {
			p.ended(v.room.key)
		}
	}
}

// wait sets when the timer of a visitor is due. p.mu is held.
func (v *visitor) wait(d time.Duration) {
	v.due = time.Now().Add(d)
	v.timer.Reset(d)
}

// poll answers what is behind a position, or holds the poll until there is something.
// It reports whether the visitor is known.
func (p *polls) poll(key string, c *conn, h head, from int64) (known bool) {
	p.mu.Lock()
	v := p.visitors[key]
	if v == nil {
		p.mu.Unlock()
		return false
	}
	p.seat(v, c)
	r := v.room
	if from <= 0 {
		from = v.start
	}
	earlier := v.release()
	now := &heldPoll{conn: c, head: h, from: min(max(from, r.first()), r.next)}
	var ready *pollAnswer
	if now.from < r.next {
		ready = r.since(v.key, now.from)
		v.wait(visitorIdle)
	} else {
		v.held = now
		r.waiting[v] = true
		v.wait(pollHold)
	}
	p.mu.Unlock()
	if earlier != nil {
		p.send(earlier, &pollAnswer{Key: key, NextSeq: earlier.from})
	}
	if ready != nil {
		p.send(now, ready)
	}
	return true
}

// release returns the poll of a visitor that waits; it waits no more. p.mu is held.
func (v *visitor) release() *heldPoll {
	held := v.held
	v.held = nil
	delete(v.room.waiting, v)
	return held
}

// first is the position of the oldest item that is kept.
func (r *polledRoom) first() int64 { return r.next - int64(len(r.items)) }

// since answers what is behind a position. p.mu is held.
func (r *polledRoom) since(key string, from int64) *pollAnswer {
	return &pollAnswer{Key: key, NextSeq: r.next, RspMsgList: slices.Clone(r.items[from-r.first():])}
}

func (p *polls) send(to *heldPoll, a *pollAnswer) {
	if a.RspMsgList == nil {
		a.RspMsgList = []json.RawMessage{}
	}
	p.answer(to.conn, &to.head, a)
}

// expire ends the wait of a visitor's poll, or his visit.
func (p *polls) expire(v *visitor) {
	p.mu.Lock()
	if left := time.Until(v.due); v.gone || left > 0 {
		if !v.gone {
			v.timer.Reset(left) // it was put off while the timer fired
		}
		p.mu.Unlock()
		return
	}
	held := v.release()
	if held == nil {
		p.remove(v)
		p.mu.Unlock()
		return
	}
	v.wait(visitorIdle)
	p.mu.Unlock()
	p.send(held, &pollAnswer{Key: v.key, NextSeq: held.from})
}

// count is how many visitors poll a room.
func (p *polls) count(room groupKey) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if r := p.rooms[room]; r != nil {
		return r.visitors
	}
	return 0
}

// overhear keeps for those who poll what the members of their room are told.
func (p *polls) overhear(room groupKey, d delivery) delivery {
	if d.only != nil || p.count(room) == 0 {
		return d
	}
	entry := d.entry()
	d.entry = func() any { return entry }
	var items []json.RawMessage
	for _, item := range polledItems(room.id, entry) {
		if b, err := encode(item); err == nil {
			items = append(items, b)
		}
	}
	p.add(room, items)
	return d
}

func (p *polls) add(room groupKey, items []json.RawMessage) {
	p.mu.Lock()
	defer p.mu.Unlock()
	r := p.rooms[room]
	if r == nil || len(items) == 0 {
		return
	}
	for _, b := range items {
		r.items = append(r.items, b)
		r.bytes += len(b)
		r.next++
	}
	surplus := 0
	for len(r.items)-surplus > maxPolled || r.bytes > maxPolledBytes {
		r.bytes -= len(r.items[surplus])
		surplus++
	}
	r.items = slices.Delete(r.items, 0, surplus)
	if len(r.waiting) > 0 && !r.serving {
		r.serving = true
		go p.serve(r)
	}
}

// serve answers the polls of a room that wait, until none does.
func (p *polls) serve(r *polledRoom) {
	for {
		p.mu.Lock()
		answers := make(map[*heldPoll]*pollAnswer, len(r.waiting))
		for v := range r.waiting {
			if v.held.from < r.next {
				answers[v.held] = r.since(v.key, max(v.held.from, r.first()))
				v.release()
				v.wait(visitorIdle)
			}
		}
		r.serving = len(answers) > 0
		p.mu.Unlock()
		if len(answers) == 0 {
			return
		}
		for held, a := range answers {
			p.send(held, a)
		}
	}
}

// polledItems are the items of an entry of EventArray, as those who poll get them:
// each says what it is and where.
func polledItems(groupID string, entry any) []any {
	var items []any
	switch e := entry.(type) {
	case groupMessageEntry:
		for i := range e.GroupMsgArray {
			items = append(items, e.GroupMsgArray[i])
		}
	case tipEntry:
		for _, item := range e.GroupTips {
			item.Event, item.ToGroupID = e.Event, groupID
			items = append(items, item)
		}
	case roomRecallEntry:
		for i := range e.GroupMsgArray {
			items = append(items, e.GroupMsgArray[i])
		}
	}
	return items
}
