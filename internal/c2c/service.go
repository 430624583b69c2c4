// Package c2c holds the operations on messages between two users (service openim),
// and on what official accounts say to one of their subscribers, which is the same
// thing to a client.
//
// Two users have one conversation with one stored copy of each message. Either has
// a contact: his own view of it, with what he has read, hidden and muted.
package c2c

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/policy"
	"github.com/parley-im/parley/internal/store"
)

// Service does the operations.
type Service struct {
	store store.Store
	hooks event.Hooks
	guard *policy.Guard
	clock func() time.Time
	log   *slog.Logger
}

// Options of a service.
type Options struct {
	Store store.Store
	Hooks event.Hooks
	Guard *policy.Guard
	Clock func() time.Time
	Log   *slog.Logger
}

// New makes a service.
func New(o Options) *Service {
	return &Service{store: o.Store, hooks: o.Hooks, guard: o.Guard, clock: o.Clock, log: o.Log}
}

// The webhooks whose bodies take counting, which is done only if they fire.
const (
	afterSend   = "C2C.CallbackAfterSendMsg"
	afterRead   = "C2C.CallbackAfterMsgReport"
	afterRecall = "C2C.CallbackAfterMsgWithDraw"
)

// unread is how many messages a user has not read, for a webhook that fires; 0 if
// it does not.
func unread(ctx context.Context, tx store.Tx, app *chat.App, userID, command string) (int, error) {
	if !app.Webhook.Enabled(command) {
		return 0, nil
	}
	list, err := tx.UnreadPairs(ctx, app.SDKAppID, userID)
	total := 0
	for _, u := range list {
		total += u.Count
	}
	return total, err
}

// pair reads the caller's contact with a peer; ErrPairMessageUnknown if the two
// never spoke.
func pair(ctx context.Context, tx store.Tx, caller chat.Caller, peer string) (*store.Contact, error) {
	c, err := tx.Contact(ctx, caller.App.SDKAppID, caller.UserID, chat.PairConversation(caller.UserID, peer))
	if errors.Is(err, store.ErrNotFound) {
		return nil, chat.ErrPairMessageUnknown
	}
	return c, err
}

// message finds a message of a pair that the caller can see.
func message(ctx context.Context, tx store.Tx, c *store.Contact, key chat.PairKey) (*chat.Message, error) {
	m, err := store.FindPairMessage(ctx, tx, c.Conversation, key)
	if errors.Is(err, store.ErrNotFound) || (err == nil && m.Seq <= c.ClearedSeq) {
		return nil, chat.ErrPairMessageUnknown
	}
	return m, err
}

// translate turns errors of storage into what a caller is told.
func translate(err error) error { return store.Explain(err, chat.ErrInternal) }
