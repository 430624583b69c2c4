package group

import (
	"context"
	"errors"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/store"
)

// admit decides whether the sender may send into the group. What is remembered
// of an earlier send may let him pass, since storing compares the group's
// revision; he is turned away only by what has just been read.
func (s *sending) admit(ctx context.Context) error {
	if remembered, ok := s.senders.Get(s.key()); ok {
		if s.remember(remembered); s.check() == nil {
			s.adapt()
			return nil
		}
	}
	return s.admitAnew(ctx)
}

func (s *sending) admitAnew(ctx context.Context) error {
	app := s.caller.App
	var sender store.Sender
	err := s.store.View(ctx, func(tx store.Tx) (err error) {
		sender, err = tx.Sender(ctx, app.SDKAppID, s.request.GroupID, s.message.Sender)
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		s.senders.Remove(s.key())
		return chat.ErrGroupNotFound
	}
	if err != nil {
		return err
	}
	s.remember(sender)
	// An account's end touches the groups it is a member of and no others.
	if sender.Role != chat.RoleNone || app.IsAdministrator(s.message.Sender) {
		s.senders.Add(s.key(), sender)
	}
	if err := s.check(); err != nil {
		return err
	}
	s.adapt()
	return nil
}

// remember takes what is known of the sender, and with the first conversation
// that is known fixes by what a repeated send is recognised.
func (s *sending) remember(sender store.Sender) {
	s.sender = sender
	if s.duplicateKey == 0 {
		s.duplicateKey = s.message.DuplicateKey(sender.Conversation)
	}
}

func (s *sending) key() senderKey {
	return senderKey{app: s.caller.App.SDKAppID, groupID: s.request.GroupID, userID: s.message.Sender}
}

// check holds the rules of type, membership and mute, in this order.
func (s *sending) check() error {
	m, sender := s.message, &s.sender
	rules := sender.Type.Rules()
	switch {
	case s.request.TopicID != "":
		return chat.ErrTopicNotFound
	case len(m.Receivers) > 0 && !rules.Directed:
		return chat.ErrNotPermitted.Because("this type of group has no To_Account")
	case m.NeedReadReceipt && !rules.Receipts:
		return chat.ErrNotPermitted.Because("this type of group has no read receipts")
	case m.NeedReadReceipt && sender.MemberNum > chat.MaxReceiptGroupMembers:
		return chat.ErrReceiptGroupSize
	}
	admin := s.caller.App.IsAdministrator(m.Sender)
	if !sender.Imported && !admin {
		return chat.ErrUserNotFound.Because("From_Account")
	}
	if !s.caller.Admin && !admin && sender.Role == chat.RoleNone {
		return chat.ErrNotPermitted.Because("the sender is no member of the group")
	}
	if admin {
		return nil
	}
	if chat.Muted(sender.MuteUntil, s.clock()) {
		return chat.ErrMuted
	}
	if sender.MuteAll && sender.Role != chat.RoleOwner && sender.Role != chat.RoleAdmin {
		return chat.ErrMuted.Because("the whole group is muted")
	}
	return nil
}

// adapt drops the flags that have no meaning for the type of group.
func (s *sending) adapt() {
	if s.sender.Type.Is(chat.AVChatRoom) {
		s.message.OnlineOnly, s.message.NoUnread, s.message.NoLastMsg = false, false, false
	}
}
