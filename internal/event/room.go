package event

import (
	"time"

	"github.com/parley-im/parley/internal/chat"
)

// RoomCause is why a member of an AVChatRoom came or went.
type RoomCause string

// The causes.
const (
	// RoomJoined: he entered the room.
	RoomJoined RoomCause = "Join"
	// RoomQuit: he left it, was banned, or his last login ended.
	RoomQuit RoomCause = "Quit"
	// RoomLost: none of his clients has been heard of for a while.
	RoomLost RoomCause = "HeartbeatInterrupt"
	// RoomRecovered: one of them is back.
	RoomRecovered RoomCause = "HeartbeatRecover"
)

// Online reports whether members are there after it.
func (c RoomCause) Online() bool { return c == RoomJoined || c == RoomRecovered }

// RoomStateChanged says that members of an AVChatRoom came or went. No single
// request causes it, so it has an app and no caller.
type RoomStateChanged struct {
	App     *chat.App
	GroupID string
	Type    chat.GroupType
	Cause   RoomCause
	Members []string
	At      time.Time
}

// Conversation is the group's.
func (s RoomStateChanged) Conversation() chat.Conversation { return chat.GroupConversation(s.GroupID) }

// Origin is nobody.
func (s RoomStateChanged) Origin() chat.Caller { return chat.Caller{App: s.App} }
