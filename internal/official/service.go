// Package official holds the operations on official accounts (service
// official_account_open_http_svc): their profiles, subscribers and broadcasts.
package official

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

// find reads an official account within a transaction.
func find(ctx context.Context, tx store.Tx, app *chat.App, id string) (*chat.OfficialAccount, error) {
	o, err := tx.Official(ctx, app.SDKAppID, id)
	if errors.Is(err, store.ErrNotFound) {
		return nil, chat.ErrOfficialNotFound
	}
	return o, err
}

var errNoID = chat.ErrOfficialParameter.Because("Official_Account is required")

// internal gives failures of storage the code of this service.
func internal(err error) error {
	if err == nil {
		return nil
	}
	if refusal, ok := errors.AsType[*chat.Error](store.Explain(err, chat.ErrOfficialInternal)); ok {
		return refusal
	}
	return chat.ErrOfficialInternal.Wrap(err)
}
