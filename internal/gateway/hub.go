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
	acknowledgeAfter = 64
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
type membership struct{ member, hushed bool }

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
	queue   chan []event.Event
	stopped chan struct{}

	// lastID is that of the newest push.
	lastID atomic.Int64

	// What follows belongs to the goroutine of run.
	targets []*session
	// letters are what is held back, fresh the connections that got something to
	// write in this round.
	letters []letter
	fresh   []*conn

	crew crew

	mu    sync.RWMutex // guards all below
	users map[userKey]*user
	// loading are the users whose groups are being read.
	loading map[*user]struct{}
	groups  map[groupKey]*audience
}

func newHub(st store.Store, clock func() time.Time, log *slog.Logger) (*hub, error) {
	n, err := newNames(st)
	if err != nil {
		return nil, err
	}
	return &hub{
		store: st, log: log, clock: clock, names: n,
		queue: make(chan []event.Event, hubQueue), stopped: make(chan struct{}),
		users: make(map[userKey]*user), loading: make(map[*user]struct{}), groups: make(map[groupKey]*audience),
	}, nil
}

// announce takes what was committed.
func (h *hub) announce(batch []event.Event) {
	select {
	case h.queue <- batch:
	case <-h.stopped:
	}
}

// run tells clients what is announced until ctx ends.
func (h *hub) run(ctx context.Context) error {
	defer close(h.stopped)
	alarm := time.NewTimer(time.Hour)
	defer alarm.Stop()
	for {
		var batch []event.Event
		select {
		case <-ctx.Done():
			return nil
		case batch = <-h.queue:
		case <-alarm.C:
		}
		if wait, held := h.round(batch); held {
			alarm.Reset(wait)
		}
	}
}

// tell pushes one event. A bug in one row must not silence all others.
func (h *hub) tell(e event.Event) {
	defer func() {
		if p := recover(); p != nil {
			h.log.Error("a push failed", "event", fmt.Sprintf("%T", e), "conversation", e.Conversation().String(), "panic", p, "stack", string(debug.Stack()))
		}
	}()
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
}

// toGroup pushes to the members of a group, messages to all in the next letter.
func (h *hub) toGroup(key groupKey, d delivery) {
	d = h.polls.overhear(key, d)
	h.mu.RLock()
	a := h.groups[key]
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

// connect adds a session. When it returns, every message committed from then on
// reaches it.
func (h *hub) connect(ctx context.Context, s *session) error {
	key := userKey{s.app, s.userID}
	h.mu.Lock()
	u, known := h.users[key]
	if !known {
		u = &user{key: key, groups: make(map[groupKey]bool), loaded: make(chan struct{}), changes: make(map[groupKey]membership)}
		h.users[key], h.loading[u] = u, struct{}{}
	}
	if !slices.Contains(u.sessions, s) {
		u.sessions = append(u.sessions, s)
	}
	h.mu.Unlock()
	if known {
		<-u.loaded
		return u.err
	}
	h.load(ctx, u)
	return u.err
}

// load reads the groups of a user. What changes meanwhile is announced either
// before, and then storage knows of it, or it is in u.changes, or it comes later.
func (h *hub) load(ctx context.Context, u *user) {
	defer close(u.loaded)
	var list []store.Membership
	var subscriptions []store.Subscription
	var flags []store.TopicFlag
	u.err = h.store.View(context.WithoutCancel(ctx), func(tx store.Tx) (err error) {
		if list, err = tx.Memberships(ctx, u.key.app, u.key.id); err != nil {
			return err
		}
		if subscriptions, err = tx.Subscriptions(ctx, u.key.app, u.key.id); err != nil {
			return err
		}
		flags, err = tx.TopicFlags(ctx, u.key.app, u.key.id)
		return err
	})
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.loading, u)
	changes := u.changes
	u.changes = nil
	if h.users[u.key] != u {
		return // his last session ended meanwhile
	}
	if u.err != nil {
		delete(h.users, u.key)
		return
	}
	for _, m := range list {
		h.place(u, groupKey{u.key.app, m.GroupID}, membership{member: true, hushed: m.MsgFlag == chat.FlagDiscard})
	}
	h.placeSubscriptions(u, subscriptions)
	h.placeTopicFlags(u, flags)
	for key, m := range changes {
		h.place(u, key, m)
	}
}

// place puts a user into a group's audience or takes him out. h.mu is held.
func (h *hub) place(u *user, key groupKey, m membership) {
	if u.changes != nil {
		u.changes[key] = m
		return
	}
	a := h.groups[key]
	switch {
	case m.member:
		if a == nil {
			a = &audience{members: make(map[*user]bool)}
			h.groups[key] = a
		}
		a.members[u], u.groups[key] = m.hushed, true
	case a != nil:
		delete(a.members, u)
		delete(u.groups, key)
		if len(a.members) == 0 {
			delete(h.groups, key)
		}
	}
}

// join tells the index of new members, or of a change of how they want messages.
func (h *hub) join(key groupKey, userID, msgFlag string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if u := h.users[userKey{key.app, userID}]; u != nil {
		h.place(u, key, membership{member: true, hushed: msgFlag == chat.FlagDiscard})
	}
}

// leave tells the index that a user is no member any more.
func (h *hub) leave(key groupKey, userID string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if u := h.users[userKey{key.app, userID}]; u != nil {
		h.place(u, key, membership{})
	}
}

// drop tells the index that a group is gone.
func (h *hub) drop(key groupKey) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for u := range h.loading { // they are in no audience yet
		u.changes[key] = membership{}
	}
	if a := h.groups[key]; a != nil {
		for u := range a.members {
			delete(u.groups, key)
		}
		delete(h.groups, key)
	}
}

// disconnect removes a session that is over.
func (h *hub) disconnect(s *session) {
	defer h.watchers.drop(s) // when a new subscription finds that the session is gone
	h.mu.Lock()
	defer h.mu.Unlock()
	u := h.users[userKey{s.app, s.userID}]
	if u == nil {
		return
	}
	u.sessions = slices.DeleteFunc(u.sessions, func(other *session) bool { return other == s })
	if len(u.sessions) > 0 {
		return
	}
	for key := range u.groups {
		h.place(u, key, membership{})
	}
	delete(h.users, u.key)
}

// sessionsOf returns the sessions that a user has here.
func (h *hub) sessionsOf(app chat.SDKAppID, userID string) []*session {
	h.mu.RLock()
	defer h.mu.RUnlock()
	if u := h.users[userKey{app, userID}]; u != nil {
		return slices.Clone(u.sessions)
	}
	return nil
}

// online reports whether one of a user's clients is connected.
func (h *hub) online(app chat.SDKAppID, userID string) bool {
	h.mu.RLock()
	defer h.mu.RUnlock()
	u := h.users[userKey{app, userID}]
	return u != nil && u.connected()
}
