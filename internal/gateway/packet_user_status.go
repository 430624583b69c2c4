package gateway

import (
	"context"
	"encoding/base64"
	"slices"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/store"
)

func (g *Gateway) userStatusPackets() []Packet {
	return []Packet{
		packet(serviceStatus, "ws_set_custom_status", g.setCustomStatus),
		packet(serviceStatus, "ws_get_user_status", g.getUserStatus),
		packet(serviceStatus, "ws_status_subscribe", g.subscribeStatus),
		packet(serviceStatus, "ws_status_unsubscribe", g.unsubscribeStatus),
	}
}

// presence is whether a user can be reached. The numbers are those of the protocol.
type presence int

const (
	presenceOnline    presence = 1
	presenceOffline   presence = 2
	presenceLoggedOut presence = 3
)

type setCustomStatusRequest struct {
	CustomStatus string `json:"CustomStatus"`
}

func (g *Gateway) setCustomStatus(ctx context.Context, r *request, q *setCustomStatusRequest) (*done, error) {
	return nil, g.Status.SetCustom(ctx, r.caller, q.CustomStatus)
}

// customStatus is how a status is sent to clients, though they send it as it is.
func customStatus(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }

// ownStatus is the custom status of the user who logs in. The login matters more than
// a status that cannot be read.
func (g *Gateway) ownStatus(ctx context.Context, caller chat.Caller) string {
	found, err := g.Status.Get(ctx, caller, []string{caller.UserID})
	if err != nil {
		g.Log.WarnContext(ctx, "a custom status could not be read", "sdkappid", caller.App.SDKAppID, "user_id", caller.UserID, "error", err)
	}
	return customStatus(found[caller.UserID].Custom)
}

type getUserStatusAnswer struct {
	Status

	UserStatusList []userStatus     `json:"UserStatusList"`
	ErrorList      []invalidAccount `json:"ErrorList"`
}

type userStatus struct {
	ToAccount    string   `json:"To_Account"`
	Status       presence `json:"Status"`
	CustomStatus string   `json:"CustomStatus"`
}

// invalidAccount is an account of a request that does not exist.
type invalidAccount struct {
	ToAccount      string `json:"To_Account"`
	InvalidAccount string `json:"Invalid_Account"`
	ErrorCode      int    `json:"ErrorCode"`
	ErrorInfo      string `json:"ErrorInfo"`
}

func (g *Gateway) getUserStatus(ctx context.Context, r *request, q *accounts) (*getUserStatusAnswer, error) {
	found, err := g.Status.Get(ctx, r.caller, q.ToAccount)
	if err != nil {
		return nil, err
	}
	a := &getUserStatusAnswer{UserStatusList: []userStatus{}, ErrorList: invalidAccounts(q.ToAccount, found)}
	for _, id := range chat.Unique(q.ToAccount) {
		s, ok := found[id]
		if !ok {
			continue
		}
		u := userStatus{id, presenceLoggedOut, customStatus(s.Custom)}
		switch {
		case s.Online:
			u.Status = presenceOnline
		case s.LoggedIn:
			u.Status = presenceOffline
		}
		a.UserStatusList = append(a.UserStatusList, u)
	}
	return a, nil
}

func invalidAccounts(ids []string, found map[string]chat.UserStatus) []invalidAccount {
	list := []invalidAccount{}
	for _, id := range chat.Unique(ids) {
		if _, ok := found[id]; !ok {
			list = append(list, invalidAccount{id, id, chat.ErrAccountNotFound.Code, chat.ErrAccountNotFound.Text})
		}
	}
	return list
}

type subscribeStatusAnswer struct {
	Status

	ErrorList []invalidAccount `json:"ErrorList"`
}

func (g *Gateway) subscribeStatus(ctx context.Context, r *request, q *accounts) (*subscribeStatusAnswer, error) {
	found, err := g.Status.Get(ctx, r.caller, q.ToAccount)
	if err != nil {
		return nil, err
	}
	ids := slices.DeleteFunc(chat.Unique(q.ToAccount), func(id string) bool {
		_, ok := found[id]
		return !ok
	})
	g.watch(r.session, ids)
	if err := g.keepWatched(ctx, r); err != nil {
		return nil, err
	}
	return &subscribeStatusAnswer{ErrorList: invalidAccounts(q.ToAccount, found)}, nil
}

// watch lets a session hear of users as long as the hub knows it.
func (g *Gateway) watch(s *session, ids []string) {
	g.hub.watchers.watch(s, userKeys(s.app, ids))
	if !slices.Contains(g.hub.sessionsOf(s.app, s.userID), s) {
		g.hub.watchers.drop(s) // it ended meanwhile
	}
}

