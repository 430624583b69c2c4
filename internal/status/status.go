// Package status holds the operations on logins of clients (service
// im_open_status): who is online, and which login ends which.
package status

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/store"
)

// Service does the operations.
type Service struct {
	store store.Store
	hooks event.Hooks
	// node is which of the servers on the store this one is.
	node func() string
}

// New makes a service. node names this server among those that share the store; nil
// means that it is alone.
func New(s store.Store, hooks event.Hooks, node func() string) *Service {
	if node == nil {
		node = func() string { return "" }
	}
	return &Service{store: s, hooks: hooks, node: node}
}

// Reasons of changes of state. Spec: webhooks#4.11
const (
	Register   = "Register"
	Unregister = "Unregister"
	LinkClose  = "LinkClose"
	TimeOut    = "TimeOut"
)

// Login begins a session of the caller, whom an edge has authenticated until
// expires, under the hash of its token. An account comes into being with its first
// login. Logins beyond what the user may have on such devices end older ones.
func (s *Service) Login(ctx context.Context, caller chat.Caller, key string, expires time.Time) (*chat.Session, error) {
	if why := chat.CheckUserID(caller.UserID); why != "" {
		return nil, chat.ErrUserSigUser.Because("%s", why)
	}
	app := caller.App
	var made *chat.Session
	err := s.store.Update(ctx, func(tx store.Tx) error {
		if err := tx.PutAccounts(ctx, app.SDKAppID, []chat.AccountUpdate{{UserID: caller.UserID}}); err != nil {
			return err
		}
		held, err := tx.SessionsOf(ctx, app.SDKAppID, caller.UserID)
		if err != nil {
			return err
		}
		made = &chat.Session{
			Key: key, UserID: caller.UserID, Platform: caller.Platform, ClientIP: caller.ClientIP, LoginTime: tx.Now(), ExpireTime: expires,
			Node: s.node(),
		}
		if err := tx.CreateSession(ctx, app.SDKAppID, made); err != nil {
			return err
		}
		var platforms []chat.Platform
		for _, old := range superseded(app, made, held) {
			if err := kick(ctx, tx, caller, made, old); err != nil {
				return err
			}
			if old.SeenTime.IsZero() {
				platforms = append(platforms, old.Platform)
			}
		}
		return store.Record(ctx, tx, s.hooks, app, event.StateChanged{
			Caller: caller, Action: event.StateLogin, Reason: Register, Kicked: platforms, At: tx.Now(),
		})
	})
	return made, err
}

// superseded are the sessions that a new one ends: on the same kind of devices,
// those that are not connected first, then the oldest.
func superseded(app *chat.App, made *chat.Session, held []chat.Session) []chat.Session {
	allowed := 1
	if made.Platform.Class() == chat.DeviceWeb {
		if allowed = app.Settings.MaxWebInstances; allowed == 0 {
			return nil
		}
	}
	held = slices.DeleteFunc(held, func(other chat.Session) bool { return other.Platform.Class() != made.Platform.Class() })
	slices.SortStableFunc(held, func(a, b chat.Session) int {
		return cmp.Or(compareBool(a.SeenTime.IsZero(), b.SeenTime.IsZero()), cmp.Compare(a.Instance, b.Instance))
	})
	return held[:max(0, len(held)+1-allowed)]
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

func kick(ctx context.Context, tx store.Tx, caller chat.Caller, made *chat.Session, old chat.Session) error {
	if err := tx.KickSession(ctx, caller.App.SDKAppID, old.Instance, chat.KickedByInstance); err != nil {
		return err
	}
	tx.Announce(event.InstanceKicked{
		Caller: caller, UserID: old.UserID, Instance: old.Instance, Type: chat.KickedByInstance, By: made.Instance, ByPlatform: made.Platform,
	})
	return nil
}

// Find returns the session of a token's hash, or a refusal: of one that was ended
// elsewhere, has run out, or never was.
func (s *Service) Find(ctx context.Context, app *chat.App, key string, now time.Time) (*chat.Session, error) {
	var found *chat.Session
	err := s.store.View(ctx, func(tx store.Tx) (err error) {
		found, err = tx.Session(ctx, app.SDKAppID, key)
		return err
	})
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nil, chat.ErrSessionEnded
	case err != nil:
		return nil, err
	case found.Kicked != chat.KickedNot:
		return found, chat.ErrKicked
	case now.After(found.ExpireTime):
		return nil, chat.ErrUserSigExpired
	}
	return found, nil
}

// Logout ends the caller's session.
func (s *Service) Logout(ctx context.Context, caller chat.Caller) error {
	return s.store.Update(ctx, func(tx store.Tx) error {
		if err := tx.DeleteSession(ctx, caller.App.SDKAppID, caller.Instance); err != nil {
			return err
		}
		return s.record(ctx, tx, caller, event.StateLogout, Unregister)
	})
}

// Connected notes that the caller's session has a connection here. If the app was told
// of its end, it is told of its return.
func (s *Service) Connected(ctx context.Context, caller chat.Caller) error {
	return s.store.Update(ctx, func(tx store.Tx) error { return s.connected(ctx, tx, caller) })
}

func (s *Service) connected(ctx context.Context, tx store.Tx, caller chat.Caller) error {
	tx.Announce(event.InstanceMoved{Caller: caller})
	gone, err := tx.ConnectSession(ctx, caller.App.SDKAppID, caller.Instance, s.node())
	if err != nil || !gone {
		return err
	}
	return s.record(ctx, tx, caller, event.StateLogin, Register)
}

// StillConnected notes that the caller's session has a connection here though this
// server was taken for dead, unless the client has gone elsewhere meanwhile.
func (s *Service) StillConnected(ctx context.Context, caller chat.Caller, key string) error {
	return s.store.Update(ctx, func(tx store.Tx) error {
		found, err := tx.Session(ctx, caller.App.SDKAppID, key)
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		if err != nil || found.Kicked != chat.KickedNot || found.SeenTime.IsZero() {
			return err
		}
		return s.connected(ctx, tx, caller)
	})
}

// Disconnected notes that the caller's session lost its connection here, and until when
// its client surely has all that was pushed.
func (s *Service) Disconnected(ctx context.Context, caller chat.Caller, seen time.Time) error {
	return s.store.Update(ctx, func(tx store.Tx) error {
		return tx.SetSessionSeen(ctx, caller.App.SDKAppID, caller.Instance, s.node(), seen)
	})
}

// Gone tells that the caller's client will probably not come back soon, unless it has
// come back already, here or elsewhere.
func (s *Service) Gone(ctx context.Context, caller chat.Caller, reason string) error {
	return s.store.Update(ctx, func(tx store.Tx) error {
		gone, err := tx.SetSessionGone(ctx, caller.App.SDKAppID, caller.Instance, s.node())
		if err != nil || !gone {
			return err
		}
		return s.record(ctx, tx, caller, event.StateDisconnect, reason)
	})
}

// record tells of a login that began or ended, after it is stored.
func (s *Service) record(ctx context.Context, tx store.Tx, caller chat.Caller, action event.StateAction, reason string) error {
	e := event.StateChanged{Caller: caller, Action: action, Reason: reason, At: tx.Now()}
	if action != event.StateLogin {
		found, err := tx.UserStatuses(ctx, caller.App.SDKAppID, []string{caller.UserID})
		if err != nil {
			return err
		}
		e.Others = found[caller.UserID].Online
	}
	return store.Record(ctx, tx, s.hooks, caller.App, e)
}
