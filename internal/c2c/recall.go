package c2c

import (
	"context"
	"encoding/json"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/store"
)

// Recall takes back a message that the caller sent to a peer, within
// chat.PairRecallWindow.
func (s *Service) Recall(ctx context.Context, caller chat.Caller, from, to string, key chat.PairKey) error {
	if from != caller.UserID {
		return chat.ErrNotSender
	}
	err := s.store.Update(ctx, func(tx store.Tx) error {
		c, err := pair(ctx, tx, caller, to)
		if err != nil {
			return err
		}
		m, err := message(ctx, tx, c, key)
		switch {
		case err != nil:
			return err
		case m.Sender != caller.UserID:
			return chat.ErrNotSender
		case m.Place == chat.PlaceRecalled:
			return chat.ErrAlreadyRecalled
		case tx.Now().Sub(m.Time) > chat.PairRecallWindow:
			return chat.ErrRecallTooLate
		}
		m.Place, m.Recall = chat.PlaceRecalled, &chat.Recall{Revoker: caller.UserID, Time: tx.Now()}
		if err := tx.RecallMessages(ctx, c.Conversation, []int64{m.Seq}, *m.Recall); err != nil {
			return err
		}
		n, err := unread(ctx, tx, caller.App, to, afterRecall)
		if err != nil {
			return err
		}
		return store.Record(ctx, tx, s.hooks, caller.App, event.PairMessageRecalled{
			PairMessage: event.PairMessage{Caller: caller, To: to, Message: m}, Unread: n, At: tx.Now(),
		})
	})
	return translate(err)
}

// ModifyRequest says what becomes of a message.
type ModifyRequest struct {
	From, To string
	Key      chat.PairKey
	// Version is the one that the caller has.
	Version int64
	// MsgBody and CloudCustomData replace what the message says; nil keeps it.
	MsgBody         json.RawMessage
	CloudCustomData *string
}

// Modify changes a message of the caller and a peer, whoever of the two sent it.
// What the message is now is returned; beside ErrModifyConflict, if it is not any
// more what the caller has.
func (s *Service) Modify(ctx context.Context, caller chat.Caller, r ModifyRequest) (*chat.Message, error) {
	peer := r.To
	if r.From != caller.UserID {
		peer = r.From
	}
	var body chat.Body
	if len(r.MsgBody) > 0 {
		parsed, why := chat.ParseBody(r.MsgBody)
		if why != "" {
			return nil, chat.ErrPairRequest.Because("%s", why)
		}
		body = parsed
	}
	if err := s.guard.Content(caller.App, body.Texts...); err != nil {
		return nil, err
	}
	var m *chat.Message
	err := s.store.Update(ctx, func(tx store.Tx) error {
		c, err := pair(ctx, tx, caller, peer)
		if err != nil {
			return err
		}
		if m, err = message(ctx, tx, c, r.Key); err != nil {
			return err
		}
		switch {
		case m.Place == chat.PlaceRecalled:
			return chat.ErrAlreadyRecalled
		case m.Version != r.Version:
			return chat.ErrModifyConflict
		}
		m.Version++
		if body.JSON != nil {
			m.Body = body
		}
		if r.CloudCustomData != nil {
			m.CloudCustomData = *r.CloudCustomData
		}
		if len(m.Body.JSON)+len(m.CloudCustomData) > chat.MaxMessageBytes {
			return chat.ErrMessageTooLong
		}
		if err := tx.ModifyMessage(ctx, c.Conversation, m); err != nil {
			return err
		}
		to := caller.UserID
		if m.Sender == caller.UserID {
			to = peer
		}
		return store.Record(ctx, tx, s.hooks, caller.App, event.PairMessageModified{
			PairMessage: event.PairMessage{Caller: caller, To: to, Message: m},
		})
	})
	return m, translate(err)
}

// Hide hides messages of the caller and a peer from the caller. Keys that name no
// message are passed over.
func (s *Service) Hide(ctx context.Context, caller chat.Caller, peer string, keys []string) error {
	if len(keys) == 0 || len(keys) > chat.MaxPairKeys {
		return chat.ErrPairRequest.Because("MsgKeyList has 1 to %d entries", chat.MaxPairKeys)
	}
	wanted := make([]chat.PairKey, 0, len(keys))
	for _, text := range keys {
		key, err := chat.ParsePairKey(text)
		if err != nil {
			return err
		}
		wanted = append(wanted, key)
	}
	err := s.store.Update(ctx, func(tx store.Tx) error {
		threads, err := store.Threads(ctx, tx, caller.App.SDKAppID, caller.UserID, peer)
		if err != nil {
			return err
		}
		for i := range threads {
			var seqs []int64
			for _, key := range wanted {
				if m, err := message(ctx, tx, &threads[i], key); err == nil {
					seqs = append(seqs, m.Seq)
				}
			}
			if err := tx.HideMessages(ctx, caller.App.SDKAppID, threads[i].Conversation, caller.UserID, seqs); err != nil {
				return err
			}
		}
		return nil
	})
	return translate(err)
}
