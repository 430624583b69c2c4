// Package account holds the operations on accounts (service im_open_login_svc).
package account

import (
	"context"
	"errors"
	"slices"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
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
		changed, err := changes(ctx, tx, caller, accounts)
		if err != nil {
			return err
		}
		if err := tx.PutAccounts(ctx, caller.App.SDKAppID, accounts); err != nil {
			return err
		}
		// An import fires no webhook.
		tx.Announce(changed...)
		return nil
	})
	return internal(err)
}

// changes are what those who are connected are to hear of existing accounts that get
// another nick or face.
func changes(ctx context.Context, tx store.Tx, caller chat.Caller, accounts []chat.AccountUpdate) ([]event.Event, error) {
	var ids []string
	for _, a := range accounts {
		if a.Nick != nil || a.FaceURL != nil {
			ids = append(ids, a.UserID)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	persons, err := tx.Persons(ctx, caller.App.SDKAppID, ids)
	if err != nil {
		return nil, err
	}
	var happened []event.Event
	for _, a := range accounts {
		p, known := persons[a.UserID]
		fields := differing(p, a)
		if !known || len(fields) == 0 {
			continue
		}
		friends, err := tx.ListedBy(ctx, caller.App.SDKAppID, a.UserID, chat.MaxFriends)
		if err != nil {
			return nil, err
		}
		happened = append(happened, event.ProfileChanged{Caller: caller, UserID: a.UserID, Fields: fields, Friends: friends, At: tx.Now()})
	}
	return happened, nil
}

func differing(p chat.Person, a chat.AccountUpdate) []chat.Field {
	var fields []chat.Field
	if a.Nick != nil && *a.Nick != p.Nick {
		fields = append(fields, chat.Field{Tag: chat.TagNick, Value: *a.Nick})
	}
	if a.FaceURL != nil && *a.FaceURL != p.FaceURL {
		fields = append(fields, chat.Field{Tag: chat.TagFaceURL, Value: *a.FaceURL})
	}
	return fields
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
		for _, id := range gone {
			if err := announceDeletion(ctx, tx, caller, id); err != nil {
				return err
			}
		}
		return tx.DeleteAccounts(ctx, caller.App.SDKAppID, gone)
	})
	return results, internal(err)
}

// announceDeletion ends the sessions of an account and takes it off the lists of
// friends that are on a screen.
func announceDeletion(ctx context.Context, tx store.Tx, caller chat.Caller, id string) error {
	sessions, err := tx.SessionsOf(ctx, caller.App.SDKAppID, id)
	if err != nil {
		return err
	}
	for _, s := range sessions {
		tx.Announce(event.InstanceKicked{Caller: caller, UserID: id, Instance: s.Instance, Type: chat.KickedByREST})
	}
	friends, err := tx.ListedBy(ctx, caller.App.SDKAppID, id, chat.MaxFriends)
	if err != nil {
		return err
	}
	ended := event.FriendsDeleted{Relation: event.Relation{Caller: caller, UserID: id, At: tx.Now()}}
	for _, f := range friends {
		ended.Pairs = append(ended.Pairs, event.FriendPair{Owner: f, Friend: id})
	}
	tx.Announce(event.AccountDeleted{Caller: caller, UserID: id}, ended)
	return nil
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
	if refusal, ok := errors.AsType[*chat.Error](store.Explain(err, chat.ErrAccountInternal)); ok {
		return refusal
	}
	return chat.ErrAccountInternal.Wrap(err)
}
