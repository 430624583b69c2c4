package gateway

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"reflect"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/store"
)

const (
	// hubQueue is how many batches of announcements may wait. Then the writer of
	// the store waits too, so that memory is bounded.
	hubQueue = 1024
	// largeAudience is the number of sessions from which on not every push is
	// acknowledged: a client that has one has those before it.
	largeAudience = 100
	// acknowledgeEvery and acknowledgeAfter are after what time and how many pushes a
	// large audience acknowledges again.
	acknowledgeEvery = 5 * time.Second
	acknowledgeAfter = 256
)

// userKey names a user.
type userKey struct {
	app chat.SDKAppID
	id  string
}

// groupKey names a group.
type groupKey struct {
	app chat.SDKAppID
	id  string
}

// user is somebody with at least one session here.
type user struct {
	key      userKey
	sessions []*session
	groups   map[groupKey]bool
	// behind is what storage may have for him that he was not told, nil if nothing. It
	// belongs to the goroutine of run.
	behind *backlog
	// loaded is closed when groups holds what storage knows, or err says why not.
	loaded chan struct{}
	err    error
	// changes is what became of his memberships while they were being read.
	changes map[groupKey]membership
}

// connected reports whether one of his clients is. hub.mu is held.
func (u *user) connected() bool {
	return slices.ContainsFunc(u.sessions, func(s *session) bool { return s.connected() != nil })
}

// membership is a user's place in a group as far as pushes go.
type membership struct {
	member, hushed bool
	// next is the MsgSeq that follows what the group said before the user came, since
	// when he came, if next is not known.
	next  int64
	since time.Time
}

// audience is the members of a group who have sessions here.
type audience struct {
	// members says of each whether he wants no messages.
	members map[*user]bool
	// asked is when it was last asked to acknowledge, since how much was pushed after
	// that. They and rested belong to the goroutine of run.
	asked time.Time
	since int
	// rested is when it may have the next push of what is said.
	rested time.Time

	// next and began say where what it is told begins, as in a membership; feeds is the
	// order of what is said, by topic, and belongs to the goroutine of run.
	next  int64
	began time.Time
	feeds map[string]*feed
	// joined is since when those are members who became so while they were here, newest
	// that of the last one.
	joined map[*user]time.Time
	newest time.Time
}

// hub knows who has sessions here and in which groups they are, and turns what is
// announced into pushes.
type hub struct {
	gateway *Gateway
	store   store.Store
	log     *slog.Logger
	clock   func() time.Time
	names   *names
	// watchers are told of the status of users.
	watchers watchers
	// polls are those who follow rooms without being members.
	polls   *polls
	queue   chan news
	stopped chan struct{}
	// peers are the other nodes, nil if there are none.
	peers *peers
	desk  desk

	// lastID is that of the newest push.
	lastID atomic.Int64

	// What follows belongs to the goroutine of run.
	targets []*session
	// letters are what is held back, fresh the connections that got something to
	// write in this round.
	letters []letter
	fresh   []*conn

	// to, while not nil, collects whom an event concerns, and nobody is told. foreign is
	// set while what is told was announced by another node.
	to      *recipients
	foreign bool
	// held are the places where something waits for what was said before it.
	held map[place]*feed

	crew crew

	mu    sync.RWMutex // guards all below
	users map[userKey]*user
	// loading are the users whose groups are being read.
	loading map[*user]struct{}
	groups  map[groupKey]*audience
	// unsettled are audiences that came into being by a change of which other nodes may
	// not know yet that somebody listens here.
	unsettled []groupKey
}

// news is what the hub is told.
type news struct {
	events []event.Event
	// foreign is set for what another node announced.
	foreign bool
	// do, if not nil, is called by the goroutine of run.
	do func()
}

func newHub(st store.Store, clock func() time.Time, log *slog.Logger) (*hub, error) {
	n, err := newNames(st)
	if err != nil {
		return nil, err
	}
	return &hub{
		store: st, log: log, clock: clock, names: n,
		queue: make(chan news, hubQueue), stopped: make(chan struct{}),
		users: make(map[userKey]*user), loading: make(map[*user]struct{}), groups: make(map[groupKey]*audience), held: make(map[place]*feed),
	}, nil
}

