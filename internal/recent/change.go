package recent

import (
	"context"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/store"
)

// Delete takes conversations out of the caller's list until something new is said
// in them, and hides what was said so far if cleared is set.
func (s *Service) Delete(ctx context.Context, caller chat.Caller, refs []event.ContactRef, cleared bool) ([]*chat.Error, error) {
	return each(ctx, s, refs, func(tx store.Tx, ref *event.ContactRef) error {
		err := leave(ctx, tx, caller, *ref, func(c *store.Contact) {
			c.HiddenSeq, c.PinTime = c.NextSeq-1, time.Time{}
			if cleared {
				c.ClearedSeq = c.NextSeq - 1
			}
		})
		if err == nil {
			tx.Announce(event.ContactsDeleted{Personal: event.PersonalOf(caller), Contacts: []event.ContactRef{*ref}})
		}
		return err
	})
}

// Clear hides what was said so far in a conversation.
func (s *Service) Clear(ctx context.Context, caller chat.Caller, ref event.ContactRef) error {
	err := s.store.Update(ctx, func(tx store.Tx) error {
		return leave(ctx, tx, caller, ref, func(c *store.Contact) { c.ClearedSeq = c.NextSeq - 1 })
	})
	return translate(err)
}

// leave changes contacts so that nothing in them is unread any more.
func leave(ctx context.Context, tx store.Tx, caller chat.Caller, ref event.ContactRef, change func(*store.Contact)) error {
	list, err := contacts(ctx, tx, caller, ref)
	if err != nil {
		return err
	}
	for i := range list {
		c := &list[i]
		change(c)
		if c.Kind == chat.KindGroup {
			if _, err := tx.SetReadSeq(ctx, c.Conversation, caller.UserID, c.NextSeq-1); err != nil {
				return err
			}
		}
		c.ReadSeq = c.NextSeq - 1
		if err := tx.PutContact(ctx, caller.App.SDKAppID, caller.UserID, c); err != nil {
			return err
		}
	}
	return nil
}

// Pin puts conversations at the top of the caller's list, or takes them from there.
func (s *Service) Pin(ctx context.Context, caller chat.Caller, refs []event.ContactRef, pinned bool) error {
	if len(refs) == 0 || len(refs) > chat.MaxContactBatch {
		return chat.ErrRecentParameter.Because("RecentContactItem has 1 to %d entries", chat.MaxContactBatch)
	}
	err := s.store.Update(ctx, func(tx store.Tx) error {
		app := caller.App.SDKAppID
		for _, ref := range refs {
			list, err := contacts(ctx, tx, caller, ref)
			if err != nil {
				return err
			}
			c := main(list)
			if c.PinTime = (time.Time{}); pinned {
				c.PinTime = tx.Now()
			}
			if err := tx.PutContact(ctx, app, caller.UserID, c); err != nil {
				return err
			}
		}
		n, err := tx.CountPinned(ctx, app, caller.UserID)
		if err != nil {
			return err
		}
		if pinned && n > chat.MaxPinned {
			return chat.ErrTooManyPinned
		}
		tx.Announce(event.ContactsPinned{Personal: event.PersonalOf(caller), Contacts: refs, Pinned: pinned})
		return nil
	})
	return translate(err)
}

// MarkRequest says what becomes of the marks of a conversation.
type MarkRequest struct {
	Contact event.ContactRef
	// Set and Clear are numbers of bits, from 0 to 63.
	Set, Clear []int
	// Custom replaces the conversation's own data; nil keeps it.
	Custom *string
}

// Mark changes marks of conversations and returns what became of each.
func (s *Service) Mark(ctx context.Context, caller chat.Caller, marks []MarkRequest) ([]*chat.Error, error) {
	return each(ctx, s, marks, func(tx store.Tx, m *MarkRequest) error { return mark(ctx, tx, caller, m) })
}

func mark(ctx context.Context, tx store.Tx, caller chat.Caller, m *MarkRequest) error {
	set, setOK := bits(m.Set)
	cleared, clearedOK := bits(m.Clear)
	switch {
	case !setOK || !clearedOK:
		return chat.ErrRecentParameter.Because("a mark is none of 0 to 63")
	case m.Custom != nil && len(*m.Custom) > chat.MaxCustomMarkBytes:
		return chat.ErrRecentParameter.Because("CustomMark is longer than %d bytes", chat.MaxCustomMarkBytes)
	}
	list, err := contacts(ctx, tx, caller, m.Contact)
	if err != nil {
		return err
	}
	c := main(list)
	if err := room(ctx, tx, caller, c); err != nil {
		return err
	}
	c.StandardMark = c.StandardMark&^cleared | set
	if m.Custom != nil {
		c.CustomMark = *m.Custom
	}
	if err := tx.PutContact(ctx, caller.App.SDKAppID, caller.UserID, c); err != nil {
		return err
	}
	tx.Announce(event.ContactMarked{
		Personal: event.PersonalOf(caller), Contact: m.Contact, StandardMark: c.StandardMark, CustomMark: c.CustomMark,
		Standard: set|cleared != 0, Custom: m.Custom != nil,
	})
	return nil
}

// bits turns numbers of bits into the bits.
func bits(numbers []int) (mask uint64, ok bool) {
	for _, n := range numbers {
		if n < 0 || n > 63 {
			return 0, false
		}
		mask |= 1 << n
	}
	return mask, true
}

// room refuses if marks on one more contact would be too many.
func room(ctx context.Context, tx store.Tx, caller chat.Caller, c *store.Contact) error {
	if c.StandardMark != 0 || c.CustomMark != "" || len(c.Groups) > 0 {
		return nil
	}
	marked, err := tx.ListMarked(ctx, caller.App.SDKAppID, caller.UserID, chat.MaxMarked)
	if err == nil && len(marked) >= chat.MaxMarked {
		return chat.ErrTooManyMarked
	}
	return err
}
