package group

import (
	"context"
	"slices"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/store"
)

// Pin pins a message for all members. The group's owner and administrators may, and
// in a Private group every member. Pinning twice succeeds and tells nobody.
func (s *Service) Pin(ctx context.Context, caller chat.Caller, groupID, topicID string, seq int64) error {
	return s.changePins(ctx, caller, groupID, topicID, func(tx store.Tx, p place) error {
		pins, err := tx.Pins(ctx, p.conversation)
		if err != nil || slices.ContainsFunc(pins, func(pin chat.Pin) bool { return pin.Seq == seq }) {
			return err
		}
		if len(pins) >= chat.MaxPins {
			return chat.ErrTooManyPins
		}
		m, err := p.pinnable(ctx, tx, seq)
		if err != nil {
			return err
		}
		if err := tx.AddPin(ctx, p.conversation, chat.Pin{Seq: seq, UserID: caller.UserID, Time: tx.Now()}); err != nil {
			return err
		}
		return s.tellPinned(ctx, tx, caller, p, topicID, m, true)
	})
}

// Unpin ends a pin. Unpinning what is not pinned succeeds and tells nobody.
func (s *Service) Unpin(ctx context.Context, caller chat.Caller, groupID, topicID string, seq int64) error {
	return s.changePins(ctx, caller, groupID, topicID, func(tx store.Tx, p place) error {
		removed, err := tx.RemovePin(ctx, p.conversation, seq)
		if err != nil || !removed {
			return err
		}
		found, err := tx.MessagesAt(ctx, p.conversation, []int64{seq})
		m, there := found[seq]
		if err != nil || !there {
			return err
		}
		return s.tellPinned(ctx, tx, caller, p, topicID, &m, false)
	})
}

func (s *Service) changePins(ctx context.Context, caller chat.Caller, groupID, topicID string, fn func(store.Tx, place) error) error {
	if err := checkID(groupID); err != nil {
		return err
	}
	err := s.store.Update(ctx, func(tx store.Tx) error {
		p, member, err := visit(ctx, tx, caller, groupID, topicID)
		switch {
		case err != nil:
			return err
		case !p.group.Type.Rules().History:
			return chat.ErrNoHistory
		case !caller.Admin && !manages(member) && !p.group.Type.Is(chat.Private):
			return chat.ErrNotPermitted.Because("the group's owner and administrators pin messages")
		}
		return fn(tx, p)
	})
	return translate(err)
}

// pinnable finds a message that all members may see.
func (p place) pinnable(ctx context.Context, tx store.Tx, seq int64) (*chat.Message, error) {
	found, err := tx.MessagesAt(ctx, p.conversation, []int64{seq})
	m, there := found[seq]
	switch {
	case err != nil:
		return nil, err
	case !there || m.Place != chat.PlaceMessage || m.Tip != nil:
		return nil, chat.ErrMessageNotFound
	case len(m.Receivers) > 0:
		return nil, chat.ErrNotPermitted.Because("this message is not for all members")
	}
	return &m, nil
}

func (s *Service) tellPinned(ctx context.Context, tx store.Tx, caller chat.Caller, p place, topicID string, m *chat.Message, pinned bool) error {
	return store.Record(ctx, tx, s.hooks, caller.App, event.GroupMessagePinned{
		GroupMessage: event.GroupMessage{Caller: caller, GroupID: p.group.ID, Type: p.group.Type, TopicID: topicID, Message: m},
		Pinned:       pinned, LastSeq: p.nextSeq - 1, At: tx.Now(),
	})
}

// Pins returns the pinned messages of a group to a member, first pinned first.
func (s *Service) Pins(ctx context.Context, caller chat.Caller, groupID, topicID string) ([]chat.Pin, error) {
	if err := checkID(groupID); err != nil {
		return nil, err
	}
	var pins []chat.Pin
	err := s.store.View(ctx, func(tx store.Tx) error {
		p, _, err := visit(ctx, tx, caller, groupID, topicID)
		if err != nil {
			return err
		}
		pins, err = tx.Pins(ctx, p.conversation)
		return err
	})
	return pins, translate(err)
}
