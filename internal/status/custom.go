package status

import (
	"context"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/store"
)

// SetCustom stores how the caller describes what he is doing; "" takes it back.
func (s *Service) SetCustom(ctx context.Context, caller chat.Caller, status string) error {
	if len(status) > chat.MaxCustomStatusBytes {
		return chat.ErrAccountParameter.Because("CustomStatus is longer than %d bytes", chat.MaxCustomStatusBytes)
	}
	return s.store.Update(ctx, func(tx store.Tx) error {
		if err := tx.SetCustomStatus(ctx, caller.App.SDKAppID, caller.UserID, status); err != nil {
			return err
		}
		return store.Record(ctx, tx, s.hooks, caller.App, event.CustomStatusChanged{Caller: caller, Status: status})
	})
}

// Get returns what storage knows of those of up to 500 users who exist. Whether they
// are connected, their edge knows.
func (s *Service) Get(ctx context.Context, caller chat.Caller, ids []string) (map[string]chat.UserStatus, error) {
	switch {
	case len(ids) == 0:
		return nil, chat.ErrAccountParameter.Because("To_Account is empty")
	case len(ids) > chat.MaxStatusBatch:
		return nil, chat.ErrAccountBatch
	}
	var found map[string]chat.UserStatus
	err := s.store.View(ctx, func(tx store.Tx) (err error) {
		found, err = tx.UserStatuses(ctx, caller.App.SDKAppID, ids)
		return err
	})
	return found, err
}

// Watch stores whose status the caller's client wants to hear of, so that it outlives
// the server. list says who that is when the turn comes.
func (s *Service) Watch(ctx context.Context, caller chat.Caller, list func() []string) error {
	return s.store.Update(ctx, func(tx store.Tx) error {
		return tx.SetWatched(ctx, caller.App.SDKAppID, caller.Instance, list())
	})
}

// Watched returns what Watch stored.
func (s *Service) Watched(ctx context.Context, caller chat.Caller) ([]string, error) {
	var ids []string
	err := s.store.View(ctx, func(tx store.Tx) (err error) {
		ids, err = tx.Watched(ctx, caller.App.SDKAppID, caller.Instance)
		return err
	})
	return ids, err
}
