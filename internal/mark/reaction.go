package mark

import (
	"context"
	"errors"
	"slices"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/store"
)

// AddReaction lets the caller react to a message.
func (s *Service) AddReaction(ctx context.Context, caller chat.Caller, t Target, reaction string) error {
	if reaction == "" || len(reaction) > chat.MaxReactionBytes {
		return chat.ErrParameter.Because("Reaction is 1 to %d bytes long", chat.MaxReactionBytes)
	}
	return s.changeReaction(ctx, caller, t, reaction, func(tx store.Tx, m *marked, all []chat.Reaction, i int) error {
		switch {
		case i < 0 && len(all) >= chat.MaxReactions:
			return chat.ErrTooManyReactions
		case i >= 0 && slices.Contains(all[i].Users, caller.UserID):
			return chat.ErrReactedAlready
		case i >= 0 && len(all[i].Users) >= chat.MaxReactionUsers:
			return chat.ErrReactionFull
		}
		return tx.AddReaction(ctx, caller.App.SDKAppID, m.at, reaction, caller.UserID)
	})
}

// RemoveReaction takes back how the caller reacted.
func (s *Service) RemoveReaction(ctx context.Context, caller chat.Caller, t Target, reaction string) error {
	return s.changeReaction(ctx, caller, t, reaction, func(tx store.Tx, m *marked, all []chat.Reaction, i int) error {
		switch {
		case i < 0:
			return chat.ErrReactionNotFound
		case !slices.Contains(all[i].Users, caller.UserID):
			return chat.ErrNotReacted
		}
		return tx.RemoveReaction(ctx, m.at, reaction, caller.UserID)
	})
}

// changeReaction lets fn change a reaction, which is at i of all that the message
// has, or nowhere if i is negative, and tells what it has become.
func (s *Service) changeReaction(ctx context.Context, caller chat.Caller, t Target, reaction string, fn func(tx store.Tx, m *marked, all []chat.Reaction, i int) error) error {
	return s.change(ctx, caller, t, func(tx store.Tx, m *marked) error {
		before, i, err := reactionOf(ctx, tx, m, reaction)
		if err != nil {
			return err
		}
		if err := fn(tx, m, before, i); err != nil {
			return err
		}
		after, i, err := reactionOf(ctx, tx, m, reaction)
		if err != nil {
			return err
		}
		change := event.ReactionChange{UserID: caller.UserID, Reaction: chat.Reaction{ID: reaction}}
		if i >= 0 {
			change.Reaction = after[i]
			change.Added = slices.Contains(after[i].Users, caller.UserID)
		}
		if m.group != nil {
			return store.Record(ctx, tx, s.hooks, caller.App, event.GroupReactionChanged{GroupMessage: m.inGroup(), ReactionChange: change})
		}
		return store.Record(ctx, tx, s.hooks, caller.App, event.PairReactionChanged{PairMessage: m.inPair(), ReactionChange: change})
	})
}

// reactionOf reads all reactions to a message, and where among them one is.
func reactionOf(ctx context.Context, tx store.Tx, m *marked, reaction string) (all []chat.Reaction, i int, err error) {
	found, err := tx.Reactions(ctx, m.at.Conversation, []int64{m.at.Seq})
	all = found[m.at.Seq]
	return all, slices.IndexFunc(all, func(r chat.Reaction) bool { return r.ID == reaction }), err
}

// Reactions returns the reactions to messages, in the order asked; none of those
// that are not there.
func (s *Service) Reactions(ctx context.Context, caller chat.Caller, targets []Target) ([][]chat.Reaction, error) {
	if len(targets) > chat.MaxReactionBatch {
		return nil, chat.ErrParameter.Because("at most %d messages are asked about at once", chat.MaxReactionBatch)
	}
	reactions := make([][]chat.Reaction, len(targets))
	err := s.store.View(ctx, func(tx store.Tx) error {
		for i, t := range targets {
			m, err := find(ctx, tx, caller, t)
			if errors.Is(err, chat.ErrMarkedNotFound) {
				continue
			}
			if err != nil {
				return err
			}
			found, err := tx.Reactions(ctx, m.at.Conversation, []int64{m.at.Seq})
			if err != nil {
				return err
			}
			reactions[i] = found[m.at.Seq]
		}
		return nil
	})
	return reactions, translate(err)
}

// ReactionUsers returns who reacted in one way, first one first.
func (s *Service) ReactionUsers(ctx context.Context, caller chat.Caller, t Target, reaction string) ([]string, error) {
	var users []string
	err := s.read(ctx, caller, t, func(tx store.Tx, m *marked) error {
		all, i, err := reactionOf(ctx, tx, m, reaction)
		if i >= 0 {
			users = all[i].Users
		}
		return err
	})
	return users, err
}
