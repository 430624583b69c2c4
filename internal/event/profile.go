package event

import (
	"time"

	"github.com/parley-im/parley/internal/chat"
)

// ProfileChanged says that fields of an account's profile changed.
type ProfileChanged struct {
	Caller chat.Caller
	UserID string
	Fields []chat.Field
	// Friends are those who have the account in their lists of friends.
	Friends []string
	At      time.Time
}

// Conversation is the user's.
func (p ProfileChanged) Conversation() chat.Conversation { return chat.UserConversation(p.UserID) }

// Origin is the caller.
func (p ProfileChanged) Origin() chat.Caller { return p.Caller }

// AccountDeleted says that an account is gone with all that hung on it.
type AccountDeleted struct {
	Caller chat.Caller
	UserID string
}

// Conversation is the user's.
func (a AccountDeleted) Conversation() chat.Conversation { return chat.UserConversation(a.UserID) }

// Origin is the caller.
func (a AccountDeleted) Origin() chat.Caller { return a.Caller }

// CustomStatusChanged says that a user described what he is doing.
type CustomStatusChanged struct {
	Caller chat.Caller
	Status string
}

// Conversation is the user's.
func (c CustomStatusChanged) Conversation() chat.Conversation {
	return chat.UserConversation(c.Caller.UserID)
}

// Origin is the caller.
func (c CustomStatusChanged) Origin() chat.Caller { return c.Caller }
