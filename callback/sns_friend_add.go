package callback

import "context"

// SNSFriendAdd reports that users came into lists of friends.
//
// Spec: webhooks#4.12
type SNSFriendAdd struct {
	CallbackCommand Command `json:"CallbackCommand"`

	// PairList has an entry for each list that grew.
	PairList []AddedFriendPair `json:"PairList"`

	// ClientCmd is friend_add, or friend_response if a request was accepted.
	ClientCmd string `json:"ClientCmd"`

	// AdminAccount is the administrator who made the request, empty if the user
	// himself did.
	AdminAccount string `json:"Admin_Account"`

	// ForceFlag is 0.
	ForceFlag int `json:"ForceFlag"`
}

// AddedFriendPair says that ToAccount is in the list of FromAccount now.
type AddedFriendPair struct {
	FromAccount string `json:"From_Account"`
	ToAccount   string `json:"To_Account"`

	// InitiatorAccount is which of the two asked.
	InitiatorAccount string `json:"Initiator_Account"`
}

// Command returns [CommandSNSFriendAdd].
func (SNSFriendAdd) Command() Command { return CommandSNSFriendAdd }

func (b SNSFriendAdd) wire() any {
	b.CallbackCommand = b.Command()
	b.PairList = orEmpty(b.PairList)
	return &b
}

// OnSNSFriendAdd registers the function that learns of new friends. After an error
// the report comes again.
func (h *Handler) OnSNSFriendAdd(fn func(context.Context, Request, *SNSFriendAdd) error) {
	onAfter(h, fn)
}
