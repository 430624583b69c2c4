package store

import (
	"context"

	"github.com/parley-im/parley/internal/chat"
)

// Receipts keeps what each user has read of a conversation, and what he has hidden
// from himself.
type Receipts interface {
	// SetReadSeq raises a member's read position, and says whether it was lower
	// before. The revision stays as it is.
	SetReadSeq(ctx context.Context, conversation int64, userID string, seq int64) (raised bool, err error)
	// AddReceipts stores that a user has acknowledged messages, and returns those
	// he had not acknowledged before.
	AddReceipts(ctx context.Context, app chat.SDKAppID, conversation int64, userID string, seqs []int64) ([]int64, error)
	// ReceiptsOf returns who has acknowledged each of the messages at seqs, in the
	// order of their names.
	ReceiptsOf(ctx context.Context, conversation int64, seqs []int64) (map[int64][]string, error)
	// HideMessages hides messages from one user.
	HideMessages(ctx context.Context, app chat.SDKAppID, conversation int64, userID string, seqs []int64) error
	// HiddenMessages returns which of the messages from first to last are hidden
	// from a user, lowest number first.
	HiddenMessages(ctx context.Context, conversation int64, userID string, first, last int64) ([]int64, error)
	// NameCards returns the names that those of ids who have one use in a group.
	NameCards(ctx context.Context, conversation int64, ids []string) (map[string]string, error)
}
