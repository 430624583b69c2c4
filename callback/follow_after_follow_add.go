package callback

import "context"

// FollowAfterFollowAdd reports that a user follows others.
//
// Spec: webhooks#4.12
type FollowAfterFollowAdd struct {
	CallbackCommand Command `json:"CallbackCommand"`
	FromAccount     string  `json:"From_Account"`

	// FollowList are those whom he follows now.
	FollowList []FollowedAccount `json:"FollowList"`

	// EventTime is in Unix milliseconds.
	EventTime int64 `json:"EventTime"`
}

// FollowedAccount is one of them.
type FollowedAccount struct {
	ToAccount string `json:"To_Account"`
}

// Command returns [CommandFollowAfterFollowAdd].
func (FollowAfterFollowAdd) Command() Command { return CommandFollowAfterFollowAdd }

func (b FollowAfterFollowAdd) wire() any {
	b.CallbackCommand = b.Command()
	b.FollowList = orEmpty(b.FollowList)
	return &b
}

// OnFollowAfterFollowAdd registers the function that learns who follows whom. After an
// error the report comes again.
func (h *Handler) OnFollowAfterFollowAdd(fn func(context.Context, Request, *FollowAfterFollowAdd) error) {
	onAfter(h, fn)
}
