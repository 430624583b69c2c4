package callback

import "context"

// OfficialAccountAfterMsgWithdraw reports messages of an official account that
// were recalled, one or several at a time.
//
// Spec: webhooks#4.9
type OfficialAccountAfterMsgWithdraw struct {
	CallbackCommand Command        `json:"CallbackCommand"`
	OfficialAccount string         `json:"Official_Account"`
	WithdrawMsgList []WithdrawnMsg `json:"WithdrawMsgList"`

	// EventTime is in Unix milliseconds.
	EventTime int64 `json:"EventTime"`
}

// WithdrawnMsg is a message of an official account that was recalled.
type WithdrawnMsg struct {
	MsgKey string `json:"MsgKey"`
}

// Command returns [CommandOfficialAccountAfterMsgWithdraw].
func (OfficialAccountAfterMsgWithdraw) Command() Command {
	return CommandOfficialAccountAfterMsgWithdraw
}

func (b OfficialAccountAfterMsgWithdraw) wire() any {
	b.CallbackCommand = b.Command()
	b.WithdrawMsgList = orEmpty(b.WithdrawMsgList)
	return &b
}

// OnOfficialAccountAfterMsgWithdraw registers the function that learns of
// recalled messages of official accounts. After an error the report comes
// again.
func (h *Handler) OnOfficialAccountAfterMsgWithdraw(fn func(context.Context, Request, *OfficialAccountAfterMsgWithdraw) error) {
	onAfter(h, fn)
}
