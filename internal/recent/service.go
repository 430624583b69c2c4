// Package recent holds the operations on conversation lists (service recentcontact):
// what a user sees of them, what he pins, marks, sorts, clears and deletes. All of it
// is his own: nobody else sees it.
package recent

import (
	"context"
	"errors"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/store"
)

// Service does the operations.
type Service struct{ store store.Store }

// New makes a service.
func New(s store.Store) *Service { return &Service{s} }

// contacts reads what a reference stands for: one contact, or two for an official
// account that also wrote to the caller alone.
func contacts(ctx context.Context, tx store.Tx, caller chat.Caller, ref event.ContactRef) ([]store.Contact, error) {
	app := caller.App.SDKAppID
	var list []store.Contact
	if ref.Group {
		c, err := tx.Contact(ctx, app, caller.UserID, chat.GroupConversation(ref.ID))
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return nil, err
		}
		if err == nil {
			list = append(list, *c)
		}
	} else {
		var err error
		if list, err = store.Threads(ctx, tx, app, caller.UserID, ref.ID); err != nil {
			return nil, err
		}
	}
	if len(list) == 0 {
		return nil, errNoContact
	}
	return list, nil
}

var errNoContact = chat.ErrRecentParameter.Because("no such conversation")

// main is the contact that carries what belongs to the conversation as a whole.
func main(list []store.Contact) *store.Contact { return &list[len(list)-1] }

// each runs fn for every entry of a list in one transaction and returns what became of
// each; failures of storage end it all. fn refuses before it changes anything.
func each[T any](ctx context.Context, s *Service, list []T, fn func(store.Tx, *T) error) ([]*chat.Error, error) {
	if len(list) == 0 || len(list) > chat.MaxContactBatch {
		return nil, chat.ErrContactBatch
	}
	var results []*chat.Error
	err := s.store.Update(ctx, func(tx store.Tx) (err error) {
		results, err = outcomes(list, func(item *T) error { return fn(tx, item) })
		return err
	})
	return results, translate(err)
}

// outcomes runs fn for every entry of a list and returns what became of each.
func outcomes[T any](list []T, fn func(*T) error) ([]*chat.Error, error) {
	results := make([]*chat.Error, len(list))
	for i := range list {
		err := fn(&list[i])
		refusal, refused := errors.AsType[*chat.Error](err)
		if err != nil && !refused {
			return nil, err
		}
		results[i] = refusal
	}
	return results, nil
}

// done are the references of which nothing is refused.
func done(refs []event.ContactRef, results []*chat.Error) []event.ContactRef {
	var kept []event.ContactRef
	for i, ref := range refs {
		if i < len(results) && results[i] == nil {
			kept = append(kept, ref)
		}
	}
	return kept
}

// translate turns errors of storage into what a caller is told.
func translate(err error) error { return store.Explain(err, chat.ErrInternal) }
