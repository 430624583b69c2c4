package store

import (
	"context"

	"github.com/parley-im/parley/internal/chat"
)

// Marks keeps what users attach to messages.
type Marks interface {
	// Reactions returns the reactions to the messages at seqs, first one first.
	// Messages without any are left out.
	Reactions(ctx context.Context, conversation int64, seqs []int64) (map[int64][]chat.Reaction, error)
	// AddReaction does nothing if the user has reacted so already.
	AddReaction(ctx context.Context, app chat.SDKAppID, at Place, reaction, userID string) error
	// RemoveReaction does nothing if the user has not reacted so.
	RemoveReaction(ctx context.Context, at Place, reaction, userID string) error
	// Extensions is empty if a message has none.
	Extensions(ctx context.Context, at Place) (chat.Extensions, error)
	// PutExtensions stores a change.
	PutExtensions(ctx context.Context, at Place, c ExtensionChange) error
	// PutRelay stores a merged message. It fails with ErrExists if the key is taken.
	PutRelay(ctx context.Context, app chat.SDKAppID, key string, body []byte) error
	// Relay fails with ErrNotFound.
	Relay(ctx context.Context, app chat.SDKAppID, key string) ([]byte, error)
}

// ExtensionChange is what becomes of the key-value pairs of a message.
type ExtensionChange struct {
	Version, ClearVersion int64
	// Put are new pairs and those with another value or version.
	Put []chat.Extension
	// Drop are the keys of pairs that are forgotten.
	Drop []string
}
