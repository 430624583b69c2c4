package sns

import (
	"context"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/store"
)

// Sizes of pages of follows.
const (
	FollowPage    = 100
	MaxFollowPage = 1000
	// MaxFollowCheck is how many users one check names.
	MaxFollowCheck = 100
)

// Follow lets owner follow up to 20 users. Those whom he follows already stay.
func (s *Service) Follow(ctx context.Context, caller chat.Caller, owner string, ids []string) (Outcome, error) {
	if err := check(caller, owner, ids, chat.MaxFollowBatch); err != nil {
		return nil, err
	}
	var outcome Outcome
	err := s.store.Update(ctx, func(tx store.Tx) error {
		app := caller.App.SDKAppID
		var err error
		if outcome, err = unknown(ctx, tx, app, ids); err != nil {
			return err
		}
		ties, err := tx.FollowsBetween(ctx, app, owner, ids)
		if err != nil {
			return err
		}
		count, err := tx.CountFollows(ctx, app, owner)
		if err != nil {
			return err
		}
		followed := event.UsersFollowed{Relation: relation(tx, caller, owner)}
		var added []string
		for _, id := range passed(ids, outcome) {
			switch {
			case id == owner:
				outcome[id] = chat.ErrRelationParameter.Because("nobody follows himself")
			case ties[id].Mine:
			case count.Following+len(added) >= chat.MaxFollowing:
				outcome[id] = chat.ErrFollowingFull
			default:
				added = append(added, id)
				followed.Follows = append(followed.Follows, event.Follow{UserID: id, Mutual: ties[id].Theirs})
			}
		}
		if len(added) == 0 {
			return nil
		}
		if err := tx.AddFollows(ctx, app, owner, added); err != nil {
			return err
		}
		return store.Record(ctx, tx, s.hooks, caller.App, followed)
	})
	return outcome, err
}

// Unfollow ends that owner follows up to 20 users. Those whom he does not follow are
// passed over.
func (s *Service) Unfollow(ctx context.Context, caller chat.Caller, owner string, ids []string) (Outcome, error) {
	if err := check(caller, owner, ids, chat.MaxFollowBatch); err != nil {
		return nil, err
	}
	err := s.store.Update(ctx, func(tx store.Tx) error {
		app := caller.App.SDKAppID
		ties, err := tx.FollowsBetween(ctx, app, owner, ids)
		if err != nil {
			return err
		}
		unfollowed := event.UsersUnfollowed{Relation: relation(tx, caller, owner)}
		var gone []string
		for _, id := range chat.Unique(ids) {
			if ties[id].Mine {
				gone = append(gone, id)
				unfollowed.Follows = append(unfollowed.Follows, event.Follow{UserID: id, Mutual: ties[id].Theirs})
			}
		}
		if len(gone) == 0 {
			return nil
		}
		if err := tx.DeleteFollows(ctx, app, owner, gone); err != nil {
			return err
		}
		return store.Record(ctx, tx, s.hooks, caller.App, unfollowed)
	})
	return nil, err
}

// CheckFollows says of each of up to 100 users who follows whom. Those who do not
// exist are in the outcome.
func (s *Service) CheckFollows(ctx context.Context, caller chat.Caller, owner string, ids []string) (map[string]chat.Tie, Outcome, error) {
	if err := check(caller, owner, ids, MaxFollowCheck); err != nil {
		return nil, nil, err
	}
	var ties map[string]chat.Tie
	var outcome Outcome
	err := s.store.View(ctx, func(tx store.Tx) (err error) {
		if outcome, err = unknown(ctx, tx, caller.App.SDKAppID, ids); err != nil {
			return err
		}
		ties, err = tx.FollowsBetween(ctx, caller.App.SDKAppID, owner, ids)
		return err
	})
	return ties, outcome, err
}

// FollowInfo is a user who follows or is followed, beside his profile, which is nil
// if he has no account any more.
type FollowInfo struct {
	chat.Since

	Profile *chat.Profile
}

// ListFollows returns a page of those who follow owner or are followed by him, newest
// first, and where the next page begins; 0 if there is none. A limit of 0 means 100.
func (s *Service) ListFollows(ctx context.Context, caller chat.Caller, owner string, kind chat.FollowKind, before int64, limit int) (page []FollowInfo, next int64, err error) {
	if err := permitted(caller, owner); err != nil {
		return nil, 0, err
	}
	switch {
	case kind != chat.Followers && kind != chat.Following && kind != chat.Mutual:
		return nil, 0, chat.ErrRelationParameter.Because("FollowType is none of the three")
	case limit == 0:
		limit = FollowPage
	case limit < 0, limit > MaxFollowPage:
		return nil, 0, chat.ErrRelationParameter.Because("a page has at most %d accounts", MaxFollowPage)
	}
	err = s.store.View(ctx, func(tx store.Tx) error {
		list, last, err := tx.ListFollows(ctx, caller.App.SDKAppID, owner, kind, before, limit+1)
		if err != nil {
			return err
		}
		if next = 0; len(list) > limit {
			list, next = list[:limit], last+1 // the one too many is read again
		}
		ids := make([]string, 0, len(list))
		for _, f := range list {
			ids = append(ids, f.UserID)
		}
		profiles, err := tx.Profiles(ctx, caller.App.SDKAppID, ids)
		if err != nil {
			return err
		}
		page = make([]FollowInfo, 0, len(list))
		for _, f := range list {
			page = append(page, FollowInfo{f, profiles[f.UserID]})
		}
		return nil
	})
	return page, next, err
}

// CountFollows says of up to 20 users, whoever they are, how many follow them and
// whom they follow. Those who do not exist are in the outcome.
func (s *Service) CountFollows(ctx context.Context, caller chat.Caller, ids []string) (map[string]chat.FollowCount, Outcome, error) {
	if err := check(caller, caller.UserID, ids, chat.MaxFollowBatch); err != nil {
		return nil, nil, err
	}
	counts := make(map[string]chat.FollowCount)
	var outcome Outcome
	err := s.store.View(ctx, func(tx store.Tx) (err error) {
		if outcome, err = unknown(ctx, tx, caller.App.SDKAppID, ids); err != nil {
			return err
		}
		for _, id := range passed(ids, outcome) {
			if counts[id], err = tx.CountFollows(ctx, caller.App.SDKAppID, id); err != nil {
				return err
			}
		}
		return nil
	})
	return counts, outcome, err
}
