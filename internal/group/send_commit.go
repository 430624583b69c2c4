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

// maxAttempts bounds how often a send starts anew because the group changed
// under it.
const maxAttempts = 8

// commit numbers and stores the message with its webhook. If the group changed
// since the sender's rights were read, they are read again.
func (s *sending) commit(ctx context.Context, o outcome) (Sent, error) {
	sent, err := s.append(ctx, o)
	if !outdated(err) {
		return sent, err
	}
	gate := s.gates.of(s.caller.App.SDKAppID, s.request.GroupID)
	gate.RLock()
	defer gate.RUnlock()
	for range maxAttempts {
		if err := s.admitAnew(ctx); err != nil {
			return Sent{}, err
		}
		if sent, err = s.append(ctx, o); !outdated(err) {
			return sent, err
		}
	}
	return Sent{}, chat.ErrInternal.Because("the group changes too fast").Wrap(err)
}

// outdated reports whether an append failed because the group is not any more as
// it was when it was read.
func outdated(err error) bool {
	return errors.Is(err, store.ErrStale) || errors.Is(err, store.ErrNotFound)
}

func (s *sending) append(ctx context.Context, o outcome) (Sent, error) {
	a := store.Append{
		App:          s.caller.App.SDKAppID,
		Conversation: s.sender.Conversation,
		Revision:     s.sender.Revision,
		Sequence:     store.Online,
		Message:      s.message,
		DuplicateKey: s.duplicateKey,
		Events:       noEvents,
	}
	if o == delivered {
		a.Sequence, a.Member, a.Events = s.sequence(), s.sender.Role != chat.RoleNone, s.sentEvents
	}
	appended, err := s.store.Append(ctx, &a)
	return Sent{Seq: appended.Seq, Time: appended.Time}, err
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

func (s *sending) sentEvents() []event.Outgoing {
	if s.request.SkipAfter {
		return nil
	}
	return s.hooks.Record(s.caller.App, event.GroupMessageSent{GroupMessage: s.event()})
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
		g, err := tx.Group(ctx, s.caller.App.SDKAppID, s.request.GroupID)
		if err != nil {
			return err
		}
		if g.Conversation != s.sender.Conversation {
			return store.ErrNotFound
		}
		first, err = tx.Sent(ctx, s.duplicateKey)
		return err
	})
	return Sent{Seq: first.Seq, Time: first.Time}, err == nil
}
