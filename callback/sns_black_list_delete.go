package callback

import "context"

// SNSBlackListDelete reports that a user took others off his black list.
//
// Spec: webhooks#4.12
type SNSBlackListDelete struct {
	CallbackCommand Command `json:"CallbackCommand"`

	// PairList has an entry for each of them.
	PairList []AccountPair `json:"PairList"`
}

// Command returns [CommandSNSBlackListDelete].
func (SNSBlackListDelete) Command() Command { return CommandSNSBlackListDelete }

func (b SNSBlackListDelete) wire() any {
	b.CallbackCommand = b.Command()
	b.PairList = orEmpty(b.PairList)
	return &b
}

// OnSNSBlackListDelete registers the function that learns who is blocked no more. After an error
// the report comes again.
func (h *Handler) OnSNSBlackListDelete(fn func(context.Context, Request, *SNSBlackListDelete) error) {
	onAfter(h, fn)
}
