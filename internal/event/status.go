package event

import (
	"time"

	"github.com/parley-im/parley/internal/chat"
)

// StateAction is what became of a user's presence. Spec: webhooks#4.11
type StateAction string

// The actions.
const (
	StateLogin      StateAction = "Login"
	StateLogout     StateAction = "Logout"
	StateDisconnect StateAction = "Disconnect"
)

// StateChanged says that an instance of a user came or went.
type StateChanged struct {
	Caller chat.Caller
	Action StateAction
	// Reason is Register, Unregister, LinkClose or TimeOut.
	Reason string
	// Kicked are the platforms of the instances that this login ended.
	Kicked []chat.Platform
	// Others is set when another client of the user's, on whatever node, is online as
	// an instance goes.
	Others bool
	At     time.Time
}

// Conversation is the user's.
func (s StateChanged) Conversation() chat.Conversation { return chat.UserConversation(s.Caller.UserID) }

// Origin is the caller.
func (s StateChanged) Origin() chat.Caller { return s.Caller }

// InstanceKicked says that one instance of the user is logged in no more.
type InstanceKicked struct {
	// Caller is the user whose instance is ended, or the administrator.
	Caller chat.Caller
	UserID string
	// Instance is the login that is ended.
	Instance int64
	Type     chat.KickType
	// By is the login that took its place, 0 for none.
	By         int64
	ByPlatform chat.Platform
}

// Conversation is the user's.
func (k InstanceKicked) Conversation() chat.Conversation { return chat.UserConversation(k.UserID) }

// Origin is the caller.
func (k InstanceKicked) Origin() chat.Caller { return k.Caller }

// InstanceMoved says that a client goes on with a login at the node that says so.
// The app hears nothing of it.
type InstanceMoved struct {
	Caller chat.Caller
}

// Conversation is the user's.
func (m InstanceMoved) Conversation() chat.Conversation {
	return chat.UserConversation(m.Caller.UserID)
}

// Origin is the caller.
func (m InstanceMoved) Origin() chat.Caller { return m.Caller }
