package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/status"
	"github.com/parley-im/parley/internal/store"
)

// sweepEvery is how often sessions without connection are looked at.
const sweepEvery = 5 * time.Second

func newSession(app *chat.App, s *chat.Session) *session {
	return &session{
		app: app.SDKAppID, userID: s.UserID, tinyID: chat.TinyID(app.SDKAppID, s.UserID), key: s.Key, instance: s.Instance,
		platform: s.Platform, expires: s.ExpireTime, seen: s.LoginTime, clientIP: s.ClientIP,
	}
}

// authenticate finds the session whose token a request shows. A session that was
// ended is returned beside the refusal.
func (g *Gateway) authenticate(ctx context.Context, app *chat.App, h *head) (*session, error) {
	if h.A2 == "" {
		return nil, chat.ErrUserSigEmpty
	}
	key := sessionKey{app.SDKAppID, hashToken(h.A2)}
	g.mu.Lock()
	s := g.sessions[key]
	g.mu.Unlock()
	if why, over := g.over.Get(key); s == nil && over && why == chat.KickedNot {
		return nil, errLoggedOut
	}
	if s == nil {
		found, err := g.Status.Find(ctx, app, key.key, g.Clock())
		if found == nil {
			return nil, err
		}
		s = newSession(app, found)
		if err != nil {
			s.end(found.Kicked)
			return s, err
		}
		if s, err = g.remember(ctx, app, found, g.Clock()); err != nil {
			return nil, err
		}
	}
	switch {
	case s.tinyID != h.TinyID && h.TinyID != "":
		return nil, chat.ErrUserSigUser
	case g.Clock().After(s.expires):
		return nil, chat.ErrUserSigExpired
	}
	return s, nil
}

// remember takes a session from storage back into memory. What its client missed
// meanwhile is read when it comes; it is awaited since left.
func (g *Gateway) remember(ctx context.Context, app *chat.App, stored *chat.Session, left time.Time) (*session, error) {
	s := newSession(app, stored)
	s.gap, s.seen, s.left, s.reported = true, stored.SeenTime, left, stored.Gone
	if s.seen.IsZero() {
		s.seen = g.heard.Add(-unacknowledged) // the end of its connection could not be stored
	}
	key := sessionKey{s.app, s.key}
	g.mu.Lock()
	other := g.sessions[key]
	if other == nil {
		g.sessions[key] = s
	}
	g.mu.Unlock()
	if other != nil {
		return other, nil
	}
	if err := g.connect(ctx, s); err != nil {
		return s, err
	}
	g.watchAgain(ctx, app, s)
	return s, nil
}

// open makes a new session known. From then on it collects what is pushed.
func (g *Gateway) open(ctx context.Context, s *session) error {
	g.mu.Lock()
	g.sessions[sessionKey{s.app, s.key}] = s
	g.mu.Unlock()
	return g.connect(ctx, s)
}

func (g *Gateway) connect(ctx context.Context, s *session) error {
	err := g.hub.connect(ctx, s)
	if err != nil {
		g.evict(s)
	}
	return err
}

// enter gives a session the connection of a request: first the answer, then all
// that the client did not acknowledge.
func (g *Gateway) enter(ctx context.Context, r *request, s *session, token string) (*loginAnswer, error) {
	if old := r.conn.current(); old != nil && old != s {
		g.left(r.conn) // the client logged in anew without a logout that arrived
	}
	a := g.welcome(ctx, r.caller.App, s, token)
	a.status().set(nil)
	g.answer(r.conn, &r.head, a, nil)
	before, overrun := s.attach(r.conn)
	if before != nil {
		before.use(nil)
		before.close(reasonReplaced)
	}
	if !r.conn.use(s) {
		g.left(r.conn) // the client did not wait for the answer
	}
	if overrun {
		r.conn.close(reasonSlow) // it has to return once more
	}
	r.conn.wake()
	return nil, errAnswered
}

// resume goes on with the session of a client that returns. A client that gives up
// and tries again must not overtake its first attempt.
func (g *Gateway) resume(ctx context.Context, r *request, s *session) (*loginAnswer, error) {
	s.resuming.Lock()
	defer s.resuming.Unlock()
	if r.conn.current() == s && s.connected() == r.conn {
		return g.welcome(ctx, r.caller.App, s, r.head.A2), nil // a repetition
	}
	if !g.knows(s) {
		return g.relogin(ctx, r) // it was forgotten or ended since it was found
	}
	// Another request may have found the session in storage and not be done with it.
	if err := g.connect(ctx, s); err != nil {
		return nil, err
	}
	caller := g.callerOf(r.caller.App, s)
	caller.ClientIP = r.conn.ip
	if err := g.connected(ctx, caller, s); err != nil {
		return nil, err
	}
	if err := g.catchUp(ctx, r.caller.App, s); err != nil {
		return nil, err
	}
	return g.enter(ctx, r, s, r.head.A2)
}

