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
	err := s.store.Update(ctx, func(tx store.Tx) error {
		g, err := find(ctx, tx, caller.App, groupID)
		if err != nil {
			return err
		}
		switch {
		case topicID != "":
			return chat.ErrTopicNotFound
		case seconds == nil:
			return chat.ErrParameter.Because("MuteTime is required")
		case len(userIDs) == 0:
			return chat.ErrParameter.Because("Members_Account is required")
		case len(userIDs) > chat.MaxMuteBatch:
			return chat.ErrTooManyAccounts
		}
		ids := unique(userIDs)
		if err := mayMute(caller.App, g, ids); err != nil {
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
	return translate(err)
}

// mayMute refuses what no mute can do.
func mayMute(app *chat.App, g *chat.Group, ids []string) error {
	if !g.Type.Rules().Muting {
		return chat.ErrNotPermitted.Because("members of this type of group cannot be muted")
	}
	for _, id := range ids {
		if id == "" {
			return chat.ErrParameter.Because("a member's account is empty")
		}
		if id == g.Owner || app.IsAdministrator(id) {
			return chat.ErrNotPermitted.Because("the owner and administrators of the app cannot be muted")
		}
	}
	return nil
}

// Mutes lists who is muted in a group. Spec: groups#6.9
func (s *Service) Mutes(ctx context.Context, caller chat.Caller, groupID, topicID string) ([]store.Mute, error) {
	var mutes []store.Mute
	err := s.store.View(ctx, func(tx store.Tx) error {
		g, err := find(ctx, tx, caller.App, groupID)
		switch {
		case err != nil:
			return err
		case topicID != "":
			return chat.ErrTopicNotFound
		case !g.Type.Rules().Muting:
			return chat.ErrNotPermitted.Because("members of this type of group cannot be muted")
		}
		mutes, err = tx.Mutes(ctx, g.Conversation)
		return err
	})
	return mutes, err
}
