package group

import (
	"context"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/store"
)

// maxHide bounds how many messages one request hides.
const maxHide = 100

// Hide deletes messages for the caller alone. Numbers that no message has are left
// out, so that nobody fills the database with them.
func (s *Service) Hide(ctx context.Context, caller chat.Caller, groupID, topicID string, seqs []int64) error {
	if err := checkID(groupID); err != nil {
		return err
	}
	if len(seqs) == 0 || len(seqs) > maxHide {
		return chat.ErrParameter.Because("Seqs has 1 to %d entries", maxHide)
	}
	err := s.store.Update(ctx, func(tx store.Tx) error {
		p, _, err := visit(ctx, tx, caller, groupID, topicID)
		if err != nil {
			return err
		}
		found, err := tx.MessagesAt(ctx, p.conversation, seqs)
		if err != nil {
			return err
		}
		there := make([]int64, 0, len(found))
		for seq := range found {
			there = append(there, seq)
		}
		return tx.HideMessages(ctx, caller.App.SDKAppID, p.conversation, caller.UserID, there)
	})
	return translate(err)
}