// connected stores that the client of a session is back. A full disk does not keep
// it out, since it can read and its place in storage is only older than it could be,
// unless the app has to be told.
func (g *Gateway) connected(ctx context.Context, caller chat.Caller, s *session) error {
	err := g.Status.Connected(ctx, caller)
	if errors.Is(err, store.ErrFull) && !s.toldGone() {
		g.Log.WarnContext(ctx, "the return of a client could not be stored", "sdkappid", s.app, "user_id", s.userID, "error", err)
		return nil
	}
	if err == nil {
		s.reportBack()
	}
	return err
}

// knows reports whether a session is in memory.
func (g *Gateway) knows(s *session) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.sessions[sessionKey{s.app, s.key}] == s
}

// end forgets a session that is over. Its connection stays open.
func (g *Gateway) end(s *session, why chat.KickType) {
	s.end(why)
	g.hub.disconnect(s)
	g.over.Add(sessionKey{s.app, s.key}, why)
	g.mu.Lock()
	delete(g.sessions, sessionKey{s.app, s.key})
	g.mu.Unlock()
	if c := s.connected(); c != nil {
		c.use(nil)
	}
	g.rooms.ended(s)
}

// left takes note that a connection ended.
func (g *Gateway) left(c *conn) {
	s := c.current()
	if s == nil {
		return
	}
	was, seen := s.detach(c, g.Clock())
	if _, over := s.ended(); !was || over {
		return
	}
	app := g.Apps(s.app)
	if app == nil {
		return
	}
	caller := g.callerOf(app, s)
	ctx := context.Background() // nobody waits for this
	if err := g.Status.Disconnected(ctx, caller, seen); err != nil {
		g.Log.WarnContext(ctx, "the end of a connection could not be stored", "sdkappid", s.app, "user_id", s.userID, "error", err)
	}
	if c.clean.Load() && s.reportGone() {
		g.gone(ctx, caller, status.LinkClose)
	}
}

func (g *Gateway) gone(ctx context.Context, caller chat.Caller, reason string) {
	if err := g.Status.Gone(ctx, caller, reason); err != nil {
		g.Log.ErrorContext(ctx, "the app could not be told that a client is gone", "sdkappid", caller.App.SDKAppID, "user_id", caller.UserID, "error", err)
	}
}

func (g *Gateway) callerOf(app *chat.App, s *session) chat.Caller {
	s.mu.Lock()
	defer s.mu.Unlock()
	return chat.Caller{App: app, UserID: s.userID, Platform: s.platform, ClientIP: s.clientIP, Instance: s.instance}
}

// acknowledge takes note of what a client has. It waits for no answer. The reader of
// the connection calls it.
func (g *Gateway) acknowledge(c *conn, p *packetIn) {
	var q struct {
		SessionData int64 `json:"SessionData"`
	}
	s := c.current()
	if s == nil || json.Unmarshal(p.Body, &q) != nil {
		return
	}
	if s.acknowledge(q.SessionData, g.Clock()) {
		c.limit.give() // the server asked for it
	}
}

// sweep looks after sessions without connection until ctx ends.
func (g *Gateway) sweep(ctx context.Context) {
	ticker := time.NewTicker(sweepEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			g.settle(ctx)
			g.sweepOnce(ctx)
		}
	}
}

// settle finds the abandoned sessions that a full disk has hidden.
func (g *Gateway) settle(ctx context.Context) {
	if !g.unsettled {
		return
	}
	if err := g.abandon(ctx); err != nil {
		g.Log.ErrorContext(ctx, "who was connected when the server stopped could not be found", "error", err)
	}
}

func (g *Gateway) sweepOnce(ctx context.Context) {
	now := g.Clock()
	g.mu.Lock()
	sessions := make([]*session, 0, len(g.sessions))
	for _, s := range g.sessions {
		sessions = append(sessions, s)
	}
	g.mu.Unlock()
	for _, s := range sessions {
		if s.resuming.TryLock() { // else its client is just returning
			g.sweepSession(ctx, s, now)
			s.resuming.Unlock()
		}
	}
}

// sweepSession looks after one session, of which s.resuming is held.
func (g *Gateway) sweepSession(ctx context.Context, s *session, now time.Time) {
	app := g.Apps(s.app)
	if app == nil {
		return
	}
	idle, expired := s.idle(now), now.After(s.expires)
	if idle >= chat.GhostTime && s.reportGone() {
		g.gone(ctx, g.callerOf(app, s), status.TimeOut)
	}
	if idle >= chat.KeepTime || (expired && idle > 0) {
		g.evict(s)
	}
}

// move forgets a session that goes on at another node, whose matter it is from now on
// whether its client is there.
func (g *Gateway) move(s *session) {
	c := s.leave()
	g.hub.disconnect(s)
	g.mu.Lock()
	delete(g.sessions, sessionKey{s.app, s.key})
	g.mu.Unlock()
	if c != nil {
		c.use(nil)
		c.close(reasonMoved)
	}
}

// evict forgets a session in memory; storage still knows it.
func (g *Gateway) evict(s *session) {
	g.hub.disconnect(s)
	g.mu.Lock()
	delete(g.sessions, sessionKey{s.app, s.key})
	g.mu.Unlock()
	g.rooms.ended(s)
}
