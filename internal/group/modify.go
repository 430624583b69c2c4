package group

import (
	"context"
	"encoding/json"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/store"
)

// ModifyRequest is a change of what a message says.
type ModifyRequest struct {
	GroupID, TopicID string
	Seq              int64
	// Version is that of the message which the caller knows.
	Version int64
	// MsgBody and CloudCustomData stay as they are if they are nil.
	MsgBody         json.RawMessage
	CloudCustomData *string
}

// Modify changes a message and returns what it has become. If somebody else was
// faster it returns what the message is beside chat.ErrModifyConflict. The sender
// may change a message, and so may the group's owner and administrators.
func (s *Service) Modify(ctx context.Context, caller chat.Caller, r ModifyRequest) (*chat.Message, error) {
	if err := checkID(r.GroupID); err != nil {
		return nil, err
	}
	var body *chat.Body
	if len(r.MsgBody) > 0 {
		if len(r.MsgBody) > chat.MaxMessageBytes {
			return nil, chat.ErrMessageTooLong
		}
		parsed, why := chat.ParseBody(r.MsgBody)
		if why != "" {
			return nil, chat.ErrParameter.Because("%s", why)
		}
		if err := s.guard.Content(caller.App, parsed.Texts...); err != nil {
			return nil, err
		}
		body = &parsed
	}
	var m *chat.Message
	err := s.store.Update(ctx, func(tx store.Tx) error {
		p, found, err := modifiable(ctx, tx, caller, r)
		m = found
		switch {
		case err != nil:
			return err
		case m.Version != r.Version:
			return chat.ErrModifyConflict
		}
		set(&m.Body, body)
		set(&m.CloudCustomData, r.CloudCustomData)
		m.Version++
		if len(m.Body.JSON)+len(m.CloudCustomData) > chat.MaxMessageBytes {
			return chat.ErrMessageTooLong
		}
		if err := tx.ModifyMessage(ctx, p.conversation, m); err != nil {
			return err
		}
		return store.Record(ctx, tx, s.hooks, caller.App, event.GroupMessageModified{GroupMessage: event.GroupMessage{
			Caller: caller, GroupID: p.group.ID, Type: p.group.Type, TopicID: r.TopicID, Message: m,
		}})
	})
	return m, translate(err)
}

// modifiable finds a message that the caller may change.
func modifiable(ctx context.Context, tx store.Tx, caller chat.Caller, r ModifyRequest) (place, *chat.Message, error) {
	p, member, err := visit(ctx, tx, caller, r.GroupID, r.TopicID)
	if err != nil {
		return p, nil, err
	}
	found, err := tx.MessagesAt(ctx, p.conversation, []int64{r.Seq})
	if err != nil {
		return p, nil, err
	}
	m, there := found[r.Seq]
	switch {
	case !there || m.Place != chat.PlaceMessage || m.Tip != nil || !m.AddressedTo(caller.UserID):
		return p, nil, chat.ErrMessageNotFound
	case caller.Admin:
		return p, &m, nil
	case m.Sender != caller.UserID && !manages(member):
		return p, nil, chat.ErrNotPermitted.Because("only the sender and the group's administrators modify this message")
	// Who is not to speak does not speak through what he said before.
	case chat.Muted(member.MuteUntil, tx.Now()) || (p.muteAll() && !manages(member)):
		return p, nil, chat.ErrMuted
	}
	return p, &m, nil
}
