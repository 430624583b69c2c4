package callback

import "context"

// SNSBlackListAdd reports that a user put others on his black list.
//
// Spec: webhooks#4.12
type SNSBlackListAdd struct {
	CallbackCommand Command `json:"CallbackCommand"`

	// PairList has an entry for each of them.
	PairList []AccountPair `json:"PairList"`
}

// Command returns [CommandSNSBlackListAdd].
func (SNSBlackListAdd) Command() Command { return CommandSNSBlackListAdd }

func (b SNSBlackListAdd) wire() any {
	b.CallbackCommand = b.Command()
	b.PairList = orEmpty(b.PairList)
	return &b
}

// OnSNSBlackListAdd registers the function that learns who is blocked. After an error
// the report comes again.
func (h *Handler) OnSNSBlackListAdd(fn func(context.Context, Request, *SNSBlackListAdd) error) {
	onAfter(h, fn)
}
