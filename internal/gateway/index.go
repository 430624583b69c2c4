package gateway

import (
	"context"
	"slices"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/store"
)

// The index knows who has sessions here and in which groups they are.

// connect adds a session. When it returns, every message committed from then on
// reaches it.
func (h *hub) connect(ctx context.Context, s *session) error {
	key := userKey{s.app, s.userID}
	h.mu.Lock()
	u, known := h.users[key]
	if !known {
		u = &user{key: key, groups: make(map[groupKey]bool), loaded: make(chan struct{}), changes: make(map[groupKey]membership)}
		h.users[key], h.loading[u] = u, struct{}{}
		h.peers.want(userSubject(key))
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
	ctx = context.WithoutCancel(ctx)
	places, release, err := h.listen(ctx, u.key)
	defer release() // when the audiences themselves listen
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.loading, u)
	changes := u.changes
	u.changes = nil
	if h.users[u.key] != u {
		return // his last session ended meanwhile
	}
	if u.err = err; err != nil {
		delete(h.users, u.key)
		h.peers.unwant(userSubject(u.key))
		return
	}
	for key, m := range places {
		h.place(u, key, m)
	}
	for key, m := range changes {
		h.place(u, key, m)
	}
}

// maxListens is how often a user's places are read at most, because he came into new
// ones meanwhile.
const maxListens = 4

// listen reads the places of a user when other nodes know that what concerns them is
// to be heard here. It is heard until release is called.
func (h *hub) listen(ctx context.Context, key userKey) (places map[groupKey]membership, release func(), err error) {
	wanted := make(map[groupKey]bool)
	release = func() {
		for k := range wanted {
			h.peers.unwant(groupSubject(k))
		}
	}
	for range maxListens {
		if places, err = h.placesOf(ctx, key); err != nil || h.peers == nil {
			return places, release, err
		}
		settled := len(wanted) > 0
		for k := range places {
			if !wanted[k] {
				h.peers.want(groupSubject(k))
				wanted[k], settled = true, false
			}
		}
		if settled {
			return places, release, nil
		}
		h.peers.settle(ctx)
		if len(places) == 0 { // of which he becomes a member from now on, he hears
			places, err = h.placesOf(ctx, key)
			return places, release, err
		}
	}
	return places, release, nil
}

// placesOf reads the groups, official accounts and topics that a user hears of.
func (h *hub) placesOf(ctx context.Context, key userKey) (map[groupKey]membership, error) {
	places := make(map[groupKey]membership)
	err := h.store.View(ctx, func(tx store.Tx) error {
		list, err := tx.Memberships(ctx, key.app, key.id)
		if err != nil {
			return err
		}
		subscriptions, err := tx.Subscriptions(ctx, key.app, key.id)
		if err != nil {
			return err
		}
		flags, err := tx.TopicFlags(ctx, key.app, key.id)
		for _, m := range list {
			places[groupKey{key.app, m.GroupID}] = membership{member: true, hushed: m.MsgFlag == chat.FlagDiscard, next: m.NextMsgSeq, since: tx.Now()}
		}
		for _, s := range subscriptions {
			places[officialKey(key.app, s.OfficialID)] = membership{member: true, hushed: s.MsgFlag == chat.FlagDiscard}
		}
		for _, f := range flags {
			places[topicKey(key.app, f.TopicID)] = membership{member: true, hushed: f.MsgFlag == chat.FlagDiscard}
		}
		return err
	})
	return places, err
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
			a = &audience{members: make(map[*user]bool), next: m.next, began: m.since}
			h.groups[key] = a
			h.peers.want(groupSubject(key))
			if h.peers != nil && m.next == 0 && !m.since.IsZero() {
				h.unsettled = append(h.unsettled, key)
			}
		}
		if _, already := a.members[u]; !already && m.next == 0 {
			a.came(u, m.since)
		}
		a.members[u], u.groups[key] = m.hushed, true
	case a != nil:
		delete(a.members, u)
		delete(a.joined, u)
		delete(u.groups, key)
		if len(a.members) == 0 {
			h.empty(key)
		}
	}
}

// empty forgets an audience. h.mu is held.
func (h *hub) empty(key groupKey) {
	delete(h.groups, key)
	h.peers.unwant(groupSubject(key))
}

// came takes note since when somebody is a member. The hub's mutex is held.
func (a *audience) came(u *user, since time.Time) {
	if since.IsZero() {
		return
	}
	if a.joined == nil {
		a.joined = make(map[*user]time.Time)
	}
	a.joined[u] = since
	if since.After(a.newest) {
		a.newest = since
	}
}

// join tells the index of a new member, or of a change of how he wants messages. since
// is when he came, zero if he was there.
func (h *hub) join(key groupKey, userID, msgFlag string, since time.Time) {
	if h.only(func() string { return userSubject(userKey{key.app, userID}) }) {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if u := h.users[userKey{key.app, userID}]; u != nil {
		h.place(u, key, membership{member: true, hushed: msgFlag == chat.FlagDiscard, since: since})
	}
}

// leave tells the index that a user is no member any more.
func (h *hub) leave(key groupKey, userID string) {
	if h.only(func() string { return userSubject(userKey{key.app, userID}) }) {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if u := h.users[userKey{key.app, userID}]; u != nil {
		h.place(u, key, membership{})
	}
}

// drop tells the index that a group is gone.
func (h *hub) drop(key groupKey) {
	if h.only(func() string { return groupSubject(key) }) {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for u := range h.loading { // they are in no audience yet
		u.changes[key] = membership{}
	}
	if a := h.groups[key]; a != nil {
		for u := range a.members {
			delete(u.groups, key)
		}
		h.empty(key)
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
	h.peers.unwant(userSubject(u.key))
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
