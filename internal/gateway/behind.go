package gateway

import (
	"context"
	"errors"
	"maps"
	"sync"
	"time"

	"github.com/parley-im/parley/internal/c2c"
	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/store"
)

// maxReads is how many places and users are read from storage at once, so that many
// who missed something do not keep it from those who send.
const maxReads = 4

// desk does what takes time for the hub, few things at once, in order.
type desk struct {
	mu      sync.Mutex // guards all below
	queue   []func()
	working int
}

// do does fn when its turn comes.
func (d *desk) do(fn func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.queue = append(d.queue, fn)
	if d.working < maxReads {
		d.working++
		go d.work()
	}
}

func (d *desk) work() {
	for {
		d.mu.Lock()
		if len(d.queue) == 0 {
			d.queue = nil
			d.working--
			d.mu.Unlock()
			return
		}
		fn := d.queue[0]
		d.queue = d.queue[1:]
		d.mu.Unlock()
		fn()
	}
}

// backlog is what storage may have for a user that he was not told. While there is
// one, what is stored for him is not pushed, but read with the rest, in its order.
type backlog struct {
	since time.Time
	// reading is set while storage is read; again says since when more came.
	reading bool
	again   time.Time
}

// CatchUp lets the sessions here hear of all that was committed since a time by nodes
// that may not have told of it, because they died or could not be reached. It returns
// at once; what is read from storage is read little by little, and clients may get
// copies.
func (g *Gateway) CatchUp(since time.Time) {
	g.hub.do(func() { g.hub.catchUp(since) })
}

// reread lets the sessions of all nodes hear of what may have been committed here since
// a time and was not announced.
func (g *Gateway) reread(since time.Time) {
	g.hub.do(func() {
		g.Log.Info("what may have been stored without an answer is read from the database", "since", since)
		g.hub.peers.reread(since)
		g.hub.catchUp(since)
	})
}

// catchUp begins to read all that was said and done since a time.
func (h *hub) catchUp(since time.Time) {
	h.names.forgetAll()
	h.mu.RLock()
	audiences := maps.Clone(h.groups)
	users := make([]*user, 0, len(h.users))
	for _, u := range h.users {
		users = append(users, u)
	}
	h.mu.RUnlock()
	for key, a := range audiences {
		if a.next == 0 && a.began.IsZero() {
			continue // no group
		}
		h.feedOf(key, a, "", true)
		for _, f := range a.feeds {
			f.behind = true
			if f.recalled.IsZero() || since.Before(f.recalled) {
				f.recalled = since
			}
			h.advance(f)
		}
	}
	for _, u := range users {
		h.fallBehind(u, since)
	}
}

