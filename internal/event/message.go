package event

import (
	"time"

	"github.com/parley-im/parley/internal/chat"
)

// GroupMessageModified says that a message of a group says something else now.
// Message is what it has become.
type GroupMessageModified struct{ GroupMessage }

// GroupMentioned says that a message mentions everybody in a group that is too large
// for a notice to each member.
type GroupMentioned struct{ GroupMessage }

// GroupReceipts says how many members have read messages that ask for receipts:
// when such a message is sent, and whenever a member acknowledges.
type GroupReceipts struct {
	Group

	Receipts []GroupReceipt
}

// GroupReceipt is how far one message has been read.
type GroupReceipt struct {
	Message *chat.Message
	// Read and Unread count members; the sender is in neither number.
	Read, Unread int
	// Readers are those who acknowledged just now.
	Readers []string
}

// GroupsRead says that a user has read groups up to some message.
type GroupsRead struct {
	Caller chat.Caller
	Reads  []GroupRead
	At     time.Time
}

// GroupRead is how far a user has read a group.
type GroupRead struct {
	GroupID, TopicID string
	// Seq is the number of the last message that was read.
	Seq int64
}

// Conversation is the user's.
func (r GroupsRead) Conversation() chat.Conversation { return chat.UserConversation(r.Caller.UserID) }

// Origin is the caller.
func (r GroupsRead) Origin() chat.Caller { return r.Caller }
