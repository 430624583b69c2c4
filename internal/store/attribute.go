package store

import (
	"context"

	"github.com/parley-im/parley/internal/chat"
)

// Attributes keeps what the members of a group agree on beside its messages.
type Attributes interface {
	// Attributes is empty if a group has none.
	Attributes(ctx context.Context, conversation int64) (chat.Attributes, error)
	// PutAttributes replaces the attributes of a group.
	PutAttributes(ctx context.Context, conversation int64, a chat.Attributes) error
	// Counters is empty if a group has none.
	Counters(ctx context.Context, conversation int64) (chat.Counters, error)
	// PutCounters replaces the counters of a group.
	PutCounters(ctx context.Context, conversation int64, c chat.Counters) error
	// Pins returns the pinned messages that are still there, first pinned first.
	Pins(ctx context.Context, conversation int64) ([]chat.Pin, error)
	// AddPin pins a message, and forgets pins whose messages are gone.
	AddPin(ctx context.Context, conversation int64, p chat.Pin) error
	// RemovePin reports whether the message was pinned.
	RemovePin(ctx context.Context, conversation, seq int64) (bool, error)
}
