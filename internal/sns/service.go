// Package sns holds the operations on friends, requests to be friends, the black
// list and follows (services sns and follow).
//
// Requests name several users, and each has an outcome of his own: operations return
// those of them that were refused, and an error only if the request as a whole was.
package sns

import (
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/store"
)

// Service does the operations.
type Service struct {
	store store.Store
	hooks event.Hooks
	clock func() time.Time
}

// New makes a service that takes the time of what it asks the app's backend from
// clock.
func New(s store.Store, hooks event.Hooks, clock func() time.Time) *Service {
	return &Service{s, hooks, clock}
}

// Outcome is what became of the users of a request who were refused.
type Outcome map[string]*chat.Error

// check looks at a request about the relations of owner to ids.
func check(caller chat.Caller, owner string, ids []string, most int) error {
	if err := permitted(caller, owner); err != nil {
		return err
	}
	switch {
	case len(ids) == 0:
		return chat.ErrRelationParameter.Because("To_Account is empty")
	case len(ids) > most:
		return chat.ErrRelationParameter.Because("more than %d accounts", most)
	}
	return nil
}

// permitted lets users see and change their own relations only.
func permitted(caller chat.Caller, owner string) error {
	switch {
	case !caller.Admin && caller.UserID != owner:
		return chat.ErrRelationNotPermitted
	case chat.CheckUserID(owner) != "":
		return chat.ErrRelationAccount
	}
	return nil
}

// relation begins an event about the relations of owner.
func relation(tx store.Tx, caller chat.Caller, owner string) event.Relation {
	return event.Relation{Caller: caller, UserID: owner, At: tx.Now()}
}
