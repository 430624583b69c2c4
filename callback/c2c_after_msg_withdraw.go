package callback

import "context"

// C2CAfterMsgWithdraw reports that a message between two users was recalled.
//
// Spec: webhooks#4.10
type C2CAfterMsgWithdraw struct {
	CallbackCommand Command `json:"CallbackCommand"`

	// FromAccount sent the message to ToAccount.
	FromAccount string `json:"From_Account"`
	ToAccount   string `json:"To_Account"`

	// MsgKey identifies the message between the two users.
	MsgKey string `json:"MsgKey"`

	// UnreadMsgNum is how many messages ToAccount has not read, of all users.
	UnreadMsgNum int `json:"UnreadMsgNum"`

	// EventTime is in Unix milliseconds.
	EventTime int64 `json:"EventTime"`
}

// Command returns [CommandC2CAfterMsgWithdraw].
func (C2CAfterMsgWithdraw) Command() Command { return CommandC2CAfterMsgWithdraw }

func (b C2CAfterMsgWithdraw) wire() any {
	b.CallbackCommand = b.Command()
	return &b
}

// OnC2CAfterMsgWithdraw registers the function that learns of recalled messages
// between users. After an error the report comes again.
func (h *Handler) OnC2CAfterMsgWithdraw(fn func(context.Context, Request, *C2CAfterMsgWithdraw) error) {
	onAfter(h, fn)
}
