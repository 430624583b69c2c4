package callback

import "context"

// FollowAfterFollowDelete reports that a user follows others no more.
//
// Spec: webhooks#4.12
type FollowAfterFollowDelete struct {
	CallbackCommand Command `json:"CallbackCommand"`
	FromAccount     string  `json:"From_Account"`

	// FollowList are those whom he followed.
	FollowList []FollowedAccount `json:"FollowList"`

	// EventTime is in Unix milliseconds.
	EventTime int64 `json:"EventTime"`
}

// Command returns [CommandFollowAfterFollowDelete].
func (FollowAfterFollowDelete) Command() Command { return CommandFollowAfterFollowDelete }

func (b FollowAfterFollowDelete) wire() any {
	b.CallbackCommand = b.Command()
	b.FollowList = orEmpty(b.FollowList)
	return &b
}

// OnFollowAfterFollowDelete registers the function that learns who follows whom no more. After an
// error the report comes again.
func (h *Handler) OnFollowAfterFollowDelete(fn func(context.Context, Request, *FollowAfterFollowDelete) error) {
	onAfter(h, fn)
}
