package callback

import "context"

// SNSFriendDelete reports that users left lists of friends.
//
// Spec: webhooks#4.12
type SNSFriendDelete struct {
	CallbackCommand Command `json:"CallbackCommand"`

	// PairList has an entry for each list that shrank.
	PairList []AccountPair `json:"PairList"`
}

// AccountPair is two users, of whom FromAccount is the one whose list it is.
type AccountPair struct {
	FromAccount string `json:"From_Account"`
	ToAccount   string `json:"To_Account"`
}

// Command returns [CommandSNSFriendDelete].
func (SNSFriendDelete) Command() Command { return CommandSNSFriendDelete }

func (b SNSFriendDelete) wire() any {
	b.CallbackCommand = b.Command()
	b.PairList = orEmpty(b.PairList)
	return &b
}

// OnSNSFriendDelete registers the function that learns of friendships that ended. After an error
// the report comes again.
func (h *Handler) OnSNSFriendDelete(fn func(context.Context, Request, *SNSFriendDelete) error) {
	onAfter(h, fn)
}
