package sns

import (
	"context"
	"slices"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/store"
)

// FriendPage is how many friends one page holds.
const FriendPage = 100

// FriendInfo is an entry of a list beside the friend's profile, which is nil if he
// has no account any more.
type FriendInfo struct {
	chat.Friend

	Profile *chat.Profile
}

// ListFriends returns a page of owner's list behind the place after, with how long
// the list is and where the next page begins; 0 if there is none.
func (s *Service) ListFriends(ctx context.Context, caller chat.Caller, owner string, after int64) (page []FriendInfo, total int, next int64, err error) {
	if err := permitted(caller, owner); err != nil {
		return nil, 0, 0, err
	}
	app := caller.App.SDKAppID
	err = s.store.View(ctx, func(tx store.Tx) error {
		friends, last, err := tx.ListFriends(ctx, app, owner, after, FriendPage+1)
		if err != nil {
			return err
		}
		if next = 0; len(friends) > FriendPage {
			friends = friends[:FriendPage]
			next = last - 1 // the one too many is read again
		}
		if total, err = tx.CountFriends(ctx, app, owner); err != nil {
			return err
		}
		page, err = withProfiles(ctx, tx, app, friends)
		return err
	})
	return page, total, next, err
}

func withProfiles(ctx context.Context, tx store.Tx, app chat.SDKAppID, friends []chat.Friend) ([]FriendInfo, error) {
	ids := make([]string, 0, len(friends))
	for _, f := range friends {
		ids = append(ids, f.UserID)
	}
	profiles, err := tx.Profiles(ctx, app, ids)
	if err != nil {
		return nil, err
	}
	page := make([]FriendInfo, 0, len(friends))
	for _, f := range friends {
		page = append(page, FriendInfo{f, profiles[f.UserID]})
	}
	return page, nil
}

// GetFriends returns the entries for those of up to 100 ids who are in owner's list.
func (s *Service) GetFriends(ctx context.Context, caller chat.Caller, owner string, ids []string) (map[string]FriendInfo, error) {
	if err := check(caller, owner, ids, chat.MaxFriendBatch); err != nil {
		return nil, err
	}
	app := caller.App.SDKAppID
	var found map[string]FriendInfo
	err := s.store.View(ctx, func(tx store.Tx) error {
		friends, err := tx.FriendsAmong(ctx, app, owner, ids)
		if err != nil {
			return err
		}
		profiles, err := tx.Profiles(ctx, app, ids)
		if err != nil {
			return err
		}
		found = make(map[string]FriendInfo, len(friends))
		for id, f := range friends {
			found[id] = FriendInfo{*f, profiles[id]}
		}
		return nil
	})
	return found, err
}

// DeleteFriends takes users out of owner's list, and with both owner out of theirs.
func (s *Service) DeleteFriends(ctx context.Context, caller chat.Caller, owner string, ids []string, both bool) (Outcome, error) {
	if err := check(caller, owner, ids, chat.MaxRelationBatch); err != nil {
		return nil, err
	}
	ids = chat.Unique(ids)
	var outcome Outcome
	err := s.store.Update(ctx, func(tx store.Tx) error {
		outcome = make(Outcome)
		ties, err := tx.Friendships(ctx, caller.App.SDKAppID, owner, ids)
		if err != nil {
			return err
		}
		var pairs []event.FriendPair
		for _, id := range ids {
			pairs = append(pairs, ended(owner, id, ties[id], both)...)
			if !ties[id].Mine && (!both || !ties[id].Theirs) {
				outcome[id] = chat.ErrNoFriend
			}
		}
		return s.unfriend(ctx, tx, caller, owner, pairs)
	})
	return outcome, err
}

// ended are the entries that go with a friendship.
func ended(owner, other string, tie chat.Tie, both bool) []event.FriendPair {
	var pairs []event.FriendPair
	if tie.Mine {
		pairs = append(pairs, event.FriendPair{Owner: owner, Friend: other})
	}
	if tie.Theirs && both {
		pairs = append(pairs, event.FriendPair{Owner: other, Friend: owner})
	}
	return pairs
}

func (s *Service) unfriend(ctx context.Context, tx store.Tx, caller chat.Caller, owner string, pairs []event.FriendPair) error {
	if len(pairs) == 0 {
		return nil
	}
	var mine []string
	for _, p := range pairs {
		if p.Owner == owner {
			mine = append(mine, p.Friend)
		} else if err := tx.DeleteFriends(ctx, caller.App.SDKAppID, p.Owner, []string{owner}); err != nil {
			return err
		}
	}
	if err := tx.DeleteFriends(ctx, caller.App.SDKAppID, owner, mine); err != nil {
		return err
	}
	return store.Record(ctx, tx, s.hooks, caller.App, event.FriendsDeleted{Relation: relation(tx, caller, owner), Pairs: pairs})
}

