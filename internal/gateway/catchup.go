package gateway

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/group"
	"github.com/parley-im/parley/internal/store"
)

// Bounds of what a returning client is sent of what it missed. What is older it
// finds in the history, one-to-one messages by its own synchronisation.
const (
	maxMissed      = 3000
	maxMissedGroup = 300
	missedPage     = 50
)

// catchUp puts before the pushes of a session what its client has missed in groups
// and memory does not hold.
func (g *Gateway) catchUp(ctx context.Context, app *chat.App, s *session) error {
	seen, lost := s.missed()
	if !lost {
		return nil
	}
	frames, err := g.missedFrames(ctx, app, s, seen.Add(-maxLag))
	s.regain(frames, seen, err == nil)
	return err
}

// missedFrames makes pushes of what was said since a time that a session is to hear
// of.
func (g *Gateway) missedFrames(ctx context.Context, app *chat.App, s *session, since time.Time) ([]*frame, error) {
	list, err := g.missedPlaces(ctx, s, since)
	if err != nil {
		return nil, err
	}
	var frames []*frame
	left := maxMissed
	for _, p := range list {
		missed, err := g.missedIn(ctx, g.callerOf(app, s), p, since, min(left, maxMissedGroup))
		if err != nil {
			return nil, err
		}
		for page := range slices.Chunk(missed, missedPage) {
			f, err := g.hub.frame(true, page...)
			if err != nil {
				return nil, err
			}
			frames = append(frames, f)
		}
		if left -= len(missed); left <= 0 {
			break
		}
	}
	return frames, nil
}

// missedPlace is a group, or a topic of one, where something was said.
type missedPlace struct {
	groupID, topicID string
	last             time.Time
}

// missedPlaces returns where something was said since a time that a session is to
// hear of, newest first.
func (g *Gateway) missedPlaces(ctx context.Context, s *session, since time.Time) ([]missedPlace, error) {
	var list []missedPlace
	add := func(p missedPlace, flag string) {
		if flag != chat.FlagDiscard && !p.last.Before(since) {
			list = append(list, p)
		}
	}
	err := g.Store.View(ctx, func(tx store.Tx) error {
		memberships, err := tx.Memberships(ctx, s.app, s.userID)
		if err != nil {
			return err
		}
		for _, m := range memberships {
			if !m.Type.Rules().History {
				continue
			}
			add(missedPlace{groupID: m.GroupID, last: m.LastMsgTime}, m.MsgFlag)
			if !m.SupportTopic {
				continue
			}
			topics, err := tx.ListTopics(ctx, m.Conversation)
			if err != nil {
				return err
			}
			states, err := tx.TopicStates(ctx, m.Conversation, s.userID)
			if err != nil {
				return err
			}
			for i := range topics {
				t := &topics[i]
				add(missedPlace{m.GroupID, t.ID, t.LastMsgTime}, cmp.Or(states[t.Conversation].MsgFlag, m.MsgFlag))
			}
		}
		return nil
	})
	slices.SortStableFunc(list, func(a, b missedPlace) int { return b.last.Compare(a.last) })
	return list, err
}

// missedIn returns the newest messages of a place that were said since a time, as
// entries of pushes, oldest first.
func (g *Gateway) missedIn(ctx context.Context, caller chat.Caller, p missedPlace, since time.Time, most int) ([]any, error) {
	var missed []any
	r := group.ScrollRequest{GroupID: p.groupID, TopicID: p.topicID, Number: missedPage}
	for len(missed) < most {
		page, err := g.Groups.Scroll(ctx, caller, r)
		if _, refused := errors.AsType[*chat.Error](err); refused {
			return nil, nil // he is no member any more
		}
		if err != nil {
			return nil, err
		}
		at := where{app: caller.App.SDKAppID, groupID: p.groupID, topicID: p.topicID, name: nameOf(page.Group)}
		for i := range page.Messages {
			m := &page.Messages[i]
			if m.Time.Before(since) || len(missed) == most {
				slices.Reverse(missed)
				return missed, nil
			}
			if m.Place != chat.PlaceMessage {
				continue // recalled before he could see it
			}
			missed = append(missed, at.entry(m, page.Persons[m.Sender], page.NameCards[m.Sender]))
		}
		if page.Finished || page.Next < 1 {
			break
		}
		r.Seq = page.Next
	}
	slices.Reverse(missed)
	return missed, nil
}

