package official

import (
	"context"
	"errors"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/store"
)

// Recall takes broadcasts back and says for each what became of it; nil means
// recalled. Spec: official#4.11
func (s *Service) Recall(ctx context.Context, caller chat.Caller, id string, keys []string, reason string) (map[string]*chat.Error, error) {
	switch {
	case id == "":
		return nil, errNoID
	case len(keys) == 0 || len(keys) > chat.MaxRecallBatch:
		return nil, chat.ErrOfficialParameter.Because("MsgKeyList has 1 to 10 entries")
	case len(reason) > chat.MaxRecallReasonBytes:
		return nil, chat.ErrOfficialParameter.Because("Reason is longer than 100 bytes")
	}
	var results map[string]*chat.Error
	err := s.store.Update(ctx, func(tx store.Tx) error {
		o, err := find(ctx, tx, caller.App, id)
		if err != nil {
			return err
		}
		var fresh []chat.Message
		results, fresh, err = recallable(ctx, tx, o, keys)
		if err != nil || len(fresh) == 0 {
			return err
		}
		return s.recall(ctx, tx, caller, o, fresh, reason)
	})
	return results, internal(err)
}

// recall takes messages back.
func (s *Service) recall(ctx context.Context, tx store.Tx, caller chat.Caller, o *chat.OfficialAccount, messages []chat.Message, reason string) error {
	how := chat.Recall{Revoker: caller.UserID, Reason: reason, Time: tx.Now()}
	seqs, keys := make([]int64, 0, len(messages)), make([]string, 0, len(messages))
	for i := range messages {
		m := &messages[i]
		m.Place, m.Recall = chat.PlaceRecalled, &how
		seqs, keys = append(seqs, m.Seq), append(keys, chat.MsgKey(m.Seq, m.Time))
	}
	if err := tx.RecallMessages(ctx, o.Conversation, seqs, how); err != nil {
		return err
	}
	return store.Record(ctx, tx, s.hooks, caller.App, event.OfficialMessagesRecalled{
		Caller: caller, OfficialID: o.ID, MsgKeys: keys, Messages: messages, At: tx.Now(),
	})
}

// RecallOwn takes back a broadcast that its owner sent with a client, by the key
// that the client knows, within chat.PairRecallWindow.
func (s *Service) RecallOwn(ctx context.Context, caller chat.Caller, id string, key chat.PairKey) error {
	err := s.store.Update(ctx, func(tx store.Tx) error {
		o, err := find(ctx, tx, caller.App, id)
		switch {
		case err != nil:
			return err
		case o.Owner != caller.UserID:
			return chat.ErrNotSender
		}
		m, err := store.FindPairMessage(ctx, tx, o.Conversation, key)
		switch {
		case errors.Is(err, store.ErrNotFound):
			return chat.ErrPairMessageUnknown
		case err != nil:
			return err
		case m.Place == chat.PlaceRecalled:
			return chat.ErrAlreadyRecalled
		case tx.Now().Sub(m.Time) > chat.PairRecallWindow:
			return chat.ErrRecallTooLate
		}
		return s.recall(ctx, tx, caller, o, []chat.Message{*m}, "")
	})
	return internal(err)
}

// Owns reports whether the caller owns an official account, which need not exist.
func (s *Service) Owns(ctx context.Context, caller chat.Caller, id string) (bool, error) {
	owns := false
	err := s.store.View(ctx, func(tx store.Tx) error {
		o, err := tx.Official(ctx, caller.App.SDKAppID, id)
		owns = err == nil && o.Owner == caller.UserID
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		return err
	})
	return owns, internal(err)
}

// recallable sorts out which broadcasts are there; fresh are those not recalled
// before.
func recallable(ctx context.Context, tx store.Tx, o *chat.OfficialAccount, keys []string) (results map[string]*chat.Error, fresh []chat.Message, err error) {
	results = make(map[string]*chat.Error, len(keys))
	var wanted []int64
	for _, key := range keys {
		if seq, _, err := chat.ParseMsgKey(key); err == nil {
			wanted = append(wanted, seq)
		}
	}
	found, err := tx.MessagesAt(ctx, o.Conversation, wanted)
	if err != nil {
		return nil, nil, err
	}
	for _, key := range keys {
		if _, seen := results[key]; seen {
			continue
		}
		seq, _, err := chat.ParseMsgKey(key)
		m, stored := found[seq]
		switch {
		case err != nil:
			results[key] = chat.ErrMsgKey
		case !stored || chat.MsgKey(m.Seq, m.Time) != key:
			results[key] = chat.ErrMessageNotFound
		default:
			results[key] = nil
			if m.Place != chat.PlaceRecalled {
				fresh = append(fresh, m)
			}
		}
	}
	return results, fresh, nil
}
