package official

import (
	"context"

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
		var fresh []string
		var seqs []int64
		results, fresh, seqs, err = recallable(ctx, tx, o, keys)
		if err != nil || len(fresh) == 0 {
			return err
		}
		if err := tx.RecallMessages(ctx, o.Conversation, seqs); err != nil {
			return err
		}
		return tx.AddEvents(ctx, s.hooks.Record(caller.App, event.OfficialMessagesRecalled{
			Caller: caller, OfficialID: id, MsgKeys: fresh, At: tx.Now(),
		}))
	})
	return results, internal(err)
}

// recallable sorts out which broadcasts are there; fresh are those not recalled
// before, with their numbers.
func recallable(ctx context.Context, tx store.Tx, o *chat.OfficialAccount, keys []string) (results map[string]*chat.Error, fresh []string, seqs []int64, err error) {
	results = make(map[string]*chat.Error, len(keys))
	var wanted []int64
	for _, key := range keys {
		if seq, _, err := chat.ParseMsgKey(key); err == nil {
			wanted = append(wanted, seq)
		}
	}
	found, err := tx.MessagesAt(ctx, o.Conversation, wanted)
	if err != nil {
		return nil, nil, nil, err
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
				fresh, seqs = append(fresh, key), append(seqs, seq)
			}
		}
	}
	return results, fresh, seqs, nil
}
