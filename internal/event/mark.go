package event

import (
	"time"

	"github.com/parley-im/parley/internal/chat"
)

// GroupAttributesChanged says that the attributes of a group changed.
type GroupAttributesChanged struct {
	Group

	Operation chat.AttributeOperation
	// Version is the new one.
	Version int64
	// Changed are the new values, or the keys of what was deleted; empty if all
	// attributes were deleted.
	Changed []chat.Attribute
}

// GroupCountersChanged says that counters of a group changed.
type GroupCountersChanged struct {
	Group

	// Set tells values that were given from those that were counted up or down.
	Set bool
	// Version is the new one.
	Version int64
	Changed []chat.Counter
}

// GroupMessagePinned says that a message of a group is pinned, or is no more.
type GroupMessagePinned struct {
	GroupMessage

	Pinned bool
	// LastSeq is the number of the group's last message.
	LastSeq int64
	At      time.Time
}

// ReactionChange says who reacted to a message, or took it back.
type ReactionChange struct {
	UserID string
	Added  bool
	// Reaction is what it has become.
	Reaction chat.Reaction
}

// GroupReactionChanged says that a member reacted to a message of a group.
type GroupReactionChanged struct {
	GroupMessage
	ReactionChange
}

// PairReactionChanged says that one of two users reacted to what one of them said.
type PairReactionChanged struct {
	PairMessage
	ReactionChange
}

// ExtensionChange says what became of the key-value pairs of a message.
type ExtensionChange struct {
	Operation chat.ExtensionOperation
	// Version is the new one.
	Version int64
	// Changed are the new pairs, without value those that were deleted; empty if
	// all were deleted.
	Changed []chat.Extension
	At      time.Time
}

// GroupExtensionsChanged says that key-value pairs of a group's message changed.
type GroupExtensionsChanged struct {
	GroupMessage
	ExtensionChange
}

// PairExtensionsChanged says that key-value pairs of a message between two users
// changed.
type PairExtensionsChanged struct {
	PairMessage
	ExtensionChange
}
