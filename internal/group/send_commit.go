package group

import (
	"context"
	"errors"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/store"
)

// outcome is what is to become of a message that was admitted.
type outcome bool

const (
	delivered outcome = true
	// discarded messages are numbered only, so that the sender gets what he would
	// have got for any other, also when he repeats himself. The number is one of
	// those for messages that are not stored: it leaves no gap in the history.
	discarded outcome = false
)

// maxAttempts bounds how often a send starts anew because the group's ID came to
// name another group under it.
const maxAttempts = 8

// commit numbers and stores the message with its webhook. If the group changed
// since the sender's rights were read, they are read again in the transaction that
// stores: whoever changes the group without a pause, on whichever node, holds up no
// send.
func (s *sending) commit(ctx context.Context, o outcome) (Sent, error) {
	sent, err := s.append(ctx, o, nil)
	for range maxAttempts {
		if !outdated(err) {
			return sent, err
		}
		if err := s.admitAnew(ctx); err != nil {
			return Sent{}, err
		}
		sent, err = s.append(ctx, o, s.admitLate)
	}
	return Sent{}, chat.ErrInternal.Because("the group changes too fast").Wrap(err)
}

// outdated reports whether an append failed because the group is not any more as
// it was when it was read.
func outdated(err error) bool {
	return errors.Is(err, store.ErrStale) || errors.Is(err, store.ErrNotFound)
}

func (s *sending) append(ctx context.Context, o outcome, admit func(context.Context, store.Tx, *store.Append) error) (Sent, error) {
	a := store.Append{
		App:          s.caller.App.SDKAppID,
		Conversation: s.sender.Conversation,
		Community:    s.sender.Community,
		Revision:     s.sender.Revision,
		Sequence:     store.Online,
		Message:      s.message,
		DuplicateKey: s.duplicateKey,
		Events:       noEvents,
	}
	if o == delivered {
		if err := s.deliver(ctx, &a); err != nil {
			return Sent{}, err
		}
	}
	if admit != nil {
		a.Admit = func(tx store.Tx) error { return admit(ctx, tx, &a) }
	}
	appended, err := s.store.Append(ctx, &a)
	if err == nil && o == delivered && !appended.Duplicate {
		s.delivered(ctx)
	}
	return Sent{Seq: appended.Seq, Time: appended.Time}, err
}

// deliver completes an append for a message that others are to get.
func (s *sending) deliver(ctx context.Context, a *store.Append) error {
	a.Sequence, a.Member = s.sequence(), s.sender.Role != chat.RoleNone
	var sent event.Event = event.GroupMessageSent{GroupMessage: s.event()}
	a.Announce = func() []event.Event { return []event.Event{sent} }
	unread := 0
	if s.message.NeedReadReceipt {
		var err error
		if unread, err = s.audience(ctx); err != nil {
			return err
		}
	}
	a.Events = func() []event.Outgoing {
		var rows []event.Outgoing
		if !s.request.SkipAfter {
			rows = s.hooks.Record(s.caller.App, sent)
		}
		if s.message.NeedReadReceipt {
			rows = append(rows, s.hooks.Record(s.caller.App, s.unread(unread))...)
		}
		return rows
	}
	return nil
}

// delivered does what is left to do when a message has been stored. It cannot
// fail any more.
func (s *sending) delivered(ctx context.Context) {
	if s.sequence() == store.Numbered {
		s.said.add(s.sender.Conversation, s.message)
	}
	if len(s.message.Mentions) > 0 && s.sequence() == store.Stored {
		s.mention(ctx)
	}
}

func (s *sending) sequence() store.Sequence {
	switch {
	case !s.sender.Type.Rules().History:
		return store.Numbered
	case s.message.OnlineOnly:
		return store.Online
	}
	return store.Stored
}

func noEvents() []event.Outgoing { return nil }

func (s *sending) event() event.GroupMessage {
	return event.GroupMessage{
		Caller: s.caller, GroupID: s.request.GroupID, Type: s.sender.Type, TopicID: s.request.TopicID, Message: s.message,
	}
}

// earlier finds an equal send of the last minutes, whose sender perhaps never
// got his answer: it is answered as the first one was, whatever has changed
// since. Only what was said in a group that is gone is forgotten with it.
func (s *sending) earlier(ctx context.Context) (Sent, bool) {
	if s.duplicateKey == 0 {
		return Sent{}, false
	}
	var first store.Appended
	err := s.store.View(ctx, func(tx store.Tx) error {
		p, err := findPlace(ctx, tx, s.caller.App, s.request.GroupID, s.request.TopicID)
		if err != nil {
			return err
		}
		if p.conversation != s.sender.Conversation {
			return store.ErrNotFound
		}
		first, err = tx.Sent(ctx, s.duplicateKey)
		return err
	})
	return Sent{Seq: first.Seq, Time: first.Time}, err == nil
}
