package sns

import (
	"context"
	"slices"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/store"
)

// ListGroups returns owner's groups of friends, oldest first; names, if any, are the
// only ones wanted.
func (s *Service) ListGroups(ctx context.Context, caller chat.Caller, owner string, names []string) ([]chat.FriendGroup, error) {
	if err := permitted(caller, owner); err != nil {
		return nil, err
	}
	var groups []chat.FriendGroup
	err := s.store.View(ctx, func(tx store.Tx) (err error) {
		groups, err = tx.FriendGroups(ctx, caller.App.SDKAppID, owner)
		return err
	})
	if len(names) > 0 {
		groups = slices.DeleteFunc(groups, func(g chat.FriendGroup) bool { return !slices.Contains(names, g.Name) })
	}
	return groups, err
}

// AddGroups makes groups of friends and puts friends into all of them.
func (s *Service) AddGroups(ctx context.Context, caller chat.Caller, owner string, names, ids []string) (Outcome, error) {
	if err := checkGroups(caller, owner, names, ids); err != nil {
		return nil, err
	}
	var outcome Outcome
	err := s.store.Update(ctx, func(tx store.Tx) error {
		app := caller.App.SDKAppID
		if refusal, err := newLists(tx, app).makeGroups(ctx, owner, names); err != nil || refusal != nil {
			return either(refusal, err)
		}
		friends, err := tx.FriendsAmong(ctx, app, owner, ids)
		if err != nil {
			return err
		}
		outcome = strangers(ids, friends)
		return s.regroup(ctx, tx, caller, owner, passed(ids, outcome), func(ids []string) error {
			for _, name := range chat.Unique(names) {
				if err := tx.GroupFriends(ctx, app, owner, name, ids, true); err != nil {
					return err
				}
			}
			return nil
		})
	})
	return outcome, err
}

// either is the refusal or the error, whichever there is.
func either(refusal *chat.Error, err error) error {
	if err == nil && refusal != nil {
		return refusal
	}
	return err
}

func checkGroups(caller chat.Caller, owner string, names, ids []string) error {
	if err := permitted(caller, owner); err != nil {
		return err
	}
	switch {
	case len(names) == 0:
		return chat.ErrRelationParameter.Because("GroupName is empty")
	case len(names) > chat.MaxFriendGroups:
		return chat.ErrFriendGroupsFull
	case len(ids) > chat.MaxRelationBatch:
		return chat.ErrRelationParameter.Because("more than %d accounts", chat.MaxRelationBatch)
	}
	for _, name := range names {
		if why := chat.CheckFriendGroup(name); why != "" {
			return chat.ErrRelationParameter.Because("%s", why)
		}
	}
	return nil
}

// strangers refuses those of ids who are no friends.
func strangers(ids []string, friends map[string]*chat.Friend) Outcome {
	o := make(Outcome)
	for _, id := range ids {
		if friends[id] == nil {
			o[id] = chat.ErrFriendGroupMember
		}
	}
	return o
}

// regroup changes the groups of friends and tells of what they are in then.
func (s *Service) regroup(ctx context.Context, tx store.Tx, caller chat.Caller, owner string, ids []string, change func(ids []string) error) error {
	if err := change(ids); err != nil {
		return err
	}
	friends, err := tx.FriendsAmong(ctx, caller.App.SDKAppID, owner, ids)
	if err != nil {
		return err
	}
	changes := make([]event.FriendChange, 0, len(ids))
	for _, id := range ids {
		groups := friends[id].Groups
		if groups == nil {
			groups = []string{}
		}
		changes = append(changes, event.FriendChange{UserID: id, Fields: []chat.Field{{Tag: chat.TagFriendGroups, Value: groups}}})
	}
	return s.recordChanges(ctx, tx, caller, owner, changes)
}

func (s *Service) recordChanges(ctx context.Context, tx store.Tx, caller chat.Caller, owner string, changes []event.FriendChange) error {
	if len(changes) == 0 {
		return nil
	}
	return store.Record(ctx, tx, s.hooks, caller.App, event.FriendsUpdated{Relation: relation(tx, caller, owner), Changes: changes})
}

// DeleteGroups removes groups of friends; the friends stay friends.
func (s *Service) DeleteGroups(ctx context.Context, caller chat.Caller, owner string, names []string) error {
	if err := checkGroups(caller, owner, names, nil); err != nil {
		return err
	}
	return s.store.Update(ctx, func(tx store.Tx) error {
		members, err := members(ctx, tx, caller.App.SDKAppID, owner, names)
		if err != nil {
			return err
		}
		return s.regroup(ctx, tx, caller, owner, members, func([]string) error {
			return tx.DeleteFriendGroups(ctx, caller.App.SDKAppID, owner, names)
		})
	})
}

// members are the friends in any of owner's groups that are named.
func members(ctx context.Context, tx store.Tx, app chat.SDKAppID, owner string, names []string) ([]string, error) {
	groups, err := tx.FriendGroups(ctx, app, owner)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, g := range groups {
		if slices.Contains(names, g.Name) {
			ids = append(ids, g.Friends...)
		}
	}
	return chat.Unique(ids), nil
}

// GroupUpdate is what changes of one of owner's groups of friends.
type GroupUpdate struct {
	Name string
	// NewName, if not empty, is its new name.
	NewName string
	// Add and Remove are friends who come into it and leave it.
	Add, Remove []string
}

// UpdateGroup changes a group of friends. Who is no friend is in the outcome.
func (s *Service) UpdateGroup(ctx context.Context, caller chat.Caller, owner string, u GroupUpdate) (Outcome, error) {
	ids := slices.Concat(u.Add, u.Remove)
	names := []string{u.Name}
	if u.NewName != "" {
		names = append(names, u.NewName)
	}
	if err := checkGroups(caller, owner, names, ids); err != nil {
		return nil, err
	}
	var outcome Outcome
	err := s.store.Update(ctx, func(tx store.Tx) error {
		app := caller.App.SDKAppID
		known, err := tx.FriendGroupNames(ctx, app, owner)
		if err != nil {
			return err
		}
		if err := checkNames(known, u); err != nil {
			return err
		}
		friends, err := tx.FriendsAmong(ctx, app, owner, ids)
		if err != nil {
			return err
		}
		outcome = strangers(ids, friends)
		touched := passed(ids, outcome)
		if renames(u) {
			all, err := members(ctx, tx, app, owner, names[:1])
			if err != nil {
				return err
			}
			touched = chat.Unique(append(touched, all...))
		}
		return s.regroup(ctx, tx, caller, owner, touched, func([]string) error {
			if err := tx.GroupFriends(ctx, app, owner, u.Name, passed(u.Add, outcome), true); err != nil {
				return err
			}
			if err := tx.GroupFriends(ctx, app, owner, u.Name, passed(u.Remove, outcome), false); err != nil || !renames(u) {
				return err
			}
			return tx.RenameFriendGroup(ctx, app, owner, u.Name, u.NewName)
		})
	})
	return outcome, err
}

func renames(u GroupUpdate) bool { return u.NewName != "" && u.NewName != u.Name }

func checkNames(known []string, u GroupUpdate) error {
	switch {
	case !slices.Contains(known, u.Name):
		return chat.ErrRelationParameter.Because("there is no such group of friends")
	case renames(u) && slices.Contains(known, u.NewName):
		return chat.ErrRelationParameter.Because("there is a group of friends with the new name")
	}
	return nil
}
