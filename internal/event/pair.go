package event

import (
	"time"

	"github.com/parley-im/parley/internal/chat"
)

// PairMessage is the part that all events about one message between two users
// share.
type PairMessage struct {
	Caller chat.Caller
	// To is the receiver; the sender is the message's.
	To      string
	Message *chat.Message
}

// Conversation is that of the two.
func (m PairMessage) Conversation() chat.Conversation {
	return chat.PairConversation(m.Message.Sender, m.To)
}

// Origin is the caller.
func (m PairMessage) Origin() chat.Caller { return m.Caller }

// PairMessageSent says that a message between two users was stored, or, if Err is
// not nil, that it could not be sent.
type PairMessageSent struct {
	PairMessage

	// Unread is how many messages the receiver has not read, of all peers.
	Unread int
	// Hushed is set when the receiver wants no messages of the sender.
	Hushed bool
	// Err is what the sender was told; only the app hears of it.
	Err *chat.Error
}

// BeforePairMessage asks whether a message between two users may be sent.
type BeforePairMessage struct {
	PairMessage

	At time.Time
}

// PairMessageRecalled says that a message between two users was recalled.
type PairMessageRecalled struct {
	PairMessage

	// Unread is how many messages the receiver has not read, of all peers.
	Unread int
	At     time.Time
}

// PairMessageModified says that a message between two users was modified.
type PairMessageModified struct{ PairMessage }

// PairRead says that a user has read what a peer said to him.
type PairRead struct {
	Caller chat.Caller
	// UserID is who has read.
	UserID, Peer string
	// Until is up to when, as a Unix time in seconds.
	Until int64
	// Unread is how many messages the user has not read, of all peers.
	Unread int
	At     time.Time
	// Together is set when it is one of many that he read at once.
	Together bool
}

// Conversation is that of the two.
func (r PairRead) Conversation() chat.Conversation { return chat.PairConversation(r.UserID, r.Peer) }

// Origin is the caller.
func (r PairRead) Origin() chat.Caller { return r.Caller }

// PairReceipts says that a user has acknowledged single messages of a peer.
type PairReceipts struct {
	Caller chat.Caller
	// UserID is who has read.
	UserID, Peer string
	Messages     []chat.Message
	At           time.Time
}

// Conversation is that of the two.
func (r PairReceipts) Conversation() chat.Conversation {
	return chat.PairConversation(r.UserID, r.Peer)
}

// Origin is the caller.
func (r PairReceipts) Origin() chat.Caller { return r.Caller }

// Personal is the part that all events share that concern one user alone.
type Personal struct {
	Caller chat.Caller
	UserID string
}

// PersonalOf begins an event about what a user does to his own.
func PersonalOf(caller chat.Caller) Personal { return Personal{Caller: caller, UserID: caller.UserID} }

// Conversation is the user's.
func (p Personal) Conversation() chat.Conversation { return chat.UserConversation(p.UserID) }

// Origin is the caller.
func (p Personal) Origin() chat.Caller { return p.Caller }

// AllPairsRead says that a user has read all that peers said to him.
type AllPairsRead struct{ Personal }

// RecvOptionChanged says how a user wants the messages of peers.
type RecvOptionChanged struct {
	Personal

	Peers  []string
	Option chat.RecvOption
}

// DoNotDisturbChanged says when a user wants no offline pushes.
type DoNotDisturbChanged struct {
	Personal

	When chat.DoNotDisturb
}

// ContactRef names a conversation of a user: that with a peer, or a group's.
type ContactRef struct {
	Group bool
	// ID is the peer or the group.
	ID string
}

// ContactsDeleted says that conversations are in a user's list no more.
type ContactsDeleted struct {
	Personal

	Contacts []ContactRef
}

// ContactsPinned says that a user pinned conversations or does so no more.
type ContactsPinned struct {
	Personal

	Contacts []ContactRef
	Pinned   bool
}

// ContactMarked says what marks a conversation has.
type ContactMarked struct {
	Personal

	Contact      ContactRef
	StandardMark uint64
	CustomMark   string
	// Standard and Custom tell which of the two changed.
	Standard, Custom bool
}

// ContactGroupCreated says that a user made a conversation group.
type ContactGroupCreated struct {
	Personal

	Group    chat.ContactGroup
	Contacts []ContactRef
}

// ContactGroupsDeleted says that a user gave up conversation groups.
type ContactGroupsDeleted struct {
	Personal

	Groups []chat.ContactGroup
}

// ContactGroupRenamed says that a conversation group has another name.
type ContactGroupRenamed struct {
	Personal

	Group   chat.ContactGroup
	OldName string
}

// ContactGroupChanged says that conversations were put into a conversation group
// or taken out.
type ContactGroupChanged struct {
	Personal

	Group          chat.ContactGroup
	Added, Removed []ContactRef
}