// fallBehind begins to read what a user may have missed since a time.
func (h *hub) fallBehind(u *user, since time.Time) {
	b := u.behind
	switch {
	case b == nil:
		u.behind = &backlog{since: since}
		h.desk.do(func() { h.readBacklog(u) })
	case !b.reading:
		b.since = earlier(b.since, since)
	case b.again.IsZero():
		b.again = since
	default:
		b.again = earlier(b.again, since)
	}
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// awaits reports whether a user gets what is stored for him with what he missed.
func (h *hub) awaits(app chat.SDKAppID, userID string) bool {
	if h.peers == nil || h.to != nil {
		return false
	}
	h.mu.RLock()
	u := h.users[userKey{app, userID}]
	h.mu.RUnlock()
	if u == nil || u.behind == nil {
		return false
	}
	if u.behind.reading {
		h.fallBehind(u, h.clock().Add(-maxLag))
	}
	return true
}

// missedByUser is what storage has for a user.
type missedByUser struct {
	places map[groupKey]membership
	// ended are his sessions here that hold no longer, and why.
	ended map[*session]chat.KickType
	sync  c2c.Sync
}

// readBacklog reads what a user missed, and what became of his memberships and logins,
// when the hub's goroutine has begun it.
func (h *hub) readBacklog(u *user) {
	begun := make(chan time.Time, 1)
	h.do(func() {
		if h.beginBacklog(u) {
			begun <- u.behind.since
		}
		close(begun)
	})
	select {
	case since, ok := <-begun:
		if ok {
			found, err := h.readMissed(u.key, h.sessionsOf(u.key.app, u.key.id), since)
			h.do(func() { h.tellMissed(u, found, err) })
		}
	case <-h.stopped:
	}
}

// beginBacklog reports whether there is something to read. From then on what changes is
// kept until storage has been read.
func (h *hub) beginBacklog(u *user) bool {
	if u.behind == nil || !h.knows(u) {
		return false
	}
	h.mu.Lock()
	loading := u.changes != nil
	if !loading {
		u.changes = make(map[groupKey]membership)
	}
	h.mu.Unlock()
	if loading { // he has just come and is about to know all this
		u.behind = nil
		return false
	}
	u.behind.reading = true
	return true
}

// knows reports whether a user is still the one of the index.
func (h *hub) knows(u *user) bool {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return h.users[u.key] == u
}

func (h *hub) readMissed(key userKey, sessions []*session, since time.Time) (found missedByUser, err error) {
	ctx := context.Background() // the hub answers to nobody
	app := h.gateway.Apps(key.app)
	if app == nil {
		return found, errNoApp
	}
	if found.places, err = h.placesOf(ctx, key); err != nil {
		return found, err
	}
	if found.ended, err = h.endedSessions(ctx, key, sessions); err != nil {
		return found, err
	}
	found.sync, err = h.gateway.Pairs.Since(ctx, chat.Caller{App: app, UserID: key.id}, since)
	return found, err
}

var errNoApp = errors.New("the app is gone")

// endedSessions returns those of a user's sessions that were ended.
func (h *hub) endedSessions(ctx context.Context, key userKey, sessions []*session) (map[*session]chat.KickType, error) {
	ended := make(map[*session]chat.KickType)
	err := h.store.View(ctx, func(tx store.Tx) error {
		for _, s := range sessions {
			found, err := tx.Session(ctx, key.app, s.key)
			switch {
			case errors.Is(err, store.ErrNotFound):
				ended[s] = chat.KickedNot // it logged out
			case err != nil:
				return err
			case found.Kicked != chat.KickedNot:
				ended[s] = found.Kicked
			}
		}
		return nil
	})
	return ended, err
}

// tellMissed tells a user what he missed.
func (h *hub) tellMissed(u *user, found missedByUser, err error) {
	b := u.behind
	if h.knows(u) {
		h.rewind(h.reindex(u, found.places, err), b.since)
	}
	if err != nil {
		h.log.Warn("what a user missed could not be read; it is tried again", "sdkappid", u.key.app, "user_id", u.key.id, "error", err)
		b.again = earlier(b.since, h.clock())
		time.AfterFunc(rereadAfter, func() { h.do(func() { h.readAgain(u) }) })
		return
	}
	for s, why := range found.ended {
		h.endHere(s, event.InstanceKicked{Caller: chat.Caller{App: &chat.App{SDKAppID: u.key.app}}, UserID: u.key.id, Instance: s.instance, Type: why})
	}
	again := !b.again.IsZero()
	u.behind = nil // what is told now is not to wait for itself
	h.tellSync(u.key, found.sync, b.since)
	if again {
		u.behind = b
		h.readAgain(u)
	}
}

// readAgain reads once more, from where more came.
func (h *hub) readAgain(u *user) {
	b := u.behind
	if b == nil || !h.knows(u) {
		return
	}
	b.since, b.again, b.reading = b.again, time.Time{}, false
	h.desk.do(func() { h.readBacklog(u) })
}

// rewind tells again what was said in groups since a time, because somebody was a
// member without being known as one; the others get copies.
func (h *hub) rewind(keys []groupKey, since time.Time) {
	for _, key := range keys {
		a := h.audienceOf(key)
		if a == nil {
			continue
		}
		f := h.feedOf(key, a, "", true)
		f.known, f.since, f.behind = false, since, true
		h.held[f.place] = f // the round goes on with it
	}
}

// reindex takes over a user's places as storage knows them, and then what became of
// them meanwhile. It returns the groups that others here are in already and that he
// was not known to be in.
func (h *hub) reindex(u *user, places map[groupKey]membership, err error) (joined []groupKey) {
	h.mu.Lock()
	defer h.mu.Unlock()
	changes := u.changes
	u.changes = nil
	if err == nil {
		for key := range u.groups {
			if _, still := places[key]; !still {
				h.place(u, key, membership{})
			}
		}
		for key, m := range places {
			if !u.groups[key] && m.next > 0 { // he came, nobody knows when
				m.next, m.since = 0, u.behind.since
				if h.groups[key] != nil {
					joined = append(joined, key)
				}
			}
			h.place(u, key, m)
		}
	}
	for key, m := range changes {
		h.place(u, key, m)
	}
	return joined
}

// tellSync tells a user messages and notices, those that were recalled as well.
func (h *hub) tellSync(key userKey, sync c2c.Sync, since time.Time) {
	for i := range sync.Messages {
		s := &sync.Messages[i]
		h.gateway.metrics.caughtUp.Inc()
		if s.Place == chat.PlaceRecalled {
			if s.Recall != nil && !s.Recall.Time.Before(since) {
				h.toUser(key.app, key.id, 0, func() any {
					return newNotify(pairNotify{Withdraw: &pairWithdraw{Messages: []withdrawn{newWithdrawn(key.app, s.To, &s.Message)}}})
				})
			}
			continue
		}
		h.toUser(key.app, key.id, 0, func() any { return messageEntry(key.app, s.To, &s.Message, sync.Persons[s.From]) })
	}
	for i := range sync.Notices {
		h.toUser(key.app, key.id, 0, func() any { return noticeEntry(key.app, &sync.Notices[i]) })
	}
}
