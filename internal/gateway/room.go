package gateway

import (
	"context"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/group"
)

// Who is in an AVChatRoom is there with a session, and no longer.
const (
	// attendanceEvery is how often members are looked for whose connection is lost.
	attendanceEvery = 20 * time.Second
	// leaversAtOnce is how many users leave their rooms in one step.
	leaversAtOnce = 100
	// Up to exactAudience members are counted whenever somebody asks, more every
	// countEvery.
	exactAudience = 300
	countEvery    = 10 * time.Second
	// rememberedCounts bounds the cache of counts.
	rememberedCounts = 4096
)

// attendance ends the memberships in AVChatRooms of users whose last session ended,
// and tells the app of members whose connection is lost.
type attendance struct {
	gateway *Gateway
	// wake has room for one.
	wake   chan struct{}
	counts *lru.Cache[groupKey, audienceCount]

	mu sync.Mutex // guards all below
	// leavers are the users who are to leave their rooms; each was connected, so
	// there are no more of them than there were users here.
	leavers map[userKey]chat.Caller
	// lost are those of whom the app has been told that they are offline.
	lost map[userKey]bool
}

// audienceCount is how many members of a group were connected at some time.
type audienceCount struct {
	n  int
	at time.Time
}

func newAttendance(g *Gateway) (*attendance, error) {
	counts, err := lru.New[groupKey, audienceCount](rememberedCounts)
	return &attendance{
		gateway: g, wake: make(chan struct{}, 1), counts: counts, leavers: make(map[userKey]chat.Caller), lost: make(map[userKey]bool),
	}, err
}

// online is how many members of a group are connected or poll, or did so a moment ago.
func (a *attendance) online(key groupKey) int {
	now := a.gateway.Clock()
	if c, ok := a.counts.Get(key); ok && now.Sub(c.at).Abs() < countEvery {
		return c.n
	}
	n := a.gateway.hub.countHere(key) + a.gateway.hub.peers.elsewhere(key)
	if n > exactAudience {
		a.counts.Add(key, audienceCount{n, now})
	}
	return n
}

// ended takes note that a session is no more.
func (a *attendance) ended(s *session) {
	key := userKey{s.app, s.userID}
	app := a.gateway.Apps(s.app)
	if app == nil || a.here(key) {
		return
	}
	caller := a.gateway.callerOf(app, s)
	caller.Instance = 0 // there is none any more that need not be told
	a.mu.Lock()
	a.leavers[key] = caller
	a.mu.Unlock()
	select {
	case a.wake <- struct{}{}:
	default: // it is awake
	}
}

// here reports whether a user has a session at this node.
func (a *attendance) here(key userKey) bool {
	return len(a.gateway.hub.sessionsOf(key.app, key.id)) > 0
}

// run does so until ctx ends. At first it looks for those who went while the server
// was not there, and again when the sessions have had their time to return.
func (a *attendance) run(ctx context.Context) {
	a.sweepRooms(ctx, false)
	returned := time.NewTimer(chat.KeepTime)
	defer returned.Stop()
	ticker := time.NewTicker(attendanceEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-a.wake:
			a.leave(ctx)
		case <-ticker.C:
			a.look(ctx)
		case <-returned.C:
			a.sweepRooms(ctx, true)
		}
	}
}

func (a *attendance) sweepRooms(ctx context.Context, idle bool) {
	for _, id := range a.gateway.AppIDs() {
		app := a.gateway.Apps(id)
		if app == nil || ctx.Err() != nil {
			continue
		}
		gone := func(userID string) bool { return !a.here(userKey{id, userID}) }
		if err := a.gateway.Groups.SweepRooms(ctx, app, idle, gone); err != nil && ctx.Err() == nil {
			a.gateway.Log.ErrorContext(ctx, "rooms still have members who are gone", "sdkappid", id, "error", err)
		}
	}
}