// entry is the entry of EventArray that holds one stored message.
func (w where) entry(m *chat.Message, sender chat.Person, card string) any {
	if m.Tip != nil {
		return tipEntry{Event: eventGroupTip, GroupTips: []groupTip{w.tip(m)}}
	}
	return groupMessageEntry{Event: eventGroupMessage, GroupMsgArray: []groupMessage{w.message(m, sender, card)}}
}

// unacknowledged is how long a push can have been without acknowledgement on a
// connection that was open: until its silence would have ended it, and some time more.
const unacknowledged = silence + 30*time.Second

// abandoned is a session that was connected to a server that has ended.
type abandoned struct {
	app     chat.SDKAppID
	session chat.Session
	// left is since when its client is awaited.
	left time.Time
}

// Abandon takes over, for the node heir, the sessions that no node looks after. ended
// is when their server was last known to live; if that is not known, it is zero.
// Their clients surely have what was said so long before that the silence of a dead
// connection would have ended it. The function returned is called after the commit.
func (g *Gateway) Abandon(ctx context.Context, tx store.Tx, heir string, ended time.Time) (committed func(), err error) {
	if ended.IsZero() {
		if ended, err = tx.NewestMessage(ctx); err != nil {
			return nil, err
		}
	}
	if ended.IsZero() || ended.After(tx.Now()) {
		ended = tx.Now()
	}
	found, err := tx.AbandonSessions(ctx, heir, ended.Add(-unacknowledged))
	if err != nil {
		return nil, err
	}
	var all []abandoned
	for app, sessions := range found {
		for _, s := range sessions {
			all = append(all, abandoned{app, s, tx.Now()})
		}
	}
	return func() {
		g.mu.Lock()
		g.abandoned = append(g.abandoned, all...)
		g.mu.Unlock()
		select {
		case g.inherited <- struct{}{}:
		default: // they are about to be looked at
		}
	}, nil
}

// newestMessage is when the last message of all was sent; now if there is none.
func (g *Gateway) newestMessage(ctx context.Context) (time.Time, error) {
	var newest time.Time
	err := g.Store.View(ctx, func(tx store.Tx) (err error) {
		newest, err = tx.NewestMessage(ctx)
		return err
	})
	if now := g.Clock(); newest.IsZero() || newest.After(now) {
		newest = now
	}
	return newest, err
}

// abandon takes over all sessions of the store, which has no other server. With a
// full disk it takes none, and is to be tried again.
func (g *Gateway) abandon(ctx context.Context) error {
	var committed func()
	err := g.Store.Update(ctx, func(tx store.Tx) (err error) {
		committed, err = g.Abandon(ctx, tx, "", g.heard)
		return err
	})
	if g.unsettled = errors.Is(err, store.ErrFull); g.unsettled {
		g.Log.WarnContext(ctx, "who was connected when the server stopped is settled when the disk has room", "error", err)
		return nil
	}
	if err == nil {
		committed()
	}
	return err
}

// await keeps abandoned sessions for their clients until ctx ends. Those who do not
// return are reported as gone, like all others.
func (g *Gateway) await(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-g.inherited:
		}
		g.mu.Lock()
		all := g.abandoned
		g.abandoned = nil
		g.mu.Unlock()
		for i := range all {
			app := g.Apps(all[i].app)
			if app == nil || ctx.Err() != nil {
				continue
			}
			if _, err := g.remember(ctx, app, &all[i].session, all[i].left); err != nil {
				g.Log.ErrorContext(ctx, "a session could not be taken up again", "sdkappid", app.SDKAppID, "user_id", all[i].session.UserID, "error", err)
			}
		}
	}
}

// Reclaim stores again which clients are connected here, after this server was taken
// for dead and another one took over its sessions.
func (g *Gateway) Reclaim(ctx context.Context) {
	g.mu.Lock()
	sessions := slices.Collect(maps.Values(g.sessions))
	g.mu.Unlock()
	for _, s := range sessions {
		app := g.Apps(s.app)
		if app == nil || s.connected() == nil {
			continue
		}
		if err := g.Status.StillConnected(ctx, g.callerOf(app, s), s.key); err != nil {
			g.Log.ErrorContext(ctx, "a connected client could not be stored as such", "sdkappid", s.app, "user_id", s.userID, "error", err)
		}
	}
}
