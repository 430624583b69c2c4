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
	if remembered, ok := s.senders.Get(s.key()); ok && s.rememberable(remembered) {
		if s.know(remembered); s.check() == nil {
			return nil
		}
	}
	return s.admitAnew(ctx)
}

func (s *sending) admitAnew(ctx context.Context) error {
	var sender store.Sender
	err := s.store.View(ctx, func(tx store.Tx) (err error) {
		sender, err = s.find(ctx, tx)
		return err
	})
	if refusal := refusalIn(err); refusal != nil {
		s.senders.Remove(s.key())
		s.know(sender)
		return refusal
	}
	if err != nil {
		return err
	}
	s.know(sender)
	if s.rememberable(sender) {
		s.senders.Add(s.key(), sender)
	}
	return s.check()
}

// admitLate decides in the transaction of the append.
func (s *sending) admitLate(ctx context.Context, tx store.Tx, a *store.Append) error {
	ctx = context.WithoutCancel(ctx) // once it has begun, it is not broken off
	sender, err := s.find(ctx, tx)
	if err != nil {
		return err
	}
	if sender.Conversation != a.Conversation || sender.Community != a.Community {
		return store.ErrStale
	}
	s.know(sender)
	a.Revision, a.Member = sender.Revision, a.Member && sender.Role != chat.RoleNone
	return s.check()
}

// find reads what is to be known of the sender. Without a place to send to, that is
// at most the type of the group.
func (s *sending) find(ctx context.Context, tx store.Tx) (store.Sender, error) {
	app, r := s.caller.App.SDKAppID, s.request
	sender, err := tx.Sender(ctx, app, r.GroupID, s.message.Sender)
	if errors.Is(err, store.ErrNotFound) {
		return store.Sender{}, chat.ErrGroupNotFound
	}
	if err != nil || r.TopicID == "" {
		return sender, err
	}
	inTopic, err := tx.TopicSender(ctx, app, r.GroupID, r.TopicID, s.message.Sender)
	if errors.Is(err, store.ErrNotFound) {
		return store.Sender{Type: sender.Type}, chat.ErrTopicNotFound
	}
	return inTopic, err
}

// rememberable reports whether a group's revision tells of all that can happen
// to the sender. The end of an account touches the groups it is a member of and
// no others; administrators need none.
func (s *sending) rememberable(sender store.Sender) bool {
	return sender.Role != chat.RoleNone || s.caller.App.IsAdministrator(s.message.Sender)
}

// know takes what was found out about the group and the sender. Without a
// conversation there is nothing that a send could repeat.
func (s *sending) know(sender store.Sender) {
	if sender.Conversation != s.sender.Conversation {
		s.duplicateKey = 0
		if sender.Conversation != 0 {
			s.duplicateKey = s.given.DuplicateKey(sender.Conversation)
		}
	}
	s.sender = sender
	s.adapt()
}

func (s *sending) key() senderKey {
	return senderKey{app: s.caller.App.SDKAppID, groupID: s.request.GroupID, topicID: s.request.TopicID, userID: s.message.Sender}
}

// check holds the rules of type, membership and mute, in this order.
func (s *sending) check() error {
	m, sender := s.message, &s.sender
	rules := sender.Type.Rules()
	switch {
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