// announce takes what was committed here.
func (h *hub) announce(batch []event.Event) { h.put(news{events: batch}) }

// hear takes what was committed at another node.
func (h *hub) hear(e event.Event) { h.put(news{events: []event.Event{e}, foreign: true}) }

// do runs fn on the hub's goroutine, behind what waits there.
func (h *hub) do(fn func()) { h.put(news{do: fn}) }

func (h *hub) put(n news) {
	select {
	case h.queue <- n:
	case <-h.stopped:
	}
}

// run tells clients what is announced until ctx ends.
func (h *hub) run(ctx context.Context) error {
	defer close(h.stopped)
	alarm := time.NewTimer(time.Hour)
	defer alarm.Stop()
	for {
		var n news
		select {
		case <-ctx.Done():
			return nil
		case n = <-h.queue:
		case <-alarm.C:
		}
		if wait, held := h.round(n); held {
			alarm.Reset(wait)
		}
	}
}

// take tells one event: other nodes at once, clients here in its turn.
func (h *hub) take(e event.Event, foreign bool) {
	defer h.survive(e)
	if h.peers == nil {
		h.tell(e)
		return
	}
	if !foreign {
		h.peers.publish(e, h.concerned(e))
	}
	h.foreign = foreign
	h.receive(e)
	h.foreign = false
}

// survive keeps a bug in one row from silencing all others.
func (h *hub) survive(e event.Event) {
	if p := recover(); p != nil {
		h.to, h.foreign = nil, false
		h.log.Error("a push failed", "event", fmt.Sprintf("%T", e), "conversation", e.Conversation().String(), "panic", p, "stack", string(debug.Stack()))
	}
}

// concerned is whom an event concerns, here and at other nodes. Rows name them when
// they run; this once nobody is told.
func (h *hub) concerned(e event.Event) *recipients {
	to := new(recipients)
	row, ok := pushes[reflect.TypeOf(e)]
	if !ok {
		return to
	}
	h.to = to
	row.do(h, e)
	h.to = nil
	return to
}

// only reports whether somebody is only asked for, and if so takes note of him. Whatever a
// row does beside naming him must come behind it.
func (h *hub) only(subject func() string) bool {
	if h.to != nil {
		h.to.add(subject())
	}
	return h.to != nil
}

// everywhere is only for what concerns all nodes.
func (h *hub) everywhere() bool {
	if h.to != nil {
		h.to.all = true
	}
	return h.to != nil
}

// tell pushes one event.
func (h *hub) tell(e event.Event) {
	if _, said := e.(event.GroupMessageSent); !said {
		h.deliverIn(e.Conversation())
	}
	if row, ok := pushes[reflect.TypeOf(e)]; ok {
		row.do(h, e)
	}
}

// delivery says who gets an entry of EventArray, and what it is.
type delivery struct {
	// entry makes the entry; it is called once, if anybody is there to get it.
	entry func() any
	// except is the instance that caused it and needs no telling; 0 is none.
	except int64
	// only, if not nil, are the members who get it.
	only []string
	// message is set for messages, which members can refuse by their MsgFlag; topic
	// is in which topic of the group, empty for none.
	message bool
	topic   string
	// said is when that was said which is told, zero for all else: who came later does
	// not hear of it.
	said time.Time
}

// toGroup pushes to the members of a group, messages to all in the next letter.
func (h *hub) toGroup(key groupKey, d delivery) {
	if h.only(func() string { return groupSubject(key) }) {
		return
	}
	d = h.polls.overhear(key, d)
	h.mu.RLock()
	a := h.groups[key]
	if a != nil && d.only == nil && a.newest.Add(-maxLag).After(d.said) && !d.said.IsZero() {
		d.only = a.before(d, h.groups[topicKey(key.app, d.topic)])
	}
	h.mu.RUnlock()
	switch {
	case a == nil:
	case d.message && d.only == nil:
		h.hold(key, a, d)
	default:
		h.deliverIn(chat.GroupConversation(key.id)) // what was said before
		targets := h.members(key, a, d)
		h.send(targets, d.entry, a.acknowledges(len(targets), h.clock()))
	}
}

