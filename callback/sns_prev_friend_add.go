package callback

import "context"

// SNSPrevFriendAdd asks before a user's request to be friends with others is carried
// out. Requests over REST do not ask.
//
// The reply decides on each of them by its ResultItem, see [DecideEach]; those whom
// it does not name may be asked. Its ErrorCode decides nothing. Spec: webhooks#4.12
type SNSPrevFriendAdd struct {
	CallbackCommand Command `json:"CallbackCommand"`

	// RequesterAccount is who made the request.
	RequesterAccount string `json:"Requester_Account"`

	// FromAccount is who wants to have friends.
	FromAccount string `json:"From_Account"`

	// FriendItem are those whom he wants.
	FriendItem []FriendItem `json:"FriendItem"`

	// AddType is Add_Type_Both if each is to be in the other's list, else
	// Add_Type_Single.
	AddType string `json:"AddType"`

	// ForceAddFlags is 0.
	ForceAddFlags int `json:"ForceAddFlags"`

	// EventTime is in Unix milliseconds.
	EventTime int64 `json:"EventTime"`
}

// FriendItem is somebody whom a user wants as a friend, and what he notes and says.
type FriendItem struct {
	ToAccount string `json:"To_Account"`
	// Remark is what the user calls the new friend.
	Remark string `json:"Remark"`
	// GroupName is the group of friends that the new one is put into.
	GroupName string `json:"GroupName"`
	// AddSource is where the user met the new friend.
	AddSource string `json:"AddSource"`
	// AddWording is what the user says to the new friend.
	AddWording string `json:"AddWording"`
}

// Command returns [CommandSNSPrevFriendAdd].
func (SNSPrevFriendAdd) Command() Command { return CommandSNSPrevFriendAdd }

func (b SNSPrevFriendAdd) wire() any {
	b.CallbackCommand = b.Command()
	b.FriendItem = orEmpty(b.FriendItem)
	return &b
}

// OnSNSPrevFriendAdd registers the function that decides who may ask whom. A nil
// reply allows; an error answers HTTP 500, on which the app's failure policy decides.
func (h *Handler) OnSNSPrevFriendAdd(fn func(context.Context, Request, *SNSPrevFriendAdd) (*Reply, error)) {
	onBefore(h, fn)
}
