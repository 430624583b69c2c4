package official

import (
	"context"
	"slices"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/store"
)

// Result is what became of one subscription. Spec: official#4.6, official#4.7
type Result int

// The results.
const (
	NotDone Result = iota
	Done
	// Already subscribed, or not subscribed when it was to be removed.
	Already
)

// Subscribe adds subscribers. As many are added as the account may have.
func (s *Service) Subscribe(ctx context.Context, caller chat.Caller, id string, userIDs []string) (map[string]Result, error) {
	if len(userIDs) == 0 {
		return nil, chat.ErrOfficialParameter.Because("SubscriberList is required")
	}
	return s.changeSubscribers(ctx, caller, id, userIDs, subscribe)
}

// subscriberChange changes subscriptions of distinct users and says for each what
// became of it.
type subscriberChange func(ctx context.Context, tx store.Tx, caller chat.Caller, o *chat.OfficialAccount, ids []string) (map[string]Result, error)

func (s *Service) changeSubscribers(ctx context.Context, caller chat.Caller, id string, userIDs []string, change subscriberChange) (map[string]Result, error) {
	if err := checkSubscribers(id, userIDs); err != nil {
		return nil, err
	}
	var results map[string]Result
	err := s.store.Update(ctx, func(tx store.Tx) error {
		o, err := find(ctx, tx, caller.App, id)
		if err != nil {
			return err
		}
		results, err = change(ctx, tx, caller, o, chat.Unique(userIDs))
		return err
	})
	return results, internal(err)
}

func subscribe(ctx context.Context, tx store.Tx, caller chat.Caller, o *chat.OfficialAccount, ids []string) (map[string]Result, error) {
	app := caller.App
	exists, err := tx.AccountsExisting(ctx, app.SDKAppID, ids)
	if err != nil {
		return nil, err
	}
	subscribed, err := tx.SubscribersExisting(ctx, o.Conversation, ids)
	if err != nil {
		return nil, err
	}
	results := make(map[string]Result, len(ids))
	var fresh []chat.Subscriber
	wanted := 0
	for _, id := range ids {
		results[id] = NotDone
		switch {
		case subscribed[id]:
			results[id] = Already
		case exists[id]:
			wanted++
			if o.SubscriberNum+len(fresh) < o.MaxSubscriber {
				fresh = append(fresh, chat.Subscriber{UserID: id, SubscribeTime: tx.Now(), MsgFlag: chat.FlagNotify})
				results[id] = Done
			}
		}
	}
	if wanted > 0 && len(fresh) == 0 {
		return nil, chat.ErrOfficialFull
	}
	if len(fresh) > 0 {
		tx.Announce(event.OfficialSubscribed{Official: event.Official{Caller: caller, OfficialID: o.ID}, Subscribers: fresh})
	}
	_, err = tx.AddSubscribers(ctx, app.SDKAppID, o.Conversation, fresh)
	return results, err
}

// Unsubscribe removes subscribers. Who has no account has not been one.
func (s *Service) Unsubscribe(ctx context.Context, caller chat.Caller, id string, userIDs []string) (map[string]Result, error) {
	if len(userIDs) == 0 {
		return nil, chat.ErrOfficialRequest.Because("SubscriberToDel_Account is required")
	}
	return s.changeSubscribers(ctx, caller, id, userIDs, unsubscribe)
}

func unsubscribe(ctx context.Context, tx store.Tx, caller chat.Caller, o *chat.OfficialAccount, ids []string) (map[string]Result, error) {
	exists, err := tx.AccountsExisting(ctx, caller.App.SDKAppID, ids)
	if err != nil {
		return nil, err
	}
	removed, err := tx.RemoveSubscribers(ctx, o.Conversation, ids)
	if err != nil {
		return nil, err
	}
	results := make(map[string]Result, len(ids))
	for _, id := range ids {
		results[id] = NotDone
		if exists[id] {
			results[id] = Already
		}
	}
	for _, id := range removed {
		results[id] = Done
	}
	if len(removed) > 0 {
		tx.Announce(event.OfficialUnsubscribed{Official: event.Official{Caller: caller, OfficialID: o.ID}, UserIDs: removed})
	}
	return results, nil
}

func checkSubscribers(id string, userIDs []string) error {
	switch {
	case id == "":
		return errNoID
	case len(userIDs) > chat.MaxSubscriberBatch:
		return chat.ErrOfficialParameter.Because("at most %d subscribers are named", chat.MaxSubscriberBatch)
	case slices.Contains(userIDs, ""):
		return chat.ErrOfficialParameter.Because("a subscriber's account is empty")
	}
	return nil
}

// Page is one page of subscribers.
type Page struct {
	Total       int
	Subscribers []chat.Subscriber
	// Next is where the list continues, 0 at its end.
	Next int64
}

// Subscribers returns at most 200 subscribers behind a place.
// Spec: official#4.5
func (s *Service) Subscribers(ctx context.Context, caller chat.Caller, id string, after int64, limit int) (Page, error) {
	switch {
	case id == "":
		return Page{}, errNoID
	case limit < 0 || limit > chat.MaxSubscriberPage:
		return Page{}, chat.ErrOfficialParameter.Because("Limit is at most %d", chat.MaxSubscriberPage)
	}
	if limit == 0 {
		limit = chat.MaxSubscriberPage
	}
	var page Page
	err := s.store.View(ctx, func(tx store.Tx) error {
		o, err := find(ctx, tx, caller.App, id)
		if err != nil {
			return err
		}
		found, last, err := tx.ListSubscribers(ctx, o.Conversation, after, limit)
		if err != nil {
			return err
		}
		page = Page{Total: o.SubscriberNum, Subscribers: found}
		if len(found) < limit {
			return nil
		}
		more, _, err := tx.ListSubscribers(ctx, o.Conversation, last, 1)
		if len(more) > 0 {
			page.Next = last
		}
		return err
	})
	return page, internal(err)
}