func userKeys(app chat.SDKAppID, ids []string) []userKey {
	users := make([]userKey, 0, len(ids))
	for _, id := range ids {
		users = append(users, userKey{app, id})
	}
	return users
}

// keepWatched stores whom the session watches: a client subscribes once and expects
// it to hold until it logs out.
func (g *Gateway) keepWatched(ctx context.Context, r *request) error {
	return g.Status.Watch(ctx, r.caller, func() []string { return g.hub.watchers.watched(r.session) })
}

// watchAgain lets a session that comes from storage hear of whom it heard before. The
// session matters more than a list that cannot be read.
func (g *Gateway) watchAgain(ctx context.Context, app *chat.App, s *session) {
	ids, err := g.Status.Watched(ctx, g.callerOf(app, s))
	if err != nil {
		g.Log.WarnContext(ctx, "the subscriptions of a session could not be read", "sdkappid", s.app, "user_id", s.userID, "error", err)
	}
	if len(ids) > 0 {
		g.watch(s, ids)
	}
}

type unsubscribeStatusRequest struct {
	accounts

	UnsubscribeAll int `json:"UnsubscribeAll"`
}

func (g *Gateway) unsubscribeStatus(ctx context.Context, r *request, q *unsubscribeStatusRequest) (*subscribeStatusAnswer, error) {
	switch {
	case q.UnsubscribeAll != 0:
		g.hub.watchers.drop(r.session)
	case len(q.ToAccount) > chat.MaxStatusBatch:
		return nil, chat.ErrAccountBatch
	default:
		g.hub.watchers.unwatch(r.session, userKeys(r.session.app, q.ToAccount))
	}
	return &subscribeStatusAnswer{ErrorList: []invalidAccount{}}, g.keepWatched(ctx, r)
}

var userStatusPushes = []pushRow{push(stateChanged), push(customStatusChanged)}

type userStatusPush struct {
	Event          eventNumber  `json:"Event"`
	UserStatusList []userStatus `json:"UserStatusList"`
}

// stateChanged tells who watches a user that he came or went. He is there as long as
// one of his other instances is.
func stateChanged(h *hub, e event.StateChanged) {
	u := userKey{e.Caller.App.SDKAppID, e.Caller.UserID}
	if h.only(func() string { return watchSubject(u) }) {
		h.onlyUsers(u.app, []string{u.id})
		return
	}
	if h.foreign && e.Action == event.StateLogout {
		h.loggedOut(u, e.Caller.Instance)
	}
	p := presenceOnline
	switch {
	case e.Action == event.StateLogin:
	case e.Others:
		return
	case e.Action == event.StateLogout:
		p = presenceLoggedOut
	default:
		p = presenceOffline
	}
	targets := h.appendWatchers(h.targets[:0], u)
	h.send(targets, func() any {
		return userStatusPush{eventUserStatus, []userStatus{{u.id, p, customStatus(h.names.status(u))}}}
	}, true)
}

// loggedOut ends the copy of a session that logged out at another node.
func (h *hub) loggedOut(u userKey, instance int64) {
	for _, s := range h.sessionsOf(u.app, u.id) {
		if s.instance == instance {
			h.gateway.end(s, chat.KickedNot)
		}
	}
}

// customStatusChanged tells who watches the user, and his other instances.
func customStatusChanged(h *hub, e event.CustomStatusChanged) {
	u := userKey{e.Caller.App.SDKAppID, e.Caller.UserID}
	if h.only(func() string { return watchSubject(u) }) {
		h.onlyUsers(u.app, []string{u.id})
		return
	}
	h.mu.RLock()
	targets := h.targets[:0]
	if own := h.users[u]; own != nil {
		targets = appendSessions(targets, own, e.Caller.Instance)
	}
	h.mu.RUnlock()
	h.send(h.appendWatchers(targets, u), func() any {
		return userStatusPush{eventUserStatus, []userStatus{{u.id, presenceOnline, customStatus(e.Status)}}}
	}, true)
}

// appendWatchers adds the sessions that watch a user, except his own.
func (h *hub) appendWatchers(targets []*session, u userKey) []*session {
	return slices.DeleteFunc(h.watchers.appendTo(targets, u), func(s *session) bool {
		return s.userID == u.id && !slices.Contains(targets, s)
	})
}

// status is the custom status of a user, which is not remembered: few are asked for.
func (n *names) status(u userKey) string {
	var found map[string]chat.UserStatus
	_ = n.view(func(ctx context.Context, tx store.Tx) (err error) { // without it the push still says who came or went
		found, err = tx.UserStatuses(ctx, u.app, []string{u.id})
		return err
	})
	return found[u.id].Custom
}
