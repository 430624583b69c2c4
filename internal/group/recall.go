package group

import (
	"context"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/store"
)

// RecallRequest names messages to recall. Spec: groups#7.5
type RecallRequest struct {
	GroupID string
	TopicID string
	Seqs    []int64
	Reason  string
}

// Recall takes messages back and says for each what became of it; nil means
// recalled. Recalling twice succeeds and fires its webhook once, except in a
// group that stores no messages and so does not know of the first time.
func (s *Service) Recall(ctx context.Context, caller chat.Caller, r RecallRequest) (map[int64]*chat.Error, error) {
	if err := checkID(r.GroupID); err != nil {
		return nil, err
	}
	switch {
	case len(r.Seqs) == 0 || len(r.Seqs) > chat.MaxRecallBatch:
		return nil, chat.ErrParameter.Because("MsgSeqList has 1 to 10 entries")
	case len(r.Reason) > chat.MaxRecallReasonBytes:
		return nil, chat.ErrParameter.Because("Reason is longer than 100 bytes")
	}
	var results map[int64]*chat.Error
	err := s.store.Update(ctx, func(tx store.Tx) error {
		g, err := find(ctx, tx, caller.App, r.GroupID)
		if err != nil {
			return err
		}
		if r.TopicID != "" {
			return chat.ErrTopicNotFound
		}
		var fresh []int64
		results, fresh, err = recallable(ctx, tx, g, r.Seqs)
		if err != nil || len(fresh) == 0 {
			return err
		}
		if err := tx.RecallMessages(ctx, g.Conversation, fresh); err != nil {
			return err
		}
		return tx.AddEvents(ctx, s.hooks.Record(caller.App, event.GroupMessagesRecalled{
			Caller: caller, GroupID: g.ID, Type: g.Type, Operator: caller.UserID, Seqs: fresh, At: tx.Now(),
		}))
	})
	return results, translate(err)
}

// recallable sorts out which messages are there; fresh are those not recalled
// before.
func recallable(ctx context.Context, tx store.Tx, g *chat.Group, seqs []int64) (map[int64]*chat.Error, []int64, error) {
	found, err := tx.MessagesAt(ctx, g.Conversation, seqs)
	if err != nil {
		return nil, nil, err
	}
	results := make(map[int64]*chat.Error, len(seqs))
	var fresh []int64
	for _, seq := range seqs {
		if _, seen := results[seq]; seen {
			continue
		}
		m, stored := found[seq]
		// Messages of an AVChatRoom are numbered but not stored.
		there := stored || (!g.Type.Rules().History && seq > 0 && seq < g.NextMsgSeq)
		if !there {
			results[seq] = chat.ErrMessageNotFound
			continue
		}
		results[seq] = nil
		if m.Place != chat.PlaceRecalled {
			fresh = append(fresh, seq)
		}
	}
	return results, fresh, nil
}
