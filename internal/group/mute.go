package group

import (
	"context"
	"slices"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/store"
)

// Mute keeps users from sending into a group, or into a topic of it, for some
// seconds, or lets them send again with 0. It outlasts leaving the group. Spec: groups#6.8
func (s *Service) Mute(ctx context.Context, caller chat.Caller, groupID, topicID string, userIDs []string, seconds *uint32) error {
	if err := checkID(groupID); err != nil {
		return err
	}
	switch {
	case seconds == nil:
		return chat.ErrParameter.Because("MuteTime is required")
	case len(userIDs) == 0:
		return chat.ErrParameter.Because("Members_Account is required")
	case len(userIDs) > chat.MaxMuteBatch:
		return chat.ErrTooManyAccounts
	}
	if err := checkAccounts("Members_Account", userIDs); err != nil {
		return err
	}
	return s.edit(ctx, caller, groupID, func(e *edit) error {
		if err := e.at(ctx, topicID); err != nil {
			return err
		}
		ids := chat.Unique(userIDs)
		if err := e.mayMute(ctx, ids, *seconds); err != nil {
			return err
		}
		exists, err := e.tx.AccountsExisting(ctx, caller.App.SDKAppID, ids)
		if err != nil {
			return err
		}
		ids = slices.DeleteFunc(ids, func(id string) bool { return !exists[id] })
		if len(ids) == 0 {
			return chat.ErrUserNotFound.Because("Members_Account")
		}
		return e.mute(ctx, ids, *seconds)
	})
}

// mayMute refuses what no mute can do, and what the caller must not do. A mute may
// be lifted from anybody.
func (e *edit) mayMute(ctx context.Context, ids []string, seconds uint32) error {
	if !e.group.Type.Rules().Muting {
		return errNoMuting
	}
	if err := e.require(e.rights().mute); err != nil {
		return err
	}
	roles, err := e.tx.Roles(ctx, e.group.Conversation, ids)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if seconds > 0 && (id == e.group.Owner || e.caller.App.IsAdministrator(id)) {
			return chat.ErrNotPermitted.Because("the owner and administrators of the app cannot be muted")
		}
		if err := e.above(roles[id]); err != nil {
			return err
		}
	}
	return nil
}

// mute mutes users and tells the group of those who are members.
func (e *edit) mute(ctx context.Context, ids []string, seconds uint32) error {
	if err := e.tx.SetMutes(ctx, e.conversation(), ids, chat.MuteEnd(seconds, e.tx.Now())); err != nil {
		return err
	}
	roles, err := e.tx.Roles(ctx, e.group.Conversation, ids)
	if err != nil {
		return err
	}
	members := slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return roles[id] == "" })
	if len(members) == 0 {
		return nil
	}
	return e.tip(ctx, chat.Tip{Type: chat.TipMemberChanged, MuteSeconds: int64(seconds)}, members...)
}

var errNoMuting = chat.ErrNotPermitted.Because("members of this type of group cannot be muted")

// Mutes lists who is muted in a group, or in a topic of it. Spec: groups#6.9
func (s *Service) Mutes(ctx context.Context, caller chat.Caller, groupID, topicID string) ([]store.Mute, error) {
	if err := checkID(groupID); err != nil {
		return nil, err
	}
	var mutes []store.Mute
	err := s.store.View(ctx, func(tx store.Tx) error {
		p, err := findPlace(ctx, tx, caller.App, groupID, topicID)
		switch {
		case err != nil:
			return err
		case !p.group.Type.Rules().Muting:
			return errNoMuting
		}
		mutes, err = tx.Mutes(ctx, p.conversation)
		return err
	})
	return mutes, translate(err)
}
