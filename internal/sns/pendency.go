package sns

import (
	"context"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/store"
)

// PendencyInfo is a request to be friends beside how the other side is shown.
type PendencyInfo struct {
	chat.Pendency

	Other chat.Person
}

// PendencyList is a page of requests, newest first.
type PendencyList struct {
	Items []PendencyInfo
	// Next is what the next page begins before, 0 if there is none.
	Next int64
	// Unread is how many the owner received since he last read them.
	Unread int
	// Newest is the ID of the newest request of all, 0 if there is none.
	Newest int64
}

// ListPendencies returns a page of the requests that owner received, sent, or both. A
// limit of 0 means all of them.
func (s *Service) ListPendencies(ctx context.Context, caller chat.Caller, owner string, page store.PendencyPage) (PendencyList, error) {
	if err := permitted(caller, owner); err != nil {
		return PendencyList{}, err
	}
	if page.Limit <= 0 || page.Limit > 2*chat.MaxPendencies { // all that he can have
		page.Limit = 2 * chat.MaxPendencies
	}
	limit := page.Limit
	page.Limit++
	var l PendencyList
	err := s.store.View(ctx, func(tx store.Tx) error {
		app := caller.App.SDKAppID
		l = PendencyList{}
		pendencies, err := tx.ListPendencies(ctx, app, owner, page)
		if err != nil {
			return err
		}
		if len(pendencies) > 0 && page.Before == 0 {
			l.Newest = pendencies[0].ID
		}
		if len(pendencies) > limit {
			pendencies = pendencies[:limit]
			l.Next = pendencies[limit-1].ID
		}
		if l.Items, err = withOthers(ctx, tx, app, owner, pendencies); err != nil {
			return err
		}
		_, _, l.Unread, err = tx.CountPendencies(ctx, app, owner)
		return err
	})
	return l, err
}

func withOthers(ctx context.Context, tx store.Tx, app chat.SDKAppID, owner string, pendencies []chat.Pendency) ([]PendencyInfo, error) {
	items := make([]PendencyInfo, 0, len(pendencies))
	ids := make([]string, 0, len(pendencies))
	for _, p := range pendencies {
		other := p.Asker
		if other == owner {
			other = p.Asked
		}
		ids = append(ids, other)
		items = append(items, PendencyInfo{Pendency: p, Other: chat.Person{UserID: other}})
	}
	persons, err := tx.Persons(ctx, app, ids)
	for i := range items {
		if p, ok := persons[items[i].Other.UserID]; ok {
			items[i].Other = p
		}
	}
	return items, err
}

// DeletePendencies withdraws requests that owner made to ids, or, if received is set,
// drops those that ids made to him. The other side does not see them any more either.
func (s *Service) DeletePendencies(ctx context.Context, caller chat.Caller, owner string, ids []string, received bool) (Outcome, error) {
	if err := check(caller, owner, ids, chat.MaxFriendBatch); err != nil {
		return nil, err
	}
	var outcome Outcome
	err := s.store.Update(ctx, func(tx store.Tx) error {
		outcome = make(Outcome)
		for _, id := range chat.Unique(ids) {
			asker, asked := owner, id
			if received {
				asker, asked = id, owner
			}
			was, err := tx.DeletePendency(ctx, caller.App.SDKAppID, asker, asked)
			if err != nil {
				return err
			}
			if !was {
				outcome[id] = chat.ErrNoPendency
				continue
			}
			if err := store.Record(ctx, tx, s.hooks, caller.App, event.PendencyEnded{
				Relation: relation(tx, caller, owner), Asker: asker, Asked: asked,
			}); err != nil {
				return err
			}
		}
		return nil
	})
	return outcome, err
}

// ReadPendencies notes that owner has read the requests which he received until then.
func (s *Service) ReadPendencies(ctx context.Context, caller chat.Caller, owner string, until time.Time) error {
	if err := permitted(caller, owner); err != nil {
		return err
	}
	return s.store.Update(ctx, func(tx store.Tx) error {
		if err := tx.SetPendencyRead(ctx, caller.App.SDKAppID, owner, until); err != nil {
			return err
		}
		read := event.PendenciesRead{Relation: relation(tx, caller, owner)}
		read.At = until
		return store.Record(ctx, tx, s.hooks, caller.App, read)
	})
}
