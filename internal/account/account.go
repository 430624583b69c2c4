// Package account holds the operations on accounts (service im_open_login_svc).
package account

import (
	"context"
	"errors"
	"slices"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/store"
)

// Service does the operations.
type Service struct {
	store store.Store
}

// New makes a service.
func New(s store.Store) *Service { return &Service{store: s} }

// Import creates an account or updates what is given of an existing one.
// Spec: accounts#1.1
func (s *Service) Import(ctx context.Context, caller chat.Caller, a chat.AccountUpdate) error {
	if err := check(a); err != nil {
		return err
	}
	return s.put(ctx, caller, []chat.AccountUpdate{a})
}

// ImportMany imports up to 100 accounts and returns those that could not be,
// each once, among them the repetition of one. Spec: accounts#1.2
func (s *Service) ImportMany(ctx context.Context, caller chat.Caller, accounts []chat.AccountUpdate) ([]string, error) {
	if err := checkBatch(len(accounts)); err != nil {
		return nil, err
	}
	failed := []string{}
	good := make([]chat.AccountUpdate, 0, len(accounts))
	seen := make(map[string]bool, len(accounts))
	for _, a := range accounts {
		if check(a) == nil && !seen[a.UserID] {
			good = append(good, a)
		} else if !slices.Contains(failed, a.UserID) {
			failed = append(failed, a.UserID)
		}
		seen[a.UserID] = true
	}
	return failed, s.put(ctx, caller, good)
}

func (s *Service) put(ctx context.Context, caller chat.Caller, accounts []chat.AccountUpdate) error {
	err := s.store.Update(ctx, func(tx store.Tx) error {
		return tx.PutAccounts(ctx, caller.App.SDKAppID, accounts)
	})
	return internal(err)
}

// Check says which of up to 100 accounts are imported. Spec: accounts#1.4
func (s *Service) Check(ctx context.Context, caller chat.Caller, ids []string) (map[string]bool, error) {
	if err := checkIDs(ids); err != nil {
		return nil, err
	}
	var exists map[string]bool
	err := s.store.View(ctx, func(tx store.Tx) (err error) {
		exists, err = tx.AccountsExisting(ctx, caller.App.SDKAppID, ids)
		return err
	})
	return exists, internal(err)
}

// Delete removes up to 100 accounts with all that hangs on them, and says for
// each why it was not, if it was not. Administrators stay. Spec: accounts#1.3
func (s *Service) Delete(ctx context.Context, caller chat.Caller, ids []string) (map[string]*chat.Error, error) {
	if err := checkIDs(ids); err != nil {
		return nil, err
	}
	var results map[string]*chat.Error
	err := s.store.Update(ctx, func(tx store.Tx) error {
		exists, err := tx.AccountsExisting(ctx, caller.App.SDKAppID, ids)
		if err != nil {
			return err
		}
		results = make(map[string]*chat.Error, len(ids))
		var gone []string
		for _, id := range ids {
			if _, seen := results[id]; seen {
				continue
			}
			switch {
			case caller.App.IsAdministrator(id):
				results[id] = chat.ErrAccountParameter.Because("an administrator cannot be deleted")
			case !exists[id]:
				results[id] = chat.ErrAccountNotFound
			default:
				results[id] = nil
				gone = append(gone, id)
			}
		}
		return tx.DeleteAccounts(ctx, caller.App.SDKAppID, gone)
	})
	return results, internal(err)
}

func check(a chat.AccountUpdate) error {
	if why := chat.CheckUserID(a.UserID); why != "" {
		return chat.ErrAccountParameter.Because("%s", why)
	}
	for _, v := range []*string{a.Nick, a.FaceURL} {
		if v != nil && len(*v) > chat.MaxProfileBytes {
			return chat.ErrProfileTooLong
		}
	}
	return nil
}

func checkIDs(ids []string) error {
	if err := checkBatch(len(ids)); err != nil {
		return err
	}
	if slices.Contains(ids, "") {
		return chat.ErrAccountParameter.Because("UserID is required")
	}
	return nil
}

func checkBatch(n int) error {
	switch {
	case n == 0:
		return chat.ErrAccountParameter.Because("the list of accounts is empty")
	case n > chat.MaxAccountBatch:
		return chat.ErrAccountBatch
	}
	return nil
}

// internal gives failures of storage the code of this service.
func internal(err error) error {
	if err == nil {
		return nil
	}
	if refusal, ok := errors.AsType[*chat.Error](err); ok {
		return refusal
	}
	switch {
	case errors.Is(err, store.ErrFull):
		return chat.ErrAccountInternal.Because("the server's disk is full, nothing was stored").Wrap(err)
	case errors.Is(err, store.ErrClosed):
		return chat.ErrAccountInternal.Because("the server is shutting down, nothing was stored").Wrap(err)
	}
	return chat.ErrAccountInternal.Wrap(err)
}