// leave lets all leave their rooms who are to.
func (a *attendance) leave(ctx context.Context) {
	for ctx.Err() == nil {
		app, leavers := a.take()
		if len(leavers) == 0 {
			return
		}
		gone := func(userID string) bool { return !a.here(userKey{app.SDKAppID, userID}) }
		if err := a.gateway.Groups.LeaveRooms(ctx, app, leavers, gone); err != nil && ctx.Err() == nil {
			a.gateway.Log.ErrorContext(ctx, "users stay in rooms though they are gone", "sdkappid", app.SDKAppID, "users", len(leavers), "error", err)
		}
	}
}

// take returns some of those who are to leave, all of one app.
func (a *attendance) take() (app *chat.App, leavers []group.Leaver) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for key, caller := range a.leavers {
		if app == nil {
			app = caller.App
		}
		if caller.App.SDKAppID != app.SDKAppID {
			continue
		}
		delete(a.leavers, key)
		if a.here(key) {
			continue // he is back
		}
		leavers = append(leavers, group.Leaver{Caller: caller, Lost: a.lost[key]})
		delete(a.lost, key)
		if len(leavers) == leaversAtOnce {
			break
		}
	}
	return app, leavers
}

// look tells the apps whose connections are lost and who is back.
func (a *attendance) look(ctx context.Context) {
	for _, id := range a.gateway.AppIDs() {
		app := a.gateway.Apps(id)
		if app == nil || !app.Webhook.Enabled("Group.CallbackOnMemberStateChange") {
			continue
		}
		lost, back := a.changes(id)
		a.report(ctx, app, event.RoomLost, lost)
		a.report(ctx, app, event.RoomRecovered, back)
	}
}

func (a *attendance) report(ctx context.Context, app *chat.App, cause event.RoomCause, userIDs []string) {
	for len(userIDs) > 0 && ctx.Err() == nil {
		n := min(len(userIDs), leaversAtOnce)
		if err := a.gateway.Groups.ReportRooms(ctx, app, cause, userIDs[:n]); err != nil && ctx.Err() == nil {
			a.gateway.Log.ErrorContext(ctx, "the app was not told of members of rooms", "sdkappid", app.SDKAppID, "cause", cause, "error", err)
		}
		userIDs = userIDs[n:]
	}
}

// changes returns the users whose connections are lost and those who are back, and
// takes note of both.
func (a *attendance) changes(app chat.SDKAppID) (lost, back []string) {
	silent := a.gateway.hub.silent(app, a.gateway.Clock())
	a.mu.Lock()
	defer a.mu.Unlock()
	for id := range silent {
		if key := (userKey{app, id}); !a.lost[key] {
			a.lost[key] = true
			lost = append(lost, id)
		}
	}
	for key := range a.lost {
		if _, leaves := a.leavers[key]; key.app != app || silent[key.id] || leaves {
			continue
		}
		delete(a.lost, key)
		if a.here(key) {
			back = append(back, key.id)
		}
	}
	return lost, back
}

// silent returns the users who are in groups and of whose sessions none has had a
// connection for a while.
func (h *hub) silent(app chat.SDKAppID, now time.Time) map[string]bool {
	h.mu.RLock()
	defer h.mu.RUnlock()
	silent := make(map[string]bool)
	for key, u := range h.users {
		if key.app != app || len(u.groups) == 0 {
			continue
		}
		lost := true
		for _, s := range u.sessions {
			lost = lost && s.idle(now) >= chat.LostTime
		}
		if lost && len(u.sessions) > 0 {
			silent[key.id] = true
		}
	}
	return silent
}

// connectedIn counts the members of a group who are connected.
func (h *hub) connectedIn(key groupKey) int {
	h.mu.RLock()
	defer h.mu.RUnlock()
	n := 0
	if audience := h.groups[key]; audience != nil {
		for u := range audience.members {
			if u.connected() {
				n++
			}
		}
	}
	return n
}
