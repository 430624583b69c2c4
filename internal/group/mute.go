package group

import (
	"context"
	"slices"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/store"
)

// Mute keeps users from sending for some seconds, or lets them send again with
// 0. It outlasts leaving the group. Spec: groups#6.8
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
	return s.change(ctx, caller.App, groupID, func(tx store.Tx, g *chat.Group) error {
		if topicID != "" {
			return chat.ErrTopicNotFound
		}
		ids := chat.Unique(userIDs)
		if err := mayMute(caller.App, g, ids, *seconds); err != nil {
			return err
		}
		exists, err := tx.AccountsExisting(ctx, caller.App.SDKAppID, ids)
		if err != nil {
			return err
		}
		ids = slices.DeleteFunc(ids, func(id string) bool { return !exists[id] })
		if len(ids) == 0 {
			return chat.ErrUserNotFound.Because("Members_Account")
		}
		return tx.SetMutes(ctx, g.Conversation, ids, chat.MuteEnd(*seconds, tx.Now()))
	})
}

// mayMute refuses what no mute can do. A mute may be lifted from anybody.
func mayMute(app *chat.App, g *chat.Group, ids []string, seconds uint32) error {
	if !g.Type.Rules().Muting {
		return errNoMuting
	}
	if seconds == 0 {
		return nil
	}
	for _, id := range ids {
		if id == g.Owner || app.IsAdministrator(id) {
			return chat.ErrNotPermitted.Because("the owner and administrators of the app cannot be muted")
		}
	}
	return nil
}

var errNoMuting = chat.ErrNotPermitted.Because("members of this type of group cannot be muted")

// Mutes lists who is muted in a group. Spec: groups#6.9
func (s *Service) Mutes(ctx context.Context, caller chat.Caller, groupID, topicID string) ([]store.Mute, error) {
	if err := checkID(groupID); err != nil {
		return nil, err
	}
	var mutes []store.Mute
	err := s.store.View(ctx, func(tx store.Tx) error {
		g, err := find(ctx, tx, caller.App, groupID)
		switch {
		case err != nil:
			return err
		case topicID != "":
			return chat.ErrTopicNotFound
		case !g.Type.Rules().Muting:
			return errNoMuting
		}
		mutes, err = tx.Mutes(ctx, g.Conversation)
		return err
	})
	return mutes, translate(err)
}
