package event

import (
	"time"

	"github.com/parley-im/parley/internal/chat"
)

// Group is the part that all events about one group share.
type Group struct {
	Caller  chat.Caller
	GroupID string
	Type    chat.GroupType
	// Operator is who did it, or on whose behalf it was done.
	Operator string
	At       time.Time
}

// Conversation is the group's.
func (g Group) Conversation() chat.Conversation { return chat.GroupConversation(g.GroupID) }

// Origin is the caller.
func (g Group) Origin() chat.Caller { return g.Caller }

// BeforeGroupCreate asks whether a group may be created.
type BeforeGroupCreate struct {
	Group

	Owner, Name string
	// Members are who shall be in it from the beginning, beside the owner.
	Members []string
	// Owned is how many groups of that type the owner has.
	Owned int
}

// GroupCreated says that there is a new group.
type GroupCreated struct {
	Group

	Owner, Name, InviteJoinOption string
	// Members are all that it begins with.
	Members        []chat.Member
	AppDefinedData []chat.KeyValue
}

// BeforeGroupApply asks whether a user may join a group, or ask to be let in.
type BeforeGroupApply struct{ Group }

// BeforeGroupInvite asks whether users may be added to a group.
type BeforeGroupInvite struct {
	Group

	Members []string
}

// GroupMembersJoined says that users became members of a group.
type GroupMembersJoined struct {
	Group

	// Invited tells those who were added from those who applied.
	Invited bool
	Members []chat.Member
}

// GroupMembersLeft says that users are no members any more.
type GroupMembersLeft struct {
	Group

	// Removed tells those who were removed from those who quit.
	Removed bool
	Members []string
}

// GroupFull says that a group has as many members as it may.
type GroupFull struct{ Group }

// GroupDestroyed says that a group is gone.
type GroupDestroyed struct {
	Group

	Owner, Name string
	// Members are those of a group that keeps a list of them.
	Members []string
	// Notice is what all members are told, nil if each of them is told by himself.
	Notice *chat.Notice
}

// GroupInfoChanged says that a group's name, introduction, notification or picture
// changed. Nothing else is set in Change.
type GroupInfoChanged struct {
	Group

	Change chat.GroupChange
}

// GroupMemberChanged says that one member's role or name card changed; a nil field
// did not.
type GroupMemberChanged struct {
	Group

	UserID   string
	Role     *chat.Role
	NameCard *string
}

// GroupMsgFlagChanged says that one member wants the group's messages otherwise.
type GroupMsgFlagChanged struct {
	Group

	UserID  string
	MsgFlag string
}

// GroupOwnerChanged says that a group belongs to somebody else.
type GroupOwnerChanged struct {
	Group

	// Old is empty if nobody owned the group.
	Old, New string
}

// GroupTipped says that the group told something in its conversation.
type GroupTipped struct{ GroupMessage }

// Noticed says that one user is told something.
type Noticed struct {
	Caller chat.Caller
	Notice chat.Notice
}

// Conversation is the receiver's.
func (n Noticed) Conversation() chat.Conversation { return chat.UserConversation(n.Notice.UserID) }

// Origin is the caller.
func (n Noticed) Origin() chat.Caller { return n.Caller }