// before returns the members who were there when something was said, and want it;
// flags is who wants a topic otherwise. The hub's mutex is held.
func (a *audience) before(d delivery, flags *audience) []string {
	ids := make([]string, 0, len(a.members))
	for u, hushed := range a.members {
		if a.joined[u].Add(-maxLag).After(d.said) || (d.message && flags.hushes(u, hushed)) {
			continue
		}
		ids = append(ids, u.key.id)
	}
	return ids
}

// members returns the sessions that a delivery goes to.
func (h *hub) members(key groupKey, a *audience, d delivery) []*session {
	h.mu.RLock()
	defer h.mu.RUnlock()
	targets := h.targets[:0]
	if d.only == nil {
		for u := range a.members {
			targets = appendSessions(targets, u, d.except)
		}
	}
	for _, id := range d.only {
		if u := h.users[userKey{key.app, id}]; u != nil && u.groups[key] {
			targets = appendSessions(targets, u, d.except)
		}
	}
	return targets
}

// toUser pushes to the sessions of a user, but not to the instance except.
func (h *hub) toUser(app chat.SDKAppID, userID string, except int64, entry func() any) {
	h.toUsers(app, []string{userID}, except, entry)
}

// toUsers pushes one entry to several users.
func (h *hub) toUsers(app chat.SDKAppID, userIDs []string, except int64, entry func() any) {
	if h.onlyUsers(app, userIDs) {
		return
	}
	h.mu.RLock()
	targets := h.targets[:0]
	for _, id := range userIDs {
		if u := h.users[userKey{app, id}]; u != nil {
			targets = appendSessions(targets, u, except)
		}
	}
	h.mu.RUnlock()
	h.send(targets, entry, true)
}

// onlyUsers is only for users.
func (h *hub) onlyUsers(app chat.SDKAppID, userIDs []string) bool {
	for _, id := range userIDs {
		h.only(func() string { return userSubject(userKey{app, id}) })
	}
	return h.to != nil
}

func appendSessions(targets []*session, u *user, except int64) []*session {
	for _, s := range u.sessions {
		if s.instance != except || except == 0 {
			targets = append(targets, s)
		}
	}
	return targets
}

// send pushes an entry, if there is anybody to have it.
func (h *hub) send(targets []*session, entry func() any, acknowledge bool) {
	if len(targets) > 0 {
		h.push(targets, acknowledge, entry())
	}
}

// push makes one frame for all targets.
func (h *hub) push(targets []*session, acknowledge bool, entries ...any) {
	if len(targets) == 0 {
		return
	}
	defer func() {
		clear(targets)
		if cap(targets) > cap(h.targets) {
			h.targets = targets[:0]
		}
	}()
	f, err := h.frame(acknowledge, entries...)
	if err != nil {
		h.log.Error("a push could not be encoded", "error", err)
		return
	}
	for _, s := range targets {
		switch c, overrun := s.enqueue(f); {
		case c == nil:
		case overrun:
			c.close(reasonSlow)
		default:
			h.fresh = append(h.fresh, c)
		}
	}
}

// frame encodes a push.
func (h *hub) frame(acknowledge bool, entries ...any) (*frame, error) {
	body := pushBody{EventArray: make([]json.RawMessage, 0, len(entries))}
	for _, e := range entries {
		b, err := encode(e)
		if err != nil {
			return nil, err
		}
		body.EventArray = append(body.EventArray, b)
	}
	id := h.lastID.Add(1)
	if acknowledge {
		body.NeedAck, body.SessionData = 1, id
	}
	f, err := newFrame(headOut{ServCmd: pushCommand, Seq: id}, body)
	if err != nil {
		return nil, err
	}
	f.id, f.at = id, h.clock()
	return f, nil
}
