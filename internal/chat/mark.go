package chat

import "time"

// Limits of a group's attributes and counters. Spec: rest-common#5
const (
	MaxAttributes          = 16
	MaxAttributeKeyBytes   = 32
	MaxAttributeValueBytes = 4000
	MaxAttributeBytes      = 16000
	// AttributeRate is how often a second the attributes of a group are written.
	AttributeRate      = 5
	MaxCounters        = 20
	MaxCounterKeyBytes = 128
)

// Limits of what is attached to messages.
const (
	// MaxPins is how many messages of a conversation are pinned.
	MaxPins = 10
	// MaxReactions is how many reactions a message has, MaxReactionUsers how many
	// users share one.
	MaxReactions     = 10
	MaxReactionUsers = 100
	MaxReactionBytes = 64
	// MaxReactionBatch is how many messages are asked about at once.
	MaxReactionBatch       = 20
	MaxExtensions          = 300
	MaxExtensionBatch      = 20
	MaxExtensionPage       = 200
	MaxExtensionKeyBytes   = 100
	MaxExtensionValueBytes = 1000
	// ExtensionRate is how often a minute the extensions of a message are written.
	ExtensionRate = 200
)

// Limits of merged messages that are stored apart.
const (
	MaxRelayMessages = 300
	MaxRelayBytes    = 960 << 10
	// RelayRate is how many a minute a user stores.
	RelayRate = 20
)

// Attributes is what the members of a group agree on.
type Attributes struct {
	// Version counts the changes.
	Version int64
	List    []Attribute
}

// Attribute is one key with its value.
type Attribute struct {
	Key   string `json:"key"`
	Value string `json:"value"`
	// Seq is the version of the last change of this key.
	Seq int64 `json:"seq"`
}

// Counters is what the members of a group count.
type Counters struct {
	// Version counts the changes.
	Version int64
	List    []Counter
}

// Counter is one key with its number.
type Counter struct {
	Key   string `json:"key"`
	Value int64  `json:"value"`
}

// Pin is a message that is pinned.
type Pin struct {
	Seq    int64
	UserID string
	Time   time.Time
}

// Reaction is how users reacted to a message.
type Reaction struct {
	// ID is the name of an emoji, as clients choose it.
	ID string
	// Users are in the order in which they reacted.
	Users []string
}

// Extensions are the key-value pairs of a message.
type Extensions struct {
	// Version counts the changes; ClearVersion is that of the last change which
	// deleted all pairs.
	Version, ClearVersion int64
	// List is in the order of Seq. Pairs without a value were deleted.
	List []Extension
}

// ExtensionOperation is what is done to the pairs of a message. The numbers are
// those of the protocol.
type ExtensionOperation int

// The operations.
const (
	ExtensionSet    ExtensionOperation = 1
	ExtensionDelete ExtensionOperation = 2
	ExtensionClear  ExtensionOperation = 3
)

// AttributeOperation is what is done to the attributes of a group, as the webhook
// names it.
type AttributeOperation string

// The operations.
const (
	AttributesSet    AttributeOperation = "set"
	AttributesModify AttributeOperation = "modify"
	AttributesDelete AttributeOperation = "delete"
	AttributesClear  AttributeOperation = "clear"
)

// Extension is one pair.
type Extension struct {
	Key, Value string
	// Seq is the version of the last change of this pair.
	Seq int64
}
