package event

import (
	"time"

	"github.com/parley-im/parley/internal/chat"
)

// Relation is the part that all events about one user's relations share.
type Relation struct {
	Caller chat.Caller
	// UserID is whose relations they are.
	UserID string
	At     time.Time
}

// Conversation is the user's.
func (r Relation) Conversation() chat.Conversation { return chat.UserConversation(r.UserID) }

// Origin is the caller.
func (r Relation) Origin() chat.Caller { return r.Caller }

// NewFriend is somebody whom a user wants in his list.
type NewFriend struct {
	UserID     string
	Remark     string
	Group      string
	AddSource  string
	AddWording string
}

// BeforeFriendAdd asks whether a user may ask others to be friends. The answer is
// one for each of them.
type BeforeFriendAdd struct {
	Relation

	Friends []NewFriend
	// Both puts each into the other's list.
	Both bool
}

// FriendAction is how a user answers a request to be friends.
type FriendAction string

// The answers.
const (
	// Agree puts the user into the asker's list only.
	Agree FriendAction = "Response_Action_Agree"
	// AgreeAndAdd puts the asker into the user's list as well.
	AgreeAndAdd FriendAction = "Response_Action_AgreeAndAdd"
	Reject      FriendAction = "Response_Action_Reject"
)

// FriendResponse is the answer to the request of one user.
type FriendResponse struct {
	UserID string
	// Remark and Group are what the answering user's list is to say of the asker.
	Remark, Group string
	Action        FriendAction
}

// BeforeFriendResponse asks whether a user may answer requests to be friends. The
// answer is one for each asker.
type BeforeFriendResponse struct {
	Relation

	Responses []FriendResponse
}

// FriendPair is one entry of a list of friends.
type FriendPair struct{ Owner, Friend string }

// FriendsAdded says that users came into lists of friends.
type FriendsAdded struct {
	Relation

	Pairs []FriendPair
	// Initiator is who asked, and Response is set if it was a request that was
	// accepted now.
	Initiator string
	Response  bool
}

// FriendsDeleted says that users left lists of friends.
type FriendsDeleted struct {
	Relation

	Pairs []FriendPair
}

// FriendChange is what a user noted about one friend.
type FriendChange struct {
	UserID string
	Fields []chat.Field
}

// FriendsUpdated says what a user noted about friends.
type FriendsUpdated struct {
	Relation

	Changes []FriendChange
}

// FriendAsked says that the user asks another to be friends.
type FriendAsked struct {
	Relation

	Pendency chat.Pendency
	// Person is how the asker is shown.
	Person chat.Person
}

// PendencyEnded says that the request of Asker to Asked waits no more.
type PendencyEnded struct {
	Relation

	Asker, Asked string
}

// PendenciesRead says that the user has read the requests that he received.
type PendenciesRead struct{ Relation }

// UsersBlocked says that the user put others on his black list.
type UsersBlocked struct {
	Relation

	Blocked []string
}

// UsersUnblocked says that the user took others off his black list.
type UsersUnblocked struct {
	Relation

	Unblocked []string
}

// Follow is one user whom another follows, or follows no more.
type Follow struct {
	UserID string
	// Mutual is set if the other follows too.
	Mutual bool
}

// UsersFollowed says that the user follows others.
type UsersFollowed struct {
	Relation

	Follows []Follow
}

// UsersUnfollowed says that the user follows others no more.
type UsersUnfollowed struct {
	Relation

	Follows []Follow
}
