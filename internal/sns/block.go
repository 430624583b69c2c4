package sns

import (
	"context"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/store"
)

// ListBlocked returns at most limit entries of owner's black list behind the place
// after, and where the next page begins; 0 if there is none.
func (s *Service) ListBlocked(ctx context.Context, caller chat.Caller, owner string, after int64, limit int) (page []chat.Since, next int64, err error) {
	if err := permitted(caller, owner); err != nil {
		return nil, 0, err
	}
	if limit <= 0 || limit > chat.MaxBlocked {
		limit = chat.MaxBlocked
	}
	err = s.store.View(ctx, func(tx store.Tx) error {
		var last int64
		if page, last, err = tx.ListBlocked(ctx, caller.App.SDKAppID, owner, after, limit+1); err != nil {
			return err
		}
		if next = 0; len(page) > limit {
			page, next = page[:limit], last-1 // the one too many is read again
		}
		return nil
	})
	return page, next, err
}

// Block puts users on owner's black list. Friendships with them end on both sides,
// and so do requests to be friends.
func (s *Service) Block(ctx context.Context, caller chat.Caller, owner string, ids []string) (Outcome, error) {
	if err := check(caller, owner, ids, chat.MaxRelationBatch); err != nil {
		return nil, err
	}
	var outcome Outcome
	err := s.store.Update(ctx, func(tx store.Tx) error {
		app := caller.App.SDKAppID
		var err error
		if outcome, err = unknown(ctx, tx, app, ids); err != nil {
			return err
		}
		ties, err := tx.BlocksBetween(ctx, app, owner, ids)
		if err != nil {
			return err
		}
		n, err := tx.CountBlocked(ctx, app, owner)
		if err != nil {
			return err
		}
		for _, id := range passed(ids, outcome) {
			switch {
			case id == owner:
				outcome[id] = chat.ErrRelationParameter.Because("nobody blocks himself")
			case ties[id].Mine:
				outcome[id] = chat.ErrRelationParameter.Because("this account is on the black list already")
			case n >= chat.MaxBlocked:
				outcome[id] = chat.ErrBlockedFull
			default:
				n++
			}
		}
		return s.block(ctx, tx, caller, owner, passed(ids, outcome))
	})
	return outcome, err
}

func (s *Service) block(ctx context.Context, tx store.Tx, caller chat.Caller, owner string, ids []string) error {
	app := caller.App.SDKAppID
	if len(ids) == 0 {
		return nil
	}
	if err := tx.AddBlocked(ctx, app, owner, ids); err != nil {
		return err
	}
	ties, err := tx.Friendships(ctx, app, owner, ids)
	if err != nil {
		return err
	}
	var pairs []event.FriendPair
	for _, id := range ids {
		pairs = append(pairs, ended(owner, id, ties[id], true)...)
	}
	if err := s.unfriend(ctx, tx, caller, owner, pairs); err != nil {
		return err
	}
	if err := store.Record(ctx, tx, s.hooks, caller.App, event.UsersBlocked{Relation: relation(tx, caller, owner), Blocked: ids}); err != nil {
		return err
	}
	return s.endPendencies(ctx, tx, caller, owner, ids)
}

// endPendencies forgets the requests between owner and others. Most users have none,
// and others are many.
func (s *Service) endPendencies(ctx context.Context, tx store.Tx, caller chat.Caller, owner string, others []string) error {
	app := caller.App.SDKAppID
	received, sent, _, err := tx.CountPendencies(ctx, app, owner)
	if err != nil || received+sent == 0 {
		return err
	}
	for _, other := range others {
		for _, p := range [][2]string{{owner, other}, {other, owner}} {
			was, err := tx.DeletePendency(ctx, app, p[0], p[1])
			if err != nil {
				return err
			}
			if !was {
				continue
			}
			if err := store.Record(ctx, tx, s.hooks, caller.App, event.PendencyEnded{
				Relation: relation(tx, caller, owner), Asker: p[0], Asked: p[1],
			}); err != nil {
				return err
			}
		}
	}
	return nil
}

// Unblock takes users off owner's black list. Those who are not on it are passed
// over.
func (s *Service) Unblock(ctx context.Context, caller chat.Caller, owner string, ids []string) (Outcome, error) {
	if err := check(caller, owner, ids, chat.MaxRelationBatch); err != nil {
		return nil, err
	}
	err := s.store.Update(ctx, func(tx store.Tx) error {
		app := caller.App.SDKAppID
		ties, err := tx.BlocksBetween(ctx, app, owner, ids)
		if err != nil {
			return err
		}
		var gone []string
		for _, id := range chat.Unique(ids) {
			if ties[id].Mine {
				gone = append(gone, id)
			}
		}
		if len(gone) == 0 {
			return nil
		}
		if err := tx.DeleteBlocked(ctx, app, owner, gone); err != nil {
			return err
		}
		return store.Record(ctx, tx, s.hooks, caller.App, event.UsersUnblocked{Relation: relation(tx, caller, owner), Unblocked: gone})
	})
	return nil, err
}