// FriendUpdate is what owner notes about a friend; nil keeps what he noted before.
type FriendUpdate struct {
	UserID string
	Remark *string
	// Groups replaces the groups that the friend is in.
	Groups *[]string
	Custom []chat.Field
}

// UpdateFriends changes what owner noted about friends.
func (s *Service) UpdateFriends(ctx context.Context, caller chat.Caller, owner string, updates []FriendUpdate) (Outcome, error) {
	ids := make([]string, 0, len(updates))
	for _, u := range updates {
		ids = append(ids, u.UserID)
	}
	if err := check(caller, owner, ids, chat.MaxFriendBatch); err != nil {
		return nil, err
	}
	var outcome Outcome
	err := s.store.Update(ctx, func(tx store.Tx) error {
		outcome = make(Outcome)
		friends, err := tx.FriendsAmong(ctx, caller.App.SDKAppID, owner, ids)
		if err != nil {
			return err
		}
		var changes []event.FriendChange
		l := newLists(tx, caller.App.SDKAppID)
		for i := range updates {
			u := &updates[i]
			fields, refusal, err := l.update(ctx, owner, friends[u.UserID], u)
			if err != nil {
				return err
			}
			if refusal != nil {
				outcome[u.UserID] = refusal
				continue
			}
			changes = append(changes, event.FriendChange{UserID: u.UserID, Fields: fields})
		}
		return s.recordChanges(ctx, tx, caller, owner, changes)
	})
	return outcome, err
}

// update changes an entry and returns which of its fields are new.
func (l *lists) update(ctx context.Context, owner string, f *chat.Friend, u *FriendUpdate) (fields []chat.Field, refusal *chat.Error, err error) {
	if refusal := checkUpdate(f, u); refusal != nil {
		return nil, refusal, nil
	}
	if u.Remark != nil {
		f.Remark = *u.Remark
		fields = append(fields, chat.Field{Tag: chat.TagRemark, Value: f.Remark})
	}
	if u.Groups != nil {
		if refusal, err := l.makeGroups(ctx, owner, *u.Groups); err != nil || refusal != nil {
			return nil, refusal, err
		}
		f.Groups = chat.Unique(*u.Groups)
		fields = append(fields, chat.Field{Tag: chat.TagFriendGroups, Value: f.Groups})
	}
	if f.Custom == nil {
		f.Custom = make(map[string]any, len(u.Custom))
	}
	for _, field := range u.Custom {
		f.Custom[field.Tag] = field.Value
		if field.Value == "" {
			delete(f.Custom, field.Tag)
		}
		fields = append(fields, field)
	}
	if len(f.Custom) > chat.MaxCustomFields {
		return nil, chat.ErrRelationParameter.Because("a friend has at most %d custom fields", chat.MaxCustomFields), nil
	}
	return fields, nil, l.tx.PutFriend(ctx, l.app, owner, f)
}

func checkUpdate(f *chat.Friend, u *FriendUpdate) *chat.Error {
	switch {
	case f == nil:
		return chat.ErrRelationParameter.Because("this account is no friend")
	case u.Remark != nil && len(*u.Remark) > chat.MaxRemarkBytes:
		return chat.ErrRelationParameter.Because("Remark is longer than 96 bytes")
	case u.Groups == nil:
		return nil
	case len(*u.Groups) > chat.MaxFriendGroups:
		return chat.ErrFriendGroupsFull
	}
	for _, name := range *u.Groups {
		if why := chat.CheckFriendGroup(name); why != "" {
			return chat.ErrRelationParameter.Because("%s", why)
		}
	}
	return nil
}

// CheckFriends says of each of up to 1000 users who is in whose list. Those who do
// not exist are in the outcome.
func (s *Service) CheckFriends(ctx context.Context, caller chat.Caller, owner string, ids []string) (map[string]chat.Tie, Outcome, error) {
	if err := check(caller, owner, ids, chat.MaxRelationBatch); err != nil {
		return nil, nil, err
	}
	var ties map[string]chat.Tie
	var outcome Outcome
	err := s.store.View(ctx, func(tx store.Tx) (err error) {
		if outcome, err = unknown(ctx, tx, caller.App.SDKAppID, ids); err != nil {
			return err
		}
		ties, err = tx.Friendships(ctx, caller.App.SDKAppID, owner, ids)
		return err
	})
	return ties, outcome, err
}

// unknown refuses those of ids who have no account.
func unknown(ctx context.Context, tx store.Tx, app chat.SDKAppID, ids []string) (Outcome, error) {
	exists, err := tx.AccountsExisting(ctx, app, ids)
	if err != nil {
		return nil, err
	}
	o := make(Outcome)
	for _, id := range ids {
		if !exists[id] {
			o[id] = chat.ErrRelationAccount
		}
	}
	return o, nil
}

// passed are those of ids whom nothing refuses, each once.
func passed(ids []string, o Outcome) []string {
	return slices.DeleteFunc(chat.Unique(ids), func(id string) bool { return o[id] != nil })
}
