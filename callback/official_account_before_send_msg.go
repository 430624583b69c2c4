package callback

import "context"

// OfficialAccountBeforeSendMsg asks before an official account's message to its
// subscribers is stored and delivered.
//
// The reply may allow the message, rewrite it, refuse it, or drop it silently
// ([Allow], [Replace], [Refuse], [RefuseWith] with codes 120001 to 130000,
// [Discard]). Spec: webhooks#4.9
type OfficialAccountBeforeSendMsg struct {
	CallbackCommand Command `json:"CallbackCommand"`

	// OfficialAccount is the sender.
	OfficialAccount string `json:"Official_Account"`

	// OnlineOnlyFlag is 1 for a message to online subscribers only, else 0.
	OnlineOnlyFlag int `json:"OnlineOnlyFlag"`

	MsgBody []MsgElement `json:"MsgBody"`

	// CloudCustomData is the app's own data, left out if there is none.
	CloudCustomData string `json:"CloudCustomData,omitempty"`

	// EventTime is in Unix milliseconds.
	EventTime int64 `json:"EventTime"`
}

// Command returns [CommandOfficialAccountBeforeSendMsg].
func (OfficialAccountBeforeSendMsg) Command() Command { return CommandOfficialAccountBeforeSendMsg }

func (b OfficialAccountBeforeSendMsg) wire() any {
	b.CallbackCommand = b.Command()
	b.MsgBody = orEmpty(b.MsgBody)
	return &b
}

// OnOfficialAccountBeforeSendMsg registers the function that decides on the
// messages of official accounts. A nil reply allows; an error answers HTTP 500,
// on which the app's failure policy decides.
func (h *Handler) OnOfficialAccountBeforeSendMsg(fn func(context.Context, Request, *OfficialAccountBeforeSendMsg) (*Reply, error)) {
	onBefore(h, fn)
}
